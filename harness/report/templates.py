"""The site's templates, compiled once."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.printable import plain
from harness.report.values import NOTHING

SOURCE = Path(__file__).parents[2] / "site"
Page = tuple[str, str | bytes]
"""The name of a file of the site, and its content."""


def rendered(template: str, **values: Any) -> str:
    """The text of a template."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(SOURCE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["grouped"] = lambda value, digits=0: NOTHING if value is None else f"{value:,.{digits}f}"
    return environment


def _printable(value: Any) -> Any:
    """A value as a template prints it: no text of a record can steer a reader."""
    if not isinstance(value, str) or value.isprintable() or hasattr(value, "__html__"):
        return value
    return "\n".join(plain(line) for line in value.split("\n"))
