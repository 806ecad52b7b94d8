"""The registry's entries as rows."""

from typing import Any

from harness import spec
from harness.catalog import Catalog


def entries(catalog: Catalog, kind: str) -> list[dict[str, Any]]:
    """One row an entry with the facts that one chooses by."""
    return [{"name": entry.name, "title": entry.title} | _facts(entry) for entry in catalog.kind(kind).values()]


def _facts(entry: spec.Entry) -> dict[str, Any]:
    match entry:
        case spec.ModelEntry():
            return {
                "modality": entry.modality,
                "family": entry.family or entry.name,
                "control": entry.control,
                "entry": entry.entry,
            }
        case spec.ObjectiveEntry():
            return {"modality": entry.modality, "labels": entry.labels, "version": entry.version}
        case spec.CorpusEntry():
            return {"modality": entry.modality, "source": entry.source, "excludes": ", ".join(entry.excludes)}
        case spec.TaskEntry():
            return {"modality": entry.modality, "kind": entry.kind, "source": entry.source, "metric": entry.metric}
        case spec.SuiteEntry():
            return {
                "arms": len(entry.arms),
                "adaptations": len(entry.adaptations),
                "seeds": len(entry.seeds),
                "precision": entry.precision,
                "core_hours": entry.core_hours,
            }
    return {}
