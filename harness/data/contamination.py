"""Contamination: exact copies and near-duplicates of a task's test examples in a corpus, counted for every pair.

A test image is a near-duplicate if its small grey version correlates with one of the corpus at 0.99 or more. That
covers other brightness, compression, a little noise, and characters that look alike; it does not cover shifts by a
pixel or rotations. A test text is a near-duplicate if the cosine of its 4-gram counts with those of a text of the
corpus is 0.9 or more; case and white space do not count.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, normalize

from harness.data import TEST
from harness.data.atomic import write_file
from harness.data.prepared import prepare_corpus, prepare_task
from harness.data.rows import digests, pieces
from harness.data.sources import NONE, Sources, Spec
from harness.data.texts import unpacked

NEAR, TEXT_NEAR = 0.99, 0.9
SIDE = 16
CHUNK = 1024


def overlap(corpus: Spec, task: Spec, cache: Path, registry: Path, sources: Sources = NONE) -> dict[str, int]:
    """The number of test examples (`of`), of those with an `exact` copy in the corpus, and of others with a `near` one.

    The corpus is whole and not corrupted. Each pair of fingerprints is counted once and cached.

    Raises:
        DataError: when the data of either cannot be prepared.
    """
    path = cache / "overlap" / f"{corpus['fingerprint'][:24]}-{task['fingerprint'][:24]}.json"
    try:
        counted: dict[str, int] = json.loads(path.read_text())
    except (OSError, ValueError):
        whole = prepare_corpus(corpus | {"fraction": 1.0, "corruption": None}, cache, registry, sources)
        prepared = prepare_task(task, cache, registry, sources)
        counted = counts(whole.examples, prepared.examples[prepared.split == TEST])
        write_file(path, json.dumps(counted).encode())
    return counted


def counts(corpus: np.ndarray, test: np.ndarray) -> dict[str, int]:
    """Counts of exact and near copies of test examples (M, ...) in a corpus (N, ...), both uint8.

    Images of another size than the corpus's have no exact copy.
    """
    exact = np.isin(digests(test), digests(corpus))
    near = closest(corpus, test) >= NEAR if corpus.ndim > 2 else text_closest(corpus, test) >= TEXT_NEAR
    return {"exact": int(exact.sum()), "near": int((near & ~exact).sum()), "of": len(test)}


def closest(corpus: np.ndarray, test: np.ndarray) -> np.ndarray:
    """float32 (M,): the highest correlation of each small test image (M, C, H, W) with one of the corpus (N, ...)."""
    size = (min(SIDE, corpus.shape[2], test.shape[2]), min(SIDE, corpus.shape[3], test.shape[3]))
    small = _small(test, size)
    best = torch.full((len(small),), -1.0)
    for piece in pieces(corpus, CHUNK):
        others = _small(piece, size)
        for first in range(0, len(small), CHUNK):
            rows = slice(first, first + CHUNK)
            best[rows] = torch.maximum(best[rows], (small[rows] @ others.T).amax(dim=1))
    return best.numpy()


def text_closest(corpus: np.ndarray, test: np.ndarray) -> np.ndarray:
    """float32 (M,): the highest cosine of each test text's 4-gram counts with those of a text of the corpus."""
    from sklearn.feature_extraction.text import HashingVectorizer

    counter = HashingVectorizer(analyzer="char_wb", ngram_range=(4, 4), n_features=1 << 18, alternate_sign=False)
    wanted = counter.transform(unpacked(test))
    best = np.zeros(len(test), dtype=np.float32)
    for piece in pieces(corpus, CHUNK):
        others = counter.transform(unpacked(piece)).T.tocsc()
        for first in range(0, len(test), CHUNK):
            rows = slice(first, first + CHUNK)
            highest = (wanted[rows] @ others).max(axis=1).toarray()[:, 0]
            best[rows] = np.maximum(best[rows], highest)
    return best


def _small(images: np.ndarray, size: tuple[int, int]) -> Tensor:
    """(N, h * w): grey images shrunk to a size (h, w), centred and of unit length."""
    grey = torch.from_numpy(np.array(images)).float().mean(dim=1, keepdim=True)
    small = adaptive_avg_pool2d(grey, size).flatten(1)
    return normalize(small - small.mean(dim=1, keepdim=True))
