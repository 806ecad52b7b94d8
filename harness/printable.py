"""Text that no terminal, page or file obeys: control characters, escape sequences and bidi controls are spelt out."""

import math

MINUS = "−"


def plain(value: object) -> str:
    """A value as one line of text, in which characters that are not printable are escaped."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def plain_lines(value: str | None) -> list[str]:
    """The lines of a text, each as `plain` returns it."""
    return [plain(line) for line in (value or "").splitlines()]


def count(number: int, noun: str) -> str:
    """`1 cell`, `2 cells`."""
    return f"{number} {noun}{'s' * (number != 1)}"


def decimal(value: float, digits: int, signed: bool = False) -> str:
    """A number with its thousands separated. A difference keeps its sign where all of its digits are zeros."""
    if math.isinf(value):
        return f"{'+' if signed and value > 0 else MINUS if value < 0 else ''}∞"
    text = f"{abs(value):,.{digits}f}"
    negative = math.copysign(1.0, value) < 0 and (signed or text.strip("0.,") != "")
    return f"{MINUS if negative else '+' if signed else ''}{text}"


def signed(value: float, digits: int = 3) -> str:
    """A difference with its sign."""
    return decimal(value, digits, signed=True)


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """` [+0.079, +0.137]` after a difference; empty without an interval."""
    return "" if low is None or high is None else f" [{signed(low, digits)}, {signed(high, digits)}]"


def exact(value: float) -> str:
    """A number as text from which it can be read again: short where that is exact."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
