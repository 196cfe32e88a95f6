"""Forecasts of names on one panel, computed as a backtest computes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.engine.engine import Job, run_once
from hybridts.engine.graph import RefitWindow, TrainingSlice
from hybridts.errors import StageFailure
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.models.protocols import Fitted, Hindcasts
from hybridts.names.recipe import Recipe
from hybridts.names.registry import Registry

#: Steps that every audit forecasts.
HORIZON = 4


@dataclass(frozen=True, eq=False)
class AuditForecasts:
    """Forecasts of a set of names on one panel.

    Attributes:
        forecast: name -> [M, H] at the requested origins.
        out_of_fold: name -> the out-of-fold forecasts that its last correction learned from; only names with one.
        failed: name -> why there is no forecast.
        missing: series id -> why some fit has no forecast for it.
    """

    forecast: Mapping[str, FloatArray]
    out_of_fold: Mapping[str, Hindcasts]
    failed: Mapping[str, str]
    missing: Mapping[str, str]


def run_names(
    recipes: Sequence[Recipe], registry: Registry, panel: Panel, cutoff: IntArray, origins: Origins, *, seed: int = 0
) -> AuditForecasts:
    """Fit every recipe at a cutoff, as a backtest does, and return all forecasts.

    Args:
        recipes: what to fit; equal stages are fitted once.
        registry: the known components and combos.
        panel: the data; values after the cutoff must not change anything.
        cutoff: [N] position of the last value that fits may see.
        origins: [M] forecast origins, at or after the cutoff.
        seed: seed for everything random.
    """
    with run_once(_job(recipes, registry, panel, cutoff, origins, seed), workers=1) as finished:
        failed = {r.name: str(broken["message"]) for r in recipes if (broken := finished.failure(r.name)) is not None}
        names = [recipe.name for recipe in recipes if recipe.name not in failed]
        rows = {name: finished.out_of_fold(name) for name in names}
        return AuditForecasts(
            {name: finished.forecast(name, origins).mean for name in names},
            {name: found for name, found in rows.items() if found is not None},
            failed,
            finished.silent_series(),
        )


def _job(
    recipes: Sequence[Recipe], registry: Registry, panel: Panel, cutoff: IntArray, origins: Origins, seed: int = 0
) -> Job:
    window = RefitWindow(0, TrainingSlice(None, cutoff), origins)
    return Job(recipes, panel, registry, (window,), ForecastSpec(HORIZON, 0, seed))


@dataclass(frozen=True)
class Target:
    """A name to audit, with the registry it was parsed with.

    Attributes:
        recipe: the parsed name.
        registry: the known components and combos.
    """

    recipe: Recipe
    registry: Registry

    @property
    def name(self) -> str:
        """Return the name."""
        return self.recipe.name

    def run(self, panel: Panel, cutoff: IntArray, origins: Origins) -> AuditForecasts:
        """Fit at a cutoff and forecast; a failure is part of the result, not an exception."""
        return run_names([self.recipe], self.registry, panel, cutoff, origins)

    def forecasts(self, panel: Panel, cutoff: IntArray, origins: Origins) -> AuditForecasts:
        """Fit at a cutoff and forecast.

        Raises:
            StageFailure: the name has no forecast.
        """
        found = self.run(panel, cutoff, origins)
        if self.name in found.failed:
            raise StageFailure(found.failed[self.name])
        return found

    def fitted(self, panel: Panel) -> Fitted:
        """Return the model fitted on all that the panel shows; it forecasts from any later origin.

        Raises:
            StageFailure: the name cannot be fitted.
        """
        job = _job([self.recipe], self.registry, panel, panel.lengths - 1, panel.ends())
        with run_once(job, workers=1, keep=True) as finished:
            return finished.fitted(self.name)


def with_random_future(panel: Panel, position: IntArray, seed: int = 1) -> Panel:
    """Return the panel with every value after position[i] of series i replaced by large random numbers."""
    rng = np.random.default_rng(seed)
    size = np.nanmax(np.abs(panel.values)) * 3 + 1
    return panel.replace_after(position, rng.normal(0, size, len(panel.values)))
