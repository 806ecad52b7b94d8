"""Every command and example of the documentation runs, and its figures equal the committed records."""

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from harness.board import open_board
from harness.executors import EXECUTORS
from harness.findings import FINDINGS
from harness.report.values import decimal
from harness.store import Store
from tests.boards import ROOT

PAGES = ["README.md", "CONTRIBUTING.md", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").rglob("*.md")))]
HEAVY = ("docs/guides/images.md", "docs/guides/text.md", "docs/guides/model.md")
"""The pages whose commands sweep suites of their own. README's do so in every run of the tests."""
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LIFT = re.compile(r"[+−]\d\.\d{3} \[[+−]\d\.\d{3}, [+−]\d\.\d{3}\]")
SUITES = ("quick", "vision", "text", "natural", "gpu-quick")
TRIAL = "0123456789ab"
"""The placeholder of a trial's key in commands."""
NOT_HERE = {
    "pretune sweep quick": "pretune plan quick",
    "pretune sweep gpu-quick --device cuda --workers 8": "pretune plan gpu-quick",
    "pretune sweep vision --only model=cnn-tiny --results results-a --cache cache-a": "pretune list models",
    "pretune sweep vision --only model=vit-tiny --results results-b --cache cache-b": "pretune list suites",
    "pretune results check --results results-a": "pretune results check --results results",
}  # fmt: skip
"""Commands that take hours or another machine, and the one that is run instead."""


def text_of(page: str) -> str:
    return (ROOT / page).read_text()


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(text_of(page)) if kind == language]


def commands(page: str, word: str) -> list[str]:
    """The commands of a page's shell blocks that start with a word, without comments."""
    lines = [line.partition("  #")[0].strip() for text in blocks(page, "sh") for line in text.splitlines()]
    return [line for line in lines if line.split()[:1] == [word]]


def file_block(page: str, name: str) -> str:
    """The block that is the content of a file: its first line is a comment with the file's name."""
    (text,) = [text for _, text in BLOCK.findall(text_of(page)) if text.startswith(f"# {name}\n")]
    return str(text)


def module_of(page: str, name: str) -> Any:
    """The module of a page's block."""
    module = types.ModuleType(name.removesuffix(".py").replace("/", "."))
    sys.modules[module.__name__] = module
    exec(file_block(page, name), module.__dict__)
    return module


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
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", [
    pytest.param(page, marks=[pytest.mark.heavy] if page in HEAVY else [])
    for page in PAGES if commands(page, "pretune")
])  # fmt: skip
def test_commands_run(page: str, copy: Path) -> None:
    trial = next(r.key[:16] for r in Store(copy / "results").all() if r.role == "reported" and r.suite == "natural")
    for command in commands(page, "pretune"):
        words = shlex.split(NOT_HERE.get(command, command))
        done = run([trial if word == TRIAL else word for word in words], copy)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_the_committed_results_are_of_this_registry() -> None:
    plan = run(["pretune", "plan", "quick", "--format", "csv"], ROOT).stdout
    assert plan.count(",done,") == plan.count("\n") - 1


@pytest.mark.parametrize("page", ["README.md", "docs/reference/python.md"])
def test_examples_in_python_run(page: str, copy: Path) -> None:
    for text in blocks(page, "python"):
        done = run([sys.executable, "-c", text], copy)
        assert done.returncode == 0, done.stderr
        assert "cnn-tiny" in done.stdout


def test_the_example_of_a_finding_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    module_of("docs/guides/finding.md", "harness/findings/seeds.py")
    ((name, meaning),) = re.findall(r'`"(\w+)": "([^"]+)",`', text_of("docs/guides/finding.md"))
    monkeypatch.setitem(FINDINGS, name, meaning)
    finding = open_board(ROOT, results=ROOT / "results").finding("quick", name)
    assert len(finding.tables()["seeds"].rows) == 96
    assert finding.sections[0].figures[0].alt


def test_the_example_of_an_objective_trains_and_evaluates() -> None:
    from harness.training.optimizers import optimizers
    from tests.models.built import encoder
    from tests.tasks.test_classification import batches

    objective = module_of("docs/guides/objective.md", "registry/objectives/brightness.py").Brightness(
        encoder("cnn-nano"), batches().sample(), 10
    )
    steppers = optimizers(objective, rate=0.003, weight_decay=0.05, steps=20)
    before = objective.evaluate(lambda: [batches().sample()])
    for batch in batches():
        for part, loss in objective.train().losses(batch):
            steppers[part].step(loss)
    after = objective.evaluate(lambda: [batches().sample()])
    assert after["loss"] < before["loss"]
    assert after["skill"] <= 1


