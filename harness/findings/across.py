"""The lift of each pretraining over all tasks of a protocol.

Below eight tasks the tasks are fixed: the plain mean, with an interval for new seeds and new test items. From eight
tasks on they are a sample: the interquartile mean with a hierarchical bootstrap, for new tasks and new seeds. Only a
pretraining with a lift on every task is averaged: failed and missing cells are never averaged away.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from harness.cells import PROTOCOLS, Arm, Pretraining, shots_label
from harness.findings.base import Column, Finding, HeatMap, Section, Table, attributes
from harness.findings.cell_records import CellRecords
from harness.findings.columns import ARM, MODEL, PRETRAINING, cell_columns
from harness.findings.evidence import Evidence
from harness.findings.items import Items, shared_seeds
from harness.findings.registry_facts import RegistryFacts
from harness.grouping import group_by
from harness.printable import count, interval, signed
from harness.stats.intervals import Floats, Parts, ends_of, interval_of, sign_of
from harness.stats.iqm import iqm

TITLE = "Across tasks"
SAMPLE = 8
"""The number of tasks from which on they are a sample of tasks."""


@dataclass(frozen=True)
class Across:
    """The lift of a pretraining over tasks, by one protocol with one number of labels."""

    pretraining: Pretraining
    protocol: str
    shots: int | None
    tasks: list[str]
    """The tasks with a lift."""
    lacking: list[str]
    """The tasks without one."""
    n: int
    """The seeds that all tasks share."""
    kind: str
    """`mean` over fixed tasks, or `iqm`."""
    lift: float | None
    low: float | None
    high: float | None

    @property
    def verdict(self) -> str:
        """`helps` or `hurts` by the interval, else `undecided`."""
        return sign_of(self.low, self.high, "helps", "hurts")


def across(evidence: Evidence) -> Finding:
    """A section for each protocol, number of labels and set of tasks, the largest lift first."""
    groups = group_by(
        lifts_across(evidence),
        lambda each: (each.protocol, each.shots, tuple(sorted([*each.tasks, *each.lacking]))),
    )
    if not groups:
        return Finding(["No pretraining is adapted by one protocol to two tasks with the same number of labels."])
    sections = [_section(title(key), key[2], inside) for key, inside in groups.items()]
    summary = [_sentence(title(key), inside, evidence.facts) for key, inside in groups.items()]
    return Finding(summary, sections)


def title(key: tuple[str, int | None, tuple[str, ...]]) -> str:
    """`linear probe, 5 shots, over 3 tasks`."""
    protocol, shots, tasks = key
    return f"{PROTOCOLS.get(protocol, protocol)}, {shots_label(shots)}, over {count(len(tasks), 'task')}"


def lifts_across(evidence: Evidence) -> list[Across]:
    """Each pretraining over its tasks, two or more, in the cells' order; controls and scratch excluded."""
    shown = [
        each for each in evidence.whole
        if not each.cell.arm.scratch and each.cell.model not in evidence.facts.controls
    ]  # fmt: skip
    groups = group_by(shown, lambda each: (each.cell.pretraining, each.cell.protocol, each.cell.shots))
    return [_across(inside, evidence) for inside in groups.values() if len(inside) > 1]


def _across(inside: Sequence[CellRecords], evidence: Evidence) -> Across:
    first, scratch = inside[0].cell, evidence.scratch
    lifted = {each.cell.task: each for each in inside if each.records and scratch.get(each.control)}
    lacking = [each.cell.task for each in inside if each.cell.task not in lifted]
    pairs = [(each, scratch[each.control]) for each in lifted.values()]
    shared = shared_seeds(each.records for pair in pairs for each in pair) if pairs and not lacking else []
    lifts = np.array([[ours.scores[seed] - theirs.scores[seed] for seed in shared] for ours, theirs in pairs])
    sample = len(inside) >= SAMPLE
    lift, low, high = None, None, None
    if shared:
        lift, low, high = iqm(lifts) if sample else _fixed(lifts, pairs, shared, evidence.items)
    return Across(
        pretraining=first.pretraining,
        protocol=first.protocol,
        shots=first.shots,
        tasks=list(lifted),
        lacking=lacking,
        n=len(shared),
        kind="iqm" if sample else "mean",
        lift=lift,
        low=low,
        high=high,
    )


