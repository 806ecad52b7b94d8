"""The elements of SVG figures: marks, lines, text. They carry classes only; the style sheet colours them."""

import unicodedata
from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from harness.printable import plain

Facts = Mapping[str, str]
SHAPES = (
    "circle", "square", "triangle", "diamond", "down", "plus", "cross", "bar", "star", "hexagon", "hourglass", "beam",
)  # fmt: skip
COLOURS = len(SHAPES)
"""The style sheet's classes g0, g1, …"""
PATHS = {
    "square": "M-5 -5H5V5H-5Z",
    "triangle": "M0 -6L6 5H-6Z",
    "diamond": "M0 -7L7 0L0 7L-7 0Z",
    "down": "M0 6L6 -5H-6Z",
    "plus": "M-2 -6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z",
    "cross": "M-6 -4L-4 -6L0 -2L4 -6L6 -4L2 0L6 4L4 6L0 2L-4 6L-6 4L-2 0Z",
    "bar": "M-3 -7H3V7H-3Z",
    "star": "M0 -7L2 -2L7 -2L3 1L5 7L0 3L-5 7L-3 1L-7 -2L-2 -2Z",
    "hexagon": "M-3 -6H3L7 0L3 6H-3L-7 0Z",
    "hourglass": "M-6 -6H6L1 0L6 6H-6L-1 0Z",
    "beam": "M-7 -3H7V3H-7Z",
}
PHONE = 17
"""The size of text on a phone, in units of the figure."""
NARROW, CAPITAL, WIDE = (
    frozenset(" .,:;'|!()[]{}iljtfrI1-"),
    frozenset("ABCDEFGHJKLNOPQRSTUVXYZ&#"),
    frozenset("mwMW@%—"),
)


def colour(index: int) -> str:
    """The class of a group's colour."""
    return f"g{index % COLOURS}"


def mark(x: float, y: float, index: int, title: str = "") -> Markup:
    """The mark of a group at (x, y). After twelve groups the colours repeat with other shapes."""
    shape = SHAPES[(index + index // COLOURS) % COLOURS]
    words = titled(title)
    if shape == "circle":
        return Markup(f'<circle cx="{x}" cy="{y}" r="5.5" class="mark {colour(index)}">{words}</circle>')
    position = f'transform="translate({x} {y})" d="{PATHS[shape]}"'
    return Markup(f'<path {position} class="mark {colour(index)}">{words}</path>')


def sign(index: int) -> Markup:
    """The mark of a group alone, for a legend."""
    frame = 'class="sign" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true"'
    return Markup(f"<svg {frame}>{mark(0, 0, index)}</svg>")


def line(x1: float, y1: float, x2: float, y2: float, kind: str, title: str = "", facts: Facts | None = None) -> Markup:
    """A line of a class."""
    ends = f'x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"'
    return Markup(f'<line {ends} class="{kind}"{data_facts(facts or {})}>{titled(title)}</line>')


def text(x: float, y: float, kind: str, anchor: str, words: str, room: float = float("inf")) -> Markup:
    """A text of a class, cut to `room` units; its title is the whole."""
    shown = cut(plain(words), room)
    title = titled(words if shown != plain(words) else "")
    return Markup(f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(shown)}{title}</text>')


def path(points: Iterable[tuple[float, float]], kind: str, facts: Facts | None = None) -> Markup:
    """A line through points."""
    corners = " ".join(f"{x},{y}" for x, y in points)
    return Markup(f'<polyline points="{corners}" class="{kind}"{data_facts(facts or {})}/>')


def data_facts(facts: Facts) -> Markup:
    """`data-*` attributes for a page's script; names that no attribute can have are skipped."""
    valid = {name: value for name, value in facts.items() if name.isascii() and name.replace("-", "").isalnum()}
    return Markup("".join(f' data-{name.lower()}="{escape(plain(value))}"' for name, value in valid.items()))


def titled(words: str) -> Markup:
    """The title of an element, which a pointer shows."""
    return Markup(f"<title>{escape(plain(words))}</title>") if words else Markup("")


def text_width(words: str, size: float = PHONE) -> float:
    """About the width of a text in units of the figure, on a phone."""
    return size * sum(map(_share, words))


def cut(words: str, room: float) -> str:
    """A text that fits into `room` units, its end replaced by an ellipsis."""
    if text_width(words) <= room:
        return words
    while words and text_width(words) + PHONE > room:
        words = words[:-1]
    return words.rstrip() + "…"


def _share(character: str) -> float:
    """The width of a character as a share of the text's size."""
    if character in NARROW:
        return 0.36
    if character in WIDE or unicodedata.east_asian_width(character) in "WF":
        return 1.02
    return 0.7 if character in CAPITAL else 0.58
