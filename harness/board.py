"""A board: the folders that belong together, and the verbs on them for Python."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BoardError

if TYPE_CHECKING:
    import pandas as pd

    from harness.analysis.across import Across
    from harness.analysis.break_even import BreakEven
    from harness.analysis.compare import Comparison
    from harness.analysis.difficulty import Difficulty
    from harness.analysis.factors import Curve
    from harness.analysis.generalisation import Facet
    from harness.analysis.pareto import Front
    from harness.analysis.predictors import Predictor
    from harness.catalog import Catalog
    from harness.spec import SuiteEntry
    from harness.store import Store


@dataclass(frozen=True)
class Board:
    """The registry, results, cache and site of one board."""

    root: Path
    registry: Path
    results: Path
    cache: Path
    data: Path
    """The folder of all data that lie in files [PRETUNE_DATA]."""

    @cached_property
    def catalog(self) -> "Catalog":
        """The checked registry."""
        from harness.catalog import Catalog

        return Catalog.of(self.registry)

    @property
    def store(self) -> "Store":
        """The records as they are on disk now."""
        from harness.store import Store

        return Store(self.results)

    def sweep(self, suite: str, **options: Any) -> Mapping[str, int]:
        """Runs what is not done of a suite; returns how many trials ended in each status."""
        from harness.sweep.run import sweep

        return sweep(self, suite, **options)

    def frame(self, suite: str) -> "pd.DataFrame":
        """The leaderboard of a suite, one row a cell."""
        from harness.analysis.table import leaderboard

        entry = self.catalog.suite(suite)
        cells, current = self.cells(entry), self.variants(entry)
        return leaderboard(self.store, cells, self.controls(), self.labelled(), current, entry.seeds)

    def curves(self, suite: str) -> "list[Curve]":
        """What quantity and quality of data, model size and labels do in a suite."""
        from harness.analysis.factors import curves

        entry = self.catalog.suite(suite)
        families = {model.name: model.family or model.name for model in self.catalog.models.values()}
        return curves(self.store, self.cells(entry), families, self.controls(), self.variants(entry), entry.seeds)

    def across(self, suite: str) -> "list[Across]":
        """What each pretraining of a suite adds over all tasks of a protocol."""
        from harness.analysis.across import across

        entry = self.catalog.suite(suite)
        return across(self.store, self.cells(entry), self.controls(), self.variants(entry), entry.seeds)

    def predictors(self, suite: str) -> "list[Predictor]":
        """Which cheap predictor would have picked the best pretraining of a suite."""
        from harness.analysis.predictors import predictors

        return predictors(self.frame(suite))

    def pareto(self, suite: str, cost: str) -> "list[Front]":
        """What quality costs in a suite: score against a cost of `harness.analysis.pareto.COSTS`."""
        from harness.analysis.pareto import fronts
        from harness.analysis.rows import rows_of

        return fronts(rows_of(self.frame(suite)), cost)

    def break_even(self, suite: str) -> "list[BreakEven]":
        """How many labels each pretraining of a suite is worth."""
        from harness.analysis.break_even import break_evens
        from harness.analysis.rows import rows_of

        return break_evens(rows_of(self.frame(suite)))

    def generalisation(self, suite: str) -> "list[Facet]":
        """How the scores of a suite carry over from training to test examples, and to shifted ones."""
        from harness.analysis.counting import counted
        from harness.analysis.generalisation import generalisations

        entry, store = self.catalog.suite(suite), self.store
        found = counted(store, self.cells(entry), self.variants(entry), entry.seeds)
        return generalisations(store, found, self.controls())

    def difficulty(self, suite: str) -> "list[Difficulty]":
        """How hard the tasks of a suite are from scratch."""
        from harness.analysis.difficulty import difficulties
        from harness.analysis.rows import rows_of

        constants = {model.name for model in self.catalog.models.values() if model.entry.endswith(":Constant")}
        return difficulties(rows_of(self.frame(suite)), constants & self.controls())

    def compare(self, suite: str, *names: str) -> "Comparison":
        """Two to four models of a suite, or its records at two commits, cell by cell; the first is what others are
        compared with.

        Raises:
            BoardError: for a name that is no model of the suite and begins no recorded commit.
        """
        from harness.analysis.commits import commits, compare_commits
        from harness.analysis.compare import compare_models
        from harness.analysis.compared import kind_of
        from harness.analysis.counting import counted
        from harness.analysis.evidence import Reader

        entry, store = self.catalog.suite(suite), self.store
        cells = self.cells(entry)
        models = list(dict.fromkeys(cell["pretraining"]["model"] for cell in cells))
        if kind_of(names, models, commits(store)) == "commits":
            return compare_commits(store, cells, names, entry.seeds)
        return compare_models(counted(store, cells, self.variants(entry), entry.seeds), names, Reader(store))

    def cells(self, suite: "SuiteEntry") -> list[dict[str, Any]]:
        """The cells that a suite reports, at the precisions that are recorded where it leaves them open."""
        from harness.keys import canonical
        from harness.sweep.cells import cells

        if suite.precision != "auto":
            return cells(suite)
        recorded = {canonical(r.cell) for r in self.store.all()}
        found: list[dict[str, Any]] = []
        for precision in ("bf16", "fp32"):
            there = cells(suite, precision)
            if any(canonical(cell) in recorded or canonical(cell["pretraining"]) in recorded for cell in there):
                found += there
        return found or cells(suite)

    def variants(self, suite: "SuiteEntry") -> set[str]:
        """The variants that the registry leads to now; none where this machine lacks a package or data of the suite."""
        from harness.data.fingerprints import UNREADABLE
        from harness.sweep.trials import resolve

        def known(files: str) -> str:
            found = self.fingerprint(files)
            if found == UNREADABLE:
                raise BoardError(f"{files}: not on this machine")
            return found

        try:
            return {trial.variant for trial in resolve(suite, self.catalog, known).values()}
        except BoardError:
            return set()

    def stale(self, suite: "SuiteEntry") -> int:
        """How many cells show records of other code, data or packages than the registry leads to now."""
        from harness.analysis.counting import counted

        current = self.variants(suite)
        found = counted(self.store, self.cells(suite), current, suite.seeds)
        shown = [next(iter(each.records.values()), None) for each in found]
        return sum(record is not None and record.variant not in current for record in shown) if current else 0

    def fingerprint(self, files: str) -> str:
        """What the files of a data entry hold, so far as they can be read: a plan goes on without them, and their
        trials say what is wrong."""
        from harness.data import DataError, fingerprints

        try:
            return fingerprints.of(self.data / files, self.cache)
        except DataError:
            return fingerprints.UNREADABLE

    def sources(self, download: bool = False) -> dict[str, dict[str, Any]]:
        """What entries with files are given by name, by their kind and name."""
        found: dict[str, dict[str, Any]] = {}
        for kind, entries in (("corpora", self.catalog.corpora), ("tasks", self.catalog.tasks)):
            for entry in entries.values():
                if entry.files:
                    found[f"{kind}/{entry.name}"] = {"folder": str(self.data / entry.files), "note": entry.about.note}
                elif entry.public:
                    found[f"{kind}/{entry.name}"] = {"folder": str(self.data), "download": download}
        for model in self.catalog.models.values():
            if model.files:
                found[f"models/{model.name}"] = {"folder": str(self.data / model.files), "sha256": model.sha256}
        return found

    def controls(self) -> set[str]:
        """The models that are references."""
        return {model.name for model in self.catalog.models.values() if model.control}

    def labelled(self) -> set[str]:
        """The objectives that see labels: an upper reference."""
        return {objective.name for objective in self.catalog.objectives.values() if objective.labels}


def open_board(
    folder: str | Path = ".",
    registry: str | Path | None = None,
    results: str | Path | None = None,
    cache: str | Path | None = None,
) -> Board:
    """The board that a folder is in, found upwards as git finds its repository.

    `PRETUNE_REGISTRY`, `PRETUNE_RESULTS` and `PRETUNE_CACHE` stand in for what is not given.

    Raises:
        BoardError: when the folder is in no board and no registry is named.
    """
    registry = registry or os.environ.get("PRETUNE_REGISTRY")
    root = _root(Path(folder).resolve(), registry)
    return Board(
        root=root,
        registry=Path(registry).resolve() if registry else root / "registry",
        results=Path(results or os.environ.get("PRETUNE_RESULTS") or root / "results").resolve(),
        cache=Path(cache or os.environ.get("PRETUNE_CACHE") or root / ".cache").resolve(),
        data=Path(os.environ.get("PRETUNE_DATA") or root / "data").resolve(),
    )


def _root(folder: Path, registry: str | Path | None) -> Path:
    if not folder.is_dir():
        raise BoardError(f"{folder}: no such folder")
    for place in (folder, *folder.parents):
        if (place / "registry").is_dir():
            return place
    if registry:
        return folder
    raise BoardError(f"{folder}: not inside a board (no folder 'registry' here or above); give --registry DIR")
