"""ConvLSTM: an LSTM whose products are convolutions, over sub-sequences of the window or over frames of a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hybridts.models.neural.blocks.shape import Shape, check_whole
from hybridts.models.neural.blocks.spatial import same_padding


def conv_lstm_step(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """State and memory after one step, from the four gates [B, 4 filters, ...] and the memory [B, filters, ...]."""
    i, f, o, g = gates.chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


class ConvLSTMCell(nn.Module):
    """An LSTM whose input and state products are convolutions (Shi et al. 2015), over sub-sequences of the window."""

    def __init__(self, channels: int, filters: int, kernel: int, piece: int) -> None:
        super().__init__()
        self.filters, self.piece = filters, piece
        self.gates = nn.Conv1d(channels + filters, 4 * filters, kernel, padding="same")

    def forward(self, x: Tensor) -> Tensor:
        batch, length, channels = x.shape
        short = -length % self.piece
        x = F.pad(x, (0, 0, short, 0))  # oldest piece is padded, the newest is whole
        pieces = x.reshape(batch, -1, self.piece, channels).transpose(2, 3)  # [B, S, C, piece]
        h = c = x.new_zeros(batch, self.filters, self.piece)
        states = []
        for now in pieces.unbind(1):
            h, c = conv_lstm_step(self.gates(torch.cat([now, h], dim=1)), c)
            states.append(h.flatten(1))
        return torch.stack(states, dim=1)


class FrameLSTMCell(nn.Module):
    """The same over frames: [B, T, C x cells] -> [B, T, filters x cells], its products 2-D convolutions."""

    def __init__(self, channels: int, filters: int, kernel: int, grid: tuple[int, int]) -> None:
        super().__init__()
        self.filters, self.grid = filters, grid
        self.of_input = nn.Conv2d(channels, 4 * filters, kernel)
        self.of_state = nn.Conv2d(filters, 4 * filters, kernel, bias=False)
        self.around = same_padding(kernel)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, _ = x.shape
        frames = F.pad(x.reshape(batch * length, -1, *self.grid), self.around)
        projected = self.of_input(frames).reshape(batch, length, -1, *self.grid)  # one product for all steps
        h = c = x.new_zeros(batch, self.filters, *self.grid)
        states = []
        for now in projected.unbind(1):
            h, c = conv_lstm_step(now + self.of_state(F.pad(h, self.around)), c)
            states.append(h.flatten(1))
        return torch.stack(states, dim=1)


@dataclass(frozen=True, kw_only=True)
class ConvLSTM:
    """ConvLSTM over sub-sequences of `piece` rows; on a grid of series over frames, one a time step.

    Attributes:
        filters: channels of the state.
        kernel: rows that a convolution reads; on a grid rows and columns.
        piece: rows of a sub-sequence; None: about the window's square root. Without meaning on a grid.
    """

    stepwise: ClassVar[bool] = True
    filters: int = 16
    kernel: int = 3
    piece: int | None = None

    def __post_init__(self) -> None:
        check_whole(self, "filters", "kernel", "piece")

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        del last
        if shape.grid is not None:
            frames = FrameLSTMCell(shape.channels // shape.cells, self.filters, self.kernel, shape.grid)
            return frames, Shape(shape.length, self.filters * shape.cells, shape.grid)
        piece = min(self.piece or max(2, math.isqrt(shape.length)), shape.length)
        count = math.ceil(shape.length / piece)
        net = ConvLSTMCell(shape.channels, self.filters, self.kernel, piece)
        return net, Shape(count, self.filters * piece)
