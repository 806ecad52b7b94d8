"""What the site says of a cell beyond the board's figures: its verdict, its machine, and what became of each seed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.analysis.counting import INTERRUPTED, standing
from harness.keys import canonical, key
from harness.report.words import arm_of, verdict
from harness.spec import SuiteEntry

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

Row = dict[str, Any]


def dress(rows: Iterable[Row], suite: SuiteEntry, failed: Mapping[str, Sequence[Row]]) -> None:
    """Adds to each row how the site words it."""
    for row in rows:
        at_once = f", {row['workers']} at once" if row["workers"] else ""
        row["arm"] = arm_of(row)
        row["verdict"] = verdict(row)
        row["machine"] = f"{row['hardware']}{at_once}" if row["hardware"] else None
        row["lacking"] = max(0, len(suite.seeds) - row["n"] - row["n_failed"])
        blocked = "blocked" in row["statuses"]
        row["failures"] = [each for each in failed.get(row["id"], []) if blocked or each["role"] == "reported"]


def breakdown(rows: Sequence[Row]) -> dict[str, Any]:
    """What the count of all comparisons is made of: objectives that see labels are an upper reference, told apart."""
    compared = [row for row in rows if row["lift_low"] is not None]
    return {
        "unlabelled": _counts([row for row in compared if not row["labelled"]]),
        "labelled": _counts([row for row in compared if row["labelled"]]),
        "lacking": sum(row["lacking"] > 0 and row["status"] != "missing" for row in rows),
    }


def _counts(compared: Sequence[Row]) -> dict[str, int]:
    verdicts = [row["verdict"] for row in compared]
    return {"all": len(verdicts)} | {word: verdicts.count(word) for word in ("helps", "hurts", "undecided")}


def failures(
    store: "Store", cells: Iterable[Mapping[str, Any]], each: Iterable[Row], current: Collection[str]
) -> dict[str, list[Row]]:
    """By cell, the trials that a reader has to see to know why it lacks seeds: its own, or those that it waited for."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in each:
        if row["status"] != "ok":
            found[row["id"]].append({"role": "reported"} | {name: row[name] for name in ("seed", "status", "key")})
    waited = _failed_before(store, current)
    for cell in cells:
        for record in waited.get(canonical(cell["pretraining"]), []) or waited.get(canonical(cell), []):
            found[key(cell)[:12]].append({name: getattr(record, name) for name in ("role", "seed", "status", "key")})
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
