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
    from harness.cells import Cell
    from harness.findings.base import Finding
    from harness.findings.evidence import Evidence
    from harness.findings.registry_facts import RegistryFacts
    from harness.store import Store


@dataclass(frozen=True)
class Board:
    """The registry, results, cache and site of one board."""

    root: Path
    registry: Path
    results: Path
    cache: Path
    data: Path
    """The folder of all data files [PRETUNE_DATA]."""

    @cached_property
    def catalog(self) -> "Catalog":
        """The registry without its invalid entries."""
        from harness.catalog import Catalog

        return Catalog(self.registry)

    @property
    def store(self) -> "Store":
        """The records as they are on disk now."""
        from harness.store import Store

        return Store(self.results)

    def sweep(self, suite: str, **options: Any) -> Mapping[str, int]:
        """Runs the trials of a suite that are not done, with the options of `harness.sweep.run.sweep`; returns the
        number of trials by status: `done`, `failed`, `blocked`, `skipped` or `pending`."""
        from harness.sweep.run import sweep

        return sweep(self, suite, **options)

    def evidence(self, suite: str) -> "Evidence":
        """The records of a suite as they are on disk now, from which findings are computed.

        Raises:
            BoardError: when there is no such suite.
        """
        from harness.findings.evidence import Evidence
        from harness.matrix import headline_cells

        entry, store = self.catalog.suite(suite), self.store
        return Evidence(
            store=store,
            cells=self.cells(entry, store),
            facts=self.registry_facts(),
            current=self.variants(entry),
            seeds=entry.seeds,
            headlines=headline_cells(entry),
            suite=entry,
        )

    def finding(self, suite: str, name: str) -> "Finding":
        """A finding of a suite: its summary, tables and figures. `name` is one of `harness.findings.FINDINGS`.

        Raises:
            BoardError: when there is no such suite or finding.
        """
        from harness.findings import compute

        return compute(name, self.evidence(suite))

    def compare(self, suite: str, *names: str) -> "Finding":
        """Two to four models of a suite, or its records at two commits, cell by cell; each against the first.

        Raises:
            BoardError: for a name that is no model of the suite and no prefix of a recorded commit.
        """
        from harness.findings.compare import compare

        return compare(self.evidence(suite), names)

    def frame(self, suite: str) -> "pd.DataFrame":
        """The board of a suite as a pandas frame, one row a cell."""
        import pandas as pd

        return pd.DataFrame([row.as_dict() for row in self.evidence(suite).rows])

    def registry_facts(self) -> "RegistryFacts":
        """The registry's facts about the entries that cells name."""
        from harness.findings.registry_facts import RegistryFacts

        models, objectives = self.catalog.models.values(), self.catalog.objectives.values()
        return RegistryFacts(
            controls={model.name for model in models if model.control},
            constants={model.name for model in models if model.control and model.entry.endswith(":Constant")},
            labelled={objective.name for objective in objectives if objective.labels},
            families={model.name: model.family or model.name for model in models},
            modalities={model.name: model.modality for model in models},
            kinds={task.name: task.kind for task in self.catalog.tasks.values()},
            units={objective.name: objective.unit for objective in objectives if objective.unit},
        )

    def cells(self, suite: "SuiteEntry", store: "Store") -> "list[Cell]":
        """The cells that a suite reports; where it leaves the precision open, at the recorded ones."""
        from harness.matrix import cells

        if suite.precision != "auto":
            return cells(suite)
        recorded = {record.cell for record in store.all()}
        known: list[Cell] = []
        for precision in ("bf16", "fp32"):
            planned = cells(suite, precision)
            if any(cell in recorded or cell.pretraining in recorded for cell in planned):
                known += planned
        return known or cells(suite)

    def variants(self, suite: "SuiteEntry") -> set[str]:
        """The variants that the registry has now; none where this machine lacks a package or data of the suite."""
        from harness.data.fingerprints import UNREADABLE
        from harness.sweep import trials

        def known(files: str) -> str:
            fingerprint = self.fingerprint(files)
            if fingerprint == UNREADABLE:
                raise BoardError("not on this machine", place=files)
            return fingerprint

        try:
            return trials.variants(suite, self.catalog, known)
        except BoardError:
            return set()

    def fingerprint(self, files: str) -> str:
        """The hash of the files of a data entry, or UNREADABLE: a plan skips their trials."""
        from harness.data import DataError, fingerprints

        try:
            return fingerprints.of(self.data / files, self.cache)
        except DataError:
            return fingerprints.UNREADABLE

    def unreadable(self, entry: str, download: bool = False) -> str | None:
        """Why the data of an entry, by kind and name, cannot be read, and the fix.

        None where they can be read, where `download` may fetch them, and for an entry without files.
        """
        if entry not in self.catalog.stored:
            return None
        from harness.data.locations import data_error

        error = data_error(self.catalog.stored[entry], self.data, self.cache, download)
        return None if error is None else str(error).rstrip(".")

    def sources(self, download: bool = False) -> dict[str, dict[str, Any]]:
        """The keyword arguments of the sources of entries with files, by kind and name."""
        sources: dict[str, dict[str, Any]] = {}
        for kind, entries in (("corpora", self.catalog.corpora), ("tasks", self.catalog.tasks)):
            for entry in entries.values():
                if entry.files:
                    sources[f"{kind}/{entry.name}"] = {"folder": str(self.data / entry.files), "note": entry.about.note}
                elif entry.public:
                    sources[f"{kind}/{entry.name}"] = {"folder": str(self.data), "download": download}
        for model in self.catalog.models.values():
            if model.files:
                sources[f"models/{model.name}"] = {"folder": str(self.data / model.files), "sha256": model.sha256}
        return sources


def open_board(
    folder: str | Path = ".",
    registry: str | Path | None = None,
    results: str | Path | None = None,
    cache: str | Path | None = None,
) -> Board:
    """The board of a folder, searched upwards as git searches its repository.

    `PRETUNE_REGISTRY`, `PRETUNE_RESULTS` and `PRETUNE_CACHE` are used for what is not given.

    Raises:
        BoardError: when the folder is in no board and no registry is given.
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
        raise BoardError(place=folder, expected="a folder", got="none")
    for parent in (folder, *folder.parents):
        if (parent / "registry").is_dir():
            return parent
    if registry:
        return folder
    raise BoardError(
        place=folder,
        expected="a folder of a board, with `registry` here or above",
        got="none",
        fix="give --registry DIR",
    )
