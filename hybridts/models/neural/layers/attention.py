"""Attention layers over the states of a sequence."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CausalAttention(nn.Module):
    """Self-attention over the states with a skip connection, each step looking back only: [B, T, C] -> [B, T, C]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.project = nn.Linear(channels, 3 * channels)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.project(x).chunk(3, dim=-1)
        return x + F.scaled_dot_product_attention(q, k, v, is_causal=True)


class AttentionPool(nn.Module):
    """Mean of the states weighted by additive attention (Bahdanau et al. 2015): [B, T, C] -> [B, 1, C]."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(channels, hidden), nn.Tanh(), nn.Linear(hidden, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        weights = torch.softmax(self.score(x), dim=1)
        return (weights * x).sum(dim=1, keepdim=True)
