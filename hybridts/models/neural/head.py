"""The head: the body's last state and the facts beside the window become one number per step, or one per quantile."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: Units of the head's hidden layer.
HIDDEN = 64
#: Units of the small network that reads the known future of one step.
AHEAD_HIDDEN = 32


class Outside(NamedTuple):
    """Sizes of everything a network meets outside its body.

    Attributes:
        extra: E, facts beside the window.
        ahead: F, known-future covariates of one step.
        horizon: H, steps to forecast.
        levels: quantile levels in rising order with 0.5 among them; empty for a point forecast.
        highway: T where the scaled values of the window also reach the answer by a straight linear road; 0 without.
    """

    extra: int
    ahead: int
    horizon: int
    levels: tuple[float, ...] = ()
    highway: int = 0


class Head(nn.Module):
    """State [B, C], facts [B, E] and known future [B, H, F] -> [B, H], or [B, H, Q] quantiles that never cross.

    A linear map and a small hidden layer side by side; the second lets the facts change how the state is read. Both
    start at zero, so that an untrained network forecasts its anchor. The known future of a step is read by one
    small network shared by all steps, which also sees a summary of the state: a flag may then mean one thing in one
    situation and another in the next. The highway is the linear autoregression beside the network of LSTNet (Lai et
    al. 2018): what is linear in the window need not pass through the body.
    """

    def __init__(self, channels: int, outside: Outside) -> None:
        super().__init__()
        self.outside = outside
        context, answers = channels + outside.extra, max(len(outside.levels), 1)
        self.linear = nn.Linear(context, outside.horizon * answers)
        self.deep = nn.Sequential(nn.Linear(context, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, outside.horizon * answers))
        _to_zero(self.linear)
        _to_zero(self.deep[-1])
        if outside.highway:
            self.highway = nn.Linear(outside.highway, outside.horizon * answers, bias=False)
            _to_zero(self.highway)
        if outside.ahead:
            self.context = nn.Linear(context, AHEAD_HIDDEN)
            self.ahead = nn.Linear(outside.ahead, AHEAD_HIDDEN)
            self.step = nn.Linear(AHEAD_HIDDEN, answers)
            _to_zero(self.step)

    def forward(self, state: Tensor, extra: Tensor, ahead: Tensor, values: Tensor | None = None) -> Tensor:
        context = torch.cat([state, extra], dim=-1)
        answer: Tensor = self.linear(context) + self.deep(context)
        if values is not None and self.outside.highway:
            answer = answer + self.highway(values)
        answer = answer.reshape(len(context), self.outside.horizon, -1)
        if self.outside.ahead:
            met = self.context(context)[:, None] + self.ahead(ahead)
            answer = answer + self.step(F.relu(met))
        return rising(answer, self.outside.levels) if self.outside.levels else answer[..., 0]


class CellHead(nn.Module):
    """State [B, C x cells], facts [B, cells x E], known future [B, cells x H, F] -> [B, cells x H] (or [..., Q]).

    A 1 x 1 convolution over the last frame, as in Shi et al. (2015): what is learned of one cell holds for all.
    """

    def __init__(self, channels: int, outside: Outside, cells: int) -> None:
        super().__init__()
        self.cells = cells
        each = outside._replace(extra=outside.extra // cells, horizon=outside.horizon // cells, highway=0)
        self.head = Head(channels // cells, each)

    def forward(self, state: Tensor, extra: Tensor, ahead: Tensor) -> Tensor:
        batch, steps = len(state), ahead.shape[1] // self.cells
        apart = state.reshape(batch, -1, self.cells).transpose(1, 2).reshape(batch * self.cells, -1)
        beside = extra.reshape(batch * self.cells, extra.shape[1] // self.cells)
        known = ahead.reshape(batch * self.cells, steps, ahead.shape[2])
        answer: Tensor = self.head(apart, beside, known)  # [B x cells, H] or [B x cells, H, Q]
        return answer.reshape(batch, self.cells * steps, *answer.shape[2:])


def _to_zero(layer: nn.Module) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def rising(answer: Tensor, levels: tuple[float, ...]) -> Tensor:
    """[B, H, Q] numbers -> quantiles in rising order: the median as it is, the others by positive distances from it."""
    middle = levels.index(0.5)
    step = F.softplus(answer)
    below = step[..., :middle].flip(-1).cumsum(-1).flip(-1)
    above = step[..., middle + 1 :].cumsum(-1)
    median = answer[..., middle : middle + 1]
    return torch.cat([median - below, median, median + above], dim=-1)
