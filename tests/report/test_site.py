"""The site's pages, read as text."""

import csv
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from harness.board import Board
from harness.errors import BoardError
from harness.report.site import MARKER, render
from tests.boards import ROOT, copy_of, environment
from tests.report.conftest import forget


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


def data(folder: Path, name: str) -> Any:
    """What a data file hands to the page's script."""
    text = (folder / "data" / f"{name}.js").read_text()
    found = re.fullmatch(r'pretune\.take\("([^"]*)",(.*)\);\n', text, re.DOTALL)
    assert found is not None, name
    assert found.group(1) == name
    return json.loads(found.group(2))


def trials_of(folder: Path) -> dict[str, Any]:
    """Every trial's view, by its name."""
    files = sorted((folder / "data" / "trials").iterdir())
    return {name: view for file in files for name, view in data(folder, f"trials/{file.stem}").items()}


def test_every_link_leads_somewhere_inside(site: Path) -> None:
    found, trials = pages(site), trials_of(site)
    assert len(trials) > 390
    for path, page in found.items():
        for link in page.links:
            name, _, anchor = link.partition("#")
            if name.startswith("data:"):
                continue
            assert "://" not in name, f"{path.name}: {link}"
            target = (path.parent / name).resolve() if name else path
            assert target.is_file(), f"{path.name}: {link}"
            known = set(found[target].ids) if target in found else set()
            known |= set(trials) if target.name == "trial.html" else set()
            state = target.name == "compare.html" and anchor.startswith("models=")
            assert not anchor or state or anchor in known, f"{path.name}: {link}"


def test_every_trial_that_a_page_names_has_its_view(site: Path, troubled: Board, tmp_path: Path) -> None:
    for folder in (site, rendered(troubled, tmp_path / "public")):
        trials = trials_of(folder)
        for file in (folder / "data" / "models").iterdir():
            for row in data(folder, f"models/{file.stem}"):
                assert {key for _, key in row["seeds"] + row["failures"]} <= set(trials)
        for view in trials.values():
            named = [view["parent"], *(child[0] for child in view["children"])]
            named += (view["lift"] or [])[1:]
            named += [one[0] for _, _, tuning in view["scores"] for one in tuning]
            assert set(filter(None, named)) <= set(trials)


def test_the_lifts_of_trials_are_those_of_the_board(site: Path) -> None:
    views, over = trials_of(site), 0
    for row in json.loads((site / "data" / "board.json").read_text()):
        own = [views[key[:16]] for key in row["keys"].values()]
        lifts = [view["lift"] for view in own if view["lift"]]
        assert len(lifts) == (row["lift_n"] or 0)
        over += len(lifts)
        if lifts:
            assert fmean(lift for lift, _ in lifts) == pytest.approx(row["lift"])
        for view in own:
            if view["lift"]:
                model, _, *problem = view["title"].split(" · ")
                assert views[view["lift"][1]]["title"].split(" · ") == [model, "scratch", *problem]
    assert over > 100


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
        unreached = {path.name for path in pages(folder)} - {path.name for path in reached(folder)}
        assert unreached == {"trial.html"} - {path.name for path in reached(folder)}


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
    assert text.index("Named in the suite before it ran") < text.index("<table")


def board_rows(folder: Path) -> list[dict[str, Any]]:
    """The table's rows as the script reads them."""
    board, more = data(folder, "board"), data(folder, "more")
    columns = {
        name: [column["words"][at] if at >= 0 else None for at in column["at"]] if "words" in column else
        [None if at is None else at / 10 ** column["digits"] for at in column["at"]]
        for name, column in (board["data"] | more).items()
    }  # fmt: skip
    return [{name: values[row] for name, values in columns.items()} for row in range(board["rows"])]


def test_every_cell_and_its_controls_are_there(site: Path) -> None:
    rows, whole = board_rows(site), json.loads((site / "data" / "board.json").read_text())
    assert len(rows) == len(whole)
    assert (site / "index.html").read_text().count('<tr class="') == min(len(rows), 100)
    assert {"raw-pixels", "constant", "cnn-tiny", "mlp"} <= {row["model"] for row in rows}
    assert "scratch" in {row["objective"] for row in rows}


