"""How trends are told: what changed last in sentences, and the words for nights, ratios and trials."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from harness.findings.cell_records import OK
from harness.findings.compared import SHOWN
from harness.findings.histories import History, Turn
from harness.findings.nights import Night
from harness.findings.series import FEW, FEWEST, NEWEST, SPIKE, STEP, Link, Series
from harness.findings.trends import Trends
from harness.metrics.names import METERS
from harness.report.compare import pretraining
from harness.report.output import count, plain
from harness.report.words import labels, number

WORK = {"pretrain": "pretraining", "finetune": "fine-tuning", "linear": "linear probes", "knn": "k-NN"}
SAID = {
    "higher": ("scores higher", "score higher"),
    "lower": ("scores lower", "score lower"),
    "undecided": ("is undecided", "are undecided"),
    "identical": ("is identical", "are identical"),
}
CALLED = {STEP: "a step", SPIKE: "for one night", NEWEST: "not seen a second night yet"}
MOST_TOLD = 4
"""So many ratios a sentence holds."""
UNCHANGED = "×1.00"
"""A ratio that is shown so is no news."""
TIME = slice(len("2026-01-01T"), len("2026-01-01T00:00:00"))


def sentences(found: Trends) -> list[str]:
    """What changed at the commit that was recorded last, and what recipes did over all nights; only what can be
    told."""
    if not found.nights:
        return ["There is no record yet, so nothing can have changed."]
    earlier = len(found.histories) > len(newest_changes(found))
    return [_of_newest(found), *(_of_recipes(found.histories, "Over all nights, ") if earlier else ())]


def _of_newest(found: Trends) -> str:
    last = found.nights[-1]
    said = [*_of_quality(found), *_of_outcomes(found), *_of_meters(found)]
    if len(found.nights) == 1:
        since = f"All records are of one night, {last.day}, at {commit(last)}"
    elif len(found.commits) == 1:
        since = f"All records are of {commit(last)}, and of {len(found.nights)} nights"
    else:
        since = f"What was recorded last is of {commit(last)}, {last.day}"
    if said:
        return f"{since}. {' '.join(said)}"
    if len(found.nights) == 1:
        return f"{since}: there is nothing to compare them with."
    compared = any(link.other in found.newest for series in found.series for link in series.links)
    if compared:
        return f"{since}: nothing that can be told has changed."
    return f"{since}: too little of it had been run before to be compared."


def newest_changes(found: Trends) -> list[History]:
    """The cells whose newest recipe is of the commit that was recorded last."""
    return [each for each in found.histories if each.variants[-1].night in found.newest]


def verdicts(histories: Sequence[History]) -> Counter[str]:
    """How many cells' newest recipe did what to the score."""
    last = [each.changes[-1] for each in histories]
    return Counter(change.verdict for change in last if change)


def _of_quality(found: Trends) -> Iterator[str]:
    new = newest_changes(found)
    yield from _of_recipes(new)
    apart = sum(each.changes[-1] is None for each in new)
    if apart:
        cells = f"{count(apart, 'cell')} {'has' if apart == 1 else 'have'}"
        yield f"{cells} another recipe than before, and no seed in common with it."


def _of_recipes(histories: Sequence[History], when: str = "") -> Iterator[str]:
    """What the newest recipe of each cell did to its score."""
    counts = verdicts(histories)
    cells = count(counts.total(), "cell")
    if counts and counts["identical"] == counts.total():
        has = "has" if counts.total() == 1 else "have"
        yield f"{when}{cells} {has} another recipe than before, and every score stayed as it was."
    elif counts:
        parts = [f"{counts[word]} {SAID[word][counts[word] != 1]}" for word in SAID if counts[word]]
        of = "of" if when else "Of"
        yield f"{when}{of} {cells} with another recipe than before {', '.join(parts)} (each by itself)."


def _of_outcomes(found: Trends) -> Iterator[str]:
    new = [turn for turn in found.turns if turn.other in found.newest]
    works = sum(turn.works for turn in new)
    fails = len(new) - works
    if works:
        yield f"{count(works, 'trial')} that failed before work{'s' * (works == 1)} now."
    if fails:
        yield f"{count(fails, 'trial')} that worked before fail{'s' * (fails == 1)} now."


