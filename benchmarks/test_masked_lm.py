"""Masked language modelling of docstrings: our loop and Transformers' Trainer, on one network of Transformers: a BERT
of three layers and width 128, batches of 64 texts.

Each has its own process with one thread. They take turns and are compared by tokens a core-second, padding excluded.
Without accelerate, which Trainer needs, only ours is measured.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch

from benchmarks.core_time import WARMUP_STEPS, CoreTime, precisions, process
from benchmarks.sizes import SIZES
from harness.board import open_board
from harness.data import docstrings
from harness.data.prepared import prepare_corpus
from harness.data.texts import sizes
from harness.data.token_batches import TextBatch, TokenBatches
from harness.data.tokenizing import BEGIN, END, PAD, Vocabulary, tokenizer_of
from harness.executors.local import ENVIRONMENT
from harness.objectives.masked_lm import MaskedLM
from harness.sweep.trials import resolve
from harness.training import encoders
from harness.training.loop import train
from harness.training.optimizers import optimizers
from harness.worker.device import autocast
from tests.boards import ROOT

CPU = torch.device("cpu")
LAYERS = {"hidden_size": 128, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 512}
RUN = SIZES.masked_lm
BATCH, STEPS = RUN.batch, WARMUP_STEPS + RUN.steps


def prepared(cache: Path) -> tuple[Path, np.ndarray, np.ndarray]:
    """The tokenizer's file, and texts as tokens and bytes."""
    board = open_board(ROOT, cache=cache)
    trials = resolve(board.catalog.suite("text"), board.catalog).values()
    trial = next(each for each in trials if each.cell.pretraining.model == RUN.model)
    spec = trial.spec["corpus"] | {"excludes": []}
    with mock.patch.object(docstrings, "PACKAGES", SIZES.packages):
        rows = np.asarray(prepare_corpus(spec, cache, board.registry).examples[: BATCH * STEPS])
        tokenizer = tokenizer_of(trial.model["tokenizer"], spec, cache, board.registry)
    (file,) = (cache / "tokenizers").glob("*/tokenizer.json")
    return file, tokenizer.encode(rows), rows


class TokenTime(CoreTime):
    """Counts the tokens of batches on their way to the loop."""

    def of(self, batches: Iterable[TextBatch]) -> Iterator[TextBatch]:
        for batch in batches:
            self.tokens = int((batch.x != PAD).sum())
            yield batch

    def step(self, examples: int) -> None:
        super().step(self.tokens)


def ours(tokens: np.ndarray, rows: np.ndarray, size: int, precision: str) -> float:
    """Core-seconds a token."""
    vocabulary = Vocabulary(size)
    batches = TokenBatches(tokens, sizes(rows), vocabulary, None, batch=BATCH, steps=STEPS, seed=0, device=CPU)
    spec = {"entry": "transformers_backbone:Transformers", "args": {"kind": "bert", **LAYERS}}
    encoder = encoders.build(spec, ROOT / "registry", {"in_shape": (258,), "vocabulary": vocabulary}, 0)
    objective, time = MaskedLM(encoder, batches.sample(), classes=0), TokenTime()
    with autocast(precision, CPU):
        stepped = optimizers(objective, rate=1e-3, weight_decay=0.05, steps=STEPS)
        train(objective, time.of(batches), stepped, time, STEPS)  # type: ignore[arg-type]
    return time.per_example()


def trainer(file: Path, texts: list[list[int]], size: int, precision: str) -> float:
    """Core-seconds a token of the peer."""
    from benchmarks.trainer_masked_lm import core_time

    special = {"vocab_size": size, "pad_token_id": PAD, "bos_token_id": BEGIN, "eos_token_id": END}
    return core_time(LAYERS | special, file, texts, BATCH, STEPS, precision == "bf16")


@pytest.mark.benchmark(group="masked language modelling, a round of ours and Trainer's")
def test_masked_lm(
    benchmark: Callable[..., object], capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file, tokens, rows = prepared(tmp_path_factory.mktemp("cache"))
    size = 1 + int(tokens.max())
    texts = [row[row != PAD].tolist() for row in tokens]
    ways: dict[str, Callable[[], float]] = {}
    for precision in precisions():
        ways[f"ours in {precision}"] = functools.partial(ours, tokens, rows, size, precision)
        if find_spec("accelerate"):
            ways[f"Trainer in {precision}"] = functools.partial(trainer, file, texts, size, precision)
    times: dict[str, list[float]] = {way: [] for way in ways}

    def round_of_all(pools: dict[str, ProcessPoolExecutor]) -> None:
        for way, pool in pools.items():
            times[way].append(pool.submit(ways[way]).result())

    with ExitStack() as stack:
        pools = {way: stack.enter_context(process(ENVIRONMENT)) for way in ways}
        benchmark.pedantic(round_of_all, [pools], rounds=RUN.rounds)  # type: ignore[attr-defined]
    best = {way: min(each) for way, each in times.items()}  # other load only adds to them
    figures = {f"{way}, tokens a core-second": 1 / each for way, each in best.items()}
    for way in best:
        if way.startswith("Trainer"):
            figures[f"times {way}"] = best[way] / best[way.replace("Trainer", "ours")]
    benchmark.extra_info.update(figures)  # type: ignore[attr-defined]
    with capsys.disabled():
        print("\n" + ", ".join(f"{name} {figure:.3g}" for name, figure in figures.items()))
