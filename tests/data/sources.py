"""Small sources of data for tests, sound and broken, named by specs as the registry's are."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from harness.catalog.keys import key
from harness.data import CorpusArrays, DataError, TaskArrays

Shape = tuple[int, int, int]


def spec(attr: str, shape: Shape = (1, 4, 4), **args: Any) -> dict[str, Any]:
    """The spec of a source of this module, as in a job."""
    content = {
        "name": attr.replace("_", "-"),
        "entry": f"tests.data.sources:{attr}",
        "args": args,
        "shape": shape,
        "kind": "image-classification",
    }
    return content | {"fingerprint": hashlib.sha256(repr(content).encode()).hexdigest()}


def corpus_spec(base: dict[str, Any], excludes: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    """A corpus's spec with its quantity, quality and exclusions, as in a job."""
    fingerprint = key({"base": base["fingerprint"], "excludes": [task["fingerprint"] for task in excludes]})
    wanted = {"fraction": 1.0, "corruption": None, "labels": False} | more
    return base | {"fingerprint": fingerprint, "excludes": list(excludes)} | wanted


def pictures(count: int, shape: Shape, seed: int = 0) -> np.ndarray:
    """Random images: no two are alike."""
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def corpus(shape: Shape, count: int = 600, seed: int = 0, labelled: bool = True) -> CorpusArrays:
    """Random images, every tenth held out."""
    labels = np.arange(count) % 5 if labelled else None
    return CorpusArrays(pictures(count, shape, seed), np.arange(count) % 10 == 0, labels, 5 if labelled else 0)


def doubled_corpus(shape: Shape) -> CorpusArrays:
    """As `corpus`, with its first hundred images a second time, some of them held out in one place only."""
    images = pictures(200, shape)
    return CorpusArrays(np.concatenate([images, images[:100]]), np.arange(300) % 7 == 0)


def task(shape: Shape, count: int = 600, seed: int = 0, calls: str = "") -> TaskArrays:
    """Random images in three classes, half of them for testing; each call leaves a line in a file."""
    if calls:
        with Path(calls).open("a") as file:
            file.write("called\n")
    split = np.array([0, 1, 2, 2], dtype=np.uint8)[np.arange(count) % 4]
    labels = np.arange(count) // 4 % 3
    return TaskArrays(pictures(count, shape, seed), labels, split, np.arange(count), ["a", "b", "c"])


def failing(shape: Shape) -> TaskArrays:
    """Raises an error, as any source may."""
    raise KeyError("a column")


def without_file(shape: Shape) -> TaskArrays:
    """Names the missing file itself."""
    raise DataError(place="faces.zip", expected="a file", got="nothing", fix="download it")


def nothing(shape: Shape) -> None:
    """Forgets to return."""


def floating(shape: Shape) -> TaskArrays:
    """Images of the wrong type."""
    sound = task(shape)
    return TaskArrays(sound.examples / 255, sound.labels, sound.split, sound.groups, sound.classes)


def flat(shape: Shape) -> TaskArrays:
    """Images without a channel."""
    sound = task(shape)
    return TaskArrays(sound.examples[:, 0], sound.labels, sound.split, sound.groups, sound.classes)


def empty(shape: Shape) -> TaskArrays:
    """No images."""
    sound = task(shape)
    return TaskArrays(sound.examples[:0], sound.labels[:0], sound.split[:0], sound.groups[:0], sound.classes)


def beyond(shape: Shape) -> TaskArrays:
    """Labels past the classes."""
    sound = task(shape)
    return TaskArrays(sound.examples, sound.labels + 1, sound.split, sound.groups, sound.classes)


def fewer_labels(shape: Shape) -> TaskArrays:
    """Labels for some images only."""
    sound = task(shape)
    return TaskArrays(sound.examples, sound.labels[1:], sound.split, sound.groups, sound.classes)


def untested_class(shape: Shape) -> TaskArrays:
    """A class that the test split lacks."""
    sound = task(shape)
    split = np.where((sound.labels == 1) & (sound.split == 2), 0, sound.split).astype(np.uint8)
    return TaskArrays(sound.examples, sound.labels, split, sound.groups, sound.classes)


def covered(shape: Shape, heldout: bool) -> CorpusArrays:
    """Its held-out part, or all the rest, are the test examples of `task`."""
    sound = task(shape)
    return CorpusArrays(sound.examples, (sound.split == 2) == heldout)


def all_heldout(shape: Shape) -> CorpusArrays:
    """Nothing to train on."""
    return CorpusArrays(pictures(20, shape), np.ones(20, dtype=bool))


def none_heldout(shape: Shape) -> CorpusArrays:
    """Nothing held out."""
    return CorpusArrays(pictures(20, shape), np.zeros(20, dtype=bool))


KEPT: list[np.ndarray] = []


def loading(shape: Shape, size: int) -> TaskArrays:
    """As `task`, but keeps some bytes in memory, as a library does that a source imports."""
    KEPT.append(np.ones(size, dtype=np.uint8))
    return task(shape)
