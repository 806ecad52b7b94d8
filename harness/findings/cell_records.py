"""The records that count for each cell: of one variant, and for each seed the earliest with status `ok`.

The variant is the one that the registry has now, where it is recorded: a change that was reverted is reverted on the
board too. Otherwise it is the one last attempted, so that a machine with other data or packages shows the same board.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any

from harness.catalog.schemas import SCRATCH
from harness.cells import Arm, Cell, Coordinates, Pretraining
from harness.grouping import group_by

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

MISSING, BLOCKED, OK, INTERRUPTED, RETRACTED = "missing", "blocked", "ok", "interrupted", "retracted"
NO_EVIDENCE = (RETRACTED, "data")
"""Statuses that are no evidence about a variant: its record was retracted, or its data were missing."""
Machine = tuple[str | None, Any]
"""Hardware class and number of parallel trials: costs are comparable within one machine."""


@dataclass(frozen=True)
class CellRecords:
    """The records of one cell that count, by seed in order; all of one variant."""

    cell: Cell
    records: dict[int, "Record"] = field(default_factory=dict)
    """Quality: the earliest `ok` record of each seed."""
    latest: dict[int, "Record"] = field(default_factory=dict)
    """Meters: the latest `ok` record of each seed on the machine of the latest of all."""
    failures: dict[int, "Record"] = field(default_factory=dict)
    """The latest failure of each seed without an `ok` record."""
    parents: dict[int, "Record"] = field(default_factory=dict)
    """The pretraining of each counted record; where none counts, the newest pretrainings of the cell."""
    blockers: dict[int, "Record"] = field(default_factory=dict)
    """By seed, the failed trial that a seed without a record waits for."""

    @cached_property
    def control(self) -> Cell:
        """The cell of its scratch control: the same but for the arm, and at the end of its run."""
        return scratch_cell(self.cell)

    @cached_property
    def scores(self) -> dict[int, float]:
        """The task's metric on the test split, by seed in order."""
        return {seed: record.metrics[metric_of(record)] for seed, record in sorted(self.records.items())}

    @property
    def metric(self) -> str | None:
        """The task's metric; None without a record."""
        return next((metric_of(record) for record in self.records.values()), None)

    @property
    def status(self) -> str:
        """`ok` if one seed is; else the most frequent failure; else `blocked` or `missing`."""
        if self.records:
            return OK
        if self.failures:
            return Counter(record.status for record in self.failures.values()).most_common(1)[0][0]
        return BLOCKED if self.blockers else MISSING

    @property
    def statuses(self) -> dict[str, int]:
        """The number of seeds by status."""
        counts: Counter[str] = Counter(record.status for record in self.failures.values())
        if self.records:
            counts[OK] = len(self.records)
        if self.blockers:
            counts[BLOCKED] = len(self.blockers)
        return dict(sorted(counts.items()))


def scratch_cell(cell: Cell) -> Cell:
    """The coordinates by which a cell and its scratch control match: model, shape and precision of the pretraining,
    and the whole adaptation. Corpus and budget of the pretraining are left empty."""
    arm = cell.arm
    control = Arm(SCRATCH, "", 1.0, None, 0, 0, arm.shape, arm.precision)
    return replace(cell.at_end, pretraining=Pretraining(cell.model, control))


def select_records(
    store: "Store", cells: Iterable[Cell], current: Collection[str] = (), seeds: Collection[int] | None = None
) -> list[CellRecords]:
    """The records that count for each cell, in the cells' order.

    Cells are matched as recorded, never by keys. `current` are the variants that the registry has now, as far as they
    are known here. Only `seeds` count: another suite with the same cell may have run others.
    """
    index = _Index(store, current, seeds)
    return [index.select(cell) for cell in cells]


def controls_of(cells: Iterable[CellRecords]) -> dict[Cell, CellRecords]:
    """The scratch controls by the coordinates of `scratch_cell`: of several the first with records."""
    controls: dict[Cell, CellRecords] = {}
    for each in sorted(cells, key=lambda each: not each.records):
        if each.cell.arm.scratch:
            controls.setdefault(each.control, each)
    return controls


def records_of(records: Iterable["Record"], cells: Iterable[Cell]) -> "Iterator[tuple[Record, Coordinates]]":
    """The records of cells and of their pretrainings, tuning included, each with its cell without a rate."""
    wanted: set[Coordinates] = {part for cell in cells for part in (cell, cell.pretraining)}
    return ((record, cell) for record in records if (cell := untuned(record.cell)) in wanted)


def untuned(cell: Coordinates) -> Coordinates:
    """A record's cell without the rate of a tuning trial."""
    return cell.untuned if isinstance(cell, Cell) else cell


def by_problem(cells: Iterable[CellRecords]) -> list[list[CellRecords]]:
    """The cells grouped by problem and progress, in their order."""
    return list(group_by(cells, lambda each: (each.cell.problem, each.cell.progress)).values())


