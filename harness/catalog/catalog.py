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
from harness.catalog.suite_problems import needed, suite_problems
from harness.errors import BoardError, nearest

LOG = logging.getLogger("pretune")


STORED = {"model": "models", "corpus": "corpora", "task": "tasks"}
"""The kinds of entries that may have data in files, with their folders."""


class Catalog:
    """The entries of a registry folder, by kind and name, read once and checked whole. What is broken is left out, and
    with it each suite that needs it.

    Raises:
        BoardError: when there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BoardError(f"{folder}: no registry folder here (run inside a board, or give --registry DIR)")
        self.folder = folder
        self._problems: dict[Path, list[str]] = {}
        self._files: dict[int, Path] = {}
        self._named: dict[str, dict[str, set[Path]]] = {kind: defaultdict(set) for kind in schemas.SCHEMAS}
        self._entries = {kind: self._read(kind, schema) for kind, schema in schemas.SCHEMAS.items()}
        self._check_folders()
        for suite in self.suites.values():
            self._note(self.file(suite), suite_problems(suite, self))
        self._check_references()
        self._stopped = self._leave_out()

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
        """The entries whose data lie in files, by kind and name: `task mnist`."""
        return {
            f"{kind} {name}": entry
            for kind, folder in STORED.items()
            for name, entry in self._entries[folder].items()
            if isinstance(entry, schemas.Stored)
            and (entry.files or (isinstance(entry, schemas.DataEntry) and entry.public))
        }

    def kind(self, kind: str) -> Mapping[str, schemas.Entry]:
        """All entries of one kind."""
        return self._entries[kind]

    def names(self, kind: str) -> Set[str]:
        """What can be referred to: the entries, and files whose own problems are listed already."""
        return self._named[kind].keys()

    def file(self, entry: schemas.Entry) -> Path:
        """The file that an entry was read from."""
        return self._files[id(entry)]

    def suite(self, name: str) -> schemas.SuiteEntry:
        """A suite by name, with a remark on each entry that is left out.

        Raises:
            BoardError: says what is wrong with the suite and what it needs, or has the nearest name where none is so
                called.
        """
        if name in self._stopped:
            raise BoardError("\n".join(self._stopped[name]))
        if name not in self.suites:
            raise BoardError(f"{self.folder / 'suites'}: no suite '{name}'; {nearest(name, self.suites)}")
        self.remark(name)
        return self.suites[name]

    def remark(self, suite: str | None = None) -> None:
        """Says what is wrong with each entry that is left out; and where no suite is meant, which suites are too."""
        why = f", since '{suite}' does not need it" if suite else ""
        for path, problems in self._problems.items():
            LOG.warning("%s: %s; left out%s", path, _short(problems), why)
        if self._stopped and suite is None:
            LOG.warning("suites that are broken or need what is broken: %s; left out", ", ".join(sorted(self._stopped)))

    def remark_on_suites(self, suites: Iterable[str]) -> None:
        """Says which of some suites are left out, and what is wrong with each or what it needs."""
        for name in suites:
            if name in self._stopped:
                LOG.warning("suite '%s' is left out: %s", name, _short(self._stopped[name]))

    def code_file(self, kind: str, entry: schemas.CodeEntry) -> Path | None:
        """The registry file that holds an entry's code, or None where it lives in a package."""
        return code_file(self.folder / kind, entry.entry)

    def count(self) -> int:
        """How many entries there are."""
        return sum(len(entries) for entries in self._entries.values())

    @property
    def problems(self) -> list[str]:
        """All that is wrong, each with its file, key and mend."""
        return self._said(self._problems.keys())

    def problems_of(self, wanted: Iterable[str]) -> list[str]:
        """The problems of some entries, named or given as files; of all where none is named.

        Raises:
            BoardError: for an entry that does not exist.
        """
        stems = [Path(word).stem for word in wanted]
        known = {path.stem for named in self._named.values() for paths in named.values() for path in paths}
        for stem in stems:
            if stem not in known:
                raise BoardError(f"{self.folder}: no entry '{stem}'; {nearest(stem, known)}")
        return self._said({path for path in self._problems if not stems or path.stem in stems})

    def _said(self, files: Set[Path]) -> list[str]:
        return [f"{path}: {text}" for path, texts in self._problems.items() if path in files for text in texts]

    def _note(self, path: Path, problems: Iterable[str]) -> None:
        for text in problems:
            self._problems.setdefault(path, []).append(text)

    def _read(self, kind: str, schema: type[schemas.Entry]) -> dict[str, schemas.Entry]:
        entries: dict[str, schemas.Entry] = {}
        for path in sorted((self.folder / kind).rglob("*.toml")):
            self._named[kind][path.stem].add(path)
            entry = _parsed(path, schema)
            if entry is None:
                self._note(path, file_problems(path, schema))
                continue
            self._named[kind][entry.name].add(path)
            self._files[id(entry)] = path
            if entry.name in entries:
                other = self._files[id(entries[entry.name])]
                self._note(path, [f"name: '{entry.name}' is taken by {other}; rename one of them"])
                continue
            entries[entry.name] = entry
            if path.stem != entry.name:
                mend = f"rename the file to '{entry.name}.toml'"
                if re.fullmatch(schemas.NAME, path.stem):
                    mend += f' or set name = "{path.stem}"'
                self._note(path, [f"name: '{entry.name}' differs from the file's name; {mend}"])
            if isinstance(entry, schemas.CodeEntry):
                self._note(path, entry_problems(entry, self.folder / kind))
        return entries

    def _check_folders(self) -> None:
        for path in sorted(self.folder.iterdir()):
            if path.is_dir() and path.name not in schemas.SCHEMAS and not path.name.startswith((".", "__")):
                hint = nearest(path.name, schemas.SCHEMAS)
                self._note(path, [f"not a kind of entry; {hint}"])
            if path.suffix == ".toml":
                self._note(path, [f"an entry belongs into one of {', '.join(schemas.SCHEMAS)}"])

    def _check_references(self) -> None:
        for model in self.models.values():
            trained_on = model.tokenizer.corpus if model.tokenizer else None
            if trained_on is not None and trained_on not in self.names("corpora"):
                hint = nearest(trained_on, self.corpora)
                self._note(self.file(model), [f"tokenizer.corpus: no corpus '{trained_on}'; {hint}"])
        for corpus in self.corpora.values():
            self._note(self.file(corpus), self._exclusion_problems(corpus))

    def _exclusion_problems(self, corpus: schemas.CorpusEntry) -> Iterator[str]:
        for index, name in enumerate(corpus.excludes):
            task = self.tasks.get(name)
            if task is not None and task.modality != corpus.modality:
                held = f"'{name}' is of {task.modality}, which no corpus of {corpus.modality} can hold"
                yield f"excludes[{index}]: {held}; leave it out"
            if name not in self.names("tasks"):
                yield f"excludes[{index}]: no task '{name}'; {nearest(name, self.tasks)}"

    def _leave_out(self) -> dict[str, list[str]]:
        """Takes out what is broken; returns what is wrong with each suite and what it needs, where anything is."""
        stopped = {}
        for suite in self.names("suites"):
            parts = needed(self.suites[suite], self) if suite in self.suites else {"suites": {suite}}
            files = (self._named[kind].get(name, set()) for kind, names in parts.items() for name in names)
            if problems := self._said(set().union(*files)):
                stopped[suite] = problems
        for kind, entries in self._entries.items():
            for name, entry in list(entries.items()):
                if self.file(entry) in self._problems or (kind == "suites" and name in stopped):
                    del entries[name]
        return stopped


def _short(problems: list[str]) -> str:
    """The first of some problems, and how many there are more."""
    first, more = problems[0], len(problems) - 1
    return first + (f" (and {more} problem{'s' if more > 1 else ''} more)" if more else "")


def _parsed(path: Path, schema: type[schemas.Entry]) -> schemas.Entry | None:
    try:
        return schema.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError):
        return None
