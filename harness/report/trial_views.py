"""What a trial's page shows."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from harness.keys import canonical
from harness.metrics.names import METERS, METRICS
from harness.report.figures import curves
from harness.report.output import NOTHING, plain
from harness.report.words import PROTOCOLS, arm_of, labels, number

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

ROLES = {"pretrain": "pretraining", "tuning": "tuning", "reported": "adaptation"}


def name(trial: str) -> str:
    """The name of a trial's page."""
    return trial[:16]


def trial_views(store: "Store", cells: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A view of each trial of the cells, of the pretrainings below them, and of what tuned them."""
    wanted = {canonical(cell) for cell in cells} | {canonical(cell["pretraining"]) for cell in cells}
    chosen: dict[str, list[Record]] = defaultdict(list)
    children: dict[str, list[Record]] = defaultdict(list)
    for record in store.all():
        if canonical({part: value for part, value in record.cell.items() if part != "rate"}) in wanted:
            chosen[record.key].append(record)
            if record.spec.get("parent") and record.role == "reported":
                children[record.spec["parent"]].append(record)
    return [_view(store, records, children.get(key, []), chosen) for key, records in chosen.items()]


def _view(
    store: "Store", records: list["Record"], children: list["Record"], known: Mapping[str, Any]
) -> dict[str, Any]:
    shown = store.quality(records[0].key) or records[-1]
    beside = store.beside(shown) or {}
    curve = dict(beside.get("curve") or {})
    steps = curve.pop("step", [])
    parent = shown.spec.get("parent")
    return {
        "id": name(shown.key),
        "record": shown,
        "title": title(shown),
        "role": ROLES[shown.role],
        "pretraining": shown.cell.get("pretraining", shown.cell),
        "message": "\n".join(plain(line) for line in (shown.message or "").splitlines()),
        "metrics": [_figure(METRICS, each, value) for each, value in sorted(shown.metrics.items())],
        "meters": [_figure(METERS, each, value) for each, value in sorted(shown.meters.items())],
        "plot": curves(steps, curve, f"Learning curve of {title(shown)}") if len(steps) > 1 else None,
        "curve": list(zip(steps, *curve.values(), strict=False)),
        "parts": [each.removeprefix("loss/") for each in curve],
        "environment": _flat(store.environment(shown.environment) or {}),
        "spec": json.dumps(shown.spec, indent=2, sort_keys=True),
        "parent": name(parent) if parent and parent in known else None,
        "children": [(name(child.key), title(child)) for child in children if child.status == "ok"],
        "attempts": [(each.status, each.started, plain((each.message or "")[:200])) for each in records],
        "scores": sorted((shown.chosen or {}).get("scores", {}).items(), key=lambda pair: float(pair[0])),
    }


def title(record: "Record") -> str:
    """A trial in one line."""
    pretraining = record.cell.get("pretraining", record.cell)
    row = pretraining | {"corruption": None}
    if pretraining["corruption"]:
        row["corruption"] = f"{pretraining['corruption']['kind']} {pretraining['corruption']['severity']}"
    parts = [pretraining["model"], arm_of(row)]
    if "task" in record.cell:
        parts.append(f"{record.cell['task']}, {PROTOCOLS[record.cell['protocol']]}, {labels(record.cell['shots'])}")
    if "rate" in record.cell:
        parts.append(f"rate {record.cell['rate']:g}")
    return plain(" · ".join([*parts, f"seed {record.seed}"]))


def _figure(declared: Mapping[str, Any], each: str, value: Any) -> tuple[str, str, str]:
    """A figure's title, value and unit."""
    known = declared.get(each)
    if known is None:
        return plain(each), plain(value), ""
    if value is None or isinstance(value, str):
        return known.title, NOTHING if value is None else plain(value), known.unit if value is None else ""
    return known.title, number(value, known.form if known.form != "d" else ".0f"), known.unit


def _flat(environment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The environment as lines; absent hardware is a dash."""
    lines = []
    for each, value in environment.items():
        if isinstance(value, dict):
            value = ", ".join(f"{part} {version}" for part, version in value.items())
        lines.append((each.replace("_", " "), NOTHING if value is None else plain(value)))
    return lines
