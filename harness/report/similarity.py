"""How alike features are, between pretrainings and before and after fine-tuning, in the terminal."""

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.findings.layers import Layer, Moved
from harness.findings.similarity import ARMS, Similarity
from harness.matrix import corruption_text
from harness.report.output import NOTHING, emit_rows, plain, table, width, wrapped
from harness.report.words import arm_of, bounds, number, problem, signed

LEGEND = (
    "linear CKA of features on a panel of test examples, without bias: 1 the same but for a turn and a scale, 0 "
    "nothing in common; arms are compared in the same encoder at the same seed, where all begin from the same random "
    "weights, and averaged over encoders and seeds; encoders likewise in the same arm; on the diagonal the same "
    "pretraining at two seeds, which begin from different weights"
)
LAYERS = (
    "linear CKA of each layer's features before fine-tuning with those after, on a panel of test examples, the mean "
    "over seeds: 1 where fine-tuning left them as they were; [ ]: 0.95 interval for new seeds (none with one seed)"
)
MOST = 30
"""So many sides a matrix is shown of, those with most pairs; as data there are all."""
COLUMN = 6
"""The width of a column of a matrix: a sign, a digit, the point, two digits and a space."""
COLUMNS = ["task", "protocol", "shots", "steps", "between", "one", "other", "cka", "pairs"]
LAYER_COLUMNS = [
    "model", "objective", "corpus", "fraction", "corruption", "task", "protocol", "shots", "steps", "layer", "n", "cka",
    "low", "high",
]  # fmt: skip


def similarity_table(
    found: Sequence[Similarity], form: str = "table", title: str = "", inspected: bool = False
) -> None:
    """Two matrices for all features, of arms and of encoders, each with a legend of its numbers; as data one row a pair
    and problem. `inspected`: whether the suite asks for any of it."""
    if form != "table":
        emit_rows([row for each in found for row in _rows(each)], form, columns=COLUMNS)
        return
    if not found:
        print(_none(title, "no adaptation has looked at features", inspected))
        return
    print(wrapped(LEGEND))
    for each in found:
        print()
        print(wrapped(plain(f"{title}: {problems(each)}, {each.between}")))
        numbered, held = list(enumerate(shown(each), 1)), max(1, width() // COLUMN - 1)
        for head, place in numbered:
            print(_legend(head, plain(side_name(each.sides[place]))))
        for start in range(0, len(numbered), held):
            block = numbered[start : start + held]
            print()
            print(_line("", (str(head) for head, _ in block)))
            for head, one in numbered:
                print(_line(str(head), (_figure(each.cka[one, other]) for _, other in block)))
        print()
        print(wrapped(sentence(each)))


def layer_table(found: Sequence[Moved], form: str = "table", title: str = "", inspected: bool = False) -> None:
    """One row a cell and layer. `inspected`: whether the suite asks for any of it."""
    if form != "table":
        emit_rows([_layer_row(each, layer) for each in found for layer in each.layers], form, columns=LAYER_COLUMNS)
        return
    if not found:
        print(_none(title, "no fine-tuning has looked at its layers", inspected))
        return
    print(wrapped(LAYERS))
    print()
    rows = [
        [plain(each.cell["pretraining"]["model"]), plain(side_name(each.cell["pretraining"])), problem(each.cell),
         "  ".join(f"{plain(layer.name)} {layer_text(layer)}" for layer in each.layers)]
        for each in found
    ]  # fmt: skip
    table(rows, ["model", "pretraining", "problem", "layers, the first first"], f"{title}: what fine-tuning did")


def layer_text(layer: Layer) -> str:
    """A layer's CKA with its interval."""
    return _two_digits(layer.cka) + bounds(layer.low, layer.high, 2)


def problems(each: Similarity) -> str:
    """The problems that read the same features."""
    first, *others = map(problem, each.problems)
    return "; ".join([first, *(other.removeprefix(f"{each.problems[0]['task']}: ") for other in others)])


def shown(each: Similarity) -> list[int]:
    """The places of the sides that are shown, in their order: those with most pairs."""
    most = sorted(range(len(each.sides)), key=lambda place: -int(each.pairs[place].sum()))[:MOST]
    return sorted(most)


def sentence(each: Similarity) -> str:
    """The mean over pairs beside that of seeds."""
    what = "two arms in one encoder" if each.between == ARMS else "two encoders of one arm"
    left = len(each.sides) - len(shown(each))
    more = f"; {left} more in --format csv" if left > 0 else ""
    return f"on average {what}: {number(each.across, '.2f')}; one at two seeds: {number(each.itself, '.2f')}{more}"


def side_name(side: Mapping[str, Any]) -> str:
    """An arm in words, or a model."""
    return arm_of(side) if "objective" in side else str(side["model"])


def _none(title: str, said: str, inspected: bool) -> str:
    """Why nothing is shown."""
    if inspected:
        return f"{plain(title)}: {said}: nothing of it is recorded yet, `pretune sweep {plain(title)}` does that"
    return f"{plain(title)}: {said}; `inspect = true` in its suite does"


def _legend(head: int, name: str) -> str:
    """What a number stands for, in lines that the terminal holds."""
    return textwrap.fill(name, width(), initial_indent=f"{head:>{COLUMN}}  ", subsequent_indent=" " * (COLUMN + 2))


def _line(head: str, cells: Iterable[str]) -> str:
    return "".join(f"{cell:>{COLUMN}}" for cell in (head, *cells))


def _figure(value: float) -> str:
    return NOTHING if math.isnan(value) else _two_digits(value)


def _rows(each: Similarity) -> list[dict[str, Any]]:
    names = [side_name(side) for side in each.sides]
    return [
        {**which, "between": each.between, "one": one, "other": other, "cka": float(each.cka[i, j]),
         "pairs": int(each.pairs[i, j])}
        for which in each.problems
        for i, one in enumerate(names)
        for j, other in enumerate(names)
        if i <= j and each.pairs[i, j]
    ]  # fmt: skip


def _layer_row(each: Moved, layer: Layer) -> dict[str, Any]:
    pretraining = each.cell["pretraining"]
    arm = {**pretraining, "corruption": corruption_text(pretraining["corruption"])}
    return {**arm, **each.cell, "layer": layer.name, **{name: getattr(layer, name) for name in LAYER_COLUMNS[-4:]}}


def _two_digits(cka: float) -> str:
    """A debiased CKA, which may lie a little below zero; what is rounded to zero has no sign."""
    return signed(round(cka, 2) + 0.0, 2).removeprefix("+")
