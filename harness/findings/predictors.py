"""The regret of each cheap predictor: the cost of trusting it to pick a pretraining.

The regret is the target score of the best pretraining minus that of the one with the highest predictor. The best is the
one with the best score at the target's seeds, luck included, for every predictor alike. So a regret is compared with
that of a random pick, on average, and with that of the largest encoder. Predictor and target are those of
`harness.findings.relations`, from disjoint seeds. A predictor that is comparable within groups only picks one
pretraining in each group, and the regret is the mean over groups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.catalog.schemas import WHOLE
from harness.cells import Problem, problem_labels
from harness.findings.base import Axis, Bar, Bars, Column, Finding, Section, Table, attributes
from harness.findings.columns import TASK
from harness.findings.evidence import Evidence
from harness.findings.points import PARAMETERS, WITHIN, Point, Predictor
from harness.findings.relation_rows import KEY, PAIRS, POINTS, PREDICTED_BY, REMARK, RHO, figures_of
from harness.findings.relations import Relation, relation_of, relations, targets_of
from harness.grouping import group_by
from harness.metrics.names import metric_title
from harness.stats.coefficients import FEWEST, decision_accuracy, regret

TITLE = "Which cheap predictor picks the best pretraining?"
SUMMARISED = 3
ROUNDING = 1e-9
"""Regrets that differ by less are equal."""
PICKS = {None: "all", "model": "each encoder", "arm": "each arm", "objective": "each objective"}
REGRETS = [
    Column("regret", "regret", "target score of the best pretraining minus that of the predictor's pick; over several "
           "groups the mean", format="number", better="lower"),
    Column("regret_by_chance", "random pick", "the mean regret of all picks", format="number"),
    Column("regret_by_parameters", "largest encoder", "the regret of the largest encoder", format="number"),
]  # fmt: skip
COLUMNS = [
    PREDICTED_BY,
    Column("picks", "picks one of", "the pretrainings that it chooses among: all, or those of each group"),
    POINTS, RHO, PAIRS, *REGRETS,
    Column("regret_at_the_end", "regret at the end", "the regret of the same probe at the end of the same runs",
           format="number"),
    Column("decisions_at_the_end", "pairs at the end", "pairs right of the same probe at the end of the same runs",
           format="percent"),
    REMARK,
    *map(Column, ("metric", "groups", "encoders", "arms")),
    *KEY,
]  # fmt: skip
OF_PICK = (
    "groups", "regret", "regret_by_chance", "regret_by_parameters", "regret_at_the_end", "decisions_at_the_end",
)  # fmt: skip
LEGEND = {
    "predictors": "probes on validation; LogME: log evidence a training label of a linear model on the features; "
                  "H-score: share of the features' variance between classes; skill: 1 − held-out loss / loss of a "
                  "trivial predictor; RankMe: effective number of dimensions of the features",
    "10% of the run": "the probe of a checkpoint within the run, for that share of the pretraining budget",
}  # fmt: skip

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pick:
    """The pick of one predictor for one target, and its regret in the unit of the target's metric."""

    relation: Relation
    groups: int
    """The number of groups with one pick each; 1 where it picks one of all."""
    regret: float
    regret_by_chance: float
    """The mean over all picks."""
    regret_by_parameters: float | None
    """That of the largest encoder; None where a size is unknown."""
    regret_at_the_end: float | None = None
    """Of a probe within runs: that of the same probe at their ends, over the same pretrainings."""
    decisions_at_the_end: float | None = None
    """The decision accuracy of that probe."""

    @property
    def label(self) -> str:
        return self.relation.predictor.label


def predictors(evidence: Evidence) -> Finding:
    """For each target its predictors with their regret, the cheapest first."""
    every = evidence.once(picks)
    if not every:
        return Finding(["Nothing to pick from: no three pretrainings have an adaptation at two seeds."])
    labels = problem_labels([each.relation.target for each in every])
    targets = group_by(sorted(every, key=_order), lambda each: each.relation.target)
    ordered = {target: targets[target] for target in dict.fromkeys(each.relation.target for each in every)}
    best = {target: best for target, inside in ordered.items() if (best := cheapest(inside))}
    sentences = [f"{labels[target]}: {_note(inside)}" for target, inside in ordered.items() if target in best]
    sections = [_section(inside, labels[target]) for target, inside in ordered.items()]
    return Finding(sentences[:SUMMARISED], [_overview(best, labels), *sections], LEGEND)


def picks(evidence: Evidence) -> list[Pick]:
    """The pick of every predictor of every target, fine-tuning first; use `evidence.once(picks)`."""
    every = [each for each in evidence.once(relations) if each.predictor.name in WITHIN or each.within != "arm"]
    for targets in targets_of(evidence.rows):
        every += [relation_of({}, targets, Predictor(name)) for name in ("rankme", PARAMETERS)]
    order = {target: number for number, target in enumerate(dict.fromkeys(each.target for each in every))}
    every.sort(key=lambda each: order[each.target])
    ended = {(each.target, each.predictor, each.within): each for each in every}
    results = [_pick(each) for each in every if each.n >= FEWEST]
    return [_with_end(each, ended) for each in results]


