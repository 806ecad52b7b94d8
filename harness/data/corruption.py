"""The quality of a corpus: label-free corruption with a severity of 0 (none) to 5."""

from typing import Any

import numpy as np

from harness.data import DataError
from harness.errors import nearest

NOISE_SCALES = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5)
BLUR_SIGMAS = (0.0, 0.4, 0.7, 1.0, 1.5, 2.2)
CHUNK = 4096


def corrupted(images: np.ndarray, corruption: dict[str, Any] | None, seed: int) -> np.ndarray:
    """uint8 (N, C, H, W) with its corruption; the same for one seed.

    Raises:
        DataError: for a kind that does not exist.
    """
    if corruption is None or corruption["severity"] == 0:
        return np.ascontiguousarray(images)
    import torch

    kinds = {"noise": _noisy, "blur": _blurred}
    kind, severity = corruption["kind"], corruption["severity"]
    if kind not in kinds:
        raise DataError(f"corruption '{kind}': no such kind; {nearest(kind, kinds)}")
    generator = torch.Generator().manual_seed(seed)
    chunks = torch.from_numpy(np.array(images)).split(CHUNK)
    done = [kinds[kind](chunk.float() / 255, severity, generator).mul(255).round().byte() for chunk in chunks]
    return torch.cat(done).numpy()


def _noisy(x, severity, generator):  # type: ignore[no-untyped-def]
    from harness.data.views import noise

    return noise(x, generator, NOISE_SCALES[severity])


def _blurred(x, severity, generator):  # type: ignore[no-untyped-def]
    from harness.data.views import blur

    return blur(x, BLUR_SIGMAS[severity]).clamp(0, 1)
