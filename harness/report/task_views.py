"""What a task's page shows beside its cells: how hard it is, and how scores on it carry over."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from harness.findings.difficulty import Difficulty, over_tasks
from harness.findings.generalisation import Facet, Generalisation
from harness.report.difficulty import LEGEND as DIFFICULTY
from harness.report.difficulty import sentence, shown
from harness.report.generalisation import LEGEND as GENERALISATION
from harness.report.generalisation import Column, columns_of, line_text, place_of
from harness.report.output import NOTHING, plain
from harness.report.table_html import FIRST
from harness.report.words import arm_of, metric, number, problem

Row = dict[str, Any]
LEGENDS = {"difficulty": DIFFICULTY, "generalisation": GENERALISATION}
HEADS = ("problem", "metric", "from scratch", "majority", "controls", "mean lift")
WHY = {
    "train": "the score on training examples",
    "gap": "the score on training examples less that on test examples",
    "shifted": "the mean score on shifted test examples",
    "drop": "the test score less the shifted one",
    "robustness": "the shifted score less what the line lets expect at the same clean score",
    "NLL": "negative log-likelihood of the right answer in nats: less is better",
    "ECE": "how far confidence lies from accuracy: less is better",
}


def difficulty_views(found: Sequence[Difficulty]) -> dict[str, Row]:
    """By task: its problems with what is known of each, and whether harder tasks gain more."""
    tasks: dict[str, list[list[str]]] = {}
    for each in found:
        tasks.setdefault(each.facet["task"], []).append(shown(each))
    said = [({point.facet["task"] for point in each.points}, sentence(each)) for each in over_tasks(found)]
    return {name: _hard(rows, [told for inside, told in said if name in inside]) for name, rows in tasks.items()}


def _hard(rows: Sequence[Sequence[str]], said: Sequence[str]) -> Row:
    """Without the columns in which no problem has anything."""
    kept = [place for place in range(len(HEADS)) if any(row[place] != NOTHING for row in rows)]
    return {
        "heads": [HEADS[place] for place in kept],
        "rows": [[row[place] for place in kept] for row in rows],
        "said": "; ".join(said),
    }


def generalisation_views(found: Sequence[Facet]) -> dict[str, list[Row]]:
    """By task: a table for each problem, the best score first; what was not recorded has no column."""
    tasks: dict[str, list[Row]] = {}
    for facet in found:
        columns = columns_of(facet)
        if columns:
            cells = sorted(facet.cells, key=lambda each: -each.score)
            tasks.setdefault(facet.cells[0].cell["task"], []).append({
                "title": problem(facet.cells[0].cell),
                "metric": metric(facet.metric),
                "columns": [(name, WHY.get(name, f"the mean score under {name}")) for name in columns],
                "rows": Markup("\n".join(_row(each, [*columns.values()]) for each in cells[:FIRST])),
                "left_out": len(cells[FIRST:]),
                "line": line_text(facet),
            })  # fmt: skip
    return tasks


def _row(each: Generalisation, columns: Sequence[Column]) -> str:
    place = place_of(each)
    model = escape(plain(place["model"]))
    control = ' <span class="tag">control</span>' if each.control else ""
    cells = "".join(f'<td class="num">{_ends(read(each))}</td>' for read in columns)
    return (
        f'<tr{" class=control" if each.control else ""}><th scope="row" class="name"><a href="../models/{model}.html">'
        f'{model}</a>{control}</th><td class="text">{escape(plain(arm_of(place)))}</td>'
        f'<td class="num">{number(each.score)}</td>{cells}</tr>'
    )


def _ends(said: str) -> str:
    """A figure with its interval beside it."""
    figure, ends, more = said.partition(" [")
    return f'{figure} <span class="pm">[{more}</span>' if ends else figure
