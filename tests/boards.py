"""Boards of their own for tests: the real registry with small suites, results and a cache in a temporary folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from harness.board import Board, open_board

ROOT = Path(__file__).parents[1]

TINY = """
name = "tiny"
title = "Two pretrainings and what follows"
precision = "fp32"
core_hours = 0.01
shape = [1, 8, 8]
seeds = [0, 1]
tuning_seeds = [1000]
rates = [1e-3, 1e-2]
timeout_s = 120.0

[pretrain]
steps = 3
batch = 32

[finetune]
steps = 3
batch = 32

[arms]
scratch = { objective = "scratch", corpus = "digits-unlabelled" }
simclr = { objective = "simclr", corpus = "digits-unlabelled" }

[adaptations]
knn = { task = "digits", inspect = true, protocol = "knn", shots = 5 }
finetune = { task = "digits", inspect = true, protocol = "finetune", shots = 2 }

[[matrix]]
models = ["net"]
arms = ["scratch", "simclr"]
adaptations = ["knn", "finetune"]

[[headline]]
model = "net"
arm = "simclr"
adaptation = "knn"
"""

NET = '''"""A small network."""

from torch import Tensor, nn


class Net(nn.Module):
    """(B, C, H, W) to (B, 8, h, w)."""

    def __init__(self, in_shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.layer = nn.Conv2d(in_shape[0], 8, 3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x).relu()
'''

MODEL = """
name = "{name}"
title = "A small network"
modality = "image"
entry = "{module}:Net"
"""


def tiny_board(folder: Path) -> Board:
    """A board with one small model, and the suite `tiny` of 4 pretrainings, 4 tuning and 8 reported trials."""
    registry = folder / "registry"
    for kind in ("objectives", "corpora", "tasks"):
        shutil.copytree(ROOT / "registry" / kind, registry / kind)
    (registry / "suites").mkdir()
    (registry / "suites" / "tiny.toml").write_text(TINY)
    add_model(registry, "net", NET)
    return open_board(folder, results=folder / "results", cache=shared_cache(folder))


def shared_cache(folder: Path) -> Path:
    """A cache of the board's own, with the prepared data of all tests: they are the same for all."""
    cache = folder / "cache"
    cache.mkdir(exist_ok=True)
    data = Path(os.environ.get("PYTEST_PRETUNE_DATA", folder)) / "prepared"
    data.mkdir(parents=True, exist_ok=True)
    if not (cache / "data").exists():
        (cache / "data").symlink_to(data)
    return cache


def add_model(registry: Path, name: str, code: str) -> None:
    """A model entry with its code."""
    (registry / "models").mkdir(exist_ok=True)
    module = name.replace("-", "_")
    (registry / "models" / f"{module}.py").write_text(code)
    (registry / "models" / f"{name}.toml").write_text(MODEL.format(name=name, module=module))


def use_model(registry: Path, *names: str) -> None:
    """The suite `tiny` over these models."""
    suite = registry / "suites" / "tiny.toml"
    quoted = ", ".join(f'"{name}"' for name in names)
    text = suite.read_text().replace('models = ["net"]', f"models = [{quoted}]")
    suite.write_text(text.replace('model = "net"', f'model = "{names[0]}"'))


def copy_of(board: Board, folder: Path) -> Board:
    """The same registry and records elsewhere, with the cache."""
    shutil.copytree(board.root, folder, symlinks=True)
    return open_board(folder, results=folder / "results", cache=folder / "cache")


def pretune(*args: str, board: Board, **more: object) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "harness.cli", *args],
        cwd=board.root, env=environment(board), capture_output=True, text=True, check=False, **more,  # type: ignore[call-overload]
    )  # fmt: skip


def environment(board: Board) -> dict[str, str]:
    """What the command finds the board's folders by."""
    folders = {"PRETUNE_RESULTS": str(board.results), "PRETUNE_CACHE": str(board.cache)}
    return {**os.environ, **folders, "OMP_NUM_THREADS": "1"}
