"""Resolves the cells of a suite to trials with keys."""

import functools
import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.catalog import Catalog, schemas
from harness.catalog.fields import Shape
from harness.catalog.keys import code_key, key, without_seeds
from harness.errors import BoardError
from harness.matrix import NamedCell, cell_of, named_cells, pretraining_of
from harness.meters.precision import resolved
from harness.trial import Trial

if TYPE_CHECKING:
    from harness.board import Board

SELECTION = "best mean validation score"


def no_files(files: str) -> str:
    raise BoardError("data files need a board, which knows their folder", place=files)


def resolve(
    suite: schemas.SuiteEntry, catalog: Catalog, fingerprint: Callable[[str], str] = no_files
) -> dict[str, Trial]:
    """All trials of a suite by key, parents and tuning trials before what depends on them; `fingerprint` is
    the hash of files.

    Raises:
        BoardError: when a package that an entry names is not installed.
    """
    resolver = _Resolver(suite, catalog, fingerprint)
    for named in named_cells(suite):
        for seed in suite.seeds:
            resolver.reported(named, seed)
    return resolver.trials


def variants(suite: schemas.SuiteEntry, catalog: Catalog, fingerprint: Callable[[str], str] = no_files) -> set[str]:
    """The variants of a suite's trials, from one seed of each kind.

    Raises:
        BoardError: as `resolve`.
    """
    tuned = suite.tuning_seeds[:1]
    adaptations = {
        name: each.model_copy(update={"tuning_seeds": tuned if each.tuning_seeds else None})
        for name, each in suite.adaptations.items()
    }
    one = {"seeds": suite.seeds[:1], "tuning_seeds": tuned, "adaptations": adaptations}
    return {trial.variant for trial in resolve(suite.model_copy(update=one), catalog, fingerprint).values()}


def planned_here(board: "Board") -> Iterator[tuple[str, dict[str, Trial]]]:
    """The trials by key of each suite of a registry, by its name; a suite whose packages are missing is skipped."""
    for suite in board.catalog.suites.values():
        try:
            trials = resolve(suite, board.catalog, board.fingerprint)
        except BoardError:
            continue
        yield suite.name, trials


