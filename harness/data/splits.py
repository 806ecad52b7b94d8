"""Training, validation and test parts of data in files: each lies in a place of its own, or is a share drawn from the
training part, the same for the same examples.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Sized
from pathlib import PurePosixPath
from typing import TypeVar

import numpy as np

from harness.data import PARTS, TEST, TRAIN, VALIDATION, DataError
from harness.seeds import stream

SEED = 20260104
HELDOUT_SHARE = 0.1
NAMES = {number: name for name, number in PARTS.items()}

Place = TypeVar("Place")


def places(train: Place, validation: Place | float, test: Place | float) -> dict[int, Place]:
    """The parts that have a place of their own.

    Raises:
        DataError: when shares leave nothing to train on, or a place lies in another.
    """
    wanted = shares(validation, test)
    found = {TRAIN: train, VALIDATION: validation, TEST: test}
    named = {part: place for part, place in found.items() if part not in wanted}
    for one, place in named.items():
        for other, holder in named.items():
            if one != other and isinstance(place, str) and PurePosixPath(place).is_relative_to(str(holder)):
                raise DataError(
                    f"args: '{place}' of {NAMES[one]} lies in '{holder}' of {NAMES[other]}; name folders apart, or a "
                    "share of the training examples"
                )
    return named  # type: ignore[return-value]


def pairs(train: object, validation: object, test: object) -> dict[int, tuple[str, str]]:
    """As `places`, for parts that are two names each.

    Raises:
        DataError: when a part is neither two names nor a share.
    """
    named = places(train, validation, test)
    for part, place in named.items():
        if not isinstance(place, list | tuple) or [*map(type, place)] != [str, str]:
            raise DataError(f"args: the {NAMES[part]} part is {place!r}, and has to be two names or a share, a number")
    return named  # type: ignore[return-value]


def shares(validation: object, test: object) -> dict[int, float]:
    """The parts that are shares of the training part.

    Raises:
        DataError: when one is not above 0, or all together leave nothing to train on.
    """
    found = {VALIDATION: validation, TEST: test}
    wanted = {part: float(share) for part, share in found.items() if isinstance(share, int | float)}
    if any(share <= 0 for share in wanted.values()) or sum(wanted.values()) >= 1:
        given = ", ".join(f"{NAMES[part]} {share:g}" for part, share in wanted.items())
        raise DataError(f"args: {given}: shares of the training examples are above 0, and together below 1")
    return wanted


def origins(parts: Mapping[int, Sized]) -> np.ndarray:
    """uint8 (N,): the part that each example lies in, of examples by part."""
    return np.repeat(np.array(list(parts), dtype=np.uint8), [len(examples) for examples in parts.values()])


def check_covers(labels: Iterable[str], classes: Sequence[str], fewest: int, where: str, noun: str) -> None:
    """A part has enough examples (`noun`: images, texts) of each class for all parts that are made of it.

    Raises:
        DataError: names the class with fewest.
    """
    counts = Counter(labels)
    rarest = min(classes, key=lambda name: (counts[name], name))
    if counts[rarest] < fewest:
        raise DataError(
            f"{where}: has {counts[rarest]} {noun} of the class '{rarest}', and needs at least {fewest}: one for each "
            f"part that is made of it; add {noun}, or leave the class out everywhere"
        )


def drawn(origin: np.ndarray, strata: np.ndarray, wanted: Mapping[int, float]) -> np.ndarray:
    """The split, uint8 (N,), of examples that lie in the part `origin` (N,): shares of each stratum (N,) are drawn from
    the training part. A stratum with enough examples for all parts gives each at least one, any other gives none.
    """
    split = origin.astype(np.uint8)
    random = np.random.default_rng(stream(SEED, "split"))
    for stratum in np.unique(strata[origin == TRAIN]):
        members = random.permutation(np.flatnonzero((strata == stratum) & (origin == TRAIN)))
        first, parts = 0, len(wanted) if len(members) > len(wanted) else 0
        for later, (part, share) in zip(reversed(range(parts)), wanted.items(), strict=False):
            room = len(members) - first - later - 1
            count = min(max(1, round(share * len(members))), room)
            split[members[first : first + count]] = part
            first += count
    return split


def heldout(strata: np.ndarray, share: float = HELDOUT_SHARE) -> np.ndarray:
    """bool (N,): the share of a corpus that is never trained on, drawn of each stratum (N,) alike.

    Raises:
        DataError: when the share is not between 0 and 1.
    """
    origin = np.full(len(strata), TRAIN, dtype=np.uint8)
    return drawn(origin, strata, shares(share, None)) == VALIDATION


def rarest(present: np.ndarray) -> np.ndarray:
    """int64 (N,): of the classes that an example holds, bool (N, K), the one that fewest examples hold; -1 for none."""
    counts = present.sum(axis=0)
    order = np.argsort(counts, kind="stable")
    first = order[present[:, order].argmax(axis=1)]
    return np.where(present.any(axis=1), first, -1)
