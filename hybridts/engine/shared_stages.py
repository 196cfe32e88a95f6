"""Summary of the stages that several names share."""

from __future__ import annotations

from hybridts.engine.graph import Plan
from hybridts.text import listed, shortened


def shared_stages(plan: Plan) -> list[tuple[str, int, list[str]]]:
    """Return the stages that several names need as (stage, number of fits, names), the most shared first."""
    names: dict[str, set[str]] = {}
    count: dict[str, int] = {}
    for key, task in plan.tasks.items():
        names.setdefault(task.stage, set()).update(plan.uses.get(key, ()))
        count[task.stage] = count.get(task.stage, 0) + 1
    shared = sorted((s for s in names if len(names[s]) > 1), key=lambda s: (-len(names[s]), s))
    return [(stage, count[stage], sorted(names[stage])) for stage in shared]


def sharing(plan: Plan, most: int = 8) -> str:
    """Return a few lines about the shared stages, the most shared first."""
    shared = shared_stages(plan)
    lines = [f"{len(plan.tasks)} distinct stages; {plan.fits_without_sharing} if every name ran alone."]
    for stage, fits, names in shared[:most]:
        lines.append(f"  {shortened(stage)} ({fits} fit{'s' * (fits != 1)}) is shared by {listed(names)}")
    if len(shared) > most:
        lines.append(f"  and {len(shared) - most} more stages are shared; the report lists them.")
    return "\n".join(lines)
