"""Networks of Transformers from an entry to the page, random and published; and folders with faults."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.board import Board, open_board
from harness.catalog import Catalog
from harness.data import DataError
from harness.data.weights import check
from harness.sweep.run import make_plan
from tests.boards import ROOT, pretune, tiny_board
from tests.models.published_weights import bert
from tests.sentences import add_sentences

MODEL = """
name = "{name}"
title = "A network of Transformers"
modality = "text"
entry = "transformers_backbone:Transformers"
package = "transformers"
{more}
"""
RANDOM = {
    "random-bert": """
args = { kind = "bert", hidden_size = 16, num_hidden_layers = 1, num_attention_heads = 2, intermediate_size = 16 }
tokenizer = { kind = "bpe", vocabulary = 300, corpus = "sentences" }""",
    "random-gpt2": """
args = { kind = "gpt2", n_embd = 16, n_layer = 1, n_head = 2 }
tokenizer = { kind = "bytes" }
causal = true""",
}
FILES = """
files = "tiny-bert"
tokenizer = {{ kind = "own" }}
sha256 = {{ "model.safetensors" = "{digest}" }}"""
SUITE = """
name = "published"
title = "Networks of Transformers"
precision = "fp32"
core_hours = 0.01
shape = [40]
seeds = [0]
tuning_seeds = [1000]
rates = [1e-2]

[pretrain]
steps = 2
batch = 16

[finetune]
steps = 3
batch = 16

[arms]
scratch = { objective = "scratch", corpus = "sentences" }
published = { objective = "published", corpus = "sentences" }
masked = { objective = "masked-lm", corpus = "sentences" }
causal = { objective = "causal-lm", corpus = "sentences" }

[adaptations]
knn = { task = "kinds-of-words", protocol = "knn", shots = 10 }
finetune = { task = "kinds-of-words", protocol = "finetune", shots = 10 }

[[matrix]]
models = ["random-bert"]
arms = ["scratch", "masked"]
adaptations = ["knn", "finetune"]

[[matrix]]
models = ["random-gpt2"]
arms = ["scratch", "causal"]
adaptations = ["knn"]

[[matrix]]
models = ["local-bert"]
arms = ["scratch", "published"]
adaptations = ["knn", "finetune"]

