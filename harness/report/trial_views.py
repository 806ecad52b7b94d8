"""What a trial's page shows, as data: the page's script words and draws it."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical
from harness.matrix import progress_of
from harness.errors import failure_reason
from harness.findings.cell_records import recorded_of
from harness.findings.inspected import class_names, task_of
from harness.metrics.names import METERS, METRICS, Metric
from harness.report.confusion_views import trial_confusion
from harness.report.output import plain, plain_lines
from harness.report.trial_words import data_lines, environment_lines
from harness.report.words import PROTOCOLS, arm_of, labels
from harness.store.packed import Packed

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

OWN = {"seed", "parent", "rate", "selection", "rates", "tuning", "shifts", "inspect"}
"""The parts of a specification in which a reported trial differs from those that tuned it."""
BESIDE = ("data", "curve", "confusion", "classes")
"""What is shown of what lies beside a record."""
ROLES = {"pretrain": "pretraining", "tuning": "tuning", "reported": "adaptation"}
FULL = 64
"""So many trials a data file holds, about."""


def name(trial: str) -> str:
    """What a trial's page is addressed by."""
    return trial[:16]


def words(store: "Store", records: Iterable["Record"]) -> dict[str, Any]:
    """What trials share: what their figures are called, and their environments."""
    names = dict.fromkeys(record.environment for record in records)
    return {
        "metrics": _declared(METRICS),
        "meters": _declared(METERS),
        "environments": {each: environment_lines(store.environment(each) or {}) for each in names},
    }


def _declared(figures: Mapping[str, Metric]) -> dict[str, Any]:
    """Titles, units and digits."""
    found = {}
    for each, known in figures.items():
        digits = known.form.strip(",").strip(".").removesuffix("f")
        found[each] = {"title": known.title, "unit": known.unit, "digits": int(digits) if digits.isdigit() else None}
    return found


