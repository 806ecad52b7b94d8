"""What the pages of trends show: what changed last, the nights, meters, qualities and failures, with their figures."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from harness.findings.histories import History, Turn
from harness.findings.nights import Night
from harness.findings.series import Link, Series
from harness.findings.trends import Trends
from harness.report import trend_words as told
from harness.report.compare import pretraining
from harness.report.figures import levels, sign
from harness.report.output import NOTHING, plain
from harness.report.words import bounds, metric, number, problem, signed

Row = dict[str, Any]
Place = tuple[int, int]
"""A night, and which of the line's points in it."""
Points = list[tuple[Place, float, float | None, float | None, str]]
MOST_LINES = 8
"""So many cells a figure holds: those that changed most."""
MOST_ROWS = 60
"""So many rows a table of a page holds."""
MOST_TICKS = 7


def trend_views(found: Trends) -> Row:
    """The page of all trends; under `tasks` those of quality, a view a task."""
    tasks: dict[str, dict[str, list[History]]] = {}
    for each in found.histories:
        tasks.setdefault(each.cell["task"], {}).setdefault(problem(each.cell), []).append(each)
    return {
        "said": told.sentences(found),
        "nights": _newest([_night(night, place) for place, night in enumerate(found.nights, 1)]),
        "meters": [_meter(inside, found) for inside in _by_meter(found.series)],
        "turns": _newest([_turn(each, found) for each in found.turns]),
        "tasks": [
            {"name": name, "problems": [_problem(inside, number, found) for number, inside in enumerate(own.values())]}
            for name, own in tasks.items()
        ],
    }


def changed_tasks(found: Trends) -> dict[str, list[str]]:
    """By model, the tasks on which one of its cells has another recipe than before."""
    models: dict[str, list[str]] = {}
    for each in found.histories:
        own = models.setdefault(each.cell["pretraining"]["model"], [])
        if each.cell["task"] not in own:
            own.append(each.cell["task"])
    return models


def _newest(rows: list[Any]) -> Row:
    """The newest first, of too many the others are counted."""
    return {"rows": rows[::-1][:MOST_ROWS], "left_out": max(len(rows) - MOST_ROWS, 0)}


def _night(night: Night, place: int) -> Row:
    trials, failed = told.ended(night)
    return {
        "place": place, "day": night.day, "commit": told.commit(night), "machine": plain(night.hardware or NOTHING),
        "trials": trials, "failed": failed,
    }  # fmt: skip


def _turn(turn: Turn, found: Trends) -> Row:
    first, other = told.between(found, (turn.first, turn.began[0]), (turn.other, turn.began[1]))
    return {
        "title": told.turn_title(turn),
        "first": first, "other": other,
        "before": turn.before, "after": turn.after, "works": turn.works, "same": turn.same,
    }  # fmt: skip


def _by_meter(every: Sequence[Series]) -> list[list[Series]]:
    groups: dict[Any, list[Series]] = {}
    for each in every:
        groups.setdefault((each.hardware, each.workers, each.meter), []).append(each)
    return [*groups.values()]


def _meter(inside: Sequence[Series], found: Trends) -> Row:
    """A meter on one machine: a line for each kind of work, and for each set of nights that no cell links."""
    lines = {name: points for each in inside for name, points in _lines(each, found)}
    rows = [(series, link) for series in inside for link in series.links]
    rows.sort(key=lambda pair: pair[1].other)
    title = f"{told.meter_title(inside[0].meter)} on {told.machine(inside[0])}"
    return {
        "title": title,
        "plot": _figure(lines, found, "ratio to the first night", title),
        "legend": [(sign(index), name) for index, name in enumerate(lines)],
        **_newest([_link(series, link, found) for series, link in rows]),
    }


def _lines(series: Series, found: Trends) -> Iterator[tuple[str, Points]]:
    roots: dict[int, int] = {}
    arrived = {link.other: link for link in series.links}
    for link in series.links:
        roots[link.other] = roots.setdefault(link.first, link.first)
    for root in sorted(set(roots.values())):
        nights = sorted(night for night, own in roots.items() if own == root)
        alone = len(set(roots.values())) == 1
        name = told.WORK[series.work] + ("" if alone else f", from {told.numbered(found, root)}")
        yield name, [_point(series, night, arrived.get(night), found) for night in nights]


def _point(series: Series, night: int, link: Link | None, found: Trends) -> Any:
    level = math.exp(series.level[night])
    text = f"{told.WORK[series.work]}, {told.numbered(found, night)}, {found.nights[night].day}: ×{level:.2f}"
    if link is None:
        return (night, 0), level, None, None, text
    before = series.level[link.first]
    more = f"{text}; against {told.numbered(found, link.first)} {told.ratio(link)}: {link.verdict}"
    return (night, 0), level, math.exp(before + link.low), math.exp(before + link.high), more


