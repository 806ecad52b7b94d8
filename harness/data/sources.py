"""Calls a source: the function of a corpus or task that an entry names; and checks the arrays that it returns."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from harness.catalog.loading import place_in, resolve
from harness.data import PARTS, CorpusArrays, DataError, TaskArrays
from harness.data.archives import opened
from harness.metrics.image_classification import check_classes
from harness.metrics.kinds import kind_module

Spec = dict[str, Any]
Sources = Mapping[str, Mapping[str, Any]]
"""The named arguments of sources, such as `folder`, by `<kind>/<name>` of their entries."""
NONE: Sources = {}
FIX_ENTRY = "correct the entry's source"
Arrays = TypeVar("Arrays", TaskArrays, CorpusArrays)


def task_arrays(spec: Spec, cache: Path, registry: Path | None, sources: Sources) -> TaskArrays:
    """The arrays of a task's source, checked.

    Raises:
        DataError: when the source fails, or its arrays are not as `TaskArrays` and the task's kind demand.
    """
    arrays = _call(spec, "tasks", TaskArrays, cache, registry, sources)
    _check_examples(arrays.examples, spec)
    place, kind = f"'{spec['name']}'", spec["kind"]
    for part, split in PARTS.items():
        if not (arrays.split == split).any():
            raise DataError(place=place, expected=f"{part} examples", got="none", fix=FIX_ENTRY)
    try:
        kind_module(kind).check_labels(arrays.labels, arrays.split, arrays.examples.shape, arrays.classes)
    except ValueError as error:
        expected = f"labels of the kind '{kind}'"
        raise DataError(place=place, expected=expected, got=str(error), fix=FIX_ENTRY) from error
    return arrays


def corpus_arrays(spec: Spec, cache: Path, registry: Path | None, sources: Sources) -> CorpusArrays:
    """The arrays of a corpus's source, checked.

    Raises:
        DataError: when the source fails, or its arrays are not as `CorpusArrays` demands.
    """
    arrays = _call(spec, "corpora", CorpusArrays, cache, registry, sources)
    _check_examples(arrays.examples, spec)
    place, count = f"'{spec['name']}'", len(arrays.examples)
    if arrays.heldout.shape != (count,) or not 0 < arrays.heldout.sum() < count:
        expected = f"a held-out part of some of the {count} examples, but not all"
        got = f"heldout of shape {arrays.heldout.shape} with {int(arrays.heldout.sum())} examples"
        raise DataError(place=place, expected=expected, got=got, fix=FIX_ENTRY)
    if arrays.labels is not None:
        try:
            check_classes(arrays.labels, count, arrays.classes)
        except ValueError as error:
            expected = "labels of the corpus's classes"
            raise DataError(place=place, expected=expected, got=str(error), fix=FIX_ENTRY) from error
    return arrays


def _call(
    spec: Spec, kind: str, returned: type[Arrays], cache: Path, registry: Path | None, sources: Sources
) -> Arrays:
    """The arrays of a source for the spec's shape and arguments. An archive is unpacked first."""
    arguments = dict(sources.get(f"{kind}/{spec['name']}", {}))
    note = arguments.pop("note", None)
    if "folder" in arguments:
        arguments["folder"] = Path(arguments["folder"])
    place = f"'{spec['name']}' ({spec['entry']})"
    with contextlib.ExitStack() as files:
        if "files" in spec:
            _check_exists(arguments["folder"], spec["name"], note)
            arguments["folder"] = files.enter_context(opened(arguments["folder"], spec["files"], cache))
        try:
            source = resolve(spec["entry"], registry and registry / kind)
            arrays = source(tuple(spec["shape"]), **arguments, **spec["args"])
        except DataError as error:
            raise error.of_entry(spec["name"]) from error.__cause__
        except Exception as error:  # a source may raise anything, and its user knows the entry
            place += place_in(error, registry) if registry else ""
            got, fix = f"{type(error).__name__}: {error}", "correct the source or its data"
            raise DataError(place=place, expected="arrays from the source", got=got, fix=fix) from error
    if not isinstance(arrays, returned):
        raise DataError(place=place, expected=returned.__name__, got=type(arrays).__name__, fix="return it")
    return arrays


def _check_exists(files: Path, name: str, note: str | None) -> None:
    if not files.exists():
        fix = "put the data there, or set PRETUNE_DATA to the folder of all data" + (f" ({note})" if note else "")
        raise DataError(place=f"{files} (of '{name}')", expected="a file or folder", got="nothing", fix=fix)


def _check_examples(examples: Any, spec: Spec) -> None:
    wanted, place = tuple(spec["shape"]), f"'{spec['name']}'"
    if not isinstance(examples, np.ndarray) or examples.dtype != np.uint8 or examples.shape[1:] != wanted:
        expected = f"examples of uint8 (N, {', '.join(map(str, wanted))})"
        got = f"{examples.dtype} {examples.shape}" if isinstance(examples, np.ndarray) else repr(examples)[:60]
        raise DataError(place=place, expected=expected, got=got, fix=FIX_ENTRY)
    if len(examples) == 0:
        raise DataError(place=place, expected="examples", got="none", fix=FIX_ENTRY)