def test_the_table_holds_the_boards_figures(site: Path) -> None:
    def places(rows: list[dict[str, Any]]) -> list[Any]:
        return sorted([r["model"], r["task"], r["score"] or 0, r["lift"] or 0, r["parameters"] or 0] for r in rows)

    exact = json.loads((site / "data" / "board.json").read_text())
    for one, other in zip(places(board_rows(site)), places(exact), strict=True):
        assert one[:2] == other[:2]
        assert one[2:] == pytest.approx(other[2:], abs=0.000501)


def test_a_place_counts_within_its_problem(site: Path) -> None:
    problems: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in board_rows(site):
        problems.setdefault((row["task"], row["protocol"], row["labels"]), []).append(row)
    for rows in problems.values():
        placed = [row for row in rows if row["rank"] is not None]
        assert [row["rank"] for row in placed] == sorted(row["rank"] for row in placed)
        assert [row["score"] for row in placed] == sorted((row["score"] for row in placed), reverse=True)
        unplaced = [row for row in rows if row["rank"] is None]
        assert all(row["control"] or row["run"] != "whole" or row["score"] is None for row in unplaced)


def test_downloads_agree(site: Path) -> None:
    for name in ("board", "trials"):
        rows = json.loads((site / "data" / f"{name}.json").read_text())
        lines = list(csv.DictReader(io.StringIO((site / "data" / f"{name}.csv").read_text())))
        assert len(lines) == len(rows) > 0
        assert list(lines[0]) == list(rows[0])


def test_absent_hardware_is_null(site: Path) -> None:
    views = trials_of(site).values()
    assert {view["meters"]["energy_j"] for view in views} == {None}
    assert data(site, "words")["meters"]["energy_j"]["unit"] == "J"


def test_a_pretraining_has_its_curve_and_its_children(site: Path) -> None:
    views = [view for view in trials_of(site).values() if view["role"] == "pretraining" and view["curve"]]
    assert len(views) >= 45
    assert all(len(view["curve"]["step"]) > 1 for view in views)
    assert any(view["children"] for view in views)


def test_failures_and_blocked_cells_are_rows(troubled: Board, tmp_path: Path) -> None:
    out = rendered(troubled, tmp_path / "public")
    text = (out / "index.html").read_text()
    assert "1 error" in text
    assert "1 blocked" in text
    assert "2 cells have failed trials" in text
    frame = troubled.frame("tiny")
    assert text.count('<tr class="') == len(frame)
    named = [one[0] for row in data(out, "models/net") for one in row["failures"]]
    assert "seed 0: error" in named
    assert "pretraining, seed 1: error" in named


def test_nothing_in_a_record_can_become_markup(troubled: Board, tmp_path: Path) -> None:
    out = rendered(troubled, tmp_path / "public")
    for path in (*out.rglob("*.html"), *out.rglob("*.yaml")):
        text = path.read_text()
        assert "<script>alert" not in text
        assert "<i>collapsed" not in text
        assert "<b>machine" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    for path in (out / "data").rglob("*.*s*"):
        assert "\x1b" not in path.read_text(), path.name
        assert "\u202e" not in path.read_text(), path.name


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
    (out / "models" / "stale.html").write_text("old")
    (out / "gone").mkdir()
    (out / "gone" / "stale.html").write_text("old")
    rendered(swept, out)
    assert not (out / "models" / "stale.html").exists()
    assert not (out / "gone").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["public"]


def test_only_what_changed_is_written(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    out = rendered(board, tmp_path / "public")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    rendered(board, out)
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    forget(next(record for record in board.store.all() if record.role == "reported"))
    rendered(board, out)
    changed = {path.relative_to(out).as_posix() for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert "data/board.js" in changed
    assert not any(name.startswith("static/") for name in changed)


def test_a_models_results_are_metadata_for_its_card(site: Path) -> None:
    text = (site / "data" / "cards" / "cnn-tiny.yaml").read_text()
    assert text.startswith(
        'model-index:\n- name: "cnn-tiny"\n  results:\n  - task:\n      type: "image-classification"\n'
    )
    scored = [row for row in board_rows(site) if row["model"] == "cnn-tiny" and row["score"] is not None]
    assert text.count("- type:") == len(scored)


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


SVG = "http://www.w3.org/2000/svg"
"""The name of a vocabulary, not an address that anything is fetched from."""


def test_sources_hold_no_address_of_elsewhere() -> None:
    for path in (ROOT / "site").glob("*/*"):
        if path.suffix in (".html", ".js", ".css") and "public" not in path.parts:
            assert "http" not in path.read_text().replace("http-equiv", "").replace(SVG, ""), path.name
