"""English prose on numerical software: the docstrings of NumPy, SciPy, pandas, scikit-learn and PyTorch, read from
their sources without importing them, a paragraph an example.

What is no prose is left out: examples of code, tables, headings, lists of parameters' types; and repetitions.
"""

import ast
import functools
import importlib.util
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.data import TEST, TRAIN, VALIDATION, CorpusArrays, DataError, TaskArrays, splits
from harness.data.texts import distinct, packed
from harness.seeds import stream

PACKAGES = ("numpy", "scipy", "pandas", "sklearn", "torch")
SHORTEST = 40
"""Characters of the shortest paragraph that is taken."""
PROSE_SHARE = 0.8
"""The share of a paragraph's characters that are letters or spaces."""
NO_PROSE = re.compile(r">>>|^\s*(\.\.|[-=~^]{3,}|\|)", re.MULTILINE)
CLASSES, FEWEST_MODULES, MOST = 20, 8, 600
"""The largest subpackages of so many modules are the classes of the task, each with so many paragraphs at most."""
TEST_SHARE, VALIDATION_SHARE = 0.25, 0.15
"""Shares of a class's modules."""

BODIES = ("body", "handlers", "orelse", "finalbody", "cases")
"""Where a statement holds statements."""

Shape = tuple[int]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph and the module that it is from, such as `scipy/stats/_qmc.py`."""

    text: str
    module: str

    @property
    def topic(self) -> str:
        """The subpackage, such as `scipy.stats`."""
        return ".".join(self.module.split("/")[:2])


def corpus(shape: Shape) -> CorpusArrays:
    """All paragraphs; those of a tenth of the modules are held out."""
    found = paragraphs()
    rows, cut = packed([one.text for one in found], shape[0])
    _, module = np.unique([one.module for one in found], return_inverse=True)
    aside = splits.heldout(np.zeros(int(module.max()) + 1, dtype=np.int64))
    return CorpusArrays(rows, aside[module], facts={"cut": cut})


def topics(shape: Shape) -> TaskArrays:
    """Which of twenty subpackages a paragraph is from; modules of the test split are in no other."""
    found = paragraphs()
    modules: dict[str, dict[str, list[int]]] = {}
    for place, one in enumerate(found):
        if one.module.count("/") > 1:
            modules.setdefault(one.topic, {}).setdefault(one.module, []).append(place)
    large = {topic: inside for topic, inside in modules.items() if len(inside) >= FEWEST_MODULES}
    names = sorted(sorted(large, key=lambda topic: -sum(map(len, large[topic].values())))[:CLASSES])
    chosen, labels, split = [], [], []
    for label, topic in enumerate(names):
        for part, members in _drawn(large[topic], topic).items():
            chosen += members
            labels += [label] * len(members)
            split += [part] * len(members)
    rows, cut = packed([found[place].text for place in chosen], shape[0])
    _, groups = np.unique([found[place].module for place in chosen], return_inverse=True)
    return TaskArrays(
        rows, np.array(labels), np.array(split, dtype=np.uint8), groups.astype(np.int64), names, {"cut": cut}
    )


def _drawn(modules: dict[str, list[int]], topic: str) -> dict[int, list[int]]:
    """The paragraphs of each part: whole modules, until it has its share; no module gives over a quarter of a part."""
    random = np.random.default_rng(stream(0, "docstring topics", topic))
    total = min(MOST, sum(map(len, modules.values())))
    wanted = {TEST: round(TEST_SHARE * total), VALIDATION: round(VALIDATION_SHARE * total)}
    wanted[TRAIN] = total - sum(wanted.values())
    parts: dict[int, list[int]] = {part: [] for part in wanted}
    for name in random.permutation(sorted(modules)).tolist():
        part = max(parts, key=lambda each: 1 - len(parts[each]) / wanted[each])
        members = random.permutation(modules[name])[: max(1, wanted[part] // 4)]
        parts[part] += members[: wanted[part] - len(parts[part])].tolist()
    return parts


@functools.cache
def paragraphs() -> list[Paragraph]:
    """All distinct paragraphs, in the order of their modules, read once a process.

    Raises:
        DataError: names a package that is missing.
    """
    found = [paragraph for package in PACKAGES for paragraph in _of(package)]
    return [found[place] for place in distinct(one.text for one in found)]


def _of(package: str) -> Iterator[Paragraph]:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise DataError(f"docstrings: the package '{package}' is not installed; pip install {package}")
    root = Path(spec.origin).parent
    for path in sorted(root.rglob("*.py")):
        module = path.relative_to(root.parent).as_posix()
        if not re.search(r"/(tests|testing|_vendor\w*|externals)/|/test_", module):
            yield from (Paragraph(text, module) for text in _paragraphs(path))


def _paragraphs(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # templates and files for other versions of Python
    for node in _statements(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for paragraph in re.split(r"\n\s*\n", ast.get_docstring(node) or ""):
                text = " ".join(paragraph.split())
                if len(text) >= SHORTEST and not NO_PROSE.search(paragraph) and _is_prose(text):
                    yield text


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """What `ast.walk` gives, in its order, without the expressions, which hold no docstrings and are nine tenths."""
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        for name in BODIES:
            waiting.extend(getattr(node, name, ()))


def _is_prose(text: str) -> bool:
    return sum(c.isalpha() or c == " " for c in text) >= PROSE_SHARE * len(text)
