"""The table's first rows as HTML, for readers without scripts; `site/static/table.js` writes the same cells."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from harness.report.columns import Column, Row
from harness.report.figures import Scale, interval_bar
from harness.report.output import NOTHING, plain
from harness.report.words import number, signed
from harness.spec import SCRATCH

FIRST = 100
"""So many rows stand on a page as it is; a script draws others from its data."""
TAG, BAD = Markup(' <span class="tag">{}</span>'), Markup(' <span class="tag bad">{}</span>')
PM = Markup(' <span class="pm">{}</span>')
LINK = Markup('<a href="{}">{}</a>')


def table_rows(rows: Sequence[Row], columns: Sequence[Column], root: str) -> Markup:
    """The first rows of a table, as `<tr>` elements."""
    shown = rows[:FIRST]
    bounds = [row[name] for row in shown for name in ("lift_low", "lift", "lift_high") if row[name] is not None]
    scale = Scale([0.0, *bounds], 4, 116)
    return Markup("\n").join(_row(row, columns, root, scale) for row in shown)


def _row(row: Row, columns: Sequence[Column], root: str, scale: Scale) -> Markup:
    kinds = [row["verdict"], "control" if row["control"] else "", "failed" if row["failed"] else ""]
    cells = [_cell(row, column, root, scale, place == 0) for place, column in enumerate(columns)]
    return Markup('<tr class="{}">{}</tr>').format(" ".join(filter(None, kinds)), Markup("").join(cells))


def _cell(row: Row, column: Column, root: str, scale: Scale, first: bool) -> Markup:
    content = FORMS[column.form](row, column, root, scale)
    if first:
        return Markup('<th scope="row" class="name">{}</th>').format(content)
    kind = "num" if column.numeric else "text"
    more = {"remarks": " remarks", "lift": " lift"}.get(column.name, "")
    return Markup('<td class="{}{}">{}</td>').format(kind, more, content)


def _model(row: Row, column: Column, root: str, scale: Scale) -> Markup:
    name = row["model"]
    return LINK.format(f"{root}models/{name}.html", name) + (TAG.format("control") if row["control"] else "")


def _pretraining(row: Row, column: Column, root: str, scale: Scale) -> Markup:
    text = Markup("{}").format(plain(row["pretraining"])) + (TAG.format("sees labels") if row["labelled"] else "")
    return text + Markup("").join(BAD.format(each) for each in (row["troubles"] or "").split("; ") if each)


def _rank(row: Row, column: Column, root: str, scale: Scale) -> Any:
    low, high = row["rank_low"], row["rank_high"]
    if low is None:
        return NOTHING if row["rank"] is None else f"({row['rank']})"
    return Markup("{}").format(low if low == high else f"{low}–{high}") + (TAG.format("top") if row["best"] else "")


def _score(row: Row, column: Column, root: str, scale: Scale) -> Markup:
    margin = row["score_margin"]
    return Markup(number(row["score"])) + (PM.format(f"± {number(margin)}") if margin is not None else "")


def _lift(row: Row, column: Column, root: str, scale: Scale) -> Markup:
    if row["lift"] is None:
        return Markup("reference" if row["objective"] == SCRATCH else NOTHING)
    text = Markup("<b>{}</b>").format(signed(row["lift"]))
    if row["lift_low"] is not None:
        text += PM.format(f"[{signed(row['lift_low'])}, {signed(row['lift_high'])}]")
    if row["lift_n"] != row["n"]:
        text += PM.format(f"{row['lift_n']} of {row['n']} seeds")
    return text + " " + interval_bar(row["lift_low"], row["lift"], row["lift_high"], scale, row["verdict"])


def _seeds(row: Row, column: Column, root: str, scale: Scale) -> Markup:
    return LINK.format(f"{root}models/{row['model']}.html", row["n"])


def _text(row: Row, column: Column, root: str, scale: Scale) -> str:
    return plain(row[column.name]) if row[column.name] else NOTHING


def _number(row: Row, column: Column, root: str, scale: Scale) -> str:
    return number(row[column.name], f",.{column.digits}f")


FORMS: dict[str, Callable[[Row, Column, str, Scale], Any]] = {
    "model": _model, "pretraining": _pretraining, "rank": _rank, "score": _score, "lift": _lift, "seeds": _seeds,
    "text": _text, "number": _number,
}  # fmt: skip
