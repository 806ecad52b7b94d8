"""Image files and class maps as arrays of a suite's shape."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.data import fitting
from harness.data.decoding import decode_images, decode_maps, read_map
from harness.data.fitting import fitted
from tests.data import written
from tests.data.errors import refused

COLOUR, GREY = (3, 6, 8), (1, 6, 8)
"""Shapes of the pictures that are written here: nothing has to be resized."""


def save(path: Path, mode: str, pixels: object, **more: object) -> Path:
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).convert(mode).save(path, **more)
    return path


def test_pixels_come_as_they_are(tmp_path: Path) -> None:
    pixels = [written.image(tmp_path / f"{n:03d}.png", n) for n in range(150)]
    images, sizes = decode_images(sorted(tmp_path.iterdir()), COLOUR, "crop")
    assert images.dtype == np.uint8
    assert np.array_equal(images, np.stack(pixels).transpose(0, 3, 1, 2))
    assert np.array_equal(sizes, np.tile([8, 6], (150, 1)))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "YCbCr"])
@pytest.mark.parametrize("shape", [COLOUR, GREY])
def test_every_way_to_store_eight_bits_is_read(mode: str, shape: tuple[int, int, int], tmp_path: Path) -> None:
    pixels = np.zeros((6, 8, 3), dtype=np.uint8)
    pixels[:, 4:] = 255
    path = save(tmp_path / f"x.{'tif' if mode in ('CMYK', 'YCbCr', 'LA') else 'png'}", mode, pixels)
    assert Image.open(path).mode == mode
    (image,), _ = decode_images([path], shape, "crop")
    assert image.shape == shape
    assert (image[:, :, :4] < 8).all()
    assert (image[:, :, 4:] > 247).all()


def test_colour_turns_grey_alike_in_files_and_arrays(tmp_path: Path) -> None:
    pixels = written.image(tmp_path / "x.png", size=(8, 6))
    (image,), _ = decode_images([tmp_path / "x.png"], GREY, "crop")
    assert np.array_equal(fitted([pixels.transpose(2, 0, 1)[None]], GREY)[0], image)


@pytest.mark.parametrize("size", [(24, 8), (8, 24)])
@pytest.mark.parametrize(("fit", "ends"), [("crop", [100, 100]), ("stretch", [0, 200])])
def test_a_crop_keeps_proportions_and_a_stretch_keeps_all(
    size: tuple[int, int], fit: str, ends: list[int], tmp_path: Path
) -> None:
    across, down = np.meshgrid(np.arange(size[0]) // 8, np.arange(size[1]) // 8)
    save(tmp_path / "x.png", "L", (across + down) * 100)
    (image,), _ = decode_images([tmp_path / "x.png"], (1, 8, 8), fit)
    line = image[0, 4, :] if size[0] > size[1] else image[0, :, 4]
    assert line[[0, -1]].tolist() == ends


def test_a_large_jpeg_is_shrunk_as_if_decoded_whole(tmp_path: Path) -> None:
    y, x = np.mgrid[:600, :800] / 100
    pixels = 127 + 120 * np.stack([np.sin(x + y), np.cos(2 * x - y), np.sin(x * y / 2)], axis=2)
    path = save(tmp_path / "x.jpg", "RGB", pixels, quality=95)
    (image,), sizes = decode_images([path], (3, 30, 40), "crop")
    whole = Image.open(path).resize((40, 30), Image.Resampling.BILINEAR)
    assert np.abs(image.transpose(1, 2, 0).astype(int) - np.asarray(whole)).mean() < 2
    assert sizes.tolist() == [[800, 600]]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def text(path: Path) -> None:
    path.write_text("not a picture")


def sixteen_bits(path: Path) -> None:
    Image.fromarray(np.zeros((6, 8), dtype=np.uint16)).save(path, format="PNG")


def floating(path: Path) -> None:
    Image.fromarray(np.zeros((6, 8), dtype=np.float32)).save(path, format="TIFF")


@pytest.mark.parametrize(
    ("damage", "fields"),
    [
        (Path.unlink, {"got": "no such file", "fix": "add the file"}),
        (cut, {"expected": "an image that can be read", "got": "truncated"}),
        (text, {"expected": "an image that can be read"}),
        (lambda path: path.write_bytes(b""), {"expected": "an image that can be read"}),
        (sixteen_bits, {"expected": "8 bits", "got": "I;16"}),
        (floating, {"expected": "8 bits", "got": "mode F"}),
    ],
)
def test_a_bad_file_is_named(damage: Callable[[Path], object], fields: dict[str, str], tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.jpg" for n in range(3)]
    for path in paths:
        written.image(path, size=(40, 40))
    damage(paths[1])
    with refused(place=str(paths[1]), **fields):
        decode_images(paths, COLOUR, "crop")


def test_a_shape_of_two_channels_is_refused(tmp_path: Path) -> None:
    with refused(place="shape", got="2 channels"):
        decode_images([], (2, 6, 8), "crop")
    with refused(place="shape", got="2 channels"):
        fitted([np.zeros((1, 3, 6, 8), np.uint8)], (2, 6, 8))


def test_an_unknown_fit_is_refused(tmp_path: Path) -> None:
    written.image(tmp_path / "x.png", size=(9, 9))
    with refused(place="args.fit", got="'crops'", fix="'crop'"):
        decode_images([tmp_path / "x.png"], COLOUR, "crops")


def maps(path: Path, shape: tuple[int, int, int] = GREY, fit: str = "stretch", **more: object) -> np.ndarray:
    size = np.array([Image.open(path).size])
    wanted = {"values": [0, 1, 2], "void": [255]} | more
    return decode_maps([path], size, shape, fit, **wanted)[0]  # type: ignore[arg-type]


def test_values_become_classes_and_void(tmp_path: Path) -> None:
    values = np.random.default_rng(0).choice([10, 20, 255, 7], (6, 8))
    written.numbers(tmp_path / "x.png", values)
    result = maps(tmp_path / "x.png", values=[20, 10], void=[255, 7])
    assert result.dtype == np.int16
    assert np.array_equal(result, np.select([values == 20, values == 10], [0, 1], -1))


def test_a_palette_and_black_and_white_hold_numbers_too(tmp_path: Path) -> None:
    values = np.arange(48).reshape(6, 8) % 2
    palette = Image.fromarray(values.astype(np.uint8), mode="P")
    palette.putpalette([0, 0, 0, 200, 100, 50])
    palette.save(tmp_path / "p.png")
    Image.fromarray(values.astype(bool)).save(tmp_path / "b.png")
    Image.fromarray((values * 300).astype(np.uint16)).save(tmp_path / "d.png")
    assert np.array_equal(maps(tmp_path / "p.png"), values)
    assert np.array_equal(maps(tmp_path / "b.png"), values)
    assert np.array_equal(maps(tmp_path / "d.png", values=[0, 300]), values)


@pytest.mark.parametrize("fit", ["crop", "stretch"])
def test_a_map_is_aligned_with_its_image(fit: str, tmp_path: Path) -> None:
    values = np.zeros((30, 50), dtype=np.uint8)
    values[10:20, 15:40] = 1
    written.numbers(tmp_path / "map.png", values)
    save(tmp_path / "picture.png", "L", values * 255)
    (image,), _ = decode_images([tmp_path / "picture.png"], (1, 12, 12), fit)
    result = maps(tmp_path / "map.png", (1, 12, 12), fit)
    sure = (image[0] < 5) | (image[0] > 250)
    assert sure.mean() > 0.6
    assert np.array_equal(result[sure], (image[0] > 127)[sure])


def test_a_bad_map_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    written.numbers(path, np.full((6, 8), 9))
    with refused(place="x.png", got="the value 9", fix="args.values"):
        maps(path)
    with refused(place="x.png", expected="8 x 7", got="8 x 6"):
        decode_maps([path], np.array([[8, 7]]), GREY, "stretch", [9], [])
    written.image(path)
    with refused(place="x.png", expected="one whole number a pixel", got="RGB"):
        maps(path)
    Image.fromarray(np.full((6, 8), 1 << 17, dtype=np.int32)).save(tmp_path / "deep.tif")
    with refused(place="deep.tif", expected="0 to 65535", got=str(1 << 17)):
        read_map(tmp_path / "deep.tif")


@pytest.mark.parametrize(("values", "void"), [([0, 0], []), ([0, 1], [1]), ([-1], []), ([0], [1 << 16])])
def test_values_that_contradict_each_other_are_refused(values: list[int], void: list[int], tmp_path: Path) -> None:
    written.numbers(tmp_path / "x.png", np.zeros((6, 8)))
    with refused(place="args.values, args.void", expected="0 to 65535"):
        maps(tmp_path / "x.png", values=values, void=void)


def test_arrays_are_fitted_in_pieces_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    parts = [random.integers(0, 256, (count, 3, 12, 12), dtype=np.uint8) for count in (5, 1, 0, 4)]
    whole = fitted(parts, (1, 8, 8))
    monkeypatch.setattr(fitting, "CHUNK", 2)
    assert np.array_equal(fitted(parts, (1, 8, 8)), whole)
    assert whole.shape == (10, 1, 8, 8)
    grey = random.integers(0, 256, (2, 1, 8, 8), dtype=np.uint8)
    assert np.array_equal(fitted([grey], (3, 8, 8)), np.repeat(grey, 3, axis=1))
