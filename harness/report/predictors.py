"""Which predictor would have picked the best pretraining, in the terminal."""

from collections.abc import Sequence
from typing import Any

from harness.findings.predictors import Predictor
from harness.report.output import emit_rows, plain, table, wrapped
from harness.report.words import bounds, number, predictor_name, problem, signed

LEGEND = (
    "rho: Spearman's correlation with the target, [ ]: 0.95 for new encoders and arms (none below 8 of either: too few "
    "to say); decisions: share of pairs put in the right order (chance 0.50); regret: the target score of the best "
    "pretraining less that of the one that the predictor puts first; by chance: what a random pick costs on average; "
    "by parameters: what taking the largest encoder costs; predictor and target from disjoint seeds, probes on "
    "validation; LogME: log evidence a training label of a linear model on the features; H-score: how much of their "
    "variance lies between classes; skill: 1 - held-out loss / that of a trivial predictor; RankMe: how many "
    "dimensions the features use; 10% of the run: the probe of a checkpoint on the way, for that share of the "
    "pretraining budget"
)
COLUMNS = [
    "task", "protocol", "shots", "steps", "metric", "predictor", "predictor_shots", "predictor_progress", "within",
    "groups", "n", "encoders", "arms", "spearman", "low", "high", "decision_accuracy", "regret", "regret_by_chance",
    "regret_by_parameters", "regret_at_the_end", "decisions_at_the_end", "text",
]  # fmt: skip
PICKS = {None: "all", "model": "each encoder's", "arm": "each arm's", "objective": "each objective's"}
RIGHT = {"points", "decisions", "regret", "by chance", "by parameters"}


def predictor_table(found: Sequence[Predictor], form: str = "table", title: str = "") -> None:
    """A table a target, the predictor that costs least first; as data one row a predictor."""
    if form != "table":
        emit_rows([_row(each) for each in found], form, columns=COLUMNS)
        return
    if not found:
        print(f"{plain(title)}: nothing to predict yet: no three pretrainings have an adaptation at two seeds")
        return
    print(wrapped(LEGEND))
    columns = [
        "predictor", "picks one of", "points", "rho", "decisions", "regret", "by chance", "by parameters", "remarks",
    ]  # fmt: skip
    for target, inside in by_target(found).items():
        print()
        table([_shown(each) for each in inside], columns, f"{title}: what predicts {target}", RIGHT)


def by_target(found: Sequence[Predictor]) -> dict[str, list[Predictor]]:
    """The predictors of each target: first those that pick one of all, and of these that do so among
    most pretrainings the one that costs least."""
    targets: dict[str, list[Predictor]] = {}
    for each in found:
        targets.setdefault(problem(vars(each.relation)), []).append(each)
    order = [*PICKS]
    return {
        target: sorted(
            inside, key=lambda each: (order.index(each.relation.within), -len(each.relation.points), each.regret)
        )
        for target, inside in targets.items()
    }


def remark(each: Predictor) -> str:
    """What has to be said beside; of a probe within runs what waiting for their ends would have brought."""
    waited = ""
    if each.regret_at_the_end is not None:
        decisions = number(each.decisions_at_the_end, ".2f")
        waited = f"of the same runs' ends: decisions {decisions}, regret {number(each.regret_at_the_end)}"
    return "; ".join(filter(None, [each.relation.text, waited]))


def _row(each: Predictor) -> dict[str, Any]:
    return {**vars(each.relation), **vars(each), "n": len(each.relation.points)}


def _shown(each: Predictor) -> list[str]:
    relation = each.relation
    return [
        plain(predictor_name(relation)),
        PICKS[relation.within],
        f"{len(relation.points)} ({relation.encoders} x {relation.arms})",
        signed(relation.spearman, 2) + bounds(relation.low, relation.high, 2),
        number(relation.decision_accuracy, ".2f"),
        number(each.regret),
        number(each.regret_by_chance),
        number(each.regret_by_parameters),
        remark(each),
    ]
