"""The comparisons of pairs of models, as HTML for the page that shows them side by side."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.findings.compare import compare, pairs_of_models
from harness.report.html import section_html, slug, summary_html

if TYPE_CHECKING:
    from harness.findings.evidence import Evidence

MOST_CELLS = 6_000
"""The most compared cells of a site; further pairs are left to the command line."""
Pair = tuple[str, str]


def model_pairs(evidence: "Evidence") -> tuple[list[Pair], int]:
    """The pairs of models with a cell in common, in the order of the cells, and the number of skipped ones."""
    shared = pairs_of_models(evidence)
    pairs, total = [], 0
    for pair, count in shared.items():
        total += count
        if total <= MOST_CELLS:
            pairs.append(pair)
    return pairs, len(shared) - len(pairs)


def pair_html(evidence: "Evidence", one: str, other: str) -> Markup:
    """The sections of a comparison, with links as on a page at the site's root."""
    finding = compare(evidence, (one, other))
    sections = [section_html(each, "", slug(each.title)) for each in finding.sections]
    return Markup("").join([summary_html(finding), *sections])
