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

OWN = {"seed", "parent", "rate", "selection", "rates", "tuning"}
"""The parts of a specification in which a reported trial differs from those that tuned it."""
ROLES = {"pretrain": "pretraining", "tuning": "tuning", "reported": "adaptation"}


def name(trial: str) -> str:
    """The name of a trial's page."""
    return trial[:16]


def trial_views(store: "Store", cells: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A view of each trial of the cells, of the pretrainings below them, and of what tuned them."""
    wanted = {canonical(cell) for cell in cells} | {canonical(cell["pretraining"]) for cell in cells}
    attempts: dict[str, list[Record]] = defaultdict(list)
    for record in store.attempts():
        if canonical({part: value for part, value in record.cell.items() if part != "rate"}) in wanted:
            attempts[record.key].append(record)
    shown = {key: store.quality(key) or records[-1] for key, records in attempts.items()}
    children: dict[str, list[Record]] = defaultdict(list)
    tuning: dict[str, list[Record]] = defaultdict(list)
    for record in shown.values():
        if record.spec.get("parent"):
            children[record.spec["parent"]].append(record)
        if record.role == "tuning":
            tuning[_recipe(record, shown)].append(record)
    for records in (*children.values(), *tuning.values()):
        records.sort(key=lambda record: (title(record), record.key))
    return [
        _view(store, record, attempts[key], children.get(key, []), shown, tuning.get(_recipe(record, shown), []))
        for key, record in shown.items()
    ]


def _recipe(record: "Record", known: Mapping[str, "Record"]) -> str:
    """What a reported trial and those that tuned it agree in, the recipe of their pretrainings included."""
    parent = known.get(record.spec.get("parent", ""))
    rest = {name: value for name, value in record.spec.items() if name not in OWN}
    return canonical([rest, parent.variant if parent else None])


def _view(
    store: "Store", shown: "Record", attempts: list["Record"], children: list["Record"], known: Mapping[str, "Record"],
    tuning: list["Record"],
) -> dict[str, Any]:  # fmt: skip
    beside = store.beside(shown) or {}
    curve = dict(beside.get("curve") or {})
    steps = curve.pop("step", [])
    parent = shown.spec.get("parent")
    return {
        "id": name(shown.key),
        "record": shown,
        "title": title(shown),
        "arm": _arm(shown),
        "role": ROLES[shown.role],
        "pretraining": shown.cell.get("pretraining", shown.cell),
        "message": shown.message or "",
        "metrics": [_figure(METRICS, each, value) for each, value in sorted(shown.metrics.items())],
        "meters": [_figure(METERS, each, value) for each, value in sorted(shown.meters.items())],
        "counts": _counts(shown, beside.get("data") or {}),
        "plot": curves(steps, curve, f"Learning curve of {title(shown)}") if len(steps) > 1 else None,
        "curve": list(zip(steps, *curve.values(), strict=False)),
        "parts": [each.removeprefix("loss/") for each in curve],
        "environment": _flat(store.environment(shown.environment) or {}),
        "spec": json.dumps(shown.spec, indent=2, sort_keys=True),
        "parent": name(parent) if parent and parent in known else None,
        "children": [(name(child.key), title(child), child.status) for child in children],
        "attempts": [(each.status, each.started, (each.message or "")[:200]) for each in attempts],
        "scores": [
            (rate, score, [(name(each.key), each.seed, each.status) for each in tuning if _at(each, float(rate))])
            for rate, score in sorted((shown.chosen or {}).get("scores", {}).items(), key=lambda pair: float(pair[0]))
        ],
    }  # fmt: skip


def _counts(record: "Record", data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is counted of the data: what was left out and why, and what of the test split lies in the corpus."""
    lines = []
    for each, value in data.items():
        if isinstance(value, dict):
            lines += [(plain(f"{each}: {part}".replace("_", " ")), f"{count:,}") for part, count in value.items()]
        else:
            lines.append((plain(each.replace("_", " ")), f"{value:,}"))
    found = record.contamination
    if found and found.status == "unknown":
        lines.append(("test examples in what it was pretrained on", "unknown"))
    elif found:
        lines.append(("test examples with an exact copy in the corpus", f"{found.exact:,} of {found.of:,}"))
        lines.append(("test examples with a near copy besides", f"{found.near:,} of {found.of:,}"))
    return lines


def _at(tuning: "Record", rate: float) -> bool:
    return bool(tuning.cell.get("rate") == rate)


def title(record: "Record") -> str:
    """A trial in one line."""
    parts = [record.cell.get("pretraining", record.cell)["model"], _arm(record)]
    if "task" in record.cell:
        parts.append(f"{record.cell['task']}, {PROTOCOLS[record.cell['protocol']]}, {labels(record.cell['shots'])}")
    if "rate" in record.cell:
        parts.append(f"rate {record.cell['rate']:g}")
    return plain(" · ".join([*parts, f"seed {record.seed}"]))


def _arm(record: "Record") -> str:
    pretraining = record.cell.get("pretraining", record.cell)
    corruption = pretraining["corruption"]
    return arm_of(pretraining | {"corruption": corruption and f"{corruption['kind']} {corruption['severity']}"})


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
