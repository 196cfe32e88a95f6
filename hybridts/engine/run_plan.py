"""Local processes: run every task of a plan once, dependencies first, on as many workers as asked for.

Threads per task are fixed (one), so the numbers do not depend on the number of workers.
"""

from __future__ import annotations

from hybridts.data.panel import Panel
from hybridts.engine.executors.base import Job, one_thread, only_facts, perform, stored
from hybridts.engine.graph import FitTask, Plan, Task
from hybridts.engine.progress_state import Outcome, Running, Watcher
from hybridts.engine.resources import Workers, default_jobs
from hybridts.engine.scheduler import run_workers
from hybridts.engine.series_cache import pieces, together
from hybridts.engine.stage_store import StageStore
from hybridts.engine.tasks import Done

#: Below this much work, starting worker processes costs more than it saves.
WORTH_WORKERS = 6.0


def execute(
    plan: Plan,
    panel: Panel,
    store: StageStore,
    jobs: Workers | int | None = None,
    watch: Watcher | None = None,
    *,
    keep: bool = False,
) -> Outcome:
    """Run every task that the store does not hold yet.

    Args:
        plan: what to run.
        panel: the data that the plan was drawn for.
        store: where finished stages lie and go.
        jobs: worker processes, or more about them; None for one per core; 1 without limits runs here.
        watch: told after every task.
        keep: also hand back fitted models (then nothing is taken from the store).
    """
    run = Running(plan, panel, store, watch or (lambda _: None), Outcome(), keep=keep)
    workers = jobs if isinstance(jobs, Workers) else Workers(jobs)
    if _worth(workers, sum(run.costs.values())):
        run_workers(run, panel, workers)
    else:
        _run_here(run, panel)
    return run.outcome


def _worth(workers: Workers, cost: float) -> bool:
    """Whether other processes are to be started; only what runs in one can be stopped at a limit."""
    if workers.limits or workers.executor != "local":
        return True
    return (workers.jobs or default_jobs()) > 1 and cost >= WORTH_WORKERS


def _run_here(run: Running, panel: Panel) -> None:
    with one_thread(networks=any(task.kind == "neural" for task in run.waiting.values())):
        while run.waiting:
            for task in run.ready():
                del run.waiting[task.key]
                done = only_facts(stored(_one(task, run, panel), run.store), keep=run.keep)
                run.finish(task, done.result.record, done.fitted)


def _one(task: Task, run: Running, panel: Panel) -> Done:
    """A task, as far as it is not known."""
    known = run.memory.of(task, panel)
    if known is None:
        return perform(Job(task), panel, run.store)
    assert isinstance(task, FitTask)
    parts = pieces(task, known, panel)
    if not parts:
        return known.merged(task, panel, run.store, None)
    done = [perform(Job(part, part=True), panel, run.store) for part in parts]
    return together(task, parts, done, known, panel, run.store)
