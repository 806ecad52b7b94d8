"""What the site's pages show, made from the board's rows and the store's records."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from harness.analysis.points import ARM
from harness.analysis.relation import Relation
from harness.analysis.table import FACET
from harness.catalog import Catalog
from harness.keys import canonical
from harness.report.figures import Scale, interval_bar, scatter, sign
from harness.report.output import NOTHING
from harness.report.words import PROTOCOLS, arm_of, count, labels, metric, number, problem, signed
from harness.spec import SCRATCH, SuiteEntry

if TYPE_CHECKING:
    from harness.store import Store

Row = dict[str, Any]
PROBES = ("linear", "knn")
FILTERS = {"number": number, "signed": signed, "labels": labels, "arm": arm_of, "metric": metric}


def common(catalog: Catalog, suite: SuiteEntry, store: "Store", rows: Sequence[Row]) -> dict[str, Any]:
    """What every page knows."""
    newest = max((record.ended for record in store.all() if record.suite == suite.name), default=None)
    machines = sorted({row["machine"] for row in rows if row["machine"]})
    return {
        "suite_name": suite.name,
        "suite_title": suite.title,
        "newest": newest,
        "machines": machines,
        "objectives": catalog.objectives,
        "corpora": catalog.corpora,
        "seeds": len(suite.seeds),
        "tasks": list(dict.fromkeys(row["task"] for row in rows)),
        "labelled": sorted({row["objective"] for row in rows if row["labelled"]}),
    }


def facets(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows that can be compared, best mean first, what has no score last; fine-tuning first, else in suite order."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in FACET), []).append(row)
    ordered = sorted(found.values(), key=lambda inside: inside[0]["protocol"] != "finetune")
    told = [name for name in ("shape", "batch", "precision") if len({row[name] for row in rows if row[name]}) > 1]
    return [_facet(inside, rows, told) for inside in ordered]


def _facet(inside: list[Row], rows: Sequence[Row], told: Sequence[str]) -> dict[str, Any]:
    """A table. `told` are the parts of a facet that have to be said, because the board has several."""
    first = inside[0]
    bounds = [row[name] for row in inside for name in ("lift_low", "lift", "lift_high") if row[name] is not None]
    scale = Scale([0.0, *bounds], 4, 116)
    for row in inside:
        row["bar"] = None
        if row["lift"] is not None:
            row["bar"] = interval_bar(row["lift_low"], row["lift"], row["lift_high"], scale, row["verdict"])
    more = [f"{name} {first[name]}" for name in told if first[name]]
    return {
        "id": "-".join(str(first[name]) for name in FACET if first[name] is not None),
        "title": ", ".join([problem(first), *more]),
        "probes": [probe for name in PROBES if name != first["protocol"] if (probe := _probe(inside, rows, name))],
        "metric": next((row["metric"] for row in inside if row["metric"]), None),
        "ranked": any(row["rank_low"] is not None for row in inside),
        "mixed": len({row["machine"] for row in inside if row["machine"]}) > 1,
        "rows": sorted(inside, key=lambda row: (row["score"] is None, -(row["score"] or 0.0))),
    }


def _probe(inside: Sequence[Row], rows: Sequence[Row], protocol: str) -> dict[str, Any] | None:
    """A column with what a probe of the same pretraining found on validation: at as many labels, or else at most."""
    first = inside[0]
    same = [row for row in rows if (row["task"], row["protocol"]) == (first["task"], protocol)]
    if not same:
        return None
    shots = {row["shots"] for row in same}
    most = None if None in shots else max(shots)
    used = first["shots"] if first["shots"] in shots else most
    values = {_pretraining(row): row["validation"] for row in same if row["shots"] == used}
    return {
        "name": f"{PROTOCOLS[protocol]}, validation" + ("" if used == first["shots"] else f", {labels(used)}"),
        "why": f"score on validation of the {PROTOCOLS[protocol]} of the same pretraining on this task, {labels(used)}",
        "values": {row["id"]: values.get(_pretraining(row)) for row in inside},
    }


def _pretraining(row: Row) -> tuple[Any, ...]:
    return (row["model"], *(row[name] for name in ARM))


def relation_views(found: Sequence[Relation]) -> list[dict[str, Any]]:
    """The relations over all points with their plots; those within models or arms follow as figures only."""
    views = []
    for each in found:
        if each.within is not None or not each.points:
            continue
        same = (each.task, each.protocol, each.shots, each.steps)
        target = problem(vars(each))
        predictor = f"{PROTOCOLS.get(each.predictor, each.predictor)} at {labels(each.predictor_shots)}"
        arms = {point.arm: arm_of(_named(point.arm)) for point in each.points}
        numbers = {name: index for index, name in enumerate(dict.fromkeys(arms.values()))}
        plot = scatter(
            [(p.predictor, p.target, arms[p.arm], f"{p.model}, {arms[p.arm]}: {p.predictor:.3f}, {p.target:.3f}")
             for p in each.points],
            (f"{predictor}: score on validation", f"{metric(each.metric)} on test"),
            {name: value for name, value in each.references.items() if name in {p.model for p in each.points}},
            f"Test score of {target} over the {predictor}; the table below holds the same figures",
        )  # fmt: skip
        others = [
            one for one in found
            if one is not each and (one.task, one.protocol, one.shots, one.steps) == same
            and (one.within and (one.predictor == each.predictor or one.predictor in ("skill", "loss")))
        ]  # fmt: skip
        views.append({
            "id": f"{each.task}-{each.protocol}-{each.shots}-{each.steps}-{each.predictor}-{each.predictor_shots}",
            "target": target, "predictor": predictor, "relation": each, "plot": plot, "others": others,
            "legend": [(sign(index), name) for name, index in numbers.items()],
            "points": [(point, arms[point.arm]) for point in sorted(each.points, key=lambda p: -p.target)],
        })  # fmt: skip
    return views


def _named(arm: Sequence[Any]) -> Row:
    objective, corpus, fraction, corruption, _, _ = arm
    return {"objective": objective, "corpus": corpus, "fraction": fraction, "corruption": corruption}


def pretrainings(name: str, trials: Iterable[Row]) -> dict[str, list[Row]]:
    """The pretraining trials of a model, by arm: those for tuning too, and those that nothing began from yet."""
    found: dict[str, list[Row]] = {}
    for trial in trials:
        if trial["record"].kind == "pretrain" and trial["pretraining"]["model"] == name:
            found.setdefault(trial["arm"], []).append(trial)
    return {arm: sorted(each, key=lambda trial: (trial["record"].seed, trial["id"])) for arm, each in found.items()}


def task(catalog: Catalog, name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """A task's page: its entry, how hard it is from scratch, and its cells."""
    entry = catalog.tasks.get(name)
    own = [row for row in rows if row["task"] == name]
    hardness: dict[str, list[Row]] = {}
    for row in own:
        if row["objective"] == SCRATCH and row["score"] is not None:
            hardness.setdefault(problem(row), []).append(row)
    return {
        "name": name,
        "entry": entry,
        "items": max((row["items"] or 0 for row in own), default=0),
        "clusters": max((row["clusters"] or 0 for row in own), default=0),
        "hardness": [
            (title, _span([row for row in inside if not row["control"]]), [row for row in inside if row["control"]])
            for title, inside in hardness.items()
        ],
        "left_out_of": sorted(each.name for each in catalog.corpora.values() if name in each.excludes),
        "facets": facets([dict(row) for row in own]),
    }  # fmt: skip


def _span(rows: Sequence[Row]) -> str:
    """The lowest and the highest score of several models."""
    scores = sorted(row["score"] for row in rows)
    if not scores:
        return NOTHING
    models = f" over {count(len(scores), 'model')}" if len(scores) > 1 else ""
    return number(scores[0]) + (f" to {number(scores[-1])}" if len(scores) > 1 else "") + models


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
