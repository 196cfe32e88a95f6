"""Cost of a plan before it runs: rough seconds and memory of every task.

A task is counted in units of work (training steps, products, rows under a kernel ...), and every unit has a rate in
seconds on one core. The rates were fitted to finished runs (experiments/planning). They order tasks and are shown by
the progress line and `backtest --plan`; no forecast depends on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hybridts.data.panel import Panel
from hybridts.engine.cost.memory import memory_of
from hybridts.engine.cost.rates import RATES, TASK_OVERHEAD
from hybridts.engine.cost.work import Units, WorkCounter
from hybridts.engine.graph import FitTask, Plan

__all__ = ["RATES", "TASK_OVERHEAD", "Units", "cost_of", "costs_of", "memory_of", "units_of"]


def costs_of(plan: Plan, panel: Panel, keys: Iterable[str] | None = None) -> dict[str, float]:
    """Return rough seconds of every task of a plan, or of those with these keys, by key."""
    count = WorkCounter(panel, plan.tasks)
    return {key: _seconds(count.units(plan.tasks[key])) for key in (plan.tasks if keys is None else keys)}


def cost_of(task: FitTask, panel: Panel) -> float:
    """Return rough seconds of one fit."""
    return _seconds(WorkCounter(panel, {}).units(task))


def units_of(plan: Plan, panel: Panel) -> dict[str, Units]:
    """Return the units of work of every task, by key; the rates were fitted to them."""
    count = WorkCounter(panel, plan.tasks)
    return {key: count.units(task) for key, task in plan.tasks.items()}


def _seconds(units: Mapping[str, float]) -> float:
    return TASK_OVERHEAD + sum(RATES.get(name, 0.0) * number for name, number in units.items())
