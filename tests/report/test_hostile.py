"""Entries and records with hostile texts: in pages, in the terminal, in spreadsheets."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from harness.board import Board, open_board
from tests.boards import copy_of, pretune
from tests.report.browser import Watched
from tests.report.conftest import forget, rendered
from tests.report.pages import trials_of

EVIL = {
    "markup": "<img src=x onerror=\"window.harmed=1\"><script>window.harmed=1</script>",
    "closing": "</script></title></textarea>--><script>window.harmed=1</script>",
    "quotes": "\" onmouseover=\"window.harmed=1\" ' onfocus='window.harmed=1",
    "address": "javascript:window.harmed=1",
    "template": "{{ 7 * 191 }} {% raw %} ${7*191}",
    "bidi": "\u202egnp.exe\u2066 \u200f",
    "ansi": "\x1b[31mred\x1b[2J\x1b]0;title\x07",
    "formula": "=HYPERLINK(\"x\";\"y\")",
    "plus": "+1+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)",
    "long": "long " * 2000,
}  # fmt: skip


@pytest.fixture(scope="module", params=list(EVIL))
def hostile(
    request: pytest.FixtureRequest, swept: Board, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Board, str]:
    """The board `tiny` with a hostile text in every field of entries and records that takes one."""
    evil = EVIL[request.param]
    board = copy_of(swept, tmp_path_factory.mktemp("hostile") / "copy")
    quoted = json.dumps(evil[:120])
    for path in (board.registry / "models" / "net.toml", *(board.registry / "tasks").glob("digits.toml")):
        text = re.sub(r"^about = .*\n", "", path.read_text(), flags=re.MULTILINE)
        text = re.sub(r'^title = ".*"', lambda _: f"title = {quoted}", text, flags=re.MULTILINE)
        about = (
            f"about = {{ authors = [{quoted}], year = 2026, licence = {quoted}, paper = {quoted}, note = {quoted} }}\n"
        )
        at = re.search(r"^\[", text, re.MULTILINE)
        path.write_text(text[: at.start()] + about + text[at.start() :] if at else text + about)
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(re.sub(r'^title = ".*"', lambda _: f"title = {quoted}", suite.read_text(), flags=re.MULTILINE))
    victims = [record for record in board.store.all() if record.role == "reported"]
    for record in victims:
        forget(record)
    environment = {"hardware": evil, "gpu": evil, "packages": {evil[:100]: evil}}
    with board.store.writer("tiny", environment) as writer:
        for record in victims:
            failed = record.seed == 1
            more = (
                {"status": "error", "metrics": {}, "message": evil}
                if failed
                else {"metrics": {**record.metrics, evil[:100]: 1.0}}
            )
            sidecar = board.store.sidecar(record) or {}
            sidecar = {**sidecar, "classes": [evil[:100]] * 10, "data": {evil[:100]: {evil[:100]: 3}}}
            hostile = record.updated(flags=[evil], environment=writer.environment, location=None, **more)
            writer.append(hostile, sidecar)
    return open_board(board.root, results=board.results, cache=board.cache), evil


@pytest.mark.browser
def test_no_page_runs_a_text(chromium: object, hostile: tuple[Board, str], tmp_path: Path) -> None:
    board, _ = hostile
    out = rendered(board, tmp_path / "public")
    watched = Watched(chromium, width=390)
    watched.page.on("dialog", lambda dialog: watched.wrong.append(f"a dialog: {dialog.message}"))
    pages = [(path, "") for path in sorted(out.rglob("*.html"))]
    pages += [(out / "trial.html", f"#{name}") for name in trials_of(out)]
    for path, fragment in pages:
        watched.open(path, fragment)
        watched.page.wait_for_load_state("load")
        text = watched.page.content()
        assert watched.page.evaluate("window.harmed") is None, path.name
        assert watched.page.locator("main img:not(.example)").count() == 0
        assert "1337" not in watched.page.locator("main").inner_text()
        assert not {"\u202e", "\u2066", "\u200f", "\x1b", "\x07"} & set(text), path.name
        wide = watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{path.name}{fragment} is {wide} px too wide"
    assert watched.wrong == []


def test_no_spreadsheet_runs_a_text(hostile: tuple[Board, str], tmp_path: Path) -> None:
    board, _ = hostile
    out = rendered(board, tmp_path / "public")
    texts = [path.read_text() for path in (out / "data").glob("*.csv")]
    texts.append(pretune("show", "tiny", "board", "--table", "board", "--format", "csv", board=board).stdout)
    assert len(texts) > 10
    for text in texts:
        for row in csv.reader(io.StringIO(text)):
            for field in row:
                assert not re.match(r"[=+@\t\r]|-(?![\d.])", field), field[:80]


@pytest.mark.parametrize(
    "command",
    [["show", "tiny"], ["show", "tiny", "board"], ["show", "tiny", "trials"], ["plan", "tiny"], ["list", "models"]],
)
def test_no_text_steers_a_terminal(hostile: tuple[Board, str], command: list[str]) -> None:
    board, _ = hostile
    done = pretune(*command, board=board)
    assert done.returncode == 0, done.stderr
    assert not {"\u202e", "\u2066", "\u200f", "\x1b", "\x07"} & set(done.stdout + done.stderr)
