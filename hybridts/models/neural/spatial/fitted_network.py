"""A fitted network over a grid of series. A row of its training data is one time step of all cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import DataError
from hybridts.models.neural.blocks.shape import Shape
from hybridts.models.neural.checkpoint.init_check import time_notes
from hybridts.models.neural.encoder import Encoded, Encoder, training_origins
from hybridts.models.neural.expression import Expression, stepwise
from hybridts.models.neural.fit import TrainingData, fit_networks
from hybridts.models.neural.fitted_network import ANSWERED_AT_ONCE, FittedNetwork
from hybridts.models.neural.head import HeadSpec
from hybridts.models.neural.log_transform import logarithm, unfit_for_logarithm
from hybridts.models.neural.network import Blueprint
from hybridts.models.neural.spatial.lattice import Grid
from hybridts.models.neural.spatial.panel_frames import PanelFrames
from hybridts.models.neural.trainer import Rows
from hybridts.models.neural.training_settings import Training, batch_for, window_for

#: A batch holds as many frames as have about GENEROUS times a usual batch's windows, but no fewer than SMALLEST.
GENEROUS, SMALLEST = 4, 8
_LINES = ("row", "column")


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedSpatialNetwork(FittedNetwork):
    """Trained networks of a grid; the forecast of an origin is read from the frame at its time."""

    grid: Grid

    def _answer(self, panel: Panel, origins: Origins, so_far: FloatArray | None) -> FloatArray:
        assert so_far is None  # settings refuse a grid that corrects
        at = panel.times[panel.rows(origins)]
        times, frame = np.unique(at, return_inverse=True)
        frames = PanelFrames.of(panel, times, self.grid)
        cell = frames.cell[origins.series]
        self._check_cells(panel, origins.series[cell < 0])
        levels = max(len(self.encoder.training.quantiles), 1)
        answer = np.empty((len(origins), self.encoder.horizon, levels))
        together = max(ANSWERED_AT_ONCE // self.grid.cells, 1)
        for start in range(0, len(times), together):
            encoded = frames.encode(self.encoder, np.arange(start, min(start + together, len(times))))
            output = self._output(encoded).reshape(*encoded.anchor.shape, levels)
            whole = encoded.anchor[..., None] + encoded.scale[..., None] * output  # [B, cells x H, Q]
            mine = np.flatnonzero((frame >= start) & (frame < start + together))
            by_cell = whole.reshape(len(whole), self.grid.cells, self.encoder.horizon, levels)
            answer[mine] = by_cell[frame[mine] - start, cell[mine]]
        return answer

    def _check_cells(self, panel: Panel, series: IntArray) -> None:
        if len(series):
            rows, columns = self.grid.shape
            raise DataError(
                f"grid: {panel.ids[int(series[0])]!r} lies outside the {rows} x {columns} cells that the network was "
                "trained on. Fit it again with that series."
            )


def fit_spatial(
    expression: Expression, training: Training, panel: Panel, horizon: int, gap: int, seed: int
) -> FittedSpatialNetwork:
    """Train one network per seed; see `SpatialForecaster.fit`."""
    failures = unfit_for_logarithm(panel) if training.log else {}
    panel = logarithm(panel) if training.log else panel
    grid, window = Grid.of(panel.ids), training.window or window_for(panel, horizon)
    encoder = Encoder.fitted(panel, window, horizon, gap, _with_batch(training, expression, grid, window))
    origins = training_origins(panel, horizon, gap)
    times = np.unique(panel.times[panel.rows(origins)])
    frames = PanelFrames.of(panel, times, grid)

    def encode(picked: np.ndarray) -> tuple[Encoded, np.ndarray]:
        encoded = frames.encode(encoder, picked)
        return encoded, encoded.scaled(frames.targets(encoder, picked))

    probe = encode(np.zeros(1, dtype=np.int64))[0]
    head = HeadSpec(probe.context.shape[1], probe.known_future.shape[2], grid.cells * horizon, training.quantiles)
    shape = Shape(window, probe.window.shape[2], grid.shape)
    blueprint = Blueprint(expression, shape, head, training.dropout)
    size = probe.window.size + probe.context.size + probe.known_future.size + head.horizon
    rows = Rows(len(times), size, encode, lambda frame: frames.loudest(encoder, frame))
    clock = Origins(np.zeros(len(times), np.int64), _ranks(panel, times))
    data = TrainingData(rows, clock, gap + horizon, {})
    networks, notes = fit_networks(blueprint, data, replace(encoder.training, window=window), seed)
    notes |= _grid_notes(grid, panel.ids[0], time_notes(training, panel))
    return FittedSpatialNetwork(networks, encoder, notes, failures, grid=grid)


def _with_batch(training: Training, expression: Expression, grid: Grid, window: int) -> Training:
    """Return the settings with a batch size in frames: with many cells a few frames are enough."""
    usual = batch_for(window, stepwise(expression))
    batch = max(min(GENEROUS * usual // grid.cells, usual), SMALLEST)
    return replace(training, batch=training.batch or batch)


def _ranks(panel: Panel, times: IntArray) -> IntArray:
    """Return the number of rows of the shared calendar before each time [S]."""
    shown = [panel.times_of(i) for i in range(len(panel))]
    return np.searchsorted(np.unique(np.concatenate(shown)), times)


def _grid_notes(grid: Grid, example: str, notes: dict[str, Any]) -> dict[str, Any]:
    """Add the shape of the grid, and a notice if it is one line: ids with unrelated numbers give that too."""
    notes = {**notes, "grid": list(grid.shape)}
    if 1 in grid.shape and grid.cells > 1:
        said = " x ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in zip(grid.shape, _LINES, strict=True))
        notes["notices"] = [*notes.get("notices", ()), f"grid: {said}, read from ids such as {example!r}."]
    return notes
