"""Figures as inline SVG with classes only, for a strict Content-Security-Policy; and their legends.

A heat map is no SVG: a page has it as a table, which is read and scrolled as one (`harness.report.html`).
"""

from markupsafe import Markup, escape

from harness.findings.base import Bars, Forest, Lines, Scatter
from harness.printable import plain
from harness.report.svg_bars import bars, forest, groups_of
from harness.report.svg_marks import sign
from harness.report.svg_points import lines, scatter

Drawn = Scatter | Lines | Forest | Bars


def figure_svg(figure: Drawn) -> Markup:
    """A figure as an `<svg>` element."""
    if isinstance(figure, Scatter):
        return scatter(figure)
    if isinstance(figure, Lines):
        return lines(figure)
    return forest(figure) if isinstance(figure, Forest) else bars(figure)


def group_names(figure: Drawn) -> list[str]:
    """The names of a figure's groups in the order of their marks; none where there is one without a name."""
    if isinstance(figure, Scatter):
        names = list(figure.groups)
    elif isinstance(figure, Lines):
        names = list(figure.series)
    else:
        names = groups_of(figure.bars)
    return [] if names in ([], [""]) else names


def legend_html(figure: Drawn) -> Markup:
    """The marks of the groups with their names, and the curve with its title; empty where there are none."""
    items = [
        f'<li data-group="{escape(plain(name))}">{sign(index)} {escape(plain(name))}</li>'
        for index, name in enumerate(group_names(figure))
    ]
    if isinstance(figure, Scatter) and figure.curve and figure.curve_title:
        items.append(f'<li><span class="sample" aria-hidden="true"></span> {escape(plain(figure.curve_title))}</li>')
    return Markup(f'<ul class="legend">{"".join(items)}</ul>' if items else "")
