"""Splits of data in files. A part is a folder or file of its own, or a share drawn from the training part.

The same examples are always drawn alike.
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

Location = TypeVar("Location")
"""A folder or file by its name, or a pair of names."""


def own_parts(train: Location, validation: Location | float, test: Location | float) -> dict[int, Location]:
    """The parts with a location of their own, which are those that are no share.

    Raises:
        DataError: when shares leave nothing to train on, or the location of a part is inside another's.
    """
    drawn = shares(validation, test)
    given = {TRAIN: train, VALIDATION: validation, TEST: test}
    located = {part: location for part, location in given.items() if part not in drawn}
    for one, location in located.items():
        for other, holder in located.items():
            if one != other and isinstance(location, str) and PurePosixPath(location).is_relative_to(str(holder)):
                raise DataError(
                    place="args",
                    expected=f"a folder of its own for the {NAMES[one]} part",
                    got=f"'{location}', which is in '{holder}' of the {NAMES[other]} part",
                    fix="name separate folders, or a share of the training examples",
                )
    return located  # type: ignore[return-value]


def own_pairs(train: object, validation: object, test: object) -> dict[int, tuple[str, str]]:
    """As `own_parts`, for parts that are two names each.

    Raises:
        DataError: when a part is neither two names nor a share.
    """
    located = own_parts(train, validation, test)
    for part, location in located.items():
        if not isinstance(location, list | tuple) or [*map(type, location)] != [str, str]:
            expected = f"two names or a share for the {NAMES[part]} part"
            raise DataError(
                place="args", expected=expected, got=repr(location), fix="give a list of two names, or a number"
            )
    return located  # type: ignore[return-value]


def shares(validation: object, test: object) -> dict[int, float]:
    """The parts that are shares of the training part.

    Raises:
        DataError: when one is not above 0, or all together leave nothing to train on.
    """
    given = {VALIDATION: validation, TEST: test}
    drawn = {part: float(share) for part, share in given.items() if isinstance(share, int | float)}
    if any(share <= 0 for share in drawn.values()) or sum(drawn.values()) >= 1:
        expected = "shares of the training examples above 0, and together below 1"
        got = ", ".join(f"{NAMES[part]} {share:g}" for part, share in drawn.items())
        raise DataError(place="args", expected=expected, got=got, fix="change the shares")
    return drawn


def origins(parts: Mapping[int, Sized]) -> np.ndarray:
    """uint8 (N,): the part of each example, from examples by part."""
    return np.repeat(np.array(list(parts), dtype=np.uint8), [len(examples) for examples in parts.values()])


def check_class_counts(labels: Iterable[str], classes: Sequence[str], fewest: int, place: str, noun: str) -> None:
    """Checks that a part has at least `fewest` examples of each class: one for each part that is drawn from it.

    `noun` names the examples: images, texts.

    Raises:
        DataError: for the class with fewest examples.
    """
    counts = Counter(labels)
    rarest = min(classes, key=lambda name: (counts[name], name))
    if counts[rarest] < fewest:
        expected = f"at least {fewest} {noun} of the class '{rarest}', one for each part that is drawn from them"
        fix = f"add {noun}, or remove the class from all parts"
        raise DataError(place=place, expected=expected, got=f"{counts[rarest]} {noun}", fix=fix)


def draw_split(origin: np.ndarray, strata: np.ndarray, wanted: Mapping[int, float]) -> np.ndarray:
    """The split, uint8 (N,): `wanted` shares of each stratum are drawn from the training part.

    A stratum with enough examples for all parts gives each at least one; any other gives none. Other parts stay as
    they are.

    Args:
        origin: (N,): the part of each example before the draw.
        strata: (N,): the stratum of each example, such as its class.
        wanted: the share of each part that is drawn.
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


def draw_heldout(strata: np.ndarray, share: float = HELDOUT_SHARE) -> np.ndarray:
    """bool (N,): the held-out part of a corpus, the same share of each stratum (N,).

    Raises:
        DataError: when the share is not between 0 and 1.
    """
    origin = np.full(len(strata), TRAIN, dtype=np.uint8)
    return draw_split(origin, strata, shares(share, None)) == VALIDATION


def rarest_class(present: np.ndarray) -> np.ndarray:
    """int64 (N,): of an example's classes, bool (N, K), the one that fewest examples have; -1 for none."""
    counts = present.sum(axis=0)
    order = np.argsort(counts, kind="stable")
    first = order[present[:, order].argmax(axis=1)]
    return np.where(present.any(axis=1), first, -1)
