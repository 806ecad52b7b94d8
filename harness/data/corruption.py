"""The quality of a corpus: corruption that ignores labels, with a severity from 0 (none) to 5."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.data import DataError
from harness.data.rows import gathered, pieces
from harness.data.text_corruption import foreign, shuffled
from harness.errors import nearest

if TYPE_CHECKING:
    from torch import Tensor

NOISE_SCALES = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5)
BLUR_SIGMAS = (0.0, 0.4, 0.7, 1.0, 1.5, 2.2)
DUPLICATED_SHARES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.97)
"""The share of examples that are replaced by copies of the others: the same steps see fewer different images."""
FOREIGN_SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9)
"""The share of examples that are replaced by random textures."""
CHUNK = 1024


def corrupted(examples: np.ndarray, corruption: dict[str, Any] | None, seed: int) -> np.ndarray:
    """uint8 (N, C, H, W), or (N, W) of texts, corrupted; the same for one seed.

    A higher severity replaces the examples that a lower one replaces, and more.

    Raises:
        DataError: for an unknown kind.
    """
    if corruption is None or corruption["severity"] == 0:
        return examples
    kind, severity = corruption["kind"], corruption["severity"]
    kinds = KINDS if examples.ndim > 2 else TEXT_KINDS
    if kind not in kinds:
        expected = "a kind of corruption of this modality"
        raise DataError(place="corruption.kind", expected=expected, got=f"'{kind}'", fix=nearest(kind, kinds))
    return kinds[kind](examples, severity, seed)


def _noisy(images: np.ndarray, severity: int, seed: int) -> np.ndarray:
    import torch

    from harness.data.views import noise

    generator = torch.Generator().manual_seed(seed)
    return _in_chunks(images, lambda x: noise(x, generator, NOISE_SCALES[severity]))


def _blurred(images: np.ndarray, severity: int, seed: int) -> np.ndarray:
    from harness.data.views import blur

    return _in_chunks(images, lambda x: blur(x, BLUR_SIGMAS[severity]).clamp(0, 1))


def _in_chunks(images: np.ndarray, change: "Callable[[Tensor], Tensor]") -> np.ndarray:
    import torch

    corrupt = np.empty(images.shape, images.dtype)
    for start, piece in zip(range(0, len(images), CHUNK), pieces(images, CHUNK), strict=True):
        changed = change(torch.from_numpy(np.array(piece)).float() / 255)
        corrupt[start : start + CHUNK] = changed.mul(255).round().byte().numpy()
    return corrupt


def _duplicated(examples: np.ndarray, severity: int, seed: int) -> np.ndarray:
    """The share is replaced by copies of the other examples."""
    order = np.random.default_rng(seed).permutation(len(examples))
    stay = max(1, len(examples) - round(DUPLICATED_SHARES[severity] * len(examples)))
    copied = gathered(examples, np.arange(len(examples)))
    for start in range(stay, len(examples), CHUNK):
        rows = order[start : start + CHUNK]
        copied[rows] = copied[order[(np.arange(start, start + len(rows)) - stay) % stay]]
    return copied


def _off_domain(images: np.ndarray, severity: int, seed: int) -> np.ndarray:
    """The share is replaced by random smooth textures of each replaced image's own brightness and contrast."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(images))[: round(FOREIGN_SHARES[severity] * len(images))]
    replaced = gathered(images, np.arange(len(images)))
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        replaced[rows] = _textures(replaced[rows], random)
    return replaced


def _textures(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Noise of the shape of the images whose spectrum falls as 1 / frequency, as in photographs (Field 1987)."""
    height, width = images.shape[2:]
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(random.standard_normal(images.shape)) / frequency
    texture = np.fft.irfft2(spectrum, s=(height, width))
    texture /= np.maximum(texture.std(axis=(1, 2, 3), keepdims=True), 1e-9)
    mean, scale = images.mean(axis=(1, 2, 3), keepdims=True), images.std(axis=(1, 2, 3), keepdims=True)
    return (mean + scale * texture).clip(0, 255).round().astype(np.uint8)


KINDS: "dict[str, Callable[[np.ndarray, int, int], np.ndarray]]" = {
    "noise": _noisy,
    "blur": _blurred,
    "duplicates": _duplicated,
    "off-domain": _off_domain,
}
TEXT_KINDS: "dict[str, Callable[[np.ndarray, int, int], np.ndarray]]" = {
    "shuffle": shuffled,
    "duplicates": _duplicated,
    "off-domain": foreign,
}
