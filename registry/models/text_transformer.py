"""A small transformer for text, bidirectional or causal: normalised before each part by RMSNorm (Zhang 2019,
1910.07467), with rotary positions (Su 2021, 2104.09864); its table of tokens is small, and enlarged by the root of the
width, so that it can serve as an objective's output too (Vaswani 2017, 1706.03762, section 3.4)."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

PAD = 0
BASE = 10_000.0
TABLE_STD = 0.02


def turned(x: Tensor, turns: Tensor) -> Tensor:
    """Pairs of features of x (B, heads, T, D) turned by angles whose cosines and sines are `turns` (2, T, D / 2)."""
    cosine, sine = turns.to(x.dtype)
    one, other = x.chunk(2, dim=-1)
    return torch.cat([one * cosine - other * sine, other * cosine + one * sine], dim=-1)


class Block(nn.Module):
    """Attention and a GELU layer of four times the width, each on a normalised input and added to it."""

    def __init__(self, width: int, heads: int, dropout: float, causal: bool) -> None:
        super().__init__()
        self.heads, self.dropout, self.causal = heads, dropout, causal
        self.before, self.between = nn.RMSNorm(width), nn.RMSNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, turns: Tensor, mask: Tensor | None) -> Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(self.before(x)).view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0.0
        seen = scaled_dot_product_attention(
            turned(q, turns), turned(k, turns), v, attn_mask=mask, dropout_p=dropout, is_causal=self.causal
        )
        x = x + self.drop(self.out(seen.transpose(1, 2).reshape(batch, length, width)))
        return x + self.drop(self.feed(self.between(x)))


class Transformer(nn.Module):
    """(B, T) of tokens to (B, T, width). Causal, no place sees a later one, and what fills up comes last."""

    def __init__(
        self,
        in_shape: tuple[int],
        vocabulary: Any,
        width: int,
        depth: int,
        heads: int,
        causal: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if width % (2 * heads):
            raise ValueError(f"width = {width} is no multiple of 2 x heads = {2 * heads}")
        self.causal = causal
        self.embedding = nn.Embedding(vocabulary.size, width, padding_idx=PAD)
        nn.init.normal_(self.embedding.weight, std=TABLE_STD)
        self.scale = math.sqrt(width)
        self.blocks = nn.ModuleList(Block(width, heads, dropout, causal) for _ in range(depth))
        self.drop, self.norm = nn.Dropout(dropout), nn.RMSNorm(width)
        side = width // heads // 2
        angles = torch.arange(in_shape[0])[:, None] * BASE ** (-torch.arange(side) / side)
        self.turns: Tensor
        self.register_buffer("turns", torch.stack([angles.cos(), angles.sin()]), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        there = x != PAD
        mask = None if self.causal else there[:, None, None]
        turns = self.turns[:, : x.shape[1]]
        h = self.drop(self.embedding(x) * self.scale)
        for block in self.blocks:
            h = block(h, turns, mask)
        features: Tensor = self.norm(h)
        return features
