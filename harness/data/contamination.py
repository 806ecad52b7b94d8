"""How much of a task's test split lies in a corpus: exact copies and near-duplicates, counted for every pair.

A near-duplicate is a test image whose small grey picture correlates with one of the corpus at 0.99 or more: the same
picture brighter, compressed anew or with a little noise, or another character that looks the same. What a shift by
a pixel or a turn hides is not found. Of texts it is one whose runs of four characters are nearly all those of one of
the corpus (cosine of their counts 0.9 or more), case and white space apart.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, normalize

from harness.data import TEST
from harness.data.prepared import NONE, Sources, Spec, prepare_corpus, prepare_task
from harness.data.rows import content, pieces
from harness.data.texts import unpacked

NEAR, TEXT_NEAR = 0.99, 0.9
SIDE = 16
CHUNK = 1024


def overlap(corpus: Spec, task: Spec, cache: Path, registry: Path, sources: Sources = NONE) -> dict[str, int]:
    """Of how many test examples (`of`) the corpus, all of it and uncorrupted, holds an `exact` copy, and of how many
    more a `near` one. Counted once for each pair of fingerprints, and kept in the cache.
    """
    kept = cache / "overlap" / f"{corpus['fingerprint'][:24]}-{task['fingerprint'][:24]}.json"
    try:
        found: dict[str, int] = json.loads(kept.read_text())
    except (OSError, ValueError):
        whole = prepare_corpus(corpus | {"fraction": 1.0, "corruption": None}, cache, registry, sources)
        prepared = prepare_task(task, cache, registry, sources)
        found = counts(whole.examples, prepared.examples[prepared.split == TEST])
        _keep(kept, found)
    return found


def counts(corpus: np.ndarray, test: np.ndarray) -> dict[str, int]:
    """Exact and near copies of test examples (M, ...) among a corpus's (N, ...), both uint8. Of images of another size
    than the corpus's none is exact."""
    exact = np.isin(content(test), content(corpus))
    near = closest(corpus, test) >= NEAR if corpus.ndim > 2 else text_closest(corpus, test) >= TEXT_NEAR
    return {"exact": int(exact.sum()), "near": int((near & ~exact).sum()), "of": len(test)}


def closest(corpus: np.ndarray, test: np.ndarray) -> np.ndarray:
    """float32 (M,): the highest correlation of each test image's small picture with any of the corpus."""
    size = (min(SIDE, corpus.shape[2], test.shape[2]), min(SIDE, corpus.shape[3], test.shape[3]))
    pictures = _pictures(test, size)
    best = torch.full((len(pictures),), -1.0)
    for piece in pieces(corpus, CHUNK):
        others = _pictures(piece, size)
        for first in range(0, len(pictures), CHUNK):
            rows = slice(first, first + CHUNK)
            best[rows] = torch.maximum(best[rows], (pictures[rows] @ others.T).amax(dim=1))
    return best.numpy()


def text_closest(corpus: np.ndarray, test: np.ndarray) -> np.ndarray:
    """float32 (M,): the highest cosine of each test text's counts of four characters with those of a corpus's text."""
    from sklearn.feature_extraction.text import HashingVectorizer

    counter = HashingVectorizer(analyzer="char_wb", ngram_range=(4, 4), n_features=1 << 18, alternate_sign=False)
    wanted = counter.transform(unpacked(test))
    best = np.zeros(len(test), dtype=np.float32)
    for piece in pieces(corpus, CHUNK):
        others = counter.transform(unpacked(piece)).T.tocsc()
        for first in range(0, len(test), CHUNK):
            rows = slice(first, first + CHUNK)
            found = (wanted[rows] @ others).max(axis=1).toarray()[:, 0]
            best[rows] = np.maximum(best[rows], found)
    return best


def _pictures(images: np.ndarray, size: tuple[int, int]) -> Tensor:
    """(N, h * w): grey, shrunk to a size (h, w), without their mean, of unit length."""
    grey = torch.from_numpy(np.array(images)).float().mean(dim=1, keepdim=True)
    small = adaptive_avg_pool2d(grey, size).flatten(1)
    return normalize(small - small.mean(dim=1, keepdim=True))


def _keep(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(found))
    os.replace(beside, path)
