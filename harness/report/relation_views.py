"""What the pages of relations show: for each target its predictors, their figures and their plots."""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from harness.catalog.schemas import WHOLE
from harness.findings.points import WITHIN_ARM_ONLY, Point
from harness.findings.relation import Relation
from harness.report.figures import sign
from harness.report.scatter import Dot, scatter
from harness.report.words import PROTOCOLS, arm_of, metric, predictor_name, problem
from harness.stats.saturation import Saturation

Row = dict[str, Any]
NAMED = 3
"""So many points with the largest residuals have their names beside them."""
Target = tuple[str, str, int | None, int | None]


def target_of(each: Relation) -> Target:
    """What is predicted: a task, a protocol, its labels and steps."""
    return each.task, each.protocol, each.shots, each.steps


def target_id(each: Relation) -> str:
    """What the target's page is called."""
    return "-".join(str(part) for part in target_of(each) if part is not None)


def predictor_id(each: Relation) -> str:
    """What a predictor's place on the target's page is called."""
    point = "" if each.predictor_progress == WHOLE else f"-{each.predictor_progress:g}"
    return f"{each.predictor}-{each.predictor_shots or 'all'}{point}"


def relation_views(found: Sequence[Relation], families: Mapping[str, str]) -> list[Row]:
    """For each target its relations over all points, with plots; those within models or arms follow as figures."""
    targets: dict[Target, list[Relation]] = {}
    for each in found:
        targets.setdefault(target_of(each), []).append(each)
    views = []
    for inside in targets.values():
        pooled = [each for each in inside if each.within is None and each.points]
        # first that which has as many labels, of whole runs
        pooled.sort(key=lambda each: (each.predictor_progress != WHOLE, each.predictor_shots != each.shots))
        if pooled:
            views.append({
                "id": target_id(pooled[0]),
                "title": problem(vars(pooled[0])),
                "metric": pooled[0].metric,
                "predictors": [_predictor(each, inside, families) for each in pooled],
            })  # fmt: skip
    return views


def axis_name(each: Relation) -> str:
    """What a predictor's axis is called: that of a probe is its score on validation."""
    return f"{predictor_name(each)}: score on validation" if each.predictor in PROTOCOLS else predictor_name(each)


def _predictor(each: Relation, same: Sequence[Relation], families: Mapping[str, str]) -> Row:
    name = predictor_name(each)
    objectives = list(dict.fromkeys(point.arm[0] for point in each.points))
    dots = dots_of(each, families)
    present = {point.model for point in each.points}
    references = {model: score for model, score in each.references.items() if model in present}
    plot = scatter(
        dots,
        (axis_name(each), f"{metric(each.metric)} on test"),
        references,
        objectives,
        f"Test score of {problem(vars(each))} over the {name}; the table below holds the same figures",
        _levelling(each),
    )
    others = [one for one in same if one.within and (one.predictor in WITHIN_ARM_ONLY or _same_probe(one, each))]
    return {
        "id": predictor_id(each), "name": name, "axis": axis_name(each), "relation": each, "plot": plot,
        "others": [(predictor_name(one), one) for one in others],
        "levels_off": levels_off(each.saturation) if each.saturation else "",
        "legend": [(sign(index), objective) for index, objective in enumerate(objectives)],
        "points": [(point, _arm(point)) for point in sorted(each.points, key=lambda point: -point.target)],
        "references": sorted(references.items()),
    }  # fmt: skip


def levels_off(found: Saturation) -> str:
    """Whether the target levels off while the probe improves, as the answer to just that."""
    if found.exponent is None:
        return found.text.removeprefix("saturation: ").replace("no saturation", "no")
    power = f"the error falls with the power {found.exponent:.2g} of the probe’s"
    if found.saturates:
        return f"yes: {power}, towards {found.floor:.2g}"
    return f"no, it steepens: {power}, so that each further gain of the probe brings more"


def _levelling(each: Relation) -> Callable[[float], float] | None:
    """The curve of a target that levels off: the score over the probe's."""
    found = each.saturation
    if found is None or not found.saturates or found.scale is None or found.exponent is None or found.floor is None:
        return None
    scale, exponent, floor = found.scale, found.exponent, found.floor
    return lambda probe: 1 - (scale * (1 - probe) ** exponent + floor)


def _same_probe(one: Relation, other: Relation) -> bool:
    return predictor_id(one) == predictor_id(other)


def dots_of(each: Relation, families: Mapping[str, str]) -> list[Dot]:
    """The points of a scatter; those with the largest residuals are named."""
    told = sorted(each.points, key=lambda point: -abs(point.residual or 0.0))[:NAMED]
    return [_dot(point, families, point.residual is not None and point in told) for point in each.points]


def _dot(point: Point, families: Mapping[str, str], named: bool) -> Dot:
    """Errors are those of a mean over half of the seeds, since each axis has the other half."""
    arm = _arm(point)
    transfers = "" if point.residual is None else f"; residual {point.residual:+.2f}"
    return Dot(
        x=point.predictor,
        y=point.target,
        x_error=_error(point.predictors, len(point.predictors) // 2),
        y_error=_error(point.targets, len(point.targets) - len(point.targets) // 2),
        group=point.arm[0],
        text=f"{point.model}, {arm}: {point.predictor:.3f}, {point.target:.3f}{transfers}",
        known={"model": point.model, "objective": point.arm[0], "family": families.get(point.model, point.model)},
        named=named,
    )


def _error(values: Sequence[float], used: int) -> float | None:
    """The standard error of a mean over `used` seeds; None where the seeds do not tell."""
    if len(values) < 2 or not used:
        return None
    mean = fmean(values)
    error = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1) / used)
    return error if error > 0 else None


def _arm(point: Point) -> str:
    objective, corpus, fraction, corruption, _, _ = point.arm
    return arm_of({"objective": objective, "corpus": corpus, "fraction": fraction, "corruption": corruption})
