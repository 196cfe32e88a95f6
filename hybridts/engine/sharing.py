"""Which names share which stages, in words."""

from __future__ import annotations

from collections.abc import Sequence

from hybridts.engine.graph import Plan


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
        lines.append(f"  {shortened(stage)} ({fits} fit{'s' * (fits != 1)}) is shared by {listed(names)}")
    if len(shared) > most:
        lines.append(f"  and {len(shared) - most} more stages are shared; the report lists them.")
    return "\n".join(lines)
