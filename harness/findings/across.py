"""One figure over tasks: what a pretraining adds to all that it was tried on.

Below eight tasks these are fixed: the plain mean over them, with an interval for new seeds and new test items, that
says nothing of other tasks. From eight on they stand for others like them: the interquartile mean of their lifts
(Agarwal 2021, 2108.13264), with a hierarchical bootstrap that draws tasks, and in each of them seeds; what test items
do shows in the spread over tasks. Percentiles of few tasks lie too close: they are moved out by the root of
T / (T - 1).

Only a pretraining that has a lift on every task of its block is summed up: what failed or is missing is never averaged
away.
"""

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.catalog.keys import canonical
from harness.catalog.schemas import SCRATCH
from harness.findings.cell_records import Cell, Counted
from harness.findings.items import Reader, shared_seeds
from harness.stats.intervals import LEVEL, Floats, Parts, interval_of, says

MANY = 8
"""From so many tasks on they stand for others."""
REDRAWS = 2000
QUARTER = 0.25


@dataclass(frozen=True)
class Across:
    """A pretraining's lift over tasks, by one protocol at one number of labels."""

    pretraining: Cell
    protocol: str
    shots: int | None
    tasks: list[str]
    """Those that count; with those that lack a lift, all tasks that this protocol is run on."""
    lacking: list[str]
    n: int
    """How many seeds all tasks share."""
    kind: str
    """`mean` over fixed tasks, or `iqm`: the interquartile mean, for tasks like these."""
    lift: float | None
    low: float | None
    high: float | None

    @property
    def verdict(self) -> str:
        """`helps` or `hurts` where the interval leaves no doubt, else `undecided`."""
        return says(self.low, self.high, "helps", "hurts")


def across(
    found: Iterable[Counted], scratch: Mapping[str, Counted], reader: Reader, controls: Collection[str] = ()
) -> list[Across]:
    """Each pretraining over the tasks of a protocol at so many labels, if there are two or more; in the cells' order.

    `scratch` are the controls of the cells, `controls` names the models that are references.
    """
    groups: dict[str, list[Counted]] = {}
    for each in found:
        pretraining = each.cell["pretraining"]
        if pretraining["objective"] != SCRATCH and pretraining["model"] not in controls:
            groups.setdefault(canonical([pretraining, each.cell["protocol"], each.cell["shots"]]), []).append(each)
    return [_across(inside, scratch, reader) for inside in groups.values() if len(inside) > 1]


def _across(inside: Sequence[Counted], scratch: Mapping[str, Counted], reader: Reader) -> Across:
    first = inside[0].cell
    lifted = {each.cell["task"]: each for each in inside if each.records and scratch.get(each.opponent)}
    lacking = [each.cell["task"] for each in inside if each.cell["task"] not in lifted]
    pairs = [(each, scratch[each.opponent]) for each in lifted.values()]
    shared = shared_seeds(each.records for pair in pairs for each in pair) if pairs and not lacking else []
    lifts = np.array([[ours.scores[seed] - theirs.scores[seed] for seed in shared] for ours, theirs in pairs])
    many = len(inside) >= MANY
    lift: float | None = None
    low, high = None, None
    if shared:
        lift, low, high = iqm(lifts) if many else _fixed(lifts, pairs, shared, reader)
    return Across(
        pretraining=first["pretraining"],
        protocol=first["protocol"],
        shots=first["shots"],
        tasks=list(lifted),
        lacking=lacking,
        n=len(shared),
        kind="iqm" if many else "mean",
        lift=lift,
        low=low,
        high=high,
    )


def _fixed(lifts: Floats, pairs: Sequence[Any], shared: Sequence[int], reader: Reader) -> tuple[float, Any, Any]:
    """The plain mean over tasks and its interval; none where nothing is known of the test items of one of them."""
    parts: list[Parts] = []
    for ours, theirs in pairs:
        found = reader.parts([(1.0, ours), (-1.0, theirs)], shared)
        if found is None:
            return float(lifts.mean()), None, None
        parts.append(found)
    interval = interval_of(parts)
    return float(lifts.mean()), *((interval.low, interval.high) if interval else (None, None))


def iqm(lifts: Floats) -> tuple[float, float | None, float | None]:
    """The interquartile mean over the means of tasks, of lifts (tasks, seeds), and its interval for new tasks and new
    seeds."""
    tasks, seeds = lifts.shape
    value = float(_trimmed(lifts.mean(axis=1)))
    if tasks < 2:
        return value, None, None
    rng = np.random.default_rng(zlib.crc32(np.ascontiguousarray(lifts).tobytes()))
    drawn = rng.integers(tasks, size=(REDRAWS, tasks, 1))
    means = lifts[drawn, rng.integers(seeds, size=(REDRAWS, tasks, seeds))].mean(axis=2)
    found = _trimmed(means)
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    wider = np.sqrt(tasks / (tasks - 1))
    return value, value + wider * float(low - value), value + wider * float(high - value)


def _trimmed(means: Floats) -> Floats:
    """The mean (...) of values (..., tasks) without the lowest and the highest quarter."""
    tasks = means.shape[-1]
    cut = int(QUARTER * tasks)
    return np.asarray(np.sort(means, axis=-1)[..., cut : tasks - cut].mean(axis=-1))