def _fixed(
    lifts: Floats, pairs: Sequence[tuple[CellRecords, CellRecords]], shared: Sequence[int], items: Items
) -> tuple[float, float | None, float | None]:
    """The plain mean over tasks and its interval; no interval where a task has no item scores."""
    parts: list[Parts] = []
    for ours, theirs in pairs:
        part = items.parts([(1.0, ours), (-1.0, theirs)], shared)
        if part is None:
            return float(lifts.mean()), None, None
        parts.append(part)
    mean = interval_of(parts)
    return float(lifts.mean()), *ends_of(mean)


def _section(name: str, tasks: Sequence[str], inside: Sequence[Across]) -> Section:
    columns = [
        MODEL, ARM,
        Column("lift", "mean lift", "over scratch with the same seeds, with its 0.95 interval", format="signed",
               low="low", high="high", better="higher"),
        Column("verdict", "verdict"),
        Column("n", "seeds", "seeds that all tasks share", format="count"),
        Column("lacking", "lacks", "tasks without a lift", format="list"),
        *map(Column, (*PRETRAINING[1:], "protocol", "shots", "kind", "tasks")),
    ]  # fmt: skip
    names = ("protocol", "shots", "kind", "tasks", "lacking", "n", "lift", "low", "high", "verdict")
    ordered = sorted(inside, key=lambda each: (each.lift is None, -(each.lift or 0.0)))
    rows = [cell_columns(each.pretraining) | attributes(each, *names) for each in ordered]
    kind = "Interquartile mean, for new tasks and seeds" if inside[0].kind == "iqm" else "Plain mean, for these tasks"
    note = f"{kind}: {', '.join(tasks)}."
    return Section(name, note, tables=[Table(columns, rows, name="across")], figures=_grid(name, inside))


def _grid(name: str, inside: Sequence[Across]) -> list[HeatMap]:
    """Mean lifts of arms by models, the arm with the largest mean first."""
    arms: dict[Arm, dict[str, float]] = {}
    for each in inside:
        if each.lift is not None:
            arms.setdefault(each.pretraining.arm, {})[each.pretraining.model] = each.lift
    models = sorted({model for lifts in arms.values() for model in lifts})
    if len(arms) < 2 or len(models) < 2:
        return []
    ordered = sorted(arms, key=lambda arm: -fmean(arms[arm].values()))
    most = max(abs(lift) for lifts in arms.values() for lift in lifts.values())
    values = [[arms[arm].get(model) for model in models] for arm in ordered]
    alt = f"Mean lifts, {name}, of pretrainings by models; the table has the same values"
    return [HeatMap(rows=[arm.label for arm in ordered], columns=models, values=values, low=-most, high=most, digits=3,
                    alt=alt, name=f"across-{name}", row_title="pretraining", column_title="model")]  # fmt: skip


def _sentence(name: str, inside: Sequence[Across], facts: RegistryFacts) -> str:
    """The number of pretrainings without labels that help, and the best of them."""
    lifted = [each for each in inside if each.lift is not None and facts.competes(each.pretraining)]
    verdicts = Counter(each.verdict for each in lifted)
    helps, hurts = verdicts["helps"], verdicts["hurts"]
    text = f"{name}: {helps} of {count(len(lifted), 'pretraining')} without labels help, {hurts} hurt."
    best = max(lifted, key=lambda each: each.lift or 0.0, default=None)
    if best is None or best.lift is None:
        return text
    lift = f"{signed(best.lift)}{interval(best.low, best.high)}"
    return f"{text} Best of {len(lifted)}: {best.pretraining.label}, {lift} over scratch, {best.n} seeds."
