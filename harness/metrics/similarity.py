"""Similarity of two encoders' features of the same examples: unbiased linear CKA, and nearest neighbours.

The unbiased estimator of HSIC (Song 2012; Nguyen 2021, 2010.15327, eq. 3) is an inner product of two Gram matrices,
centred without their diagonals. So an encoder's features reduce to one unit vector, and CKA is the product of two. The
vectors are stored at one byte an entry, and any two are compared later. The biased estimator would be near 1 for any
features that outnumber the examples.
"""

import base64

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LEVELS = 127
"""Quantisation levels of a packed entry on each side of 0."""


def linear_cka(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Unbiased linear CKA of features (N, D) and (N, E) of the same examples.

    It is invariant to rotation, scale and offset: 1 where features differ by these alone. Independent features have an
    expectation of 0, so single values may be negative.
    """
    return float(centred_gram(one) @ centred_gram(other))


def centred_gram(features: npt.ArrayLike) -> Floats:
    """The unit vector (N (N - 1) / 2,) of features (N, D) whose product with another's is their CKA.

    It holds the entries above the diagonal of the Gram matrix, centred as by the unbiased estimator. It is 0 where all
    features are equal, or N < 4.
    """
    x = np.asarray(features, dtype=np.float64)
    count = len(x)
    above = np.triu_indices(count, 1)
    if count < 4:
        return np.zeros(len(above[0]))
    x = x - x.mean(axis=0)
    gram = x @ x.T
    size = np.linalg.norm(gram)
    np.fill_diagonal(gram, 0.0)
    rows = gram.sum(axis=0)
    centred = gram[above] - (rows[above[0]] + rows[above[1]]) / (count - 2) + rows.sum() / (count - 1) / (count - 2)
    length = np.linalg.norm(centred)
    return centred / length if length > 1e-9 * size else np.zeros_like(centred)


def packed(gram: Floats) -> npt.NDArray[np.int8]:
    """A centred Gram matrix (K,) at one byte an entry, rounded to LEVELS steps of its largest entry.

    The error of a CKA from packed vectors is at most asin(e) + asin(e'), with e = sqrt(K) max|gram| / (2 LEVELS) of
    each vector. An entry moves by at most half a step, so the unit vector moves by at most e, and turns by at most
    asin(e). The CKA is the cosine of the angle between two vectors, and a cosine changes no faster than its angle.
    """
    largest = float(np.abs(gram).max(initial=0.0))
    return np.round(gram / largest * LEVELS if largest > 0 else np.zeros_like(gram)).astype(np.int8)


def as_text(levels: npt.NDArray[np.int8]) -> str:
    """A packed Gram matrix as base64."""
    return base64.b64encode(levels.tobytes()).decode()


def unpacked(text: str) -> Floats:
    """A centred Gram matrix from the text of its packed form, of length 1 or 0."""
    gram: Floats = np.frombuffer(base64.b64decode(text), dtype=np.int8).astype(np.float64)
    gram /= max(float(np.linalg.norm(gram)), 1.0)
    return gram


def nearest(queries: npt.ArrayLike, gallery: npt.ArrayLike, count: int) -> npt.NDArray[np.int64]:
    """Indices (Q, count) into the gallery (G, D) of the smallest angles to queries (Q, D), the smallest first."""
    one, other = (_directions(np.asarray(each, dtype=np.float64)) for each in (queries, gallery))
    return np.argsort(-(one @ other.T), axis=1, kind="stable")[:, :count]


def _directions(rows: Floats) -> Floats:
    directions: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return directions
