"""Reads and checks the registry. No code of an entry runs here, and torch is not imported."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from harness import spec
from harness.checks import code_file, entry_problems, file_problems
from harness.errors import BoardError, nearest
from harness.suite_checks import suite_problems


class RegistryError(BoardError):
    """Everything that is wrong with a registry, one problem a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Catalog:
    """The entries of a registry folder, by kind and name, read once and checked whole.

    Raises:
        RegistryError: names each file, key and mend.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BoardError(f"{folder}: no registry folder here (run inside a board, or give --registry DIR)")
        self.folder = folder
        self.problems: list[str] = []
        self._files: dict[int, Path] = {}
        self._entries = {kind: self._read(kind, schema) for kind, schema in spec.SCHEMAS.items()}
        self._check_folders()
        for suite in self.suites.values():
            self.problems += [f"{self._files[id(suite)]}: {text}" for text in suite_problems(suite, self)]
        self._check_references()

    @classmethod
    def of(cls, folder: Path) -> "Catalog":
        """The catalog of a folder that has to be valid."""
        catalog = cls(folder)
        if catalog.problems:
            raise RegistryError(catalog.problems)
        return catalog

    @cached_property
    def models(self) -> Mapping[str, spec.ModelEntry]:
        return cast(Mapping[str, spec.ModelEntry], self._entries["models"])

    @cached_property
    def objectives(self) -> Mapping[str, spec.ObjectiveEntry]:
        return cast(Mapping[str, spec.ObjectiveEntry], self._entries["objectives"])

    @cached_property
    def corpora(self) -> Mapping[str, spec.CorpusEntry]:
        return cast(Mapping[str, spec.CorpusEntry], self._entries["corpora"])

    @cached_property
    def tasks(self) -> Mapping[str, spec.TaskEntry]:
        return cast(Mapping[str, spec.TaskEntry], self._entries["tasks"])

    @cached_property
    def suites(self) -> Mapping[str, spec.SuiteEntry]:
        return cast(Mapping[str, spec.SuiteEntry], self._entries["suites"])

    def kind(self, kind: str) -> Mapping[str, spec.Entry]:
        """All entries of one kind."""
        return self._entries[kind]

    def names(self, kind: str) -> set[str]:
        """What can be referred to: the entries, and files whose own problems are listed already."""
        return {*self._entries[kind], *(path.stem for path in (self.folder / kind).rglob("*.toml"))}

    def file(self, entry: spec.Entry) -> Path:
        """The file that an entry was read from."""
        return self._files[id(entry)]

    def suite(self, name: str) -> spec.SuiteEntry:
        """A suite by name.

        Raises:
            BoardError: with the nearest name when there is none of this one.
        """
        if name not in self.suites:
            raise BoardError(f"{self.folder / 'suites'}: no suite '{name}'; {nearest(name, self.suites)}")
        return self.suites[name]

    def code_file(self, kind: str, entry: spec.CodeEntry) -> Path | None:
        """The registry file that holds an entry's code, or None where it lives in a package."""
        return code_file(self.folder / kind, entry.entry)

    def count(self) -> int:
        """How many entries there are."""
        return sum(len(entries) for entries in self._entries.values())

    def problems_of(self, wanted: Iterable[str]) -> list[str]:
        """The problems of some entries, named or given as files; of all where none is named.

        Raises:
            BoardError: for an entry that does not exist.
        """
        stems = [Path(word).stem for word in wanted]
        known = {path.stem for kind in spec.SCHEMAS for path in (self.folder / kind).rglob("*.toml")}
        for stem in stems:
            if stem not in known:
                raise BoardError(f"{self.folder}: no entry '{stem}'; {nearest(stem, known)}")
        files = [f"{stem}.toml:" for stem in stems]
        return [text for text in self.problems if not files or any(file in text for file in files)]

    def _read(self, kind: str, schema: type[spec.Entry]) -> dict[str, spec.Entry]:
        entries: dict[str, spec.Entry] = {}
        for path in sorted((self.folder / kind).rglob("*.toml")):
            found = list(file_problems(path, schema)) if (entry := _parsed(path, schema)) is None else []
            self.problems += found
            if entry is None:
                continue
            self._files[id(entry)] = path
            if entry.name in entries:
                other = self._files[id(entries[entry.name])]
                self.problems.append(f"{path}: name: '{entry.name}' is taken by {other}; rename one of them")
                continue
            entries[entry.name] = entry
            if path.stem != entry.name:
                mend = f"rename the file to '{entry.name}.toml' or set name = \"{path.stem}\""
                self.problems.append(f"{path}: name: '{entry.name}' differs from the file's name; {mend}")
            if isinstance(entry, spec.CodeEntry):
                self.problems += [f"{path}: {text}" for text in entry_problems(entry, self.folder / kind)]
        return entries

    def _check_folders(self) -> None:
        for path in sorted(self.folder.iterdir()):
            if path.is_dir() and path.name not in spec.SCHEMAS and not path.name.startswith((".", "__")):
                hint = nearest(path.name, spec.SCHEMAS)
                self.problems.append(f"{path}: not a kind of entry; {hint}")
            if path.suffix == ".toml":
                self.problems.append(f"{path}: an entry belongs into one of {', '.join(spec.SCHEMAS)}")

    def _check_references(self) -> None:
        for model in self.models.values():
            trained_on = model.tokenizer.corpus if model.tokenizer else None
            if trained_on is not None and trained_on not in self.names("corpora"):
                hint = nearest(trained_on, self.corpora)
                self.problems.append(f"{self.file(model)}: tokenizer.corpus: no corpus '{trained_on}'; {hint}")
        for corpus in self.corpora.values():
            for index, task in enumerate(corpus.excludes):
                if task in self.tasks and self.tasks[task].modality != corpus.modality:
                    self.problems.append(
                        f"{self.file(corpus)}: excludes[{index}]: '{task}' is of {self.tasks[task].modality}, which no "
                        f"corpus of {corpus.modality} can hold; leave it out"
                    )
                if task not in self.names("tasks"):
                    hint = nearest(task, self.tasks)
                    self.problems.append(f"{self.file(corpus)}: excludes[{index}]: no task '{task}'; {hint}")


def _parsed(path: Path, schema: type[spec.Entry]) -> spec.Entry | None:
    try:
        return schema.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError):
        return None
