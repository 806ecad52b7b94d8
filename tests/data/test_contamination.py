"""Copies of test examples in a corpus: exact ones are removed or counted, near ones are counted."""

from pathlib import Path

import numpy as np
import pytest

from harness.data import CorpusArrays, TaskArrays, digits, glyphs
from harness.data.contamination import closest, counts, overlap
from harness.data.prepared import prepare_corpus
from harness.data.rows import digests
from tests.data.sources import corpus_spec, spec

SHAPE = (1, 16, 16)


def handwriting() -> TaskArrays:
    return digits.task(SHAPE)


def planted_task(shape: tuple[int, int, int]) -> TaskArrays:
    """The digits."""
    return digits.task(shape)


def planted_corpus(shape: tuple[int, int, int]) -> CorpusArrays:
    """The digits' training pool, with 20 test examples as they are and 30 with a little noise."""
    pool, task = digits.corpus(shape), digits.task(shape)
    test = task.examples[task.split == 2]
    noise = np.random.default_rng(0).normal(0, 4, (30, *shape))
    near = (test[20:50] + noise).clip(0, 255).round().astype(np.uint8)
    images = np.concatenate([pool.examples, test[:20], near])
    return CorpusArrays(images, np.concatenate([pool.heldout, np.zeros(50, dtype=bool)]))


def named(attr: str) -> dict:
    result = spec(attr, SHAPE)
    return result | {"entry": f"tests.data.test_contamination:{attr}"}


def test_exact_and_near_planted_copies_are_counted(tmp_path: Path) -> None:
    natural = overlap(
        corpus_spec(spec("corpus") | {"entry": "harness.data.digits:corpus", "shape": SHAPE, "fingerprint": "a" * 64}),
        named("planted_task"), tmp_path, tmp_path,
    )  # fmt: skip
    result = overlap(corpus_spec(named("planted_corpus")), named("planted_task"), tmp_path, tmp_path)
    assert result["of"] == natural["of"] == 450
    assert result["exact"] == natural["exact"] + 20
    assert natural["near"] + 25 <= result["near"] <= natural["near"] + 30


def test_planted_copies_are_removed_where_the_corpus_excludes_the_task(tmp_path: Path) -> None:
    wanted = corpus_spec(named("planted_corpus"), (named("planted_task"),))
    prepared = prepare_corpus(wanted, tmp_path)
    task = handwriting()
    test = set(digests(task.examples[task.split == 2]))
    assert not test & set(digests(np.concatenate([prepared.examples, prepared.heldout_examples])))
    assert prepared.facts["overlap"]["planted-task"] >= 20
    result = overlap(wanted, named("planted_task"), tmp_path, tmp_path)
    assert result["exact"] == 0
    assert result["near"] >= 25


def test_a_corrupted_fraction_is_counted_as_the_whole(tmp_path: Path) -> None:
    part = corpus_spec(named("planted_corpus"), fraction=0.01, corruption={"kind": "noise", "severity": 5})
    assert overlap(part, named("planted_task"), tmp_path, tmp_path)["exact"] >= 20


def test_a_pair_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = corpus_spec(named("planted_corpus")), named("planted_task"), tmp_path, tmp_path
    first = overlap(*wanted)
    monkeypatch.setattr("harness.data.contamination.counts", lambda *_: pytest.fail("counted again"))
    assert overlap(*wanted) == first
    (kept,) = (tmp_path / "overlap").iterdir()
    kept.write_text("{")
    monkeypatch.undo()
    assert overlap(*wanted) == first


def test_other_characters_that_look_the_same_are_counted() -> None:
    """A Cyrillic and a Greek capital A of one typeface are one picture; as a near copy once they are drawn apart."""
    latin, names = glyphs._tiles("A", ("DejaVuSans",))
    others, _ = glyphs._tiles("АΑ", ("DejaVuSans",))
    assert len(names) == 1
    assert counts(others, latin) == {"exact": 1, "near": 0, "of": 1}
    dimmed = (others * 0.8).astype(np.uint8)
    assert counts(dimmed, latin) == {"exact": 0, "near": 1, "of": 1}
    assert glyphs.corpus(SHAPE).facts["homoglyphs_left_out"] > 300


def test_brightness_does_not_hide_a_copy_and_other_pictures_are_none() -> None:
    task = handwriting()
    images = task.examples[:100]
    assert (closest((images * 0.5 + 60).astype(np.uint8), images) > 0.99).all()
    random = np.random.default_rng(0).integers(0, 256, (500, *SHAPE), dtype=np.uint8)
    assert (closest(random, images) < 0.9).all()


def test_blank_pictures_are_near_nothing() -> None:
    blank = np.full((3, *SHAPE), 7, dtype=np.uint8)
    assert counts(blank + 1, blank) == {"exact": 0, "near": 0, "of": 3}
