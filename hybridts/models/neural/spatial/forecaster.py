"""Grids of series: every time step is one frame of all cells, and one network reads frame after frame.

A row of training data is a point in time, not an origin of one series. Each cell keeps its own shift, scale and anchor,
taken from its own past by the same encoder as everywhere; cells without a value there are zeros, marked as missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import DataError
from hybridts.models.neural.blocks import Shape
from hybridts.models.neural.checkpoint.warm_start import time_notes
from hybridts.models.neural.encoder import Encoded, Encoder, training_origins
from hybridts.models.neural.expression import Expression, stepwise
from hybridts.models.neural.fit import Material, fit_networks
from hybridts.models.neural.forecaster import ANSWERED_AT_ONCE, FittedNetwork
from hybridts.models.neural.head import Outside
from hybridts.models.neural.log_transform import logarithm, unfit_for_logarithm
from hybridts.models.neural.network import Blueprint
from hybridts.models.neural.series_features import History
from hybridts.models.neural.spatial.lattice import Grid, check_calendar, positions_at
from hybridts.models.neural.trainer import Rows
from hybridts.models.neural.training_settings import Training, batch_for, window_for

#: A batch holds as many frames as have about this many times a usual batch's windows, but no fewer than SMALLEST.
GENEROUS, SMALLEST = 4, 8
_LINES = ("row", "column")


@dataclass(frozen=True, eq=False)
class Frames:
    """A panel laid out as frames at S times.

    Attributes:
        panel: what may be seen.
        origins: [M] one for every series that shows a row at one of the times.
        history: of these origins.
        index: [S, N] the origin of a series at a time; -1 where it shows no row there or lies outside the grid.
        cell: [N] where each series lies.
        grid: rows and columns.
    """

    panel: Panel
    origins: Origins
    history: History
    index: IntArray
    cell: IntArray
    grid: Grid

    @classmethod
    def of(cls, panel: Panel, times: IntArray, grid: Grid) -> Frames:
        """Lay out a panel.

        Raises:
            DataError: the series share no calendar, or ids are no cells.
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
        """What the network reads at B of the times: [B, T, C x cells], the facts of all cells side by side."""
        origins, history, spread = self._picked(frames)
        each = encoder.encode(self.panel, origins, history=history)
        batch, cells = len(frames), self.grid.cells
        window = spread(each.window, 0.0)  # [B, cells, T, C]
        return Encoded(
            window.transpose(0, 2, 3, 1).reshape(batch, encoder.window, -1),
            spread(each.extra, 0.0).reshape(batch, -1),
            spread(each.ahead, 0.0).reshape(batch, cells * encoder.horizon, -1),
            spread(each.anchor, 0.0).reshape(batch, -1),
            np.repeat(spread(each.scale, 1.0), encoder.horizon, axis=1),
        )

    def targets(self, encoder: Encoder, frames: IntArray) -> FloatArray:
        """[B, cells x H] what came true; NaN where unknown."""
        origins, _, spread = self._picked(frames)
        found = spread(self.panel.targets(origins, encoder.horizon, encoder.gap), np.nan)
        return found.reshape(len(frames), -1)

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
    """Puts the values of origins into the cells of their frames."""

    frame: IntArray
    cell: IntArray
    shape: tuple[int, int]

    def __call__(self, values: np.ndarray, fill: float) -> np.ndarray:
        whole = np.full((*self.shape, *values.shape[1:]), fill, dtype=values.dtype)
        whole[self.frame, self.cell] = values
        return whole


