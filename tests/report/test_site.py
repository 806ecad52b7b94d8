"""The files of the site."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import fmean

import pytest

from harness.board import Board
from harness.errors import BoardError
from harness.findings import FINDINGS, FIRST, title_of
from harness.report import site as site_module
from harness.report.site import MARKER
from tests.boards import ROOT, copy_of, environment
from tests.report.conftest import forget, rendered
from tests.report.pages import data, pages, rows_of, trials_of


def test_every_link_leads_to_a_page_and_its_anchor(site: Path) -> None:
    parsed, trials = pages(site), trials_of(site)
    assert len(trials) > 390
    for path, page in parsed.items():
        for link in page.links:
            name, _, anchor = link.partition("#")
            if name.startswith("data:"):
                continue
            assert "://" not in name, f"{path.name}: {link}"
            target = (path.parent / name).resolve() if name else path
            assert target.is_file(), f"{path.name}: {link}"
            known = set(parsed[target].ids) if target in parsed else set()
            known |= set(trials) if target.name == "trial.html" else set()
            assert not anchor or anchor in known, f"{path.name}: {link}"


def test_every_finding_has_a_page_and_data(site: Path) -> None:
    for name in FINDINGS:
        page = site / ("index.html" if name == FIRST else f"{name}.html")
        assert f"<title>{title_of(name)} · quick" in page.read_text()
        assert json.loads((site / "data" / f"{name}.json").read_text()) is not None


def test_a_large_finding_has_a_page_for_each_subject(site: Path) -> None:
    text = (site / "tasks" / "digits.html").read_text()
    for name in ("relation", "cost-fronts", "board"):
        assert (site / name / "task-digits.html").is_file()
        assert f'href="../{name}/task-digits.html#' in text
    assert max(path.stat().st_size for path in site.rglob("*.html")) < 1_000_000


def reached(folder: Path) -> set[Path]:
    """The pages that a reader reaches from the first one."""
    parsed, seen, waiting = pages(folder), set(), [folder / "index.html"]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            targets = ((path.parent / link.partition("#")[0]).resolve() for link in parsed[path].links)
            waiting += [target for target in targets if target in parsed]
    return seen


def test_every_page_can_be_reached(site: Path, troubled: Board, tmp_path: Path) -> None:
    for folder in (site, rendered(troubled, tmp_path / "public")):
        assert {path.name for path in pages(folder)} == {path.name for path in reached(folder)}


def test_ids_are_unique_and_nothing_is_inline(site: Path) -> None:
    for path, page in pages(site).items():
        assert len(page.ids) == len(set(page.ids)), path.name
        assert page.inline == [], path.name
        assert "default-src 'none'" in path.read_text()


def test_every_trial_that_data_name_has_a_view(site: Path, troubled: Board, tmp_path: Path) -> None:
    for folder in (site, rendered(troubled, tmp_path / "public")):
        trials = trials_of(folder)
        assert {name for row in rows_of(folder) for _, name in row["keys"]} <= set(trials)
        for view in trials.values():
            named = [view["parent"], *(child[0] for child in view["children"])]
            named += (view["lift"] or [])[1:]
            named += [one[0] for _, _, tuning in view["scores"] for one in tuning]
            assert set(filter(None, named)) <= set(trials)


def test_the_lifts_of_trials_are_those_of_the_board(site: Path) -> None:
    views, lifted = trials_of(site), 0
    for row in json.loads((site / "data" / "board.json").read_text())["board"]:
        own = [views[key[:16]] for key in row["keys"].values()]
        lifts = [view["lift"] for view in own if view["lift"]]
        assert len(lifts) == (row["lift_n"] or 0)
        lifted += len(lifts)
        if lifts:
            assert fmean(lift for lift, _ in lifts) == pytest.approx(row["lift"])
        for view in own:
            if view["lift"]:
                model, _, *problem = view["title"].split(" · ")
                assert views[view["lift"][1]]["title"].split(" · ") == [model, "scratch", *problem]
    assert lifted > 100


def test_the_live_table_has_the_numbers_of_the_data(site: Path) -> None:
    exact = json.loads((site / "data" / "board.json").read_text())["board"]
    rows = rows_of(site)
    assert len(rows) == len(exact) > 90
    for row, other in zip(rows, exact, strict=True):
        assert (row["model"], row["task"], row["remarks"]) == (other["model"], other["task"], other["remarks"] or None)
        for name in ("score", "lift", "lift_low", "score_margin"):
            assert row[name] == (None if other[name] is None else pytest.approx(other[name], abs=0.000501))
    assert (site / "index.html").read_text().count('<th scope="row"') >= len(rows)


def test_downloads_agree(site: Path) -> None:
    for finding, table, file in (
        ("board", "board", "board"),
        ("trials", "trials", "trials"),
        ("trends", "nights", "trends-nights"),
    ):
        rows = json.loads((site / "data" / f"{finding}.json").read_text())[table]
        lines = list(csv.DictReader(io.StringIO((site / "data" / f"{file}.csv").read_text())))
        assert len(lines) == len(rows) > 0
        assert list(lines[0]) == list(rows[0])


def test_absent_hardware_is_null(site: Path) -> None:
    assert {view["meters"]["energy_j"] for view in trials_of(site).values()} == {None}
    assert data(site, "words")["meters"]["energy_j"]["unit"] == "J"


def test_a_pretraining_has_its_curve_and_its_children(site: Path) -> None:
    views = [view for view in trials_of(site).values() if view["role"] == "pretraining" and view["curve"]]
    assert len(views) >= 45
    assert all(len(view["curve"]["step"]) > 1 for view in views)
    assert any(view["children"] for view in views)


def test_failures_and_blocked_cells_are_rows(troubled: Board, tmp_path: Path) -> None:
    out = rendered(troubled, tmp_path / "public")
    rows = rows_of(out)
    assert len(rows) == len(troubled.evidence("tiny").cells)
    remarks = " ".join(row["remarks"] or "" for row in rows)
    assert "1 error" in remarks
    assert "1 blocked" in remarks
    failed = [view for view in trials_of(out).values() if view["status"] == "error"]
    assert {view["role"] for view in failed} == {"adaptation", "pretraining"}


def test_nothing_in_a_record_can_become_markup(troubled: Board, tmp_path: Path) -> None:
    out = rendered(troubled, tmp_path / "public")
    for path in (*out.rglob("*.html"), *out.rglob("*.yaml")):
        text = path.read_text()
        for markup in ("<script>alert", "<i>collapsed", "<b>machine"):
            assert markup not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    for path in (out / "data").rglob("*.*s*"):
        assert "\x1b" not in path.read_text(), path.name
        assert "\u202e" not in path.read_text(), path.name


def test_a_board_without_records_has_all_pages(board: Board, tmp_path: Path) -> None:
    out = rendered(board, tmp_path / "public")
    assert all((out / f"{name}.html").is_file() for name in FINDINGS if name != FIRST)
    assert {row["remarks"] for row in rows_of(out)} == {"missing"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
def test_one_process_and_several_write_the_same_bytes(
    swept: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = contents(rendered(swept, tmp_path / "one"))
    assert one == contents(rendered(swept, tmp_path / "again"))
    monkeypatch.setattr(site_module, "MANY", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert one == contents(rendered(swept, tmp_path / "several"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
def test_an_error_in_a_process_is_raised(swept: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "MANY", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr("harness.report.pages.model_facts", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rendered(swept, tmp_path / "public")


def test_a_new_site_replaces_the_old_one(swept: Board, tmp_path: Path) -> None:
    out = rendered(swept, tmp_path / "public")
    (out / "models" / "stale.html").write_text("old")
    (out / "gone").mkdir()
    (out / "gone" / "stale.html").write_text("old")
    rendered(swept, out)
    assert not (out / "models" / "stale.html").exists()
    assert not (out / "gone").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["public"]


def test_only_changed_files_are_written(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    out = rendered(board, tmp_path / "public")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    rendered(board, out)
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    forget(next(record for record in board.store.all() if record.role == "reported"))
    rendered(board, out)
    kept = [path for path in before if path.is_file()]
    changed = {path.relative_to(out).as_posix() for path in kept if path.stat().st_mtime_ns != before[path]}
    assert "data/board/board.js" in changed
    assert not any(name.startswith("static/") for name in changed)


def test_a_models_results_are_metadata_for_its_card(site: Path) -> None:
    text = (site / "data" / "cards" / "cnn-tiny.yaml").read_text()
    assert text.startswith(
        'model-index:\n- name: "cnn-tiny"\n  results:\n  - task:\n      type: "image-classification"\n'
    )
    scored = [row for row in rows_of(site) if row["model"] == "cnn-tiny" and row["score"] is not None]
    assert text.count("- type:") == len(scored)


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_other_files_are_not_replaced(swept: Board, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "mine"
    if kind == "folder":
        out.mkdir()
        (out / "thesis.tex").write_text("years of work")
    else:
        out.write_text("years of work")
    with pytest.raises(BoardError) as error:
        rendered(swept, out)
    assert (error.value.place, error.value.got) == (str(out), "other files")
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
"""The name of a vocabulary; nothing is loaded from it."""


def test_sources_hold_no_external_address() -> None:
    for path in (ROOT / "site").glob("*/*"):
        if path.suffix in (".html", ".js", ".css") and "public" not in path.parts:
            assert "http" not in path.read_text().replace("http-equiv", "").replace(SVG, ""), path.name
