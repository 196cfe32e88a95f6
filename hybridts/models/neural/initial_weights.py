"""Initial weights from a file: the leading blocks of a saved network replace random numbers (the setting `init`)."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import nn

from hybridts.errors import StageFailure
from hybridts.models.neural.blocks.shape import Shape
from hybridts.models.neural.checkpoint.files import pair_of, read
from hybridts.models.neural.expression import Expression
from hybridts.models.neural.network import build


class Part(NamedTuple):
    """The description of a body: its expression, the shape of its input, whether the head reads its output."""

    expression: Expression
    shape: Shape
    last: bool


def start_from(body: nn.Module, path: str, number: int, part: Part) -> None:
    """Copy the leading tensors of a saved body into this one, in order.

    In order, not by name: the names of its tensors depend on the blocks after it. If the file holds several networks
    (`seeds`), `number` modulo their count picks one.

    Raises:
        StageFailure: the saved network read another window or other channels, or a tensor has another shape.
        DataError: the files cannot be read.
    """
    saved = read(path)
    file = pair_of(path).tensors
    _refuse_other_shapes(body, Shape(*_shape(saved.facts["shape"])), part, f"init: {file} does not fit")
    prefix = f"{number % int(saved.facts['networks'])}."
    theirs = [name for name in saved.facts["names"] if name.startswith(f"{prefix}body.")]
    with torch.no_grad():
        for i, (name, mine) in enumerate(body.state_dict().items()):
            found = saved.tensors[theirs[i]] if i < len(theirs) else None
            if found is None or found.shape != mine.shape or theirs[i].split(".")[-1] != name.split(".")[-1]:
                held = "ends before it" if found is None else f"has {theirs[i]} {list(found.shape)} in its place"
                raise StageFailure(
                    f"init: {file} does not fit: the first tensor that differs is {name} {list(mine.shape)}, the file "
                    f"{held}. Save it again from a network with the same settings."
                )
            mine.copy_(found)


def _shape(saved: Any) -> tuple[Any, ...]:
    length, channels, grid = saved
    return length, channels, tuple(grid) if grid else None


def _refuse_other_shapes(body: nn.Module, theirs: Shape, part: Part, why: str) -> None:
    """Refuse if the same blocks, built for the input of the saved network, have other tensors than this body."""
    if theirs == part.shape:
        return
    with torch.device("meta"):  # shapes without numbers
        other, _ = build(part.expression, theirs, last=part.last)
    if [(n, t.shape) for n, t in other.state_dict().items()] == [(n, t.shape) for n, t in body.state_dict().items()]:
        return
    mine = part.shape
    if theirs.grid != mine.grid:
        size = [f"a grid of {s.grid[0]} x {s.grid[1]}" if s.grid else "single series" for s in (theirs, mine)]
        raise StageFailure(f"{why}: it read {size[0]}, this one reads {size[1]}.")
    if theirs.channels != mine.channels:
        raise StageFailure(
            f"{why}: it read {theirs.channels} channels, this one reads {mine.channels}. Give both networks the same "
            "covariates."
        )
    raise StageFailure(
        f"{why}: its window was {theirs.length} rows, this one is {mine.length}: set `window: {theirs.length}`."
    )
