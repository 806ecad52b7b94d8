"""What there is to run on, found without torch."""

import os

from harness.errors import BoardError


def resolved_device(device: str) -> str:
    """`cpu` or `cuda`; `auto` is a GPU where NVML sees one.

    Raises:
        BoardError: when `cuda` is asked for and there is none.
    """
    from harness.meters.nvml import compute_capability

    has_gpu = device != "cpu" and compute_capability() is not None
    if device == "cuda" and not has_gpu:
        raise BoardError("--device cuda: no GPU is seen here; use --device cpu, or look at `pretune doctor`")
    return "cuda" if has_gpu else "cpu"


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
