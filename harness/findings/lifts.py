"""The lift, seed by seed: the score of an adaptation minus that of its scratch control at the same seed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.catalog.schemas import SCRATCH
from harness.findings.cell_records import Counted

SHARED = ("task", "model", "engine")
"""The parts of their specifications in which a cell and its control have to agree."""


def control_of(each: Counted, scratch: Mapping[str, Counted]) -> Counted | None:
    """The cell's control, of those by opponent; scratch itself has none."""
    return None if each.cell["pretraining"]["objective"] == SCRATCH else scratch.get(each.opponent)


def lifts(each: Counted, control: Counted) -> tuple[dict[int, float], str | None]:
    """The lift by each seed that both have, in order. Another version of a part of SHARED, such as the test data or the
    model's code, would make lifts meaningless: then there are none, and the part is named."""
    seeds = sorted(each.records.keys() & control.records.keys())
    other = next((part for part in SHARED if _differ(each, control, seeds, part)), None)
    return {} if other else {seed: each.scores[seed] - control.scores[seed] for seed in seeds}, other


def _differ(each: Counted, control: Counted, seeds: Sequence[int], part: str) -> bool:
    for seed in seeds:
        ours, theirs = _part(each, seed, part), _part(control, seed, part)
        if ours is not None and theirs is not None:
            return bool(ours != theirs)  # all seeds are of one variant
    return False


def _part(each: Counted, seed: int, name: str) -> Any:
    """A part of the spec; None where the parent's record is not here."""
    if name == "model" and seed not in each.parents:
        return None
    return (each.parents if name == "model" else each.records)[seed].spec.get(name)


def lifts_by_trial(found: Iterable[Counted], scratch: Mapping[str, Counted]) -> dict[str, tuple[float, str]]:
    """By the key of an adaptation its lift and the key of the trial that it is over."""
    return {
        each.records[seed].key: (lift, control.records[seed].key)
        for each in found
        if (control := control_of(each, scratch))
        for seed, lift in lifts(each, control)[0].items()
    }
