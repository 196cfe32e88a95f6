"""Recurrent blocks: RNN, LSTM, GRU, their bidirectional forms, and the LSTM with coupled gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from hybridts.models.neural.blocks.shape import UNITS, Built, Shape, check_whole


class _Recurrent:
    """Base of the blocks around a recurrent layer of torch."""

    cell: ClassVar[Literal["RNN", "LSTM", "GRU"]]
    both: ClassVar[bool] = False
    stepwise: ClassVar[bool] = True
    setting_aliases: ClassVar[Mapping[str, str]] = UNITS
    hidden: int
    layers: int

    def __post_init__(self) -> None:
        check_whole(self, "hidden", "layers")

    def build(self, shape: Shape, last: bool) -> Built:
        """See `Block`."""
        from hybridts.models.neural.layers.recurrent import Recurrent

        del last
        net = Recurrent(self.cell, shape.channels, self.hidden, self.layers, both=self.both)
        return net, Shape(shape.length, self.hidden * (2 if self.both else 1))


@dataclass(frozen=True, kw_only=True)
class RNN(_Recurrent):
    """Elman network with tanh states (Elman 1990)."""

    cell = "RNN"
    hidden: int = 64
    layers: int = 1


@dataclass(frozen=True, kw_only=True)
class LSTM(_Recurrent):
    """Long short-term memory without peepholes (Hochreiter & Schmidhuber 1997; Gers et al. 2000)."""

    cell = "LSTM"
    hidden: int = 64
    layers: int = 1


@dataclass(frozen=True, kw_only=True)
class GRU(_Recurrent):
    """Gated recurrent unit (Cho et al. 2014)."""

    cell = "GRU"
    hidden: int = 64
    layers: int = 1


@dataclass(frozen=True, kw_only=True)
class BiLSTM(_Recurrent):
    """LSTM that reads the past window in both directions (Graves & Schmidhuber 2005)."""

    cell = "LSTM"
    both = True
    hidden: int = 48
    layers: int = 1


@dataclass(frozen=True, kw_only=True)
class BiGRU(_Recurrent):
    """GRU that reads the past window in both directions."""

    cell = "GRU"
    both = True
    hidden: int = 48
    layers: int = 1


@dataclass(frozen=True, kw_only=True)
class CIFGLSTM:
    """LSTM with coupled input and forget gates (Greff et al. 2017)."""

    stepwise: ClassVar[bool] = True
    setting_aliases: ClassVar[Mapping[str, str]] = {"hidden_size": "hidden", "units": "hidden"}
    hidden: int = 64

    def __post_init__(self) -> None:
        check_whole(self, "hidden")

    def build(self, shape: Shape, last: bool) -> Built:
        """See `Block`."""
        from hybridts.models.neural.layers.recurrent import CoupledCell

        del last
        return CoupledCell(shape.channels, self.hidden), Shape(shape.length, self.hidden)
