"""Tokens and their batches: texts round-trip, and batches have little padding."""

from pathlib import Path

import numpy as np
import pytest
import tokenizers
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.data.inputs import Tokens
from harness.data.texts import packed, sizes
from harness.data.token_batches import WINDOW, TokenBatches
from harness.data.tokenizing import BEGIN, BPE, END, PAD, SPECIAL, Bytes, tokens

CPU = torch.device("cpu")
RNG = np.random.default_rng(0)
WORDS = ["kernel", "mean", "variance", "array", "returns", "the", "of", "a", "données", "числа"]
PROSE = [" ".join(RNG.choice(WORDS, RNG.integers(3, 30)).tolist()) for _ in range(3000)]


@pytest.fixture(scope="module")
def bpe(tmp_path_factory: pytest.TempPathFactory) -> BPE:
    """Byte-pair encoding trained on the prose."""
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(PROSE, trainer)
    path = tmp_path_factory.mktemp("bpe") / "tokenizer.json"
    made.save(str(path))
    return BPE(path)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=5))
def test_bytes_round_trip(texts: list[str]) -> None:
    rows, _ = packed(texts, 90)
    result = Bytes().encode(rows)
    assert (result[:, 0] == BEGIN).all()
    for row, text in zip(result, texts, strict=True):
        inside = row[1 : int(np.flatnonzero(row == END)[0])]
        assert bytes((inside - len(SPECIAL)).astype(np.uint8)).decode() == text
        assert (row[len(inside) + 2 :] == PAD).all()


def test_byte_pairs_round_trip_and_are_fewer(bpe: BPE) -> None:
    rows, _ = packed([*PROSE[:20], "unseen ∆ 👩‍🔬"], 300)
    result = bpe.encode(rows)
    for row, text in zip(result, [*PROSE[:20], "unseen ∆ 👩‍🔬"], strict=True):
        inside = row[1 : int(np.flatnonzero(row == END)[0])].tolist()
        assert bpe.made.decode(inside) == text
    assert (result != PAD).sum() < (Bytes().encode(rows) != PAD).sum() / 2


def test_tokens_are_written_once_and_read_by_others(bpe: BPE, tmp_path: Path) -> None:
    rows, _ = packed(PROSE[:50], 300)
    one = tokens(bpe, rows, tmp_path)
    assert isinstance(one, np.memmap)
    assert np.array_equal(one, bpe.encode(rows))
    assert tokens(bpe, rows.copy(), tmp_path).filename == one.filename
    assert tokens(Bytes(), rows, tmp_path).filename != one.filename  # type: ignore[attr-defined]


def batches(steps: int = 100, seed: int = 0, size: int = 32) -> TokenBatches:
    rows, _ = packed(PROSE, 300)
    result = Bytes().encode(rows)
    return TokenBatches(
        result, sizes(rows), Bytes.vocabulary, np.arange(len(rows)), batch=size, steps=steps, seed=seed, device=CPU
    )


def test_batches_have_little_padding() -> None:
    filled, total = 0, 0
    for batch in batches():
        filled += int((batch.x == PAD).sum())
        total += batch.x.numel()
    assert filled / total < 0.05
    assert filled > 0


def test_an_epoch_has_each_text_once_and_a_seed_its_order() -> None:
    steps = WINDOW * 3
    seen = torch.cat([batch.labels for batch in batches(steps)])
    assert len(seen) == steps * 32
    assert torch.bincount(seen, minlength=len(PROSE)).max() - torch.bincount(seen, minlength=len(PROSE)).min() <= 2
    assert torch.equal(seen, torch.cat([batch.labels for batch in batches(steps)]))
    assert not torch.equal(seen, torch.cat([batch.labels for batch in batches(steps, seed=1)]))


def test_once_is_all_texts_with_their_sizes() -> None:
    given_once = list(batches().once())
    rows = torch.cat([batch.labels for batch in given_once])
    assert sorted(rows.tolist()) == list(range(len(PROSE)))
    for batch in given_once:
        assert batch.sizes.tolist() == [len(PROSE[row].encode()) for row in batch.labels.tolist()]
        assert ((batch.x != PAD).sum(dim=1) == batch.sizes + 2).all()


def test_outputs_are_in_the_order_of_the_examples(tmp_path: Path) -> None:
    rows, _ = packed(PROSE[:1200], 300)
    inputs = Tokens((300,), Bytes(), False, tmp_path)
    result = inputs.through(lambda x: (x != PAD).sum(dim=1), rows, CPU)
    assert result.tolist() == [len(text.encode()) + 2 for text in PROSE[:1200]]
    assert [len(part) for part in inputs.parts(rows, CPU)] == [512, 512, 176]
