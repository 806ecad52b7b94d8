"""What this machine has, what is missing, and how to get it."""

import importlib.metadata
import platform
from pathlib import Path

from harness.sweep.devices import cores
from harness.sweep.precision import resolved

EXTRAS = {"ray": "ray", "transformers": "hf", "timm": "timm", "pytest-benchmark": "bench"}


def report() -> str:
    """The environment, a line a fact."""
    from harness.meters.nvml import device_name

    lines = [
        f"python        {platform.python_version()} on {platform.system()} {platform.machine()}",
        f"cores         {cores()}",
        f"memory        {_memory()}",
        f"gpu           {device_name() or 'none seen; sweeps run on the CPU'}",
        f"auto means    {resolved('auto')}",
    ]
    for package in ("torch", "torchvision", "matplotlib", "scikit-learn", "babel", "tokenizers"):
        lines.append(f"{package:13} {_version(package) or f'missing: pip install {package}'}")
    for package, extra in EXTRAS.items():
        lines.append(f"{package:13} {_version(package) or f'not installed: pip install pretune[{extra}]'}")
    return "\n".join(lines)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _memory() -> str:
    try:
        kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return "not known"
    return f"{kilobytes / 2**20:.1f} GiB"
