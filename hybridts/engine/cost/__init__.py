"""What a plan costs before anything is computed: rough seconds and memory of every task, and what sharing saves.

A task is counted in *units* of work (training steps, floating point operations, rows under a kernel ...), and every
unit has a rate: seconds on one core. The rates were fitted to finished runs, see experiments/planning; they order work,
fill the progress line and `backtest --plan`, and decide no number of a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hybridts.data.panel import Panel
from hybridts.engine.cost.memory import memory_of
from hybridts.engine.cost.rates import EVERY, RATES
from hybridts.engine.cost.work import Counting, Units
from hybridts.engine.graph import FitTask, Plan

__all__ = ["EVERY", "RATES", "Units", "cost_of", "costs_of", "memory_of", "units_of"]


def costs_of(plan: Plan, panel: Panel, keys: Iterable[str] | None = None) -> dict[str, float]:
    """Rough seconds of every task of a plan, or of those with these keys, by key."""
    count = Counting(panel, plan.tasks)
    return {key: _seconds(count.units(plan.tasks[key])) for key in (plan.tasks if keys is None else keys)}


def cost_of(task: FitTask, panel: Panel) -> float:
    """Rough seconds of one fit."""
    return _seconds(Counting(panel, {}).units(task))


def units_of(plan: Plan, panel: Panel) -> dict[str, Units]:
    """The units of work of every task, by key: what the rates were fitted to."""
    count = Counting(panel, plan.tasks)
    return {key: count.units(task) for key, task in plan.tasks.items()}


def _seconds(units: Mapping[str, float]) -> float:
    return EVERY + sum(RATES.get(name, 0.0) * number for name, number in units.items())