class Trials:
    """The trials of a suite's cells, of the pretrainings below them, and of what tuned them."""

    def __init__(self, store: "Store", cells: Iterable[Mapping[str, Any]]) -> None:
        self.store = store
        self._titles: dict[int, str] = {}
        self._names: dict[tuple[str, ...], list[str]] = {}
        self.attempts: dict[str, list[Record]] = defaultdict(list)
        for record, _ in recorded_of(store.attempts(), cells):
            self.attempts[record.key].append(record)
        self.shown = {key: store.quality(key) or records[-1] for key, records in self.attempts.items()}
        self.children: dict[str, list[Record]] = defaultdict(list)
        self.tuning: dict[str, list[Record]] = defaultdict(list)
        for record in self.shown.values():
            if record.spec.get("parent"):
                self.children[record.spec["parent"]].append(record)
            if record.role == "tuning":
                self.tuning[self._recipe(record)].append(record)

    def digits(self) -> int:
        """By how many of the first digits of their names trials lie in one file."""
        digits = 1
        while len(self.shown) > FULL * 16**digits:
            digits += 1
        return digits

    def files(self, lifts: Mapping[str, tuple[float, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The views of the trials, those of one file together, by its name and theirs; `lifts` are those of
        `harness.findings.lifts`."""
        digits = self.digits()
        names = sorted(self.shown)
        beside, looked = {}, []
        for record, found in self._beside():
            beside[record.key] = {part: found[part] for part in BESIDE if part in found}
            if "panel" in found:
                looked.append((record, found["panel"]["examples"]))
        classes = class_names(self.store, looked)
        for start, inside in itertools.groupby(names, key=lambda key: key[:digits]):
            yield (
                start,
                {
                    name(key): self._view(shown, beside.get(key, {}), classes.get(task_of(shown), ()), lifts.get(key))
                    for key, shown in ((key, self.shown[key]) for key in inside)
                },
            )

    def _beside(self) -> Iterator[tuple["Record", dict[str, Any]]]:
        return self.store.all_beside(self.shown.values())

    def pretrainings(self, model: str) -> dict[str, list["Record"]]:
        """The pretraining trials of a model, by arm: those for tuning too, and those that nothing began from yet."""
        return self._pretrainings.get(model, {})

    @cached_property
    def _pretrainings(self) -> dict[str, dict[str, list["Record"]]]:
        found: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
        for record in sorted(self.shown.values(), key=lambda record: (record.seed, record.key)):
            if record.kind == "pretrain":
                found[record.cell["model"]][_arm(record)].append(record)
        return found

    def _recipe(self, record: "Record") -> str:
        """What a reported trial and those that tuned it agree in, the recipe of their pretrainings included."""
        parent = self.shown.get(record.spec.get("parent", ""))
        rest = {part: value for part, value in record.spec.items() if part not in OWN}
        return canonical([rest, parent.variant if parent else None])

    def _title(self, record: "Record") -> str:
        place = id(record.cell)
        if place not in self._titles:
            self._titles[place] = _cell_title(record)
        return f"{self._titles[place]} · seed {record.seed}"

    def _view(
        self, shown: "Record", beside: Mapping[str, Any], classes: Sequence[str], lift: tuple[float, str] | None
    ) -> dict[str, Any]:
        parent = shown.spec.get("parent")
        attempts = self.attempts[shown.key]
        children = self.children.get(shown.key, ())
        return {
            "id": name(shown.key), "key": shown.key, "title": self._title(shown), "role": ROLES[shown.role],
            "status": shown.status, "model": shown.cell.get("pretraining", shown.cell)["model"],
            "parent": name(parent) if parent in self.shown else None,
            "flags": [plain(flag) for flag in shown.flags], "message": "\n".join(plain_lines(shown.message)),
            "lift": [lift[0], name(lift[1])] if lift else None,
            "metrics": self._figures(shown.metrics), "meters": self._figures(shown.meters),
            "counts": data_lines(shown, beside.get("data") or {}), "curve": beside.get("curve"),
            "confusion": trial_confusion(beside, classes),
            "scores": self._scores(shown), "rate": (shown.chosen or {}).get("rate"),
            "children": sorted([name(child.key), self._title(child), child.status] for child in children),
            "attempts": [[each.status, each.started, plain(failure_reason(each.message)[:200])] for each in attempts],
            "environment": shown.environment, "started": shown.started, "ended": shown.ended,
            "checkpoint": shown.checkpoint, "parent_checkpoint": shown.parent_checkpoint, "spec": dict(shown.spec),
        }  # fmt: skip

    def _figures(self, figures: Mapping[str, Any]) -> dict[str, Any]:
        """Figures by their names, of which many trials have the same."""
        known = figures.as_dict() if isinstance(figures, Packed) else figures
        names = tuple(known)
        if names not in self._names:
            self._names[names] = [plain(each) for each in names]
        values = [plain(value) if isinstance(value, str) else value for value in known.values()]
        return dict(zip(self._names[names], values, strict=True))

    def _scores(self, record: "Record") -> list[Any]:
        """Each rate that was tried with its mean score on validation and its tuning trials."""
        scores = (record.chosen or {}).get("scores")
        if not scores:
            return []
        tuning = sorted(self.tuning[self._recipe(record)], key=lambda each: each.seed)
        return [
            [rate, score, [[name(each.key), each.seed, each.status] for each in tuning if _at(each, float(rate))]]
            for rate, score in sorted(scores.items(), key=lambda pair: float(pair[0]))
        ]


def _at(tuning: "Record", rate: float) -> bool:
    return bool(tuning.cell.get("rate") == rate)


def _cell_title(record: "Record") -> str:
    """What all seeds of a trial are called."""
    parts = [record.cell.get("pretraining", record.cell)["model"], _arm(record)]
    if "task" in record.cell:
        parts.append(f"{record.cell['task']}, {PROTOCOLS[record.cell['protocol']]}, {labels(record.cell['shots'])}")
    if "rate" in record.cell:
        parts.append(f"rate {record.cell['rate']:g}")
    return plain(" · ".join(parts))


def _arm(record: "Record") -> str:
    return arm_of(record.cell.get("pretraining", record.cell) | {"progress": progress_of(record.cell)})
