"""Which records count: for each cell those of one variant, for each seed the earliest that ended well.

The variant is the one that the registry leads to now, where it is recorded, so that a change that was taken back is
taken back on the board too; else the one that was last attempted, so that a machine with other data or packages shows
the same board.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical
from harness.matrix import progress_of
from harness.catalog.schemas import SCRATCH

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

Cell = Mapping[str, Any]
MISSING, BLOCKED, OK, INTERRUPTED, RETRACTED = "missing", "blocked", "ok", "interrupted", "retracted"
UNTOLD = (RETRACTED, "data")
"""Attempts that say nothing of their recipe: taken back, or without the data to try it on."""


@dataclass(frozen=True)
class Counted:
    """The records of one cell that count, by seed in order. All are of one variant, so that no mean mixes two
    recipes."""

    cell: Cell
    records: dict[int, "Record"] = field(default_factory=dict)
    """Quality: the earliest record of each seed that ended well."""
    latest: dict[int, "Record"] = field(default_factory=dict)
    """Meters: the latest record of each seed that ended well, of one hardware class and worker count."""
    failures: dict[int, "Record"] = field(default_factory=dict)
    """The latest failure of each seed that never ended well."""
    parents: dict[int, "Record"] = field(default_factory=dict)
    """The pretraining that each counted record began from; where none counts, the cell's own newest pretrainings."""
    blockers: dict[int, "Record"] = field(default_factory=dict)
    """By seed, the failed trial that a seed without a record waits for."""

    @property
    def progress(self) -> float:
        """How far the pretraining had come where its encoder was taken."""
        return progress_of(self.cell)

    @cached_property
    def opponent(self) -> str:
        """What the cell and its scratch control agree in: all but how, and how long, it was pretrained."""
        pretraining = {name: self.cell["pretraining"][name] for name in ("model", "shape", "precision")}
        return canonical({**whole(self.cell), "pretraining": pretraining})

    @cached_property
    def scores(self) -> dict[int, float]:
        """The task's own metric on the test split, by seed in order."""
        return {seed: record.metrics[metric_of(record)] for seed, record in sorted(self.records.items())}

    @property
    def status(self) -> str:
        """`ok` as soon as one seed is; else the most frequent failure; else `blocked` or `missing`."""
        if self.records:
            return OK
        if self.failures:
            return Counter(record.status for record in self.failures.values()).most_common(1)[0][0]
        return BLOCKED if self.blockers else MISSING

    @property
    def statuses(self) -> dict[str, int]:
        """How many seeds ended how."""
        found: Counter[str] = Counter(record.status for record in self.failures.values())
        if self.records:
            found[OK] = len(self.records)
        if self.blockers:
            found[BLOCKED] = len(self.blockers)
        return dict(sorted(found.items()))


def counted(
    store: "Store", cells: Iterable[Cell], current: Collection[str] = (), seeds: Collection[int] | None = None
) -> list[Counted]:
    """The records that count for each cell, in the cells' order. Cells are matched as recorded, never by keys;
    `current` holds the variants that the registry leads to now, as far as they are known here. Other `seeds` than
    those, which another suite with the same cell may have run, do not count."""
    index = _Index(store, current, seeds)
    return [index.counted(cell) for cell in cells]


def controls_of(found: Iterable[Counted]) -> dict[str, Counted]:
    """The scratch control of each opponent: the first that has records."""
    controls: dict[str, Counted] = {}
    for each in sorted(found, key=lambda each: not each.records):
        if each.cell["pretraining"]["objective"] == SCRATCH:
            controls.setdefault(each.opponent, each)
    return controls


class CellTexts:
    """The canonical text of the cells of records, without the rate of those that tune, written once for all that hold
    the same object."""

    def __init__(self) -> None:
        self._written: dict[int, tuple[Cell, str]] = {}

    def of(self, cell: Cell) -> str:
        found = self._written.get(id(cell))
        if found is None:
            text = canonical({name: value for name, value in cell.items() if name != "rate"})
            found = self._written[id(cell)] = cell, text  # the cell is held, so that no other has its id
        return found[1]


def recorded_of(records: Iterable["Record"], cells: Iterable[Cell]) -> "Iterator[tuple[Record, str]]":
    """The records of cells and of the pretrainings below them, tuning included, each with its cell's text."""
    wanted = {canonical(part) for cell in cells for part in (cell, cell["pretraining"])}
    texts = CellTexts()
    return ((record, place) for record in records if (place := texts.of(record.cell)) in wanted)


def by_problem(found: Iterable[Counted]) -> list[list[Counted]]:
    """The cells of one problem and precision together, in their order."""
    problems: dict[str, list[Counted]] = {}
    for each in found:
        shared = {"precision": each.cell["pretraining"]["precision"]}
        problems.setdefault(canonical({**each.cell, "pretraining": shared}), []).append(each)
    return list(problems.values())


