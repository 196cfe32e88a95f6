"""The graph of a run: tasks without hidden state, where their inputs come from, and who needs them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hybridts.data.panel import IntArray, Origins, Panel
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.hybrids.settings import HONEST, Combining, How, Rules
from hybridts.hybrids.upstream import StageOutput, Upstream
from hybridts.models.protocols import Corrector, Forecaster, PerSeries


# -- tasks --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class TrainingSlice:
    """A part of the run's panel: rows from first[i] on, visible up to position[i], of the series in `keep`."""

    first: IntArray | None
    position: IntArray
    keep: IntArray | None = None

    def base(self, panel: Panel) -> Panel:
        """The panel in whose positions this cut counts; it still shows everything."""
        return panel if self.first is None else panel.trim(self.first)

    def seen(self, panel: Panel, ahead: int) -> Panel:
        """All series up to the cutoff, and known-future covariates `ahead` rows further."""
        return self.base(panel).cut(self.position, ahead)

    def training(self, panel: Panel, ahead: int) -> Panel:
        """What a fit may see."""
        seen = self.seen(panel, ahead)
        if self.keep is not None:
            return seen.take(self.keep)
        shown = np.flatnonzero(seen.lengths > 0)
        return seen if len(shown) == len(seen) else seen.take(shown)

    def visible(self, panel: Panel, origins: Origins, ahead: int) -> Panel:
        """The panel up to the last origin asked for, so that not even a careless model can look further."""
        base = self.base(panel)
        last = np.full(len(base), -1)
        np.maximum.at(last, origins.series, origins.position)
        return base.cut(np.maximum(last, self.position), ahead)


@dataclass(frozen=True, eq=False)
class FitTask:
    """Fit a base on a cut and answer origins.

    `earlier` is a fit whose decisions (orders) are taken over, `start` one whose weights are started from; `warm` says
    that this fit's own weights are kept for the next. `lineage`: of a stage that fits each series alone, a hash of all
    that decides its answers apart from the data; empty where another run could not be trusted to mean the same.
    """

    key: str
    stage: str
    kind: str
    forecaster: Forecaster
    cut: TrainingSlice
    origins: Origins
    frame: ForecastSpec
    earlier: str | None = None
    start: str | None = None
    warm: bool = False
    lineage: str = ""

    def needs(self) -> tuple[str, ...]:
        """Keys of the tasks that must be finished first."""
        return tuple(key for key in (self.earlier, self.start) if key is not None)

    def required(self) -> tuple[str, ...]:
        """Those that must not have failed."""
        return self.needs()


@dataclass(frozen=True, eq=False)
class CorrectTask:
    """Learn a correction on the honest rows of a source, and answer origins.

    `own`: every stage of the source fits each series alone; `rules`: those of its chain.
    """

    key: str
    stage: str
    kind: str
    corrector: Corrector
    cut: TrainingSlice
    source: Upstream
    origins: Origins
    frame: ForecastSpec
    deeper: bool
    own: bool
    rules: Rules = HONEST

    def needs(self) -> tuple[str, ...]:
        """Keys of the tasks that must be finished first, done or failed."""
        return tuple(dict.fromkeys(self.source.needs()))

    def required(self) -> tuple[str, ...]:
        """Those that must not have failed; without a fold there is less to learn from."""
        return tuple(dict.fromkeys(self.source.required()))


@dataclass(frozen=True, eq=False)
class CombineTask:
    """Combine the members of an ensemble, by weights learned on their honest rows if it learns any; answer origins.

    A member that did not finish is left out; `names` are the members'.
    """

    key: str
    stage: str
    how: How
    options: Combining
    cut: TrainingSlice
    members: tuple[Upstream, ...]
    names: tuple[str, ...]
    origins: Origins
    frame: ForecastSpec
    deeper: bool
    kind: str = "ensemble"

    def needs(self) -> tuple[str, ...]:
        """Keys of the tasks that must be finished first, done or failed."""
        return tuple(dict.fromkeys(key for member in self.members for key in member.needs()))

    def required(self) -> tuple[str, ...]:
        """Those that must not have failed: none, for a member without a forecast is left out."""
        return ()


Task = FitTask | CorrectTask | CombineTask


def fits_each_series(task: Task) -> bool:
    """Whether the task fits each series alone."""
    if not isinstance(task, FitTask) or task.kind in ("neural", "learner"):
        return False
    return isinstance(task.forecaster, PerSeries) and task.forecaster.per_series


@dataclass(frozen=True, eq=False)
class RefitWindow:
    """One cutoff at which everything is fitted, and the origins that fit must answer.

    Attributes:
        index: the window fitted at.
        cut: the training part.
        origins: all origins of the windows answered, in the cut's positions.
    """

    index: int
    cut: TrainingSlice
    origins: Origins


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything to run, each task once, dependencies first.

    Attributes:
        tasks: by key.
        answers: (name, window group) -> where its forecasts come from.
        uses: task key -> names that need it.
        last: (name, group) -> keys of its own last stage.
        groups: window group -> its shared facts.
    """

    tasks: dict[str, Task]
    answers: dict[tuple[str, int], Upstream]
    uses: dict[str, tuple[str, ...]]
    last: dict[tuple[str, int], tuple[str, ...]]
    groups: dict[int, RefitWindow]

    def below(self, source: Upstream) -> Upstream | None:
        """What the last correction of a source learned from; None for a source without one."""
        task = self.tasks[source.key] if isinstance(source, StageOutput) else None
        return task.source if isinstance(task, CorrectTask) else None

    @cached_property
    def fits_without_sharing(self) -> int:
        """How many tasks there would be if every name ran alone."""
        return sum(len(names) for names in self.uses.values())


def closure(source: Upstream, tasks: dict[str, Task]) -> list[str]:
    """Keys of every task a source stands on, directly or not, each once."""
    found: dict[str, None] = {}
    waiting = list(source.needs())
    while waiting:
        key = waiting.pop()
        if key not in found:
            found[key] = None
            waiting.extend(tasks[key].needs())
    return list(found)
