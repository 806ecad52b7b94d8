"""The table's first rows as HTML, for readers without scripts; `site/static/table.js` writes the same cells.

Rows are many, so they are written as text, and whatever comes from an entry or a record goes through `escape`.
"""

from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from harness.catalog.schemas import SCRATCH
from harness.report.columns import Column, Row
from harness.report.figures import Scale, interval_bar
from harness.report.output import NOTHING, plain
from harness.report.words import number, signed

FIRST = 100
"""So many rows stand on a page as it is; a script draws others from its data."""


def table_rows(rows: Sequence[Row], columns: Sequence[Column], root: str) -> Markup:
    """The first rows of a table, as `<tr>` elements."""
    shown = rows[:FIRST]
    bounds = [row[name] for row in shown for name in ("lift_low", "lift", "lift_high") if row[name] is not None]
    scale = Scale([0.0, *bounds], 4, 116)
    return Markup("\n".join(_row(row, columns, root, scale) for row in shown))


def _row(row: Row, columns: Sequence[Column], root: str, scale: Scale) -> str:
    kinds = [row["verdict"], "control" if row["control"] else "", "failed" if row["failed"] else ""]
    cells = [_cell(row, column, root, scale, place == 0) for place, column in enumerate(columns)]
    return f'<tr class="{" ".join(filter(None, kinds))}">{"".join(cells)}</tr>'


def _cell(row: Row, column: Column, root: str, scale: Scale, first: bool) -> str:
    content = FORMS[column.form](row, column, root, scale)
    if first:
        return f'<th scope="row" class="name">{content}</th>'
    kind = "num" if column.numeric else "text"
    more = {"remarks": " remarks", "lift": " lift"}.get(column.name, "")
    return f'<td class="{kind}{more}">{content}</td>'


def _tag(text: str, kind: str = "") -> str:
    return f' <span class="tag{kind}">{escape(text)}</span>'


def _link(target: str, text: object) -> str:
    return f'<a href="{escape(target)}">{escape(text)}</a>'


def _beside(text: str) -> str:
    return f' <span class="pm">{text}</span>'


def _model(row: Row, column: Column, root: str, scale: Scale) -> str:
    name = row["model"]
    return _link(f"{root}models/{name}.html", name) + (_tag("control") if row["control"] else "")


def _pretraining(row: Row, column: Column, root: str, scale: Scale) -> str:
    text = str(escape(plain(row["pretraining"]))) + (_tag("sees labels") if row["labelled"] else "")
    return text + "".join(_tag(each, " bad") for each in (row["troubles"] or "").split("; ") if each)


def _rank(row: Row, column: Column, root: str, scale: Scale) -> str:
    low, high = row["rank_low"], row["rank_high"]
    if low is None:
        return NOTHING if row["rank"] is None else f"({row['rank']})"
    return (str(low) if low == high else f"{low}–{high}") + (_tag("top") if row["best"] else "")


def _score(row: Row, column: Column, root: str, scale: Scale) -> str:
    margin = row["score_margin"]
    return number(row["score"]) + (_beside(f"± {number(margin)}") if margin is not None else "")


def _lift(row: Row, column: Column, root: str, scale: Scale) -> str:
    if row["lift"] is None:
        return "reference" if row["objective"] == SCRATCH else NOTHING
    text = f"<b>{signed(row['lift'])}</b>"
    if row["lift_low"] is not None:
        text += _beside(f"[{signed(row['lift_low'])}, {signed(row['lift_high'])}]")
    if row["lift_n"] != row["n"]:
        text += _beside(f"{row['lift_n']} of {row['n']} seeds")
    return f"{text} {interval_bar(row['lift_low'], row['lift'], row['lift_high'], scale, row['verdict'])}"


def _seeds(row: Row, column: Column, root: str, scale: Scale) -> str:
    return _link(f"{root}models/{row['model']}.html", row["n"])


def _words(row: Row, column: Column, root: str, scale: Scale) -> str:
    return str(escape(plain(row[column.name]))) if row[column.name] else NOTHING


def _number(row: Row, column: Column, root: str, scale: Scale) -> str:
    return number(row[column.name], f",.{column.digits}f")


FORMS: dict[str, Callable[[Row, Column, str, Scale], str]] = {
    "model": _model, "pretraining": _pretraining, "rank": _rank, "score": _score, "lift": _lift, "seeds": _seeds,
    "words": _words, "number": _number,
}  # fmt: skip
