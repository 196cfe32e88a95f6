"""What flows between blocks, and what a block is."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from torch import nn

from hybridts.models.checks import is_whole


class Shape(NamedTuple):
    """Length and channels of a sequence: [B, length, channels].

    `grid` is set while every step is a frame: its channels are then [channels of a cell, rows, columns], flattened in
    this order. Blocks that know frames read it; all others read the flattened frame.
    """

    length: int
    channels: int
    grid: tuple[int, int] | None = None

    @property
    def cells(self) -> int:
        """Cells of a frame; 1 where there is none."""
        return self.grid[0] * self.grid[1] if self.grid else 1


class Block(Protocol):
    """Settings of one block."""

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        """The module for input [B, *shape], and the shape it answers with."""


def check_whole(block: object, *names: str) -> None:
    """Refuse settings that are not whole numbers of at least 1; None stands for a rule.

    Raises:
        ValueError: naming the setting and what was found.
    """
    for name in names:
        value = getattr(block, name)
        if value is not None and not is_whole(value, 1):
            raise ValueError(f"{name} must be a whole number of at least 1, found {value!r}")
