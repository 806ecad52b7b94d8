"""Peak memory, with the source of the figure."""

import resource
import sys

import torch


def peak_memory(device: torch.device) -> tuple[int, str]:
    """Peak memory in bytes and its source: the CUDA allocator, or the resident set of the process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device), "CUDA allocator peak"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024), "process RSS peak"
