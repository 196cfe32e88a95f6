"""Forecasts of names on one panel, computed as a backtest computes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from hybridts.audit.panels import HORIZON, AuditPanel
from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.engine.engine import Job, run_once
from hybridts.engine.graph import RefitWindow, TrainingSlice
from hybridts.errors import HybridtsError, StageFailure
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.models.protocols import Fitted, Hindcasts
from hybridts.names.recipe import Recipe
from hybridts.names.registry import Registry


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
    windows = [RefitWindow(0, TrainingSlice(None, cutoff), origins)]
    (found,) = _run(Job(recipes, panel, registry, windows, ForecastSpec(HORIZON, 0, seed)))
    return found


def _run(job: Job) -> list[AuditForecasts]:
    """Run a job; return the forecasts of each of its windows."""
    with run_once(job, workers=1) as finished:
        answers = []
        for window in job.windows:
            at = window.index
            failures = {r.name: finished.failure(r.name, at) for r in job.recipes}
            failed = {name: str(broken["message"]) for name, broken in failures.items() if broken is not None}
            names = [recipe.name for recipe in job.recipes if recipe.name not in failed]
            rows = {name: finished.out_of_fold(name, at) for name in names}
            answers.append(
                AuditForecasts(
                    {name: finished.forecast(name, window.origins, at).mean for name in names},
                    {name: found for name, found in rows.items() if found is not None},
                    failed,
                    finished.silent_series(),
                )
            )
        return answers


@dataclass(frozen=True, eq=False)
class Answer:
    """What a name said on one panel at one cutoff.

    Attributes:
        origins: [M] where it was asked.
        forecast: [M, H]; empty where it failed.
        failed: why it has no forecast, or empty.
        rows: the out-of-fold forecasts its last correction learned from, if it has one.
        missing: series id -> why it has no forecast of this series.
        changed: what the run changed in the panel it was given, or empty.
    """

    origins: Origins
    forecast: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    failed: str = ""
    rows: Hindcasts | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    changed: str = ""


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

    @property
    def alone(self) -> bool:
        """Return whether the name is a single stage, and no network."""
        stages = self.recipe.stages()
        return len(stages) == 1 and stages[0].kind != "neural"

    def at(self, scene: AuditPanel, *cutoffs: IntArray) -> list[Answer]:
        """Fit at each cutoff [N] of an audit panel, in this order and in one plan, and forecast from there.

        Whatever a model raises is part of the answer.
        """
        last = [scene.last_rows(cutoff) for cutoff in cutoffs]
        origins = [scene.origins_at(cutoff) for cutoff in cutoffs]
        windows = [RefitWindow(i, TrainingSlice(None, last[i]), origins[i]) for i in range(len(cutoffs))]
        job = Job([self.recipe], scene.panel, self.registry, windows, scene.spec)
        before = _copied(scene.panel)
        try:
            found = _run(job)
        except Exception as cause:  # a user's class may raise anything while the plan is made
            text = str(cause) if isinstance(cause, HybridtsError) else f"it raised {type(cause).__name__}: {cause}"
            return [Answer(at, failed=text, changed=_change(before, scene.panel)) for at in origins]
        changed = _change(before, scene.panel)
        return [self._answer(answer, at, changed) for answer, at in zip(found, origins, strict=True)]

    def _answer(self, found: AuditForecasts, origins: Origins, changed: str) -> Answer:
        if self.name in found.failed:
            return Answer(origins, failed=found.failed[self.name], changed=changed)
        rows = found.out_of_fold.get(self.name)
        return Answer(origins, found.forecast[self.name], "", rows, found.missing, changed)

    @contextmanager
    def fitted(self, scene: AuditPanel) -> Iterator[Fitted]:
        """Give the model fitted at the earlier cutoff; it forecasts from any later origin.

        Raises:
            StageFailure: the name cannot be fitted.
        """
        cut = TrainingSlice(None, scene.last_rows(scene.early))
        windows = [RefitWindow(0, cut, scene.origins_at(scene.early))]
        job = Job([self.recipe], scene.panel, self.registry, windows, scene.spec)
        with run_once(job, workers=1, keep=True) as finished:
            yield finished.fitted(self.name)


def forecast_of(answer: Answer) -> FloatArray:
    """Return the forecasts of an answer.

    Raises:
        StageFailure: it has none.
    """
    if answer.failed:
        raise StageFailure(answer.failed)
    return answer.forecast


def with_random_future(panel: Panel, position: IntArray, seed: int = 1) -> Panel:
    """Return the panel with every value after position[i] of series i replaced by large random numbers."""
    rng = np.random.default_rng(seed)
    size = np.nanmax(np.abs(panel.values)) * 3 + 1
    return panel.replace_after(position, rng.normal(0, size, len(panel.values)))


# -- changes of the data ------------------------------------------------------------------------------------------
_ARRAYS = ("values", "times", "past", "future", "static", "starts", "stops", "reach")


def _copied(panel: Panel) -> dict[str, np.ndarray]:
    return {name: getattr(panel, name).copy() for name in _ARRAYS}


def _change(before: Mapping[str, np.ndarray], panel: Panel) -> str:
    """Return which arrays of a panel differ from their copies, and where; put the old contents back."""
    found = []
    for name, old in before.items():
        now: np.ndarray = getattr(panel, name)
        same = (now == old) | ((now != now) & (old != old))
        if same.all():
            continue
        row = int(np.flatnonzero(~same.reshape(len(same), -1).all(axis=1))[0])
        where = ""
        if len(now) == len(panel.values):
            series = int(np.searchsorted(panel.starts, row, side="right") - 1)
            where = f" (first in series {panel.ids[series]!r}, row {row - int(panel.starts[series])})"
        found.append(f"{int((~same).sum())} numbers of panel.{name}{where}")
        now[...] = old
    return " and ".join(found)
