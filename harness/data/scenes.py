"""Scenes of real digits for detection and segmentation: scikit-learn's handwritten digits on a textured canvas.

A scene has one to six digits of many sizes and contrasts, which overlap. Distractors are rubble (a digit's pixels
shuffled in blocks) and long scratches. Labels are exact, since they are rendered with the scene: a pixel belongs to the
digit whose ink is on top, and a box is tight on the visible ink. A digit that is less than half visible is not drawn.
Each part has only digits of the same part of `harness.data.digits`, for rubble too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate, pad

from harness.data import PARTS, TaskArrays, digits
from harness.data.views import uniform
from harness.seeds import stream

SCENES = (2000, 300, 500)
"""Training, validation and test scenes; an entry's `args` may set other numbers."""
SEED = 20260103
SLOTS = 6
"""The most objects of a scene, from the top to the bottom. The topmost is always a digit."""
NOTHING, DIGIT, RUBBLE, SCRATCH = range(4)
SHARES = (0.3, 0.45, 0.15, 0.1)
"""The probability of each kind in a slot below the topmost."""
SIZES = {DIGIT: (0.25, 0.5), RUBBLE: (0.25, 0.5), SCRATCH: (0.7, 1.4)}
"""The length of an object's tile as a share of the canvas's side."""
THICKNESS = (0.04, 0.08)
"""Of a scratch, as a share of the canvas's side."""
VISIBLE_SHARE = 0.5
"""A digit of which less is visible is skipped."""
TILE, CHUNK = 40, 100


@dataclass(frozen=True)
class Scenes:
    """Scenes of one part of the split."""

    images: np.ndarray
    """uint8 (N, 1, H, W)."""
    boxes: np.ndarray
    """float32 (N, SLOTS, 5): class, left, top, right, bottom in pixels, topmost first; padded with class -1."""
    masks: np.ndarray
    """int16 (N, H, W): 0 for the background, 1 + class for the ink of a digit."""
    shown: np.ndarray
    """int64 (N, SLOTS): the dataset's digit in each box, padded with -1."""


def detection(shape: tuple[int, int, int], scenes: Sequence[int] = SCENES) -> TaskArrays:
    """Detection of digits: boxes (N, SLOTS, 5) for the numbers of training, validation and test scenes."""
    parts = [rendered(part, count, shape[1:]) for part, count in zip(PARTS.values(), scenes, strict=True)]
    return _task(shape, parts, [part.boxes for part in parts], _names())


def segmentation(shape: tuple[int, int, int], scenes: Sequence[int] = SCENES) -> TaskArrays:
    """Segmentation of the same scenes: class maps (N, H, W) of background (class 0) and digits."""
    parts = [rendered(part, count, shape[1:]) for part, count in zip(PARTS.values(), scenes, strict=True)]
    return _task(shape, parts, [part.masks for part in parts], ["background", *_names()])


def rendered(part: int, count: int, size: tuple[int, ...]) -> Scenes:
    """The first `count` scenes of a part on a canvas of a size (H, W). Fewer scenes are a prefix of more."""
    pool = digits.task((1, 8, 8))
    members = np.flatnonzero(pool.split == part)
    inks = torch.from_numpy(pool.examples[members, 0]).float().div(255)
    labels = torch.from_numpy(pool.labels[members])
    chunks = []
    for number in range(math.ceil(count / CHUNK)):
        generator = torch.Generator().manual_seed(stream(SEED, "scenes", part, number))
        chunks.append(_chunk(inks, labels, size, generator))
    images, boxes, masks, shown = (torch.cat(each)[:count].numpy() for each in zip(*chunks, strict=True))
    return Scenes(images, boxes, masks, np.where(shown >= 0, members[shown], -1))


def _names() -> list[str]:
    return [str(digit) for digit in range(10)]


