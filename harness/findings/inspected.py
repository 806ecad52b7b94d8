"""The sidecar data of inspected records: features of their task's panel, and the change of layers by fine-tuning."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical
from harness.findings.cell_records import CellRecords
from harness.metrics.similarity import Floats, unpacked

if TYPE_CHECKING:
    from harness.findings.evidence import Evidence
    from harness.store import Store
    from harness.store.record import Record


@dataclass(frozen=True, slots=True)
class Inspection:
    """The inspected features of one record."""

    panel: str
    """The name of the panel. Inspections of different panels are not comparable."""
    gram: Floats
    """The panel's centred Gram matrix, of length 1: the product of two is their CKA."""
    neighbours: Sequence[Sequence[int]]
    """For each query the indices of its neighbours in the gallery, the nearest first."""
    layers: Sequence[tuple[str, float | None]]
    """The CKA of each layer before and after fine-tuning, in the order in which they run; empty for a probe."""


def inspections(evidence: "Evidence") -> dict[str, Inspection]:
    """The inspections of the records that count, by record key."""
    records = [r for each in evidence.records for r in each.records.values() if r.spec.get("inspect")]
    sidecars = evidence.store.sidecars(records)
    return {record.key: _inspection(sidecar) for record, sidecar in sidecars if "panel" in sidecar}


def _inspection(sidecar: Mapping[str, Any]) -> Inspection:
    panel = sidecar["panel"]
    layers = [(str(name), value) for name, value in sidecar.get("layers", ())]
    return Inspection(panel["examples"], unpacked(panel["gram"]), panel["neighbours"], layers)


def inspected_cells(evidence: "Evidence") -> list[CellRecords]:
    """The cells of whole pretrainings that have an inspected record."""
    known = evidence.once(inspections)
    return [each for each in evidence.whole if any(record.key in known for record in each.records.values())]


def known_classes(evidence: "Evidence") -> dict[str, tuple[str, ...]]:
    """The class names of tasks, by `task_of`, as far as panels of the evidence name them."""
    known = evidence.once(inspections)
    records = (record for each in evidence.records for record in each.records.values() if record.key in known)
    return class_names(evidence.store, ((record, known[record.key].panel) for record in records))


def class_names(store: "Store", inspected: Iterable[tuple["Record", str]]) -> dict[str, tuple[str, ...]]:
    """The class names of tasks, by `task_of`, from records and the names of their panels.

    A task whose panels name no classes has no entry.
    """
    names: dict[str, tuple[str, ...]] = {}
    read: set[tuple[str, str]] = set()
    for record, panel in inspected:
        task = task_of(record)
        if task not in names and (task, panel) not in read:
            read.add((task, panel))
            classes = (store.shared_sidecar(record, panel) or {}).get("classes")
            if classes:
                names[task] = tuple(map(str, classes))
    return names


def task_of(record: "Record") -> str:
    """The identity of a record's task data: its fingerprint where it has one."""
    task = record.spec.get("task") or {}
    return str(task.get("fingerprint") or canonical(task))


def not_inspected(evidence: "Evidence", subject: str, kind: str = "adaptation", protocol: str = "") -> list[str]:
    """The sentences of a finding without records of `subject`: which adaptation has to be inspected, and recorded."""
    suite = evidence.suite
    adaptations = suite.adaptations.values() if suite else ()
    if suite and any(each.inspect and protocol in ("", each.protocol) for each in adaptations):
        return [f"No {subject} are recorded yet.", f"Run `pretune sweep {suite.name}` to record them."]
    return [f"No {subject} are recorded.", f"Set `inspect = true` in a suite's {kind} and sweep it to record them."]
