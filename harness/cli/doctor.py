"""The environment, the devices and the data of this machine, and how to get missing parts."""

import importlib.metadata
import os
import platform
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.catalog import STORED
from harness.catalog.suite_problems import needed
from harness.data.folders import has_data
from harness.data.locations import data_path
from harness.meters.devices import cores
from harness.meters.precision import resolved

if TYPE_CHECKING:
    from harness.board import Board
    from harness.catalog.schemas import SuiteEntry

EXTRAS = {"ray": "ray", "transformers": "hf", "timm": "timm", "pytest-benchmark": "bench"}


def report(board: "Board | None" = None) -> str:
    """The environment, one fact a line; for a board also its data, one file or folder a line."""
    from harness.meters.nvml import device_name

    lines = [
        f"python        {platform.python_version()} on {platform.system()} {platform.machine()}",
        f"cores         {cores()}",
        f"memory        {_memory()}",
        f"gpu           {device_name() or 'none; sweeps run on the CPU'}",
        f"precision     auto is {resolved('auto')}",
    ]
    for package in ("torch", "torchvision", "matplotlib", "scikit-learn", "babel", "tokenizers"):
        lines.append(f"{package:13} {_version(package) or f'missing: pip install {package}'}")
    for package, extra in EXTRAS.items():
        lines.append(f"{package:13} {_version(package) or f'not installed: pip install pretune[{extra}]'}")
    if board is not None:
        lines += _data(board)
    return "\n".join(lines)


def _data(board: "Board") -> Iterator[str]:
    """The data paths of entries, whether they exist, and the suites that need them; no data is read."""
    yield f"data          in {board.data} [PRETUNE_DATA]; a sweep skips trials whose data are missing"
    readers: dict[Path | None, list[str]] = defaultdict(list)
    for name, entry in board.catalog.stored.items():
        readers[data_path(entry, board.data)].append(name)
    needs = {suite.name: _needed(suite, board) for suite in board.catalog.suites.values()}
    for path, names in readers.items():
        if path is None:
            yield f"{'unknown':13} {', '.join(names)}"
            continue
        there = has_data(path)
        text = f"{'found' if there else 'missing':13} {os.path.relpath(path, board.data)}: {', '.join(names)}"
        suites = [suite for suite, entries in needs.items() if not entries.isdisjoint(names)]
        text += f"; for {', '.join(suites)}" if suites else ""
        if not there and not any(board.catalog.stored[name].files for name in names):
            text += "; `pretune sweep --download` downloads it"
        yield text


def _needed(suite: "SuiteEntry", board: "Board") -> set[str]:
    parts = needed(suite, board.catalog)
    return {f"{kind} {name}" for kind, folder in STORED.items() for name in parts[folder]}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _memory() -> str:
    try:
        kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return "unknown"
    return f"{kilobytes / 2**20:.1f} GiB"
