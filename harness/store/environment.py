"""The environment of a sweep: hardware, versions, commit. No host name, no path, no user."""

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

REQUIREMENT = re.compile(r"^[A-Za-z0-9._-]+")


def capture(device: str, root: Path) -> dict[str, Any]:
    """The environment of a sweep on `cpu` or `cuda`, for the board at `root`. Unknown values are None."""
    from harness.meters.nvml import device_name, driver_version

    cpu = _cpu()
    gpu = device_name() if device == "cuda" else None
    return {
        "hardware": gpu or cpu,
        "device": device,
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": _memory_bytes(),
        "gpu": gpu,
        "driver": driver_version() if gpu else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": _packages(),
        **_commit(root),
    }


def _cpu() -> str:
    """The processor's name with its family and model: a hypervisor gives several generations one name."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict(re.findall(r"^([\w ]+?)\s*:\s*(.+?)\s*$", text, re.MULTILINE))
    name = facts.get("model name", platform.machine())
    generation = [
        f"{word} {facts[key]}" for word, key in (("family", "cpu family"), ("model", "model")) if key in facts
    ]
    return f"{name} ({', '.join(generation)})" if generation else name


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _packages() -> dict[str, str]:
    """The versions of this package and of its run-time dependencies."""
    names = ["pretune"]
    for line in importlib.metadata.requires("pretune") or []:
        name = REQUIREMENT.match(line)
        if name and "extra ==" not in line:
            names.append(name.group())
    return {name: importlib.metadata.version(name) for name in sorted(names)}


def _commit(root: Path) -> dict[str, Any]:
    """The board's commit, and whether tracked files differ from it; None outside a repository."""
    head = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    if not changed:  # untracked entries count as changes too
        changed = _git(root, "status", "--porcelain", "--untracked-files=all", "--", "registry", "harness")
    return {"commit": head, "changed": None if head is None or changed is None else bool(changed)}


def _git(root: Path, *args: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *args], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
