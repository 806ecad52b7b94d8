"""The cost of Pretune itself, each with a peer in the same run: read the ratio, since machines are noisy."""

import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.sizes import SIZES
from harness.board import Board
from tests.boards import MODEL, environment, tiny_board

PASS = [sys.executable, "-c", "pass"]
COMMAND = [sys.executable, "-m", "harness.cli"]
TRIALS = 6 + 6 * SIZES.trial_seeds
VALIDATE = f"validate {SIZES.models:,} entries"


def run(command: list[str], board: Board) -> None:
    subprocess.run(command, cwd=board.root, env=environment(board), capture_output=True, check=True)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Board:
    board = tiny_board(tmp_path_factory.mktemp("swept"))
    board.sweep("tiny", seeds=SIZES.trial_seeds)
    return board


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """A registry of many models."""
    board = tiny_board(tmp_path_factory.mktemp("large"))
    for number in range(SIZES.models):
        entry = MODEL.format(name=f"net-{number}", module="net")
        (board.registry / "models" / f"net-{number}.toml").write_text(entry)
    return board


@pytest.mark.benchmark(group="commands, and an interpreter that does nothing")
@pytest.mark.parametrize("what", ["python -c pass", "--help", "sweep with nothing to do", VALIDATE])
def test_commands(benchmark: Callable[..., object], what: str, swept: Board, large: Board) -> None:
    commands = {
        "python -c pass": (PASS, swept),
        "--help": ([*COMMAND, "--help"], swept),
        "sweep with nothing to do": ([*COMMAND, "sweep", "tiny", "--seeds", str(SIZES.trial_seeds)], swept),
        VALIDATE: ([*COMMAND, "validate"], large),
    }
    benchmark.pedantic(run, commands[what], rounds=7, warmup_rounds=1)  # type: ignore[attr-defined]


@pytest.mark.benchmark(group=f"{TRIALS} small trials, and a process each that imports torch")
@pytest.mark.parametrize("what", ["forked workers", "a fresh interpreter a trial"])
def test_trials(benchmark: Callable[..., object], what: str, swept: Board, tmp_path: Path) -> None:
    """The peer does less: it imports torch as many times, one after the other, and trains nothing."""
    board = dataclasses.replace(swept, results=tmp_path / "results")

    def forked() -> None:
        shutil.rmtree(board.results, ignore_errors=True)
        board.sweep("tiny", workers=1, seeds=SIZES.trial_seeds)

    def fresh() -> None:
        for _ in range(TRIALS if SIZES.full else 1):
            subprocess.run([sys.executable, "-c", "import torch"], check=True)

    call = forked if what == "forked workers" else fresh
    benchmark.pedantic(call, rounds=2, warmup_rounds=1 if call is forked else 0)  # type: ignore[attr-defined]
