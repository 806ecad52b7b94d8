"""The findings: one file each computes one analysis of a suite's records and returns its sections.

A finding `some-name` is the function `some_name(evidence) -> Finding` in `some_name.py`, with a `TITLE`. To add one,
write its file and add its line to `FINDINGS`: the terminal, the site, JSON, CSV, LaTeX and paper figures have it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from harness.errors import BoardError, nearest

if TYPE_CHECKING:
    from harness.findings.base import Finding
    from harness.findings.evidence import Evidence

FINDINGS = {
    "board": "scores and lifts, ranked within each problem",
    "across": "lifts over all tasks of a protocol",
    "relation": "pretraining performance against adapted performance",
    "predictors": "the cheap predictor that picks the best pretraining",
    "factors": "effects of data quantity and quality, model size, labels, progress",
    "break-even": "the number of labels that a pretraining is worth",
    "difficulty": "scores from scratch, per task",
    "cost-fronts": "the cells that no other beats in score and cost",
    "generalisation": "gaps to training and to shifted examples, calibration",
    "confusion": "confused classes",
    "similarity": "similarity of features (linear CKA)",
    "neighbours": "nearest training examples",
    "layers": "change of each layer by fine-tuning",
    "trends": "changes from night to night and from commit to commit",
    "trials": "one row for each cell and seed",
}
"""All findings with their meaning, in the order in which they are shown."""
FIRST = next(iter(FINDINGS))
"""The finding of the first page."""
ANSWERS = list(FINDINGS)[: list(FINDINGS).index("cost-fronts") + 1]
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