def _link(series: Series, link: Link, found: Trends) -> Row:
    return {
        "work": told.WORK[series.work],
        "first": told.numbered(found, link.first), "other": told.numbered(found, link.other),
        "cells": link.cells, "ratio": told.ratio(link), "verdict": told.said_of(found, series, link),
        "moved": [(_cell(cell), f"×{math.exp(change):.2f}") for cell, change in (link.moved[0], link.moved[-1])],
    }  # fmt: skip


def _cell(cell: Any) -> str:
    """A cell, or a pretraining, of a series, which names the kind of work."""
    if "task" not in cell:
        return plain(f"{cell['model']} · {pretraining({'pretraining': cell})}")
    rate = f", rate {cell['rate']:g}" if cell.get("rate") is not None else ""
    return plain(f"{cell['pretraining']['model']} · {pretraining(cell)} · {cell['task']}{rate}")


def _problem(inside: Sequence[History], number: int, found: Trends) -> Row:
    """The cells of a problem whose scores moved, those that moved most first."""
    moved = [each for each in inside if not all(change and change.identical for change in each.changes)]
    moved.sort(key=lambda each: -max(abs(change.difference) if change else 0 for change in each.changes))
    lines = {_named(each): _scored(each, found) for each in moved[:MOST_LINES]}
    title = problem(inside[0].cell)
    return {
        "id": f"problem-{number}",
        "title": title,
        "cells": len(inside),
        "moved": len(moved),
        "counts": dict(told.verdicts(inside)),
        "plot": _figure(lines, found, metric(inside[0].metric), title) if lines else None,
        "legend": [(sign(index), name) for index, name in enumerate(lines)],
        "rows": [_row(each, found) for each in moved[:MOST_ROWS]],
        "left_out": max(len(moved) - MOST_ROWS, 0),
    }


def _named(each: History) -> str:
    return plain(f"{each.cell['pretraining']['model']} · {pretraining(each.cell)}")


def _scored(each: History, found: Trends) -> Points:
    """A point a recipe; those that were first recorded in one night stand side by side."""
    nights = [variant.night for variant in each.variants]
    points: Points = []
    for variant, night in zip(each.variants, nights, strict=True):
        low, high = (variant.interval.low, variant.interval.high) if variant.interval else (None, None)
        when = told.numbered(found, night) if nights.count(night) == 1 else told.timed(found, night, variant.began)
        text = f"{_named(each)}, {when}: {number(variant.score)}, {len(variant.records)} seeds"
        points.append(((night, nights[: len(points)].count(night)), variant.score, low, high, text))
    return points


def _row(each: History, found: Trends) -> Row:
    """A cell, with a line for each change of its recipe."""
    changes = []
    for place, change in enumerate(each.changes):
        first, other = each.variants[place : place + 2]
        nights = told.between(found, (first.night, first.began), (other.night, other.began))
        changes.append({
            "first": nights[0], "other": nights[1],
            "scores": told.number_pair(change.scores if change else (first.score, other.score)),
            "difference": signed(change.difference) if change else NOTHING,
            "interval": bounds(change.low, change.high) if change else "",
            "n": change.n if change else 0,
            "verdict": change.verdict if change else "no seed in common",
            "parts": plain(", ".join(change.changed)) if change else "",
        })  # fmt: skip
    pretrained = each.cell["pretraining"]
    return {"model": pretrained["model"], "arm": plain(pretraining(each.cell)), "changes": changes}


def _figure(lines: dict[str, Points], found: Trends, followed: str, title: str) -> Any:
    """Lines over the nights that any of them has a point in, side by side in order, whatever lies between."""
    taken = sorted({point[0] for points in lines.values() for point in points})
    places = {each: float(place) for place, each in enumerate(taken)}
    every = max(math.ceil(len(taken) / MOST_TICKS), 1)
    ticks = {place: _tick(found.nights[night]) if place % every == 0 else "" for (night, _), place in places.items()}
    drawn = {name: [(places[point[0]], *point[1:]) for point in points] for name, points in lines.items()}
    described = f"{title}, from night to night; the table below holds the same figures"
    return levels(drawn, ticks, ("night, by its commit", followed), described)


def _tick(night: Night) -> str:
    """Its commit, or where it has none its day; + says that files differed from it."""
    return plain(night.commit[:7] + "+" * night.changed) if night.commit else night.day
