"""All metrics and meters: title, unit, direction and format, declared once. Imports nothing heavy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """The declaration of one figure."""

    title: str
    unit: str
    higher_is_better: bool | None
    """None where neither direction is better."""
    form: str = ".3f"
    """Format specification of a value."""


METRICS = {
    "accuracy": Metric("Accuracy", "share", True),
    "balanced_accuracy": Metric("Balanced accuracy", "share", True),
    "precision_macro": Metric("Precision, macro", "share", True),
    "recall_macro": Metric("Recall, macro", "share", True),
    "f1_macro": Metric("F1, macro", "share", True),
    "f1_weighted": Metric("F1, weighted", "share", True),
    "nll": Metric("Negative log-likelihood", "nats", False),
    "ece": Metric("Expected calibration error", "share", False),
    "mcc": Metric("Matthews correlation", "", True),
    "map": Metric("mAP", "share", True),
    "ap50": Metric("AP at IoU 0.50", "share", True),
    "ap75": Metric("AP at IoU 0.75", "share", True),
    "recall": Metric("Average recall", "share", True),
    "miou": Metric("mIoU", "share", True),
    "pixel_accuracy": Metric("Pixel accuracy", "share", True),
    "validation": Metric("The task's metric on validation", "share", True),
    "train": Metric("The task's metric on its training examples", "share", True),
    "shifted": Metric("The task's metric on shifted test examples, mean", "share", True),
    "logme": Metric("LogME of the features on the training labels", "nats", True),
    "h_score": Metric("H-score of the features on the training labels, shrunk", "", True),
    "loss": Metric("Held-out loss", "the objective's own", False, ".4f"),
    "trivial_loss": Metric("Loss of the trivial predictor", "the objective's own", None, ".4f"),
    "skill": Metric("Skill", "share", True),
    "perplexity": Metric("Perplexity of a token", "", False, ",.1f"),
    "sample_distance": Metric("Distance of samples to held-out data", "the objective's own", False, ".4f"),
    "gaussian_distance": Metric("The same of a fitted Gaussian", "the objective's own", None, ".4f"),
    "rankme": Metric("RankMe", "dimensions", None, ".1f"),
    "rankme_centred": Metric("RankMe without the mean", "dimensions", None, ".1f"),
    "feature_std": Metric("Feature standard deviation", "", None, ".4f"),
}

METERS = {
    "examples_per_s": Metric("Throughput", "examples/s", True, ",.0f"),
    "step_ms": Metric("Step", "ms", False, ".2f"),
    "latency_ms": Metric("Latency of one example", "ms", False, ".3f"),
    "peak_memory_bytes": Metric("Peak memory", "bytes", False, ",.0f"),
    "memory_source": Metric("Source of the memory figure", "", None, "s"),
    "parameters": Metric("Parameters", "", None, ",.0f"),
    "flops": Metric("FLOPs of one example", "FLOPs", None, ",.0f"),
    "energy_j": Metric("Energy", "J", False, ",.1f"),
    "train_s": Metric("Training time", "s", False, ".2f"),
    "total_s": Metric("Time of the trial", "s", False, ".2f"),
    "workers": Metric("Trials at once", "", None, "d"),
}


def metric_title(name: str | None) -> str:
    """The title of a task's metric within a sentence; `score` for one that is not declared."""
    title = METRICS[name].title if name in METRICS else "score"
    return title if title[:2].isupper() or title.startswith("m") else title[0].lower() + title[1:]
