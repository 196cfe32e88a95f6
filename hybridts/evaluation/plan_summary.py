"""Summarize a planned study: its distinct stages, which are finished already, and the cost of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hybridts.engine.cost import costs_of, memory_of
from hybridts.engine.graph import FitTask, PriorTask, Task, fits_each_series
from hybridts.engine.resources import default_jobs
from hybridts.engine.shared_stages import shared_stages
from hybridts.evaluation.study import PlannedStudy
from hybridts.files import AnyPath
from hybridts.text import listed, shortened

#: Families of stages, in the order of the summary.
STAGE_FAMILIES = ("prior", "baseline", "statistical", "neural", "learner", "correction", "ensemble")
#: Seconds until worker processes have imported their libraries.
WORKER_START_SECONDS = 4.0
#: Most shared stages that the text lists.
LISTED = 8


@dataclass(frozen=True)
class StageFamily:
    """Stages of one family.

    Attributes:
        family: prior (weights of networks, learned on simulated series), baseline, statistical, neural, learner (each
            fitted to the data), correction (of stages before it) or ensemble (with learned weights).
        stages: number of distinct stages.
        alone: number of stages if every name ran alone.
        finished: number of distinct stages found in the folders of finished stages.
        seconds: estimated seconds of work of all distinct stages.
        left: estimated seconds of work of those that are not finished.
    """

    family: str
    stages: int
    alone: int
    finished: int
    seconds: float
    left: float


@dataclass(frozen=True)
class SharedStage:
    """A stage that several names need.

    Attributes:
        stage: name of the stage.
        fits: number of its fits, on windows and folds.
        names: the names that need it.
    """

    stage: str
    fits: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class PlanSummary:
    """Size and estimated cost of a backtest.

    Attributes:
        names: models asked for; baselines: beside them; parts: parts of hybrids, evaluated without a fit of their own.
        windows, horizon, series, rows: size of the study and its data.
        stages: number of distinct stages; alone: if every name ran alone; finished: already finished.
        seconds: estimated seconds of work on one core; seconds_alone: if every name ran alone; seconds_left: of the
            stages that are not finished; wall_seconds: until the end with this many jobs.
        memory: estimated bytes at the peak, all processes together.
        jobs: worker processes.
        families: stages by family; shared: stages that several names need, the most shared first.
        notices: sentences that a reader must know before the run.
    """

    names: tuple[str, ...]
    baselines: tuple[str, ...]
    parts: tuple[str, ...]
    windows: int
    horizon: int
    series: int
    rows: int
    stages: int
    alone: int
    finished: int
    seconds: float
    seconds_alone: float
    seconds_left: float
    wall_seconds: float
    memory: int
    jobs: int
    families: tuple[StageFamily, ...]
    shared: tuple[SharedStage, ...]
    notices: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return all attributes as JSON-ready values."""
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        extra = [f"{len(self.baselines)} baselines"] if self.baselines else []
        extra += [f"{len(self.parts)} parts of hybrids for free"] if self.parts else []
        names = f"{_counted(len(self.names), 'name')}{' + ' if extra else ''}{' + '.join(extra)}"
        saved = f"; {self.alone} if every name ran alone" if self.alone > self.stages else ""
        lines = [
            f"{names}, {_counted(self.windows, 'window')} of {self.horizon} steps, "
            f"{self.series} series, {self.rows} rows",
            f"{self.stages} distinct stages{saved}",
        ]
        if self.finished:
            lines.append(f"{self.finished} of them are finished already, {self.stages - self.finished} to run")
        lines += ["", f"{'stages':<12} {'distinct':>8} {'alone':>7} {'finished':>8} {'work left':>10}"]
        for f in self.families:
            lines.append(f"{f.family:<12} {f.stages:>8} {f.alone:>7} {f.finished:>8} {duration(f.left):>10}")
        lines += ["", *self._cost()]
        if self.shared:
            lines += ["", "shared most:"]
            lines += [
                f"  {shortened(s.stage)} ({s.fits} fit{'s' * (s.fits != 1)}): {listed(s.names)}"
                for s in self.shared[:LISTED]
            ]
        return lines

    def _cost(self) -> list[str]:
        if self.finished == self.stages:
            return ["nothing is left to compute"]
        alone = self.seconds_alone / max(self.seconds, 1e-9)
        return [
            f"about {duration(self.wall_seconds)} on {_counted(self.jobs, 'job')} "
            f"({duration(self.seconds_left)} of work; sharing makes it {alone:.1f} times less)",
            f"about {self.memory / 2**30:.1f} GB of memory at the peak",
            "rough: a busy or slow machine takes longer",
        ]


