"""Folders that are built once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.data.atomic import build_once


def writing(calls: list[Path], text: str = "x") -> Callable[[Path], None]:
    def build(place: Path) -> None:
        calls.append(place)
        (place / "file").write_text(text)

    return build


def test_a_folder_is_built_by_the_first_caller_only(tmp_path: Path) -> None:
    calls: list[Path] = []
    with ThreadPoolExecutor(6) as pool:
        result = list(pool.map(lambda _: build_once(tmp_path / "deep" / "one", writing(calls)), range(12)))
    assert result == [tmp_path / "deep" / "one"] * 12
    assert len(calls) == 1
    assert (result[0] / "file").read_text() == "x"


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken(place: Path) -> None:
        (place / "file").write_text("half")
        assert not (tmp_path / "one").exists()
        raise KeyError("a column")

    with pytest.raises(KeyError):
        build_once(tmp_path / "one", broken)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    assert (build_once(tmp_path / "one", writing([])) / "file").read_text() == "x"


def test_folders_of_killed_processes_are_removed(tmp_path: Path) -> None:
    for name in (".one-abandoned", ".other-1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("half")
    build_once(tmp_path / "one", writing([]))
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [".other-1", "one"]
