"""A small task and corpus of text for boards of tests: sentences of two kinds, told by their words."""

from pathlib import Path

SOURCE = '''"""Sentences of two kinds, by their words."""

import numpy as np

from harness.data import CorpusArrays, TaskArrays
from harness.data.texts import packed

WORDS = (["kernel", "matrix", "vector", "scalar"], ["apple", "pear", "plum", "cherry"])


def sentences(count: int, seed: int) -> tuple[list[str], np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    return [f"{seed}.{n}: " + " ".join(random.choice(WORDS[k], 4)) for n, k in enumerate(labels)], labels


def task(shape: tuple[int]) -> TaskArrays:
    texts, labels = sentences(300, 1)
    rows, cut = packed(texts, shape[0])
    split = np.repeat(np.array([0, 1, 2], dtype=np.uint8), 100)
    return TaskArrays(rows, labels, split, np.arange(300), ["numbers", "fruit"], {"cut": cut})


def corpus(shape: tuple[int]) -> CorpusArrays:
    texts = sentences(400, 2)[0] + sentences(300, 1)[0]
    return CorpusArrays(packed(texts, shape[0])[0], np.arange(700) % 10 == 0)
'''
ENTRY = """
name = "{name}"
title = "Sentences"
modality = "text"
entry = "{module}:{attr}"
version = 1
source = "sentences"
{more}
"""


def add_sentences(registry: Path) -> None:
    """The task `kinds-of-words` and the corpus `sentences`, which leaves its test examples out."""
    for kind, name, attr, more in (
        ("tasks", "kinds-of-words", "task", 'kind = "text-classification"'),
        ("corpora", "sentences", "corpus", 'excludes = ["kinds-of-words"]'),
    ):
        module = f"sentences_{kind}"
        (registry / kind / f"{module}.py").write_text(SOURCE)
        (registry / kind / f"{name}.toml").write_text(ENTRY.format(name=name, module=module, attr=attr, more=more))
