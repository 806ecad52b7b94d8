"""The changes from night to night and from commit to commit, from the append-only records alone."""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from harness.cells import Cell
from harness.findings.base import Finding, Section
from harness.findings.evidence import Evidence
from harness.findings.meter_series import CHANGED, FEW, NEWEST, SPIKE, STEP, UNDECIDED, Link, Series, meter_series
from harness.findings.nights import Night, nights_of
from harness.findings.trend_meters import WORK, meter_sections
from harness.findings.trend_qualities import VERDICTS, overview, quality_sections, verdict_counts
from harness.findings.trend_tables import nights_section, outcomes_section
from harness.findings.variants import CellVariants, OutcomeChange, cells_with_variants, outcome_changes
from harness.metrics.names import METERS
from harness.printable import count
from harness.stats.chained_index import SHARED
from harness.stats.outliers import FEWEST

if TYPE_CHECKING:
    from harness.store import Store

TITLE = "Trends"
LEGEND = {
    "night": "the records of one environment (commit, packages, machine) in sweeps that began on one UTC day",
    "+": "a commit with uncommitted changes",
    "variant": "everything that decides a cell's key but its seeds: code, data and versions",
    "quality": "the score of a whole pretraining's cell by one variant and the next, over the n seeds that both have; "
    "[ ]: 0.95 interval of the difference, for each cell by itself",
    "meters": f"the mean ratio over the cells that both nights ran on one machine, {SHARED} or more; "
    "[ ]: 0.95 interval over cells",
    "step": f"a ratio that exceeds the usual variation between nights; this needs a series of {FEWEST} ratios",
}
VERDICT_WORDS = {
    STEP: "steps", SPIKE: "changes for one night", NEWEST: "changes that await a second night",
    UNDECIDED: "within the usual variation", FEW: "in too short a series",
}  # fmt: skip


@dataclass(frozen=True)
class Trends:
    """The nights of a suite in order, and the changes between them."""

    nights: Sequence[Night]
    qualities: Sequence[CellVariants]
    """The cells of whole pretrainings that were recorded with two variants or more."""
    series: Sequence[Series]
    outcomes: Sequence[OutcomeChange]

    @property
    def commits(self) -> list[tuple[str | None, bool]]:
        """The commits of the nights, and whether files differed from them, each once, in order."""
        return list(dict.fromkeys((night.commit, night.changed) for night in self.nights))

    @cached_property
    def newest(self) -> set[int]:
        """The numbers of the nights of the commit that was recorded last."""
        last = self.nights[-1] if self.nights else None
        same = (night for night in self.nights if last and (night.commit, night.changed) == (last.commit, last.changed))
        return {night.number for night in same}


def trends_of(store: "Store", cells: Sequence[Cell], seeds: Collection[int] | None = None) -> Trends:
    """The trends of `cells`: quality and outcomes at `seeds`, by default at all; meters at all seeds."""
    nights, recorded = nights_of(store, cells)
    counted = [
        each for each in recorded if each.record.role != "reported" or seeds is None or each.record.seed in seeds
    ]
    reported = [each for each in counted if each.record.role == "reported"]
    whole = [each for each in reported if isinstance(each.record.cell, Cell) and each.record.cell.whole]
    return Trends(nights, cells_with_variants(store, whole), meter_series(nights, recorded), outcome_changes(counted))


def evidence_trends(evidence: Evidence) -> Trends:
    """The trends of a suite's cells."""
    return trends_of(evidence.store, evidence.cells, evidence.seeds)


def trends(evidence: Evidence) -> Finding:
    """The changes of quality, outcomes and meters, and the nights."""
    known = evidence.once(evidence_trends)
    if not known.nights:
        return Finding(["Nothing is recorded yet. Sweep the suite on two nights to compare them."])
    sections: list[Section] = [
        *overview(known.qualities),
        *outcomes_section(known.nights, known.outcomes),
        *meter_sections(known.nights, known.series),
        nights_section(known.nights),
        *quality_sections(known.nights, known.qualities),
    ]
    return Finding(_summary(known), sections, LEGEND)


def _summary(known: Trends) -> list[str]:
    last = known.nights[-1]
    sentences = [
        f"{count(len(known.nights), 'night')} of {count(len(known.commits), 'commit')} are recorded; "
        f"the newest is {last.day}, at {last.commit_label}."
    ]
    new = [each for each in known.qualities if each.variants[-1].night in known.newest]
    sentences += _of_quality(*(("At the newest commit", new) if new else ("Over all nights", known.qualities)))
    sentences += _of_outcomes(known)
    sentences += _of_meters(known)
    if len(sentences) == 1:
        sentences.append("Too few of the newest trials were recorded before for a comparison.")
    return sentences


def _of_quality(when: str, cells: Sequence[CellVariants]) -> list[str]:
    counts = verdict_counts(cells)
    parts = ", ".join(f"{counts[word]} {word}" for word in VERDICTS)
    return [f"{when}, the scores of {count(len(cells), 'cell')} with a new variant are: {parts}."] if cells else []


def _of_outcomes(known: Trends) -> list[str]:
    new = [each for each in known.outcomes if each.nights[1] in known.newest]
    succeed = sum(each.succeeds for each in new)
    counts = (
        f"{count(succeed, 'failed trial')} now succeeded, {count(len(new) - succeed, 'successful trial')} now failed"
    )
    return [f"At the newest commit, {counts}."] if new else []


def _of_meters(known: Trends) -> list[str]:
    """The verdicts of the newest ratios, and the largest of the changes."""
    new = [(series, link) for series in known.series for link in series.links if link.other in known.newest]
    counts = Counter(link.verdict for _, link in new)
    parts = ", ".join(f"{counts[verdict]} {words}" for verdict, words in VERDICT_WORDS.items() if counts[verdict])
    sentences = [f"{count(len(new), 'meter ratio')} at the newest commit: {parts}."] if new else []
    changed = [(series, link) for series, link in new if link.verdict in CHANGED]
    if changed:
        series, link = max(changed, key=lambda pair: abs(pair[1].change))
        sentences.append(f"Largest change of a meter: {_ratio(series, link)}.")
    return sentences


def _ratio(series: Series, link: Link) -> str:
    ratio, low, high = (math.exp(value) for value in (link.change, link.low, link.high))
    title = f"{METERS[series.meter].title}, {WORK[series.work]}"
    return f"{title}, ×{ratio:.2f} [{low:.2f}, {high:.2f}] over {count(link.cells, 'cell')} ({link.verdict})"
