"""Causal convolutions over time, over the whole window or over sub-sequences of it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from hybridts.models.neural.layers.dense import Flatten


class CausalConv(nn.Module):
    """Causal convolution over time, ReLU, then max-pooling of pairs: [B, T, C] -> [B, T', filters]."""

    def __init__(self, channels: int, filters: int, kernel: int, *, pool: bool, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, filters, kernel, dilation=dilation)
        self.left = dilation * (kernel - 1)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv(F.pad(x.transpose(1, 2), (self.left, 0))))
        if self.pool:
            # Pairs are counted from the newest step backwards, so that the last state always holds it.
            y = F.max_pool1d(F.pad(y, (y.shape[-1] % 2, 0)), 2)
        return y.transpose(1, 2)


class PerSubsequence(nn.Module):
    """Apply a module to each sub-sequence separately and keep its largest states: [B, T, C] -> [B, count, C']."""

    def __init__(self, module: nn.Module, count: int, piece: int) -> None:
        super().__init__()
        self.module = module
        self.count, self.piece = count, piece

    def forward(self, x: Tensor) -> Tensor:
        batch, length, channels = x.shape
        x = F.pad(x, (0, 0, self.count * self.piece - length, 0))  # the oldest piece is padded, the newest is whole
        y: Tensor = self.module(x.reshape(batch * self.count, self.piece, channels))
        return y.amax(dim=1).reshape(batch, self.count, -1)


def causal_convolutions(
    channels: int, filters: int, kernel: int, pools: Sequence[bool], dilation: int
) -> nn.Sequential:
    """Stack one `CausalConv` per entry of `pools`; layer i reads every dilation ** i-th row."""
    layers = []
    for i, pool in enumerate(pools):
        layers.append(CausalConv(channels, filters, kernel, pool=pool, dilation=dilation**i))
        channels = filters
    return nn.Sequential(*layers)


def per_subsequence(module: nn.Module, count: int, piece: int, *, flatten: bool) -> nn.Module:
    """Apply a module per sub-sequence: [B, T, C] -> [B, count, C'], or [B, 1, count x C'] with `flatten`."""
    pieces = PerSubsequence(module, count, piece)
    return nn.Sequential(pieces, Flatten()) if flatten else pieces
