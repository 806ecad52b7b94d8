"""The columns of the board's table: what each is called, what it means, and how it is written.

The page's first rows are written here, the others by the page's script from the data that these columns make, so that
both read the same figures with the same digits.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from harness.report.output import plain

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column. Its `form` says how a cell is written: `words`; `number`, with so many digits; or one of those that
    take several figures together (`model`, `pretraining`, `rank`, `score`, `lift`, `seeds`)."""

    name: str
    title: str
    why: str = ""
    form: str = "number"
    digits: int = 3
    shown: bool = True
    lower_is_better: bool = False

    @property
    def numeric(self) -> bool:
        """Whether it is flush right and sorts as figures do."""
        return self.form not in ("words", "model", "pretraining")


COLUMNS = (
    Column("model", "model", form="model"),
    Column("pretraining", "pretraining", "objective and corpus, with its share and its corruption", "pretraining"),
    Column("lift", "lift", "the score minus that from scratch at the same seeds, with its 0.95 interval for new seeds "
           "and new test items", "lift"),
    Column("score", "score", "mean over seeds of the task's metric on the test split ± half a 0.95 interval for new "
           "seeds and new test items", "score"),
    Column("rank", "rank", "the ranks that it may have within its problem, Holm-adjusted; in brackets its place by "
           "mean alone, where fewer than five seeds rank nothing", "rank", lower_is_better=True),
    Column("task", "task", form="words"),
    Column("protocol", "protocol", form="words"),
    Column("labels", "labels", "labels a class for training; validation holds as many", "words"),
    Column("n", "seeds", "how many seeds ended well; leads to their trials", "seeds", 0),
    Column("skill", "skill", "of the pretraining, on its held-out data: 1 − loss / loss of a trivial predictor",
           digits=2),
    Column("linear", "linear probe, validation", "score on validation of the linear probe of the same pretraining on "
           "this task, at as many labels or else at most"),
    Column("knn", "k-NN, validation", "score on validation of the k-NN of the same pretraining on this task, at as "
           "many labels or else at most"),
    Column("parameters", "parameters", "of the encoder", digits=0, lower_is_better=True),
    Column("pretrain_s", "pretraining s", "training time of the pretraining, a median over seeds", digits=1,
           lower_is_better=True),
    Column("train_s", "adaptation s", "training time of the adaptation, a median over seeds", digits=1,
           lower_is_better=True),
    Column("latency_ms", "latency ms", "one example through the encoder", lower_is_better=True),
    Column("memory_mb", "memory MB", "peak of the process (resident set) or of the allocator, as each trial's page "
           "says", digits=0, lower_is_better=True),
    Column("remarks", "remarks", form="words"),
    Column("detectable", "detectable", "the smallest lift that this number of seeds and items finds in 4 cases of 5",
           shown=False, lower_is_better=True),
    Column("metric", "metric", "what the score is", "words", shown=False),
    Column("objective", "objective", form="words", shown=False),
    Column("corpus", "corpus", form="words", shown=False),
    Column("run", "run", "how far the pretraining had come where its encoder was taken, a share of its steps", "words",
           shown=False),
    Column("family", "family", "encoders that differ in size only", "words", shown=False),
    Column("machine", "measured on", "the class of hardware and how many trials ran at once: compare times and memory "
           "within one only", "words", shown=False),
    Column("loss", "held-out loss", "of the pretraining, in the objective's own unit", digits=4, shown=False,
           lower_is_better=True),
    Column("rankme", "RankMe", "the effective number of dimensions of held-out features", digits=1, shown=False),
    Column("train", "training score", "the metric on the training examples, after the last step", shown=False),
    Column("shifted", "shifted score", "the metric on shifted test examples", shown=False),
    Column("near_duplicates", "near copies", "share of test examples with a near copy in the corpus", shown=False,
           lower_is_better=True),
    Column("contamination", "contamination", "whether the corpus holds test examples", "words", shown=False),
    Column("pretrain_examples_per_s", "examples/s", "throughput of the pretraining, warm-up left out, a median over "
           "seeds", digits=0, shown=False),
    Column("flops", "FLOPs", "of one example through the encoder", digits=0, shown=False, lower_is_better=True),
    Column("energy_j", "energy J", "of the adaptation", digits=1, shown=False, lower_is_better=True),
    Column("total_s", "trial s", "the whole trial of the adaptation, data and evaluation included", digits=1,
           shown=False, lower_is_better=True),
    Column("steps", "steps", "of fine-tuning", digits=0, shown=False),
    Column("precision", "precision", form="words", shown=False),
)  # fmt: skip
FILTERS = {
    "modality": ("modality", None), "kind": ("task kind", None), "task": ("task", None),
    "protocol": ("protocol", None), "labels": ("labels", "shots"), "objective": ("objective", None),
    "corpus": ("corpus", None), "run": ("run", "progress"), "family": ("architecture", None),
    "size": ("size", "parameters"), "machine": ("measured on", None), "verdict": ("lift", None),
}  # fmt: skip
"""What a reader narrows the table by, with its title and the figure that its choices stand in the order of."""
BESIDE = {
    "pretraining": ("labelled",), "model": ("control",), "rank": ("rank_low", "rank_high", "best"),
    "score": ("score_margin",), "lift": ("lift_low", "lift_high", "lift_n"), "n": (),
}  # fmt: skip
"""The figures that a column's cells take besides its own."""
ALWAYS = ("troubles", "failed", "verdict")
"""What every row carries: words on failures, whether nothing ended well, and what the lift's interval says."""
DIGITS = {"score_margin": 3, "lift_low": 3, "lift_high": 3}


