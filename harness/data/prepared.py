"""Data prepared once into `.npy` files, which every worker maps into memory.

A folder of the cache is named by the data's fingerprint. Test labels are in a file of their own, which only the trusted
scorer reads.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.data import TEST, DataError
from harness.data.atomic import build_once
from harness.data.corruption import corrupted
from harness.data.rows import digests, gathered, pieces, selected
from harness.data.sources import NONE, Sources, Spec, corpus_arrays, task_arrays
from harness.seeds import stream

LAYOUT = 3
"""The version of the files in a prepared folder; a change of them raises it."""


@dataclass(frozen=True)
class PreparedTask:
    """A task for workers. The arrays are as in `TaskArrays`, but the labels of test examples are -1."""

    examples: np.ndarray
    labels: np.ndarray
    split: np.ndarray
    groups: np.ndarray
    classes: list[str]
    facts: dict[str, int]


@dataclass(frozen=True)
class PreparedCorpus:
    """A corpus at its fraction and corruption. The held-out part is clean and always the same."""

    examples: np.ndarray
    labels: np.ndarray | None
    heldout_examples: np.ndarray
    heldout_labels: np.ndarray | None
    classes: int
    facts: dict[str, Any]
    """Counts of examples, held-out and skipped ones, and of excluded test examples that were in the source by task."""


def prepare_task(spec: Spec, cache: Path, registry: Path | None = None, sources: Sources = NONE) -> PreparedTask:
    """A task's arrays, built where the cache lacks them. `registry` holds the code of entries that have their own.

    Raises:
        DataError: when the data is missing or not as the task's kind demands.
    """
    folder = build_once(_folder(spec, cache), lambda target: _build_task(spec, target, cache, registry, sources))
    return _load_task(folder)


def _load_task(folder: Path) -> PreparedTask:
    arrays = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("examples", "labels", "split", "groups")
    }
    return PreparedTask(**arrays, **json.loads((folder / "facts.json").read_text()))


def test_labels(spec: Spec, cache: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The labels and groups of a task's test examples and its class names, for the scorer, which runs no entry's code.

    Raises:
        DataError: when no worker has prepared them.
    """
    folder = _existing_folder(spec, cache)
    classes = json.loads((folder / "facts.json").read_text())["classes"]
    return np.load(folder / "test_labels.npy"), np.load(folder / "test_groups.npy"), classes


def labelled_task(spec: Spec, cache: Path) -> PreparedTask:
    """A task with the labels of its test examples, for the scorer.

    Raises:
        DataError: when no worker has prepared it.
    """
    folder = _existing_folder(spec, cache)
    task = _load_task(folder)
    labels = np.array(task.labels)
    labels[task.split == TEST] = np.load(folder / "test_labels.npy")
    return replace(task, labels=labels)


def _existing_folder(spec: Spec, cache: Path) -> Path:
    folder = _folder(spec, cache)
    if not folder.is_dir():
        expected = f"the prepared data of '{spec['name']}'"
        raise DataError(place=folder, expected=expected, got="nothing", fix="sweep again")
    return folder


def prepare_corpus(spec: Spec, cache: Path, registry: Path | None = None, sources: Sources = NONE) -> PreparedCorpus:
    """A corpus's arrays at its fraction and corruption. `spec["excludes"]` are the specs of the tasks that it excludes.

    Raises:
        DataError: when the data is missing or not as `CorpusArrays` demands, or the fraction leaves no example.
    """
    folder = build_once(_folder(spec, cache), lambda target: _build_corpus(spec, target, cache, registry, sources))
    facts = json.loads((folder / "facts.json").read_text())
    pool = _mapped(folder / "examples.npy")
    if round(spec["fraction"] * len(pool)) < 1:
        expected, got = "a fraction of at least one example", f"{spec['fraction']:g} of {len(pool)} examples"
        raise DataError(place=f"corpus '{spec['name']}'", expected=expected, got=got, fix="raise the fraction")
    rows = subset(np.arange(len(pool)), spec["fraction"], spec["name"])
    examples = pool if len(rows) == len(pool) else gathered(pool, rows)
    labels = np.load(folder / "labels.npy") if facts["classes"] else None
    heldout_labels = np.load(folder / "heldout_labels.npy") if facts["classes"] else None
    return PreparedCorpus(
        examples=corrupted(examples, spec["corruption"], stream(0, "corruption", spec["name"])),
        labels=None if labels is None else labels[rows],
        heldout_examples=_mapped(folder / "heldout.npy"),
        heldout_labels=heldout_labels,
        classes=facts["classes"],
        facts=facts,
    )


