"""A panel as frames: at each time an image of all cells of a grid.

Each cell keeps its own shift, scale and anchor, from the same encoder as single series. A cell without a value is zero
and marked as missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.models.neural.encoder import Encoded, Encoder
from hybridts.models.neural.series_features import History
from hybridts.models.neural.spatial.lattice import Grid, check_calendar, positions_at


@dataclass(frozen=True, eq=False)
class PanelFrames:
    """A panel laid out as frames of a grid at S times; N series.

    Attributes:
        panel: the visible data.
        origins: [M] one per series and time at which the series shows a row.
        history: of these origins.
        index: [S, N] index into `origins`; -1 where the series shows no row or lies outside the grid.
        cell: [N] flat cell of each series; -1 outside the grid.
        grid: the cells.
    """

    panel: Panel
    origins: Origins
    history: History
    index: IntArray
    cell: IntArray
    grid: Grid

    @classmethod
    def of(cls, panel: Panel, times: IntArray, grid: Grid) -> PanelFrames:
        """Lay out a panel at these times [S].

        Raises:
            DataError: the series share no calendar, or an id is no cell.
        """
        check_calendar(panel)
        cell = grid.place(panel.ids)
        position = np.where(cell >= 0, positions_at(panel, times), -1)
        shown = position >= 0
        origins = Origins(np.nonzero(shown)[1], position[shown])
        index = np.full(position.shape, -1)
        index[shown] = np.arange(len(origins))
        return cls(panel, origins, History.of(panel, origins), index, cell, grid)

    def encode(self, encoder: Encoder, frames: IntArray) -> Encoded:
        """Encode B frames: window [B, T, C x cells], the other inputs of all cells concatenated."""
        origins, history, spread = self._picked(frames)
        each = encoder.encode(self.panel, origins, history=history)
        batch, cells = len(frames), self.grid.cells
        window = spread(each.window, 0.0)  # [B, cells, T, C]
        return Encoded(
            window.transpose(0, 2, 3, 1).reshape(batch, encoder.window, -1),
            spread(each.context, 0.0).reshape(batch, -1),
            spread(each.known_future, 0.0).reshape(batch, cells * encoder.horizon, -1),
            spread(each.anchor, 0.0).reshape(batch, -1),
            np.repeat(spread(each.scale, 1.0), encoder.horizon, axis=1),
        )

    def targets(self, encoder: Encoder, frames: IntArray) -> FloatArray:
        """Return the targets [B, cells x H]; NaN where unknown."""
        origins, _, spread = self._picked(frames)
        found = spread(self.panel.targets(origins, encoder.horizon, encoder.gap), np.nan)
        return found.reshape(len(frames), -1)

    def loudest(self, encoder: Encoder, frame: int) -> str:
        """Return the id with the largest absolute scaled value of a frame, in its window or among its targets."""
        picked, cells = np.array([frame]), self.grid.cells
        encoded = self.encode(encoder, picked)
        target = np.nan_to_num(encoded.scaled(self.targets(encoder, picked))).reshape(cells, -1)
        window = np.nan_to_num(encoded.window[0]).reshape(-1, cells)  # [T x C, cells]
        cell = int(np.argmax(np.fmax(np.abs(window).max(axis=0), np.abs(target).max(axis=1))))
        return self.panel.ids[int(np.flatnonzero(self.cell == cell)[0])]

    def _picked(self, frames: IntArray) -> tuple[Origins, History, _Spread]:
        index = self.index[frames]
        frame, series = np.nonzero(index >= 0)
        picked = index[frame, series]
        return (
            self.origins[picked],
            self.history.take(picked),
            _Spread(frame, self.cell[series], (len(frames), self.grid.cells)),
        )


@dataclass(frozen=True, eq=False)
class _Spread:
    """Scatter the values of origins into the cells of their frames: [M, ...] -> [B, cells, ...]."""

    frame: IntArray
    cell: IntArray
    shape: tuple[int, int]

    def __call__(self, values: np.ndarray, fill: float) -> np.ndarray:
        whole = np.full((*self.shape, *values.shape[1:]), fill, dtype=values.dtype)
        whole[self.frame, self.cell] = values
        return whole
