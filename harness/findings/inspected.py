"""What lies beside the records that inspect: how encoders see the panel of their task, and what became of layers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical
from harness.findings.cell_records import Cell, Counted, by_problem
from harness.metrics.similarity import Floats, unpacked

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

ARM = ("objective", "corpus", "fraction", "corruption", "steps")
PROBLEM = ("task", "protocol", "shots", "steps")


@dataclass(frozen=True, slots=True)
class Seen:
    """What lies beside one record."""

    examples: str
    """What the panel is called; only what was seen in the same one compares."""
    gram: Floats
    """The panel's centred Gram matrix, of length 1: products of two are CKA."""
    neighbours: Sequence[Sequence[int]]
    """For each query the places of its neighbours in the gallery, the nearest first."""
    layers: Sequence[tuple[str, float | None]]
    """CKA of each layer with what it was before fine-tuning, in the order in which they run; empty for a probe."""


def seen_in(store: "Store", found: Iterable[Counted]) -> dict[str, Seen]:
    """By the keys of the records that count."""
    records = [r for each in found for r in each.records.values() if r.spec.get("inspect")]
    return {r.key: _seen(beside) for r, beside in store.all_beside(records) if "panel" in beside}


def _seen(beside: Mapping[str, Any]) -> Seen:
    panel = beside["panel"]
    layers = [(str(name), value) for name, value in beside.get("layers", ())]
    return Seen(panel["examples"], unpacked(panel["gram"]), panel["neighbours"], layers)


def class_names(store: "Store", looked: Iterable[tuple["Record", str]]) -> dict[str, tuple[str, ...]]:
    """What the classes of tasks are called, by the task as records specify it (`task_of`), from records and what the
    panels are called that lie beside them; a task whose panels name no classes is left out."""
    names: dict[str, tuple[str, ...]] = {}
    read: set[tuple[str, str]] = set()
    for record, examples in looked:
        task = task_of(record)
        if task not in names and (task, examples) not in read:
            read.add((task, examples))
            classes = (store.shared(record, examples) or {}).get("classes")
            if classes:
                names[task] = tuple(map(str, classes))
    return names


def task_of(record: "Record") -> str:
    """The data that a record's task is made of: its fingerprint where it has one; a pretraining has no task."""
    task = record.spec.get("task") or {}
    return str(task.get("fingerprint") or canonical(task))


def problems_of(seen: Mapping[str, Seen], found: Iterable[Counted]) -> list[list[Counted]]:
    """The cells with something seen, those of one problem together, in the cells' order."""
    return by_problem(each for each in found if any(record.key in seen for record in each.records.values()))


def problem_of(cell: Cell) -> dict[str, Any]:
    """The task, the protocol and its labels and steps."""
    return {name: cell[name] for name in PROBLEM}


def arm_of(cell: Cell) -> dict[str, Any]:
    """The objective and what it was trained on."""
    return {name: cell["pretraining"][name] for name in ARM}
