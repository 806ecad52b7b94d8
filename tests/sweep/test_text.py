"""Text from an entry to the board, by the same sweep, store and site as images."""

import ast
from pathlib import Path

import pytest

from harness.board import Board, open_board
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
title = "Two pretrainings of text beside one of images"
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
    said = {(record.status, record.message) for record in board.store.all()}
    assert said == {("ok", None)}


def test_it_learns_what_words_say(board: Board) -> None:
    frame = board.frame("words").set_index(["model", "objective", "protocol"])
    assert frame.loc[("tf-idf", "scratch", "linear"), "score"].item() > 0.95
    assert frame.loc[("text-constant", "scratch", "linear"), "score"].item() == pytest.approx(0.5, abs=0.05)
    assert frame.xs("finetune", level="protocol")["score"].max() > 0.9


def test_records_hold_language_in_its_own_unit_and_the_test_is_left_out(board: Board) -> None:
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
    found = {(curve.factor, curve.measure, curve.cell["protocol"]) for curve in board.curves("words")}
    wanted = {("score", "linear"), ("score", "finetune"), ("loss", None)}
    along = ("progress", "score", "linear")
    assert found == {(factor, *each) for factor in ("quantity", "quality") for each in wanted} | {along}


def test_one_page_holds_both(board: Board, tmp_path: Path) -> None:
    assert pretune("site", "words", "--out", str(tmp_path / "site"), board=board).returncode == 0
    text = (tmp_path / "site" / "index.html").read_text()
    assert "kinds-of-words" in text
    assert "digits" in text
    assert "masked-lm on sentences" in pretune("show", "words", board=board).stdout or "masked-lm" in text


def test_nothing_that_runs_or_shows_trials_asks_for_the_modality() -> None:
    harness = ROOT / "harness"
    files = [harness / "training" / "loop.py", *harness.glob("worker/*.py"), *harness.glob("executors/*.py")]
    files += [path for part in ("sweep", "store", "analysis", "report") for path in harness.glob(f"{part}/*.py")]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare | ast.MatchValue):
                said = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
                assert not said & {"text", "image", "tokenizer"}, f"{path}:{node.lineno}"


def test_again_there_is_nothing_to_do(board: Board) -> None:
    assert set(board.sweep("words")) == {"done"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'models = ["words"]',
            'models = ["later"]',
            "'masked-lm' takes encoders that are not causal, and 'later' is causal",
        ),
        ('models = ["later"]', 'models = ["words"]', "'causal-lm' takes encoders that are causal, and 'words' is not"),
        ("shape = [40], fraction", "fraction", "arm 'less' has the shape [1, 8, 8], and text has [bytes]"),
        ('kind = "shuffle"', 'kind = "blur"', "a corpus of text has no 'blur'; use shuffle"),
        ('models = ["net"]', 'models = ["net", "words"]', "a block has one modality"),
        (
            'objective = "masked-lm", corpus = "sentences", shape = [40] }',
            'objective = "published", corpus = "sentences", shape = [40] }',
            "'words' has no `files`",
        ),
        ('models = ["words"]', 'models = ["words", "tf-idf"]', "'tf-idf' is a control, which nothing pretrains"),
        (
            'protocol = "linear", shots',
            'protocol = "linear", shifts = true, shots',
            "shifts: test examples of text have",
        ),
    ],
)
def test_what_does_not_fit_is_said(board: Board, old: str, new: str, words: str) -> None:
    suite = board.registry / "suites" / "words.toml"
    whole = suite.read_text()
    assert old in whole
    try:
        suite.write_text(whole.replace(old, new))
        said = pretune("validate", board=board)
        assert said.returncode == 2
        assert words in said.stderr
    finally:
        suite.write_text(whole)
