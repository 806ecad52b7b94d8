"""Characters of many scripts, drawn from the typefaces that come with matplotlib.

The corpus has other scripts than Latin and Greek in the DejaVu faces, deduplicated by their pixels. The task is to
classify Latin and Greek characters, trained on some DejaVu faces and tested on STIX, which is in no corpus.
"""

import functools
import importlib.util
import unicodedata
from pathlib import Path

import numpy as np

from harness.data import TEST, TRAIN, VALIDATION, CorpusArrays, DataError, TaskArrays
from harness.data.images import resized
from harness.data.rows import digests

SCRIPTS = (
    "ARABIC", "ARMENIAN", "CANADIAN", "CYRILLIC", "GEORGIAN", "HEBREW", "LAO", "NKO", "OGHAM", "OLD", "TIFINAGH",
)  # fmt: skip
"""First words of the Unicode names of the corpus's characters. OLD is Old Italic."""

CLASSES = (
    "AΑ", "BΒ", "Cc", "D", "EΕ", "F", "G", "HΗ", "IΙ", "J", "KΚ", "L", "MΜ", "NΝ", "OoΟο", "PpΡ", "Q", "R", "Ss",
    "TΤ", "U", "Vvν", "Ww", "XxΧ", "YΥ", "ZzΖ", "a", "b", "d", "e", "f", "g", "h", "i", "j", "m", "n", "q", "r", "t",
    "u", "y", "Γ", "Δ", "Θ", "Λ", "Ξ", "Π", "Σ", "Φ", "Ψ", "Ω", "α", "β", "δ", "ζ", "η", "λ", "μ", "ξ", "π", "σ", "ω",
)  # fmt: skip
"""Latin and Greek characters. Those that differ in size only are one class."""

LEARNT = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique", "DejaVuSansMono",
    "DejaVuSansMono-Oblique", "DejaVuSerif", "DejaVuSerif-Italic",
)  # fmt: skip
VALIDATED = ("DejaVuSerif-Bold", "DejaVuSansMono-Bold")
TESTED = ("STIXGeneral", "STIXGeneralBol")
CORPUS_FACES = (*LEARNT, *VALIDATED, "DejaVuSerif-BoldItalic", "DejaVuSansMono-BoldOblique")

TILE = 48
"""Pixels. Glyphs are drawn and distorted on tiles of this size, then shrunk to the suite's shape."""
EM = 34
HELDOUT_SHARE = 0.1
SEED = 20260102
COPIES = {TRAIN: 4, VALIDATION: 3, TEST: 5}
"""Distorted copies of each glyph in each split."""


def corpus(shape: tuple[int, int, int]) -> CorpusArrays:
    """Other scripts, each image once. Labels are the characters. A tenth of the images is held out.

    Characters that look exactly like a Latin or Greek one in any of the faces are skipped.

    Raises:
        DataError: when matplotlib or one of its typefaces is missing.
    """
    excluded = digests(_tiles(_latin_and_greek(), CORPUS_FACES)[0])
    characters = _other_scripts()
    tiles, names = _tiles(characters, CORPUS_FACES)
    hashes = digests(tiles)
    homoglyphs = np.isin(hashes, excluded)
    firsts = np.unique(hashes, return_index=True)[1]
    keep = np.sort(firsts[~homoglyphs[firsts]])
    facts = {"homoglyphs_left_out": int(homoglyphs.sum())}
    facts["copies_left_out"] = len(hashes) - facts["homoglyphs_left_out"] - len(keep)
    numbers = {character: number for number, character in enumerate(characters)}
    labels = np.array([numbers[names[index][1]] for index in keep], dtype=np.int64)
    present, labels = np.unique(labels, return_inverse=True)
    heldout = np.random.default_rng(SEED).random(len(keep)) < HELDOUT_SHARE
    return CorpusArrays(resized(tiles[keep], shape), heldout, labels.astype(np.int64), len(present), facts)


