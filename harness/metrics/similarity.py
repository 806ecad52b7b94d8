"""How alike two encoders see the same examples: linear CKA without bias, and nearest neighbours.

The unbiased estimator of HSIC (Song 2012; Nguyen 2021, 2010.15327, eq. 3) is a product of two Gram matrices that are
centred without their diagonals. So what an encoder's features come to is one unit vector, and CKA the product of two:
the vectors are kept, a byte an entry, and any two are compared later. The plain estimator would find features alike
that only outnumber the examples.
"""

import base64

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LEVELS = 127


def linear_cka(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """How alike features (N, D) and (N, E) of the same examples are, whatever turn, scale or offset lies between them:
    1 where nothing else does, about 0 where they have nothing in common, and then below it as often as above."""
    return float(centred_gram(one) @ centred_gram(other))


def centred_gram(features: npt.ArrayLike) -> Floats:
    """What `linear_cka` knows of features (N, D): the entries above the diagonal of their Gram matrix, centred as the
    unbiased estimator does, (N (N - 1) / 2,), of length 1; of length 0 where all features are the same, or N < 4."""
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
    found = gram[above] - (rows[above[0]] + rows[above[1]]) / (count - 2) + rows.sum() / (count - 1) / (count - 2)
    length = np.linalg.norm(found)
    return found / length if length > 1e-9 * size else np.zeros_like(found)


def packed(gram: Floats) -> npt.NDArray[np.int8]:
    """A centred Gram, a byte an entry: products of two keep three decimals."""
    most = float(np.abs(gram).max(initial=0.0))
    return np.round(gram / most * LEVELS if most > 0 else np.zeros_like(gram)).astype(np.int8)


def as_text(levels: npt.NDArray[np.int8]) -> str:
    """A packed Gram as base64."""
    return base64.b64encode(levels.tobytes()).decode()


def unpacked(text: str) -> Floats:
    """The centred Gram that was packed and written as text, of length 1 or 0."""
    found: Floats = np.frombuffer(base64.b64decode(text), dtype=np.int8).astype(np.float64)
    found /= max(float(np.linalg.norm(found)), 1.0)
    return found


def nearest(queries: npt.ArrayLike, gallery: npt.ArrayLike, count: int) -> npt.NDArray[np.int64]:
    """The rows (Q, count) of the gallery (G, D) at the smallest angles to queries (Q, D), the smallest first."""
    one, other = (_directions(np.asarray(each, dtype=np.float64)) for each in (queries, gallery))
    return np.argsort(-(one @ other.T), axis=1, kind="stable")[:, :count]


def _directions(rows: Floats) -> Floats:
    directions: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return directions
