"""Assembly: an expression of blocks becomes one torch module with a head of one number per horizon step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hybridts.neural.blocks import Block, Recurrent, Shape


@dataclass(frozen=True)
class Serial:
    """Parts one after the other, trained end to end."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Parallel:
    """Parts side by side on the same input, features fused."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class TwoStep:
    """Each part is trained on the frozen features of the parts before it."""

    parts: tuple[Expression, ...]


Expression = Block | Serial | Parallel | TwoStep


class Fuse(nn.Module):
    """Branches on one input; lengths are brought to the shortest by averaging, channels are concatenated."""

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
        channels = sum(s.channels for _, s in built)
        return Fuse([_summarised(m) for m, _ in built], length), Shape(length, channels)
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
    tail = module[-1] if isinstance(module, nn.Sequential) else module
    return Turned(module) if isinstance(tail, Recurrent) and tail.both else module


class Network(nn.Module):
    """Body and head: window [B, T, C] and facts [B, E] -> one number per step [B, H].

    The head starts at zero, so an untrained network forecasts its anchor.
    """

    def __init__(self, body: nn.Module, features: int, extra: int, horizon: int) -> None:
        super().__init__()
        self.body = _summarised(body)
        self.head = nn.Linear(features + extra, horizon)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, window: Tensor, extra: Tensor) -> Tensor:
        state = self.body(window)[:, -1]
        answer: Tensor = self.head(torch.cat([state, extra], dim=-1))
        return answer


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


def parameters_of(module: nn.Module) -> int:
    """How many numbers the module learns or has learned."""
    return sum(p.numel() for p in module.parameters())
