"""A convolutional baseline for text: residual blocks of growing reach (as ByteNet, Kalchbrenner 2016, 1610.10099)."""

import math
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import pad

PAD = 0
KERNEL = 5
TABLE_STD = 0.02


class Block(nn.Module):
    """LayerNorm, a dilated convolution, GELU, a layer back; to be causal it sees only what comes before."""

    def __init__(self, width: int, dilation: int, causal: bool) -> None:
        super().__init__()
        reach = dilation * (KERNEL - 1)
        self.sides = (reach, 0) if causal else (reach // 2, reach - reach // 2)
        self.norm = nn.LayerNorm(width)
        self.layers = nn.Sequential(
            nn.Conv1d(width, width, KERNEL, dilation=dilation), nn.GELU(), nn.Conv1d(width, width, 1)
        )

    def forward(self, x: Tensor, there: Tensor) -> Tensor:
        inside = (self.norm(x) * there).transpose(1, 2)
        change: Tensor = self.layers(pad(inside, self.sides)).transpose(1, 2)
        return x + change


class TextCNN(nn.Module):
    """(B, T) of tokens to (B, T, width)."""

    def __init__(
        self, in_shape: tuple[int], vocabulary: Any, width: int, dilations: list[int], causal: bool = False
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary.size, width, padding_idx=PAD)
        nn.init.normal_(self.embedding.weight, std=TABLE_STD)
        self.scale = math.sqrt(width)
        self.blocks = nn.ModuleList(Block(width, dilation, causal) for dilation in dilations)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        h, there = self.embedding(x) * self.scale, (x != PAD)[:, :, None]
        for block in self.blocks:
            h = block(h, there)
        features: Tensor = self.norm(h)
        return features
