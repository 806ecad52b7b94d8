"""What the committed records of a suite say, worded as the documents word it.

Cells are named as the suite names them: a model, an arm, an adaptation.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from harness.report.words import bounds, number, signed, verdict

from harness.board import open_board
from harness.catalog.keys import key
from harness.catalog.schemas import WHOLE, SuiteEntry
from harness.findings.evidence import Analysis
from harness.findings.factors import Curve
from harness.findings.predictors import Predictor
from harness.findings.relation import Relation
from harness.matrix import adaptation_cell, pretraining_cell
from tests.boards import ROOT

BOARD = open_board(ROOT, results=ROOT / "results")
Row = Mapping[str, Any]
OWN = {"quantity": "fraction", "quality": "corruption"}
"""What of a pretraining differs along a factor."""


@cache
def records(suite: str) -> "Records":
    """Those of a suite: its findings are made once for all documents."""
    return Records(BOARD.catalog.suite(suite), BOARD.analysis(suite))


@dataclass(frozen=True)
class Tally:
    """Of so many lifts or slopes how many are above zero and how many below; the rest is undecided."""

    of: int
    up: int
    down: int

    @classmethod
    def over(cls, rows: Iterable[Row]) -> "Tally":
        """Of comparisons with scratch how many helped and how many hurt."""
        counts = Counter(verdict(row) for row in rows if row["lift"] is not None)
        return cls(counts.total(), counts["helps"], counts["hurts"])

    @classmethod
    def along(cls, curves: Iterable[Curve]) -> "Tally":
        """Of curves how many rise and how many fall."""
        counts = Counter(curve.verdict for curve in curves)
        return cls(counts.total(), counts["rises"], counts["falls"])


@dataclass(frozen=True)
class Records:
    """A suite and its findings."""

    suite: SuiteEntry
    found: Analysis

    @cached_property
    def by_id(self) -> Mapping[str, Row]:
        return {row["id"]: row for row in self.found.rows}

    def place(self, model: str, arm: str, adaptation: str, progress: float = WHOLE) -> str:
        """What the board calls a cell."""
        pretraining = pretraining_cell(self.suite, model, self.suite.arms[arm], self.suite.precision)
        return key(adaptation_cell(self.suite, pretraining, self.suite.adaptations[adaptation], progress))[:12]

    def has(self, model: str, arm: str, adaptation: str) -> bool:
        """Whether a cell is one of the suite's."""
        return self.place(model, arm, adaptation) in self.by_id

    def row(self, model: str, arm: str, adaptation: str, progress: float = WHOLE) -> Row:
        """A row of the board."""
        return self.by_id[self.place(model, arm, adaptation, progress)]

    def pretraining(self, model: str, arm: str, seed: int) -> Mapping[str, Any]:
        """What was metered of a pretraining."""
        wanted = pretraining_cell(self.suite, model, self.suite.arms[arm], self.suite.precision)
        parents = [each.parents for each in self.found.counted if each.cell["pretraining"] == wanted]
        return parents[0][seed].meters

    def scores(self, adaptation: str) -> list[float]:
        """Those of all encoders that saw no labels in pretraining."""
        entry = self.suite.adaptations[adaptation]
        wanted = (entry.task, entry.protocol, entry.shots)
        shown = [row for row in self.found.whole_rows if not row["control"] and not row["labelled"]]
        found = [row["score"] for row in shown if (row["task"], row["protocol"], row["shots"]) == wanted]
        return [score for score in found if score is not None]

    def rows(self, models: Iterable[str], arms: Iterable[str], adaptation: str) -> list[Row]:
        """The rows of an adaptation that have a result, models by arms."""
        arms = list(arms)
        found = [self.row(model, arm, adaptation) for model in models for arm in arms]
        return [row for row in found if row["score"] is not None]

    def score(self, model: str, arm: str, adaptation: str) -> str:
        return number(self.row(model, arm, adaptation)["score"])

    def accuracy(self, model: str, arm: str, adaptation: str) -> str:
        """A score with half of its interval's width."""
        row = self.row(model, arm, adaptation)
        return f"{number(row['score'])} ± {number(row['score_margin'])}"

    def lift(self, model: str, arm: str, adaptation: str) -> str:
        row = self.row(model, arm, adaptation)
        return signed(row["lift"]) + bounds(row["lift_low"], row["lift_high"])

    def classes(self, task: str) -> int:
        """How many there are of a task that was looked at."""
        return {each.problem["task"]: len(each.panel["classes"]) for each in self.found.neighbours}[task]

    def curves(self, factor: str, measure: str) -> list[Curve]:
        """All curves of a measure along a factor."""
        return [each for each in self.found.curves if (each.factor, each.measure) == (factor, measure)]

    def curve(self, factor: str, measure: str, model: str, arm: str, adaptation: str | None = None) -> Curve:
        """The one through the cells of an arm; along size `model` is the family, of a loss there is no adaptation."""
        pretraining = pretraining_cell(self.suite, model, self.suite.arms[arm], self.suite.precision)
        shared = {name: value for name, value in pretraining.items() if name != OWN.get(factor)}
        task = {"task": None, "protocol": None, "shots": None}
        if adaptation:
            task = {name: getattr(self.suite.adaptations[adaptation], name) for name in task}
        if factor == "labels":
            task["shots"] = None
        found = [
            each
            for each in self.curves(factor, measure)
            if shared.items() <= each.cell["pretraining"].items() and task.items() <= each.cell.items()
        ]
        assert len(found) == 1, f"{len(found)} curves of the {measure} along {factor}: {model}, {arm}, {adaptation}"
        return found[0]

    def relation(
        self, target: str, predictor: str, shots: int | None = None, within: str | None = None, progress: float = WHOLE
    ) -> Relation:
        """A relation to the test score of an adaptation."""
        return self._relations[(*self._problem(target), predictor, shots, within, progress)]

    def predictor(
        self, target: str, predictor: str, shots: int | None = None, within: str | None = None, progress: float = WHOLE
    ) -> Predictor:
        """What its pick would cost."""
        return self._predictors[(*self._problem(target), predictor, shots, within, progress)]

    @cached_property
    def _relations(self) -> Mapping[tuple[Any, ...], Relation]:
        return {_place(each): each for each in self.found.relations}

    @cached_property
    def _predictors(self) -> Mapping[tuple[Any, ...], Predictor]:
        return {_place(each.relation): each for each in self.found.predictors}

    def _problem(self, adaptation: str) -> tuple[Any, ...]:
        entry = self.suite.adaptations[adaptation]
        return entry.task, entry.protocol, entry.shots


def _place(each: Relation) -> tuple[Any, ...]:
    predictor = (each.predictor, each.predictor_shots, each.within, each.predictor_progress)
    return (each.task, each.protocol, each.shots, *predictor)


def rho(each: Relation) -> str:
    """Spearman's coefficient with its interval."""
    return signed(each.spearman, 2) + bounds(each.low, each.high, 2)


def share(value: float | None) -> str:
    return number(value, ".2f")


def percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def slope(curve: Curve) -> str:
    """A slope with its interval, its sign before it."""
    return signed(curve.slope) + bounds(curve.low, curve.high)


def amount(curve: Curve) -> str:
    """What a step along a curve adds or takes, where the words say which."""
    assert curve.verdict != "undecided", f"neither adds nor takes: {curve.cell}"
    low, high = sorted(map(abs, (curve.low, curve.high)))
    return f"{abs(curve.slope):.3f} [{low:.3f}, {high:.3f}]"


def levels(curve: Curve) -> list[str]:
    """What is followed at each level."""
    return [number(level.value) for level in curve.levels]
