"""Peak memory of trials on a million images of 32x32, relative to the images' own size: of the first trial, whose
worker also prepares them, and of the others, which read them from disk.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.sizes import SIZES
from harness.board import Board
from tests.boards import ROOT, tiny_board

COUNT, RUN = SIZES.images, SIZES.memory
SIZE = COUNT * 32 * 32

SOURCE = f'''"""Images of noise."""

import numpy as np

from harness.data import CorpusArrays


def corpus(shape: tuple[int, int, int]) -> CorpusArrays:
    """One in five hundred is held out."""
    images = np.random.default_rng(0).integers(0, 256, ({COUNT}, *shape), dtype=np.uint8)
    return CorpusArrays(images, np.arange({COUNT}) % 500 == 0)
'''

ENTRY = """
name = "noise"
title = "Images of noise"
modality = "image"
entry = "noise:corpus"
version = 1
source = "noise"
excludes = ["digits"]
"""


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """A board that pretrains a CNN on the images."""
    board = tiny_board(tmp_path)
    (board.registry / "corpora" / "noise.py").write_text(SOURCE)
    (board.registry / "corpora" / "noise.toml").write_text(ENTRY)
    for file in ("cnn.py", f"{RUN.model}.toml"):
        shutil.copy(ROOT / "registry" / "models" / file, board.registry / "models")
    suite = board.registry / "suites" / "tiny.toml"
    text = suite.read_text()
    for old, new in (
        ("digits-unlabelled", "noise"),
        ("[1, 8, 8]", "[1, 32, 32]"),
        ('"net"', f'"{RUN.model}"'),
        ("seeds = [0, 1]", "seeds = [0]"),
        ('["knn", "finetune"]', '["knn"]'),
        ("steps = 3\nbatch = 32", f"steps = {RUN.steps}\nbatch = {RUN.batch}"),
    ):
        assert old in text
        text = text.replace(old, new)
    suite.write_text(text)
    return board


@pytest.mark.benchmark(group=f"two pretrainings on {COUNT:,} images, prepared once, and two adaptations")
def test_memory(benchmark: Callable[..., object], capsys: pytest.CaptureFixture[str], board: Board) -> None:
    benchmark.pedantic(lambda: board.sweep("tiny", workers=1), rounds=1)  # type: ignore[attr-defined]
    records = list(board.store.all())
    assert [record.status for record in records] == ["ok"] * 4
    first, *others = (record.meters["peak_memory_bytes"] for record in records)
    figures = {"first, of the images": first / SIZE, "others, in GB": max(others) / 1e9}
    benchmark.extra_info.update(figures)  # type: ignore[attr-defined]
    with capsys.disabled():
        print("\n" + ", ".join(f"{name}: {figure:.2f}" for name, figure in figures.items()))
    if SIZES.full:
        assert first < 1.5 * SIZE
        assert max(others) < 1e9