def new_typeface(shape: tuple[int, int, int]) -> TaskArrays:
    """Latin and Greek characters in a typeface that is not in training, each distorted copy a test example.

    Raises:
        DataError: when matplotlib or one of its typefaces is missing.
    """
    parts = [_distorted(faces, split) for split, faces in ((TRAIN, LEARNT), (VALIDATION, VALIDATED), (TEST, TESTED))]
    sizes = [len(labels) for _, labels, _ in parts]
    firsts = np.cumsum([0] + [groups.max() + 1 for _, _, groups in parts[:-1]])
    return TaskArrays(
        examples=resized(np.concatenate([tiles for tiles, _, _ in parts]), shape),
        labels=np.concatenate([labels for _, labels, _ in parts]),
        split=np.repeat(np.array([TRAIN, VALIDATION, TEST], dtype=np.uint8), sizes),
        groups=np.concatenate([groups + first for (_, _, groups), first in zip(parts, firsts, strict=True)]),
        classes=[names[0] for names in CLASSES],
    )


def _distorted(faces: tuple[str, ...], split: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distorted tiles, uint8 (N, 1, TILE, TILE), their labels, int64 (N,), and the number of each one's clean glyph."""
    import torch

    from harness.data.views import random_affine
    from harness.seeds import stream

    tiles, names = _tiles("".join(CLASSES), faces)
    labels_of = {character: label for label, look in enumerate(CLASSES) for character in look}
    first = np.sort(np.unique(digests(tiles), return_index=True)[1])
    copies = COPIES[split]
    generator = torch.Generator().manual_seed(stream(SEED, "distortion", split))
    clean = torch.from_numpy(tiles[first]).float().div(255).repeat_interleave(copies, dim=0)
    moved = random_affine(clean, generator, degrees=8.0, scale=(0.85, 1.15), shear=8.0, shift=0.06)
    noisy = moved + 0.04 * torch.randn(moved.shape, generator=generator)
    labels = np.array([labels_of[names[index][1]] for index in first], dtype=np.int64).repeat(copies)
    groups = np.arange(len(first)).repeat(copies)
    return noisy.clamp(0, 1).mul(255).round().byte().numpy(), labels, groups


def _tiles(characters: str, faces: tuple[str, ...]) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """White on black tiles, uint8 (N, 1, TILE, TILE), with the face and character of each. Empty ones are skipped."""
    tiles, names = [], []
    for face in faces:
        covered = _covered(face)
        for character in characters:
            if ord(character) in covered and (tile := _drawn(face, character)) is not None:
                tiles.append(tile)
                names.append((face, character))
    return np.stack(tiles)[:, None], names


def _drawn(face: str, character: str) -> np.ndarray | None:
    """One character centred on its tile, made smaller where it would not fit; None where nothing is drawn."""
    from PIL import Image, ImageDraw

    size = EM
    left, top, right, bottom = _font(face, size).getbbox(character)
    if right <= left or bottom <= top:
        return None
    longest = max(right - left, bottom - top)
    if longest > TILE - 4:
        size = max(6, int(EM * (TILE - 4) / longest))
        left, top, right, bottom = _font(face, size).getbbox(character)
    picture = Image.new("L", (TILE, TILE))
    corner = ((TILE - left - right) / 2, (TILE - top - bottom) / 2)
    ImageDraw.Draw(picture).text(corner, character, fill=255, font=_font(face, size))
    tile = np.asarray(picture)
    return tile if tile.any() else None


@functools.cache
def _font(face: str, size: int):  # type: ignore[no-untyped-def]
    from PIL import ImageFont

    return ImageFont.truetype(str(_file(face)), size, layout_engine=ImageFont.Layout.BASIC)


@functools.cache
def _covered(face: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    return frozenset(TTFont(_file(face), lazy=True).getBestCmap())


def _file(face: str) -> Path:
    package = importlib.util.find_spec("matplotlib")
    if package is None or package.origin is None:
        expected, fix = "matplotlib, which has the typefaces", "run `pip install matplotlib`"
        raise DataError(place="glyphs", expected=expected, got="no such package", fix=fix)
    path = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / f"{face}.ttf"
    if not path.is_file():
        raise DataError(place=path, expected="a typeface", got="no such file", fix="install matplotlib again")
    return path


def _latin_and_greek() -> str:
    return "".join(c for c in _letters() if unicodedata.name(c).startswith(("LATIN", "GREEK", "COPTIC")))


def _other_scripts() -> str:
    return "".join(c for c in _letters() if unicodedata.name(c).split()[0] in SCRIPTS)


@functools.cache
def _letters() -> tuple[str, ...]:
    points = sorted(set().union(*(_covered(face) for face in CORPUS_FACES)))
    named = (c for c in map(chr, points) if unicodedata.name(c, ""))
    return tuple(c for c in named if unicodedata.category(c)[0] == "L")