def _mapped(path: Path) -> np.ndarray:
    """An array of the cache as a file mapped into memory: all processes share pages that none writes to."""
    array: np.ndarray = np.load(path, mmap_mode="c")
    return array


def subset(rows: np.ndarray, fraction: float, name: str) -> np.ndarray:
    """A fraction of the rows, sorted. A smaller fraction is a subset of a larger one. `name` decides the draw."""
    order = np.random.default_rng(stream(0, "fraction", name)).permutation(len(rows))
    return np.sort(rows[order[: round(fraction * len(rows))]])


def _build_task(spec: Spec, folder: Path, cache: Path, registry: Path | None, sources: Sources) -> None:
    arrays = task_arrays(spec, cache, registry, sources)
    test = arrays.split == TEST
    labels = arrays.labels.copy()
    labels[test] = -1
    for name, value in (
        ("examples", arrays.examples),
        ("labels", labels),
        ("split", arrays.split),
        ("groups", arrays.groups),
        ("test_labels", arrays.labels[test]),
        ("test_groups", arrays.groups[test]),
    ):
        np.save(folder / f"{name}.npy", np.ascontiguousarray(value))
    (folder / "facts.json").write_text(json.dumps({"classes": arrays.classes, "facts": arrays.facts}))


def _build_corpus(spec: Spec, folder: Path, cache: Path, registry: Path | None, sources: Sources) -> None:
    """Writes a corpus without copies of its held-out part and of the test examples of excluded tasks.

    The source's array goes to disk at once, so it is not in memory together with the arrays of excluded tasks.
    """
    arrays = corpus_arrays(spec, cache, registry, sources)
    whole = folder / "whole.npy"
    _write(whole, arrays.examples.shape, pieces(arrays.examples))
    arrays = replace(arrays, examples=_mapped(whole))
    hashes = digests(arrays.examples)
    keep = arrays.heldout | ~np.isin(hashes, hashes[arrays.heldout])
    overlap: dict[str, int] = {}
    for task in spec["excludes"]:
        prepared = prepare_task(task, cache, registry, sources)
        copies = np.isin(hashes, digests(prepared.examples[prepared.split == TEST]))
        overlap[task["name"]] = int(copies.sum())
        keep &= ~copies
    for part, rows in (("training", ~arrays.heldout), ("held-out", arrays.heldout)):
        if not (keep & rows).any():
            expected, fix = f"{part} examples after its excludes", "check the tasks that it excludes"
            raise DataError(place=f"corpus '{spec['name']}'", expected=expected, got="none", fix=fix)
    for part, rows in (("examples", keep & ~arrays.heldout), ("heldout", keep & arrays.heldout)):
        shape = (int(rows.sum()), *arrays.examples.shape[1:])
        _write(folder / f"{part}.npy", shape, selected(arrays.examples, rows))
    whole.unlink()
    if arrays.labels is not None:
        np.save(folder / "labels.npy", arrays.labels[keep & ~arrays.heldout])
        np.save(folder / "heldout_labels.npy", arrays.labels[keep & arrays.heldout])
    facts = arrays.facts | {
        "classes": arrays.classes if arrays.labels is not None else 0,
        "examples": int(keep.sum()),
        "heldout": int(arrays.heldout[keep].sum()),
        "left_out": int((~keep).sum()),
        "overlap": overlap,
    }
    (folder / "facts.json").write_text(json.dumps(facts))


def _write(path: Path, shape: tuple[int, ...], parts: Iterable[np.ndarray]) -> None:
    """Writes uint8 pieces of an array as one `.npy`."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for part in parts:
            file.write(np.ascontiguousarray(part).data)


def _folder(spec: Spec, cache: Path) -> Path:
    return cache / "data" / f"{spec['name']}-{spec['fingerprint'][:24]}-{LAYOUT}"
