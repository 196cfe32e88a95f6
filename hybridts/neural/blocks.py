"""The blocks: each maps a sequence [B, T, C] to a sequence [B, T', C']; only the head reduces.

A block is a frozen dataclass of its settings whose `build` makes the torch module. `last` says whether the head
reads this block's output: MLP and DNN then read the flattened window, CNN looks back over the whole of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Shape(NamedTuple):
    """Length and channels of a sequence: [B, length, channels]."""

    length: int
    channels: int


class Block(Protocol):
    """Settings of one block."""

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        """The module for input [B, *shape], and the shape it answers with."""


# -- recurrent ----------------------------------------------------------------------------------------------------
class Recurrent(nn.Module):
    """A torch recurrent layer that answers with its states; both directions read the past window only."""

    def __init__(
        self, kind: Callable[..., nn.RNNBase], channels: int, hidden: int, layers: int, *, both: bool = False
    ) -> None:
        super().__init__()
        self.layer = kind(channels, hidden, layers, batch_first=True, bidirectional=both)
        self.both = both

    def forward(self, x: Tensor) -> Tensor:
        states: Tensor = self.layer(x)[0]
        return states


@dataclass(frozen=True, kw_only=True)
class RNN:
    """Elman network with tanh states (Elman 1990)."""

    hidden: int = 64
    layers: int = 1

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        del last
        return Recurrent(nn.RNN, shape.channels, self.hidden, self.layers), Shape(shape.length, self.hidden)


@dataclass(frozen=True, kw_only=True)
class LSTM:
    """Long short-term memory without peepholes (Hochreiter & Schmidhuber 1997; Gers et al. 2000)."""

    hidden: int = 64
    layers: int = 1

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        del last
        return Recurrent(nn.LSTM, shape.channels, self.hidden, self.layers), Shape(shape.length, self.hidden)


@dataclass(frozen=True, kw_only=True)
class GRU:
    """Gated recurrent unit (Cho et al. 2014)."""

    hidden: int = 64
    layers: int = 1

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        del last
        return Recurrent(nn.GRU, shape.channels, self.hidden, self.layers), Shape(shape.length, self.hidden)


@dataclass(frozen=True, kw_only=True)
class BiLSTM:
    """An LSTM that reads the past window in both directions (Graves & Schmidhuber 2005)."""

    hidden: int = 48
    layers: int = 1

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        del last
        net = Recurrent(nn.LSTM, shape.channels, self.hidden, self.layers, both=True)
        return net, Shape(shape.length, 2 * self.hidden)


@dataclass(frozen=True, kw_only=True)
class BiGRU:
    """A GRU that reads the past window in both directions."""

    hidden: int = 48
    layers: int = 1

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        del last
        net = Recurrent(nn.GRU, shape.channels, self.hidden, self.layers, both=True)
        return net, Shape(shape.length, 2 * self.hidden)


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

    hidden: int = 64

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        del last
        return CoupledCell(shape.channels, self.hidden), Shape(shape.length, self.hidden)


# -- convolutional ------------------------------------------------------------------------------------------------
class CausalConv(nn.Module):
    """Convolution over time that sees nothing later than its own step, ReLU, then pooling of pairs."""

    def __init__(self, channels: int, filters: int, kernel: int, *, pool: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, filters, kernel)
        self.left = kernel - 1
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv(F.pad(x.transpose(1, 2), (self.left, 0))))
        if self.pool:
            # Pairs are counted from the newest step backwards, so that the last state always holds it.
            y = F.max_pool1d(F.pad(y, (y.shape[-1] % 2, 0)), 2)
        return y.transpose(1, 2)


@dataclass(frozen=True, kw_only=True)
class CNN:
    """Causal 1-D convolutions with pooling (LeCun et al. 1998; causal as in van den Oord et al. 2016).

    `layers` None: two before another block (one halving), as many as see the whole window in last position.
    """

    filters: int = 64
    kernel: int = 3
    layers: int | None = None

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        depth = self.layers or (max(2, math.ceil(math.log2(max(shape.length, 2)))) if last else 2)
        parts, channels, length = [], shape.channels, shape.length
        for i in range(depth):
            pool = length > 1 and (last or i == depth - 1)
            parts.append(CausalConv(channels, self.filters, self.kernel, pool=pool))
            channels, length = self.filters, (length + 1) // 2 if pool else length
        return nn.Sequential(*parts), Shape(length, channels)


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
            i, f, o, g = self.gates(torch.cat([now, h], dim=1)).chunk(4, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h.flatten(1))
        return torch.stack(states, dim=1)


@dataclass(frozen=True, kw_only=True)
class ConvLSTM:
    """ConvLSTM over sub-sequences of `piece` rows; None: pieces of about the window's square root."""

    filters: int = 16
    kernel: int = 3
    piece: int | None = None

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        del last
        piece = min(self.piece or max(2, math.isqrt(shape.length)), shape.length)
        count = math.ceil(shape.length / piece)
        net = ConvLSTMCell(shape.channels, self.filters, self.kernel, piece)
        return net, Shape(count, self.filters * piece)


# -- dense --------------------------------------------------------------------------------------------------------
class Flatten(nn.Module):
    """[B, T, C] -> [B, 1, T * C]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), 1, -1)


@dataclass(frozen=True, kw_only=True)
class MLP:
    """One or two hidden layers: per time step before another block, over the flattened sequence in last position."""

    hidden: int = 128
    layers: int = 2

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        width = shape.length * shape.channels if last else shape.channels
        parts: list[nn.Module] = [Flatten()] if last else []
        for _ in range(self.layers):
            parts += [nn.Linear(width, self.hidden), nn.ReLU()]
            width = self.hidden
        return nn.Sequential(*parts), Shape(1 if last else shape.length, self.hidden)


class ResidualLayer(nn.Module):
    """x + dropout(relu(W norm(x))): keeps four and more layers trainable."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.linear = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = x + self.dropout(F.relu(self.linear(self.norm(x))))
        return answer


@dataclass(frozen=True, kw_only=True)
class DNN:
    """Four or more hidden layers with normalisation, skip connections and dropout."""

    hidden: int = 128
    layers: int = 4
    dropout: float = 0.1

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        width = shape.length * shape.channels if last else shape.channels
        parts: list[nn.Module] = [Flatten()] if last else []
        parts += [nn.Linear(width, self.hidden), nn.ReLU()]
        parts += [ResidualLayer(self.hidden, self.dropout) for _ in range(self.layers - 1)]
        return nn.Sequential(*parts), Shape(1 if last else shape.length, self.hidden)


# -- attention ----------------------------------------------------------------------------------------------------
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

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        if last:
            return AttentionPool(shape.channels, self.hidden), Shape(1, shape.channels)
        return CausalAttention(shape.channels), shape
