"""Text from an entry to the board, by the same sweep, store and site as images."""

import ast
from pathlib import Path

import pytest

from harness.board import Board, open_board
from harness.catalog import Catalog
from harness.findings.curves import curves
from tests.boards import ROOT, pretune, tiny_board
from tests.sentences import add_sentences

MODEL = """
name = "{name}"
title = "A small transformer"
modality = "text"
entry = "text_transformer:Transformer"
args = {{ width = 16, depth = 1, heads = 2 }}
tokenizer = {tokenizer}
{more}
"""
SUITE = """
name = "words"
title = "Two pretrainings of text and one of images"
precision = "fp32"
core_hours = 0.01
shape = [1, 8, 8]
seeds = [0, 1]
tuning_seeds = [1000]
rates = [1e-2]

[pretrain]
steps = 4
batch = 32

[finetune]
steps = 30
batch = 16

[arms]
scratch = { objective = "scratch", corpus = "sentences", shape = [40] }
masked = { objective = "masked-lm", corpus = "sentences", shape = [40] }
less = { objective = "masked-lm", corpus = "sentences", shape = [40], fraction = 0.5 }
causal = { objective = "causal-lm", corpus = "sentences", shape = [40] }
pixels = { objective = "scratch", corpus = "digits-unlabelled" }
autoencoder = { objective = "autoencoder", corpus = "digits-unlabelled" }

[arms.shuffled]
objective = "masked-lm"
corpus = "sentences"
shape = [40]
corruption = { kind = "shuffle", severity = 5 }

[adaptations]
linear = { task = "kinds-of-words", protocol = "linear", shots = 10 }
finetune = { task = "kinds-of-words", protocol = "finetune", shots = 10 }
digits = { task = "digits", protocol = "knn", shots = 2 }

[[matrix]]
models = ["words"]
arms = ["scratch", "masked", "less", "shuffled"]
adaptations = ["linear", "finetune"]

[[matrix]]
models = ["later"]
arms = ["scratch", "causal"]
adaptations = ["linear"]
progress = [0.5, 1]

[[matrix]]
models = ["tf-idf", "text-constant"]
arms = ["scratch"]
adaptations = ["linear"]

[[matrix]]
models = ["net"]
arms = ["pixels", "autoencoder"]
adaptations = ["digits"]
"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """A board of text and images, swept."""
    board = tiny_board(tmp_path_factory.mktemp("words"))
    registry = board.registry
    add_sentences(registry)
    for file in ("text_transformer.py", "text_controls.py", "tf-idf.toml", "text-constant.toml"):
        (registry / "models" / file).write_text((ROOT / "registry" / "models" / file).read_text())
    bpe = '{ kind = "bpe", vocabulary = 300, corpus = "sentences" }'
    for name, tokenizer, more in (("words", bpe, ""), ("later", '{ kind = "bytes" }', "causal = true")):
        text = MODEL.format(name=name, tokenizer=tokenizer, more=more)
        (registry / "models" / f"{name}.toml").write_text(text)
    (registry / "suites" / "words.toml").write_text(SUITE)
    board.sweep("words", workers=2)
    return open_board(board.root, results=board.results, cache=board.cache)


def test_every_trial_ends_well(board: Board) -> None:
    assert {(record.status, record.message) for record in board.store.all()} == {("ok", None)}


def test_it_learns_the_meaning_of_words(board: Board) -> None:
    frame = board.frame("words").set_index(["model", "objective", "protocol"])
    assert frame.loc[("tf-idf", "scratch", "linear"), "score"].item() > 0.95
    assert frame.loc[("text-constant", "scratch", "linear"), "score"].item() == pytest.approx(0.5, abs=0.05)
    assert frame.xs("finetune", level="protocol")["score"].max() > 0.9


def test_records_have_the_metrics_of_language_and_test_examples_are_excluded(board: Board) -> None:
    trained = [
        r for r in board.store.all() if r.kind == "pretrain" and r.cell.pretraining.arm.objective.endswith("-lm")
    ]
    assert {"loss", "trivial_loss", "skill", "perplexity"} <= set(trained[0].metrics)
    for record in trained:
        assert (board.store.sidecar(record) or {})["data"]["overlap"] == {"kinds-of-words": 100}
    adapted = [r for r in board.store.all() if r.role == "reported" and r.contamination]
    assert adapted
    assert all(r.contamination is not None and r.contamination.exact == 0 for r in adapted)
    assert "mcc" in adapted[0].metrics


def test_factors_reach_text(board: Board) -> None:
    drawn = {
        (curve.factor.name, curve.measure, curve.shared.problem and curve.shared.problem.protocol)
        for curve in curves(board.evidence("words"))
    }
    measures = {("score", "linear"), ("score", "finetune"), ("loss", None)}
    along = ("progress", "score", "linear")
    assert drawn == {(factor, *each) for factor in ("quantity", "quality") for each in measures} | {along}


def test_one_page_has_both(board: Board, tmp_path: Path) -> None:
    assert pretune("site", "words", "--out", str(tmp_path / "site"), board=board).returncode == 0
    text = (tmp_path / "site" / "index.html").read_text()
    assert "kinds-of-words" in text
    assert "digits" in text
    assert "masked-lm" in text


def test_code_that_runs_or_shows_trials_knows_no_modality() -> None:
    harness = ROOT / "harness"
    files = [harness / "training" / "loop.py", *harness.glob("worker/*.py"), *harness.glob("executors/*.py")]
    files += [path for part in ("sweep", "store", "findings", "report") for path in harness.glob(f"{part}/*.py")]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare | ast.MatchValue):
                inside = list(ast.walk(node))
                formats = any(
                    isinstance(each, ast.Attribute) and each.attr == "format" for each in inside
                )  # of a column
                constants = {each.value for each in inside if isinstance(each, ast.Constant)}
                assert formats or not constants & {"text", "image", "tokenizer"}, f"{path}:{node.lineno}"


def test_again_there_is_nothing_to_do(board: Board) -> None:
    assert set(board.sweep("words")) == {"done"}


@pytest.mark.parametrize(
    ("old", "new", "key", "got"),
    [
        ('models = ["words"]', 'models = ["later"]', "matrix[0]", "'later'"),
        ('models = ["later"]', 'models = ["words"]', "matrix[1]", "'words'"),
        ("shape = [40], fraction", "fraction", "matrix[0]", "'less'"),
        ('kind = "shuffle"', 'kind = "blur"', "arms.shuffled.corruption.kind", "'blur'"),
        ('models = ["net"]', 'models = ["net", "words"]', "matrix[3]", "'words'"),
        ('objective = "masked-lm", corpus', 'objective = "published", corpus', "matrix[0]", "'words'"),
        ('models = ["words"]', 'models = ["words", "tf-idf"]', "matrix[0]", "'tf-idf'"),
        (
            'protocol = "linear", shots',
            'protocol = "linear", shifts = true, shots',
            "adaptations.linear.shifts",
            "true",
        ),
    ],
)
def test_a_suite_that_does_not_fit_its_entries_is_invalid(board: Board, old: str, new: str, key: str, got: str) -> None:
    suite = board.registry / "suites" / "words.toml"
    whole = suite.read_text()
    assert old in whole
    try:
        suite.write_text(whole.replace(old, new, 1))
        (problem,) = Catalog(board.registry).problems
    finally:
        suite.write_text(whole)
    assert (problem.file, problem.key) == (suite, key)
    assert got in problem.got
