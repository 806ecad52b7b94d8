"""Work beside this process."""

import os
from pathlib import Path

import pytest

from harness.board import Board
from harness.errors import BoardError
from harness.report import site as module
from harness.report.aside import Aside
from tests.report.test_site import rendered


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_site_is_the_same_whoever_writes_its_parts(
    troubled: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = contents(rendered(troubled, tmp_path / "one"))
    monkeypatch.setattr(module, "MANY", 0)
    assert contents(rendered(troubled, tmp_path / "side-by-side")) == one


def test_work_is_done_in_another_process_with_what_is_known_here() -> None:
    known = {"answer": 42}
    answer, process = Aside(lambda: (known["answer"], os.getpid())).result()
    assert answer == 42
    assert process != os.getpid()
    assert Aside(os.getpid, worth=False).result() == os.getpid()


def test_what_goes_wrong_is_raised_here() -> None:
    def fail() -> None:
        raise BoardError("no room")

    with pytest.raises(BoardError, match="no room"):
        Aside(fail).result()
    with pytest.raises(RuntimeError, match="status 3"):
        Aside(lambda: os._exit(3)).result()
