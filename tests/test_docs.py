"""Every command and every example of the documentation runs, and its figures are those of the committed records."""

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.board import open_board
from harness.store import Store
from tests.boards import ROOT

PAGES = ["README.md", "CONTRIBUTING.md", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").rglob("*.md")))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
NOT_HERE = {
    "pretune sweep quick": "pretune plan quick",
    "pretune sweep gpu-quick --device cuda --workers 8": "pretune plan gpu-quick",
    "pretune sweep vision --only model=cnn-tiny --results results-a --cache cache-a": "pretune list models",
    "pretune sweep vision --only model=vit-tiny --results results-b --cache cache-b": "pretune list suites",
    "pretune results check --results results-a": "pretune results check --results results",
}  # fmt: skip
"""Commands that take hours or another machine, and the one that is run in their place."""


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall((ROOT / page).read_text()) if kind == language]


def commands(page: str, word: str) -> list[str]:
    """The commands of a page's shell blocks that start with a word, without comments."""
    lines = [line.partition("  #")[0].strip() for text in blocks(page, "sh") for line in text.splitlines()]
    return [line for line in lines if line.split()[:1] == [word]]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board with the real registry, the committed results, the entries of all pages, and small data for them."""
    folder = tmp_path_factory.mktemp("docs")
    for name in ("registry", "results"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for page in PAGES:
        for language in ("python", "toml"):
            for text in blocks(page, language):
                name = text.partition("\n")[0].removeprefix("# ")
                if name.startswith("registry/"):
                    (folder / name).write_text(text)
    (folder / "registry" / "models" / "my-bert.toml").unlink()  # its weights are not here
    write_data(folder / "data")
    return folder


def write_data(folder: Path) -> None:
    random = np.random.default_rng(0)
    for shade, name in enumerate(("daisy", "lily", "rose")):
        (folder / "flowers" / name).mkdir(parents=True)
        for number in range(40):
            pixels = random.integers(0, 100, (32, 32, 3)) + 50 * shade
            Image.fromarray(pixels.astype(np.uint8)).save(folder / "flowers" / name / f"{number}.png")
    (folder / "reviews").mkdir()
    with (folder / "reviews" / "train.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["review", "stars"])
        words = {"1": ["bad", "poor", "dull"], "5": ["good", "fine", "great"]}
        for number in range(120):
            stars = "15"[number % 2]
            writer.writerow([" ".join(random.choice(words[stars], 5)) + f" number {number}", stars])


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page, "pretune")])
def test_commands_run(page: str, copy: Path) -> None:
    trial = next(r.key[:16] for r in Store(copy / "results").all() if r.role == "reported" and r.suite == "natural")
    for command in commands(page, "pretune"):
        words = shlex.split(NOT_HERE.get(command, command))
        done = run([trial if word == "0123456789ab" else word for word in words], copy)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_the_committed_results_are_of_this_registry() -> None:
    plan = run(["pretune", "plan", "quick", "--format", "csv"], ROOT).stdout
    assert plan.count(",done,") == plan.count("\n") - 1


def test_the_example_in_python_runs(copy: Path) -> None:
    for text in blocks("README.md", "python"):
        done = run([sys.executable, "-c", text], copy)
        assert done.returncode == 0, done.stderr
        assert "cnn-tiny" in done.stdout


def test_the_example_of_a_finding_runs() -> None:
    (text,) = [each for each in blocks("docs/guides/finding.md", "python") if each.startswith("# harness/findings/")]
    names: dict[str, Any] = {}
    exec(text, names)
    finding = names["seeds"](open_board(ROOT, results=ROOT / "results").evidence("quick"))
    assert len(finding.tables()["seeds"].rows) == 96


@pytest.mark.parametrize("page", [page for page in PAGES if "make " in (ROOT / page).read_text()])
def test_targets_exist(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"`make ([\w-]+)", (ROOT / page).read_text()))
    for target in named | {line.split()[1] for line in commands(page, "make")}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("page", PAGES)
def test_links_and_files_exist(page: str) -> None:
    text, folder = (ROOT / page).read_text(), (ROOT / page).parent
    for name in re.findall(r"\]\(([\w./-]+)\)", re.sub(r"\n", " ", text)):
        generated = name.startswith("results/") or "/results/" in name or name.endswith("packages.svg")
        assert generated or (folder / name).exists(), name
    for name in re.findall(r"^  (\w+\.py|\w+/)  ", text, re.MULTILINE):
        assert (ROOT / "harness" / name).exists(), name
    for name in re.findall(r"`(harness/[\w/.]+)`", text):
        assert (ROOT / name).exists(), name


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    for page in PAGES[2:]:
        assert page.removeprefix("docs/") in navigation


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().split()) <= 900


@pytest.mark.parametrize("suite", ["gpu-quick", "vision", "text"])
def test_the_figures_of_the_readme_are_those_of_the_records(suite: str) -> None:
    text = " ".join((ROOT / "README.md").read_text().split())
    (sentence,) = [part for part in text.split("- **") if f"suite `{suite}`)" in part]
    rows = open_board(ROOT, results=ROOT / "results").finding(suite, "board").tables()["headlines"].rows
    lifts = [f"{row['lift']:+.3f} [{row['lift_low']:+.3f}, {row['lift_high']:+.3f}]" for row in rows]
    (row,) = [row for row, lift in zip(rows, lifts, strict=True) if lift in sentence]
    assert f"{row['lift_n']} seeds, {row['items']:,} test" in sentence
    controls = {f"{row['best_control_score']:.3f}", f"{row['score'] - row['lift']:.3f}"}
    assert any(control in sentence for control in controls)