class _Index:
    """All records by what they are looked up by."""

    def __init__(self, store: "Store", current: Collection[str], seeds: Collection[int] | None) -> None:
        self.store = store
        self.current = current
        self.reported: dict[str, list[Record]] = defaultdict(list)
        self.tuning: dict[str, list[Record]] = defaultdict(list)
        self.pretrainings: dict[str, list[Record]] = defaultdict(list)
        self.made: dict[str, Record] = {}
        self.text = text = CellTexts()
        for record in sorted(store.attempts(), key=lambda record: record.started):
            if record.status == INTERRUPTED:
                continue
            counts = seeds is None or record.seed in seeds
            if record.kind == "pretrain":
                if counts:
                    self.pretrainings[text.of(record.cell)].append(record)
                if record.status == OK:
                    self.made.setdefault(record.key, record)
            elif record.role == "tuning":
                self.tuning[text.of(record.cell)].append(record)
            elif counts:
                self.reported[text.of(record.cell)].append(record)
        self.tuning_seeds = {record.seed for records in self.tuning.values() for record in records}

    def counted(self, cell: Cell) -> Counted:
        place = canonical(cell)
        good, failures = settled(standing(self.reported[place], self.current))
        records = {seed: found[0] for seed, found in good.items()}
        pretrained, unpretrained = settled(standing(self.pretrainings[self.text.of(cell["pretraining"])], self.current))
        parents = {
            seed: self.made[record.spec["parent"]]
            for seed, record in records.items()
            if record.spec.get("parent") in self.made
        }
        if not records:
            parents = {seed: found[0] for seed, found in pretrained.items() if seed not in self.tuning_seeds}
        blockers = {seed: record for seed, record in unpretrained.items() if seed not in self.tuning_seeds}
        untuned = self._untuned(place)
        if untuned:
            blockers |= dict.fromkeys(parents, untuned)
        return Counted(
            cell=cell,
            records=records,
            latest=self._latest(good),
            failures=failures,
            parents=parents,
            blockers={seed: each for seed, each in blockers.items() if seed not in records and seed not in failures},
        )

    def _untuned(self, place: str) -> "Record | None":
        """A failed tuning trial where all of a cell's failed, so that no rate could be chosen."""
        rates: dict[Any, list[Record]] = defaultdict(list)
        for record in self.tuning[place]:
            rates[record.cell.get("rate")].append(record)
        tried = [record for records in rates.values() for record in standing(records, self.current)]
        return tried[-1] if tried and all(record.status != OK for record in tried) else None

    def _latest(self, good: Mapping[int, list["Record"]]) -> dict[int, "Record"]:
        """The latest record of each seed, of the hardware class and worker count that the latest of all ran at."""
        everything = [record for found in good.values() for record in found]
        if not everything:
            return {}
        wanted = machine(self.store, max(everything, key=lambda record: record.started))
        found = {seed: [r for r in records if machine(self.store, r) == wanted] for seed, records in good.items()}
        return {seed: records[-1] for seed, records in found.items() if records}


def whole(cell: Cell) -> Cell:
    """The cell at the end of its pretraining."""
    return {name: value for name, value in cell.items() if name != "progress"}


def metric_of(record: "Record") -> str:
    """The metric that a record's task is judged by."""
    return str(record.spec["task"].get("metric", "accuracy"))


def hardware(store: "Store", record: "Record") -> str | None:
    """The hardware class that a record's meters belong to."""
    environment = store.environment(record.environment)
    return environment.get("hardware") if environment else None


def machine(store: "Store", record: "Record") -> tuple[str | None, Any]:
    """What meters can be compared within: the hardware class and the number of trials at once."""
    return hardware(store, record), record.meters.get("workers")


def made_on(store: "Store", parents: Mapping[int, "Record"], where: tuple[str | None, Any]) -> dict[int, "Record"]:
    """By seed, the latest record of each pretraining that ended well on a machine."""
    found = {}
    for seed, parent in parents.items():
        same = [each for each in store.records(parent.key) if each.status == OK and machine(store, each) == where]
        if same:
            found[seed] = same[-1]
    return found


def standing(records: list["Record"], current: Collection[str] = ()) -> list["Record"]:
    """Those of the current variant where there are any, else of the one last attempted, in the order of their start.
    An attempt that says nothing of its recipe decides only where there is no other."""
    if not records:
        return []
    wanted = [record for record in records if record.variant in current]
    wanted = wanted or [record for record in records if record.status not in UNTOLD] or records
    variant = max(wanted, key=lambda record: record.started).variant
    return [record for record in records if record.variant == variant]


def settled(records: list["Record"]) -> tuple[dict[int, list["Record"]], dict[int, "Record"]]:
    """By seed: all records that ended well, earliest first, the seeds in order; and the last failure where none did."""
    good: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        if record.status == OK:
            good[record.seed].append(record)
    failures = {record.seed: record for record in records if record.seed not in good}
    return dict(sorted(good.items())), failures
