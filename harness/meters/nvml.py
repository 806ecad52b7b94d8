"""Facts of the first GPU by NVML, without torch; None without a GPU."""

import functools
import os
from typing import Any


@functools.cache
def _handle() -> Any:
    """The handle of the GPU that CUDA sees first, or None. `CUDA_VISIBLE_DEVICES` names GPUs by index or UUID."""
    try:
        import pynvml
    except ImportError:
        return None
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0].strip()
    try:
        pynvml.nvmlInit()
        if first.isdigit():
            return pynvml.nvmlDeviceGetHandleByIndex(int(first))
        return pynvml.nvmlDeviceGetHandleByUUID(first)
    except pynvml.NVMLError:
        return None


def compute_capability() -> tuple[int, int] | None:
    """The first GPU's compute capability."""
    if _handle() is None:
        return None
    import pynvml

    major, minor = pynvml.nvmlDeviceGetCudaComputeCapability(_handle())
    return int(major), int(minor)


def device_name() -> str | None:
    """The first GPU's name."""
    if _handle() is None:
        return None
    import pynvml

    name = pynvml.nvmlDeviceGetName(_handle())
    return name.decode() if isinstance(name, bytes) else str(name)


def driver_version() -> str | None:
    """The version of the GPU's driver."""
    if _handle() is None:
        return None
    import pynvml

    version = pynvml.nvmlSystemGetDriverVersion()
    return version.decode() if isinstance(version, bytes) else str(version)


class EnergyMeter:
    """The GPU's energy counter, from now on."""

    def __init__(self) -> None:
        self.start_mj = self._millijoules()

    def joules(self) -> float | None:
        """Joules of the whole GPU since this meter was made; None where the GPU has no counter."""
        end_mj = self._millijoules()
        return None if self.start_mj is None or end_mj is None else (end_mj - self.start_mj) / 1000

    def _millijoules(self) -> int | None:
        if _handle() is None:
            return None
        import pynvml

        try:
            return int(pynvml.nvmlDeviceGetTotalEnergyConsumption(_handle()))
        except pynvml.NVMLError:
            return None
