"""The evidence that findings are computed from: a suite's records that count, each part computed at its first use."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from harness.cells import Cell
from harness.findings.board_rows import BoardRow, board_rows
from harness.findings.cell_records import CellRecords, controls_of, select_records
from harness.findings.items import Items
from harness.findings.lifts import lifts_by_trial
from harness.findings.registry_facts import RegistryFacts

if TYPE_CHECKING:
    from harness.catalog.schemas import SuiteEntry
    from harness.store import Store


Result = TypeVar("Result")


@dataclass(frozen=True)
class Evidence:
    """The records of `store` for `cells`, in their order.

    `current` are the variants that the registry has now, as far as they are known here; `seeds` are those that count,
    by default all; `headlines` are the preregistered cells.
    """

    store: "Store"
    cells: Sequence[Cell]
    facts: RegistryFacts = field(default_factory=RegistryFacts)
    current: Collection[str] = ()
    seeds: Collection[int] | None = None
    headlines: Sequence[Cell] = ()
    suite: "SuiteEntry | None" = None
    _results: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, compute: "Callable[[Evidence], Result]") -> Result:
        """The result of a function of this evidence, computed at its first use: several findings share it."""
        if compute not in self._results:
            self._results[compute] = compute(self)
        result: Result = self._results[compute]
        return result

    @cached_property
    def records(self) -> list[CellRecords]:
        """The records that count, cell by cell."""
        return select_records(self.store, self.cells, self.current, self.seeds)

    @cached_property
    def whole(self) -> list[CellRecords]:
        """Those at the end of their pretraining. A point within a run has a lift, is on the curve along its run, and
        predicts its end; all other findings are of whole runs."""
        return [each for each in self.records if each.cell.whole]

    @cached_property
    def scratch(self) -> dict[Cell, CellRecords]:
        """The scratch controls by `CellRecords.control`."""
        return controls_of(self.records)

    @cached_property
    def items(self) -> Items:
        """The item scores of the records that count."""
        return Items(self.store, (record for each in self.records for record in each.records.values()))

    @cached_property
    def rows(self) -> list[BoardRow]:
        """The board, one row a cell."""
        return board_rows(self.records, self.scratch, self.items, self.facts)

    @cached_property
    def whole_rows(self) -> list[BoardRow]:
        """Its rows at the end of their pretraining."""
        return [row for row in self.rows if row.cell.whole]

    @cached_property
    def lifts(self) -> dict[str, tuple[float, str]]:
        """By the key of an adaptation its lift, and the key of its control's trial."""
        return lifts_by_trial(self.records, self.scratch)

    @property
    def stale(self) -> int:
        """The number of cells that show records of other code, data or packages than the registry has now."""
        shown = [next(iter(each.records.values()), None) for each in self.records]
        return sum(record is not None and record.variant not in self.current for record in shown) if self.current else 0
