"""scikit-learn's digits: 1,797 real handwritten digits, 8x8, from the UCI test set of optical recognition.

A task with a fixed stratified split, and a corpus of its training pool.
"""

import functools

import numpy as np

from harness.data import TEST, TRAIN, VALIDATION, CorpusArrays, TaskArrays
from harness.data.images import resized

SPLIT_SEED = 20260101
TEST_SHARE, VALIDATION_SHARE, HELDOUT_SHARE = 0.25, 0.15, 0.1
BLOCKS, TEST_BLOCKS, VALIDATION_BLOCKS = 13, (1, 4, 8, 11), (6, 9)


def task(shape: tuple[int, int, int]) -> TaskArrays:
    """The digits with their split: about 60 % training, 15 % validation, 25 % test, stratified."""
    return _task(shape, _split(), np.arange(len(_split())))


def blocks(shape: tuple[int, int, int]) -> TaskArrays:
    """The digits split by contiguous blocks of their file, to approximate unseen writers.

    Thirteen people wrote the digits, in an order that is visible but not documented. The file is cut in thirteen
    blocks: four for testing, two for validation. Each block is one group of examples.
    """
    _, labels = _digits()
    block = np.arange(len(labels)) * BLOCKS // len(labels)
    split = np.full(len(labels), TRAIN, dtype=np.uint8)
    split[np.isin(block, TEST_BLOCKS)] = TEST
    split[np.isin(block, VALIDATION_BLOCKS)] = VALIDATION
    return _task(shape, split, block)


def _task(shape: tuple[int, int, int], split: np.ndarray, groups: np.ndarray) -> TaskArrays:
    images, labels = _digits()
    return TaskArrays(
        examples=resized(images, shape),
        labels=labels,
        split=split,
        groups=groups,
        classes=[str(digit) for digit in range(10)],
    )


def corpus(shape: tuple[int, int, int]) -> CorpusArrays:
    """The training pool with labels; a tenth of it is held out."""
    images, labels = _digits()
    pool = np.flatnonzero(_split() == TRAIN)
    heldout = np.zeros(len(pool), dtype=bool)
    heldout[np.random.default_rng(SPLIT_SEED).permutation(len(pool))[: int(HELDOUT_SHARE * len(pool))]] = True
    return CorpusArrays(examples=resized(images[pool], shape), heldout=heldout, labels=labels[pool], classes=10)


@functools.cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    """Images, uint8 (N, 1, 8, 8), and labels, int64 (N,)."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = np.round(bunch.images * (255 / 16)).astype(np.uint8)[:, None]
    return images, bunch.target.astype(np.int64)


def _split() -> np.ndarray:
    _, labels = _digits()
    random = np.random.default_rng(SPLIT_SEED)
    split = np.full(len(labels), TRAIN, dtype=np.uint8)
    for digit in range(10):
        members = random.permutation(np.flatnonzero(labels == digit))
        test = round(TEST_SHARE * len(members))
        split[members[:test]] = TEST
        split[members[test : test + round(VALIDATION_SHARE * len(members))]] = VALIDATION
    return split
