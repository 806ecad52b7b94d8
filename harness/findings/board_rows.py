"""The rows of the board, typed: one for each cell, failed and missing ones included."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from statistics import fmean
from typing import Any

from harness.cells import Cell, Problem
from harness.errors import failure_reason
from harness.findings.base import attributes
from harness.findings.cell_records import CellRecords, Machine, hardware_of, machine_of, median_of, records_on
from harness.findings.columns import cell_columns
from harness.findings.items import Items
from harness.findings.lifts import control_of, lifts
from harness.findings.registry_facts import RegistryFacts
from harness.grouping import group_by
from harness.stats.intervals import sign_of
from harness.stats.ranking import rank

COLLAPSED = "collapsed"
NO_ITEMS = "no record of the test items"
"""The prefix of a flag that gives the reason for a missing interval."""
CONTAMINATION = ("clean", "in-domain", "unknown", "contaminated")
"""From the best to the worst."""
FLAGS = {"contaminated": "contaminated", "unknown": "pretraining data unknown"}
PRETRAINING = (
    "loss", "trivial_loss", "skill", "sample_distance", "gaussian_distance", "rankme", "rankme_centred", "feature_std",
)  # fmt: skip
METERS = ("examples_per_s", "latency_ms", "peak_memory_bytes", "parameters", "flops", "energy_j", "train_s", "total_s")


@dataclass(frozen=True, kw_only=True)
class BoardRow:
    """One cell of the board. A figure that does not exist is None.

    `score` is the mean over seeds of the task's `metric` on the test split; `lift` the mean difference from scratch at
    the same seeds. `_low` and `_high` bound the 0.95 interval for new seeds and new test items; `_margin` is half its
    width. `detectable` is the smallest lift that this design detects with a power of 0.8.
    """

    cell: Cell
    family: str | None = None
    modality: str | None = None
    kind: str | None = None
    control: bool = False
    """Whether the model is a control, which is shown and not ranked."""
    labelled: bool = False
    """Whether the pretraining uses labels."""
    status: str = "missing"
    statuses: Mapping[str, int] = field(default_factory=dict)
    n: int = 0
    """Seeds with an `ok` record."""
    n_failed: int = 0
    metric: str | None = None
    score: float | None = None
    score_low: float | None = None
    score_high: float | None = None
    score_margin: float | None = None
    lift: float | None = None
    lift_low: float | None = None
    lift_high: float | None = None
    lift_margin: float | None = None
    lift_n: int | None = None
    detectable: float | None = None
    items: int | None = None
    clusters: int | None = None
    rank_low: int | None = None
    """The ranks that the cell may have within its problem; None below 5 seeds, for controls and within a run."""
    rank_high: int | None = None
    best: bool = False
    """Whether no cell is significantly better."""
    validation: float | None = None
    train: float | None = None
    shifted: float | None = None
    contamination: str | None = None
    """The worst status of its records."""
    near_duplicates: float | None = None
    """The share of test examples with a near or exact copy in the corpus."""
    loss: float | None = None
    """Of the pretraining, at the end of its run alone; so are the figures up to feature_std."""
    trivial_loss: float | None = None
    skill: float | None = None
    sample_distance: float | None = None
    gaussian_distance: float | None = None
    rankme: float | None = None
    rankme_centred: float | None = None
    feature_std: float | None = None
    examples_per_s: float | None = None
    """Meters are medians over seeds, all on one machine. `flops` are those of one example, forward."""
    latency_ms: float | None = None
    peak_memory_bytes: float | None = None
    parameters: float | None = None
    flops: float | None = None
    energy_j: float | None = None
    train_s: float | None = None
    total_s: float | None = None
    memory_source: str | None = None
    pretrain_s: float | None = None
    pretrain_examples_per_s: float | None = None
    pretrain_flops: float | None = None
    hardware: str | None = None
    workers: int | None = None
    flags: str = ""
    message: str | None = None
    scores: Mapping[int, float] = field(default_factory=dict)
    """Figures by seed, from here on."""
    validations: Mapping[int, float] = field(default_factory=dict)
    logmes: Mapping[int, float] = field(default_factory=dict)
    h_scores: Mapping[int, float] = field(default_factory=dict)
    losses: Mapping[int, float] = field(default_factory=dict)
    skills: Mapping[int, float] = field(default_factory=dict)
    rankmes: Mapping[int, float] = field(default_factory=dict)
    keys: Mapping[int, str] = field(default_factory=dict)
    """The key of each seed's trial."""

    @property
    def problem(self) -> Problem:
        return self.cell.problem

    @property
    def machine(self) -> Machine:
        return self.hardware, self.workers

    @property
    def verdict(self) -> str:
        """`helps`, `hurts` or `undecided` by the lift's interval; `reference` where there is no lift."""
        if self.lift is None:
            return "reference"
        return sign_of(self.lift_low, self.lift_high, "helps", "hurts")

    def as_dict(self) -> dict[str, Any]:
        """All columns of the board's data: coordinates, then the fields in their order."""
        return cell_columns(self.cell) | attributes(self, *FIELDS)


FIELDS = tuple(each.name for each in fields(BoardRow) if each.name != "cell")


def board_rows(
    cells: Sequence[CellRecords], scratch: Mapping[Cell, CellRecords], items: Items, facts: RegistryFacts
) -> list[BoardRow]:
    """One row a cell, in the cells' order; `scratch` are the controls."""
    return _ranked([_row(each, control_of(each, scratch), items, facts) for each in cells])


def rows_by_problem(rows: Iterable[BoardRow]) -> dict[Problem, list[BoardRow]]:
    """The rows grouped by problem, in their order."""
    return group_by(rows, lambda row: row.problem)


