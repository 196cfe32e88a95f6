"""The shape of the data between blocks, and the protocol of a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from hybridts.models.checks import is_whole

if TYPE_CHECKING:
    from hybridts.models.neural.layers import Module


class Shape(NamedTuple):
    """Length and channels of a sequence [B, length, channels].

    `grid` (rows, columns) is set while each step is a frame: its channels are then [channels of a cell, rows, columns],
    flattened in this order. Blocks with 2-D convolutions read it; all others read the flattened frame.
    """

    length: int
    channels: int
    grid: tuple[int, int] | None = None

    @property
    def cells(self) -> int:
        """Number of cells of a frame; 1 without a grid."""
        return self.grid[0] * self.grid[1] if self.grid else 1


#: Names of other libraries -> ours, for blocks with hidden units.
UNITS: Mapping[str, str] = {"hidden_size": "hidden", "units": "hidden", "num_layers": "layers"}

#: A torch module and the shape of its output.
Built: TypeAlias = "tuple[Module, Shape]"


class Block(Protocol):
    """Settings of one block."""

    def build(self, shape: Shape, last: bool) -> Built:
        """Return the module for input [B, *shape] and the shape of its output; `last`: the head reads the output."""


def check_whole(block: object, *names: str) -> None:
    """Refuse settings that are not whole numbers of at least 1; None (a default rule) passes.

    Raises:
        ValueError: naming the setting and its value.
    """
    for name in names:
        value = getattr(block, name)
        if value is not None and not is_whole(value, 1):
            raise ValueError(f"{name} must be a whole number of at least 1, found {value!r}")
