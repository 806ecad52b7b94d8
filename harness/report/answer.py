"""The board in a few sentences: did pretraining help, and did its pretraining score say so?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.catalog.keys import key
from harness.catalog.schemas import WHOLE
from harness.findings.relation import Relation
from harness.findings.table import UNKNOWN_ITEMS
from harness.report.output import NOTHING, count
from harness.report.words import PROTOCOLS, arm_of, bounds, predictor_name, problem, signed, verdict

Row = dict[str, Any]
MOST_RELATIONS = 3
"""So many relations are told in words; the page of relations has all."""
VERDICTS = {"helps": "it helps", "hurts": "it hurts", "undecided": "not decided", "reference": "not known yet"}


def headlines(rows: Sequence[Row], cells: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The rows that the suite named before it ran."""
    by_id = {row["id"]: row for row in rows}
    return [by_id[place] for cell in cells if (place := key(cell)[:12]) in by_id]


def answer(rows: Sequence[Row], found: Sequence[Relation]) -> dict[str, Any]:
    """The board in a few sentences: what failed, and did the pretraining score say how it would do?"""
    told = _told(found)
    return {
        "failed": sum(row["n_failed"] > 0 for row in rows),
        "missing": sum(row["status"] == "missing" for row in rows),
        "relations": [_sentence(each) for each in told[:MOST_RELATIONS]],
        "more_relations": len(told[MOST_RELATIONS:]),
    }


def comparison_counts(rows: Sequence[Row]) -> dict[str, Any]:
    """How many comparisons with scratch say what: of pretraining without labels, also by protocol, since what helps a
    probe need not help fine-tuning; and with labels, an upper reference."""
    compared = [row for row in rows if row["lift_low"] is not None and row["progress"] == WHOLE]
    unlabelled = [row for row in compared if not row["labelled"]]
    protocols = {
        title: [row for row in unlabelled if row["protocol"] in (name, title)] for name, title in PROTOCOLS.items()
    }
    return {
        "unlabelled": _verdicts(unlabelled),
        "protocols": {title: _verdicts(inside) for title, inside in protocols.items() if inside},
        "labelled": _verdicts([row for row in compared if row["labelled"]]),
    }


def _verdicts(compared: Sequence[Row]) -> dict[str, int]:
    verdicts = [verdict(row) for row in compared]
    return {"all": len(verdicts)} | {word: verdicts.count(word) for word in ("helps", "hurts", "undecided")}


def related(found: Sequence[Relation]) -> list[str]:
    """The relations that the front page tells, as plain text."""
    lines = []
    for each in map(_sentence, _told(found)[:MOST_RELATIONS]):
        rho = "cannot be told" if each["rho"] == NOTHING else f"is {each['rho']}"
        more = f": {each['text']}" if each["text"] else f"; {each['decisions']}" if each["decisions"] else ""
        target = f"the {each['predictor']} and what came of {each['target']}"
        lines.append(f"Spearman's rho between {target} {rho} over {each['points']} pretrainings{more}")
    return lines


def _told(found: Sequence[Relation]) -> list[Relation]:
    """One relation a target, fine-tuning alone where there is any: by the linear probe where it was run, at as many
    labels as the target has or else at most; those over most pretrainings first."""
    pooled = [each for each in found if each.predictor_progress == WHOLE and each.within is None and each.points]
    tuned = [each for each in pooled if each.protocol == "finetune"] or pooled
    targets: dict[tuple[Any, ...], list[Relation]] = {}
    for each in tuned:
        targets.setdefault((each.task, each.protocol, each.shots, each.steps), []).append(each)

    def first(each: Relation) -> tuple[bool, bool, float]:
        most = float("inf") if each.predictor_shots is None else each.predictor_shots
        return each.predictor == "linear", each.predictor_shots == each.shots, most

    return sorted((max(inside, key=first) for inside in targets.values()), key=lambda each: -len(each.points))


def _sentence(each: Relation) -> dict[str, str]:
    return {
        "predictor": predictor_name(each),
        "target": problem(vars(each)),
        "rho": signed(each.spearman, 2) + bounds(each.low, each.high, 2),
        "points": str(len(each.points)),
        "decisions": _decisions(each),
        "text": each.text,
    }


def _decisions(each: Relation) -> str:
    """The share of pairs in the right order; nothing where the relation says too little."""
    if each.decision_accuracy is None or each.text:
        return ""
    alone = each.decision_accuracy_parameters
    size = "" if alone is None else f", the number of parameters alone {alone:.0%}"
    return f"it puts {each.decision_accuracy:.0%} of the pairs in the right order{size}"


def _lacking(rows: Iterable[Row]) -> str:
    """Why no comparison has an interval."""
    lost = [row for row in rows if row["lift"] is not None and UNKNOWN_ITEMS in row["flags"]]
    if not lost:
        return "it takes two seeds that ended well"
    return f"{UNKNOWN_ITEMS} of {count(len(lost), 'cell')} is left; `pretune results check` says of which trials"


def sentences(rows: Sequence[Row], named: Sequence[Row]) -> list[str]:
    """The headlines and the count of all comparisons, as plain text."""
    lines = []
    for row in named:
        where = f"{row['model']} with {arm_of(row)}, {problem(row)}"
        lift = "no lift is recorded"
        if row["lift"] is not None:
            lift = f"{signed(row['lift'])} over scratch{bounds(row['lift_low'], row['lift_high'])}"
        lines.append(f"headline, named before the run: {where}: {lift}: {VERDICTS[verdict(row)]}")
    found, known = answer(rows, []), comparison_counts(rows)
    counts, upper = known["unlabelled"], known["labelled"]
    failed = f"failed trials in {count(found['failed'], 'cell')}"
    if not counts["all"]:
        more = f"; {failed}" if found["failed"] else ""
        return [*lines, f"no comparison with scratch has an interval yet: {_lacking(rows)}{more}"]
    whole = " (of whole runs)" if any(row["progress"] != WHOLE for row in rows) else ""
    lines.append(
        f"of {count(counts['all'], 'comparison')} with scratch{whole} {counts['helps']} help, "
        f"{counts['hurts']} hurt, {counts['undecided']} undecided (each by itself); {failed}"
    )
    if len(known["protocols"]) > 1:
        parts = [
            f"{name}: of {each['all']} {each['helps']} help, {each['hurts']} hurt"
            for name, each in known["protocols"].items()
        ]
        lines.append("; ".join(parts))
    if found["missing"]:
        lines.append(f"no record yet of {count(found['missing'], 'cell')}")
    if upper["all"]:
        lines.append(f"with labels, the upper reference, {upper['helps']} of {upper['all']} help")
    return lines
