"""Boxes (..., 4) as left, top, right, bottom: overlaps, and what is left of many that say the same."""

import torch
from torch import Tensor


def overlaps(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """The intersection over union of boxes that are broadcast against each other, and its generalisation, which also
    tells how far apart boxes lie that do not meet (Rezatofighi 2019, 1902.09630, algorithm 1)."""
    shared = _area(torch.maximum(one[..., :2], other[..., :2]), torch.minimum(one[..., 2:], other[..., 2:]))
    union = _area(one[..., :2], one[..., 2:]) + _area(other[..., :2], other[..., 2:]) - shared
    hull = _area(torch.minimum(one[..., :2], other[..., :2]), torch.maximum(one[..., 2:], other[..., 2:]))
    iou = shared / union.clamp(min=1e-6)
    return iou, iou - (hull - union) / hull.clamp(min=1e-6)


def suppressed(boxes: Tensor, classes: Tensor, threshold: float) -> Tensor:
    """bool (B, P): which of boxes (B, P, 4), best first, overlap a better one of their class (B, P) by more than a
    threshold that is not suppressed itself (greedy non-maximum suppression)."""
    same = classes[:, :, None] == classes[:, None]
    later = torch.ones(same.shape[1:], dtype=torch.bool, device=boxes.device).triu(diagonal=1)
    strikes = (overlaps(boxes[:, :, None], boxes[:, None])[0] > threshold) & same & later
    gone = torch.zeros_like(classes, dtype=torch.bool)
    for rank in range(boxes.shape[1]):
        gone |= strikes[:, rank] & ~gone[:, rank, None]
    return gone


def _area(corner: Tensor, opposite: Tensor) -> Tensor:
    return (opposite - corner).clamp(min=0).prod(dim=-1)
