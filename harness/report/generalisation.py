"""How scores carry over to test examples, to shifted ones and to confidence, in the terminal."""

from collections.abc import Callable, Sequence
from typing import Any

from harness.findings.generalisation import Difference, Facet, Generalisation
from harness.matrix import corruption_text
from harness.report.output import NOTHING, emit_rows, plain, table, wrapped
from harness.report.words import arm_of, bounds, metric, number, problem, signed

LEGEND = (
    "gap: the score on training examples less that on test examples; shifted: the mean score on test images under "
    "shifts of five severities, and beside it the mean for each kind; drop: the test score less that; [ ]: 0.95 "
    "interval for new seeds on these test items (none with one seed); robustness: the shifted score less what a line "
    "through scratch lets expect at the same clean score (in logits; – beyond the line's ends); NLL: negative "
    "log-likelihood of the right answer in nats, ECE: how far confidence lies from accuracy, less is better for both; "
    "– not recorded"
)
COLUMNS = [
    "model", "objective", "corpus", "fraction", "corruption", "control", "task", "protocol", "shots", "steps",
    "metric", "n", "score", "train", "gap", "gap_low", "gap_high", "shifted", "drop", "drop_low", "drop_high",
    "robustness", "nll", "ece", "shifts",
]  # fmt: skip
Column = Callable[[Generalisation], str]
FIGURES: dict[str, Column] = {
    "train": lambda each: number(each.train),
    "gap": lambda each: difference(each.gap),
    "shifted": lambda each: number(each.shifted),
    "drop": lambda each: difference(each.drop),
    "robustness": lambda each: signed(each.robustness),
    "NLL": lambda each: number(each.nll),
    "ECE": lambda each: number(each.ece),
}


def generalisation_table(found: Sequence[Facet], form: str = "table", title: str = "") -> None:
    """A table a problem, the best score first; as data with the shifts by kind and severity."""
    if form != "table":
        emit_rows([_row(facet, each) for facet in found for each in facet.cells], form, columns=COLUMNS)
        return
    if not found:
        print(f"{plain(title)}: no cell has a record")
        return
    print(wrapped(LEGEND))
    for facet in found:
        print()
        columns = columns_of(facet)
        cells = sorted(facet.cells, key=lambda each: -each.score)
        names = ["model", "pretraining", metric(facet.metric), *columns]
        rows = [[*_named(each), number(each.score), *[read(each) for read in columns.values()]] for each in cells]
        table(rows, names, f"{title}: {problem(facet.cells[0].cell)}", set(names[2:]))
        if facet.line:
            print(line_text(facet))


def columns_of(facet: Facet) -> dict[str, Column]:
    """What was recorded of any cell, with a column for each kind of shift."""
    kinds: dict[str, Column] = {
        kind: _of_kind(kind) for kind in dict.fromkeys(k for e in facet.cells for k in e.shifts)
    }
    columns: dict[str, Column] = {}
    for name, read in FIGURES.items():
        columns |= {name: read} | (kinds if name == "drop" else {})
    return {name: read for name, read in columns.items() if any(read(each) != NOTHING for each in facet.cells)}


def line_text(facet: Facet) -> str:
    """The line of a problem that has one, in a sentence."""
    line = facet.line
    if line is None:
        return ""
    cells = f"{line.cells} scratch cells" if line.through == "scratch" else f"all {line.cells} cells"
    return (
        f"robustness against the line through {cells} (r = {signed(line.r, 2)}), clean scores {line.low:.3f} to "
        f"{line.high:.3f}"
    )


def difference(found: Difference | None) -> str:
    """A difference with its interval."""
    return NOTHING if found is None else signed(found.mean) + bounds(found.low, found.high)


def _of_kind(kind: str) -> Column:
    def read(each: Generalisation) -> str:
        scores = each.shifts.get(kind, {}).values()
        return number(sum(scores) / len(scores)) if scores else NOTHING

    return read


def _named(each: Generalisation) -> list[str]:
    place = place_of(each)
    return [plain(place["model"]) + (" (control)" if each.control else ""), plain(arm_of(place))]


def place_of(each: Generalisation) -> dict[str, Any]:
    """A cell's model and arm, with its corruption in words."""
    pretraining = each.cell["pretraining"]
    return {**pretraining, "corruption": corruption_text(pretraining["corruption"])}


def _row(facet: Facet, each: Generalisation) -> dict[str, Any]:
    ends = {
        f"{name}{end}": getattr(found, value) if found else None
        for name, found in (("gap", each.gap), ("drop", each.drop))
        for end, value in (("", "mean"), ("_low", "low"), ("_high", "high"))
    }
    return {**place_of(each), **each.cell, **vars(each), **ends, "metric": facet.metric}
