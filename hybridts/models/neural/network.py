"""Assembly: an expression of blocks becomes one torch module with a head for the horizon."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hybridts.models.neural.blocks.shape import Shape
from hybridts.models.neural.expression import Expression, Parallel, Serial, TwoStep
from hybridts.models.neural.head import CellHead, Head, Outside
from hybridts.models.neural.layers.recurrent import Recurrent


class Fuse(nn.Module):
    """Branches on one input, channels side by side.

    Longer branches are averaged down to the shortest; beside a branch of one state they give their last.
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


def build(expression: Expression, shape: Shape, last: bool = True) -> tuple[nn.Module, Shape]:
    """The module of an expression on input [B, *shape], and the shape it answers with."""
    if isinstance(expression, (Serial, TwoStep)):
        modules = []
        for i, part in enumerate(expression.parts):
            module, shape = build(part, shape, last and i == len(expression.parts) - 1)
            modules.append(module)
        return nn.Sequential(*modules), shape
    if isinstance(expression, Parallel):
        built = [build(part, shape, last) for part in expression.parts]
        length = min(s.length for _, s in built)
        grids = {s.grid for _, s in built}
        after = Shape(length, sum(s.channels for _, s in built), grids.pop() if len(grids) == 1 else None)
        # Where the last state is taken, it must have read the window to the end; a later block reads all of them.
        summary = last or length == 1
        return Fuse([_summarised(m) if summary else m for m, _ in built], length), after
    return expression.build(shape, last)


class Turned(nn.Module):
    """Both directions of a recurrent layer in reading order: its last step has read the window to the end."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        forward, backward = self.layer(x).chunk(2, dim=-1)
        return torch.cat([forward, backward.flip(1)], dim=-1)


def _summarised(module: nn.Module) -> nn.Module:
    """The module, its last step a summary of the window also where it reads backwards."""
    tail = module
    while isinstance(tail, nn.Sequential):
        tail = tail[-1]
    return Turned(module) if isinstance(tail, Recurrent) and tail.both else module


class Network(nn.Module):
    """Body and head: window [B, T, C], facts [B, E], known future [B, H, F] -> [B, H], or [B, H, Q] quantiles.

    On a grid the numbers of all cells stand beside one another (H means cells x H); `cells` above 1 says that the body
    keeps their states apart.
    """

    blueprint: Blueprint  # what it was built from; given by whoever builds it

    def __init__(self, body: nn.Module, channels: int, outside: Outside, cells: int = 1) -> None:
        super().__init__()
        self.body = _summarised(body)
        self.head = Head(channels, outside) if cells == 1 else CellHead(channels, outside, cells)

    def forward(self, window: Tensor, extra: Tensor, ahead: Tensor) -> Tensor:
        state = self.body(window)[:, -1]
        if isinstance(self.head, Head):
            values: Tensor = self.head(state, extra, ahead, window[..., 0])  # the first channel holds the values
            return values
        cells: Tensor = self.head(state, extra, ahead)
        return cells


class Blueprint(NamedTuple):
    """Everything a network is built from: its expression, the shape of what it reads, the sizes around it."""

    expression: Expression
    shape: Shape
    outside: Outside

    def build(self) -> Network:
        """The network, not trained."""
        net = self.headed(*build(self.expression, self.shape))
        net.blueprint = self
        return net

    def headed(self, body: nn.Module, after: Shape) -> Network:
        """A body that answers with `after`, and the head for it: shared by all cells that are still kept apart."""
        # Only a body that neither pooled nor mixed the cells answers with the grid it was given.
        cells = after.cells if after.grid == self.shape.grid else 1
        return Network(body, after.channels, self.outside, cells)


class Frozen(nn.Module):
    """A trained part whose features feed the next one and which learns no more."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        self.part.eval()
        with torch.no_grad():
            answer: Tensor = self.part(x)
        return answer


def unwrapped(module: nn.Module) -> nn.Module:
    """The module with every frozen part in the place of its wrapper: the structure that `build` makes."""
    for name, child in module.named_children():
        setattr(module, name, child.part if isinstance(child, Frozen) else unwrapped(child))
    return module


def parameters_of(module: nn.Module) -> int:
    """How many numbers the module learns or has learned."""
    return sum(p.numel() for p in module.parameters())