def _task(shape: tuple[int, int, int], parts: list[Scenes], labels: list[np.ndarray], classes: list[str]) -> TaskArrays:
    counts = [len(part.images) for part in parts]
    images = np.concatenate([part.images for part in parts])
    return TaskArrays(
        examples=np.ascontiguousarray(np.repeat(images, shape[0], axis=1)),
        labels=np.concatenate(labels),
        split=np.repeat(np.array(list(PARTS.values()), dtype=np.uint8), counts),
        groups=np.arange(sum(counts)),
        classes=classes,
    )


def _chunk(
    inks: Tensor, labels: Tensor, size: tuple[int, ...], generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images, boxes, masks and digit numbers of CHUNK scenes, rendered from the inks (P, 8, 8)."""
    kinds = torch.multinomial(torch.tensor(SHARES), CHUNK * SLOTS, replacement=True, generator=generator)
    kinds = kinds.view(CHUNK, SLOTS)
    kinds[:, 0] = DIGIT
    drawn = torch.randint(len(inks), (CHUNK, SLOTS), generator=generator)
    density = _placed(_tiles(inks[drawn], kinds, generator), kinds, size, generator)
    ink, cover = ((density - 0.25) / 0.4).clamp(0, 1), ((density - 0.05) / 0.2).clamp(0, 1)
    seen, kept = _visible(ink > 0.5, cover > 0.5, kinds == DIGIT)
    shown = torch.where(seen.flatten(2).any(2), drawn, -1)
    classes = torch.where(shown >= 0, labels[drawn], -1)
    mask = (seen * (classes + 1)[:, :, None, None]).sum(1).short()
    order = (shown < 0).int().argsort(dim=1, stable=True)
    boxes = _boxes(seen, classes).gather(1, order[:, :, None].expand(-1, -1, 5))
    return _painted(ink, cover * kept[:, :, None, None], generator), boxes, mask, shown.gather(1, order)


def _tiles(inks: Tensor, kinds: Tensor, generator: torch.Generator) -> Tensor:
    """The objects' shapes (B, SLOTS, TILE, TILE) in [0, 1]: enlarged digits, rubble, or ones for a scratch."""
    order = torch.rand((*kinds.shape, 16), generator=generator).argsort(2)
    blocks = inks.unflatten(3, (4, 2)).unflatten(2, (4, 2)).transpose(3, 4).flatten(2, 3)
    blocks = blocks.gather(2, order[..., None, None].expand_as(blocks))
    rubble = blocks.unflatten(2, (4, 4)).transpose(3, 4).reshape(inks.shape)
    kind = kinds[:, :, None, None]
    tiles = torch.where(kind == RUBBLE, rubble, torch.where(kind == SCRATCH, 1.0, inks))
    return interpolate(pad(tiles, (1, 1, 1, 1)), (TILE, TILE), mode="bicubic").clamp(0, 1)


def _placed(tiles: Tensor, kinds: Tensor, size: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """The density of each object on the canvas, (B, SLOTS, H, W): tiles rotated, scaled and moved at random."""
    height, width = size
    side, shape = min(size), tuple(kinds.shape)
    scratch = kinds == SCRATCH
    bounds = torch.tensor([SIZES.get(kind, SIZES[DIGIT]) for kind in range(4)])[kinds]
    length = side * bounds[..., 0] * (bounds[..., 1] / bounds[..., 0]) ** uniform(0, 1, shape, generator)
    aspect = uniform(0.85, 1.15, shape, generator)
    wide = length * aspect
    tall = torch.where(scratch, side * uniform(*THICKNESS, shape, generator), length)
    angle = uniform(-1, 1, shape, generator) * torch.where(scratch, math.pi / 2, math.radians(12))
    slant = uniform(-0.15, 0.15, shape, generator)
    reach = torch.where(scratch, 0.0, length)
    position = uniform(0, 1, (*shape, 2), generator)
    x = reach / 2 + position[..., 0] * (width - reach)
    y = reach / 2 + position[..., 1] * (height - reach)
    cos, sin = torch.cos(angle), torch.sin(angle)
    across = torch.stack([cos + slant * sin, sin - slant * cos], -1) / wide[..., None]
    down = torch.stack([-sin, cos], -1) / tall[..., None]
    turn = torch.stack([across, down], -2) * torch.tensor([width, height])
    centre = torch.stack([2 * x / width - 1, 2 * y / height - 1], -1)
    theta = torch.cat([turn, -turn @ centre[..., None]], -1).flatten(0, 1)
    grid = affine_grid(theta, [len(theta), 1, height, width], align_corners=False)
    density = grid_sample(tiles.flatten(0, 1)[:, None], grid, align_corners=False).view(*shape, height, width)
    return density * (kinds != NOTHING)[:, :, None, None]


def _visible(ink: Tensor, cover: Tensor, digit: Tensor) -> tuple[Tensor, Tensor]:
    """The visible ink of each digit, bool (B, SLOTS, H, W), and the objects that are kept, bool (B, SLOTS).

    From the top down, digits that are mostly hidden by kept objects above them are not kept.
    """
    seen, kept = torch.zeros_like(ink), torch.zeros_like(digit)
    hidden = torch.zeros_like(ink[:, 0])
    for slot in range(SLOTS):
        free = ink[:, slot] & ~hidden
        enough = free.sum((1, 2)) >= VISIBLE_SHARE * ink[:, slot].sum((1, 2)).clamp(min=1)
        kept[:, slot] = enough | ~digit[:, slot]
        hidden |= cover[:, slot] & kept[:, slot, None, None]
        seen[:, slot] = free & (kept & digit)[:, slot, None, None]
    return seen, kept


def _boxes(seen: Tensor, classes: Tensor) -> Tensor:
    """Boxes (B, SLOTS, 5) tight on the visible ink (B, SLOTS, H, W), zeros where there is none."""
    edges = []
    for along, size in ((2, seen.shape[3]), (3, seen.shape[2])):
        line = seen.any(along).byte()
        edges.append((line.argmax(2), size - line.flip(2).argmax(2)))
    (left, right), (top, bottom) = edges
    boxes = torch.stack([classes, left, top, right, bottom], 2).float()
    boxes[:, :, 1:] *= (classes >= 0)[:, :, None]
    return boxes


def _painted(ink: Tensor, cover: Tensor, generator: torch.Generator) -> Tensor:
    """Images, uint8 (B, 1, H, W): each object in a random tone on a textured ground, from the top down.

    The cover of an object is a little wider than its ink and has the ground's tone there, so objects are separable.
    """
    count, size = len(ink), ink.shape[2:]
    ground = uniform(0.15, 0.85, (count, 1, 1), generator)
    contrast = uniform(0.25, 0.5, (count, SLOTS), generator)
    contrast *= torch.where(torch.rand((count, SLOTS), generator=generator) < 0.5, -1.0, 1.0)
    tone = ground[..., 0] + contrast
    contrast = torch.where((tone < 0) | (tone > 1), -contrast, contrast)
    image, free = torch.zeros((count, *size)), torch.ones((count, *size))
    for slot in range(SLOTS):
        image += free * cover[:, slot] * (ground + contrast[:, slot, None, None] * ink[:, slot])
        free *= 1 - cover[:, slot]
    image += free * (ground + _texture(count, size, generator))
    image += uniform(0.01, 0.05, (count, 1, 1), generator) * torch.randn(image.shape, generator=generator)
    return image.clamp(0, 1).mul(255).round().byte()[:, None]


def _texture(count: int, size: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Smooth noise (B, H, W) around zero: octaves from coarse to fine, each of a random strength."""
    total = torch.zeros((count, *size))
    for cells in (2, 4, 8, 16):
        noise = torch.randn((count, 1, cells, cells), generator=generator)
        strength = uniform(0.0, 0.09, (count, 1, 1), generator)
        total += strength * interpolate(noise, size, mode="bicubic", align_corners=False)[:, 0]
    return total