def summary_of(planned: PlannedStudy, folders: Sequence[AnyPath] = (), jobs: int | None = None) -> PlanSummary:
    """Summarize a planned study.

    Args:
        planned: the study on its data.
        folders: folders of finished stages; one that does not exist is empty.
        jobs: worker processes; None: one per core.
    """
    plan, jobs = planned.plan, jobs or default_jobs()
    plans = (plan, *(repeat.plan for repeat in planned.repeats))
    tasks = {key: task for each in plans for key, task in each.tasks.items()}
    costs = {key: cost for each in plans for key, cost in costs_of(each, planned.panel).items()}
    finished = _finished(tasks, folders)
    left = {key: 0.0 if key in finished else cost for key, cost in costs.items()}
    asked = [r.name for r in planned.recipes if r.name in planned.asked]
    uses = {key: max(len(each.uses.get(key, ())), 1) for each in plans for key in each.tasks}
    return PlanSummary(
        names=tuple(asked),
        baselines=tuple(r.name for r in planned.recipes if r.name not in asked),
        parts=tuple(planned.parts),
        windows=len(planned.windows),
        horizon=planned.study.schedule.horizon,
        series=len(planned.panel),
        rows=int(planned.panel.lengths.sum()),
        stages=len(tasks),
        alone=sum(each.fits_without_sharing for each in plans),
        finished=len(finished),
        seconds=_rounded(sum(costs.values())),
        seconds_alone=_rounded(sum(costs[key] * uses[key] for key in costs)),
        seconds_left=_rounded(sum(left.values())),
        wall_seconds=_rounded(_wall(tasks, left, jobs)),
        memory=memory_of([t for k, t in tasks.items() if k not in finished], planned.panel, jobs),
        jobs=jobs,
        families=tuple(_families(tasks, uses, finished, costs)),
        shared=tuple(SharedStage(stage, fits, tuple(names)) for stage, fits, names in shared_stages(plan)),
        notices=planned.notices,
    )


def _finished(tasks: Mapping[str, Task], folders: Sequence[AnyPath]) -> set[str]:
    """Return keys of stages that a folder holds; nothing is written, so a missing folder is not made."""
    existing = [folder for folder in folders if folder.is_dir()]
    return {key for key in tasks if any((folder / f"{key}.json").exists() for folder in existing)}


def family_of(task: Task) -> str:
    """Return the family that a task is counted in."""
    if isinstance(task, PriorTask):
        return "prior"
    if isinstance(task, FitTask):
        return task.kind
    return "ensemble" if task.kind == "ensemble" else "correction"


def _families(
    tasks: Mapping[str, Task], uses: Mapping[str, int], finished: set[str], costs: Mapping[str, float]
) -> list[StageFamily]:
    """Return the families that have stages, in order."""
    found = []
    for family in STAGE_FAMILIES:
        keys = [key for key, task in tasks.items() if family_of(task) == family]
        if keys:
            done = [key for key in keys if key in finished]
            seconds, ready = sum(costs[k] for k in keys), sum(costs[k] for k in done)
            alone = sum(uses[k] for k in keys)
            found.append(StageFamily(family, len(keys), alone, len(done), _rounded(seconds), _rounded(seconds - ready)))
    return found


def _wall(tasks: Mapping[str, Task], left: Mapping[str, float], jobs: int) -> float:
    """Return estimated seconds until the last stage: the work divided among jobs, at least the longest chain."""
    work = sum(left.values())
    ends: dict[str, float] = {}
    for key, task in tasks.items():  # dependencies first
        own = left[key] / (jobs if fits_each_series(task) else 1)
        ends[key] = own + max((ends[need] for need in task.needs()), default=0.0)
    if jobs == 1 or not work:
        return work
    return max(work / jobs, max(ends.values(), default=0.0)) + WORKER_START_SECONDS


def _rounded(seconds: float) -> float:
    return round(seconds, 1)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Format a length of time in seconds, minutes or hours.

    >>> duration(45), duration(700), duration(12600)
    ('45 s', '12 min', '3.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 1 or not seconds else "1 s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
