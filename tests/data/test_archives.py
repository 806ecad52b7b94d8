"""Archives: a source reads their whole content, or an error names them."""

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data import DataError, archives, fingerprints
from harness.data.folders import walk
from tests.data import written
from tests.data.errors import refused

FILES = {"train/a/1.bin": b"one" * 700, "train/b/2.bin": b"two" * 300, "test/a/3.bin": b""}
FORMATS = ["zip", "tar", "tar.gz", "tgz", "tar.bz2", "tar.xz", "TAR.GZ", "ZIP"]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def archive(place: Path, name: str, files: dict[str, bytes]) -> Path:
    """An archive of these files."""
    for file, content in files.items():
        (place / "folder" / file).parent.mkdir(parents=True, exist_ok=True)
        (place / "folder" / file).write_bytes(content)
    written.archive(place / "packed" / name, place / "folder")
    return place / "packed" / name


@contextmanager
def opened(path: Path, cache: Path) -> Iterator[Path]:
    """The folder that a source reads, for files as they are now."""
    with archives.opened(path, fingerprints.of(path, cache), cache) as folder:
        yield folder


def held(path: Path, cache: Path) -> dict[str, bytes]:
    """The content of an archive, as a source reads it."""
    with opened(path, cache) as folder:
        return {name: (folder / name).read_bytes() for name in walk(folder).files}


def left(cache: Path) -> list[str]:
    """The folders of unpacked archives, hidden ones included."""
    place = cache / "unpacked"
    return [path.name for path in place.iterdir() if path.is_dir()] if place.is_dir() else []


@pytest.mark.parametrize("ending", FORMATS)
def test_a_source_reads_the_content_of_an_archive(ending: str, tmp_path: Path, cache: Path) -> None:
    path = archive(tmp_path, f"flowers.{ending}", FILES)
    assert held(path, cache) == FILES
    assert left(cache) == [fingerprints.of(path, cache)]


@pytest.mark.parametrize(
    ("ending", "extra"),
    [("zip", {}), ("tar.gz", {}), ("tar.gz", {".DS_Store": b"x"}), ("zip", {"__MACOSX/flowers/._1.bin": b"x"})],
)
def test_a_single_folder_in_an_archive_is_the_root(
    ending: str, extra: dict[str, bytes], tmp_path: Path, cache: Path
) -> None:
    path = archive(tmp_path, f"flowers.{ending}", {f"flowers/{name}": text for name, text in FILES.items()} | extra)
    assert held(path, cache) == FILES


def test_a_single_file_in_an_archive_is_not_the_root(tmp_path: Path, cache: Path) -> None:
    assert held(archive(tmp_path, "one.zip", {"1.bin": b"x"}), cache) == {"1.bin": b"x"}


def test_an_archive_is_unpacked_once_for_concurrent_callers(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, begun = archive(tmp_path, "flowers.tar", FILES), []
    opening = tarfile.open
    monkeypatch.setattr("tarfile.open", lambda path: begun.append(path) or opening(path))
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda _: held(path, cache), range(6))) == [FILES] * 6
    assert begun == [path]


