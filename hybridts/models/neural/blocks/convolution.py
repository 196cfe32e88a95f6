"""The convolutional block: causal over time, pooled or dilated, in sub-sequences of the window, or over frames."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from hybridts.errors import StageFailure
from hybridts.models.neural.blocks.dense import Flatten
from hybridts.models.neural.blocks.shape import Shape, check_whole
from hybridts.models.neural.blocks.spatial import EachFrame, FrameConv, StackedFrames


class CausalConv(nn.Module):
    """Convolution over time that sees nothing later than its own step, ReLU, then pooling of pairs."""

    def __init__(self, channels: int, filters: int, kernel: int, *, pool: bool, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, filters, kernel, dilation=dilation)
        self.left = dilation * (kernel - 1)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv(F.pad(x.transpose(1, 2), (self.left, 0))))
        if self.pool:
            # Pairs are counted from the newest step backwards, so that the last state always holds it.
            y = F.max_pool1d(F.pad(y, (y.shape[-1] % 2, 0)), 2)
        return y.transpose(1, 2)


class EachPiece(nn.Module):
    """A module applied to every sub-sequence by itself: [B, T, C] -> [B, count, C'], the largest states of each."""

    def __init__(self, module: nn.Module, count: int, piece: int) -> None:
        super().__init__()
        self.module = module
        self.count, self.piece = count, piece

    def forward(self, x: Tensor) -> Tensor:
        batch, length, channels = x.shape
        x = F.pad(x, (0, 0, self.count * self.piece - length, 0))  # the oldest piece is padded, the newest is whole
        y: Tensor = self.module(x.reshape(batch * self.count, self.piece, channels))
        return y.amax(dim=1).reshape(batch, self.count, -1)


@dataclass(frozen=True, kw_only=True)
class CNN:
    """Causal 1-D convolutions with pooling (LeCun et al. 1998; causal as in van den Oord et al. 2016).

    On a grid of series the convolutions are 2-D: over each frame by itself before another block, over all frames of
    the window, stacked as channels, in last position.

    Attributes:
        filters: channels of every layer.
        kernel: rows that a filter reads; on a grid rows and columns.
        layers: None: two before another block (one halving), as many as see the whole window in last position; on a
            grid two.
        dilation: layer i reads every dilation ** i-th row; at most `kernel`. Above 1 it widens the view in place of
            pooling, so nothing is pooled and the length stays (cells of a frame instead of rows on a grid).
        subsequences: cut the window into this many pieces, the oldest padded, and read each by itself: one vector a
            piece, for the next block to read their order, or side by side in last position. A window with fewer rows
            is cut into single rows.
    """

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

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        if shape.grid is not None:
            return self._frames(shape, last)
        if self.subsequences is not None:
            return self._pieces(shape, last)
        return self._layers(shape, last)

    def _layers(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        depth = self.layers or (self._seeing(shape.length) if last else 2)
        parts, channels, length = [], shape.channels, shape.length
        for i in range(depth):
            pool = self.dilation == 1 and length > 1 and (last or i == depth - 1)
            parts.append(CausalConv(channels, self.filters, self.kernel, pool=pool, dilation=self.dilation**i))
            channels, length = self.filters, (length + 1) // 2 if pool else length
        return nn.Sequential(*parts), Shape(length, channels)

    def _seeing(self, length: int) -> int:
        """Layers whose newest state sees `length` rows."""
        if self.dilation == 1:
            return max(2, math.ceil(math.log2(max(length, 2))))
        depth, seen = 0, 1
        while depth < 2 or seen < length:
            seen += (self.kernel - 1) * self.dilation**depth
            depth += 1
        return depth

    def _pieces(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        count = min(self.subsequences or 1, shape.length)
        piece = math.ceil(shape.length / count)
        # Each piece is reduced to one vector, so its layers see all of it, as a whole window's do in last position.
        module, after = self._layers(Shape(piece, shape.channels), last=True)
        pieces = EachPiece(module, count, piece)
        if last:
            return nn.Sequential(pieces, Flatten()), Shape(1, count * after.channels)
        return pieces, Shape(count, after.channels)

    def _frames(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        if self.subsequences is not None:
            why = "on a `grid` every time step is a frame of its own"
            raise StageFailure(f"CNN: `subsequences` cuts the window of one series, but {why}. Leave one of them out.")
        assert shape.grid is not None
        depth, (rows, columns) = self.layers or 2, shape.grid
        channels = shape.channels // shape.cells * (shape.length if last else 1)
        layers = []
        for i in range(depth):
            pool = self.dilation == 1 and not last and i == depth - 1
            layers.append(FrameConv(channels, self.filters, self.kernel, pool=pool, dilation=self.dilation**i))
            channels = self.filters
            rows, columns = ((rows + 1) // 2, (columns + 1) // 2) if pool else (rows, columns)
        wrapped = (StackedFrames if last else EachFrame)(nn.Sequential(*layers), shape.grid)
        return wrapped, Shape(1 if last else shape.length, channels * rows * columns, (rows, columns))
