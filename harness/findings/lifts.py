"""The lift of each seed: the score of an adaptation minus that of its scratch control with the same seed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.cells import Cell
from harness.findings.cell_records import CellRecords

SHARED = ("task", "model", "engine")
"""The parts of the spec in which a cell and its control have to agree."""


def control_of(each: CellRecords, scratch: Mapping[Cell, CellRecords]) -> CellRecords | None:
    """The scratch control of a cell; scratch itself has none."""
    return None if each.cell.arm.scratch else scratch.get(each.control)


def lifts(each: CellRecords, control: CellRecords) -> tuple[dict[int, float], str | None]:
    """The lift of each seed that both have, in order, and the part of SHARED that differs.

    With another version of the test data or of the model's code there is no lift.
    """
    seeds = sorted(each.records.keys() & control.records.keys())
    differing = next((part for part in SHARED if _differ(each, control, seeds, part)), None)
    if differing:
        return {}, differing
    return {seed: each.scores[seed] - control.scores[seed] for seed in seeds}, None


def _differ(each: CellRecords, control: CellRecords, seeds: Sequence[int], part: str) -> bool:
    for seed in seeds:
        ours, theirs = _part(each, seed, part), _part(control, seed, part)
        if ours is not None and theirs is not None:
            return bool(ours != theirs)  # all seeds are of one variant
    return False


def _part(each: CellRecords, seed: int, name: str) -> Any:
    """A part of the spec; None where the parent's record is missing."""
    if name == "model" and seed not in each.parents:
        return None
    return (each.parents if name == "model" else each.records)[seed].spec.get(name)


def lifts_by_trial(cells: Iterable[CellRecords], scratch: Mapping[Cell, CellRecords]) -> dict[str, tuple[float, str]]:
    """By the key of an adaptation its lift, and the key of its control's trial."""
    return {
        each.records[seed].key: (lift, control.records[seed].key)
        for each in cells
        if (control := control_of(each, scratch))
        for seed, lift in lifts(each, control)[0].items()
    }
