"""Folders that are made once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.data.built import built


def writing(calls: list[Path], text: str = "x") -> Callable[[Path], None]:
    def build(place: Path) -> None:
        calls.append(place)
        (place / "file").write_text(text)

    return build


def test_a_folder_is_made_by_whoever_comes_first(tmp_path: Path) -> None:
    calls: list[Path] = []
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: built(tmp_path / "deep" / "one", writing(calls)), range(12)))
    assert found == [tmp_path / "deep" / "one"] * 12
    assert len(calls) == 1
    assert (found[0] / "file").read_text() == "x"


def test_it_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken(place: Path) -> None:
        (place / "file").write_text("half")
        assert not (tmp_path / "one").exists()
        raise KeyError("a column")

    with pytest.raises(KeyError):
        built(tmp_path / "one", broken)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    assert (built(tmp_path / "one", writing([])) / "file").read_text() == "x"


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    for name in (".one-abandoned", ".other-1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("half")
    built(tmp_path / "one", writing([]))
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [".other-1", "one"]
