"""Attention over states: pooled in last position, mixed before another block."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hybridts.models.neural.blocks.shape import Shape, check_whole


class CausalAttention(nn.Module):
    """Self-attention over the states, each step looking back only, with a skip connection."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.project = nn.Linear(channels, 3 * channels)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.project(x).chunk(3, dim=-1)
        return x + F.scaled_dot_product_attention(q, k, v, is_causal=True)


class AttentionPool(nn.Module):
    """[B, T, C] -> [B, 1, C]: the mean of the states weighted by additive attention (Bahdanau et al. 2015)."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(channels, hidden), nn.Tanh(), nn.Linear(hidden, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        weights = torch.softmax(self.score(x), dim=1)
        return (weights * x).sum(dim=1, keepdim=True)


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Attention over states: pools them in last position, mixes them before another block."""

    hidden: int = 32

    def __post_init__(self) -> None:
        check_whole(self, "hidden")

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        if last:
            return AttentionPool(shape.channels, self.hidden), shape._replace(length=1)
        return CausalAttention(shape.channels), shape
