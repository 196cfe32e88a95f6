"""Convolutions over frames: each time step of the sequence is an image of a grid of series."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F


class Conv2dBlock(nn.Module):
    """2-D convolution, ReLU, max-pooling of 2 x 2 cells: [B, C, rows, columns] -> [B, filters, rows', columns']."""

    def __init__(self, channels: int, filters: int, kernel: int, *, pool: bool, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, filters, kernel, dilation=dilation)
        self.around = same_padding(kernel, dilation)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv(F.pad(x, self.around)))
        return F.max_pool2d(y, 2, ceil_mode=True) if self.pool else y


def frame_convolutions(channels: int, filters: int, kernel: int, pools: Sequence[bool], dilation: int) -> nn.Sequential:
    """Stack one `Conv2dBlock` per entry of `pools`; layer i reads every dilation ** i-th cell."""
    layers = []
    for i, pool in enumerate(pools):
        layers.append(Conv2dBlock(channels, filters, kernel, pool=pool, dilation=dilation**i))
        channels = filters
    return nn.Sequential(*layers)


def same_padding(kernel: int, dilation: int = 1) -> tuple[int, int, int, int]:
    """Return the zero padding (left, right, top, bottom) that keeps the size of a frame."""
    before = dilation * (kernel - 1) // 2
    after = dilation * (kernel - 1) - before
    return before, after, before, after


class PerFrame(nn.Module):
    """Apply an image module to each time step separately: [B, T, C x cells] -> [B, T, C' x cells']."""

    def __init__(self, module: nn.Module, grid: tuple[int, int]) -> None:
        super().__init__()
        self.module = module
        self.grid = grid

    def forward(self, x: Tensor) -> Tensor:
        batch, length, _ = x.shape
        y: Tensor = self.module(x.reshape(batch * length, -1, *self.grid))
        return y.reshape(batch, length, -1)


class StackedFrames(nn.Module):
    """Apply an image module to all time steps stacked as channels: [B, T, C x cells] -> [B, 1, C' x cells']."""

    def __init__(self, module: nn.Module, grid: tuple[int, int]) -> None:
        super().__init__()
        self.module = module
        self.grid = grid

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.module(x.reshape(len(x), -1, *self.grid))
        return y.reshape(len(x), 1, -1)
