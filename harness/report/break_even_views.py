"""What a page of factors shows of labels: how many each pretraining is worth, by problem and model."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.findings.break_even import BreakEven
from harness.report.break_even import caught_up, interval
from harness.report.output import NOTHING, count
from harness.report.words import PROTOCOLS, arm_of, labels, signed

Row = dict[str, Any]
Place = tuple[str, int | None, str]
"""A protocol, its budget and a model."""


def break_even_views(found: Sequence[BreakEven]) -> dict[str, Row]:
    """By task: how many pretrainings stay ahead of scratch, and a table for each protocol, budget and model."""
    tasks: dict[str, dict[Place, list[BreakEven]]] = {}
    for each in found:
        row = each.row
        places = tasks.setdefault(row["task"], {})
        places.setdefault((row["protocol"], row["steps"], row["model"]), []).append(each)
    return {name: _task(places) for name, places in tasks.items()}


def _task(places: Mapping[Place, list[BreakEven]]) -> Row:
    every = [each for inside in places.values() for each in inside]
    return {
        "all": len(every),
        "ahead": sum(stays_ahead(each) for each in every),
        "models": [_model(place, inside) for place, inside in places.items()],
    }


def stays_ahead(each: BreakEven) -> bool:
    """Whether its lift is established at the most labels still."""
    return each.caught_up is not None and each.caught_up.beyond > 0


def _model(place: Place, inside: Sequence[BreakEven]) -> Row:
    protocol, steps, model = place
    shots = sorted({at.shots for each in inside for at in each.worths})
    ahead = sum(stays_ahead(each) for each in inside)
    budget = f", {steps} steps" if steps else ""
    ordered = sorted(inside, key=lambda each: -sum(at.lift for at in each.worths) / max(1, len(each.worths)))
    return {
        "title": f"{model}, {PROTOCOLS.get(protocol, protocol)}{budget}",
        "said": f"{ahead} of {count(len(inside), 'pretraining')} still ahead at {labels(shots[-1])}" if shots else "",
        "shots": [labels(each) for each in shots],
        "rows": [_row(each, shots) for each in ordered],
    }


def _row(each: BreakEven, shots: Sequence[int]) -> Row:
    at = {worth.shots: (interval(worth), f"lift {signed(worth.lift)}") for worth in each.worths}
    return {
        "arm": arm_of(each.row),
        "worths": [at.get(number, (NOTHING, "")) for number in shots],
        "caught_up": caught_up(each),
    }
