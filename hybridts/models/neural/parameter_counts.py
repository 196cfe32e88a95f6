"""Parameter counts of a network, block by block, at the shapes of an example; nothing is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from hybridts.data.panel import Panel
from hybridts.models.neural.blocks import Shape
from hybridts.models.neural.encoder import Encoder
from hybridts.models.neural.expression import Expression, Parallel, Serial, TwoStep
from hybridts.models.neural.head import CellHead, Head, HeadSpec
from hybridts.models.neural.network import Blueprint, ConcatBranches, ReverseBackward, build, parameters_of
from hybridts.models.neural.training_settings import Training

#: The example: window and horizon in rows, unless set otherwise, and rows and columns of a grid.
WINDOW, HORIZON, GRID = 24, 12, (4, 4)


class BlockCount(NamedTuple):
    """One block: its parameters, and the shapes of its input and output."""

    parameters: int
    before: Shape
    after: Shape


class HeadCount(NamedTuple):
    """Parameters of the parts of a head.

    Attributes:
        linear, hidden, highway: the linear map, the hidden layer, the autoregression on the window (0 without one).
        state, facts: numbers that it reads from the last row of the body, and beside it.
        outputs: steps, times quantile levels.
    """

    linear: int
    hidden: int
    highway: int
    state: int
    facts: int
    outputs: int

    @property
    def total(self) -> int:
        """Return the number of all parameters of the head."""
        return self.linear + self.hidden + self.highway


class Counts(NamedTuple):
    """Parameters of one network.

    Attributes:
        blocks: of each block, in the order of the tokens.
        head: of the head.
        shape: of the example's input: rows, channels, grid.
        horizon: of the example.
    """

    blocks: tuple[BlockCount, ...]
    head: HeadCount
    shape: Shape
    horizon: int

    @property
    def total(self) -> int:
        """Return the number of all parameters."""
        return sum(block.parameters for block in self.blocks) + self.head.total


def count(expression: Expression, network: Mapping[str, Any]) -> Counts:
    """Count the parameters with these training settings, on series without covariates or timestamps."""
    training = replace(Training(**network), init=None)
    window, grid = training.window or WINDOW, GRID if training.grid else None
    cells = GRID[0] * GRID[1] if grid else 1
    panel = _example(window + HORIZON)
    read = Encoder.fitted(panel, window, HORIZON, 0, training).encode(panel, panel.ends())
    shape = Shape(window, read.window.shape[2] * cells, grid)
    sizes = (read.context.shape[1] * cells, read.known_future.shape[2], HORIZON * cells)
    head = HeadSpec(*sizes, training.quantiles, window if training.highway and not grid else 0)
    with torch.device("meta"):  # shapes only: no random numbers, no memory
        net = Blueprint(expression, shape, head).build()
        shapes = list(_shapes(expression, shape, last=True))
    counted = zip(_each(expression, net.body), shapes, strict=True)
    blocks = tuple(BlockCount(number, *each) for number, each in counted)
    return Counts(blocks, _head(net.head), shape, HORIZON)


def _head(whole: Head | CellHead) -> HeadCount:
    head = whole.head if isinstance(whole, CellHead) else whole
    highway = parameters_of(head.highway) if head.spec.highway else 0
    state = head.linear.in_features - head.spec.context
    sizes = (state, head.spec.context, head.linear.out_features)
    return HeadCount(parameters_of(head.linear), parameters_of(head.deep), highway, *sizes)


def _shapes(expression: Expression, shape: Shape, *, last: bool) -> Iterator[tuple[Shape, Shape]]:
    """Yield the shapes before and after each block of an expression, left to right."""
    if isinstance(expression, Parallel):
        for part in expression.parts:
            yield from _shapes(part, shape, last=last)
    elif isinstance(expression, (Serial, TwoStep)):
        for i, part in enumerate(expression.parts):
            end = last and i == len(expression.parts) - 1
            yield from _shapes(part, shape, last=end)
            _, shape = build(part, shape, end)
    else:
        yield shape, expression.build(shape, last)[1]


def _each(expression: Expression, module: nn.Module) -> Iterator[int]:
    """Yield the parameter count of each block of a module built from this expression, left to right."""
    module = module.layer if isinstance(module, ReverseBackward) else module
    if isinstance(expression, (Serial, TwoStep, Parallel)):
        parts = module.branches if isinstance(module, ConcatBranches) else module.children()
        for part, built in zip(expression.parts, parts, strict=True):
            yield from _each(part, built)
    else:
        yield parameters_of(module)


def _example(length: int) -> Panel:
    rows, zero, stop = np.arange(length), np.zeros(1, np.int64), np.array([length])
    return Panel(rows.astype(float), rows, zero, stop, stop, ("example",))