@dataclass(frozen=True, kw_only=True)
class FrameForecaster:
    """A network over a grid of series: it answers all steps of all cells at once."""

    expression: Expression
    training: Training = field(default_factory=Training)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedFrames:
        """Train on every time at which a cell's targets are known.

        Raises:
            DataError: an id carries no row and column, two ids are one cell, or the series share no calendar.
            StageFailure: no series shows a target, or none is as long as the window that was asked for.
        """
        failures = unfit_for_logarithm(panel) if self.training.log else {}
        panel = logarithm(panel) if self.training.log else panel
        grid, window = Grid.of(panel.ids), self.training.window or window_for(panel, horizon)
        encoder = Encoder.fitted(panel, window, horizon, gap, _sized(self, window, grid))
        origins = training_origins(panel, horizon, gap)
        times = np.unique(panel.times[panel.rows(origins)])
        frames = Frames.of(panel, times, grid)

        def encode(picked: np.ndarray) -> tuple[Encoded, np.ndarray]:
            encoded = frames.encode(encoder, picked)
            return encoded, encoded.scaled(frames.targets(encoder, picked))

        probe = encode(np.zeros(1, dtype=np.int64))[0]
        outside = Outside(probe.extra.shape[1], probe.ahead.shape[2], grid.cells * horizon, self.training.quantiles)
        shape = Shape(window, probe.window.shape[2], grid.shape)
        blueprint = Blueprint(self.expression, shape, outside)
        size = probe.window.size + probe.extra.size + probe.ahead.size + outside.horizon
        rows = Rows(len(times), size, encode, lambda frame: _loudest(frames, encoder, frame))
        clock = Origins(np.zeros(len(times), np.int64), _ranks(panel, times))
        material = Material(rows, clock, gap + horizon, {})
        networks, notes = fit_networks(blueprint, material, replace(encoder.training, window=window), seed)
        notes |= _grid_notes(grid, panel.ids[0], time_notes(self.training, panel))
        return FittedFrames(networks, encoder, notes, failures, grid=grid)


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedFrames(FittedNetwork):
    """Trained networks of a grid; an origin is answered from the frame at its time."""

    grid: Grid

    def _answer(self, panel: Panel, origins: Origins, so_far: FloatArray | None) -> FloatArray:
        assert so_far is None  # settings refuse a grid that corrects
        at = panel.times[panel.rows(origins)]
        times, frame = np.unique(at, return_inverse=True)
        frames = Frames.of(panel, times, self.grid)
        cell = frames.cell[origins.series]
        self._refuse_strangers(panel, origins.series[cell < 0])
        levels = max(len(self.encoder.training.quantiles), 1)
        answer = np.empty((len(origins), self.encoder.horizon, levels))
        together = max(ANSWERED_AT_ONCE // self.grid.cells, 1)
        for start in range(0, len(times), together):
            encoded = frames.encode(self.encoder, np.arange(start, min(start + together, len(times))))
            output = self._output(encoded).reshape(*encoded.anchor.shape, levels)
            whole = encoded.anchor[..., None] + encoded.scale[..., None] * output  # [B, cells x H, Q]
            mine = np.flatnonzero((frame >= start) & (frame < start + together))
            apart = whole.reshape(len(whole), self.grid.cells, self.encoder.horizon, levels)
            answer[mine] = apart[frame[mine] - start, cell[mine]]
        return answer

    def _refuse_strangers(self, panel: Panel, series: IntArray) -> None:
        if len(series):
            rows, columns = self.grid.shape
            raise DataError(
                f"grid: {panel.ids[int(series[0])]!r} lies outside the {rows} x {columns} cells that the network was "
                "trained on. Fit it again with that series."
            )


def _sized(model: FrameForecaster, window: int, grid: Grid) -> Training:
    """The settings with a batch that counts frames: many cells make a few frames enough."""
    usual = batch_for(window, stepwise(model.expression))
    batch = max(min(GENEROUS * usual // grid.cells, usual), SMALLEST)
    return replace(model.training, batch=model.training.batch or batch)


def _ranks(panel: Panel, times: IntArray) -> IntArray:
    """[S] how many rows of the shared calendar lie before each time."""
    shown = [panel.times_of(i) for i in range(len(panel))]
    return np.searchsorted(np.unique(np.concatenate(shown)), times)


def _grid_notes(grid: Grid, example: str, notes: dict[str, Any]) -> dict[str, Any]:
    """What was read from the ids; a notice where it is one line, which ids with other numbers in them also give."""
    notes = {**notes, "grid": list(grid.shape)}
    if 1 in grid.shape and grid.cells > 1:
        said = " x ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in zip(grid.shape, _LINES, strict=True))
        notes["notices"] = [*notes.get("notices", ()), f"grid: {said}, read from ids such as {example!r}."]
    return notes


def _loudest(frames: Frames, encoder: Encoder, frame: int) -> str:
    """The series with the largest scaled value of a frame, in its window or among its targets."""
    picked, cells = np.array([frame]), frames.grid.cells
    encoded = frames.encode(encoder, picked)
    target = np.nan_to_num(encoded.scaled(frames.targets(encoder, picked))).reshape(cells, -1)
    window = np.nan_to_num(encoded.window[0]).reshape(-1, cells)  # [T x C, cells]
    cell = int(np.argmax(np.fmax(np.abs(window).max(axis=0), np.abs(target).max(axis=1))))
    return frames.panel.ids[int(np.flatnonzero(frames.cell == cell)[0])]
