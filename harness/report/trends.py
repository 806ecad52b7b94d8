"""What changed from night to night and from commit to commit, in the terminal."""

from typing import TYPE_CHECKING

from harness.findings.compare import Difference
from harness.findings.histories import History, Turn
from harness.findings.series import FEWEST, SHARED, Link, Series
from harness.findings.trends import Trends
from harness.report import trend_words as told
from harness.report.compare import pretraining
from harness.report.output import NOTHING, count, emit, plain, table, wrapped
from harness.report.words import bounds, metric, problem, signed

if TYPE_CHECKING:
    from harness.findings.evidence import Analysis

LEGEND = (
    "night: what one environment (commit, packages, machine) recorded in sweeps that began on one day; from, to: "
    "within one night also the time, UTC; quality: the score of a cell of a whole pretraining by one recipe and by "
    "the next, in the order in which they were first recorded, over the n seeds that both have, [ ]: the 0.95 "
    "interval of the difference for new seeds and new test items (each by itself); meters: the mean ratio over the "
    "cells that both nights ran on one machine with as many trials at once, [ ]: its 0.95 interval over cells; a step "
    "is called where the ratio is more than nights of the machine differ anyway, which takes a series of "
    f"{FEWEST} ratios, each between nights that share {SHARED} cells or more"
)
MOST_SHOWN = 200
"""More rows than these nobody reads in a terminal."""


def trends_table(found: "Analysis", form: str = "table", title: str = "") -> None:
    """Sentences, then a table each of nights, quality, meters and outcomes; as data one row a change."""
    if form != "table":
        emit(found.trends, form)
        return
    history = found.history
    print(wrapped(LEGEND))
    for said in told.sentences(history):
        print(plain(said))
    if not history.nights:
        return
    print()
    _shown(_nights(history), ["night", "day", "commit", "machine", "trials", "failed"], f"{title}: nights")
    cells, same = _qualities(history)
    _shown(cells, ["model", "pretraining", "problem", "from", "to", "score", "difference", "n", "verdict", "changed"],
           f"{title}: quality, by recipe")  # fmt: skip
    if same:
        print(f"{count(same, 'change')} of recipe left every score as it was")
    meters = [_meter(series, link, history) for series in history.series for link in series.links]
    _shown(meters, ["meter", "of", "machine", "from", "to", "cells", "ratio", "verdict"], f"{title}: meters")
    turns = [_turn(each, history) for each in history.turns]
    _shown(turns, ["trial", "from", "to", "ended", "and then", "recipe"], f"{title}: failures that came or went")


def _shown(rows: list[list[str]], columns: list[str], title: str) -> None:
    """A table where there is something to show, the newest of too many rows."""
    if rows:
        table(rows[-MOST_SHOWN:], columns, title, {"night", "trials", "failed", "n", "cells"})
    if len(rows) > MOST_SHOWN:
        print(f"and {len(rows) - MOST_SHOWN} before: --format csv has all")


def _nights(found: Trends) -> list[list[str]]:
    return [
        [str(place), night.day, told.commit(night), plain(night.hardware or NOTHING), *told.ended(night)]
        for place, night in enumerate(found.nights, 1)
    ]


def _qualities(found: Trends) -> tuple[list[list[str]], int]:
    """The changes from one recipe to the next that moved a score, and how many moved none."""
    rows, same = [], 0
    for each in found.histories:
        for place, change in enumerate(each.changes):
            if change and change.identical:
                same += 1
            else:
                rows.append(_quality(each, place, change, found))
    return rows, same


def _quality(each: History, place: int, change: Difference | None, found: Trends) -> list[str]:
    first, other = each.variants[place : place + 2]
    scores = change.scores if change else (first.score, other.score)
    return [
        plain(each.cell["pretraining"]["model"]),
        plain(pretraining(each.cell)),
        plain(problem(each.cell)),
        *told.between(found, (first.night, first.began), (other.night, other.began)),
        f"{metric(each.metric)} {told.number_pair(scores)}",
        signed(change.difference) + bounds(change.low, change.high) if change else NOTHING,
        str(change.n) if change else "0",
        change.verdict if change else "no seed in common",
        plain(", ".join(change.changed)) if change else "",
    ]


def _meter(series: Series, link: Link, found: Trends) -> list[str]:
    return [
        told.meter_title(series.meter),
        told.WORK[series.work],
        told.machine(series),
        told.numbered(found, link.first),
        told.numbered(found, link.other),
        str(link.cells),
        told.ratio(link),
        told.said_of(found, series, link),
    ]


def _turn(turn: Turn, found: Trends) -> list[str]:
    nights = told.between(found, (turn.first, turn.began[0]), (turn.other, turn.began[1]))
    return [told.turn_title(turn), *nights, turn.before, turn.after, "the same" if turn.same else "another"]
