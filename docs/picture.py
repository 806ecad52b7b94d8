"""The picture `images/packages.svg`: the packages of `harness` in the layers of import-linter, and their imports."""

import io
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
UPWARDS = "#c22222"
"""The colour of an import against the order of layers. There is none while `make lint` passes."""
SHIFT = 0.09
"""The offset of the only package of a layer, left and right in turn."""
Position = tuple[float, float]


def on_files(files: "Files", config: "MkDocsConfig") -> "Files":
    """Adds the picture."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "images/packages.svg", content=picture()))
    return files


def layers() -> list[list[str]]:
    """The packages of each layer, from the top, as in the contract of pyproject.toml."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (ordered,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [layer.split(" | ") for layer in ordered]


def imports() -> set[tuple[str, str]]:
    """The pairs of packages of which the first imports the second at run time."""
    import grimp

    graph = grimp.build_graph("harness", exclude_type_checking_imports=True)
    pairs = {
        (_package(module), _package(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    return {(start, end) for start, end in pairs if start and end and start != end}


def reduced(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The pairs without those that a path of other pairs implies."""
    below: dict[str, set[str]] = {}
    for start, end in pairs:
        below.setdefault(start, set()).add(end)

    def reaches(start: str, end: str, seen: set[str]) -> bool:
        return any(
            each == end or (each not in seen and reaches(each, end, seen | {each})) for each in below.get(start, ())
        )

    return {
        (start, end)
        for start, end in pairs
        if not any(other != end and reaches(other, end, {start, other}) for other in below[start])
    }


def laid_out(pairs: set[tuple[str, str]]) -> dict[str, Position]:
    """The position of each package: its layer, and across about the mean of the packages that import it."""
    positions: dict[str, Position] = {}
    for depth, layer in enumerate(layers()):
        wanted = {}
        for name in layer:
            above = [positions[start][0] for start, end in pairs if end == name and start in positions]
            wanted[name] = sum(above) / len(above) if above else 0.5
        for index, name in enumerate(sorted(layer, key=lambda name: (wanted[name], name))):
            slot = (index + 0.5) / len(layer)
            sideways = SHIFT * (-1) ** depth  # else arrows over several layers would cross boxes
            positions[name] = ((slot + wanted[name]) / 2 if len(layer) > 1 else wanted[name] + sideways, -depth)
    return positions


def picture() -> bytes:
    """The packages in their layers as SVG. An arrow is at least one import; an import against the order is red.

    An arrow that a path of other arrows implies is not drawn.
    """
    import matplotlib
    from matplotlib.figure import Figure

    names = {name for layer in layers() for name in layer}
    drawn = reduced({(start, end) for start, end in imports() if {start, end} <= names})
    positions = laid_out(drawn)
    figure = Figure(figsize=(8, 9), dpi=72)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0.1, 0.85)
    axes.set_ylim(0.5 - len(layers()), 0.5)
    boxes = {}
    for name, position in positions.items():
        box = {"boxstyle": "round,pad=0.4", "facecolor": "#eef3f8", "edgecolor": "#334455"}
        text = axes.text(*position, name, ha="center", va="center", fontsize=12, zorder=3, bbox=box)
        boxes[name] = text.get_bbox_patch()
    figure.draw_without_rendering()
    for start, end in sorted(drawn):
        upwards = positions[end][1] >= positions[start][1]
        axes.annotate(
            "", xy=positions[end], xytext=positions[start], zorder=2,
            arrowprops={"arrowstyle": "-|>", "color": UPWARDS if upwards else "#778899", "patchA": boxes[start],
                        "patchB": boxes[end], "shrinkA": 1, "shrinkB": 3, "connectionstyle": "arc3,rad=0.1"},
        )  # fmt: skip
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "pretune"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _package(module: str) -> str:
    return module.split(".")[1] if "." in module else ""
