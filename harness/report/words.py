"""How the site and the terminal word a figure, an arm, a problem and a verdict."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from harness.matrix import corruption_text
from harness.catalog.schemas import UNTRAINED, WHOLE
from harness.findings.table import FACET
from harness.metrics.names import METRICS
from harness.report.output import NOTHING, count

if TYPE_CHECKING:
    from harness.findings.relation import Relation

Row = Mapping[str, Any]
PROTOCOLS = {"finetune": "fine-tuning", "linear": "linear probe", "knn": "k-NN"}

PREDICTORS = {**PROTOCOLS, "logme": "LogME", "h_score": "H-score"}
"""What has so many labels of a task to predict from."""
PREDICTOR_NAMES = {
    **PREDICTORS, "loss": "held-out loss", "skill": "skill", "rankme": "RankMe", "parameters": "number of parameters",
}  # fmt: skip
"""What predictors are called."""


def number(value: float | None, form: str = ".3f") -> str:
    """A figure, or a dash where there is none: never a zero."""
    return NOTHING if value is None else format(value, form)


def signed(value: float | None, digits: int = 3) -> str:
    """A difference with its sign, also where its digits are all zeros: an interval may end just below none."""
    return NOTHING if value is None else f"{value:+.{digits}f}".replace("-", "−")


def bounds(low: float | None, high: float | None, digits: int = 3) -> str:
    """An interval after its figure; nothing where there is none."""
    return "" if low is None or high is None else f" [{signed(low, digits)}, {signed(high, digits)}]"


def metric(name: str | None) -> str:
    """What a task's metric is called within a sentence."""
    title = METRICS[name].title if name in METRICS else "score"
    return title[0].lower() + title[1:]


def capital(text: str) -> str:
    """A remark as a sentence begins."""
    return text[:1].upper() + text[1:]


def lacking(row: Row, seeds: int) -> int:
    """How many of so many seeds a cell has neither a result nor a failure of."""
    return max(0, seeds - int(row["n"]) - int(row["n_failed"]))


def labels(shots: int | None) -> str:
    """How many labels there are."""
    return "all labels" if shots is None else count(shots, "shot")


def problem(row: Row) -> str:
    """A task, a protocol and how many labels."""
    steps = f", {row['steps']} steps" if row["steps"] else ""
    return f"{row['task']}: {PROTOCOLS.get(row['protocol'], row['protocol'])}, {labels(row['shots'])}{steps}"


def told_apart(problems: Collection[tuple[Any, ...]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Of each problem, named as in FACET, the parts in which those of its task, protocol and labels differ."""
    alike: dict[tuple[Any, ...], list[Row]] = {}
    for one in problems:
        own = dict(zip(FACET, one, strict=True))
        alike.setdefault((own["task"], own["protocol"], own["shots"]), []).append(own)
    return {
        tuple(own.values()): {part: own[part] for part in FACET if len({each[part] for each in inside}) > 1}
        for inside in alike.values()
        for own in inside
    }


def arm_of(row: Row) -> str:
    """An objective on a corpus with its quantity and quality, of a row or a cell; and where within its run, if not at
    its end."""
    if row["objective"] in UNTRAINED:
        return str(row["objective"])
    fraction = "" if row["fraction"] == 1 else f", {row['fraction']:.0%}"
    corruption = row["corruption"]
    named = corruption if isinstance(corruption, str) else corruption_text(corruption)
    spoilt = f", {named}" if named else ""
    return f"{row['objective']} on {row['corpus']}{fraction}{spoilt}{after(row.get('progress', WHOLE))}"


def predictor_name(each: "Relation") -> str:
    """What the predictor of a relation is called, with how many labels it had and where within a run."""
    name = PREDICTOR_NAMES.get(each.predictor, each.predictor)
    had = f" at {labels(each.predictor_shots)}" if each.predictor in PREDICTORS else ""
    return f"{name}{had}{after(each.predictor_progress)}"


def run_share(progress: float) -> str:
    """How much of a pretraining's run was over."""
    return "whole" if progress == WHOLE else f"{100 * progress:g}%"


def after(progress: float) -> str:
    """Where within its run an encoder was taken, behind the name of what was done with it; of its end nothing."""
    return "" if progress == WHOLE else f", {run_share(progress)} of the run"


def verdict(row: Row) -> str:
    """What a lift's interval says: `helps`, `hurts`, `undecided`, or `reference` where there is no lift."""
    if row["lift"] is None:
        return "reference"
    if row["lift_low"] is None:
        return "undecided"
    return "helps" if row["lift_low"] > 0 else "hurts" if row["lift_high"] < 0 else "undecided"