@pytest.mark.parametrize("name", ["images.gz", "images.bin"])
def test_other_files_are_not_unpacked(name: str, tmp_path: Path, cache: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    with opened(tmp_path / name, cache) as path:
        assert path == tmp_path / name


def test_a_folder_with_an_archives_name_is_read_as_a_folder(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "flowers.zip").mkdir()
    (tmp_path / "flowers.zip" / "1.bin").write_bytes(b"x")
    assert held(tmp_path / "flowers.zip", cache) == {"1.bin": b"x"}
    assert left(cache) == []


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz", "tar.xz"])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_archive_is_named(ending: str, share: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("broken")
    path = archive(place, f"flowers.{ending}", FILES)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    content: dict[str, bytes] = {}
    fields: tuple[str | None, ...] = ()
    try:
        content = held(path, place / "cache")
    except DataError as error:
        fields = (error.place, error.expected, error.fix)
    if content != FILES:  # else padding or a checksum is all that it lost
        assert fields == (str(path), "an archive that can be unpacked", "replace it")
        assert left(place / "cache") == []


@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_a_plain_tar_cut_between_two_files_is_not_taken_for_whole(blocks: int, tmp_path: Path, cache: Path) -> None:
    path = archive(tmp_path, "flowers.tar", {f"{n}.bin": bytes(512) for n in range(9)})
    path.write_bytes(path.read_bytes()[: blocks * 1024])
    with refused(place="flowers.tar", expected="an archive that can be unpacked", fix="replace it"):
        held(path, cache)


def upwards(packed: tarfile.TarFile) -> None:
    packed.addfile(tarfile.TarInfo("../outside.bin"), io.BytesIO())


def link_upwards(packed: tarfile.TarFile) -> None:
    link = tarfile.TarInfo("train/link")
    link.type, link.linkname = tarfile.SYMTYPE, "../../../outside"
    packed.addfile(link)


def link_to_root(packed: tarfile.TarFile) -> None:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    packed.addfile(link)


def device(packed: tarfile.TarFile) -> None:
    node = tarfile.TarInfo("null")
    node.type, node.devmajor, node.devminor = tarfile.CHRTYPE, 1, 3
    packed.addfile(node)


@pytest.mark.parametrize("trick", [upwards, link_upwards, link_to_root, device])
def test_a_tar_that_reaches_out_is_refused(
    trick: Callable[[tarfile.TarFile], None], tmp_path: Path, cache: Path
) -> None:
    path = tmp_path / "tricky.tar"
    with tarfile.open(path, "w") as packed:
        packed.addfile(tarfile.TarInfo("1.bin"), io.BytesIO())
        trick(packed)
    with refused(place="tricky.tar", expected="an archive that can be unpacked", fix="replace it"):
        held(path, cache)
    assert left(cache) == []
    assert not list(tmp_path.rglob("outside*"))


@pytest.mark.parametrize("name", ["../outside.bin", "train/../../outside.bin", "/outside.bin"])
def test_a_zip_that_reaches_out_is_refused(name: str, tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "tricky.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("1.bin", "x")
        packed.writestr(name, "x")
    with refused(place="tricky.zip", expected="inside the archive", got=name):
        held(path, cache)
    assert left(cache) == []
    assert not list(tmp_path.rglob("outside*"))


def test_a_full_disk_is_named(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    path = archive(tmp_path, "flowers.tar", FILES)
    with monkeypatch.context() as patch:
        patch.setattr("tarfile.TarFile.extractall", full)
        with refused(place=str(path), got="No space left on device", fix=f"free space of {cache / 'unpacked'}"):
            held(path, cache)
    assert left(cache) == []
    assert held(path, cache) == FILES


def test_an_error_inside_an_archive_names_the_archive(tmp_path: Path, cache: Path) -> None:
    path = archive(tmp_path, "flowers.zip", {f"flowers/{name}": content for name, content in FILES.items()})
    with refused(place=f"{path}/flowers/train/a/1.bin", got=f"{path}/flowers"), opened(path, cache) as folder:
        raise DataError(place=folder / "train/a/1.bin", expected="good data", got=f"bad {folder}", fix="replace it")


@pytest.mark.parametrize("name", ["packed/flowers.zip", "folder"])
def test_data_that_changed_after_the_plan_is_refused(name: str, tmp_path: Path, cache: Path) -> None:
    path = archive(tmp_path, "flowers.zip", FILES).parents[1] / name
    planned = fingerprints.of(path, cache)
    archive(tmp_path, "flowers.zip", {"test/a/4.bin": b"more"})
    with (
        refused(place=str(path), got="changed", fix="sweep again"),
        archives.opened(path, planned, cache),
    ):
        pytest.fail("it was read")
    assert left(cache) == []


def test_data_that_appeared_after_the_plan_is_refused(tmp_path: Path, cache: Path) -> None:
    path = archive(tmp_path, "flowers.zip", FILES)
    with (
        refused(place=str(path), got="changed", fix="sweep again"),
        archives.opened(path, fingerprints.UNREADABLE, cache),
    ):
        pytest.fail("it was read")


def test_unpacking_needs_no_torch() -> None:
    code = "import sys, harness.data.archives; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0
