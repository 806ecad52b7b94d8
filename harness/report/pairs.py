"""The comparisons of pairs of models, as HTML for the page that shows them side by side."""

from itertools import combinations
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from harness.findings.compare import compare
from harness.report.html import section_html, slug, summary_html

if TYPE_CHECKING:
    from harness.findings.evidence import Evidence

MOST_CELLS = 6_000
"""The most compared cells of a site; further pairs are left to the command line."""
Pair = tuple[str, str]


def model_pairs(evidence: "Evidence") -> tuple[list[Pair], int]:
    """The pairs of models with a cell in common, in the order of the cells, and the number of skipped ones."""
    cells: dict[str, set[Any]] = {}
    for each in evidence.whole:
        if each.records:
            cells.setdefault(each.cell.model, set()).add((each.cell.arm, each.cell.problem))
    shared = {(one, other): len(cells[one] & cells[other]) for one, other in combinations(cells, 2)}
    pairs, total = [], 0
    for pair, count in shared.items():
        total += count
        if count and total <= MOST_CELLS:
            pairs.append(pair)
    return pairs, sum(count > 0 for count in shared.values()) - len(pairs)


def pair_html(evidence: "Evidence", one: str, other: str) -> Markup:
    """The sections of a comparison, with links as on a page at the site's root."""
    finding = compare(evidence, (one, other))
    title = Markup("<h2>{} minus {}</h2>").format(
        *(Markup('<a href="models/{0}.html">{0}</a>').format(name) for name in (other, one))
    )
    sections = [section_html(each, "", slug(f"{other} {each.title}"), 3) for each in finding.sections]
    return Markup("").join([title, summary_html(finding), *sections])
