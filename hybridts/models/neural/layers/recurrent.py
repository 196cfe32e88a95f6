"""Recurrent layers: those of torch, and an LSTM cell with coupled input and forget gates."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

_CELLS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}


class Recurrent(nn.Module):
    """A recurrent layer of torch that returns its states: [B, T, C] -> [B, T, hidden], or 2 hidden in both directions.

    Both directions read the past window only. The backward half ends at the oldest row; `ReverseBackward` reverses it
    where only the last state is read.
    """

    def __init__(
        self, cell: Literal["RNN", "LSTM", "GRU"], channels: int, hidden: int, layers: int, *, both: bool = False
    ) -> None:
        super().__init__()
        self.layer = _CELLS[cell](channels, hidden, layers, batch_first=True, bidirectional=both)
        self.both = both

    def forward(self, x: Tensor) -> Tensor:
        states: Tensor = self.layer(x)[0]
        return states


class CoupledCell(nn.Module):
    """LSTM with one gate that forgets and writes, c = f * c + (1 - f) * g (Greff et al. 2017): [B, T, C] -> [B, T, H].

    H: hidden units.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.of_input = nn.Linear(channels, 3 * hidden)
        self.of_state = nn.Linear(hidden, 3 * hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        projected = self.of_input(x)  # [B, T, 3 hidden], one product for all steps
        h = c = x.new_zeros(len(x), self.hidden)
        states = []
        for now in projected.unbind(1):
            forget, out, new = (now + self.of_state(h)).chunk(3, dim=-1)
            f = torch.sigmoid(forget)
            c = f * c + (1 - f) * torch.tanh(new)
            h = torch.sigmoid(out) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, dim=1)
