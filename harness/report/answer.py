"""The board in a few sentences: did pretraining help, and did its pretraining score say so?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.analysis.relation import Relation
from harness.keys import key
from harness.report.words import PROTOCOLS, arm_of, count, labels, problem, signed, verdict

Row = dict[str, Any]
VERDICTS = {"helps": "it helps", "hurts": "it hurts", "undecided": "not decided", "reference": "not known yet"}


def headlines(rows: Sequence[Row], cells: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The rows that the suite named before it ran."""
    by_id = {row["id"]: row for row in rows}
    return [by_id[place] for cell in cells if (place := key(cell)[:12]) in by_id]


def answer(rows: Sequence[Row], named: Sequence[Row], found: Sequence[Relation]) -> dict[str, Any]:
    """The board in a few sentences: did pretraining help, and did its score say so?"""
    intervals = [row for row in rows if row["lift_low"] is not None]
    compared = [row for row in intervals if not row["labelled"]]
    upper = [row for row in intervals if row["labelled"]]
    counts = {word: sum(verdict(row) == word for row in compared) for word in ("helps", "hurts", "undecided")}
    pooled = [each for each in found if each.within is None]
    tuned = [each for each in pooled if each.protocol == "finetune"]
    return {
        "counts": counts,
        "compared": len(compared),
        "upper": {"compared": len(upper), "helps": sum(verdict(row) == "helps" for row in upper)},
        "failed": sum(row["n_failed"] > 0 for row in rows),
        "missing": sum(row["status"] == "missing" for row in rows),
        "relations": [_sentence(each) for each in (tuned or pooled)],
    }


def _sentence(each: Relation) -> dict[str, str]:
    predictor = f"{PROTOCOLS.get(each.predictor, each.predictor)} at {labels(each.predictor_shots)}"
    interval = f" [{signed(each.low, 2)}, {signed(each.high, 2)}]" if each.low is not None else ""
    return {
        "predictor": predictor,
        "target": problem(vars(each)),
        "rho": f"{signed(each.spearman, 2)}{interval}",
        "points": str(len(each.points)),
        "text": each.text,
    }


def sentences(rows: Sequence[Row], named: Sequence[Row]) -> list[str]:
    """The headlines and the count of all comparisons, as plain text."""
    lines = []
    for row in named:
        where = f"{row['model']} with {arm_of(row)}, {problem(row)}"
        lift = "no lift is recorded"
        if row["lift"] is not None:
            lift = f"{signed(row['lift'])} over scratch"
        if row["lift_low"] is not None:
            lift += f" [{signed(row['lift_low'])}, {signed(row['lift_high'])}]"
        lines.append(f"headline, named before the run: {where}: {lift}: {VERDICTS[verdict(row)]}")
    found = answer(rows, named, [])
    counts = found["counts"]
    if not found["compared"]:
        failed = f"; failed trials in {count(found['failed'], 'cell')}" if found["failed"] else ""
        return [*lines, f"no comparison with scratch has an interval yet: it takes two seeds that ended well{failed}"]
    lines.append(
        f"of {count(found['compared'], 'comparison')} with scratch {counts['helps']} help, {counts['hurts']} hurt, "
        f"{counts['undecided']} undecided (each by itself); failed trials in {count(found['failed'], 'cell')}"
    )
    if found["missing"]:
        lines.append(f"no record yet of {count(found['missing'], 'cell')}")
    if found["upper"]["compared"]:
        lines.append(
            f"with labels, the upper reference, {found['upper']['helps']} of {found['upper']['compared']} help"
        )
    return lines