[[headline]]
model = "local-bert"
arm = "published"
adaptation = "knn"
"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """A board with a random BERT, a random GPT-2 and a folder of weights."""
    board = tiny_board(tmp_path_factory.mktemp("published"))
    add_sentences(board.registry)
    weights = board.root / "data" / "tiny-bert"
    bert(weights)
    shutil.copy(ROOT / "registry" / "models" / "transformers_backbone.py", board.registry / "models")
    digest = hashlib.sha256((weights / "model.safetensors").read_bytes()).hexdigest()
    for name, more in (RANDOM | {"local-bert": FILES.format(digest=digest)}).items():
        (board.registry / "models" / f"{name}.toml").write_text(MODEL.format(name=name, more=more))
    (board.registry / "suites" / "published.toml").write_text(SUITE)
    return open_board(board.root, results=board.results, cache=board.cache)


@pytest.fixture(scope="module")
def swept(board: Board) -> Board:
    assert pretune("validate", board=board).returncode == 0
    assert pretune("sweep", "published", board=board).returncode == 0
    return open_board(board.root, results=board.results, cache=board.cache)


@pytest.mark.heavy
def test_they_run_like_any_other_entry(swept: Board, tmp_path: Path) -> None:
    assert {(record.status, record.message) for record in swept.store.all()} == {("ok", None)}
    assert len(swept.frame("published")) == 10
    assert pretune("site", "published", "--out", str(tmp_path / "site"), board=swept).returncode == 0
    page = (tmp_path / "site" / "index.html").read_text()
    assert all(name in page for name in ("random-bert", "random-gpt2", "local-bert", "published"))


@pytest.mark.heavy
def test_the_contamination_of_published_weights_is_unknown(swept: Board) -> None:
    frame = swept.frame("published").set_index(["model", "objective", "protocol"])
    assert frame.loc[("local-bert", "published", "knn"), "contamination"] == "unknown"
    assert "unknown" in frame.loc[("local-bert", "published", "knn"), "flags"]
    assert frame.loc[("local-bert", "published", "finetune"), "lift"] == pytest.approx(0, abs=1)
    trained = [r for r in swept.store.all() if r.kind == "pretrain" and r.cell.pretraining.arm.objective == "published"]
    assert {r.cell.pretraining.arm.steps for r in trained} == {0}


def pickled(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def no_json(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"version": "1.0"')


def other_weights(folder: Path) -> None:
    shutil.rmtree(folder)
    bert(folder, hidden_size=16)


def fewer_tokens(folder: Path) -> None:
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"vocab_size": ', '"vocab_size": 1, "_": '))


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


@pytest.mark.parametrize(
    ("damage", "file", "words"),
    [
        (pickled, "pytorch_model.bin", "pickle"),
        (other_weights, "model.safetensors", "SHA-256"),
        (no_config, "", "config.json"),
        (no_weights, "", "safetensors"),
    ],
)
def test_a_folder_with_a_fault_is_an_error(
    board: Board, tmp_path: Path, damage: Callable[[Path], None], file: str, words: str
) -> None:
    folder = tmp_path / "tiny-bert"
    shutil.copytree(board.data / "tiny-bert", folder)
    hashes = board.catalog.models["local-bert"].sha256
    check(folder, hashes)
    damage(folder)
    with pytest.raises(DataError) as error:
        check(folder, hashes)
    assert error.value.place == str(folder / file)
    assert words in f"{error.value.expected} {error.value.got}"


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (pickled, "pytorch_model.bin"),
        (no_tokenizer, "tokenizer.json"),
        (no_json, "tokenizer.json"),
        (fewer_tokens, "config.json"),
    ],
)
def test_the_record_of_a_model_with_a_faulty_folder_names_the_file(
    board: Board, tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    shutil.copytree(board.root, tmp_path / "board", symlinks=True, ignore=shutil.ignore_patterns("results"))
    damage(tmp_path / "board" / "data" / "tiny-bert")
    damaged = open_board(tmp_path / "board", results=tmp_path / "results", cache=board.cache)
    only = "model=local-bert,arm=published,protocol=knn"
    said = pretune("sweep", "published", "--only", only, board=damaged)
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    failed = [r for r in open_board(damaged.root, results=damaged.results).store.all() if r.status != "ok"]
    assert [(r.kind, words in (r.message or "")) for r in failed] == [("pretrain", True)]


def test_trials_of_a_model_whose_folder_is_absent_are_skipped(board: Board, tmp_path: Path) -> None:
    shutil.copytree(board.root, tmp_path / "board", symlinks=True, ignore=shutil.ignore_patterns("results"))
    absent = open_board(tmp_path / "board", results=tmp_path / "results", cache=board.cache)
    shutil.rmtree(absent.data)
    plan = make_plan(absent, absent.catalog.suite("published"))
    assert {trial.model["name"] for trial in plan.pending()} == set(RANDOM)
    (why,) = plan.unreadable().values()
    assert why.startswith(f"{absent.data / 'tiny-bert'}: ")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('kind = "own"', 'kind = "bytes"', "tokenizer"),
        ('files = "tiny-bert"\n', "", "tokenizer"),
        ('"model.safetensors" = "', '"model.safetensors" = "f', "sha256.model.safetensors"),
        ('tokenizer = { kind = "own" }', "", "tokenizer"),
    ],
)
def test_an_entry_whose_fields_do_not_fit_is_invalid(board: Board, old: str, new: str, key: str) -> None:
    entry = board.registry / "models" / "local-bert.toml"
    whole = entry.read_text()
    try:
        entry.write_text(whole.replace(old, new))
        problem = Catalog(board.registry).problems[0]
    finally:
        entry.write_text(whole)
    assert (problem.file, problem.key) == (entry, key)
