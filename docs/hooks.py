"""Generated pages: results of suites from the committed records, and the picture of imports."""

import io
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

SUITES = ("quick", "vision", "text", "natural", "gpu-quick")
MOST_ROWS = 30
LAYERS = [
    ["cli"],
    ["board"],
    ["report", "sweep"],
    ["findings", "executors"],
    ["stats", "store", "worker"],
    ["matrix", "objectives", "tasks"],
    ["trial", "training"],
    ["cells", "cache", "data"],
    ["catalog"],
    ["meters", "metrics"],
    ["printable", "grouping", "seeds", "splits"],
    ["errors"],
]
"""The packages from the top to the bottom; an arrow that points upwards would be a fault."""


def on_files(files: Files, config: Any) -> Files:
    """Adds the generated pages."""
    for suite in SUITES:
        files.append(File.generated(config, f"results/{suite}.md", content=results_page(suite)))
    files.append(File.generated(config, "images/packages.svg", content=imports_picture()))
    return files


def results_page(suite: str) -> str:
    """The summaries and first tables of a suite's findings, computed from the committed records."""
    from harness import open_board
    from harness.findings import FINDINGS, compute, title_of

    board = open_board(ROOT, results=ROOT / "results")
    entry, evidence = board.catalog.suite(suite), board.evidence(suite)
    lines = [f"# {entry.title}", "", f"Suite `{suite}`. Computed from the committed records in `results/{suite}`.", ""]
    for name in FINDINGS:
        finding = compute(name, evidence)
        lines += [f"## {title_of(name)}", "", *[f"- {sentence}" for sentence in finding.summary], ""]
        for section in finding.sections:
            if not section.subject:
                lines += _section(section)
        lines += [f"More: `pretune show {suite} {name}`", ""]
    return "\n".join(lines)


def _section(section: Any) -> list[str]:
    from harness.report.values import cell_text, title_of

    lines = [f"### {section.title}", "", section.note, ""] if section.tables else []
    for table in section.tables:
        columns = [column for column in table.columns if column.shown and not column.optional]
        if not columns or not table.rows:
            continue
        lines += [f"| {' | '.join(title_of(column) for column in columns)} |", f"|{' --- |' * len(columns)}"]
        for row in table.rows[:MOST_ROWS]:
            cells = [cell_text(column, row).replace("|", "\\|").replace("\n", " ") for column in columns]
            lines.append(f"| {' | '.join(cells)} |")
        if len(table.rows) > MOST_ROWS:
            lines.append(f"\n{len(table.rows) - MOST_ROWS} more rows are on the site and in `--format csv`.")
        lines.append("")
    return lines


def imports_picture() -> bytes:
    """The imports between the packages of `harness`, as SVG: each arrow is at least one import at run time."""
    import grimp
    import matplotlib

    matplotlib.use("svg")
    from matplotlib.figure import Figure

    graph = grimp.build_graph("harness", exclude_type_checking_imports=True)
    names = [name for layer in LAYERS for name in layer]
    arrows = {
        (_package(module), _package(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    places = {
        name: ((index + 1) / (len(layer) + 1), 1 - (depth + 0.5) / len(LAYERS))
        for depth, layer in enumerate(LAYERS)
        for index, name in enumerate(layer)
    }
    figure = Figure(figsize=(8, 9))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    for start, end in sorted(arrows):
        if start != end and start in places and end in places:
            upwards = places[end][1] >= places[start][1]
            axes.annotate(
                "", xy=places[end], xytext=places[start],
                arrowprops={"arrowstyle": "->", "color": "#c22" if upwards else "#789", "shrinkA": 16, "shrinkB": 16},
            )  # fmt: skip
    for name in names:
        axes.text(*places[name], name, ha="center", va="center", fontsize=11,
                  bbox={"boxstyle": "round,pad=0.4", "facecolor": "#eef3f8", "edgecolor": "#345"})  # fmt: skip
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "pretune"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _package(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""
