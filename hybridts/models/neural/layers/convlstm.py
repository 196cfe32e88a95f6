"""ConvLSTM cells (Shi et al. 2015): over sub-sequences of the window, or over frames of a grid."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hybridts.models.neural.layers.frames import same_padding


def conv_lstm_step(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Return state and memory [B, filters, ...] after one step.

    Args:
        gates: [B, 4 filters, ...] input, forget, output and candidate, before their activations.
        c: [B, filters, ...] memory before the step.
    """
    i, f, o, g = gates.chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


class ConvLSTMCell(nn.Module):
    """LSTM over S sub-sequences of `piece` rows, products by 1-D convolution: [B, T, C] -> [B, S, filters x piece]."""

    def __init__(self, channels: int, filters: int, kernel: int, piece: int) -> None:
        super().__init__()
        self.filters, self.piece = filters, piece
        self.gates = nn.Conv1d(channels + filters, 4 * filters, kernel, padding="same")

    def forward(self, x: Tensor) -> Tensor:
        batch, length, channels = x.shape
        short = -length % self.piece
        x = F.pad(x, (0, 0, short, 0))  # the oldest piece is padded, the newest is whole
        pieces = x.reshape(batch, -1, self.piece, channels).transpose(2, 3)  # [B, S, C, piece]
        h = c = x.new_zeros(batch, self.filters, self.piece)
        states = []
        for now in pieces.unbind(1):
            h, c = conv_lstm_step(self.gates(torch.cat([now, h], dim=1)), c)
            states.append(h.flatten(1))
        return torch.stack(states, dim=1)


class FrameLSTMCell(nn.Module):
    """LSTM over frames, its products 2-D convolutions: [B, T, C x cells] -> [B, T, filters x cells]."""

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
