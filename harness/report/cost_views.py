"""What the pages of costs show: for each task and problem the fronts of score against each cost."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.catalog.schemas import SCRATCH
from harness.findings.pareto import COSTS, Front, Priced
from harness.findings.table import FACET
from harness.report.figures import sign
from harness.report.front_figure import front_figure
from harness.report.output import count
from harness.report.pareto import left_out, machine_name, margin, priced, rest, scored, spread_of
from harness.report.words import PROTOCOLS, arm_of, labels, metric, told_apart, verdict

if TYPE_CHECKING:
    from harness.findings.evidence import Analysis

Row = dict[str, Any]
Facet = tuple[Any, ...]
FIRST = ("flops", "time", "latency")
"""What a reader asks for first: what the pretraining itself costs, then the encoder."""


def cost_views(found: "Analysis") -> list[Row]:
    """A view a task: its problems, fine-tuning first, each with its fronts by cost."""
    order = tuple(dict.fromkeys((*FIRST, *COSTS)))
    tasks: dict[str, dict[Facet, list[Front]]] = {}
    for cost in order:
        for front in found.pareto(cost):
            facets = tasks.setdefault(front.facet["task"], {})
            facets.setdefault(tuple(front.facet[name] for name in FACET), []).append(front)
    return [_task(name, facets) for name, facets in tasks.items()]


def _task(name: str, facets: Mapping[Facet, list[Front]]) -> Row:
    ordered = sorted(facets, key=lambda facet: facet[FACET.index("protocol")] != "finetune")
    named = _names(ordered)
    every = [cell.row for facet in ordered for front in facets[facet] for cell in front.cells]
    groups = list(dict.fromkeys(row["objective"] for row in every))
    choices = [
        {"problem": named[facet][0], "title": named[facet][1], **_choice(cost, same, groups)}
        for facet in ordered
        for cost in dict.fromkeys(front.cost for front in facets[facet])
        if (same := [front for front in facets[facet] if front.cost == cost])
    ]
    costs = dict.fromkeys(choice["cost"] for choice in choices)
    return {
        "name": name,
        "problems": list(dict.fromkeys((choice["problem"], choice["title"]) for choice in choices)),
        "costs": [(cost, COSTS[cost].title) for cost in costs],
        "choices": choices,
    }


def _names(facets: Sequence[Facet]) -> dict[Facet, tuple[str, str]]:
    """What each problem of a task is called in addresses and in words."""
    named = {}
    for facet, differing in told_apart(facets).items():
        own = dict(zip(FACET, facet, strict=True))
        protocol, shots = own["protocol"], own["shots"]
        place = "-".join([protocol, str(shots or "all"), *map(str, differing.values())])
        told = [f"{part} {value}" for part, value in differing.items()]
        named[facet] = place, ", ".join([PROTOCOLS.get(protocol, protocol), labels(shots), *told])
    return named


def _choice(cost: str, fronts: Sequence[Front], groups: Sequence[str]) -> Row:
    paid = COSTS[cost]
    return {
        "cost": cost,
        "paid": paid.title,
        "first": "the cheapest" if paid.lower_is_better else "the fastest",
        "fronts": [_front(front, groups) for front in fronts],
    }


def _front(front: Front, groups: Sequence[str]) -> Row:
    named = metric(next((cell.row["metric"] for cell in front.cells if cell.row["metric"]), None))
    on = [cell for cell in front.cells if cell.front]
    present = {cell.row["objective"] for cell in front.cells}
    return {
        "machine": machine_name(front.machine),
        "cells": len(front.cells),
        "without": front.unpriced + front.elsewhere,
        "highest": front.highest,
        "left_out": left_out(front),
        "spread": spread_of(front),
        "metric": named,
        "plot": front_figure(front, groups, named) if len(front.cells) > 1 else "",
        "legend": [(sign(index), objective) for index, objective in enumerate(groups) if objective in present],
        "rows": [_row(cell, front.cost) for cell in on],
        "rest": rest(front),
    }


def _row(cell: Priced, cost: str) -> Row:
    row = cell.row
    return {
        "row": row,
        "cost": priced(cost, cell.cost),
        "score": f"{row['score']:.3f}",
        "margin": margin(row),
        "model": row["model"],
        "arm": arm_of(row),
        "control": row["control"],
    }


def cost_overview(views: Sequence[Row]) -> list[Row]:
    """For each cost the fronts of all tasks, with the cheapest cell and the best; each `on` its machine, where there
    are several."""
    costs: dict[str, Row] = {}
    for view in views:
        for choice in view["choices"]:
            named = {part: choice[part] for part in ("cost", "paid", "first")}
            own = costs.setdefault(choice["cost"], {**named, "lines": []})
            for front in choice["fronts"]:
                place = {"task": view["name"], "id": f"{choice['problem']}-{choice['cost']}"}
                place |= {part: choice[part] for part in ("title", "first")}
                own["lines"].append({**place, **front, "low": front["rows"][0], "best": front["rows"][-1]})
    several = len({line["machine"] for own in costs.values() for line in own["lines"]} - {None}) > 1
    for own in costs.values():
        for line in own["lines"]:
            line["on"] = line["machine"] if several else None
        own["said"] = [_finding(line) for line in _first(own["lines"])]
        spreads = {line["on"]: line["spread"] for line in own["lines"] if line["spread"]}
        own["spreads"] = [f"on {on}: {said}" if on else said for on, said in spreads.items()]
    return [costs[cost] for cost in dict.fromkeys((*FIRST, *COSTS)) if cost in costs]


def _first(lines: Sequence[Row]) -> list[Row]:
    """Of each task's first problem the front of the machine that measured most cells."""
    tasks: dict[str, list[Row]] = {}
    for line in lines:
        tasks.setdefault(line["task"], []).append(line)
    firsts = [[one for one in own if one["id"] == own[0]["id"]] for own in tasks.values()]
    return [max(fronts, key=lambda one: one["cells"]) for fronts in firsts]


def _finding(line: Row) -> str:
    """What the best of a problem costs, how far the cheapest is behind, and how many cells are left out."""
    low, best = line["low"], line["best"]
    on = f", on {line['on']}" if line["on"] else ""
    among = f"of {count(line['cells'], 'cell')} with a figure " if line["highest"] else ""
    told = f"{line['task']}, {line['title']}{on}: {among}{scored(best['row'])} has the highest mean"
    if low is best:
        told += f" and is {line['first']}, at {best['cost']}"
    else:
        gap = best["row"]["score"] - low["row"]["score"]
        told += f", for {best['cost']}; {scored(low['row'])} at {low['cost']} is {gap:.3f} behind"
        told += _decided(low["row"], best["row"])
    return "; ".join([told, *line["left_out"]])


def _decided(low: Row, best: Row) -> str:
    """What the paired lift says of the best, where the cheapest is its own scratch control."""
    if low["objective"] != SCRATCH or low["model"] != best["model"] or best["lift_low"] is None:
        return ""
    return {"helps": ", which is decided", "undecided": ", which is undecided"}.get(verdict(best), "")
