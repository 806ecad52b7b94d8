"""How hard tasks are, from their scratch control alone, and whether pretraining adds more to the harder ones.

A description: what scratch scores depends on the budget and the models as much as on the task, and the mean lift is
over whatever pretrainings were run on it. A coefficient is given from 8 tasks on, of one protocol at as many labels;
below there are points.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

import numpy as np

from harness.catalog.schemas import SCRATCH
from harness.findings.table import FACET, by_facet
from harness.stats import coefficients

MANY = 8
"""Tasks from which on a coefficient is given."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Difficulty:
    """One problem and budget: what scratch scores on it over models, and what pretraining adds on average."""

    facet: Mapping[str, Any]
    metric: str | None
    models: int
    low: float
    """The lowest, the median and the highest score from scratch over the models that are no controls."""
    median: float
    high: float
    majority: float | None
    """What naming the most frequent class scores, where a control did so."""
    controls: Mapping[str, float]
    """The scores of the other controls, by model."""
    pretrainings: int
    """How many pretrainings without labels have a lift, and their mean."""
    lift: float | None


@dataclass(frozen=True)
class OverTasks:
    """The tasks of one protocol and number of labels: scratch's median against the mean lift."""

    protocol: str
    shots: int | None
    points: list[Difficulty]
    spearman: float | None
    """None below 8 tasks."""


def difficulties(rows: Sequence[Row], constants: Collection[str] = ()) -> list[Difficulty]:
    """Each problem that a model was trained on from scratch, in the rows' order; `constants` are the controls that see
    nothing, and so name the most frequent class."""
    facets = by_facet(row for row in rows if row["score"] is not None)
    found = [_difficulty(inside, constants) for inside in facets.values()]
    return [each for each in found if each is not None]


def over_tasks(found: Sequence[Difficulty]) -> list[OverTasks]:
    """The problems with a lift, those of one protocol and number of labels together, if there are two tasks or more.

    A task with several budgets counts once for each."""
    groups: dict[tuple[str, int | None], list[Difficulty]] = {}
    for each in found:
        if each.lift is not None:
            groups.setdefault((each.facet["protocol"], each.facet["shots"]), []).append(each)
    return [
        OverTasks(protocol, shots, points, _spearman(points))
        for (protocol, shots), points in groups.items()
        if len({point.facet["task"] for point in points}) > 1
    ]


def _difficulty(inside: Sequence[Row], constants: Collection[str]) -> Difficulty | None:
    scratch = [row for row in inside if row["objective"] == SCRATCH]
    scores = [row["score"] for row in scratch if not row["control"]]
    if not scores:
        return None
    controls = {row["model"]: row["score"] for row in scratch if row["control"]}
    lifts = [row["lift"] for row in inside if row["lift"] is not None and not row["labelled"] and not row["control"]]
    return Difficulty(
        facet={name: inside[0][name] for name in FACET},
        metric=next((row["metric"] for row in inside if row["metric"]), None),
        models=len(scores),
        low=min(scores),
        median=median(scores),
        high=max(scores),
        majority=next((score for name, score in controls.items() if name in constants), None),
        controls={name: score for name, score in controls.items() if name not in constants},
        pretrainings=len(lifts),
        lift=fmean(lifts) if lifts else None,
    )


def _spearman(points: Sequence[Difficulty]) -> float | None:
    if len({point.facet["task"] for point in points}) < MANY:
        return None
    lifts = np.array([point.lift for point in points], dtype=np.float64)
    return coefficients.spearman(np.array([point.median for point in points]), lifts)
