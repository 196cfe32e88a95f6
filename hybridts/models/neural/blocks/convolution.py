"""The convolutional block: causal over time, pooled or dilated, in sub-sequences of the window, or over frames."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hybridts.errors import StageFailure
from hybridts.models.neural.blocks.shape import Built, Shape, check_whole


@dataclass(frozen=True, kw_only=True)
class CNN:
    """Causal 1-D convolutions with pooling (LeCun et al. 1998; causal as in van den Oord et al. 2016).

    On a grid of series the convolutions are 2-D: over each frame separately before another block, over all frames of
    the window, stacked as channels, in last position.

    Attributes:
        filters: channels of each layer.
        kernel: rows that a filter reads; on a grid rows and columns.
        layers: None: two before another block (one halving), as many as see the whole window in last position; on a
            grid two.
        dilation: layer i reads every dilation ** i-th row; at most `kernel`. Above 1 it widens the view in place of
            pooling, so nothing is pooled and the length stays (cells of a frame instead of rows on a grid).
        subsequences: cut the window into this many pieces, the oldest padded, and read each separately: one vector per
            piece, for the next block to read in order, or concatenated in last position. A window with fewer rows is
            cut into single rows.
    """

    setting_aliases: ClassVar[Mapping[str, str]] = {"out_channels": "filters", "kernel_size": "kernel"}
    filters: int = 64
    kernel: int = 3
    layers: int | None = None
    dilation: int = 1
    subsequences: int | None = None

    def __post_init__(self) -> None:
        check_whole(self, "filters", "kernel", "layers", "dilation", "subsequences")
        if self.dilation > self.kernel:
            why = "beyond it some rows of the window would never be read"
            raise ValueError(f"dilation must be at most the kernel ({self.kernel}): {why}, found {self.dilation}")

    def build(self, shape: Shape, last: bool) -> Built:
        """See `Block`.

        Raises:
            StageFailure: `subsequences` is set on a grid of series.
        """
        if shape.grid is not None:
            return self._frames(shape, shape.grid, last)
        if self.subsequences is not None:
            return self._subsequences(shape, last)
        return self._layers(shape, last)

    def _layers(self, shape: Shape, last: bool) -> Built:
        from hybridts.models.neural.layers.convolution import causal_convolutions

        depth, length = self.layers or (self._layers_for(shape.length) if last else 2), shape.length
        pools = []
        for i in range(depth):
            pools.append(self.dilation == 1 and length > 1 and (last or i == depth - 1))
            length = (length + 1) // 2 if pools[-1] else length
        module = causal_convolutions(shape.channels, self.filters, self.kernel, pools, self.dilation)
        return module, Shape(length, self.filters)

    def _layers_for(self, length: int) -> int:
        """Return the number of layers whose newest state sees `length` rows."""
        if self.dilation == 1:
            return max(2, math.ceil(math.log2(max(length, 2))))
        depth, seen = 0, 1
        while depth < 2 or seen < length:
            seen += (self.kernel - 1) * self.dilation**depth
            depth += 1
        return depth

    def _subsequences(self, shape: Shape, last: bool) -> Built:
        from hybridts.models.neural.layers.convolution import per_subsequence

        count = min(self.subsequences or 1, shape.length)
        piece = math.ceil(shape.length / count)
        # Each piece is reduced to one vector, so its layers must see all of it, as in last position.
        module, after = self._layers(Shape(piece, shape.channels), last=True)
        width = after.channels
        return (
            per_subsequence(module, count, piece, flatten=last),
            Shape(1, count * width) if last else Shape(count, width),
        )

    def _frames(self, shape: Shape, grid: tuple[int, int], last: bool) -> Built:
        from hybridts.models.neural.layers.frames import PerFrame, StackedFrames, frame_convolutions

        if self.subsequences is not None:
            why = "on a `grid` every time step is a frame of its own"
            raise StageFailure(f"CNN: `subsequences` cuts the window of one series, but {why}. Leave one of them out.")
        depth, (rows, columns) = self.layers or 2, grid
        channels = shape.channels // shape.cells * (shape.length if last else 1)
        pools = [self.dilation == 1 and not last and i == depth - 1 for i in range(depth)]
        if any(pools):
            rows, columns = (rows + 1) // 2, (columns + 1) // 2
        module = frame_convolutions(channels, self.filters, self.kernel, pools, self.dilation)
        wrapped = (StackedFrames if last else PerFrame)(module, grid)
        return wrapped, Shape(1 if last else shape.length, self.filters * rows * columns, (rows, columns))
