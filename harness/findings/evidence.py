"""All that the records of a suite say: what counts is found once, and each finding is made when it is first asked for.

A finding is the leaderboard, the trials behind it, the relations, the curves along a factor, or the lifts over tasks.
They rest on the same records and the same evidence, which are read once.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from harness.matrix import progress_of
from harness.catalog.schemas import WHOLE
from harness.findings.across import Across, across
from harness.findings.break_even import BreakEven, break_evens
from harness.findings.cell_records import Cell, Counted, controls_of, counted
from harness.findings.commits import commits, compare_commits
from harness.findings.compare import Comparison, compare_models
from harness.findings.compared import kind_of
from harness.findings.difficulty import Difficulty, difficulties
from harness.findings.factors import Curve, curves
from harness.findings.generalisation import Facet, generalisations
from harness.findings.inspected import Seen, class_names, seen_in
from harness.findings.items import Reader
from harness.findings.layers import Moved, moved
from harness.findings.lifts import lifts_by_trial
from harness.findings.neighbours import Shown, neighbours
from harness.findings.pareto import Front, fronts
from harness.findings.predictors import Predictor, predictors
from harness.findings.registry_facts import Entries
from harness.findings.relation import Relation, relations
from harness.findings.rows import rows_of
from harness.findings.similarity import Similarity, similarities
from harness.findings.spread import Spreads, spreads
from harness.findings.table import leaderboard, trials
from harness.findings.trends import Trends, trends_frame, trends_of
from harness.store.sharing import uncollected

if TYPE_CHECKING:
    import pandas as pd

    from harness.store import Store


Found = TypeVar("Found")


def finding(make: "Callable[[Analysis], Found]") -> "cached_property[Found]":
    """A finding, made when it is first asked for. So many records are in the way of the garbage collector meanwhile."""

    @wraps(make)
    def made(analysis: "Analysis") -> Found:
        with uncollected():
            return make(analysis)

    return cached_property(made)


@dataclass(frozen=True)
class Analysis:
    """The findings on `cells`, in their order, from the records of `store`.

    `current` names the variants that the registry leads to now, as far as they are known here; `seeds` are those that
    count, by default all.
    """

    store: "Store"
    cells: Sequence[Cell]
    entries: Entries = field(default_factory=Entries)
    current: Collection[str] = ()
    seeds: Collection[int] | None = None

    @finding
    def counted(self) -> list[Counted]:
        """The records that count, cell by cell."""
        return counted(self.store, self.cells, self.current, self.seeds)

    @finding
    def whole(self) -> list[Counted]:
        """Those of whole pretrainings. Points within a run are no pretrainings of their own: they have a lift, a place
        on the curve along their run, and predict what becomes of it; all else is said of whole ones."""
        return [each for each in self.counted if each.progress == WHOLE]

    @finding
    def scratch(self) -> dict[str, Counted]:
        """The scratch control of each opponent."""
        return controls_of(self.counted)

    @finding
    def reader(self) -> Reader:
        """What lies beside the records that count."""
        return Reader(self.store, (record for each in self.counted for record in each.records.values()))

    @finding
    def frame(self) -> "pd.DataFrame":
        """The leaderboard, one row a cell."""
        return leaderboard(self.counted, self.scratch, self.reader, self.entries)

    @finding
    def lifts(self) -> dict[str, tuple[float, str]]:
        """By the key of an adaptation its lift and the key of the trial that it is over."""
        return lifts_by_trial(self.counted, self.scratch)

    @finding
    def trials(self) -> "pd.DataFrame":
        """One row a cell and seed."""
        return trials(self.counted, self.store)

    @finding
    def relations(self) -> list[Relation]:
        """How pretraining performance relates to adaptation."""
        return relations(self.rows)

    @finding
    def curves(self) -> list[Curve]:
        """What quantity and quality of data, model size, labels and progress along a run do."""
        return curves(self.counted, self.scratch, self.reader, self.entries)

    @finding
    def across(self) -> list[Across]:
        """What each pretraining adds over all tasks of a protocol."""
        return across(self.whole, self.scratch, self.reader, self.entries.controls)

    @finding
    def predictors(self) -> list[Predictor]:
        """Which cheap predictor would have picked the best pretraining."""
        return predictors(self.rows, self.relations)

    @finding
    def break_evens(self) -> list[BreakEven]:
        """How many labels each pretraining is worth."""
        return break_evens(self.whole_rows)

    @finding
    def spreads(self) -> Spreads:
        """By how much measured costs differ between seeds."""
        return spreads(self.whole, self.store)

    def pareto(self, cost: str) -> list[Front]:
        """What quality costs: score against a cost of `harness.findings.pareto.COSTS`."""
        with uncollected():
            return fronts(self.whole_rows, cost, self.spreads)

    @finding
    def generalisation(self) -> list[Facet]:
        """How scores carry over from training to test examples, and to shifted ones."""
        return generalisations(self.store, self.whole, self.entries.controls)

    @finding
    def seen(self) -> dict[str, Seen]:
        """How encoders see the panels of their tasks, by the keys of their adaptations."""
        return seen_in(self.store, self.counted)

    @finding
    def class_names(self) -> dict[str, tuple[str, ...]]:
        """What the classes of tasks are called, by the task's fingerprint, where a panel names them."""
        records = (record for each in self.counted for record in each.records.values())
        return class_names(self.store, ((r, self.seen[r.key].examples) for r in records if r.key in self.seen))

    @finding
    def similarity(self) -> list[Similarity]:
        """How alike the features of arms and of encoders are."""
        return similarities(self.seen, self.whole, self.entries.controls)

    @finding
    def layers(self) -> list[Moved]:
        """What fine-tuning does to encoders, layer by layer."""
        return moved(self.seen, self.whole)

    @finding
    def neighbours(self) -> list[Shown]:
        """What lies next to test examples in features of the best pretraining, and from scratch."""
        return neighbours(self.store, self.seen, self.whole, self.scratch, self.entries)

    @finding
    def difficulty(self) -> list[Difficulty]:
        """How hard tasks are from scratch."""
        return difficulties(self.whole_rows, self.entries.constants)

    @finding
    def history(self) -> Trends:
        """The nights in which records were made, and what changed between them."""
        return trends_of(self.store, self.cells, self.seeds)

    @finding
    def trends(self) -> "pd.DataFrame":
        """The same, one row a change."""
        return trends_frame(self.history)

    def compare(self, *names: str) -> Comparison:
        """Two to four models, or the records at two commits, each against the first.

        Raises:
            BoardError: for a name that is no model of the cells and begins no recorded commit.
        """
        models = list(dict.fromkeys(cell["pretraining"]["model"] for cell in self.cells))
        if kind_of(names, models, commits(self.store, self.cells)) == "commits":
            whole = [cell for cell in self.cells if progress_of(cell) == WHOLE]
            return compare_commits(self.store, whole, names, self.seeds)
        return compare_models(self.whole, names, self.reader)

    @finding
    def rows(self) -> list[dict[str, Any]]:
        """The leaderboard's rows as plain values."""
        return rows_of(self.frame)

    @finding
    def whole_rows(self) -> list[dict[str, Any]]:
        """Those of whole pretrainings."""
        return [row for row in self.rows if row["progress"] == WHOLE]

    @finding
    def stale(self) -> int:
        """How many cells show records of other code, data or packages than the registry leads to now."""
        shown = [next(iter(each.records.values()), None) for each in self.counted]
        return sum(record is not None and record.variant not in self.current for record in shown) if self.current else 0
