"""The head: maps the last state of the body and its context to one number per step, or one per quantile level."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: Units of the head's hidden layer.
HIDDEN = 64
#: Units of the small network for the known future of one step.
FUTURE_HIDDEN = 32


class HeadSpec(NamedTuple):
    """Sizes of the inputs and outputs of a head, apart from the state of the body.

    Attributes:
        context: E, static and context features.
        known_future: F, known-future covariates per step.
        horizon: H, forecast steps; on a grid cells x H.
        levels: Q quantile levels in rising order, 0.5 among them; empty for a point forecast.
        highway: T, window length of the linear autoregression beside the body; 0 without one.
    """

    context: int
    known_future: int
    horizon: int
    levels: tuple[float, ...] = ()
    highway: int = 0


class Head(nn.Module):
    """State [B, C], context [B, E] and known future [B, H, F] -> [B, H], or [B, H, Q] quantiles that never cross.

    The sum of a linear map and a small hidden layer, in which the context can change the effect of the state. Both
    start at zero, so that an untrained network forecasts its anchor. One small network, shared by all steps, reads the
    known future of a step together with a summary of the state: the effect of a covariate may depend on the state. The
    highway is the linear autoregression of LSTNet (Lai et al. 2018): linear effects of the window bypass the body.
    """

    def __init__(self, channels: int, spec: HeadSpec) -> None:
        super().__init__()
        self.spec = spec
        inputs, outputs = channels + spec.context, max(len(spec.levels), 1)
        # Saved weights name their tensors by these attributes.
        self.linear = nn.Linear(inputs, spec.horizon * outputs)
        self.deep = nn.Sequential(nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, spec.horizon * outputs))
        _to_zero(self.linear)
        _to_zero(self.deep[-1])
        if spec.highway:
            self.highway = nn.Linear(spec.highway, spec.horizon * outputs, bias=False)
            _to_zero(self.highway)
        if spec.known_future:
            self.context = nn.Linear(inputs, FUTURE_HIDDEN)
            self.ahead = nn.Linear(spec.known_future, FUTURE_HIDDEN)
            self.step = nn.Linear(FUTURE_HIDDEN, outputs)
            _to_zero(self.step)

    def forward(self, state: Tensor, context: Tensor, known_future: Tensor, values: Tensor | None = None) -> Tensor:
        inputs = torch.cat([state, context], dim=-1)
        answer: Tensor = self.linear(inputs) + self.deep(inputs)
        if values is not None and self.spec.highway:
            answer = answer + self.highway(values)
        answer = answer.reshape(len(inputs), self.spec.horizon, -1)
        if self.spec.known_future:
            mixed = self.context(inputs)[:, None] + self.ahead(known_future)
            answer = answer + self.step(F.relu(mixed))
        return rising(answer, self.spec.levels) if self.spec.levels else answer[..., 0]


class CellHead(nn.Module):
    """State [B, C x cells], context [B, cells x E], known future [B, cells x H, F] -> [B, cells x H] or [..., Q].

    A 1 x 1 convolution over the last frame, as in Shi et al. (2015): all cells share its weights.
    """

    def __init__(self, channels: int, spec: HeadSpec, cells: int) -> None:
        super().__init__()
        self.cells = cells
        each = spec._replace(context=spec.context // cells, horizon=spec.horizon // cells, highway=0)
        self.head = Head(channels // cells, each)

    def forward(self, state: Tensor, context: Tensor, known_future: Tensor) -> Tensor:
        batch, steps = len(state), known_future.shape[1] // self.cells
        states = state.reshape(batch, -1, self.cells).transpose(1, 2).reshape(batch * self.cells, -1)
        contexts = context.reshape(batch * self.cells, context.shape[1] // self.cells)
        futures = known_future.reshape(batch * self.cells, steps, known_future.shape[2])
        answer: Tensor = self.head(states, contexts, futures)  # [B x cells, H] or [B x cells, H, Q]
        return answer.reshape(batch, self.cells * steps, *answer.shape[2:])


def _to_zero(layer: nn.Module) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def rising(answer: Tensor, levels: tuple[float, ...]) -> Tensor:
    """Turn [B, H, Q] numbers into rising quantiles: the median as it is, the others at positive distances from it."""
    middle = levels.index(0.5)
    step = F.softplus(answer)
    below = step[..., :middle].flip(-1).cumsum(-1).flip(-1)
    above = step[..., middle + 1 :].cumsum(-1)
    median = answer[..., middle : middle + 1]
    return torch.cat([median - below, median, median + above], dim=-1)
