"""The loss of a name with some settings at the inner cutoffs, which are older than every backtest window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, Panel
from hybridts.data.seasonal import seasonal_error
from hybridts.engine.engine import Job, run
from hybridts.engine.resources import Workers
from hybridts.engine.stage_store import StageStore
from hybridts.errors import DataError, StageFailure
from hybridts.evaluation.rolling_origin import Schedule, Window, rolling
from hybridts.evaluation.study import groups_of
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.hybrids.limits import Nonnegative
from hybridts.names.recipe import Recipe
from hybridts.names.registry import Registry


def inner_panel(panel: Panel, outer: Schedule | None) -> Panel:
    """Return the rows up to the first cutoff of a backtest; all rows for None.

    Raises:
        DataError: the data are too short for the backtest.
    """
    if outer is None:
        return panel
    first = rolling(panel, outer)[0]
    kept = np.flatnonzero(first.position >= 0)
    return panel.cut(first.position, 0).take(kept)


def inner_schedule(panel: Panel, outer: Schedule | None, horizon: int, most: int) -> Schedule:
    """Return the inner cutoffs: as many as the rows allow, at most `most`, a horizon apart.

    Raises:
        DataError: the rows before the backtest do not allow one.
    """
    gap = 0 if outer is None else outer.gap
    for windows in range(most, 0, -1):
        schedule = Schedule(horizon, windows=windows, gap=gap, align=None if outer is None else outer.align)
        try:
            rolling(panel, schedule)
        except DataError as cause:
            if windows == 1:
                raise DataError(
                    f"there are too few rows before the first backtest window to tune on: {cause} Use fewer windows."
                ) from cause
        else:
            return schedule
    raise DataError("inner cutoffs must be at least 1.")


@dataclass(frozen=True, eq=False)
class Judge:
    """Runs names at the inner cutoffs; equal stages of two trials are fitted once.

    Attributes:
        panel: rows up to the first cutoff of the backtest, no later ones.
        schedule: of the inner cutoffs.
        registry: components of the names.
        store: of finished stages.
        seed: of everything random.
        workers: worker processes.
        nonnegative: as in `hybridts.backtest`.
    """

    panel: Panel
    schedule: Schedule
    registry: Registry
    store: StageStore
    seed: int
    workers: Workers
    nonnegative: Nonnegative = "auto"

    def windows(self) -> list[Window]:
        """Return the inner cutoffs, newest first: it tells most about the next ones."""
        return list(reversed(rolling(self.panel, self.schedule)))

    def losses(self, recipe: Recipe) -> Iterator[float]:
        """Yield the mean MASE over the series at each inner cutoff, the newest first.

        Raises:
            StageFailure: a stage failed, or a series has no forecast.
        """
        for window in self.windows():
            yield float(np.nanmean(self.cells(recipe, window)))

    def cells(self, recipe: Recipe, window: Window) -> FloatArray:
        """Return the MASE [N] of each series at an inner cutoff; NaN where it has no scale or no known target.

        Raises:
            StageFailure: as `losses`.
        """
        groups = groups_of([window], [0], False)
        spec = ForecastSpec(self.schedule.horizon, self.schedule.gap, self.seed)
        job = Job((recipe,), self.panel, self.registry, groups, spec, nonnegative=self.nonnegative)
        finished = run(job, self.store, workers=self.workers)
        broken = finished.failure(recipe.name, groups[0].index)
        if broken is not None:
            raise StageFailure(f"stage {broken['stage']}: {broken['message']}")
        origins = window.origins()
        forecast = finished.forecast(recipe.name, origins, groups[0].index).mean
        target = self.panel.targets(origins, self.schedule.horizon, self.schedule.gap)
        scale = seasonal_error(self.panel, origins, self.panel.season)
        known = np.isfinite(target)
        usable = np.isfinite(scale) & (scale > 0) & known.any(axis=1)
        if not usable.any():
            raise StageFailure("no series has a scale and a known target at an inner cutoff.")
        error = np.where(known, np.abs(forecast - target), 0.0).sum(axis=1)
        each = np.full(len(self.panel), np.nan)
        each[origins.series[usable]] = error[usable] / known[usable].sum(axis=1) / scale[usable]
        silent = int(np.isnan(error[usable]).sum())
        if silent:
            raise StageFailure(f"{silent} of {int(usable.sum())} series have no forecast.")
        return each


def cutoffs_of(panel: Panel, windows: Sequence[Window]) -> list[str]:
    """Return the last visible time of the first series at each cutoff, as text."""
    from hybridts.data import calendar

    found = []
    for window in windows:
        origins = window.origins()
        time = panel.times[panel.rows(origins)].max()
        found.append(str(calendar.to_pandas(np.array([time]), panel.freq)[0]) if panel.freq else str(int(time)))
    return found


def merged(base: Mapping[str, Mapping[str, Any]], more: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return settings with those of a trial, "TOKEN.setting" -> value, on top."""
    result = {token: dict(values) for token, values in base.items()}
    for key, value in more.items():
        token, _, setting = key.rpartition(".")
        result.setdefault(token, {})[setting] = list(value) if isinstance(value, tuple) else value
    return result
