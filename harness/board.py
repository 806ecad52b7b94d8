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

    from harness.catalog import Catalog
    from harness.catalog.schemas import SuiteEntry
    from harness.findings.across import Across
    from harness.findings.break_even import BreakEven
    from harness.findings.compare import Comparison
    from harness.findings.difficulty import Difficulty
    from harness.findings.evidence import Analysis
    from harness.findings.factors import Curve
    from harness.findings.generalisation import Facet
    from harness.findings.layers import Moved
    from harness.findings.pareto import Front
    from harness.findings.predictors import Predictor
    from harness.findings.registry_facts import Entries
    from harness.findings.similarity import Similarity
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
        """The registry, without what is broken in it."""
        from harness.catalog import Catalog

        return Catalog(self.registry)

    @property
    def store(self) -> "Store":
        """The records as they are on disk now."""
        from harness.store import Store

        return Store(self.results)

    def sweep(self, suite: str, **options: Any) -> Mapping[str, int]:
        """Runs what is not done of a suite, with the options of `harness.sweep.run.sweep`; returns how many of its
        trials are `done`, `failed`, `blocked`, `left out` or `pending`."""
        from harness.sweep.run import sweep

        return sweep(self, suite, **options)

    def analysis(self, suite: str) -> "Analysis":
        """All that the records of a suite say, as they are on disk now; each finding is made when it is asked for.

        Raises:
            BoardError: when there is no such suite.
        """
        from harness.findings.evidence import Analysis

        entry, store = self.catalog.suite(suite), self.store
        return Analysis(store, self.cells(entry, store), self.entries(), self.variants(entry), entry.seeds)

    def frame(self, suite: str) -> "pd.DataFrame":
        """The leaderboard of a suite, one row a cell."""
        return self.analysis(suite).frame

    def curves(self, suite: str) -> "list[Curve]":
        """What quantity and quality of data, model size, labels and progress along a run do in a suite."""
        return self.analysis(suite).curves

    def across(self, suite: str) -> "list[Across]":
        """What each pretraining of a suite adds over all tasks of a protocol."""
        return self.analysis(suite).across

    def entries(self) -> "Entries":
        """What the registry says of the entries that cells name."""
        from harness.findings.registry_facts import Entries

        models, objectives = self.catalog.models.values(), self.catalog.objectives.values()
        return Entries(
            controls={model.name for model in models if model.control},
            constants={model.name for model in models if model.control and model.entry.endswith(":Constant")},
            labelled={objective.name for objective in objectives if objective.labels},
            families={model.name: model.family or model.name for model in models},
            modalities={model.name: model.modality for model in models},
            kinds={task.name: task.kind for task in self.catalog.tasks.values()},
        )

    def predictors(self, suite: str) -> "list[Predictor]":
        """Which cheap predictor would have picked the best pretraining of a suite."""
        return self.analysis(suite).predictors

    def pareto(self, suite: str, cost: str) -> "list[Front]":
        """What quality costs in a suite: score against a cost of `harness.findings.pareto.COSTS`."""
        return self.analysis(suite).pareto(cost)

    def break_even(self, suite: str) -> "list[BreakEven]":
        """How many labels each pretraining of a suite is worth."""
        return self.analysis(suite).break_evens

    def generalisation(self, suite: str) -> "list[Facet]":
        """How the scores of a suite carry over from training to test examples, and to shifted ones."""
        return self.analysis(suite).generalisation

    def similarity(self, suite: str) -> "list[Similarity]":
        """How alike the features of a suite's arms and encoders are."""
        return self.analysis(suite).similarity

    def layers(self, suite: str) -> "list[Moved]":
        """What fine-tuning does to the encoders of a suite, layer by layer."""
        return self.analysis(suite).layers

    def difficulty(self, suite: str) -> "list[Difficulty]":
        """How hard the tasks of a suite are from scratch."""
        return self.analysis(suite).difficulty

    def compare(self, suite: str, *names: str) -> "Comparison":
        """Two to four models of a suite, or its records at two commits, cell by cell; the first is what others are
        compared with.

        Raises:
            BoardError: for a name that is no model of the suite and begins no recorded commit.
        """
        return self.analysis(suite).compare(*names)

    def cells(self, suite: "SuiteEntry", store: "Store") -> list[dict[str, Any]]:
        """The cells that a suite reports, at the precisions that are recorded where it leaves them open."""
        from harness.catalog.keys import canonical
        from harness.matrix import cells

        if suite.precision != "auto":
            return cells(suite)
        recorded = {canonical(r.cell) for r in store.all()}
        found: list[dict[str, Any]] = []
        for precision in ("bf16", "fp32"):
            there = cells(suite, precision)
            if any(canonical(cell) in recorded or canonical(cell["pretraining"]) in recorded for cell in there):
                found += there
        return found or cells(suite)

    def variants(self, suite: "SuiteEntry") -> set[str]:
        """The variants that the registry leads to now; none where this machine lacks a package or data of the suite."""
        from harness.data.fingerprints import UNREADABLE
        from harness.sweep import trials

        def known(files: str) -> str:
            found = self.fingerprint(files)
            if found == UNREADABLE:
                raise BoardError(f"{files}: not on this machine")
            return found

        try:
            return trials.variants(suite, self.catalog, known)
        except BoardError:
            return set()

    def fingerprint(self, files: str) -> str:
        """What the files of a data entry hold, so far as they can be read: a plan goes on without them, and leaves
        their trials out."""
        from harness.data import DataError, fingerprints

        try:
            return fingerprints.of(self.data / files, self.cache)
        except DataError:
            return fingerprints.UNREADABLE

    def unreadable(self, entry: str, download: bool = False) -> str | None:
        """Why the data of an entry, by kind and name, cannot be read, and what mends it: trials that read them are left
        out. None where they can be, where `download` may fetch them, and of an entry that needs no files."""
        if entry not in self.catalog.stored:
            return None
        from harness.data.places import unreadable

        return unreadable(self.catalog.stored[entry], self.data, self.cache, download)

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
