"""Run a plan: every task once, inputs first, in this process or on workers.

Every task has the same fixed number of threads, so no number depends on the number of workers.
"""

from __future__ import annotations

from hybridts.data.panel import Panel
from hybridts.engine.executors import executor_of
from hybridts.engine.executors.base import WorkerJob, one_thread, perform, stored, without_arrays
from hybridts.engine.graph import FitTask, Plan, Task
from hybridts.engine.progress_state import Outcome, RunState, Watcher
from hybridts.engine.resources import Workers, default_jobs
from hybridts.engine.scheduler import run_on_workers
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_parts import join_parts, parts_to_fit
from hybridts.engine.task_results import Done

#: Estimated seconds of work below which starting worker processes costs more than it saves.
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
        plan: the tasks.
        panel: the data that the plan was made for.
        store: finished stages are read from and written to it.
        jobs: number of worker processes, or more about them; None for one per core; 1 without limits for none.
        watch: called after every task.
        keep: return fitted models too (then nothing is taken from the store).
    """
    run = RunState(plan, panel, store, watch or (lambda _: None), Outcome(), keep=keep)
    workers = jobs if isinstance(jobs, Workers) else Workers(jobs)
    if _worth_workers(workers, sum(run.costs.values())):
        run_on_workers(run, panel, workers)
    else:
        _run_here(run, panel)
    return run.outcome


def _worth_workers(workers: Workers, cost: float) -> bool:
    """Return whether to start workers; limits need them, because only a process of its own can be stopped."""
    if workers.limits or executor_of(workers).on_request:
        return True
    return (workers.jobs or default_jobs()) > 1 and cost >= WORTH_WORKERS


def _run_here(run: RunState, panel: Panel) -> None:
    with one_thread(networks=any(task.kind == "neural" for task in run.waiting.values())):
        while run.waiting:
            for task in run.ready():
                del run.waiting[task.key]
                done = without_arrays(stored(_run_task(task, run, panel), run.store), keep=run.keep)
                run.finish(task, done.record, done.fitted)


def _run_task(task: Task, run: RunState, panel: Panel) -> Done:
    """Run a task, without the series that are cached."""
    cached = run.cache.find(task, panel)
    if cached is None:
        return perform(WorkerJob(task), panel, run.store)
    assert isinstance(task, FitTask)
    parts = parts_to_fit(task, cached, panel)
    if not parts:
        return cached.merged(task, panel, run.store, None)
    done = [perform(WorkerJob(part, part=True), panel, run.store) for part in parts]
    return join_parts(task, parts, done, cached, panel, run.store)
