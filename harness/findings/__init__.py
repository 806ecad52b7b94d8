"""The findings: one file each computes one analysis of a suite's records and returns its sections.

A finding `some-name` is the function `some_name(evidence) -> Finding` in `some_name.py`, with a `TITLE`. To add one,
write its file and add its name to `FINDINGS`: the terminal, the site, JSON, CSV, LaTeX and paper figures have it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from harness.errors import BoardError, nearest

if TYPE_CHECKING:
    from harness.findings.base import Finding
    from harness.findings.evidence import Evidence

FINDINGS = [
    "board",
    "across",
    "relation",
    "predictors",
    "factors",
    "break-even",
    "difficulty",
    "cost-fronts",
    "generalisation",
    "confusion",
    "similarity",
    "neighbours",
    "layers",
    "trends",
    "trials",
]
"""The names of all findings, in the order in which they are shown."""
ANSWERS = FINDINGS[: FINDINGS.index("cost-fronts") + 1]
"""The findings whose first sentences answer what to fine-tune; the others explain."""


def compute(name: str, evidence: "Evidence") -> "Finding":
    """A finding by its name.

    Raises:
        BoardError: when there is no such finding.
    """
    module = _module(name)
    finding: Finding = evidence.once(getattr(module, name.replace("-", "_")))
    return finding


def title_of(name: str) -> str:
    """The title of a finding."""
    return str(_module(name).TITLE)


def _module(name: str) -> Any:
    if name not in FINDINGS:
        expected = f"one of {', '.join(FINDINGS)}"
        raise BoardError(place="FINDING", expected=expected, got=f"'{name}'", fix=nearest(name, FINDINGS))
    return import_module(f"harness.findings.{name.replace('-', '_')}")
