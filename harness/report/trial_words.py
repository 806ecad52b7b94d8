"""What a trial's page calls what was counted of its data, and what it ran on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.report.output import NOTHING, plain

if TYPE_CHECKING:
    from harness.store.record import Record

Lines = list[tuple[str, str]]
DATA = {
    "examples": "examples to pretrain on",
    "heldout": "examples held out",
    "left_out": "left out of the corpus",
    "overlap": "of them copies of test examples of",
    "classes": "classes",
    "copies_left_out": "left out, as copies of others",
    "homoglyphs_left_out": "left out, as they look like a task's characters",
    "cut": "texts that were cut",
}
"""Counts that every source or many have; those of others are called as they are recorded."""
ENVIRONMENT = {
    "commit": "commit",
    "changed": "with changes that were not committed",
    "hardware": "class of hardware",
    "device": "device",
    "cpu": "processor",
    "cores": "cores",
    "memory_bytes": "memory",
    "gpu": "GPU",
    "driver": "driver of the GPU",
    "system": "system",
    "python": "Python",
    "packages": "packages",
}
"""In the order in which they are shown; what is recorded besides follows."""


def data_lines(record: "Record", data: Mapping[str, Any]) -> Lines:
    """What is counted of the data: what was left out and why, and what of the test split lies in the corpus."""
    lines: Lines = []
    for each, value in data.items():
        title = DATA.get(each, each.replace("_", " "))
        if isinstance(value, dict):
            lines += [(plain(f"{title} {part}"), f"{count:,}") for part, count in value.items()]
        else:
            lines.append((plain(title), f"{value:,}"))
    found = record.contamination
    if found and found.status == "unknown":
        lines.append(("test examples in what it was pretrained on", "unknown"))
    elif found:
        lines.append(("test examples with an exact copy in the corpus", f"{found.exact:,} of {found.of:,}"))
        lines.append(("test examples with a near copy besides", f"{found.near:,} of {found.of:,}"))
    return lines


def environment_lines(environment: Mapping[str, Any]) -> Lines:
    """The environment; absent hardware is a dash."""
    ordered = [name for name in ENVIRONMENT if name in environment]
    ordered += [name for name in environment if name not in ENVIRONMENT]
    return [
        (plain(ENVIRONMENT.get(name, name.replace("_", " "))), plain(_told(name, environment[name])))
        for name in ordered
    ]


def _told(name: str, value: Any) -> Any:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{part} {version}" for part, version in value.items())
    if name.endswith("_bytes") and isinstance(value, int | float):
        return f"{value / 1e9:,.1f} GB"
    return value
