"""Pages and data files of a site, as its readers and scripts read them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any


class Page(HTMLParser):
    """The links, ids and forbidden attributes of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.inline: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src"):
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")
        if tag == "script" and "src" not in dict(attrs):
            self.inline.append("script")


def pages(folder: Path) -> dict[Path, Page]:
    """All pages of a site."""
    return {path: Page(path) for path in folder.rglob("*.html")}


def data(folder: Path, name: str) -> Any:
    """The value that a data file hands to a page's script."""
    text = (folder / "data" / f"{name}.js").read_text()
    match = re.fullmatch(r'pretune\.take\("([^"]*)",(.*)\);\n', text, re.DOTALL)
    assert match is not None, name
    assert match.group(1) == name
    return json.loads(match.group(2))


def trials_of(folder: Path) -> dict[str, Any]:
    """The view of every trial, by its name."""
    files = sorted((folder / "data" / "trial").iterdir())
    return {name: view for file in files for name, view in data(folder, f"trial/{file.stem}").items()}


def rows_of(folder: Path, file: str = "board/board") -> list[dict[str, Any]]:
    """The rows of a live table as its script reads them."""
    table = data(folder, file)
    more = data(folder, f"{file}-more") if (folder / "data" / f"{file}-more.js").is_file() else {}
    columns = {name: _values(column) for name, column in (table["data"] | more).items()}
    return [{name: values[row] for name, values in columns.items()} for row in range(table["rows"])]


def _values(column: dict[str, Any]) -> list[Any]:
    if "links" in column:
        return list(column["links"])
    if "words" in column:
        return [column["words"][at] if at >= 0 else None for at in column["at"]]
    return [None if at is None else at / 10 ** column["digits"] for at in column["at"]]
