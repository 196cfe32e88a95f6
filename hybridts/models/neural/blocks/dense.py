"""Dense blocks: per time step before another block, over the flattened sequence in last position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hybridts.models.neural.blocks.shape import UNITS, Built, Shape, check_whole


@dataclass(frozen=True, kw_only=True)
class MLP:
    """One or two hidden layers: per time step before another block, over the flattened sequence in last position.

    Attributes:
        hidden: units of each layer.
        layers: number of hidden layers.
    """

    setting_aliases: ClassVar[Mapping[str, str]] = UNITS
    hidden: int = 128
    layers: int = 2

    def __post_init__(self) -> None:
        check_whole(self, "hidden", "layers")

    def build(self, shape: Shape, last: bool) -> Built:
        """See `Block`."""
        from hybridts.models.neural.layers.dense import perceptron

        width, after = _reading(shape, self.hidden, last)
        return perceptron(width, self.hidden, self.layers, flatten=last), after


@dataclass(frozen=True, kw_only=True)
class DNN:
    """Four or more hidden layers with normalisation, skip connections and dropout.

    Attributes:
        hidden: units of each layer.
        layers: number of hidden layers.
        dropout: share of units set to zero in training.
    """

    setting_aliases: ClassVar[Mapping[str, str]] = UNITS
    hidden: int = 128
    layers: int = 4
    dropout: float = 0.1

    def __post_init__(self) -> None:
        check_whole(self, "hidden", "layers")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be at least 0 and below 1, found {self.dropout!r}")

    def build(self, shape: Shape, last: bool) -> Built:
        """See `Block`."""
        from hybridts.models.neural.layers.dense import residual_perceptron

        width, after = _reading(shape, self.hidden, last)
        return residual_perceptron(width, self.hidden, self.layers, self.dropout, flatten=last), after


def _reading(shape: Shape, hidden: int, last: bool) -> tuple[int, Shape]:
    """Return the input width and the output shape of dense layers."""
    if last:
        return shape.length * shape.channels, Shape(1, hidden)
    return shape.channels, Shape(shape.length, hidden)
