"""What the audit runs in each of its fresh processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hybridts.audit.panels import AuditPanel
from hybridts.audit.runner import Answer, Target
from hybridts.audit.unseen import REPLACED, Direction, Kind, Unseen


@dataclass(frozen=True, eq=False)
class Reference:
    """Answers on one panel, the first of a process.

    Attributes:
        early: at the earlier cutoff; again: the same once more; late: at the later cutoff.
    """

    early: Answer
    again: Answer
    late: Answer


def reference(target: Target, scenes: Sequence[AuditPanel]) -> list[Reference]:
    """Fit at the earlier cutoff twice, then at the later one; every panel's first fit comes before all others."""
    first = [target.at(scene, scene.early)[0] for scene in scenes]
    # The plainest panel and the one with everything stand for all.
    again = [target.at(s, s.early)[0] if s in (scenes[0], scenes[-1]) else first[i] for i, s in enumerate(scenes)]
    late = [target.at(scene, scene.late)[0] for scene in scenes]
    return [Reference(*answers) for answers in zip(first, again, late, strict=True)]


@dataclass(frozen=True, eq=False)
class Reordered:
    """Answers on one panel after other fits in the same process.

    Attributes:
        late: at the later cutoff, before the earlier one.
        early: at the earlier cutoff, after the later one.
        after_other: at the earlier cutoff, after fits on other data with the same series ids.
    """

    late: Answer
    early: Answer
    after_other: Answer


def reordered(target: Target, scenes: Sequence[AuditPanel]) -> list[Reordered]:
    """Fit at the later cutoff, then at the earlier one, then on other data, then at the earlier one again."""
    return [_reordered(target, scene, other=scene in (scenes[0], scenes[-1])) for scene in scenes]


def _reordered(target: Target, scene: AuditPanel, *, other: bool) -> Reordered:
    if target.alone:
        # In one plan, as in a backtest, both fits are made by the same object. Not for hybrids and networks: the
        # origins they share with another window are computed in larger batches, which changes the last digits.
        late, early = target.at(scene, scene.late, scene.early)
    else:
        late, early = target.at(scene, scene.late)[0], target.at(scene, scene.early)[0]
    if not other:
        return Reordered(late, early, early)
    target.at(scene.with_panel(replace(scene.panel, values=scene.panel.values[::-1].copy())), scene.early)
    (after_other,) = target.at(scene, scene.early)
    return Reordered(late, early, after_other)


def without_unseen(target: Target, scenes: Sequence[AuditPanel]) -> list[list[Answer]]:
    """Fit at the earlier cutoff of each panel: what must not be seen replaced upwards, downwards, and taken away."""
    answers = []
    for scene in scenes:
        unseen = Unseen(scene, scene.early)
        changed = (unseen.replaced("up"), unseen.replaced("down"), unseen.taken_away())
        answers.append([target.at(other, scene.early)[0] for other in changed])
    return answers


def first_answer(target: Target, scene: AuditPanel) -> Answer:
    """Fit at the earlier cutoff, before anything else."""
    return target.at(scene, scene.early)[0]


def with_replaced(
    target: Target, scene: AuditPanel, direction: Direction, kinds: Sequence[Kind] = REPLACED, series: int | None = None
) -> Answer:
    """Fit at the earlier cutoff with only these kinds replaced, in all series or in one."""
    return target.at(Unseen(scene, scene.early).replaced(direction, kinds, series), scene.early)[0]


def with_fewer_rows(target: Target, scene: AuditPanel) -> Answer:
    """Fit at the earlier cutoff on a panel that holds no row beyond the last known-future covariates."""
    return target.at(Unseen(scene, scene.early).taken_away(only_rows=True), scene.early)[0]