class _Resolver:
    def __init__(self, suite: schemas.SuiteEntry, catalog: Catalog, fingerprint: Callable[[str], str]) -> None:
        self.fingerprint = functools.cache(fingerprint)
        self.suite = suite
        self.catalog = catalog
        self.precision = resolved(suite.precision)
        self.trials: dict[str, Trial] = {}
        self._codes: dict[tuple[str, str], dict[str, str]] = {}
        self._saved: dict[tuple[str, schemas.ArmSpec], set[float]] = {}
        for named in named_cells(suite):
            if named.progress < schemas.WHOLE:
                self._saved.setdefault((named.model, suite.arms[named.arm]), set()).add(named.progress)

    def add(self, **parts: Any) -> Trial:
        content = parts["spec"]
        variant = key(without_seeds(content) | {"of": parts.pop("lineage", None)})
        trial = Trial(key=key(content), variant=variant, **parts)
        return self.trials.setdefault(trial.key, trial)

    @functools.cache  # noqa: B019 - lives as long as one plan is made
    def pretraining(self, model: str, arm: schemas.ArmSpec, seed: int) -> Trial:
        cell = pretraining_of(self.suite, model, arm, self.precision)
        shape = cell.arm.shape
        objective = self.catalog.objectives[arm.objective]
        content = {
            "kind": "pretrain",
            "engine": schemas.ENGINE,
            "model": self.model(model, shape),
            "objective": self.code("objectives", objective)
            | {"optimizer": objective.optimizer.model_dump() if objective.optimizer else None},
            "corpus": self.corpus(arm, shape, objective.labels),
            "steps": cell.arm.steps,
            "batch": cell.arm.batch,
            "precision": self.precision,
            **self.compiled(cell.arm.steps),
            "seed": seed,
        }
        return self.add(
            kind="pretrain", role="pretrain", cell=cell, seed=seed, spec=content, model=content["model"],
            corpus=content["corpus"] if cell.arm.steps else {},
            excluded=self.excluded(arm.corpus, shape),
            tokenized=self.tokenized(model, shape),
            saved=tuple(sorted(self._saved.get((model, arm), ()))),
        )  # fmt: skip

    def adaptation(
        self, parent: Trial, wanted: schemas.AdaptationSpec, progress: float, seed: int, **more: Any
    ) -> Trial:
        cell = cell_of(self.suite, parent.cell.pretraining, wanted, progress)
        rate, tuning = more.get("rate"), more.get("tuning", ())
        source = self.catalog.corpora[parent.cell.pretraining.arm.corpus].source
        content = {
            "kind": "adapt",
            "engine": schemas.ENGINE,
            "task": self.task(wanted.task, cell.shape),
            "protocol": wanted.protocol,
            "shots": wanted.shots,
            "steps": cell.steps,
            "batch": cell.batch,
            "precision": self.precision,
            **self.compiled(cell.steps),
            "seed": seed,
            "parent": parent.key,
        }
        if progress != schemas.WHOLE:
            content |= {"progress": progress}
        if wanted.shifts and rate is None:
            content |= {"shifts": True}
        if wanted.inspect and rate is None:
            content |= {"inspect": True}
        if rate is not None:
            cell, content = replace(cell, rate=rate), content | {"rate": rate}
        if tuning:
            rates = list(wanted.rates or self.suite.rates)
            content |= {"selection": SELECTION, "rates": rates, "tuning": key({"keys": list(tuning)})}
        role = "tuning" if rate is not None else "reported"
        return self.add(
            kind="adapt", role=role, cell=cell, seed=seed, spec=content, parent=parent.key, tuning=tuning,
            lineage=parent.variant, model=parent.model, corpus=parent.corpus, excluded=parent.excluded,
            tokenized=parent.tokenized,
            in_domain=bool(parent.corpus) and self.catalog.tasks[wanted.task].source == source,
        )  # fmt: skip

    def compiled(self, steps: int | None) -> dict[str, Any]:
        """Compiled code rounds differently, so it is part of the key where something is trained."""
        return {"compiled": True} if self.suite.compiled and steps else {}

    def reported(self, named: NamedCell, seed: int) -> Trial:
        arm, wanted = self.suite.arms[named.arm], self.suite.adaptations[named.adaptation]
        tuning: tuple[str, ...] = ()
        if wanted.protocol == "finetune":
            tuning = self.tuning(named.model, arm, wanted, named.progress)
        return self.adaptation(self.pretraining(named.model, arm, seed), wanted, named.progress, seed, tuning=tuning)

    @functools.cache  # noqa: B019
    def tuning(
        self, model: str, arm: schemas.ArmSpec, wanted: schemas.AdaptationSpec, progress: float
    ) -> tuple[str, ...]:
        return tuple(
            self.adaptation(self.pretraining(model, arm, seed), wanted, progress, seed, rate=rate).key
            for rate in wanted.rates or self.suite.rates
            for seed in wanted.tuning_seeds or self.suite.tuning_seeds
        )

    def code(self, kind: str, entry: schemas.CodeEntry) -> dict[str, Any]:
        """An entry's constructor, its arguments and the identity of its code."""
        content: dict[str, Any] = {"name": entry.name, "entry": entry.entry, "args": entry.args}
        if isinstance(entry, schemas.ObjectiveEntry | schemas.DataEntry):
            content["version"] = entry.version
        identity = self._codes.get((kind, entry.name))
        if identity is None:
            identity = self._codes[kind, entry.name] = self._identity(kind, entry)
        return content | identity

    def _identity(self, kind: str, entry: schemas.CodeEntry) -> dict[str, str]:
        file, identity = self.catalog.code_file(kind, entry), {}
        module = entry.entry.partition(":")[0].partition(".")[0]
        if file is not None:
            identity["code"] = code_key(file, self.catalog.folder / kind)
        package = entry.package or (module if file is None and module != "harness" else None)
        if package:
            identity["package"] = f"{package}=={installed(package, self.catalog.file(entry))}"
        return identity

    def data(self, kind: str, entry: schemas.DataEntry, shape: Shape) -> dict[str, Any]:
        """A source of data at a shape, with its fingerprint: recipe and packages, nothing is rendered."""
        content = self.code(kind, entry) | {"shape": list(shape)}
        versions = {name: installed(name, self.catalog.file(entry)) for name in sorted(entry.requires)}
        files = {"files": self.fingerprint(entry.files)} if entry.files else {}
        return content | files | {"fingerprint": key(content | files | {"requires": versions})}

    @functools.cache  # noqa: B019
    def task(self, name: str, shape: Shape) -> dict[str, Any]:
        entry = self.catalog.tasks[name]
        kind = {"kind": entry.kind, "kind_version": entry.kind_version}
        return self.data("tasks", entry, shape) | kind | {"augment": entry.augment, "metric": entry.metric}

    @functools.cache  # noqa: B019
    def corpus(self, arm: schemas.ArmSpec, shape: Shape, labels: bool) -> dict[str, Any]:
        entry = self.catalog.corpora[arm.corpus]
        content = self.data("corpora", entry, shape)
        excluded = {name: self.task(name, shape)["fingerprint"] for name in entry.excludes}
        content["fingerprint"] = key({"base": content["fingerprint"], "excludes": excluded})
        return content | {
            "fraction": arm.fraction,
            "corruption": arm.corruption.model_dump() if arm.corruption else None,
            "labels": labels,
            "views": entry.views,
        }

    def excluded(self, corpus: str, shape: Shape) -> tuple[dict[str, Any], ...]:
        return tuple(self.task(name, shape) for name in self.catalog.corpora[corpus].excludes)

    def model(self, name: str, shape: Shape) -> dict[str, Any]:
        """An encoder's constructor and, of one that reads text, its tokenizer."""
        entry = self.catalog.models[name]
        content = self.code("models", entry) | ({"causal": True} if entry.causal else {})
        if entry.files:
            content["files"] = self.fingerprint(entry.files)
            content["sha256"] = entry.sha256
        if entry.tokenizer:
            trained = self.tokenized(name, shape)
            content["tokenizer"] = {"kind": entry.tokenizer.kind} | (
                {
                    "vocabulary": entry.tokenizer.vocabulary,
                    "corpus": trained["fingerprint"],
                }
                if trained
                else {}
            )
            if entry.tokenizer.kind != "bytes":
                content["tokenizer"]["package"] = f"tokenizers=={installed('tokenizers', self.catalog.file(entry))}"
        return content

    @functools.cache  # noqa: B019
    def tokenized(self, model: str, shape: Shape) -> dict[str, Any] | None:
        tokenizer = self.catalog.models[model].tokenizer
        if tokenizer is None or tokenizer.corpus is None:
            return None
        corpus = self.corpus(schemas.ArmSpec(objective=schemas.SCRATCH, corpus=tokenizer.corpus), shape, False)
        return corpus | {"excludes": list(self.excluded(tokenizer.corpus, shape))}


@functools.cache
def installed(package: str, needed_by: object = None) -> str:
    """The version of an installed distribution.

    Raises:
        BoardError: names the entry that needs it and how to get it.
    """
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        raise BoardError(f"{needed_by}: needs the package '{package}'; install it: pip install {package}") from None
