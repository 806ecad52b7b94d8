"""The devices and cores of this machine, without torch."""

import os

from harness.errors import BoardError


def resolved_device(device: str) -> str:
    """`cpu` or `cuda`; `auto` is `cuda` where NVML sees a GPU.

    Raises:
        BoardError: `cuda` is asked for and there is no GPU.
    """
    from harness.meters.nvml import compute_capability

    has_gpu = device != "cpu" and compute_capability() is not None
    if device == "cuda" and not has_gpu:
        raise BoardError(
            place="--device cuda",
            expected="a GPU that NVML sees",
            got="none",
            fix="use --device cpu, or run `pretune doctor`",
        )
    return "cuda" if has_gpu else "cpu"


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
