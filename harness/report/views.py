"""What the site's pages show, made from the board's rows and the store's records."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.catalog import Catalog
from harness.catalog.keys import canonical
from harness.catalog.schemas import SuiteEntry
from harness.report.output import NOTHING
from harness.report.words import arm_of, capital, labels, metric, number, signed

if TYPE_CHECKING:
    from harness.store import Store

Row = dict[str, Any]
FILTERS = {"number": number, "signed": signed, "labels": labels, "arm": arm_of, "metric": metric, "capital": capital}


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


def task(catalog: Catalog, name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """A task's page: its entry, and what its test examples are."""
    entry = catalog.tasks.get(name)
    own = [row for row in rows if row["task"] == name]
    return {
        "name": name,
        "entry": entry,
        "items": max((row["items"] or 0 for row in own), default=0),
        "clusters": max((row["clusters"] or 0 for row in own), default=0),
        "left_out_of": sorted(each.name for each in catalog.corpora.values() if name in each.excludes),
    }


def model(catalog: Catalog, name: str, own: Sequence[Row], rows: Sequence[Row]) -> dict[str, Any]:
    """A model's page: its entry, what it costs, and its family."""
    entry = catalog.models.get(name)
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
    }  # fmt: skip
