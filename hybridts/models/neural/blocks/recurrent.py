"""Recurrent blocks: the library's cells and the coupled-gate LSTM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from hybridts.models.neural.blocks.shape import Shape, check_whole


class Recurrent(nn.Module):
    """A torch recurrent layer that answers with its states; both directions read the past window only.

    The backward half ends at the oldest row; assembly turns it where only the last state is read.
    """

    def __init__(
        self, kind: Callable[..., nn.RNNBase], channels: int, hidden: int, layers: int, *, both: bool = False
    ) -> None:
        super().__init__()
        self.layer = kind(channels, hidden, layers, batch_first=True, bidirectional=both)
        self.both = both

    def forward(self, x: Tensor) -> Tensor:
        states: Tensor = self.layer(x)[0]
        return states


class _Layers:
    """What all blocks around a recurrent layer of the library share."""

    kind: ClassVar[Callable[..., nn.RNNBase]]
    both: ClassVar[bool] = False
    stepwise: ClassVar[bool] = True
    hidden: int
    layers: int

    def __post_init__(self) -> None:
        check_whole(self, "hidden", "layers")

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        del last
        net = Recurrent(self.kind, shape.channels, self.hidden, self.layers, both=self.both)
        return net, Shape(shape.length, self.hidden * (2 if self.both else 1))


@dataclass(frozen=True, kw_only=True)
class RNN(_Layers):
    """Elman network with tanh states (Elman 1990)."""

    kind = nn.RNN
    hidden: int = 64
    layers: int = 1


@dataclass(frozen=True, kw_only=True)
class LSTM(_Layers):
    """Long short-term memory without peepholes (Hochreiter & Schmidhuber 1997; Gers et al. 2000)."""

    kind = nn.LSTM
    hidden: int = 64
    layers: int = 1


@dataclass(frozen=True, kw_only=True)
class GRU(_Layers):
    """Gated recurrent unit (Cho et al. 2014)."""

    kind = nn.GRU
    hidden: int = 64
    layers: int = 1


@dataclass(frozen=True, kw_only=True)
class BiLSTM(_Layers):
    """An LSTM that reads the past window in both directions (Graves & Schmidhuber 2005)."""

    kind = nn.LSTM
    both = True
    hidden: int = 48
    layers: int = 1


@dataclass(frozen=True, kw_only=True)
class BiGRU(_Layers):
    """A GRU that reads the past window in both directions."""

    kind = nn.GRU
    both = True
    hidden: int = 48
    layers: int = 1


class CoupledCell(nn.Module):
    """An LSTM whose one gate forgets and writes: c = f * c + (1 - f) * g (Greff et al. 2017)."""

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


@dataclass(frozen=True, kw_only=True)
class CIFGLSTM:
    """LSTM with coupled input and forget gates."""

    stepwise: ClassVar[bool] = True
    hidden: int = 64

    def __post_init__(self) -> None:
        check_whole(self, "hidden")

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        del last
        return CoupledCell(shape.channels, self.hidden), Shape(shape.length, self.hidden)