def cheapest(inside: Sequence[Pick]) -> Pick | None:
    """The least regret of the predictors of one target that pick one of most pretrainings; None where none does."""
    chosen = _comparable(inside)
    return min(chosen, key=lambda each: each.regret) if chosen else None


def _comparable(inside: Sequence[Pick]) -> list[Pick]:
    """Those that pick one of all; a regret among fewer pretrainings than others have is of another choice."""
    whole = [each for each in inside if each.relation.within is None]
    most = max((each.relation.n for each in whole), default=0)
    return [each for each in whole if each.relation.n == most]


def _order(each: Pick) -> tuple[int, int, float]:
    return [*PICKS].index(each.relation.within), -each.relation.n, each.regret


def _pick(each: Relation) -> Pick:
    groups = [point.group(each.within) for point in each.points]
    target = _axis(each.points, "target")
    size = np.array([point.parameters or np.nan for point in each.points])
    return Pick(
        relation=each,
        groups=len(set(groups)),
        regret=_known(regret(_axis(each.points, "predictor"), target, groups)),
        regret_by_chance=_known(regret(np.zeros(len(target)), target, groups)),
        regret_by_parameters=regret(size, target, groups) if np.isfinite(size).all() else None,
    )


def _known(value: float | None) -> float:
    """A regret over at least FEWEST points."""
    assert value is not None
    return value


def _axis(points: Sequence[Point], name: str) -> Array:
    return np.array([getattr(point, name) for point in points], dtype=np.float64)


def _with_end(each: Pick, relations: Mapping[Any, Relation]) -> Pick:
    """With the regret of the same probe at the end of the same runs, where that is another relation."""
    own = each.relation
    ended = relations.get((own.target, replace(own.predictor, progress=WHOLE), own.within))
    if ended is None or own.predictor.progress == WHOLE:
        return each
    by_pretraining = {point.cell.pretraining: point for point in ended.points}
    points = [one for point in own.points if (one := by_pretraining.get(point.cell.pretraining))]
    if len(points) < own.n:
        return each
    groups = [point.group(own.within) for point in points]
    x, y = _axis(points, "predictor"), _axis(points, "target")
    return replace(each, regret_at_the_end=regret(x, y, groups), decisions_at_the_end=decision_accuracy(x, y, groups))


def _note(inside: Sequence[Pick]) -> str:
    """The least regret against that of a random pick; empty where no predictor picks one of all."""
    best = cheapest(inside)
    if best is None:
        return ""
    alike = sum(each.regret < best.regret + ROUNDING for each in _comparable(inside)) - 1
    others = f" ({alike} more as low)" if alike else ""
    chance = f"A random pick loses {best.regret_by_chance:.3f} on average."
    if best.regret > best.regret_by_chance - ROUNDING:
        return f"No predictor has less regret than a random pick. {chance}"
    remark = f", {best.relation.text}" if best.relation.text else ""
    size = f"{best.relation.n} pretrainings{remark}"
    return f"The {best.label} has the least regret, {best.regret:.3f}{others}, over {size}. {chance}"


def _row(each: Pick, label: str) -> dict[str, Any]:
    return figures_of(each.relation, label) | attributes(each, *OF_PICK) | {"picks": PICKS[each.relation.within]}


def _overview(best: Mapping[Problem, Pick], labels: Mapping[Problem, str]) -> Section:
    columns = [
        TASK, Column("problem", "target"), PREDICTED_BY, POINTS, *REGRETS, RHO, PAIRS,
        REMARK,
    ]  # fmt: skip
    rows = [_row(each, labels[target]) for target, each in best.items()]
    return Section("The least regret for each target", tables=[Table(columns, rows, "targets")])


def _section(inside: Sequence[Pick], label: str) -> Section:
    table = Table(COLUMNS, [_row(each, label) for each in inside], "predictors")
    return Section(label, _note(inside), [table], _bars(inside, label), f"task {inside[0].relation.target.task}")


def _bars(inside: Sequence[Pick], label: str) -> list[Bars]:
    """The regrets of the predictors that pick one of all, next to the two baselines."""
    chosen = _comparable(inside)
    if not chosen:
        return []
    bars = [Bar(each.label, each.regret, group="predictor") for each in chosen]
    bars.append(Bar("random pick", chosen[0].regret_by_chance, group="baseline"))
    largest = chosen[0].regret_by_parameters
    bars += [Bar("largest encoder", largest, group="baseline")] if largest is not None else []
    alt = f"Regret of the predictors of {label}; the table has the same figures"
    return [Bars(axis=Axis(f"regret ({metric_title(chosen[0].relation.metric)})"), bars=bars, alt=alt)]
