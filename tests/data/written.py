"""Small data written to disk in the layouts that users have."""

import gzip
import json
import os
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.boards import ROOT

Box = tuple[str, float, float, float, float]
REAL = Path(os.environ.get("PRETUNE_DATA", ROOT.parent / "shared" / "data"))
"""The folder of real public data, for tests that are skipped where there is none."""


def image(path: Path, seed: int = 0, size: tuple[int, int] = (8, 6), mode: str = "RGB") -> np.ndarray:
    """Writes a random picture of a size (width, height); returns its pixels."""
    channels = {"L": (), "RGB": (3,)}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], *channels), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


def numbers(path: Path, values: object) -> None:
    """Writes a map of whole numbers as a grey PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.array(values, dtype=np.uint8)).save(path)


def classes(folder: Path, counts: Mapping[str, int], size: tuple[int, int] = (8, 6)) -> None:
    """Writes folders with a number of images each."""
    for name, count in counts.items():
        for index in range(count):
            image(folder / name / f"{index:03d}.png", sum(map(ord, name)) * 1000 + index, size)


def voc_note(path: Path, boxes: Sequence[Box], size: tuple[int, int] | None = (8, 6), extra: str = "") -> None:
    """Writes annotations as Pascal VOC has them."""
    things = "".join(
        f"<object><name>{name}</name><difficult>0</difficult><bndbox><xmin>{left}</xmin><ymin>{top}</ymin>"
        f"<xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox></object>"
        for name, left, top, right, bottom in boxes
    )
    head = f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>" if size else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<annotation>{head}{things}{extra}</annotation>")


def lines(path: Path, names: Sequence[object]) -> None:
    """Writes a list, one name a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}\n" for name in names))


def voc(folder: Path, parts: Mapping[str, Sequence[str]], boxes: Sequence[Box], kind: str = "Main") -> None:
    """Writes pictures, the same annotations for each, and the lists of the parts."""
    for part, names in parts.items():
        lines(folder / "ImageSets" / kind / f"{part}.txt", names)
        for index, name in enumerate(names):
            image(folder / "JPEGImages" / f"{name}.jpg", index)
            voc_note(folder / "Annotations" / f"{name}.xml", boxes)


def coco(folder: Path, name: str, boxes: Sequence[Mapping[str, Any]], /, count: int = 4, **more: object) -> None:
    """Writes a file of instances, and pictures of 8 x 6 in the folder of its name, numbered from 1."""
    content: dict[str, Any] = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 8, "height": 6} for n in range(count, 0, -1)],
        "annotations": [{"id": n, "iscrowd": 0, **one} for n, one in enumerate(boxes, start=1)],
        "categories": [{"id": 7, "name": "cat"}, {"id": 3, "name": "dog"}],
    }
    for number in range(1, count + 1):
        image(folder / name / f"{number}.png", number)
    (folder / f"{name}.json").write_text(json.dumps(content | more))


def idx(path: Path, array: np.ndarray) -> None:
    """Writes an array of bytes as an IDX file, compressed where its name ends in `.gz`."""
    head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    content = head + array.astype(np.uint8).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def archive(path: Path, folder: Path) -> None:
    """Packs the files below a folder, in the format of the archive's suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in files:
                packed.write(file, file.relative_to(folder))
        return
    packing = {".gz": "w:gz", ".tgz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz", ".tar": "w"}[path.suffix.lower()]
    with tarfile.open(path, packing) as packed:  # type: ignore[call-overload]
        for file in files:
            packed.add(file, str(file.relative_to(folder)))
