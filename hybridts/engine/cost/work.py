"""Units of work of tasks: training steps, products, rows under a kernel, origins ..."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from hybridts.data.panel import Panel
from hybridts.engine.cost.networks import blocks, is_stepwise, trained
from hybridts.engine.graph import CombineTask, CorrectTask, FitTask, PriorTask, Task
from hybridts.hybrids.gate import MIN_BLOCKS, UNJUDGED
from hybridts.hybrids.settings import LEARNED
from hybridts.hybrids.upstream import BaseFit, MemberAverage, StageOutput, Upstream
from hybridts.models.learners.forest import FEWEST
from hybridts.models.learners.svm import EXACT_ROWS
from hybridts.models.protocols import Pretrained, PriorWeights

#: Probability that a gate opens, so that the correction is fitted again on all rows; the second where all stages before
#: it fit each series alone.
P_OPEN, P_OPEN_LOCAL = 0.1, 0.8
#: Statistical models with rates of their own; others have those of "other".
MODELS = (
    *("ARIMA", "SARIMA", "AutoARIMA", "AutoARIMA reused", "AutoSARIMA", "AutoSARIMA reused", "residual ARIMA"),
    *("VAR", "ETS", "ETS reused", "Theta", "MSTL", "Naive", "SeasonalNaive", "Drift", "WindowAverage"),
)
#: Statistical models with more work on seasonal data.
SEASONAL = ("SARIMA", "AutoSARIMA", "ETS", "MSTL")
#: Learners whose predictions have a rate of their own.
KNOWN_LEARNERS = ("RF", "XGBoost", "SVM", "ANN")


class Units(dict[str, float]):
    """Amount of work of each unit, by name."""

    def add(self, name: str, number: float) -> None:
        """Add to one unit."""
        self[name] = self.get(name, 0.0) + number

    def include(self, others: Mapping[str, float], factor: float = 1.0) -> None:
        """Add factor x others."""
        for name, number in others.items():
            self.add(name, factor * number)


class _Size(NamedTuple):
    """Size of a training slice: number of series, rows, median length, and windows with a full target."""

    series: int
    rows: int
    median: int
    windows: int


class _Fit(NamedTuple):
    """One of several fits of a task: the probability that it runs, and its rows."""

    chance: float
    rows: float


def _fits_on(folds: int, rows: float, chance: float) -> list[_Fit]:
    """Return the fits of one correction on this many folds: a trial a judged fold, and the one in use, by chance."""
    known = [rows / 2] if folds == 1 else [rows * k / folds for k in range(min(UNJUDGED, folds - 1), folds)]
    return [*(_Fit(1.0, each) for each in known), _Fit(chance, rows)]


class WorkCounter:
    """Counts the units of work of the tasks of one plan."""

    def __init__(self, panel: Panel, tasks: Mapping[str, Task]) -> None:
        self.panel = panel
        self.tasks = tasks
        self._sizes: dict[Any, _Size] = {}
        self._oof_rows: dict[str, int] = {}
        self._windows: dict[tuple[int, int], int] = {}

    def units(self, task: Task) -> Units:
        """Return the units of work of one task."""
        if isinstance(task, FitTask):
            return self._fit(task)
        if isinstance(task, PriorTask):
            return self._prior(task)
        return self._combine(task) if isinstance(task, CombineTask) else self._correct(task)

    # -- bases --------------------------------------------------------------------------------------------------
    def _fit(self, task: FitTask) -> Units:
        size, model, horizon = self._size(task), task.forecaster, task.spec.horizon
        learner = getattr(model, "learner", None)
        prior = model.prior_for(self.panel.season, task.spec.reach) if isinstance(model, Pretrained) else None
        if prior is not None:
            return self._from_prior(task, size, prior)
        if hasattr(model, "expression"):
            factor = 0.25 if task.start is not None else 1.0  # a warm start needs fewer steps
            return self._network(model, size.windows, len(task.origins), (size.median, horizon), factor)
        if learner is not None:
            found = self._learner(learner, size.windows * horizon, 0.0)
            found.include(self._learner(learner, 0.0, len(task.origins) * horizon))
            return found
        reused = " reused" if task.earlier is not None else ""
        return self._series(f"{type(model).__name__}{reused}", size.series, size.rows, len(task.origins))

    def _series(self, name: str, series: int, rows: int, origins: int) -> Units:
        """Count a statistical model of each series; the state of a seasonal one grows with the season."""
        season = self.panel.season
        plain = name.removeprefix("residual ").removesuffix(" reused")
        name = name if name in MODELS else plain if plain in MODELS else "other"
        if season > 1 and plain in SEASONAL:
            return Units(
                {f"{name} seasonal rows": rows * max(season / 12, 1), f"{name} series": series, "origins": origins}
            )
        return Units({f"{name} rows": rows, f"{name} series": series, "origins": origins})

    # -- networks -----------------------------------------------------------------------------------------------
    def _prior(self, task: PriorTask) -> Units:
        """Count the training of a prior, as if it were not in the cache."""
        amount = task.prior.amount()
        return self._training(task.model, amount.window, amount.steps, amount.batch)

    @staticmethod
    def _training(model: Any, window: int, steps: float, batch: int, origins: int = 0) -> Units:
        """Count training steps of all parts of a network, and its forecasts from some origins."""
        found = Units()
        for part in trained(model.expression):
            found.add("steps", steps)
            for name, once, each in blocks(part, window, 3):
                found.add(f"{name} calls", steps * once)
                found.add(f"{name} products", each * (steps * batch * 3 + origins))
        return found

    def _network(self, model: Any, windows: int, origins: int, sizes: tuple[int, int], factor: float = 1.0) -> Units:
        from hybridts.models.neural.training_settings import batch_for, steps_for

        training, (median, horizon) = model.training, sizes
        window = training.window or self._window(median, horizon)
        batch = training.batch or batch_for(window, is_stepwise(model.expression))
        steps = (training.steps_of(windows, batch) or steps_for(windows, batch)) * training.seeds * factor
        found = self._training(model, window, steps, batch, origins * training.seeds)
        found.add("windows", windows * window)
        return found

    def _from_prior(self, task: FitTask, size: _Size, prior: PriorWeights) -> Units:
        """Count a fit that starts from a prior."""
        from hybridts.models.neural.prior.own_share import own_share
        from hybridts.models.neural.training_settings import batch_for, steps_for

        model: Any = task.forecaster
        training, window = model.training, model.training.window or prior.amount().window
        batch = training.batch or batch_for(window, is_stepwise(model.expression))
        share = 0.25 if task.start is not None else own_share(size.windows, size.series, self.panel.season)
        steps = (training.steps_of(size.windows, batch) or share * steps_for(size.windows, batch)) * training.seeds
        found = self._training(model, window, steps, batch, len(task.origins) * training.seeds)
        found.add("windows", size.windows * window)
        return found

    def _window(self, median: int, horizon: int) -> int:
        """Return the default window of a network on series of this length."""
        from hybridts.models.neural.training_settings import window_for

        if (median, horizon) not in self._windows:
            zero, stop = np.zeros(1, np.int64), np.array([median])
            one = Panel(np.empty(0), np.empty(0, np.int64), zero, stop, stop, ("",), self.panel.season, self.panel.freq)
            self._windows[median, horizon] = window_for(one, horizon)
        return self._windows[median, horizon]

    # -- learners -----------------------------------------------------------------------------------------------
    def _learner(self, learner: Any, n_rows: float, n_predictions: float) -> Units:
        """Count a fit on `n_rows` rows (no fit for 0), or predictions of `n_predictions` rows."""
        name, rows = type(learner).__name__, min(n_rows, getattr(learner, "max_rows", 200_000))
        width = min(max(self.panel.season, 4), 24) + 15
        exact = rows <= EXACT_ROWS
        found = Units({"features": (rows + n_predictions) * width})
        if not rows:
            found.add(f"{name if name in KNOWN_LEARNERS else 'learner'} predictions", n_predictions)
        elif name == "RF":
            grown = min(max(learner.part * rows, FEWEST), rows)
            found.add("trees", learner.trees)
            found.add("tree rows", learner.trees * grown * math.log2(grown + 2) * width * learner.features)
        elif name == "XGBoost":
            found.add("boosted trees", learner.trees)
            found.add("boosted rows", learner.trees * rows * width)
        elif name == "SVM":
            found.add("kernel rows" if exact else "mapped rows", rows * (rows if exact else learner.components))
        elif name == "ANN":
            found.add("small network rows", learner.iterations * rows * width)
        else:
            found.add("learner rows", rows * width)
        return found

    # -- corrections --------------------------------------------------------------------------------------------
    def _correct(self, task: CorrectTask) -> Units:
        """Count a trial fit on older rows, and the final fit if the gate opens; the same again for out-of-fold rows."""
        rows, horizon = self._rows(task.source), task.spec.horizon
        if not rows or (not task.local and self._blocks(task.source, task.spec.reach) < MIN_BLOCKS):
            return Units()
        size = self._size(task)
        fits = self._corrections(task, rows, size)
        predictions = rows * (2.0 if task.needs_oof else 1.0) + len(task.origins) * fits[1].chance
        corrector = getattr(task.corrector, "corrector", task.corrector)
        found = Units({"out-of-fold rows": rows * horizon * (2 if task.needs_oof else 1)})
        if hasattr(corrector, "expression"):
            for chance, known in fits:
                found.include(self._network(corrector, int(known), int(rows), (size.median, horizon)), chance)
        elif hasattr(corrector, "learner"):
            for chance, known in fits:
                found.include(self._learner(corrector.learner, known * horizon, 0.0), chance)
            found.include(self._learner(corrector.learner, 0.0, predictions * horizon))
        else:
            model = f"residual {type(getattr(corrector, 'forecaster', corrector)).__name__}"
            for chance, known in fits:
                found.include(self._series(model, size.series, int(known), 0), chance)
            found.add("origins", predictions)
        return found

    def _corrections(self, task: CorrectTask, rows: int, size: _Size) -> list[_Fit]:
        """Return the fits of a correction; the last origins before a cutoff have only some known targets."""
        chance = P_OPEN_LOCAL if task.local else P_OPEN
        count = self._fold_count(task.source)
        fits = _fits_on(count, rows, chance)
        if task.needs_oof:
            fits += [fit for k in range(1, count) for fit in _fits_on(k, rows * k / count, chance)]
        unknown = size.series * task.spec.horizon / 2
        return [_Fit(fit.chance, max(fit.rows - unknown, fit.rows / 4)) for fit in fits]

    def _blocks(self, source: Upstream, reach: int) -> int:
        """Return the blocks of one reach per series in the folds that judge a correction."""
        if isinstance(source, BaseFit):
            judged = source.folds[min(UNJUDGED, max(len(source.folds) - 1, 0)) :]
            series = np.concatenate([fold.origins.series for fold in judged]) if judged else np.empty(0, np.int64)
            return math.ceil(int(np.bincount(series).max(initial=0)) / reach)
        below = source.members if isinstance(source, MemberAverage) else self._below(source)
        return min((self._blocks(s, reach) for s in below), default=0)

    def _fold_count(self, source: Upstream) -> int:
        """Return the number of folds of a source, at least 1."""
        if isinstance(source, BaseFit):
            return max(len(source.folds), 1)
        below = source.members if isinstance(source, MemberAverage) else self._below(source)
        return min((self._fold_count(s) for s in below), default=1)

    def _rows(self, source: Upstream) -> int:
        """Return the number of out-of-fold rows of a source."""
        if isinstance(source, BaseFit):
            return sum(len(fold.origins) for fold in source.folds)
        if isinstance(source, MemberAverage):
            return min(self._rows(member) for member in source.members)
        if source.key not in self._oof_rows:
            self._oof_rows[source.key] = min((self._rows(s) for s in self._below(source)), default=0)
        return self._oof_rows[source.key]

    def _below(self, source: StageOutput) -> tuple[Upstream, ...]:
        """Return the sources of a correction or an ensemble."""
        task = self.tasks.get(source.key)
        if isinstance(task, CorrectTask):
            return (task.source,)
        return task.members if isinstance(task, CombineTask) else ()

    def _combine(self, task: CombineTask) -> Units:
        series = len(task.cut.position) * len(task.members)
        if task.how not in LEARNED:
            return Units({"member series": series})
        rows = max((self._rows(m) for m in task.members), default=0)  # members with few rows are left out
        numbers = rows * task.spec.horizon * len(task.members) * (2 if task.needs_oof else 1)
        return Units({"member rows": numbers, f"{task.how} rows": numbers, "member series": series})

    # -- sizes --------------------------------------------------------------------------------------------------
    def _size(self, task: FitTask | CorrectTask) -> _Size:
        key = (task.cut, task.spec.reach)
        if key not in self._sizes:
            position = task.cut.position if task.cut.keep is None else task.cut.position[task.cut.keep]
            lengths = position[position >= 0] + 1
            first = max(self.panel.season, 2) - 1
            windows = np.maximum(lengths - task.spec.reach - first, 0).sum()
            median = int(np.sort(lengths)[len(lengths) // 2]) if len(lengths) else 0
            self._sizes[key] = _Size(len(lengths), int(lengths.sum()), median, int(windows))
        return self._sizes[key]
