"""What the page of relations shows: for each target its predictors, with what the pick of each would have cost."""

from collections.abc import Collection, Sequence
from typing import Any

from harness.findings.predictors import Predictor
from harness.report.figures import Scale, interval_bar
from harness.report.predictors import PICKS, by_target, remark
from harness.report.relation_views import predictor_id, target_id
from harness.report.words import bounds, capital, metric, number, predictor_name, signed

Row = dict[str, Any]
ROUNDING = 1e-9
"""Regrets that differ by less are one."""
CHANCE = 0.5
NAMED = 3
"""More predictors that did as well are counted, not named."""


def predictor_views(found: Sequence[Predictor], relations: Sequence[Row]) -> list[Row]:
    """A table a target, with links to the plots that the target's page in `relations` has."""
    plots = {view["id"]: {each["id"] for each in view["predictors"]} for view in relations}
    views = []
    for title, inside in by_target(found).items():
        page = target_id(inside[0].relation)
        costs = [cost for each in inside for cost in (each.regret, each.regret_by_chance) if cost is not None]
        scale = Scale([0.0, *costs], 4, 116)
        views.append({
            "page": page if page in plots else None, "id": f"target-{page}", "title": title,
            "sentence": _sentence(inside),
            "rows": [_row(each, plots.get(page, ()), scale) for each in inside],
        })  # fmt: skip
    return views


def _row(each: Predictor, plots: Collection[str], scale: Scale) -> Row:
    relation = each.relation
    plot = predictor_id(relation)
    return {
        "name": predictor_name(relation),
        "plot": plot if plot in plots else None,
        "picks": PICKS[relation.within],
        "relation": relation,
        "remark": remark(each),
        "cost": each,
        "bar": interval_bar(0.0, each.regret, each.regret_by_chance, scale, "cost") if each.regret is not None else "",
    }


def _sentence(inside: Sequence[Predictor]) -> str:
    """What the cheapest pick of one of all would have cost; nothing where no predictor picks one of all. The regret of
    one that has fewer pretrainings to choose among is of another choice, and left out."""
    pooled = [each for each in inside if each.relation.within is None and each.regret is not None]
    most = max((len(each.relation.points) for each in pooled), default=0)
    pooled = [each for each in pooled if len(each.relation.points) == most]
    if not pooled:
        return ""
    regrets = [each.regret for each in pooled if each.regret is not None]
    least, chance = min(regrets), pooled[0].regret_by_chance
    lost = f"{number(chance)} of {metric(pooled[0].relation.metric)} on average"
    text = pooled[0].relation.text
    rest = f" {capital(text)}." if text else _ordering(pooled)
    if chance is not None and least > chance - ROUNDING:
        return f"No predictor would have picked better than chance, which loses {lost}.{rest}"
    named = [_name(each) for each, regret in zip(pooled, regrets, strict=True) if regret < least + ROUNDING]
    best = f"{len(named)} of {len(pooled)} predictors, {named[0]} among them,"
    if len(named) <= NAMED:
        best = " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
    told = "picked the best" if least < ROUNDING else f"lost least, {number(least)}"
    return f"{capital(best)} would have {told}; a pick by chance loses {lost}.{rest}"


def _ordering(pooled: Sequence[Predictor]) -> str:
    """Which predictor puts most pairs in the right order, a sentence."""
    told = [(each.relation.decision_accuracy, each) for each in pooled if each.relation.decision_accuracy is not None]
    if max((share for share, _ in told), default=CHANCE) <= CHANCE:
        return ""
    share, best = max(told, key=lambda pair: pair[0])
    found = best.relation
    rho = "" if found.spearman is None else f" (ρ {signed(found.spearman, 2)}{bounds(found.low, found.high, 2)})"
    return f" {capital(_name(best))} puts most pairs in the right order, {share:.0%}{rho}."


def _name(each: Predictor) -> str:
    return f"the {predictor_name(each.relation).replace(', ', ' at ')}"
