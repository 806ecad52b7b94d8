"""Boxes (..., 4) as left, top, right, bottom: overlaps and non-maximum suppression."""

import torch
from torch import Tensor


def overlaps(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU (...) of boxes (..., 4), broadcast against each other.

    The generalised IoU also ranks the distance of disjoint boxes (Rezatofighi 2019, 1902.09630, algorithm 1).
    """
    shared = _area(torch.maximum(one[..., :2], other[..., :2]), torch.minimum(one[..., 2:], other[..., 2:]))
    union = _area(one[..., :2], one[..., 2:]) + _area(other[..., :2], other[..., 2:]) - shared
    hull = _area(torch.minimum(one[..., :2], other[..., :2]), torch.maximum(one[..., 2:], other[..., 2:]))
    iou = shared / union.clamp(min=1e-6)
    return iou, iou - (hull - union) / hull.clamp(min=1e-6)


def suppressed(boxes: Tensor, classes: Tensor, threshold: float) -> Tensor:
    """bool (B, P): the boxes removed by greedy non-maximum suppression.

    Boxes (B, P, 4) come best first. A box is removed when its IoU with a better, kept box of its class (B, P) is above
    the threshold.
    """
    same = classes[:, :, None] == classes[:, None]
    later = torch.ones(same.shape[1:], dtype=torch.bool, device=boxes.device).triu(diagonal=1)
    conflicts = (overlaps(boxes[:, :, None], boxes[:, None])[0] > threshold) & same & later
    removed = torch.zeros_like(classes, dtype=torch.bool)
    for rank in range(boxes.shape[1]):
        removed |= conflicts[:, rank] & ~removed[:, rank, None]
    return removed


def _area(corner: Tensor, opposite: Tensor) -> Tensor:
    return (opposite - corner).clamp(min=0).prod(dim=-1)
