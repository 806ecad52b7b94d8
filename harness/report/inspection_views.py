"""What pages show of features: which are alike, what lies next to what, and what fine-tuning did to layers."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from harness.findings.layers import Moved
from harness.findings.neighbours import Neighbourhood, Shown
from harness.findings.similarity import Similarity
from harness.report.output import NOTHING, plain
from harness.report.pictures import pictures
from harness.report.similarity import LAYERS, LEGEND, layer_text, problems, sentence, shown, side_name
from harness.report.words import number, problem, signed

Row = dict[str, Any]
SHADES = 6
LEGENDS = {"similarity": LEGEND, "layers": LAYERS}


def similarity_views(found: Sequence[Similarity]) -> dict[str, list[Row]]:
    """By task: a matrix of arms and one of encoders for all features."""
    tasks: dict[str, list[Row]] = {}
    for each in found:
        names = [plain(side_name(each.sides[place])) for place in shown(each)]
        tasks.setdefault(each.problems[0]["task"], []).append({
            "title": f"{problems(each)}: {each.between}",
            "said": sentence(each),
            "names": names,
            "rows": Markup("\n".join(_matrix_row(number, each) for number in range(len(names)))),
        })  # fmt: skip
    return tasks


def _matrix_row(at: int, each: Similarity) -> str:
    places = shown(each)
    name = escape(plain(side_name(each.sides[places[at]])))
    cells = "".join(shaded(each.cka[places[at], other]) for other in places)
    return f'<tr><th scope="row" class="name">{at + 1}. {name}</th>{cells}</tr>'


def shaded(value: float, text: str = "") -> str:
    """A cell of a table whose ground tells a CKA at a glance."""
    if math.isnan(value):
        return f'<td class="num">{NOTHING}</td>'
    step = min(SHADES - 1, max(0, int(value * SHADES)))
    return f'<td class="num shade-{step}">{escape(text or signed(value, 2).removeprefix("+"))}</td>'


def layer_views(found: Sequence[Moved]) -> dict[str, list[Row]]:
    """By model: a table for each problem, a column a layer."""
    models: dict[str, dict[tuple[str, tuple[str, ...]], list[str]]] = {}
    for each in found:
        pretraining = each.cell["pretraining"]
        layers = tuple(layer.name for layer in each.layers)
        cells = "".join(shaded(layer.cka, layer_text(layer)) for layer in each.layers)
        row = f'<tr><th scope="row" class="name">{escape(plain(side_name(pretraining)))}</th>{cells}</tr>'
        tables = models.setdefault(pretraining["model"], {})
        tables.setdefault((problem(each.cell), layers), []).append(row)
    return {
        model: [
            {"title": title, "layers": [plain(layer) for layer in layers], "rows": Markup("\n".join(rows))}
            for (title, layers), rows in tables.items()
        ]
        for model, tables in models.items()
    }


def neighbour_views(found: Sequence[Shown]) -> dict[str, list[Row]]:
    """By task: for each problem, and of it for the best pretraining and for scratch, test examples with those that lie
    next to them."""
    tasks: dict[str, list[Row]] = {}
    for each in found:
        drawn = pictures(each.panel)
        for cell in each.cells:
            pretraining = cell.cell["pretraining"]
            tasks.setdefault(each.problem["task"], []).append({
                "title": f"{problem(each.problem)}: {pretraining['model']}, {side_name(pretraining)}",
                "said": _said(cell),
                "columns": max((len(places) for places in cell.neighbours), default=0),
                "rows": Markup("\n".join(_neighbour_rows(cell, each.panel, drawn))),
            })  # fmt: skip
    return tasks


def _said(cell: Neighbourhood) -> str:
    share = f"{number(cell.right, '.0%')} of the neighbours are of the right class, over {cell.n} seeds; "
    return f"{share if cell.right is not None else ''}shown is seed {cell.seed}"


def _neighbour_rows(cell: Neighbourhood, panel: Mapping[str, Any], drawn: Sequence[str]) -> list[str]:
    queries = len(panel["queries"])
    rows = []
    for at, places in zip(range(queries), cell.neighbours, strict=False):
        label = panel["queries"][at]
        cells = "".join(
            f"<td{_tone(panel['gallery'][place], label)}>"
            f"{_example(panel, drawn, queries + place, panel['gallery'][place])}"
            f"{_mark(panel['gallery'][place], label)}</td>"
            for place in places
        )
        rows.append(f'<tr><th scope="row" class="name">{_example(panel, drawn, at, label)}</th>{cells}</tr>')
    return rows


def _tone(label: int | None, wanted: int | None) -> str:
    return "" if wanted is None else ' class="right"' if label == wanted else ' class="wrong"'


def _mark(label: int | None, wanted: int | None) -> str:
    """Right or wrong, not by colour alone."""
    if wanted is None:
        return ""
    said, sign = ("right", "✓") if label == wanted else ("wrong", "✗")
    return f' <b aria-hidden="true">{sign}</b><span class="unseen">{said}</span>'


def _example(panel: Mapping[str, Any], drawn: Sequence[str], place: int, label: int | None) -> str:
    """A picture or a text with its class."""
    name = "" if label is None else escape(plain(panel["classes"][label]))
    if drawn:
        return f'<img class="example" src="{drawn[place]}" alt="" width="32" height="32"> {name}'
    text = escape(plain(panel["texts"][place])) if "texts" in panel else ""
    return f'<span class="example">{text}</span> <i>{name}</i>'
