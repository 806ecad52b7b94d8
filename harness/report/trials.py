"""The data of the trials' page, which its script draws."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical
from harness.cells import Cell
from harness.errors import failure_reason
from harness.findings.cell_records import records_of
from harness.findings.confusion import MOST_CLASSES, MOST_PAIRS, confusion_of
from harness.findings.inspected import class_names, task_of
from harness.metrics.names import METERS, METRICS, Metric
from harness.printable import plain, plain_lines
from harness.report.table_data import TRIAL_DIGITS
from harness.report.values import NOTHING

if TYPE_CHECKING:
    from harness.findings.evidence import Evidence
    from harness.store.record import Record

OWN = {"seed", "parent", "rate", "selection", "rates", "tuning", "shifts", "inspect"}
"""The parts of the spec in which a reported trial differs from its tuning trials."""
SIDECAR = ("data", "curve", "confusion", "classes")
"""The parts of the sidecar data that the page shows."""
ROLES = {"pretrain": "pretraining", "tuning": "tuning", "reported": "adaptation"}
PER_FILE = 64
"""About the number of trials in a data file."""
DATA = {
    "examples": "examples to pretrain on",
    "heldout": "held-out examples",
    "left_out": "excluded from the corpus",
    "overlap": "of them copies of test examples of",
    "copies_left_out": "excluded as copies of others",
    "homoglyphs_left_out": "excluded as similar to a task's characters",
    "cut": "truncated texts",
}
"""Names of counts that many sources record. Others keep the name under which they are recorded."""
ENVIRONMENT = {
    "commit": "commit",
    "changed": "uncommitted changes",
    "hardware": "hardware class",
    "device": "device",
    "cpu": "processor",
    "cores": "cores",
    "memory_bytes": "memory",
    "gpu": "GPU",
    "driver": "GPU driver",
    "system": "system",
    "python": "Python",
    "packages": "packages",
}
"""In the order in which they are shown; other recorded values follow."""


def trial_name(key: str) -> str:
    """The name of a trial in addresses."""
    return key[:TRIAL_DIGITS]


class Trials:
    """The trials of a suite's cells, of their pretrainings, and of their tuning."""

    def __init__(self, evidence: "Evidence") -> None:
        self.evidence, store = evidence, evidence.store
        self.attempts: dict[str, list[Record]] = defaultdict(list)
        for record, _ in records_of(store.attempts(), evidence.cells):
            self.attempts[record.key].append(record)
        self.shown = {key: store.first_ok(key) or records[-1] for key, records in self.attempts.items()}
        self.children: dict[str, list[Record]] = defaultdict(list)
        self.tuning: dict[str, list[Record]] = defaultdict(list)
        for record in self.shown.values():
            if record.spec.get("parent"):
                self.children[record.spec["parent"]].append(record)
            if record.role == "tuning":
                self.tuning[self._recipe(record)].append(record)

    @property
    def digits(self) -> int:
        """The number of digits of their names that name the data file of trials."""
        digits = 1
        while len(self.shown) > PER_FILE * 16**digits:
            digits += 1
        return digits

    def words(self) -> dict[str, Any]:
        """The names of metrics and meters, and the environments."""
        names = dict.fromkeys(record.environment for record in self.shown.values())
        store = self.evidence.store
        return {
            "metrics": _declared(METRICS),
            "meters": _declared(METERS),
            "environments": {each: _environment(store.environment(each) or {}) for each in names},
        }

    def files(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The views of the trials of each data file, by its name and theirs."""
        sidecars, panels = {}, []
        for record, content in self.evidence.store.sidecars(self.shown.values()):
            sidecars[record.key] = {part: content[part] for part in SIDECAR if part in content}
            if "panel" in content:
                panels.append((record, content["panel"]["examples"]))
        classes = class_names(self.evidence.store, panels)
        for start, keys in itertools.groupby(sorted(self.shown), key=lambda key: key[: self.digits]):
            yield (
                start,
                {trial_name(key): self._view(self.shown[key], sidecars.get(key, {}), classes) for key in keys},
            )

    def pretrainings(self, model: str) -> dict[str, list["Record"]]:
        """The pretraining trials of a model by arm."""
        arms: dict[str, list[Record]] = defaultdict(list)
        for record in sorted(self.shown.values(), key=lambda record: (record.seed, record.key)):
            if record.kind == "pretrain" and record.model == model:
                arms[record.cell.pretraining.arm.label].append(record)
        return arms

    def _recipe(self, record: "Record") -> str:
        """The parts of the spec that a reported trial shares with its tuning trials, and those of its parent."""
        parent = self.shown.get(record.spec.get("parent", ""))
        rest = {part: value for part, value in record.spec.items() if part not in OWN}
        return canonical([rest, parent.variant if parent else None])

    def _view(
        self, record: "Record", sidecar: Mapping[str, Any], classes: Mapping[str, Sequence[str]]
    ) -> dict[str, Any]:
        parent = record.spec.get("parent")
        lift = self.evidence.lifts.get(record.key)
        attempts = self.attempts[record.key]
        return {
            "id": trial_name(record.key), "key": record.key, "title": _title(record), "role": ROLES[record.role],
            "status": record.status, "model": record.model,
            "parent": trial_name(parent) if parent in self.shown else None,
            "flags": list(map(plain, record.flags)), "message": "\n".join(plain_lines(record.message)),
            "lift": [lift[0], trial_name(lift[1])] if lift else None,
            "metrics": _figures(record.metrics), "meters": _figures(record.meters),
            "counts": _data(record, sidecar.get("data") or {}), "curve": sidecar.get("curve"),
            "confusion": _confusion(sidecar, classes.get(task_of(record), ())),
            "scores": self._scores(record), "rate": (record.chosen or {}).get("rate"),
            "children": sorted(
                [trial_name(child.key), _title(child), child.status] for child in self.children.get(record.key, ())
            ),
            "attempts": [[each.status, each.started, plain(failure_reason(each.message)[:200])] for each in attempts],
            "environment": record.environment, "started": record.started, "ended": record.ended,
            "checkpoint": record.checkpoint, "parent_checkpoint": record.parent_checkpoint, "spec": record.spec,
        }  # fmt: skip

    def _scores(self, record: "Record") -> list[Any]:
        """Each tuned rate with its mean validation score and its trials."""
        scores = (record.chosen or {}).get("scores")
        if not scores:
            return []
        tuning = sorted(self.tuning[self._recipe(record)], key=lambda each: each.seed)
        return [
            [
                rate,
                score,
                [[trial_name(each.key), each.seed, each.status] for each in tuning if _rate(each) == float(rate)],
            ]
            for rate, score in sorted(scores.items(), key=lambda pair: float(pair[0]))
        ]


def _rate(record: "Record") -> float | None:
    return record.cell.rate if isinstance(record.cell, Cell) else None


def _title(record: "Record") -> str:
    return plain(f"{record.cell.label} · seed {record.seed}")


def _declared(figures: Mapping[str, Metric]) -> dict[str, Any]:
    """Titles, units and digits."""
    declared = {}
    for name, each in figures.items():
        digits = each.form.strip(",").strip(".").removesuffix("f")
        declared[name] = {"title": each.title, "unit": each.unit, "digits": int(digits) if digits.isdigit() else None}
    return declared


def _figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {plain(name): plain(value) if isinstance(value, str) else value for name, value in figures.items()}


def _confusion(sidecar: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any] | None:
    """The confusion matrix of a trial, or its most confused pairs."""
    matrix = confusion_of([sidecar], known)
    if matrix is None:
        return None
    names = list(map(plain, matrix.labels))
    if len(names) <= MOST_CLASSES:
        return {"names": names, "named": bool(matrix.names), "counts": matrix.counts.tolist()}
    pairs = [[names[each.true], names[each.predicted], each.share, each.of_errors] for each in matrix.pairs(MOST_PAIRS)]
    return {"classes": len(names), "named": bool(matrix.names), "pairs": pairs}


def _data(record: "Record", data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The counts of the data, and the test examples that are in the corpus."""
    lines = []
    for name, value in data.items():
        title = DATA.get(name, name.replace("_", " "))
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        lines += [(plain(f"{title} {part}").strip(), f"{count:,}") for part, count in parts]
    contamination = record.contamination
    if contamination and contamination.status == "unknown":
        lines.append(("test examples in the pretraining data", "unknown"))
    elif contamination:
        lines.append(
            ("test examples with an exact copy in the corpus", f"{contamination.exact:,} of {contamination.of:,}")
        )
        lines.append(("more with a near copy", f"{contamination.near:,} of {contamination.of:,}"))
    return lines


def _environment(environment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The names and values of an environment; absent hardware is a dash."""
    names = [name for name in ENVIRONMENT if name in environment]
    names += [name for name in environment if name not in ENVIRONMENT]
    titles = [plain(ENVIRONMENT.get(name, name.replace("_", " "))) for name in names]
    return [(title, plain(_value(name, environment[name]))) for title, name in zip(titles, names, strict=True)]


def _value(name: str, value: Any) -> Any:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{part} {version}" for part, version in value.items())
    return f"{value / 1e9:,.1f} GB" if name.endswith("_bytes") and isinstance(value, int | float) else value
