"""The site's pages, read as text."""

import csv
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.board import Board
from harness.errors import BoardError
from harness.report.site import MARKER, render
from tests.boards import ROOT, environment


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
    return {path: Page(path) for path in folder.rglob("*.html")}


def rendered(board: Board, out: Path) -> Path:
    render(board, board.catalog.suite("tiny"), out)
    return out


def test_every_link_leads_somewhere_inside(site: Path) -> None:
    found = pages(site)
    assert len(found) > 390
    for path, page in found.items():
        for link in page.links:
            name, _, anchor = link.partition("#")
            if name.startswith("data:"):
                continue
            assert "://" not in name, f"{path.name}: {link}"
            target = (path.parent / name).resolve() if name else path
            assert target.is_file(), f"{path.name}: {link}"
            assert not anchor or anchor in found[target].ids


def reached(folder: Path) -> set[Path]:
    """The pages that a reader comes to from the board."""
    found, seen, waiting = pages(folder), set(), [folder / "index.html"]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            targets = ((path.parent / link.partition("#")[0]).resolve() for link in found[path].links)
            waiting += [target for target in targets if target in found]
    return seen


def test_every_page_can_be_reached(site: Path, troubled: Board, tmp_path: Path) -> None:
    for folder in (site, rendered(troubled, tmp_path / "public")):
        assert {path.name for path in pages(folder)} - {path.name for path in reached(folder)} == set()


def test_no_two_places_of_a_page_share_a_name(site: Path) -> None:
    for path, page in pages(site).items():
        assert len(page.ids) == len(set(page.ids)), path.name


def test_nothing_is_inline(site: Path) -> None:
    for path, page in pages(site).items():
        assert page.inline == [], path.name
        assert "default-src 'none'" in path.read_text()


def test_the_headline_stands_first(site: Path) -> None:
    text = (site / "index.html").read_text()
    assert "It helps" in text
    assert text.index("named in the suite before it ran") < text.index("<table")


def test_every_cell_and_its_controls_are_there(site: Path) -> None:
    rows = json.loads((site / "data" / "board.json").read_text())
    tables = (site / "index.html").read_text().split('<section class="facet"')
    own = [text for text in tables if 'id="across-' not in text]
    assert sum(text.count('<tr class="') for text in own) == len(rows)
    assert len(own) < len(tables)
    assert {"raw-pixels", "constant", "cnn-tiny", "mlp"} <= {row["model"] for row in rows}
    assert "scratch" in {row["objective"] for row in rows}


def test_downloads_agree(site: Path) -> None:
    for name in ("board", "trials"):
        rows = json.loads((site / "data" / f"{name}.json").read_text())
        lines = list(csv.DictReader(io.StringIO((site / "data" / f"{name}.csv").read_text())))
        assert len(lines) == len(rows) > 0
        assert list(lines[0]) == list(rows[0])


def test_absent_figures_are_dashes(site: Path) -> None:
    trial = next(path for path in (site / "trials").iterdir() if "k-NN" in path.read_text())
    energy = re.search(r"Energy</th><td class=\"num\">(.*?)</td>", trial.read_text())
    assert energy is not None
    assert energy.group(1) == "–"


def test_a_trial_says_how_to_run_it_again(site: Path) -> None:
    for path in sorted((site / "trials").iterdir())[:5]:
        assert f"pretune reproduce {path.stem}" in path.read_text()


def test_a_pretraining_has_its_curve_and_its_children(site: Path) -> None:
    found = [path.read_text() for path in (site / "trials").iterdir() if "pretraining trial" in path.read_text()]
    curves = [text for text in found if "Learning curve" in text]
    assert len(curves) >= 45
    assert all("<polyline" in text for text in curves)
    assert any("What began from it" in text for text in curves)


def test_failures_and_blocked_cells_are_rows(troubled: Board, tmp_path: Path) -> None:
    out = rendered(troubled, tmp_path / "public")
    text = (out / "index.html").read_text()
    assert "1 error" in text
    assert "1 blocked" in text
    assert "2 cells have failed trials" in text
    frame = troubled.frame("tiny")
    assert text.count('<tr class="') == len(frame)
    assert ">seed 0: error</a>" in text
    assert ">pretraining, seed 1: error</a>" in text


def test_nothing_in_a_record_can_become_markup(troubled: Board, tmp_path: Path) -> None:
    out = rendered(troubled, tmp_path / "public")
    for path in out.rglob("*.html"):
        text = path.read_text()
        assert "<script>alert" not in text
        assert "<i>collapsed" not in text
        assert "<b>machine" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "\x1b" not in (out / "data" / "trials.csv").read_text()


def test_a_board_without_records_has_a_page(board: Board, tmp_path: Path) -> None:
    text = (rendered(board, tmp_path / "public") / "index.html").read_text()
    assert "Not known yet" in text
    assert text.count("missing") >= 4


def test_the_same_records_give_the_same_bytes(swept: Board, tmp_path: Path) -> None:
    one, other = rendered(swept, tmp_path / "one"), rendered(swept, tmp_path / "other")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())
    for name in files:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_a_new_site_replaces_the_old_one(swept: Board, tmp_path: Path) -> None:
    out = rendered(swept, tmp_path / "public")
    (out / "trials" / "stale.html").write_text("old")
    assert not (rendered(swept, out) / "trials" / "stale.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["public"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_not_ours_is_not_touched(swept: Board, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "mine"
    if kind == "folder":
        out.mkdir()
        (out / "thesis.tex").write_text("years of work")
    else:
        out.write_text("years of work")
    with pytest.raises(BoardError, match="--out"):
        rendered(swept, out)
    assert not (tmp_path / "mine" / MARKER).exists()
    assert "years of work" in (out / "thesis.tex" if kind == "folder" else out).read_text()


def test_it_needs_no_torch(tmp_path: Path, swept: Board) -> None:
    code = (
        "import sys; from harness.cli import main\n"
        f"try: main(['site', 'tiny', '--out', {str(tmp_path / 'public')!r}])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=swept.root, env=environment(swept), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_sources_hold_no_address_of_elsewhere() -> None:
    for path in (ROOT / "site").glob("*/*"):
        if path.suffix in (".html", ".js", ".css") and "public" not in path.parts:
            assert "http" not in path.read_text().replace("http-equiv", ""), path.name