def test_the_example_of_a_task_kind_predicts_and_scores() -> None:
    from tests.models.built import encoder
    from tests.tasks.test_classification import batches

    page = "docs/guides/task-kind.md"
    scorer = module_of(page, "harness/metrics/ordinal_classification.py")
    task = module_of(page, "harness/tasks/ordinal_classification.py").OrdinalClassification(
        encoder("cnn-nano"), batches().sample(), 10
    )
    batch = batches().sample()
    ((part, loss),) = task.losses(batch)
    assert part == "encoder"
    assert torch.isfinite(loss)
    labels = batch.labels.numpy()
    predictions = task.predict(batch.x).detach().numpy()
    scorer.check(predictions, labels, 10)
    assert scorer.scores(predictions, labels, 10).keys() >= {"accuracy", "distance"}
    assert scorer.scores(np.eye(10)[labels], labels, 10)["distance"] == 0


@pytest.mark.heavy
def test_the_example_of_an_executor_sweeps(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = "docs/guides/executor.md"
    module_of(page, "harness/executors/logged.py")
    ((name, path),) = re.findall(r'^"(\w+)": "([\w.:]+)",$', blocks(page, "")[0], re.MULTILINE)
    monkeypatch.setitem(EXECUTORS, name, path)
    monkeypatch.chdir(copy)
    for text in blocks(page, "python")[1:]:
        exec(text, {})
    log = (copy / ".cache" / "trials.log").read_text().splitlines()
    assert len(log) > 10
    assert {line.split()[1] for line in log} == {"ok"}


@pytest.mark.parametrize("page", [page for page in PAGES if "make " in text_of(page)])
def test_targets_exist(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"`make ([\w-]+)", text_of(page)))
    for target in named | {line.split()[1] for line in commands(page, "make")}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("page", PAGES)
def test_links_and_files_exist(page: str) -> None:
    text, folder = text_of(page), (ROOT / page).parent
    for name in re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", text.replace("\n", " ")):
        assert name.endswith("images/packages.svg") or (folder / name).exists(), name
    for name in re.findall(r"^  (\w+\.py|\w+/)  ", text, re.MULTILINE):
        assert (ROOT / "harness" / name).exists(), name
    for name in re.findall(r"`((?:harness|tests|registry)/[\w/.-]+)`", text):
        assert (ROOT / name).exists(), name


def test_the_navigation_has_every_page_once() -> None:
    paths = re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(paths) == sorted(page.removeprefix("docs/") for page in PAGES[2:])


def test_the_readme_is_short() -> None:
    assert len(text_of("README.md").split()) <= 900


@pytest.fixture(scope="module")
def headlines() -> dict[str, list[dict[str, Any]]]:
    """The rows of the headlines of each suite, from the committed records, each with its lift as text."""
    board = open_board(ROOT, results=ROOT / "results")
    return {
        suite: [{**row, "text": lift_text(row)} for row in board.finding(suite, "board").tables()["headlines"].rows]
        for suite in SUITES
    }


def lift_text(row: Any) -> str:
    lift, low, high = (decimal(row[name], 3, signed=True) for name in ("lift", "lift_low", "lift_high"))
    return f"{lift} [{low}, {high}]"


@pytest.mark.parametrize("page", [page for page in PAGES if LIFT.search(text_of(page))])
def test_lifts_are_those_of_the_records(page: str, headlines: dict[str, list[dict[str, Any]]]) -> None:
    recorded = {row["text"] for rows in headlines.values() for row in rows}
    assert set(LIFT.findall(text_of(page))) <= recorded


def readme_findings() -> Iterator[tuple[str, str]]:
    """The findings of README, each with its suite."""
    section = text_of("README.md").partition("## Three findings")[2].partition("\n## ")[0]
    for part in section.split("\n- ")[1:]:
        sentence = " ".join(part.partition("\n\n")[0].split())
        yield re.findall(r"suite `([\w-]+)`", sentence)[0], sentence


@pytest.mark.parametrize(("suite", "finding"), list(readme_findings()))
def test_findings_of_the_readme_are_those_of_the_records(
    suite: str, finding: str, headlines: dict[str, list[dict[str, Any]]]
) -> None:
    (row,) = [row for row in headlines[suite] if row["text"] in finding]
    assert f"{row['lift_n']} seeds, {row['items']:,} test" in finding
    assert f"`{row['model']}`" in finding
    assert f"{row['best_control_score']:.3f}" in finding
    budget = open_board(ROOT).catalog.suite(suite).pretrain
    assert f"for {budget.steps} steps of {budget.batch} " in finding
    (shots,) = re.findall(r"(\d+) shots", row["problem"])
    assert f"at {shots} shots" in finding


def test_there_are_three_findings() -> None:
    assert [suite for suite, _ in readme_findings()] == ["gpu-quick", "vision", "text"]
