"""The facts of a model or task on its page, from its registry entry and the board's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.catalog.keys import canonical
from harness.printable import decimal
from harness.report.values import NOTHING

if TYPE_CHECKING:
    from harness.catalog import Catalog
    from harness.catalog.schemas import About, ModelEntry, TaskEntry
    from harness.findings.board_rows import BoardRow

TOKENIZERS = {"bytes": "bytes", "own": "that of its files", "bpe": "byte-pair encoding"}
UNKNOWN = "not in the registry"


@dataclass(frozen=True)
class Fact:
    """A name with its value, or with links: pages and their titles."""

    name: str
    value: str = ""
    code: bool = False
    """Whether the value is set in a fixed-width font."""
    links: Sequence[tuple[str, str]] = ()


def model_facts(catalog: "Catalog", name: str, own: "Sequence[BoardRow]", rows: "Sequence[BoardRow]") -> list[Fact]:
    """The entry of a model, its cost, and its family by size."""
    entry = catalog.models.get(name)
    facts = _model_entry(entry) if entry else [Fact("Entry", UNKNOWN)]
    facts += [
        Fact("Parameters", _first(own, "parameters", 0)),
        Fact("FLOPs per example", _first(own, "flops", 0)),
        Fact("Latency per example (ms)", _first(own, "latency_ms", 3)),
    ]
    family = entry and (entry.family or entry.name)
    sizes = {row.cell.model: row.parameters or 0.0 for row in rows}
    relatives = [other for other in sizes if (known := catalog.models.get(other)) and (known.family or other) == family]
    if len(relatives) > 1:
        ordered = sorted(relatives, key=lambda other: sizes[other])
        links = [(f"models/{other}.html", f"{other} ({decimal(sizes[other], 0)})") for other in ordered]
        facts.append(Fact("Family, by size", links=links))
    return facts


def _model_entry(entry: "ModelEntry") -> list[Fact]:
    facts = [Fact("Constructor", entry.entry, code=True), Fact("Arguments", canonical(entry.args), code=True)]
    if entry.files:
        facts.append(Fact("Published weights", entry.files, code=True))
        facts += [Fact(f"SHA-256 of {file}", digest, code=True) for file, digest in entry.sha256.items()]
    if entry.tokenizer:
        trained = entry.tokenizer.corpus
        size = f", {entry.tokenizer.vocabulary:,} tokens" if entry.tokenizer.vocabulary else ""
        more = f"{size}, trained on {trained}" if trained else size
        facts.append(Fact("Tokenizer", TOKENIZERS[entry.tokenizer.kind] + more))
    return facts + _about(entry.about)


def task_facts(catalog: "Catalog", name: str, own: "Sequence[BoardRow]") -> list[Fact]:
    """The entry of a task and its test examples."""
    entry = catalog.tasks.get(name)
    facts = _task_entry(entry) if entry else [Fact("Entry", UNKNOWN)]
    excluded = sorted(each.name for each in catalog.corpora.values() if name in each.excludes)
    facts.append(Fact("Test examples excluded from", ", ".join(excluded) or "no corpus"))
    items, clusters = (max((getattr(row, each) or 0 for row in own), default=0) for each in ("items", "clusters"))
    if items:
        sources = f", from {clusters:,} sources" if clusters and clusters != items else ""
        facts.append(Fact("Test examples", f"{items:,}{sources}"))
    return facts


def _task_entry(entry: "TaskEntry") -> list[Fact]:
    facts = [
        Fact("Kind", entry.kind.replace("-", " ")),
        Fact("Data source", f"{entry.source}, recipe version {entry.version}"),
    ]
    if entry.files:
        facts.append(Fact("Files", entry.files, code=True))
    if entry.requires:
        facts.append(Fact("Data depend on the versions of", ", ".join(entry.requires)))
    return facts + _about(entry.about)


def _about(about: "About") -> list[Fact]:
    year = f", {about.year}" if about.year else ""
    values = {
        "Authors": ", ".join(about.authors) + year if about.authors else "",
        "Paper": about.paper,
        "Licence": about.licence,
        "Note": about.note,
    }
    return [Fact(name, value) for name, value in values.items() if value]


def _first(rows: "Sequence[BoardRow]", name: str, digits: int) -> str:
    """The first measured value of some rows."""
    value = next((value for row in rows if (value := getattr(row, name)) is not None), None)
    return NOTHING if value is None else decimal(value, digits)
