"""Data prepared once into `.npy`, memory-mapped by every worker.

A folder of the cache is named by the data's fingerprint; it is built under a lock, beside its place, and renamed.
Test labels lie in a file of their own, which only the trusted scorer reads.
"""

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.catalog.loading import place_in, resolve
from harness.data import PARTS, TEST, CorpusArrays, DataError, TaskArrays
from harness.data.archives import opened
from harness.data.built import built
from harness.data.corruption import corrupted
from harness.data.rows import content, gathered, pieces, selected
from harness.errors import split_failure
from harness.metrics.image_classification import check_classes
from harness.metrics.kinds import kind_module
from harness.seeds import stream

Spec = dict[str, Any]
Sources = Mapping[str, Mapping[str, Any]]
"""What sources of data are given by name, by the kind and name of their entries."""
NONE: Sources = {}
RETURNED: Mapping[str, type] = {"tasks": TaskArrays, "corpora": CorpusArrays}
"""What the sources of each kind of entry return."""
LAYOUT = 3
"""The version of what lies in a prepared folder; a change of its files raises it."""


@dataclass(frozen=True)
class PreparedTask:
    """A task as workers see it: the labels of test examples are -1, whatever their form."""

    examples: np.ndarray
    labels: np.ndarray
    split: np.ndarray
    groups: np.ndarray
    classes: list[str]
    facts: dict[str, int]


@dataclass(frozen=True)
class PreparedCorpus:
    """A corpus at its fraction and corruption; the held-out part is clean and always the same."""

    examples: np.ndarray
    labels: np.ndarray | None
    heldout_examples: np.ndarray
    heldout_labels: np.ndarray | None
    classes: int
    facts: dict[str, Any]
    """Counts: examples, held out, left out, and for each excluded task how many of its test examples were met."""


def prepare_task(spec: Spec, cache: Path, registry: Path | None = None, sources: Sources = NONE) -> PreparedTask:
    """A task's arrays, built where the cache lacks them; `registry` holds the code of entries that bring their own.

    Raises:
        DataError: names the entry and what is wrong with its data.
    """
    folder = built(_place(spec, cache), lambda place: _build_task(spec, place, cache, registry, sources))
    return _loaded(folder)


def _loaded(folder: Path) -> PreparedTask:
    arrays = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("examples", "labels", "split", "groups")
    }
    return PreparedTask(**arrays, **json.loads((folder / "facts.json").read_text()))


