"""Reads and checks the registry. No code of an entry runs here, and torch is not imported."""

import logging
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from harness.catalog import schemas
from harness.catalog.entry_problems import code_file, entry_problems, file_problems
from harness.catalog.fields import NAME
from harness.catalog.problems import EntryProblem, InvalidEntries, unknown
from harness.catalog.suite_problems import needed, suite_problems
from harness.errors import BoardError, nearest

LOG = logging.getLogger("pretune")


STORED = {"model": "models", "corpus": "corpora", "task": "tasks"}
"""The kinds of entries that may have data in files, with their folders."""


class Catalog:
    """The entries of a registry folder, by kind and name, read and checked once.

    Invalid entries are skipped, and so is each suite that needs one.

    Raises:
        BoardError: when there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            fix = "run inside a board, or give --registry DIR"
            raise BoardError(place=folder, expected="a registry folder", got="no such folder", fix=fix)
        self.folder = folder
        self._problems: dict[Path, list[EntryProblem]] = {}
        self._files: dict[int, Path] = {}
        self._named: dict[str, dict[str, set[Path]]] = {kind: defaultdict(set) for kind in schemas.SCHEMAS}
        self._entries = {kind: self._read(kind, schema) for kind, schema in schemas.SCHEMAS.items()}
        self._check_folders()
        for suite in self.suites.values():
            self._add(self.file(suite), suite_problems(suite, self))
        self._check_references()
        self._blocked = self._skip_invalid()

    @cached_property
    def models(self) -> Mapping[str, schemas.ModelEntry]:
        return cast(Mapping[str, schemas.ModelEntry], self._entries["models"])

    @cached_property
    def objectives(self) -> Mapping[str, schemas.ObjectiveEntry]:
        return cast(Mapping[str, schemas.ObjectiveEntry], self._entries["objectives"])

    @cached_property
    def corpora(self) -> Mapping[str, schemas.CorpusEntry]:
        return cast(Mapping[str, schemas.CorpusEntry], self._entries["corpora"])

    @cached_property
    def tasks(self) -> Mapping[str, schemas.TaskEntry]:
        return cast(Mapping[str, schemas.TaskEntry], self._entries["tasks"])

    @cached_property
    def suites(self) -> Mapping[str, schemas.SuiteEntry]:
        return cast(Mapping[str, schemas.SuiteEntry], self._entries["suites"])

    @cached_property
    def stored(self) -> Mapping[str, schemas.Stored]:
        """The entries with data in files, by kind and name: `task mnist`."""
        return {
            f"{kind} {name}": entry
            for kind, folder in STORED.items()
            for name, entry in self._entries[folder].items()
            if isinstance(entry, schemas.Stored)
            and (entry.files or (isinstance(entry, schemas.DataEntry) and entry.public))
        }

    def kind(self, kind: str) -> Mapping[str, schemas.Entry]:
        """All entries of one kind, by name."""
        return self._entries[kind]

    def names(self, kind: str) -> Set[str]:
        """The names that other entries may refer to: those of entries, and of files whose problems are listed."""
        return self._named[kind].keys()

    def file(self, entry: schemas.Entry) -> Path:
        """The file that an entry was read from."""
        return self._files[id(entry)]

    def suite(self, name: str) -> schemas.SuiteEntry:
        """A suite by name. Skipped entries that it does not need are logged.

        Raises:
            InvalidEntries: when the suite or an entry that it needs has problems.
            BoardError: when there is no such suite.
        """
        if name in self._blocked:
            raise InvalidEntries(self._blocked[name])
        if name not in self.suites:
            fix = nearest(name, self.suites) or "add one"
            raise BoardError(place=self.folder / "suites", expected="a suite", got=f"no suite '{name}'", fix=fix)
        self.remark(name)
        return self.suites[name]

    def remark(self, suite: str | None = None) -> None:
        """Logs each skipped entry with its first problem, and, unless a suite is named, the skipped suites."""
        reason = f", since '{suite}' does not need it" if suite else ""
        for problems in self._problems.values():
            LOG.warning("skipped%s: %s", reason, _first(problems))
        if self._blocked and suite is None:
            LOG.warning("skipped suites with problems in entries that they need: %s", ", ".join(sorted(self._blocked)))

    def remark_on_suites(self, suites: Iterable[str]) -> None:
        """Logs which of some suites are skipped, each with its first problem."""
        for name in suites:
            if name in self._blocked:
                LOG.warning("skipped suite '%s': %s", name, _first(self._blocked[name]))

    def code_file(self, kind: str, entry: schemas.CodeEntry) -> Path | None:
        """The registry file with an entry's code, or None where it is in a package."""
        return code_file(self.folder / kind, entry.entry)

    def count(self) -> int:
        """The number of entries."""
        return sum(len(entries) for entries in self._entries.values())

    @property
    def problems(self) -> list[EntryProblem]:
        """All problems, by file."""
        return self._problems_in(self._problems.keys())

    def problems_of(self, wanted: Iterable[str]) -> list[EntryProblem]:
        """The problems of some entries, given by name or file; of all entries where none is given.

        Raises:
            BoardError: for an entry that does not exist.
        """
        stems = [Path(word).stem for word in wanted]
        known = {path.stem for named in self._named.values() for paths in named.values() for path in paths}
        for stem in stems:
            if stem not in known:
                fix = nearest(stem, known) or "add it"
                raise BoardError(place=self.folder, expected="an entry", got=f"no entry '{stem}'", fix=fix)
        return self._problems_in({path for path in self._problems if not stems or path.stem in stems})

    def _problems_in(self, files: Set[Path]) -> list[EntryProblem]:
        return [problem for path, problems in self._problems.items() if path in files for problem in problems]

    def _add(self, path: Path, problems: Iterable[EntryProblem]) -> None:
        for problem in problems:
            self._problems.setdefault(path, []).append(problem.in_file(path))

    def _read(self, kind: str, schema: type[schemas.Entry]) -> dict[str, schemas.Entry]:
        entries: dict[str, schemas.Entry] = {}
        for path in sorted((self.folder / kind).rglob("*.toml")):
            self._named[kind][path.stem].add(path)
            entry = _parsed(path, schema)
            if entry is None:
                self._add(path, file_problems(path, schema))
                continue
            self._named[kind][entry.name].add(path)
            self._files[id(entry)] = path
            if entry.name in entries:
                got = f"'{entry.name}', which is the name of {self._files[id(entries[entry.name])]}"
                self._add(path, [EntryProblem("name", "a name of its own", got, "rename one of them")])
                continue
            entries[entry.name] = entry
            if path.stem != entry.name:
                fix = f"rename the file to '{entry.name}.toml'"
                if re.fullmatch(NAME, path.stem):
                    fix += f' or set name = "{path.stem}"'
                self._add(path, [EntryProblem("name", "the file's name", f"'{entry.name}'", fix)])
            if isinstance(entry, schemas.CodeEntry):
                self._add(path, entry_problems(entry, self.folder / kind))
        return entries

    def _check_folders(self) -> None:
        for path in sorted(self.folder.iterdir()):
            if path.is_dir() and path.name not in schemas.SCHEMAS and not path.name.startswith((".", "__")):
                self._add(path, [unknown("", "a kind of entries", path.name, schemas.SCHEMAS)])
            if path.suffix == ".toml":
                expected, got = f"an entry in one of {', '.join(schemas.SCHEMAS)}", "an entry outside of them"
                self._add(path, [EntryProblem("", expected, got, "move it")])

    def _check_references(self) -> None:
        for model in self.models.values():
            corpus = model.tokenizer.corpus if model.tokenizer else None
            if corpus is not None and corpus not in self.names("corpora"):
                self._add(self.file(model), [unknown("tokenizer.corpus", "a corpus", corpus, self.corpora, "add it")])
        for each in self.corpora.values():
            self._add(self.file(each), self._exclusion_problems(each))

    def _exclusion_problems(self, corpus: schemas.CorpusEntry) -> Iterator[EntryProblem]:
        for index, name in enumerate(corpus.excludes):
            key, task = f"excludes[{index}]", self.tasks.get(name)
            if task is not None and task.modality != corpus.modality:
                expected, got = f"a task of {corpus.modality}", f"'{name}' of {task.modality}"
                yield EntryProblem(key, expected, got, "remove it")
            if name not in self.names("tasks"):
                yield unknown(key, "a task", name, self.tasks)

    def _skip_invalid(self) -> dict[str, list[EntryProblem]]:
        """Removes invalid entries, and suites that need one; returns each such suite's problems."""
        blocked = {}
        for suite in self.names("suites"):
            parts = needed(self.suites[suite], self) if suite in self.suites else {"suites": {suite}}
            files = (self._named[kind].get(name, set()) for kind, names in parts.items() for name in names)
            if problems := self._problems_in(set().union(*files)):
                blocked[suite] = problems
        for kind, entries in self._entries.items():
            for name, entry in list(entries.items()):
                if self.file(entry) in self._problems or (kind == "suites" and name in blocked):
                    del entries[name]
        return blocked


def _first(problems: list[EntryProblem]) -> str:
    """The first of some problems, and the number of further ones."""
    more = len(problems) - 1
    return f"{problems[0]}" + (f" ({more} more problem{'s' if more > 1 else ''})" if more else "")


def _parsed(path: Path, schema: type[schemas.Entry]) -> schemas.Entry | None:
    try:
        return schema.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError):
        return None
