"""Every command and every example of the documents runs."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.store import Store
from tests.boards import ROOT

DOCUMENTS = ["README.md", "CONTRIBUTING.md"]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(document: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall((ROOT / document).read_text()) if kind == language]


def lines(document: str, word: str) -> list[str]:
    """The commands of a document's shell blocks that begin with a word, without their remarks."""
    found = [line.partition("#")[0].strip() for text in blocks(document, "sh") for line in text.splitlines()]
    return [line for line in found if line.split()[:1] == [word]]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board with the real registry, the committed results, and what CONTRIBUTING tells to add."""
    import shutil

    folder = tmp_path_factory.mktemp("docs")
    for name in ("registry", "results"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for language in ("python", "toml"):
        for text in blocks("CONTRIBUTING.md", language):
            name = text.partition("\n")[0].removeprefix("# ")
            (folder / name).write_text(text)
    return folder


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_run(document: str, copy: Path) -> None:
    commands = lines(document, "pretune")
    assert commands
    trial = next(r.key[:16] for r in Store(copy / "results").all() if r.role == "reported" and not r.chosen)
    for command in commands:
        done = run([trial if word == "TRIAL" else word for word in shlex.split(command)], copy)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_the_committed_results_are_of_this_registry(copy: Path) -> None:
    done = run(["pretune", "sweep", "quick"], copy)
    assert ", 0 to run" in done.stderr, done.stderr


def test_the_example_in_python_runs(copy: Path) -> None:
    for text in blocks("README.md", "python"):
        done = run([sys.executable, "-c", text], copy)
        assert done.returncode == 0, done.stderr
        assert "cnn-nano" in done.stdout


@pytest.mark.parametrize("document", DOCUMENTS)
def test_targets_exist(document: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"`make (\w+)", (ROOT / document).read_text())) | {
        line.split()[1] for line in lines(document, "make")
    }
    assert named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_exist(document: str) -> None:
    text = (ROOT / document).read_text()
    for name in re.findall(r"\]\(([\w./-]+)\)", text):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"^  (\w+\.py|\w+/)  ", text, re.MULTILINE):
        assert (ROOT / "harness" / name).exists(), name