def _row(each: CellRecords, control: CellRecords | None, items: Items, facts: RegistryFacts) -> BoardRow:
    cell, records, parents = each.cell, each.records, each.parents
    ended = parents if cell.whole else {}
    flags = {flag for record in (*records.values(), *ended.values()) for flag in record.flags}
    contamination = _contamination(each)
    flags |= {FLAGS[status] for status in [contamination.get("contamination")] if status in FLAGS}
    figures = _score(each, items, flags) | (_lift(each, control, items, flags) if control else {}) | contamination
    figures |= {name: _mean(records, name) for name in ("validation", "train", "shifted")}
    figures |= {name: _mean(ended, name) for name in PRETRAINING}
    failure = next(iter(each.failures.values()), None)
    return BoardRow(
        cell=cell,
        family=facts.families.get(cell.model),
        modality=facts.modalities.get(cell.model),
        kind=facts.kinds.get(cell.task),
        control=cell.model in facts.controls,
        labelled=cell.arm.objective in facts.labelled,
        status=each.status,
        statuses=each.statuses,
        n=len(records),
        n_failed=len(each.failures) + len(each.blockers),
        metric=each.metric,
        message=failure.message if failure else _blocked_by(each),
        flags=", ".join(sorted(flags)),
        scores=each.scores,
        validations=_by_seed(records, "validation"),
        logmes=_by_seed(records, "logme"),
        h_scores=_by_seed(records, "h_score"),
        losses=_by_seed(ended, "loss"),
        skills=_by_seed(ended, "skill"),
        rankmes=_by_seed(ended, "rankme"),
        keys={seed: record.key for seed, record in records.items()},
        **figures,
        **_costs(each, items),
    )


def _costs(each: CellRecords, items: Items) -> dict[str, Any]:
    """The meters of the adaptation and of its pretraining on the machine of the newest record."""
    store, parents = items.store, each.parents
    newest = max(each.latest.values(), key=lambda record: record.started, default=None)
    on = newest or max(parents.values(), key=lambda record: record.started, default=None)
    pretrained = records_on(store, parents, machine_of(store, on)) if on else {}
    pretrain_s = median_of(pretrained.values(), "train_s")
    return {
        **{name: median_of(each.latest.values(), name) for name in METERS},
        "pretrain_s": None if pretrain_s is None else each.cell.progress * pretrain_s,
        "pretrain_examples_per_s": median_of(pretrained.values(), "examples_per_s"),
        "pretrain_flops": median_of(parents.values(), "flops"),
        "memory_source": newest.meters.get("memory_source") if newest else None,
        "hardware": hardware_of(store, newest) if newest else None,
        "workers": newest.meters.get("workers") if newest else None,
    }


def _blocked_by(each: CellRecords) -> str | None:
    blocker = next(iter(each.blockers.values()), None)
    if blocker is None:
        return None
    role = "tuning" if blocker.role == "tuning" else "pretraining"
    return f"{role} {blocker.status}: {failure_reason(blocker.message)}"


def _score(each: CellRecords, items: Items, flags: set[str]) -> dict[str, Any]:
    """The mean score and its interval, within 0 and 1."""
    interval = items.mean(each)
    row: dict[str, Any] = {"score": fmean(each.scores.values()) if each.records else None}
    if interval:
        row |= {"score_low": max(0.0, interval.low), "score_high": min(1.0, interval.high)}
        row |= {"score_margin": interval.margin, "items": interval.items, "clusters": interval.clusters}
    elif len(each.records) > 1 and (unknown := items.unknown(each.records.values())):
        flags.add(f"{NO_ITEMS} of {unknown} of {len(each.records)} seeds: no interval")
    return row


def _contamination(each: CellRecords) -> dict[str, Any]:
    reports = [record.contamination for record in each.records.values() if record.contamination]
    if not reports:
        return {}
    worst = max((report.status for report in reports), key=CONTAMINATION.index)
    near = max(((report.near + report.exact) / report.of for report in reports if report.of), default=None)
    return {"contamination": worst, "near_duplicates": near}


def _lift(each: CellRecords, control: CellRecords, items: Items, flags: set[str]) -> dict[str, Any]:
    differences, other = lifts(each, control)
    if other:
        flags.add(f"scratch has another version of the {other}: sweep again")
    if not differences:
        return {}
    row: dict[str, Any] = {"lift": fmean(differences.values()), "lift_n": len(differences)}
    interval = items.lift(each, control)
    if interval:
        row |= {"lift_low": interval.low, "lift_high": interval.high, "lift_margin": interval.margin}
        row |= {"detectable": interval.detectable}
    elif len(differences) > 1 and items.unknown(control.records[seed] for seed in differences):
        flags.add(f"{NO_ITEMS} of scratch: no interval of its lift")
    return row


def _ranked(rows: list[BoardRow]) -> list[BoardRow]:
    """The rows with their ranks within each problem; controls, collapsed encoders and points within a run have none."""
    competing = [at for at, row in enumerate(rows) if not row.control and row.cell.whole and COLLAPSED not in row.flags]
    for inside in group_by(competing, lambda at: rows[at].problem).values():
        for at, ranked in rank({at: rows[at].scores for at in inside}).items():
            rows[at] = replace(rows[at], rank_low=ranked.low, rank_high=ranked.high, best=ranked.best)
    return rows


def _by_seed(records: Mapping[int, Any], name: str) -> dict[int, float]:
    return {seed: record.metrics[name] for seed, record in records.items() if name in record.metrics}


def _mean(records: Mapping[int, Any], name: str) -> float | None:
    values = [value for record in records.values() if (value := record.metrics.get(name)) is not None]
    return fmean(values) if values else None
