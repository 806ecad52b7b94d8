"""The registry's entries as rows."""

from typing import Any

from harness.catalog import Catalog, schemas


def entries(catalog: Catalog, kind: str) -> list[dict[str, Any]]:
    """One row an entry with the facts that one chooses by."""
    return [{"name": entry.name, "title": entry.title} | _facts(entry) for entry in catalog.kind(kind).values()]


def _facts(entry: schemas.Entry) -> dict[str, Any]:
    match entry:
        case schemas.ModelEntry():
            return {
                "modality": entry.modality,
                "family": entry.family or entry.name,
                "control": entry.control,
                "entry": entry.entry,
            }
        case schemas.ObjectiveEntry():
            return {"modality": entry.modality, "labels": entry.labels, "version": entry.version}
        case schemas.CorpusEntry():
            return {"modality": entry.modality, "source": entry.source, "excludes": ", ".join(entry.excludes)}
        case schemas.TaskEntry():
            return {"modality": entry.modality, "kind": entry.kind, "source": entry.source, "metric": entry.metric}
        case schemas.SuiteEntry():
            return {
                "arms": len(entry.arms),
                "adaptations": len(entry.adaptations),
                "seeds": len(entry.seeds),
                "precision": entry.precision,
                "core_hours": entry.core_hours,
            }
    return {}
