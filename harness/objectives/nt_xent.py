"""The loss that contrast shares (SimCLR, Chen 2020, 2002.05709, eq. 1)."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize


def nt_xent(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    """The normalised temperature-scaled cross-entropy of two views' projections, each (B, P)."""
    z = normalize(torch.cat([one, other]).float())
    with torch.autocast(z.device.type, enabled=False):
        similarity = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    count = len(one)
    partner = torch.arange(2 * count, device=z.device).roll(count)
    return cross_entropy(similarity, partner)
