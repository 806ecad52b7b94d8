"""Fingerprints of files: they depend on the content, and unchanged files are read once."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data import fingerprints
from tests.data.errors import refused

FILES = {"train/a/1.bin": b"one", "train/b/2.bin": b"two", "test/3.bin": b"three"}
NAMES = st.text("ab\n.", min_size=1, max_size=4)
HOUR = 3_600_000_000_000


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "flowers", FILES)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def rested(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour later, so that new files have been unchanged for a while."""
    clock = time.time_ns
    monkeypatch.setattr("time.time_ns", lambda: clock() + HOUR)


def unopened(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """From here on, opening a file of the folder is an error."""
    opened = Path.open

    def guarded(path: Path, *args: object, **more: object) -> object:
        assert not path.is_relative_to(folder), f"{path} is read again"
        return opened(path, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", guarded)


def test_neither_path_nor_time_counts(folder: Path, cache: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copy"
    write(copy, dict(reversed(FILES.items())))
    os.utime(copy / "test" / "3.bin", (0, 0))
    assert fingerprints.of(folder, cache) == fingerprints.of(copy, tmp_path / "other cache")
    assert len(fingerprints.of(folder, cache)) == 64


def appear(folder: Path) -> None:
    (folder / "test" / "4.bin").write_bytes(b"")


def vanish(folder: Path) -> None:
    (folder / "test" / "3.bin").unlink()


def rename(folder: Path) -> None:
    (folder / "test" / "3.bin").rename(folder / "test" / "4.bin")


def change(folder: Path) -> None:
    (folder / "test" / "3.bin").write_bytes(b"other")


def change_alike(folder: Path) -> None:
    """The same size, and the time of change set back."""
    path = folder / "test" / "3.bin"
    before = path.stat()
    path.write_bytes(b"eerht")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def swap(folder: Path) -> None:
    one, other = folder / "train/a/1.bin", folder / "train/b/2.bin"
    one.write_bytes(b"two")
    other.write_bytes(b"one")


@pytest.mark.usefixtures("rested")
@pytest.mark.parametrize("happens", [appear, vanish, rename, change, change_alike, swap])
def test_a_changed_file_changes_the_fingerprint(folder: Path, cache: Path, happens: Callable[[Path], None]) -> None:
    before = fingerprints.of(folder, cache)
    happens(folder)
    after = fingerprints.of(folder, cache)
    assert after != before
    assert after == fingerprints.of(folder, cache) == fingerprints.of(folder, cache / "fresh")


def test_hidden_files_do_not_count(folder: Path, cache: Path) -> None:
    before = fingerprints.of(folder, cache)
    write(folder, {".DS_Store": b"x", "train/.ipynb_checkpoints/1.bin": b"y"})
    assert fingerprints.of(folder, cache) == before


def test_links_are_followed(folder: Path, cache: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "train").symlink_to(folder / "train")
    write(linked, {"test/3.bin": b"three"})
    assert fingerprints.of(linked, cache) == fingerprints.of(folder, cache)


def test_a_file_is_known_by_its_content_alone(cache: Path, tmp_path: Path) -> None:
    write(tmp_path, {"one.npz": b"x", "two.npz": b"x", "three.npz": b"y"})
    one, two, three = (fingerprints.of(tmp_path / f"{name}.npz", cache) for name in ("one", "two", "three"))
    assert one == two != three


@settings(max_examples=25)
@given(st.lists(st.dictionaries(NAMES, st.binary(max_size=3), min_size=1), min_size=2, max_size=2))
def test_other_names_or_contents_have_another_fingerprint(
    tmp_path_factory: pytest.TempPathFactory, both: list[dict[str, bytes]]
) -> None:
    both = [{f"x{name}": content for name, content in files.items()} for files in both]
    place = tmp_path_factory.mktemp("files")
    one, other = (fingerprints.of(write(place / str(n), files), place / "cache") for n, files in enumerate(both))
    assert (one == other) == (both[0] == both[1])


@pytest.mark.usefixtures("rested")
def test_unchanged_files_are_not_read_again(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fingerprints.of(folder, cache)
    unopened(monkeypatch, folder)
    assert fingerprints.of(folder, cache) == first
    (folder / "test" / "3.bin").unlink()
    assert fingerprints.of(folder, cache) != first  # the others are still known


def test_recently_written_files_are_read_again(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fingerprints.of(folder, cache)
    unopened(monkeypatch, folder)
    with pytest.raises(AssertionError, match="is read again"):
        fingerprints.of(folder, cache)


@pytest.mark.usefixtures("rested")
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: b"",
        lambda text: b"other content",
        lambda text: text[: len(text) // 2],
        lambda text: text[:-70] + bytes([text[-70] ^ 1]) + text[-69:],
        lambda text: text.replace(b'"test/3.bin"', b'"test/9.bin"'),
    ],
)
def test_damaged_cached_hashes_are_ignored(folder: Path, cache: Path, damage: Callable[[bytes], bytes]) -> None:
    first = fingerprints.of(folder, cache)
    (memory,) = (cache / "fingerprints").iterdir()
    text = memory.read_bytes()
    assert damage(text) != text
    memory.write_bytes(damage(text))
    assert fingerprints.of(folder, cache) == first


@pytest.mark.usefixtures("rested")
def test_several_at_once_agree(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(8) as pool:
        result = set(pool.map(lambda _: fingerprints.of(folder, cache), range(32)))
    assert len(result) == 1
    assert len(list((cache / "fingerprints").iterdir())) == 1
    unopened(monkeypatch, folder)
    assert {fingerprints.of(folder, cache)} == result


def test_an_unwritable_cache_is_a_warning(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    assert fingerprints.of(folder, blocked) == fingerprints.of(folder, tmp_path / "cache")
    assert "cannot be written" in caplog.text


def test_reading_large_data_is_announced(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fingerprints, "LARGE", 5)
    fingerprints.of(folder, cache)
    assert "reading 3 files" in caplog.text


def link_to_itself(folder: Path) -> None:
    (folder / "train" / "again").symlink_to(folder / "train")


def link_to_nothing(folder: Path) -> None:
    (folder / "gone").symlink_to(folder / "nowhere")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


@pytest.mark.parametrize(
    ("happens", "fields"),
    [
        (shutil.rmtree, {"place": "flowers", "got": "nothing", "fix": "PRETUNE_DATA"}),
        (lambda folder: [shutil.rmtree(part) for part in folder.iterdir()], {"place": "flowers", "expected": "files"}),
        (link_to_itself, {"place": "train/again", "got": "a link", "fix": "remove"}),
        (link_to_nothing, {"place": "gone", "got": "No such file"}),
        (pipe, {"place": "pipe", "expected": "a file or folder", "fix": "remove"}),
    ],
)
def test_unreadable_data_is_named(
    folder: Path, cache: Path, happens: Callable[[Path], None], fields: dict[str, str]
) -> None:
    happens(folder)
    with refused(**fields):
        fingerprints.of(folder, cache)


@pytest.mark.parametrize("function", ["os.scandir", "pathlib.Path.open"])
def test_data_without_permission_is_named(
    folder: Path, cache: Path, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: object, *args: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(function, refuse)
    with refused(place="flowers", got="Permission denied", fix="chmod"):
        fingerprints.of(folder, cache)


def test_names_need_not_be_text(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in (b"\xff.bin", b"\xfe.bin"):
        Path(os.fsdecode(bytes(folder) + b"/" + name)).write_bytes(b"x")
    assert fingerprints.of(folder, cache) == fingerprints.of(folder, cache)


def test_torch_is_not_imported() -> None:
    code = "import sys, harness.data.fingerprints; sys.exit('torch' in sys.modules or 'PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
