"""The ConvLSTM block: an LSTM whose products are convolutions, over sub-sequences of the window or frames of a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from hybridts.models.neural.blocks.shape import Built, Shape, check_whole


@dataclass(frozen=True, kw_only=True)
class ConvLSTM:
    """ConvLSTM over sub-sequences of `piece` rows; on a grid of series over frames, one per time step.

    Attributes:
        filters: channels of the state.
        kernel: rows that a convolution reads; on a grid rows and columns.
        piece: rows of a sub-sequence; None: about the square root of the window. Ignored on a grid.
    """

    stepwise: ClassVar[bool] = True
    filters: int = 16
    kernel: int = 3
    piece: int | None = None

    def __post_init__(self) -> None:
        check_whole(self, "filters", "kernel", "piece")

    def build(self, shape: Shape, last: bool) -> Built:
        """See `Block`."""
        from hybridts.models.neural.layers.convlstm import ConvLSTMCell, FrameLSTMCell

        del last
        if shape.grid is not None:
            frames = FrameLSTMCell(shape.channels // shape.cells, self.filters, self.kernel, shape.grid)
            return frames, Shape(shape.length, self.filters * shape.cells, shape.grid)
        piece = min(self.piece or max(2, math.isqrt(shape.length)), shape.length)
        count = math.ceil(shape.length / piece)
        return ConvLSTMCell(shape.channels, self.filters, self.kernel, piece), Shape(count, self.filters * piece)