class _Index:
    """All records by cell."""

    def __init__(self, store: "Store", current: Collection[str], seeds: Collection[int] | None) -> None:
        self.store = store
        self.current = current
        self.reported: dict[Coordinates, list[Record]] = defaultdict(list)
        self.tuning: dict[Coordinates, list[Record]] = defaultdict(list)
        self.pretrainings: dict[Coordinates, list[Record]] = defaultdict(list)
        self.pretrained: dict[str, Record] = {}
        for record in sorted(store.attempts(), key=lambda record: record.started):
            if record.status == INTERRUPTED:
                continue
            counts = seeds is None or record.seed in seeds
            if record.kind == "pretrain":
                if counts:
                    self.pretrainings[record.cell].append(record)
                if record.status == OK:
                    self.pretrained.setdefault(record.key, record)
            elif record.role == "tuning":
                self.tuning[untuned(record.cell)].append(record)
            elif counts:
                self.reported[record.cell].append(record)
        self.tuning_seeds = {record.seed for records in self.tuning.values() for record in records}

    def select(self, cell: Cell) -> CellRecords:
        good, failures = by_seed(of_one_variant(self.reported[cell], self.current))
        records = {seed: attempts[0] for seed, attempts in good.items()}
        pretrained, unpretrained = by_seed(of_one_variant(self.pretrainings[cell.pretraining], self.current))
        parents = {
            seed: self.pretrained[record.spec["parent"]]
            for seed, record in records.items()
            if record.spec.get("parent") in self.pretrained
        }
        if not records:
            parents = {seed: attempts[0] for seed, attempts in pretrained.items() if seed not in self.tuning_seeds}
        blockers = {seed: record for seed, record in unpretrained.items() if seed not in self.tuning_seeds}
        untunable = self._failed_tuning(cell)
        if untunable:
            blockers |= dict.fromkeys(parents, untunable)
        return CellRecords(
            cell=cell,
            records=records,
            latest=self._latest(good),
            failures=failures,
            parents=parents,
            blockers={seed: each for seed, each in blockers.items() if seed not in records and seed not in failures},
        )

    def _failed_tuning(self, cell: Cell) -> "Record | None":
        """A failed tuning trial where all of a cell's failed, so that no rate could be chosen."""
        rates: dict[Coordinates, list[Record]] = defaultdict(list)
        for record in self.tuning[cell]:
            rates[record.cell].append(record)
        tried = [record for records in rates.values() for record in of_one_variant(records, self.current)]
        return tried[-1] if tried and all(record.status != OK for record in tried) else None

    def _latest(self, good: Mapping[int, list["Record"]]) -> dict[int, "Record"]:
        """The latest record of each seed on the machine of the latest of all."""
        everything = [record for attempts in good.values() for record in attempts]
        if not everything:
            return {}
        wanted = machine_of(self.store, max(everything, key=lambda record: record.started))
        same = {seed: [r for r in records if machine_of(self.store, r) == wanted] for seed, records in good.items()}
        return {seed: records[-1] for seed, records in same.items() if records}


def metric_of(record: "Record") -> str:
    """The metric of a record's task."""
    return str(record.spec["task"].get("metric", "accuracy"))


def hardware_of(store: "Store", record: "Record") -> str | None:
    """The hardware class of a record."""
    environment = store.environment(record.environment)
    return environment.get("hardware") if environment else None


def machine_of(store: "Store", record: "Record") -> Machine:
    """The machine that a record's meters are comparable within."""
    return hardware_of(store, record), record.meters.get("workers")


def median_of(records: Iterable["Record"], meter: str) -> float | None:
    """The median of a meter over records; None where none has it."""
    values = [value for record in records if (value := record.meters.get(meter)) is not None]
    return median(values) if values else None


def records_on(store: "Store", parents: Mapping[int, "Record"], machine: Machine) -> dict[int, "Record"]:
    """By seed, the latest `ok` record of each pretraining on a machine."""
    latest = {}
    for seed, parent in parents.items():
        same = [each for each in store.records(parent.key) if each.status == OK and machine_of(store, each) == machine]
        if same:
            latest[seed] = same[-1]
    return latest


def of_one_variant(records: Sequence["Record"], current: Collection[str] = ()) -> list["Record"]:
    """The records of the current variant, or else of the one last attempted, in the order of their start.

    An attempt that is no evidence about its variant decides only where there is no other.
    """
    if not records:
        return []
    wanted = [record for record in records if record.variant in current]
    wanted = wanted or [record for record in records if record.status not in NO_EVIDENCE] or list(records)
    variant = max(wanted, key=lambda record: record.started).variant
    return [record for record in records if record.variant == variant]


def by_seed(records: Iterable["Record"]) -> tuple[dict[int, list["Record"]], dict[int, "Record"]]:
    """By seed: all `ok` records, earliest first; and the last failure of the seeds that have none."""
    records = list(records)
    good: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        if record.status == OK:
            good[record.seed].append(record)
    failures = {record.seed: record for record in records if record.seed not in good}
    return dict(sorted(good.items())), failures