def _of_meters(found: Trends) -> Iterator[str]:
    links = [
        (series, link)
        for series in found.series
        for link in series.links
        if link.other in found.newest and factor(link) != UNCHANGED
    ]
    called = [(series, link) for series, link in links if link.verdict in CALLED]
    for series, link in called[:MOST_TOLD]:
        same = ", though commit and packages are the same" if unchanged(found, link) else ""
        yield f"{_ratio(series, link)}: {CALLED[link.verdict]}{same}."
    if len(called) > MOST_TOLD:
        yield f"{len(called) - MOST_TOLD} more meters changed."
    early = [(series, link) for series, link in links if link.verdict == FEW and (link.low > 0 or link.high < 0)]
    if early:
        told = [_ratio(series, link) for series, link in early[:MOST_TOLD]]
        said = "; ".join([told[0], *(each[0].lower() + each[1:] for each in told[1:])])
        rest = f"; and {len(early) - MOST_TOLD} more" if len(early) > MOST_TOLD else ""
        few = sorted({len(series.links) for series, _ in early})
        has = "this has" if len(early) == 1 else "these have"
        yield (
            f"{said}{rest}. Whether that is the commit or the night, a series of fewer than {FEWEST} ratios between "
            f"nights cannot tell, and {has} {few[0]}{f' to {few[-1]}' if len(few) > 1 else ''}."
        )


def _ratio(series: Series, link: Link) -> str:
    return f"{meter_title(series.meter)} of {WORK[series.work]} {ratio(link)} over {count(link.cells, 'cell')}"


def commit(night: Night) -> str:
    """A night's commit as it is shown: the beginning of its hash, and whether files differed from it."""
    if not night.commit:
        return "no commit"
    return plain(night.commit[:SHOWN]) + (" with changes" if night.changed else "")


def numbered(found: Trends, night: int) -> str:
    """A night by its number among all and its commit."""
    return f"{night + 1}: {commit(found.nights[night])}"


def timed(found: Trends, night: int, when: str) -> str:
    """A night and a time in it, UTC."""
    return f"{numbered(found, night)}, {when[TIME]}"


def between(found: Trends, first: tuple[int, str], other: tuple[int, str]) -> tuple[str, str]:
    """From where to where: each a night and when in it, which is said where both are one night (UTC)."""
    if first[0] != other[0]:
        return numbered(found, first[0]), numbered(found, other[0])
    return timed(found, *first), timed(found, *other)


def ended(night: Night) -> list[str]:
    """How many trials ended, and how many of them not well."""
    total = sum(night.statuses.values())
    return [f"{total:,}", f"{total - night.statuses.get(OK, 0):,}"]


def meter_title(name: str) -> str:
    """What a meter is called."""
    return METERS[name].title


def factor(link: Link) -> str:
    """A night against an earlier one."""
    return f"×{math.exp(link.change):.2f}"


def ratio(link: Link) -> str:
    """A night against an earlier one, as a factor with its interval."""
    return f"{factor(link)} [{math.exp(link.low):.2f}, {math.exp(link.high):.2f}]"


def machine(series: Series) -> str:
    """Where a series was measured."""
    at_once = f", {count(series.workers, 'trial')} at once" if series.workers else ""
    return plain(f"{series.hardware or 'a machine without a name'}{at_once}")


def said_of(found: Trends, series: Series, link: Link) -> str:
    """A link's verdict; where both nights have one environment, that no commit is the cause."""
    verdict = f"{FEW}: {len(series.links)} of {FEWEST}" if link.verdict == FEW else link.verdict
    return verdict + (", same commit and packages" if unchanged(found, link) else "")


def unchanged(found: Trends, link: Link) -> bool:
    """Whether both nights have one environment."""
    return found.nights[link.first].environment == found.nights[link.other].environment


def number_pair(scores: tuple[float, float]) -> str:
    """A score and the next."""
    return f"{number(scores[0])} → {number(scores[1])}"


def turn_title(turn: Turn) -> str:
    """The trial that a turn is of."""
    parts = [turn.cell.get("pretraining", turn.cell)["model"]]
    parts.append(pretraining({**turn.cell, "pretraining": turn.cell.get("pretraining", turn.cell)}))
    if "task" in turn.cell:
        parts.append(f"{turn.cell['task']}, {WORK[turn.cell['protocol']]}, {labels(turn.cell['shots'])}")
    if turn.cell.get("rate") is not None:
        parts.append(f"rate {turn.cell['rate']:g}")
    return plain(" · ".join([*parts, f"seed {turn.seed}"]))
