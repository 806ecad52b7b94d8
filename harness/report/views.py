"""What the site's pages show, made from the board's rows and the store's records."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.analysis.relation import Relation
from harness.catalog import Catalog
from harness.keys import canonical
from harness.metrics.names import METERS, METRICS
from harness.report.figures import Scale, interval_bar, scatter, sign
from harness.report.output import NOTHING
from harness.report.words import PROTOCOLS, arm_of, labels, number, problem, signed, verdict
from harness.spec import SCRATCH, SuiteEntry

if TYPE_CHECKING:
    from harness.store import Store

Row = dict[str, Any]
FACET = ("task", "protocol", "shots", "steps", "batch", "precision")
PRETRAINING = ("model", "objective", "corpus", "fraction", "corruption", "pretrain_steps")
FILTERS = {"number": number, "signed": signed, "labels": labels, "arm": arm_of}


def common(catalog: Catalog, suite: SuiteEntry, store: "Store", rows: Sequence[Row]) -> dict[str, Any]:
    """What every page knows."""
    newest = max((record.ended for record in store.all() if record.suite == suite.name), default=None)
    machines = sorted({row["hardware"] for row in rows if row["hardware"]})
    return {
        "suite_name": suite.name,
        "suite_title": suite.title,
        "newest": newest,
        "machines": machines,
        "titles": {entry.name: entry.title for kind in ("models", "objectives", "corpora", "tasks")
                   for entry in catalog.kind(kind).values()},
        "metrics": METRICS,
        "meters": METERS,
        "seeds": len(suite.seeds),
    }  # fmt: skip


def facets(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows that can be compared, best mean first, what has no score last; the facets in the suite's order."""
    probes = {
        (*(row[name] for name in PRETRAINING), row["task"], row["protocol"]): row["validation"]
        for row in rows
        if row["protocol"] in ("linear", "knn")
    }
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in FACET), []).append(row)
    ordered = sorted(found.values(), key=lambda inside: inside[0]["protocol"] != "finetune")
    return [_facet(inside, probes) for inside in ordered]


def _facet(inside: list[Row], probes: Mapping[tuple[Any, ...], float | None]) -> dict[str, Any]:
    first = inside[0]
    bounds = [row[name] for row in inside for name in ("lift_low", "lift", "lift_high") if row[name] is not None]
    scale = Scale([0.0, *bounds], 4, 116)
    for row in inside:
        place = (*(row[name] for name in PRETRAINING), row["task"])
        row["linear_probe"], row["knn_probe"] = probes.get((*place, "linear")), probes.get((*place, "knn"))
        row["verdict"] = verdict(row)
        row["arm"] = arm_of(row)
        row["bar"] = None
        if row["lift"] is not None:
            row["bar"] = interval_bar(row["lift_low"], row["lift"], row["lift_high"], scale, row["verdict"])
    return {
        "id": "-".join(str(first[name]) for name in ("task", "protocol", "shots") if first[name] is not None),
        "title": problem(first),
        "protocol": first["protocol"],
        "task": first["task"],
        "ranked": any(row["rank_low"] is not None for row in inside),
        "rows": sorted(inside, key=lambda row: (row["score"] is None, -(row["score"] or 0.0))),
    }


def relation_views(found: Sequence[Relation]) -> list[dict[str, Any]]:
    """The relations over all points with their plots; those within models or arms follow as figures only."""
    views = []
    for each in found:
        if each.within is not None or not each.points:
            continue
        same = (each.task, each.protocol, each.shots)
        target = problem({"task": each.task, "protocol": each.protocol, "shots": each.shots, "steps": None})
        predictor = f"{PROTOCOLS.get(each.predictor, each.predictor)} at {labels(each.predictor_shots)}"
        arms = {point.arm: arm_of(_named(point.arm)) for point in each.points}
        numbers = {name: index for index, name in enumerate(dict.fromkeys(arms.values()))}
        plot = scatter(
            [(p.predictor, p.target, arms[p.arm], f"{p.model}, {arms[p.arm]}: {p.predictor:.3f}, {p.target:.3f}")
             for p in each.points],
            (f"{predictor}: validation accuracy", "test accuracy"),
            {name: value for name, value in each.references.items() if name in {p.model for p in each.points}},
            f"Test accuracy of {target} over the {predictor}; the table below holds the same figures",
        )  # fmt: skip
        others = [
            one for one in found
            if one is not each and (one.task, one.protocol, one.shots) == same
            and (one.within and (one.predictor == each.predictor or one.predictor in ("skill", "loss")))
        ]  # fmt: skip
        views.append({
            "id": f"{each.task}-{each.protocol}-{each.shots}-{each.predictor}",
            "target": target, "predictor": predictor, "relation": each, "plot": plot, "others": others,
            "legend": [(sign(index), name) for name, index in numbers.items()],
            "points": [(point, arms[point.arm]) for point in sorted(each.points, key=lambda p: -p.target)],
        })  # fmt: skip
    return views


def _named(arm: Sequence[Any]) -> Row:
    objective, corpus, fraction, corruption, _, _ = arm
    return {"objective": objective, "corpus": corpus, "fraction": fraction, "corruption": corruption}


def model(catalog: Catalog, name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """A model's page: its entry, what it costs, and its cells."""
    entry = catalog.models.get(name)
    own = [row for row in rows if row["model"] == name]
    family = (entry.family or entry.name) if entry else None
    relatives = [
        {"name": other.name, "parameters": next((r["parameters"] for r in rows if r["model"] == other.name), None)}
        for other in catalog.models.values()
        if family and (other.family or other.name) == family and any(r["model"] == other.name for r in rows)
    ]
    return {
        "name": name,
        "entry": entry,
        "args": canonical(entry.args) if entry else NOTHING,
        "facts": {each: next((row[each] for row in own if row[each] is not None), None)
                  for each in ("parameters", "flops", "latency_ms")},
        "relatives": sorted(relatives, key=lambda each: each["parameters"] or 0),
        "facets": facets([dict(row) for row in own]),
        "scratch": SCRATCH,
    }  # fmt: skip