def columns_for(rows: Sequence[Row]) -> list[Column]:
    """The columns, those shown of which have something to say: what no row has is left to choose, and so is the
    machine where there is one only."""

    def shown(column: Column) -> bool:
        if column.name == "machine":
            return len({row["machine"] for row in rows if row["machine"]}) > 1
        return column.shown and (not rows or any(row[column.name] is not None for row in rows))

    return [replace(column, shown=shown(column)) for column in COLUMNS]


def described(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The columns as the page's script reads them."""
    return [asdict(column) | {"numeric": column.numeric} for column in columns]


def first_data(columns: Sequence[Column]) -> list[str]:
    """What the first page needs: the shown columns, those beside them, the filters."""
    names = [name for column in columns if column.shown for name in (column.name, *BESIDE.get(column.name, ()))]
    return list(dict.fromkeys([*names, *ALWAYS, *FILTERS]))


def more_data(columns: Sequence[Column]) -> list[str]:
    """What is read once a reader asks for it."""
    first = set(first_data(columns))
    return [column.name for column in columns if not column.shown and column.name not in first]


def columnar(rows: Sequence[Row], names: Sequence[str], columns: Sequence[Column]) -> dict[str, Any]:
    """The rows by column: words as numbers into a list of them, figures as whole numbers of their last digit."""
    digits = {column.name: column.digits for column in columns if column.numeric} | DIGITS
    return {name: _column([row[name] for row in rows], digits.get(name, 0)) for name in names}


def filters(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What the rows differ in, with the choices that there are."""
    found = []
    for name, (title, order) in FILTERS.items():
        choices: dict[str, Any] = {}
        for row in rows:
            if row[name] is not None:
                choices.setdefault(row[name], math.inf if order is None or row[order] is None else row[order])
        if len(choices) > 1:
            ordered = sorted(choices, key=lambda word: (choices[word], word))
            found.append({"name": name, "title": title, "choices": [plain(word) for word in ordered]})
    return found


def _column(values: list[Any], digits: int) -> dict[str, Any]:
    if any(isinstance(value, str) for value in values):
        words = {word: number for number, word in enumerate(dict.fromkeys(v for v in values if v is not None))}
        return {
            "words": [plain(word) for word in words],
            "at": [-1 if value is None else words[value] for value in values],
        }
    return {"digits": digits, "at": [whole(value, digits) for value in values]}


def whole(value: float | None, digits: int) -> int | float | None:
    """A figure in units of its last shown digit, rounded as `format` rounds; what is below zero stays so."""
    if value is None:
        return None
    found = int(f"{value:.{digits}f}".replace(".", ""))
    return found if found or value >= 0 else -0.0
