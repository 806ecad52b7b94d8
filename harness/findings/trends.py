"""What changed from night to night and from commit to commit, told from the append-only records alone."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from harness.matrix import corruption_text, progress_of
from harness.catalog.schemas import WHOLE
from harness.findings.cell_records import Cell
from harness.findings.histories import History, Turn, histories_of, turns_of
from harness.findings.nights import Night, made_of, reported
from harness.findings.series import Series, series_of

if TYPE_CHECKING:
    import pandas as pd

    from harness.store import Store

COLUMNS = [
    "kind", "measure", "model", "objective", "corpus", "fraction", "corruption", "task", "protocol", "shots", "steps",
    "rate", "seed", "hardware", "workers", "from_night", "from_commit", "from_changed", "from_began", "to_night",
    "to_commit", "to_changed", "to_began", "n", "before", "after", "change", "low", "high", "verdict", "changed",
]  # fmt: skip
COUNTS = ("shots", "steps", "seed", "workers", "n")


@dataclass(frozen=True)
class Trends:
    """The nights of a suite in order, and what changed between them."""

    nights: Sequence[Night]
    histories: Sequence[History]
    """Quality: the cells of whole pretrainings that were recorded by two recipes or more."""
    series: Sequence[Series]
    """Meters."""
    turns: Sequence[Turn]
    """Failures that came or went."""

    @property
    def commits(self) -> list[tuple[str | None, bool]]:
        """The commits of the nights, and whether files differed from them, each once, in order."""
        return list(dict.fromkeys((night.commit, night.changed) for night in self.nights))

    @cached_property
    def newest(self) -> set[int]:
        """The numbers of the nights of the commit that was recorded last."""
        last = self.nights[-1] if self.nights else None
        return {
            number
            for number, night in enumerate(self.nights)
            if last and (night.commit, night.changed) == (last.commit, last.changed)
        }


def trends_of(store: "Store", cells: Sequence[Cell], seeds: Collection[int] | None = None) -> Trends:
    """The trends of `cells`: quality and failures at `seeds`, by default at all, meters of whatever ran.

    Quality is of whole pretrainings, as where two commits are compared: points within a run change with it.
    """
    nights, made = made_of(store, cells)
    counts = [each for each in made if each.record.role != "reported" or seeds is None or each.record.seed in seeds]
    whole = [each for each in reported(made, seeds) if progress_of(each.cell) == WHOLE]
    return Trends(nights, histories_of(store, whole), series_of(nights, made), turns_of(counts))


def trends_frame(found: Trends) -> "pd.DataFrame":
    """One row a change that can be looked at, whether or not anything can be told of it.

    `kind` is `quality` (a cell, from one recipe to the next: `change` is the difference of scores), `meter` (a link of
    a series: `before` and `after` are its index, 1 at its first night, `change` their ratio, `n` the shared cells) or
    `outcome` (a trial: `before` and `after` are how it ended). `from_began` and `to_began` say when the first trial
    started of what is compared, a recipe or a night, or the trial itself, so that recipes of one night differ. `low`
    and `high` bound the 0.95 interval of `change`.
    """
    import pandas as pd

    rows = [*_qualities(found), *_meters(found), *_outcomes(found)]
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(COUNTS, "Int64"))


def _qualities(found: Trends) -> Iterator[dict[str, Any]]:
    for history in found.histories:
        for number, change in enumerate(history.changes):
            first, other = history.variants[number : number + 2]
            row = {**_place(history.cell), **_between(found, first.night, other.night, (first.began, other.began))}
            row |= {"kind": "quality", "measure": history.metric, "before": first.score, "after": other.score}
            if change:
                row |= {"n": change.n, "before": change.scores[0], "after": change.scores[1], "low": change.low,
                        "high": change.high, "change": change.difference, "verdict": change.verdict,
                        "changed": ", ".join(change.changed)}  # fmt: skip
            yield row


def _meters(found: Trends) -> Iterator[dict[str, Any]]:
    for series in found.series:
        for link in series.links:
            began = (found.nights[link.first].began, found.nights[link.other].began)
            yield {
                "kind": "meter", "measure": series.meter, "protocol": series.work, "hardware": series.hardware,
                "workers": series.workers, **_between(found, link.first, link.other, began), "n": link.cells,
                "before": math.exp(series.level[link.first]), "after": math.exp(series.level[link.other]),
                "change": math.exp(link.change), "low": math.exp(link.low), "high": math.exp(link.high),
                "verdict": link.verdict,
            }  # fmt: skip


def _outcomes(found: Trends) -> Iterator[dict[str, Any]]:
    for turn in found.turns:
        yield {
            "kind": "outcome", "measure": turn.role, **_place(turn.cell), "seed": turn.seed,
            **_between(found, turn.first, turn.other, turn.began), "n": 1, "before": turn.before, "after": turn.after,
            "verdict": "works" if turn.works else "fails", "changed": "" if turn.same else "recipe",
        }  # fmt: skip


def _place(cell: Cell) -> dict[str, Any]:
    pretraining = cell.get("pretraining", cell)
    return {**pretraining, "steps": None, **cell, "corruption": corruption_text(pretraining["corruption"])}


def _between(found: Trends, first: int, other: int, began: tuple[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {f"{side}_began": when for side, when in zip(("from", "to"), began, strict=True)}
    for side, number in (("from", first), ("to", other)):
        night = found.nights[number]
        row |= {f"{side}_night": night.day, f"{side}_commit": night.commit, f"{side}_changed": night.changed}
    return row
