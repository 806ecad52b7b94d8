"""The precision that `auto` means on this machine, without torch."""

from pathlib import Path


def resolved(precision: str) -> str:
    """`fp32` or `bf16`; for `auto` it is `bf16` where the hardware supports it.

    Support means a GPU of compute capability 8.0, or a CPU with AMX or AVX-512 for BF16.
    """
    if precision != "auto":
        return precision
    return "bf16" if _gpu_has_bf16() or _cpu_has_bf16() else "fp32"


def _cpu_has_bf16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text().partition("flags")[2].partition("\n")[0].split()
    except OSError:
        return False
    return "amx_bf16" in flags or "avx512_bf16" in flags


def _gpu_has_bf16() -> bool:
    from harness.meters.nvml import compute_capability

    capability = compute_capability()
    return capability is not None and capability >= (8, 0)
