"""The rows of relations in tables, and the columns that findings of relations share."""

from typing import Any

from harness.findings.base import Column, attributes
from harness.findings.columns import PROBLEM, problem_columns
from harness.findings.relations import Relation

KEY = [*map(Column, ("problem", *PROBLEM, "predictor", "predictor_shots", "predictor_progress", "within"))]
RHO = Column("spearman", "Spearman's ρ", "rank correlation with its 0.95 interval for new encoders and arms; the "
             "interval needs 8 of each", format="signed", digits=2, low="low", high="high")  # fmt: skip
PAIRS = Column("decision_accuracy", "pairs right", "pairs of pretrainings that the predictor orders as the target "
               "does; 50% by chance", format="percent")  # fmt: skip
BY_SIZE = Column("decision_accuracy_parameters", "by size", "the same for the number of parameters alone",
                 format="percent")  # fmt: skip
POINTS = Column("n", "points", "pretrainings", format="count")
PREDICTED_BY = Column("predicted_by", "predictor")
REMARK = Column("text", "remark")
OF_RELATION = [
    "n", "encoders", "arms", "spearman", "low", "high", "kendall", "weighted_tau", "pearson_logit", "disattenuated",
    "partial", "predictor_reliability", "target_reliability", "decision_accuracy", "decision_accuracy_parameters",
    "metric", "text",
]  # fmt: skip
OF_SATURATION = ["points", "scale", "exponent", "floor", "better_by"]


def key_of(each: Relation, label: str) -> dict[str, Any]:
    """The target and the predictor by the names of `KEY`; `label` is the target's."""
    target, predictor = each.target, each.predictor
    return {
        **problem_columns(target),
        "problem": label,
        "predictor": predictor.name,
        "predictor_shots": predictor.shots,
        "predictor_progress": predictor.progress,
        "within": each.within,
    }


def figures_of(each: Relation, label: str) -> dict[str, Any]:
    """A row of figures under the names of `Relation`, and of its saturation."""
    values = attributes(each, *OF_RELATION)
    law = each.saturation
    bent = {f"saturation_{name}": getattr(law, name) for name in OF_SATURATION} if law else {}
    verdict = law.verdict if law else None
    scope = "all" if each.within is None else f"within {each.within}s"
    words = {"predicted_by": each.predictor.label, "scope": scope, "saturation": verdict}
    return key_of(each, label) | values | bent | words
