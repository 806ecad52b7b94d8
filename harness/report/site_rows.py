"""What the site says of a cell beyond the board's figures: its verdict, its machine, and what became of each seed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical, key
from harness.catalog.schemas import UNTRAINED, WHOLE, SuiteEntry
from harness.errors import failure_reason
from harness.findings.cell_records import INTERRUPTED, standing
from harness.findings.points import pretraining_of
from harness.findings.table import by_facet
from harness.report.answer import comparison_counts
from harness.report.words import PROTOCOLS, arm_of, labels, lacking, run_share, told_apart, verdict

if TYPE_CHECKING:
    from harness.findings.cell_records import Counted
    from harness.store import Store
    from harness.store.record import Record

Row = dict[str, Any]
Probes = dict[str, dict[int | None, dict[tuple[Any, ...], float | None]]]
PROBES = ("linear", "knn")
SIZES = (
    (1e4, "under 10 k"), (1e5, "10 k to 100 k"), (1e6, "100 k to 1 M"), (1e7, "1 M to 10 M"), (1e8, "10 M to 100 M"),
)  # fmt: skip
"""Encoders by their number of parameters."""


def dress(rows: Sequence[Row], suite: SuiteEntry, failed: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The rows in the order that the board shows them, each with what the site says of it, protocols in words:
    fine-tuning first, else as the suite has it; within a problem the best mean first, what has no score last."""
    problems = by_facet(rows)
    differing = told_apart(problems)
    probes = {protocol: _probes(rows, protocol) for protocol in PROBES}
    shown = []
    for facet, inside in sorted(problems.items(), key=lambda pair: pair[1][0]["protocol"] != "finetune"):
        inside.sort(key=lambda row: (row["score"] is None, -(row["score"] or 0.0)))
        places = iter(range(1, len(inside) + 1))
        for row in inside:
            placed = row["score"] is not None and row["progress"] == WHOLE and not row["control"]
            row["rank"] = next(places) if placed else None
            row["labels"] = ", ".join([labels(row["shots"]), *(f"{part} {row[part]}" for part in differing[facet])])
            shown.append(_dressed(row, suite, failed.get(row["id"], []), probes))
    for row in shown:
        row["protocol"] = PROTOCOLS.get(row["protocol"], row["protocol"])
    return shown


def _dressed(row: Row, suite: SuiteEntry, failed: Sequence[Row], probes: Mapping[str, Probes]) -> Row:
    at_once = f", {row['workers']} at once" if row["workers"] else ""
    memory = row["peak_memory_bytes"]
    blocked = "blocked" in row["statuses"]
    row["lacking"] = lacking(row, len(suite.seeds))
    row["pretraining"] = arm_of(row)
    row["run"] = run_share(row["progress"])
    row["verdict"] = verdict(row)
    row["machine"] = f"{row['hardware']}{at_once}" if row["hardware"] else None
    row["failures"] = [each for each in failed if blocked or each["role"] == "reported"]
    row["failed"] = row["status"] != "ok"
    row["troubles"] = _troubles(row) or None
    row["remarks"] = "; ".join(filter(None, [row["flags"], failure_reason(row["message"])[:200]])) or None
    row["memory_mb"] = None if memory is None else memory / 1e6
    row["family"] = row["family"] or row["model"]
    row["size"] = _size(row["parameters"])
    if row["objective"] in UNTRAINED:
        row["pretrain_s"] = None
    for protocol, found in probes.items():
        row[protocol] = _probe(row, found)
    return row


def _probes(rows: Sequence[Row], protocol: str) -> Probes:
    """The validation scores of a probe: by task and labels, then by pretraining."""
    found: Probes = defaultdict(dict)
    for row in rows:
        if row["protocol"] == protocol:
            found[row["task"]].setdefault(row["shots"], {})[_taken(row)] = row["validation"]
    return found


def _probe(row: Row, probes: Probes) -> float | None:
    """What a probe of the same pretraining found on validation: at as many labels, or else at most."""
    same = probes.get(row["task"])
    if not same:
        return None
    most = None if None in same else max(shots for shots in same if shots is not None)
    return same[row["shots"] if row["shots"] in same else most].get(_taken(row))


def _taken(row: Row) -> tuple[Any, ...]:
    """A pretraining, and how far it had come."""
    return (*pretraining_of(row), row["progress"])


def _troubles(row: Row) -> str:
    found = [f"{count} {word}" for word, count in row["statuses"].items() if word != "ok"]
    if row["status"] == "missing":
        found.append("missing")
    elif row["lacking"]:
        found.append(f"{row['lacking']} missing")
    return "; ".join(found)


def _size(parameters: float | None) -> str | None:
    """The order of magnitude of an encoder."""
    if not parameters:
        return None
    return next((name for most, name in SIZES if parameters < most), "100 M and more")


def breakdown(rows: Sequence[Row]) -> dict[str, Any]:
    """What the count of all comparisons is made of, and how many cells lack seeds."""
    return {
        **comparison_counts(rows),
        "lacking": sum(row["lacking"] > 0 and row["status"] != "missing" for row in rows),
    }


def failures(store: "Store", counted: Iterable["Counted"], current: Collection[str]) -> dict[str, list[Row]]:
    """By cell, the trials that a reader has to see to know why it lacks seeds: its own, or those that it waited for."""
    found: dict[str, list[Row]] = {}
    waited = _failed_before(store, current)
    for each in counted:
        cell, own = each.cell, [record for _, record in sorted(each.failures.items())]
        before = waited.get(canonical(cell["pretraining"])) or waited.get(canonical(cell)) or []
        told = [{name: getattr(one, name) for name in ("role", "seed", "status", "key")} for one in (*own, *before)]
        if told:
            found[key(cell)[:12]] = told
    return found


def _failed_before(store: "Store", current: Collection[str]) -> dict[str, list["Record"]]:
    """The pretraining and tuning trials that never ended well, by cell, of the variant that counts."""
    tried: dict[str, list[Record]] = defaultdict(list)
    for record in store.attempts():
        if record.role != "reported" and record.status != INTERRUPTED:
            tried[canonical(record.cell)].append(record)
    found: dict[str, list[Record]] = defaultdict(list)
    for records in tried.values():
        latest = {record.key: record for record in standing(records, current)}
        place = canonical({part: value for part, value in records[0].cell.items() if part != "rate"})
        found[place] += [record for trial, record in latest.items() if store.quality(trial) is None]
    return found
