"""Fixtures that all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from harness.board import Board
from harness.meters.nvml import compute_capability
from tests.boards import tiny_board

settings.register_profile("pretune", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("fuzz", deadline=None, max_examples=600)
settings.load_profile("pretune")  # `make fuzz` explores
os.environ.setdefault("OMP_NUM_THREADS", "1")
for name in ("PRETUNE_REGISTRY", "PRETUNE_RESULTS", "PRETUNE_CACHE"):
    os.environ.pop(name, None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what needs a GPU where there is none."""
    if item.get_closest_marker("gpu") and compute_capability() is None:
        pytest.skip("no GPU is seen by NVML")


@pytest.fixture(scope="session", autouse=True)
def prepared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of prepared data for all boards of a test process."""
    folder = tmp_path_factory.mktemp("data")
    os.environ["PYTEST_PRETUNE_DATA"] = str(folder)
    return folder


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """A board of one's own, not yet swept."""
    return tiny_board(tmp_path)


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory, prepared_data: Path) -> Board:
    """A board whose suite `tiny` was swept. Tests that share it only read it."""
    board = tiny_board(tmp_path_factory.mktemp("swept"))
    board.sweep("tiny", workers=2)
    return board
