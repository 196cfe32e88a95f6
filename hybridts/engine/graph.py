"""Graph of a run: tasks without hidden state, their inputs, and the plan that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hybridts.data.panel import IntArray, Origins, Panel
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.hybrids.settings import DEFAULT_CHAIN, ChainSettings, CombineMethod, EnsembleSettings
from hybridts.hybrids.upstream import StageOutput, Upstream
from hybridts.models.protocols import Corrector, Forecaster, PerSeries, PriorWeights


# -- tasks --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class TrainingSlice:
    """A part of the run's panel to train on.

    Attributes:
        first: [N] first row of each series, or None for all rows; positions count from there.
        position: [N] last visible position of each series; -1: none.
        keep: indices of the series to train on, or None for all with data.
    """

    first: IntArray | None
    position: IntArray
    keep: IntArray | None = None

    def base(self, panel: Panel) -> Panel:
        """Return the panel from the first rows on, without a cutoff."""
        return panel if self.first is None else panel.trim(self.first)

    def seen(self, panel: Panel, ahead: int) -> Panel:
        """Return all series up to the cutoff, with known-future covariates for `ahead` rows more."""
        return self.base(panel).cut(self.position, ahead)

    def training(self, panel: Panel, ahead: int) -> Panel:
        """Return the panel that a fit is trained on."""
        seen = self.seen(panel, ahead)
        if self.keep is not None:
            return seen.take(self.keep)
        with_data = np.flatnonzero(seen.lengths > 0)
        return seen if len(with_data) == len(seen) else seen.take(with_data)

    def visible(self, panel: Panel, origins: Origins, ahead: int) -> Panel:
        """Return the panel up to the last of these origins, so that no model can read later values."""
        base = self.base(panel)
        last = np.full(len(base), -1)
        np.maximum.at(last, origins.series, origins.position)
        return base.cut(np.maximum(last, self.position), ahead)


@dataclass(frozen=True, eq=False)
class PriorTask:
    """Learn the weights that fits of one network start from; it reads no data.

    Attributes:
        key, stage, kind: as in `FitTask`.
        prior: the weights.
        model: the forecaster that starts from them.
    """

    key: str
    stage: str
    kind: str
    prior: PriorWeights
    model: Forecaster

    def needs(self) -> tuple[str, ...]:
        """Return no keys."""
        return ()

    def required(self) -> tuple[str, ...]:
        """Return no keys."""
        return ()


@dataclass(frozen=True, eq=False)
class FitTask:
    """Fit a base on a training slice and forecast from origins.

    Attributes:
        key: hash of everything that decides its forecasts (see `keys`).
        stage: its name in reports; kind: family of its model.
        cut: the training slice.
        origins: [M] origins to forecast from.
        spec: horizon, gap, seed.
        earlier: key of a fit whose chosen orders are reused.
        start: key of a fit whose weights this fit starts from.
        prior: key of the task with the prior that it starts from; without its result the fit learns the prior itself.
        warm: store its own weights for the next fit.
        lineage: for a model that fits each series alone, a hash of everything that decides its forecasts except the
            data, so that other runs can reuse series (see `series_cache`); empty where the code has no version.
    """

    key: str
    stage: str
    kind: str
    forecaster: Forecaster
    cut: TrainingSlice
    origins: Origins
    spec: ForecastSpec
    earlier: str | None = None
    start: str | None = None
    prior: str | None = None
    warm: bool = False
    lineage: str = ""

    def needs(self) -> tuple[str, ...]:
        """Return the keys of the tasks that must end first."""
        return tuple(key for key in (self.prior, self.earlier, self.start) if key is not None)

    def required(self) -> tuple[str, ...]:
        """Return the keys of the tasks that must not fail."""
        return tuple(key for key in (self.earlier, self.start) if key is not None)


@dataclass(frozen=True, eq=False)
class CorrectTask:
    """Learn a correction on out-of-fold rows of its source and forecast from origins.

    Attributes:
        key, stage, kind, cut, origins, spec: as in `FitTask`.
        source: the stage to correct.
        needs_oof: later stages need its out-of-fold forecasts.
        local: every stage of the source fits each series alone.
        rules: settings of its chain.
        held_out: store the rows that its gate was learned from, for intervals.
    """

    key: str
    stage: str
    kind: str
    corrector: Corrector
    cut: TrainingSlice
    source: Upstream
    origins: Origins
    spec: ForecastSpec
    needs_oof: bool
    local: bool
    rules: ChainSettings = DEFAULT_CHAIN
    held_out: bool = False

    def needs(self) -> tuple[str, ...]:
        """Return the keys of the tasks that must end first, done or failed."""
        return tuple(dict.fromkeys(self.source.needs()))

    def required(self) -> tuple[str, ...]:
        """Return the keys of the tasks that must not fail; without a fold there are only fewer rows."""
        return tuple(dict.fromkeys(self.source.required()))


@dataclass(frozen=True, eq=False)
class CombineTask:
    """Combine the members of an ensemble that finished and forecast from origins.

    Attributes:
        key, stage, kind, cut, origins, spec: as in `FitTask`.
        how: mean, median, or a rule that learns weights; options: settings of that rule.
        members: the members; names: their names in notes.
        needs_oof: later stages need its out-of-fold forecasts.
    """

    key: str
    stage: str
    how: CombineMethod
    options: EnsembleSettings
    cut: TrainingSlice
    members: tuple[Upstream, ...]
    names: tuple[str, ...]
    origins: Origins
    spec: ForecastSpec
    needs_oof: bool
    kind: str = "ensemble"

    def needs(self) -> tuple[str, ...]:
        """Return the keys of the tasks that must end first, done or failed."""
        return tuple(dict.fromkeys(key for member in self.members for key in member.needs()))

    def required(self) -> tuple[str, ...]:
        """Return no keys: a member that failed is left out."""
        return ()


Task = PriorTask | FitTask | CorrectTask | CombineTask


def fits_each_series(task: Task) -> bool:
    """Return whether the task fits each series alone."""
    if not isinstance(task, FitTask) or task.kind in ("neural", "learner"):
        return False
    return isinstance(task.forecaster, PerSeries) and task.forecaster.per_series


@dataclass(frozen=True, eq=False)
class RefitWindow:
    """One cutoff at which models are fitted, with all origins that these fits forecast from.

    Attributes:
        index: the first backtest window that uses the fits.
        cut: the training slice.
        origins: [M] origins of all windows that use the fits, in positions of the training slice.
    """

    index: int
    cut: TrainingSlice
    origins: Origins


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything to run, each task once, dependencies first.

    Attributes:
        tasks: by key.
        answers: (name, refit window) -> the source of its forecasts.
        uses: task key -> names that need the task.
        last: (name, refit window) -> keys of its own last stage.
        refit_windows: by index.
    """

    tasks: dict[str, Task]
    answers: dict[tuple[str, int], Upstream]
    uses: dict[str, tuple[str, ...]]
    last: dict[tuple[str, int], tuple[str, ...]]
    refit_windows: dict[int, RefitWindow]

    def below(self, source: Upstream) -> Upstream | None:
        """Return the source that the last correction learned from; None for a source without a correction."""
        task = self.tasks[source.key] if isinstance(source, StageOutput) else None
        return task.source if isinstance(task, CorrectTask) else None

    @cached_property
    def fits_without_sharing(self) -> int:
        """Return the number of tasks if every name ran alone."""
        return sum(len(names) for names in self.uses.values())


def closure(source: Upstream, tasks: dict[str, Task]) -> list[str]:
    """Return the keys of every task that a source needs, directly or not, each once."""
    found: dict[str, None] = {}
    waiting = list(source.needs())
    while waiting:
        key = waiting.pop()
        if key not in found:
            found[key] = None
            waiting.extend(tasks[key].needs())
    return list(found)
