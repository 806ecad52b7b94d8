"""English prose on numerical software: the docstrings of NumPy, SciPy, pandas, scikit-learn and PyTorch, a paragraph
an example. They are read from the source files, which are not imported.

Examples of code, tables, headings, lists of parameter types and repetitions are skipped.
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
"""Characters. Shorter paragraphs are skipped."""
PROSE_SHARE = 0.8
"""The smallest share of letters and spaces in a paragraph."""
NO_PROSE = re.compile(r">>>|^\s*(\.\.|[-=~^]{3,}|\|)", re.MULTILINE)
CLASSES, FEWEST_MODULES, MOST = 20, 8, 600
"""Of the task: the number of classes, and of a class the fewest modules and the most paragraphs. The classes are the
largest subpackages."""
TEST_SHARE, VALIDATION_SHARE = 0.25, 0.15
"""Shares of a class's paragraphs."""

BODIES = ("body", "handlers", "orelse", "finalbody", "cases")
"""The fields of a statement that hold statements."""

Shape = tuple[int]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph and its module, such as `scipy/stats/_qmc.py`."""

    text: str
    module: str

    @property
    def topic(self) -> str:
        """The subpackage, such as `scipy.stats`."""
        return ".".join(self.module.split("/")[:2])


def corpus(shape: Shape) -> CorpusArrays:
    """All paragraphs; those of a tenth of the modules are held out."""
    every = paragraphs()
    rows, cut = packed([one.text for one in every], shape[0])
    _, module = np.unique([one.module for one in every], return_inverse=True)
    heldout = splits.draw_heldout(np.zeros(int(module.max()) + 1, dtype=np.int64))
    return CorpusArrays(rows, heldout[module], facts={"cut": cut})


def topics(shape: Shape) -> TaskArrays:
    """The subpackage, of twenty, that a paragraph is from. Each module is in one split only."""
    every = paragraphs()
    modules: dict[str, dict[str, list[int]]] = {}
    for row, one in enumerate(every):
        if one.module.count("/") > 1:
            modules.setdefault(one.topic, {}).setdefault(one.module, []).append(row)
    large = {topic: inside for topic, inside in modules.items() if len(inside) >= FEWEST_MODULES}
    names = sorted(sorted(large, key=lambda topic: -sum(map(len, large[topic].values())))[:CLASSES])
    chosen, labels, split = [], [], []
    for label, topic in enumerate(names):
        for part, members in _drawn(large[topic], topic).items():
            chosen += members
            labels += [label] * len(members)
            split += [part] * len(members)
    rows, cut = packed([every[row].text for row in chosen], shape[0])
    _, groups = np.unique([every[row].module for row in chosen], return_inverse=True)
    return TaskArrays(
        rows, np.array(labels), np.array(split, dtype=np.uint8), groups.astype(np.int64), names, {"cut": cut}
    )


def _drawn(modules: dict[str, list[int]], topic: str) -> dict[int, list[int]]:
    """The rows of each part: modules are added until a part has its share; a module fills at most a quarter of it."""
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
        DataError: when a package is not installed.
    """
    every = [paragraph for package in PACKAGES for paragraph in _of_package(package)]
    return [every[row] for row in distinct(one.text for one in every)]


def _of_package(package: str) -> Iterator[Paragraph]:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        expected, fix = f"the package '{package}' installed", f"run `pip install {package}`"
        raise DataError(place="docstrings", expected=expected, got="no such package", fix=fix)
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
    """The nodes of `ast.walk`, in its order, without expressions: they have no docstrings and are nine tenths."""
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        for name in BODIES:
            waiting.extend(getattr(node, name, ()))


def _is_prose(text: str) -> bool:
    return sum(c.isalpha() or c == " " for c in text) >= PROSE_SHARE * len(text)
