"""The spec behind a trial's key, and the differences from the nearest recorded trial."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.catalog.differences import differences
from harness.cells import Coordinates
from harness.printable import plain_lines
from harness.sweep.plan import find
from harness.sweep.trials import planned_here
from harness.trial import Trial

if TYPE_CHECKING:
    from harness.board import Board
    from harness.store import Store
    from harness.store.record import Record


def explain(board: "Board", prefix: str) -> str:
    """The spec of the key and the differences from the nearest record of another key, as text.

    Raises:
        BoardError: when no planned or recorded trial has a key with that prefix.
    """
    store = board.store
    planned: dict[str, Trial] = {}
    board.catalog.remark()
    for _, trials in planned_here(board):
        planned |= trials
    key = find([*planned, *store.keys()], prefix)
    recorded = [record for record in store.attempts() if record.key == key]
    spec, cell, seed = (
        (planned[key].spec, planned[key].cell, planned[key].seed)
        if key in planned
        else (recorded[0].spec, recorded[0].cell, recorded[0].seed)
    )
    lines = [f"trial {key}", json.dumps(dict(spec), indent=2, sort_keys=True), ""]
    lines.append("recorded: no" if not recorded else "recorded:")
    for record in recorded:
        lines.append(f"  {record.started}: {record.status}")
        lines += [f"    {line}" for line in plain_lines(record.message)]
    if key in planned:
        unread = {entry: board.unreadable(entry) for entry in planned[key].reads}
        lines += [f"cannot read {entry}: {why}" for entry, why in unread.items() if why]
    else:
        lines.append("planned: no; no suite of this registry has this key now")
    other = nearest_record(store.all(), key, spec, cell, seed)
    if other is None:
        lines.append("no other record of this cell and seed")
    else:
        lines.append(f"against the record {other.key[:16]} of {other.started}:")
        lines += [f"  {line}" for line in differences(other.spec, spec)] or ["  only the version of the key's format"]
        parent = spec.get("parent")
        if parent and parent != other.spec.get("parent"):
            lines += [f"  in its parent: {line}" for line in _parent_differences(store, planned, parent, other)]
    return "\n".join(lines)


def nearest_record(
    records: "list[Record]", key: str, spec: Mapping[str, Any], cell: Coordinates, seed: int
) -> "Record | None":
    """The record of another key with the same cell and seed that differs in the fewest fields; of these the latest."""
    same = [record for record in records if record.key != key and record.seed == seed and record.cell == cell]
    return max(same, key=lambda record: (-len(differences(record.spec, spec)), record.started), default=None)


def _parent_differences(store: "Store", planned: dict[str, Trial], parent: str, other: "Record") -> list[str]:
    """The differences of the parents, where both are known."""
    new = planned[parent].spec if parent in planned else next((r.spec for r in store.records(parent)), None)
    old = next((record.spec for record in store.records(other.spec["parent"])), None)
    return differences(old, new) if old and new else []
