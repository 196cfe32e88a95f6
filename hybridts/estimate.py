"""What a plan costs before anything is computed: rough seconds and memory of every task, and what sharing saves.

A task is counted in *units* of work (training steps, floating point operations, rows under a kernel ...), and every
unit has a rate: seconds on one core. The rates were fitted to finished runs, see experiments/planning; they order work,
fill the progress line and `backtest --plan`, and decide no number of a result.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hybridts.graph import CombineTask, CorrectTask, FitTask, FromFit, FromMembers, Plan, Source, Task
from hybridts.panel import Panel

#: Seconds of one unit of work on one core.
RATES: Mapping[str, float] = {
    # models of series: by row, and by series
    "ARIMA rows": 1e-4,
    "ARIMA series": 0.0135,
    "SARIMA rows": 6e-5,
    "SARIMA seasonal rows": 4e-4,
    "AutoARIMA rows": 5.4e-4,
    "AutoARIMA series": 0.0184,
    "AutoARIMA again rows": 4.7e-5,
    "AutoARIMA again series": 0.0059,
    "AutoSARIMA rows": 5.4e-4,
    "AutoSARIMA seasonal rows": 1.2e-3,
    "AutoSARIMA again series": 0.0097,
    "residual ARIMA rows": 5.9e-5,
    "residual ARIMA series": 0.0094,
    "VAR rows": 2e-6,
    "ETS rows": 2e-5,
    "ETS seasonal rows": 8.5e-4,
    "ETS series": 0.0046,
    "Theta series": 0.0026,
    "MSTL rows": 2e-5,
    "MSTL seasonal rows": 1e-4,
    "MSTL series": 0.01,
    "other rows": 5e-5,
    "other series": 0.005,
    "origins": 1.2e-6,
    # networks: by training step, by call of a block in a step, by product
    "steps": 3.2e-3,
    "RNN calls": 2.1e-4,
    "RNN products": 2.4e-11,
    "GRU calls": 6.5e-4,
    "GRU products": 2.1e-11,
    "LSTM calls": 5.5e-4,
    "LSTM products": 1.9e-11,
    "CNN calls": 2.2e-3,
    "CNN products": 6.6e-11,
    "dense products": 5.2e-11,
    "windows": 1e-8,
    # learners: by tree, by row times what a row costs
    "trees": 7.3e-3,
    "tree rows": 3.6e-8,
    "boosted trees": 1.5e-3,
    "boosted rows": 4.2e-9,
    "kernel rows": 7.5e-8,
    "mapped rows": 4.4e-7,
    "small network rows": 1.8e-8,
    "stochastic rows": 1e-7,
    "learner rows": 1e-6,
    "features": 1e-8,
    "RF answers": 5e-6,
    "SVM answers": 1.1e-5,
    "XGBoost answers": 1e-6,
    "ANN answers": 1e-6,
    "learner answers": 5e-6,
    # ensembles
    "member rows": 2e-9,
    "member series": 1.9e-4,
    "greedy rows": 3.3e-8,
}
#: Seconds of every task beside its units: reading, writing, handing out.
EVERY = 0.02
#: How often a correction is worth using, so that it is fitted again on all rows; the same where all stages before it
#: fit each series alone.
OPEN, OPEN_OWN = 0.1, 0.8
#: Rows that an exact kernel machine is fitted on at most, and rows up to which a small network is fitted all at once.
EXACT_ROWS = 5_000


def costs_of(plan: Plan, panel: Panel) -> dict[str, float]:
    """Rough seconds of every task of a plan, by key."""
    count = _Counting(panel, plan.tasks)
    return {key: _seconds(count.units(task)) for key, task in plan.tasks.items()}


def cost_of(task: FitTask, panel: Panel) -> float:
    """Rough seconds of one fit."""
    return _seconds(_Counting(panel, {}).units(task))


def units_of(plan: Plan, panel: Panel) -> dict[str, Units]:
    """The units of work of every task, by key: what the rates were fitted to."""
    count = _Counting(panel, plan.tasks)
    return {key: count.units(task) for key, task in plan.tasks.items()}


def _seconds(units: Mapping[str, float]) -> float:
    return EVERY + sum(RATES.get(name, 0.0) * number for name, number in units.items())


class Units(dict[str, float]):
    """How much work of each name there is."""

    def add(self, name: str, number: float) -> None:
        """More of one."""
        self[name] = self.get(name, 0.0) + number

    def include(self, others: Mapping[str, float], share: float = 1.0) -> None:
        """More of several."""
        for name, number in others.items():
            self.add(name, share * number)


class _Size(NamedTuple):
    """What a fit reads: series, their rows, the median length, and windows to learn from."""

    series: int
    rows: int
    median: int
    windows: int


class _Fit(NamedTuple):
    """One of several fits of a task: how likely it is made, and on how many rows."""

    chance: float
    rows: float


class _Counting:
    """Counts the units of work of tasks of one plan."""

    def __init__(self, panel: Panel, tasks: Mapping[str, Task]) -> None:
        self.panel = panel
        self.tasks = tasks
        self._sizes: dict[Any, _Size] = {}
        self._honest: dict[str, int] = {}
        self._windows: dict[tuple[int, int], int] = {}

    def units(self, task: Task) -> Units:
        """Units of work of one task by name."""
        if isinstance(task, FitTask):
            return self._fit(task)
        return self._combine(task) if isinstance(task, CombineTask) else self._correct(task)

    # -- bases --------------------------------------------------------------------------------------------------
    def _fit(self, task: FitTask) -> Units:
        size, model, horizon = self._size(task), task.forecaster, task.frame.horizon
        learner = getattr(model, "learner", None)
        if hasattr(model, "expression"):
            share = 0.25 if task.start is not None else 1.0
            return self._network(model, size.windows, len(task.origins), (size.median, horizon), share)
        if learner is not None:
            found = self._learner(learner, size.windows * horizon, 0.0)
            found.include(self._learner(learner, 0.0, len(task.origins) * horizon))
            return found
        reused = " again" if task.earlier is not None else ""
        return self._series(f"{type(model).__name__}{reused}", size.series, size.rows, len(task.origins))

    def _series(self, name: str, series: int, rows: int, origins: int) -> Units:
        """A model of each series; a seasonal one carries a state of a season, which counts where that is long."""
        season = self.panel.season
        plain = name.removeprefix("residual ").removesuffix(" again")
        name = name if name in MODELS else plain if plain in MODELS else "other"
        if season > 1 and plain in SEASONAL:
            return Units(
                {f"{name} seasonal rows": rows * max(season / 12, 1), f"{name} series": series, "origins": origins}
            )
        return Units({f"{name} rows": rows, f"{name} series": series, "origins": origins})

    # -- networks -----------------------------------------------------------------------------------------------
    def _network(self, model: Any, windows: int, origins: int, sizes: tuple[int, int], share: float = 1.0) -> Units:
        from hybridts.neural.settings import batch_for, steps_for

        training, (median, horizon) = model.training, sizes
        window = training.window or self._window(median, horizon)
        batch = training.batch or batch_for(window, _walks(model.expression))
        steps = (training.steps or steps_for(windows, batch)) * training.seeds * share
        found = Units({"windows": windows * window})
        for part in _trained(model.expression):
            found.add("steps", steps)
            for name, once, each in _blocks(part, window, 3):
                found.add(f"{name} calls", steps * once)
                found.add(f"{name} products", each * (steps * batch * 3 + origins * training.seeds))
        return found

    def _window(self, median: int, horizon: int) -> int:
        """The default window of a fit that sees series of this length."""
        from hybridts.neural.settings import window_for

        if (median, horizon) not in self._windows:
            zero, stop = np.zeros(1, np.int64), np.array([median])
            one = Panel(np.empty(0), np.empty(0, np.int64), zero, stop, stop, ("",), self.panel.season, self.panel.freq)
            self._windows[median, horizon] = window_for(one, horizon)
        return self._windows[median, horizon]

    # -- learners -----------------------------------------------------------------------------------------------
    def _learner(self, learner: Any, wanted: float, answers: float) -> Units:
        """A fit on that many rows (none for 0), and answers to that many."""
        name, rows = type(learner).__name__, min(wanted, getattr(learner, "max_rows", 200_000))
        width = min(max(self.panel.season, 4), 24) + 15
        exact = rows <= EXACT_ROWS
        found = Units({"features": (rows + answers) * width})
        if not rows:
            found.add(f"{name if name in KNOWN_LEARNERS else 'learner'} answers", answers)
        elif name == "RF":
            found.add("trees", learner.trees)
            found.add("tree rows", learner.trees * rows * math.log2(rows + 2) * width * learner.features)
        elif name == "XGBoost":
            found.add("boosted trees", learner.trees)
            found.add("boosted rows", learner.trees * rows * width)
        elif name == "SVM":
            found.add("kernel rows" if exact else "mapped rows", rows * (rows if exact else learner.components))
        elif name == "ANN":
            found.add("small network rows" if exact else "stochastic rows", learner.iterations * rows * width)
        else:
            found.add("learner rows", rows * width)
        return found

    # -- corrections --------------------------------------------------------------------------------------------
    def _correct(self, task: CorrectTask) -> Units:
        """A trial on the older rows, judged on the newer ones; where it helps, the fit; the same for deeper rows."""
        rows, horizon = self._rows(task.source), task.frame.horizon
        if not rows:
            return Units()
        size = self._size(task)
        fits = self._corrections(task, rows, size)
        answers = rows * (2.0 if task.deeper else 1.0) + len(task.origins) * fits[1].chance
        corrector = getattr(task.corrector, "corrector", task.corrector)
        found = Units({"honest rows": rows * horizon * (2 if task.deeper else 1)})
        if hasattr(corrector, "expression"):
            for chance, known in fits:
                found.include(self._network(corrector, int(known), int(rows), (size.median, horizon)), chance)
        elif hasattr(corrector, "learner"):
            for chance, known in fits:
                found.include(self._learner(corrector.learner, known * horizon, 0.0), chance)
            found.include(self._learner(corrector.learner, 0.0, answers * horizon))
        else:
            model = f"residual {type(getattr(corrector, 'forecaster', corrector)).__name__}"
            for chance, known in fits:
                found.include(self._series(model, size.series, int(known), 0), chance)
            found.add("origins", answers)
        return found

    @staticmethod
    def _corrections(task: CorrectTask, rows: int, size: _Size) -> list[_Fit]:
        """The fits of a correction; of the last origins before a cutoff only some targets are known."""
        chance = OPEN_OWN if task.own else OPEN
        part = rows / 3
        fits = [_Fit(1.0, 2 * part), _Fit(chance, rows)]
        if task.deeper:
            fits += [_Fit(1.0, part / 2), _Fit(chance, part), _Fit(1.0, part), _Fit(chance, 2 * part)]
        unknown = size.series * task.frame.horizon / 2
        return [_Fit(fit.chance, max(fit.rows - unknown, fit.rows / 4)) for fit in fits]

    def _rows(self, source: Source) -> int:
        """Honest rows of a source."""
        if isinstance(source, FromFit):
            return sum(len(fold.origins) for fold in source.folds)
        if isinstance(source, FromMembers):
            return min(self._rows(member) for member in source.members)
        if source.key not in self._honest:
            task = self.tasks.get(source.key)
            below: tuple[Source, ...] = ()
            if isinstance(task, CorrectTask):
                below = (task.source,)
            elif isinstance(task, CombineTask):
                below = task.members
            self._honest[source.key] = min((self._rows(s) for s in below), default=0)
        return self._honest[source.key]

    def _combine(self, task: CombineTask) -> Units:
        rows = max((self._rows(m) for m in task.members), default=0)  # members with few are left out
        numbers = rows * task.frame.horizon * len(task.members) * (2 if task.deeper else 1)
        series = len(task.cut.position) * len(task.members)
        return Units({"member rows": numbers, f"{task.how} rows": numbers, "member series": series})

    # -- sizes --------------------------------------------------------------------------------------------------
    def _size(self, task: FitTask | CorrectTask) -> _Size:
        key = (task.cut, task.frame.reach)
        if key not in self._sizes:
            position = task.cut.position if task.cut.keep is None else task.cut.position[task.cut.keep]
            shown = position[position >= 0] + 1
            first = max(self.panel.season, 2) - 1
            windows = np.maximum(shown - task.frame.reach - first, 0).sum()
            median = int(np.sort(shown)[len(shown) // 2]) if len(shown) else 0
            self._sizes[key] = _Size(len(shown), int(shown.sum()), median, int(windows))
        return self._sizes[key]


#: Models of series that have rates of their own (nothing to speak of for the simplest); others are taken for ordinary.
MODELS = (
    *("ARIMA", "SARIMA", "AutoARIMA", "AutoARIMA again", "AutoSARIMA", "AutoSARIMA again", "residual ARIMA"),
    *("VAR", "ETS", "Theta", "MSTL", "Naive", "SeasonalNaive", "Drift", "WindowAverage"),
)
#: Those of them that cost more where there is a season.
SEASONAL = ("SARIMA", "AutoSARIMA", "ETS", "MSTL")
#: Learners whose answers have a rate of their own.
KNOWN_LEARNERS = ("RF", "XGBoost", "SVM", "ANN")


def _parts(expression: Any) -> tuple[Any, ...]:
    parts: tuple[Any, ...] = getattr(expression, "parts", ())
    return parts


def _walks(expression: Any) -> bool:
    return bool(getattr(expression, "stepwise", False)) or any(_walks(part) for part in _parts(expression))


def _trained(expression: Any) -> tuple[Any, ...]:
    """What is trained one after the other."""
    return _parts(expression) if type(expression).__name__ == "TwoStep" else (expression,)


def _blocks(expression: Any, length: int, channels: int, *, last: bool = True) -> Iterator[tuple[str, float, float]]:
    """Of every block: its kind, how often it is called in a pass, and products per window."""
    name = type(expression).__name__
    if name in ("Serial", "TwoStep"):
        parts = _parts(expression)
        for i, part in enumerate(parts):
            at_end = last and i + 1 == len(parts)
            yield from _blocks(part, length, channels, last=at_end)
            channels = _width(part)
            length = (length + 1) // 2 if type(part).__name__ == "CNN" else length
    elif name == "Parallel":
        for part in _parts(expression):
            yield from _blocks(part, length, channels, last=last)
    else:
        yield _block(expression, length, channels, last=last)


def _block(block: Any, length: int, channels: int, *, last: bool) -> tuple[str, float, float]:
    name, hidden, layers = type(block).__name__, _width(block), getattr(block, "layers", 1) or 1
    if name in GATES:
        like, calls, gates = GATES[name]
        return like, calls * length * layers, length * layers * gates * hidden * (channels + hidden)
    if name == "CNN":
        layers = getattr(block, "layers", None) or (max(2, math.ceil(math.log2(max(length, 2)))) if last else 2)
        return "CNN", layers, length * block.kernel * hidden * (channels + hidden)  # the last halves at every layer
    if name == "ConvLSTM":
        return "CNN", length, length * block.kernel * 4 * hidden * (channels + hidden)
    if name == "Attention":
        return "dense", 4, length * channels * (hidden + length)
    inside = hidden * hidden * (layers - 1) * (2 if name == "DNN" else 1)
    times, width = (1, length * channels) if last else (length, channels)
    return "dense", layers, times * (width * hidden + inside)


#: By recurrent block: whose rates it has, how many calls a row it makes, and products of its gates.
GATES = {
    "RNN": ("RNN", 1, 1),
    "GRU": ("GRU", 1, 3),
    "LSTM": ("LSTM", 1, 4),
    "BiGRU": ("GRU", 2, 6),
    "BiLSTM": ("LSTM", 2, 8),
    "CIFGLSTM": ("LSTM", 4, 3),  # rows are walked through one by one, outside the library's loop
}


def _width(block: Any) -> int:
    if _parts(block):
        parts = _parts(block)
        return sum(map(_width, parts)) if type(block).__name__ == "Parallel" else _width(parts[-1])
    return int(getattr(block, "hidden", None) or getattr(block, "filters", None) or 32)


# -- memory -------------------------------------------------------------------------------------------------------
#: Bytes of a process that has imported its libraries, with and without torch.
IMPORTED, IMPORTED_TORCH = 150 * 2**20, 350 * 2**20
#: Numbers of an encoded network input that are kept at most (4 bytes each), and features of rows at once.
KEPT = 8_000_000


def memory_of(tasks: Sequence[Task], panel: Panel, jobs: int) -> int:
    """Rough bytes at the peak of a run of these tasks: a panel and the largest stages in every process."""
    if not tasks:
        return 0
    neural = any(task.kind == "neural" for task in tasks)
    data = sum(part.nbytes for part in (panel.values, panel.times, panel.past, panel.future, panel.static))
    largest = sorted((_held(task, panel) for task in tasks), reverse=True)[:jobs]
    processes = 1 if jobs == 1 else jobs + 1
    return int(processes * ((IMPORTED_TORCH if neural else IMPORTED) + 2 * data) + sum(largest))


def _held(task: Task, panel: Panel) -> float:
    """Bytes of one task: what it answers, and what its model reads."""
    horizon = task.frame.horizon
    answers = len(task.origins) * horizon * 8 * 3
    width = min(max(panel.season, 4), 24) + 15
    if isinstance(task, CombineTask):
        return answers * (1.0 + len(task.members))
    corrector = getattr(task, "corrector", None)
    model: Any = task.forecaster if isinstance(task, FitTask) else getattr(corrector, "corrector", corrector)
    learner = getattr(model, "learner", None)
    if learner is not None:
        rows = int(task.cut.position.clip(-1).sum()) * horizon
        most = getattr(learner, "max_rows", 200_000)
        exact = 200 * 2**20 if type(learner).__name__ == "SVM" else 0
        return answers + min(rows, most) * (width * 4 * 3 + 8 * getattr(learner, "components", 0)) + rows * 24 + exact
    if hasattr(model, "expression"):
        return answers + min(KEPT, int(task.cut.position.clip(-1).sum()) * (4 * panel.season + horizon)) * 4 * 2
    return float(answers)


# -- words --------------------------------------------------------------------------------------------------------
def shortened(text: str, most: int = 60) -> str:
    """A stage's name for a line of text: an ensemble of a hundred members does not fit."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def shared_stages(plan: Plan) -> list[tuple[str, int, list[str]]]:
    """Stages that several names need: name, fits, and who needs it; the most shared first."""
    names: dict[str, set[str]] = {}
    count: dict[str, int] = {}
    for key, task in plan.tasks.items():
        names.setdefault(task.stage, set()).update(plan.uses.get(key, ()))
        count[task.stage] = count.get(task.stage, 0) + 1
    shared = sorted((s for s in names if len(names[s]) > 1), key=lambda s: (-len(names[s]), s))
    return [(stage, count[stage], sorted(names[stage])) for stage in shared]


def listed(names: Sequence[str], most: int = 4) -> str:
    """The first few of many names."""
    shown = ", ".join(shortened(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def sharing(plan: Plan, most: int = 8) -> str:
    """Which names share which stages, in a few lines: the most shared first."""
    shared = shared_stages(plan)
    lines = [f"{len(plan.tasks)} distinct stages; {plan.fits_without_sharing} if every name ran alone."]
    for stage, fits, names in shared[:most]:
        lines.append(f"  {shortened(stage)} ({fits} fits) is shared by {listed(names)}")
    if len(shared) > most:
        lines.append(f"  and {len(shared) - most} more stages are shared; the report lists them.")
    return "\n".join(lines)
