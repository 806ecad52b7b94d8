"""The columns of the board's table, in the order in which they are shown; data-only ones have no title."""

from harness.findings.base import Column
from harness.findings.board_rows import FIELDS

_SHOWN = (
    Column("model", "model", subject="model"),
    Column("arm", "pretraining", "objective and corpus, with its fraction and corruption"),
    Column("lift", "lift", "score minus that of scratch with the same seeds, with its 0.95 interval for new seeds and "
           "new test items", format="signed", low="lift_low", high="lift_high", better="higher"),
    Column("score", "score", "mean over seeds of the task's metric on the test split, ± half a 0.95 interval for new "
           "seeds and new test items", format="number", margin="score_margin", better="higher"),
    Column("rank", "rank", "the ranks that the cell may have within its problem, Holm-adjusted; none below five seeds"),
    Column("task", "task", subject="task", optional=True),
    Column("protocol_label", "protocol", optional=True),
    Column("labels", "labels", "labels a class for training", optional=True),
    Column("n", "seeds", "seeds with a result", format="count"),
    Column("skill", "skill", "1 − loss / loss of a trivial predictor, on held-out data of the pretraining",
           format="number", digits=2, better="higher", optional=True),
    Column("parameters", "parameters", "of the encoder", format="engineering", optional=True),
    Column("pretrain_s", "pretraining s", "training time of the pretraining, median over seeds", format="number",
           digits=1, better="lower"),
    Column("train_s", "adaptation s", "training time of the adaptation, median over seeds", format="number", digits=1,
           better="lower"),
    Column("latency_ms", "latency ms", "of one example through the encoder", format="number", better="lower",
           optional=True),
    Column("peak_memory_bytes", "peak memory", "of the process or of the GPU allocator", "B", format="engineering",
           better="lower", optional=True),
    Column("detectable", "detectable", "the smallest lift that this design detects with a power of 0.8",
           format="number", better="lower"),
    Column("remarks", "remarks"),
    Column("metric", "metric", "the metric of the score", optional=True),
    Column("objective", "objective", optional=True),
    Column("corpus", "corpus", optional=True),
    Column("family", "family", "encoders that differ in size only", optional=True),
    Column("machine", "machine", "hardware class and parallel trials; costs compare within one machine",
           optional=True),
    Column("loss", "held-out loss", "of the pretraining, in the objective's own unit", format="number", digits=4,
           better="lower", optional=True),
    Column("rankme", "RankMe", "effective dimensions of held-out features", format="number", digits=1, optional=True),
    Column("train", "training score", "the metric on the training examples", format="number", optional=True),
    Column("shifted", "shifted score", "the metric on shifted test examples", format="number", better="higher",
           optional=True),
    Column("near_duplicates", "near copies", "share of test examples with a near copy in the corpus",
           format="percent", digits=1, optional=True),
    Column("contamination", "contamination", "whether the corpus contains test examples", optional=True),
    Column("pretrain_examples_per_s", "examples/s", "throughput of the pretraining, warm-up excluded",
           format="number", digits=0, better="higher", optional=True),
    Column("flops", "FLOPs", "of one example through the encoder", format="engineering", optional=True),
    Column("energy_j", "energy J", "of the adaptation", format="number", digits=1, better="lower", optional=True),
    Column("total_s", "trial s", "the whole trial of the adaptation", format="number", digits=1, optional=True),
    Column("steps", "steps", "of fine-tuning", format="count", optional=True),
    Column("precision", "precision", optional=True),
    Column("problem", "problem", optional=True),
    Column("verdict", "verdict", optional=True),
    Column("keys", "trials", "the trial of each seed", format="list", subject="trial", optional=True),
)  # fmt: skip
_COORDINATES = (
    "id", "model", "objective", "corpus", "fraction", "corruption", "task", "shape", "protocol", "shots", "steps",
    "batch", "precision", "pretrain_steps", "pretrain_batch", "progress",
)  # fmt: skip
_NAMES = {column.name for column in _SHOWN}
COLUMNS = (*_SHOWN, *(Column(name) for name in dict.fromkeys((*_COORDINATES, *FIELDS)) if name not in _NAMES))
