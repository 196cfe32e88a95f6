"""Assembly: an expression of blocks becomes one torch module with a head."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hybridts.models.neural.blocks.shape import Shape
from hybridts.models.neural.expression import Expression, Parallel, Serial, TwoStep
from hybridts.models.neural.head import CellHead, Head, HeadSpec
from hybridts.models.neural.layers.recurrent import Recurrent


class ConcatBranches(nn.Module):
    """Concatenate the channels of branches on one input: [B, T, C] -> [B, length, sum of C'].

    Longer branches are averaged down to `length`, that of the shortest; if it is 1, each gives its last state.
    """

    def __init__(self, branches: list[nn.Module], length: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.length = length

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self._fit(branch(x)) for branch in self.branches], dim=-1)

    def _fit(self, y: Tensor) -> Tensor:
        if y.shape[1] == self.length:
            return y
        if self.length == 1:
            return y[:, -1:]
        return F.adaptive_avg_pool1d(y.transpose(1, 2), self.length).transpose(1, 2)


class Joined(nn.Sequential):
    """Parts of a network one after the other, with dropout between them while training."""

    dropout: float = 0.0

    def forward(self, x: Tensor) -> Tensor:
        for i, part in enumerate(self):
            x = part(_dropped(x, self.dropout, training=self.training) if i else x)
        return x


def _dropped(x: Tensor, share: float, *, training: bool) -> Tensor:
    return F.dropout(x, share) if share and training else x


def build(expression: Expression, shape: Shape, last: bool = True) -> tuple[nn.Module, Shape]:
    """Return the module of an expression for input [B, *shape] and the shape of its output.

    `last`: the head reads the output.
    """
    if isinstance(expression, (Serial, TwoStep)):
        modules = []
        for i, part in enumerate(expression.parts):
            module, shape = build(part, shape, last and i == len(expression.parts) - 1)
            modules.append(module)
        return Joined(*modules), shape
    if isinstance(expression, Parallel):
        built = [build(part, shape, last) for part in expression.parts]
        length = min(s.length for _, s in built)
        grids = {s.grid for _, s in built}
        after = Shape(length, sum(s.channels for _, s in built), grids.pop() if len(grids) == 1 else None)
        # A last state that is read alone must have seen the whole window; a later block reads all states.
        summary = last or length == 1
        return ConcatBranches([_summarised(m) if summary else m for m, _ in built], length), after
    return expression.build(shape, last)


class ReverseBackward(nn.Module):
    """Reverse the backward half of a bidirectional layer in time, so that both halves of the last step saw the window.

    [B, T, C] -> [B, T, C'].
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        forward, backward = self.layer(x).chunk(2, dim=-1)
        return torch.cat([forward, backward.flip(1)], dim=-1)


def _summarised(module: nn.Module) -> nn.Module:
    """Return the module so that its last step summarises the window, also of a bidirectional layer."""
    tail = module
    while isinstance(tail, nn.Sequential):
        tail = tail[-1]
    return ReverseBackward(module) if isinstance(tail, Recurrent) and tail.both else module


class Network(nn.Module):
    """Body and head: window [B, T, C], context [B, E], known future [B, H, F] -> [B, H], or [B, H, Q] quantiles.

    On a grid the outputs of all cells are concatenated (H means cells x H); with `cells` above 1 the body keeps the
    states of the cells separate.
    """

    blueprint: Blueprint  # set by the code that builds it

    def __init__(self, body: nn.Module, channels: int, head: HeadSpec, cells: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self.body = _summarised(body)
        self.dropout = dropout
        for part in self.body.modules():
            if isinstance(part, Joined):
                part.dropout = dropout
        self.head = Head(channels, head) if cells == 1 else CellHead(channels, head, cells)

    def forward(self, window: Tensor, context: Tensor, known_future: Tensor) -> Tensor:
        state = _dropped(self.body(window)[:, -1], self.dropout, training=self.training)
        if isinstance(self.head, Head):
            values: Tensor = self.head(state, context, known_future, window[..., 0])  # channel 0: the values
            return values
        cells: Tensor = self.head(state, context, known_future)
        return cells


class Blueprint(NamedTuple):
    """Everything a network is built from: its expression, the shape of its input, the sizes of its head, dropout."""

    expression: Expression
    shape: Shape
    head: HeadSpec
    dropout: float = 0.0

    def build(self) -> Network:
        """Return the network, untrained."""
        net = self.headed(*build(self.expression, self.shape))
        net.blueprint = self
        return net

    def headed(self, body: nn.Module, after: Shape) -> Network:
        """Add the head to a body with output shape `after`: one for all cells, if the body keeps them separate."""
        # Only a body that neither pooled nor mixed the cells returns the grid of its input.
        cells = after.cells if after.grid == self.shape.grid else 1
        return Network(body, after.channels, self.head, cells, self.dropout)


class Frozen(nn.Module):
    """A trained part that stays fixed while the next part learns from its features; shapes as of the part."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        self.part.eval()
        with torch.no_grad():
            answer: Tensor = self.part(x)
        return answer


def unwrapped(module: nn.Module) -> nn.Module:
    """Replace each `Frozen` wrapper by its part, in place: the structure that `build` makes."""
    for name, child in module.named_children():
        setattr(module, name, child.part if isinstance(child, Frozen) else unwrapped(child))
    return module


def parameters_of(module: nn.Module) -> int:
    """Return the number of parameters of a module."""
    return sum(p.numel() for p in module.parameters())