def test_labels(spec: Spec, cache: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The labels and groups of a task's test examples and the names of its classes, for the scorer, which runs no
    entry's code.

    Raises:
        DataError: when no worker has prepared them.
    """
    folder = _prepared(spec, cache)
    classes = json.loads((folder / "facts.json").read_text())["classes"]
    return np.load(folder / "test_labels.npy"), np.load(folder / "test_groups.npy"), classes


def labelled_task(spec: Spec, cache: Path) -> PreparedTask:
    """A task with the labels of its test examples, for the scorer.

    Raises:
        DataError: when no worker has prepared it.
    """
    folder = _prepared(spec, cache)
    task = _loaded(folder)
    labels = np.array(task.labels)
    labels[task.split == TEST] = np.load(folder / "test_labels.npy")
    return replace(task, labels=labels)


def _prepared(spec: Spec, cache: Path) -> Path:
    folder = _place(spec, cache)
    if not folder.is_dir():
        raise DataError(f"{folder}: the prepared data of '{spec['name']}' are gone; sweep again")
    return folder


def prepare_corpus(spec: Spec, cache: Path, registry: Path | None = None, sources: Sources = NONE) -> PreparedCorpus:
    """A corpus's arrays at its fraction and corruption; `excludes` holds the specs of the tasks that it leaves out.

    Raises:
        DataError: names the entry and what is wrong with its data.
    """
    folder = built(_place(spec, cache), lambda place: _build_corpus(spec, place, cache, registry, sources))
    facts = json.loads((folder / "facts.json").read_text())
    pool = _mapped(folder / "examples.npy")
    if round(spec["fraction"] * len(pool)) < 1:
        raise DataError(f"corpus '{spec['name']}': fraction = {spec['fraction']:g} of its {len(pool)} examples is none")
    rows = subset(np.arange(len(pool)), spec["fraction"], spec["name"])
    images = pool if len(rows) == len(pool) else gathered(pool, rows)
    labels = np.load(folder / "labels.npy") if facts["classes"] else None
    heldout_labels = np.load(folder / "heldout_labels.npy") if facts["classes"] else None
    return PreparedCorpus(
        examples=corrupted(images, spec["corruption"], stream(0, "corruption", spec["name"])),
        labels=None if labels is None else labels[rows],
        heldout_examples=_mapped(folder / "heldout.npy"),
        heldout_labels=heldout_labels,
        classes=facts["classes"],
        facts=facts,
    )


def _mapped(path: Path) -> np.ndarray:
    """An array of the cache as a file in memory: pages that nobody writes to are shared by all who map it."""
    found: np.ndarray = np.load(path, mmap_mode="c")
    return found


def subset(rows: np.ndarray, fraction: float, name: str) -> np.ndarray:
    """A share of the rows, sorted; a smaller share is a subset of a larger one."""
    order = np.random.default_rng(stream(0, "fraction", name)).permutation(len(rows))
    return np.sort(rows[order[: round(fraction * len(rows))]])


def _build_task(spec: Spec, place: Path, cache: Path, registry: Path | None, sources: Sources) -> None:
    arrays = _called(spec, "tasks", cache, registry, sources)
    _check_task(arrays, spec)
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
        np.save(place / f"{name}.npy", np.ascontiguousarray(value))
    (place / "facts.json").write_text(json.dumps({"classes": arrays.classes, "facts": arrays.facts}))


def _build_corpus(spec: Spec, place: Path, cache: Path, registry: Path | None, sources: Sources) -> None:
    """Writes what is left of a corpus without copies of its held-out part and of the tests of excluded tasks.

    What the source gives goes to disk at once: it need not stay in memory beside what the tasks load.
    """
    arrays = _called(spec, "corpora", cache, registry, sources)
    _check_corpus(arrays, spec)
    whole = place / "whole.npy"
    _write(whole, arrays.examples.shape, pieces(arrays.examples))
    arrays = replace(arrays, examples=_mapped(whole))
    digests = content(arrays.examples)
    keep = arrays.heldout | ~np.isin(digests, digests[arrays.heldout])
    overlap: dict[str, int] = {}
    for task in spec["excludes"]:
        prepared = prepare_task(task, cache, registry, sources)
        met = np.isin(digests, content(prepared.examples[prepared.split == TEST]))
        overlap[task["name"]] = int(met.sum())
        keep &= ~met
    for part, rows in (("training", ~arrays.heldout), ("held-out", arrays.heldout)):
        if not (keep & rows).any():
            raise DataError(
                f"corpus '{spec['name']}': no {part} example is left after its excludes; look at what it excludes"
            )
    for part, rows in (("examples", keep & ~arrays.heldout), ("heldout", keep & arrays.heldout)):
        shape = (int(rows.sum()), *arrays.examples.shape[1:])
        _write(place / f"{part}.npy", shape, selected(arrays.examples, rows))
    whole.unlink()
    if arrays.labels is not None:
        np.save(place / "labels.npy", arrays.labels[keep & ~arrays.heldout])
        np.save(place / "heldout_labels.npy", arrays.labels[keep & arrays.heldout])
    facts = arrays.facts | {
        "classes": arrays.classes if arrays.labels is not None else 0,
        "examples": int(keep.sum()),
        "heldout": int(arrays.heldout[keep].sum()),
        "left_out": int((~keep).sum()),
        "overlap": overlap,
    }
    (place / "facts.json").write_text(json.dumps(facts))


def _write(path: Path, shape: tuple[int, ...], parts: Iterable[np.ndarray]) -> None:
    """An array of uint8 in pieces as one `.npy`."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for part in parts:
            file.write(np.ascontiguousarray(part).data)


def _called(spec: Spec, kind: str, cache: Path, registry: Path | None, sources: Sources) -> Any:
    given = dict(sources.get(f"{kind}/{spec['name']}", {}))
    note = given.pop("note", None)
    if "folder" in given:
        given["folder"] = Path(given["folder"])
        if "files" in spec and not given["folder"].exists():
            about = f" (of '{spec['name']}': {note})" if note else f" (of '{spec['name']}')"
            raise DataError(
                f"{given['folder']}: no such file or folder; put the data there, or name the folder of all "
                f"data by PRETUNE_DATA{about}"
            )
    with contextlib.ExitStack() as files:
        if "files" in spec:
            given["folder"] = files.enter_context(opened(given["folder"], spec["files"], cache))
        entry = f"'{spec['name']}' ({spec['entry']})"
        try:
            found = resolve(spec["entry"], registry and registry / kind)(tuple(spec["shape"]), **given, **spec["args"])
        except DataError as error:
            raise DataError(str(error) if spec["name"] in str(error) else f"{error} (of '{spec['name']}')") from error
        except Exception as error:  # a source may raise anything, and the entry is what its user knows
            above, named, below = split_failure(f"{entry}: {type(error).__name__}: {error}")
            where = place_in(error, registry) if registry else ""
            raise DataError(f"{above}{named}{where}{below}") from error
    if not isinstance(found, RETURNED[kind]):
        raise DataError(f"{entry}: returned {type(found).__name__}, and has to return {RETURNED[kind].__name__}")
    return found


def _check_examples(examples: Any, spec: Spec) -> None:
    wanted = tuple(spec["shape"])
    if not isinstance(examples, np.ndarray) or examples.dtype != np.uint8 or examples.shape[1:] != wanted:
        given = f"{examples.dtype} {examples.shape}" if isinstance(examples, np.ndarray) else repr(examples)[:60]
        raise DataError(
            f"'{spec['name']}': examples are {given}, and have to be uint8 (N, {', '.join(map(str, wanted))})"
        )
    if len(examples) == 0:
        raise DataError(f"'{spec['name']}': holds no examples")


def _check_corpus(arrays: CorpusArrays, spec: Spec) -> None:
    _check_examples(arrays.examples, spec)
    name = spec["name"]
    if arrays.heldout.shape != (len(arrays.examples),) or not 0 < arrays.heldout.sum() < len(arrays.examples):
        raise DataError(f"'{name}': the held-out part has to be some of the {len(arrays.examples)} examples, not all")
    if arrays.labels is not None:
        try:
            check_classes(arrays.labels, len(arrays.examples), arrays.classes)
        except ValueError as error:
            raise DataError(f"'{name}': {error}") from error


def _check_task(arrays: TaskArrays, spec: Spec) -> None:
    _check_examples(arrays.examples, spec)
    name, kind = spec["name"], spec["kind"]
    for part, split in PARTS.items():
        if not (arrays.split == split).any():
            raise DataError(f"'{name}': has no {part} examples")
    try:
        kind_module(kind).check_labels(arrays.labels, arrays.split, arrays.examples.shape, arrays.classes)
    except ValueError as error:
        raise DataError(f"'{name}': {error}; that is what its kind '{kind}' asks of its entry") from error


def _place(spec: Spec, cache: Path) -> Path:
    return cache / "data" / f"{spec['name']}-{spec['fingerprint'][:24]}-{LAYOUT}"
