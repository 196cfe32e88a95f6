"""The checks of one name, and a verdict for each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hybridts.audit.contract import Contract, check_contract
from hybridts.audit.fresh_process import CannotSend, Surroundings, in_fresh_process
from hybridts.audit.leaks import Compared, Inquiry, Run
from hybridts.audit.panels import AuditPanel, audit_panels
from hybridts.audit.runner import Answer, Target
from hybridts.audit.sessions import Reference, reference, reordered, without_unseen
from hybridts.audit.targets import WrongClass, audit_rows, libraries, recipe_of
from hybridts.audit.verdicts import (
    ALONE,
    CONTRACT,
    COVERAGE,
    FORECASTS,
    FUTURE,
    INNER,
    MOVED,
    OPEN_FUTURE,
    OPEN_SEED,
    ORDER,
    SEED,
    SHAPE,
    UNKNOWN,
    UNTOUCHED,
    Verdict,
    on,
)
from hybridts.errors import StageFailure
from hybridts.names.plugins import registry
from hybridts.names.registry import Registry

#: Settings of a network with which its forecast depends on the level of the series, not only on its shape.
LEVEL_BASED: Mapping[str, tuple[object, ...]] = {"anchor": ("none",), "scale": ("mean_abs", "none"), "log": (True,)}
#: Checks that compare two runs, and prove nothing where two equal runs differ.
_COMPARING = (FUTURE, OPEN_FUTURE, INNER, ORDER, ALONE, MOVED)


def check(name: str, table: Registry | None = None) -> list[Verdict]:
    """Run every check on a name, a combo, or a class "module:object" of a plugin.

    >>> from hybridts.audit import check
    >>> [verdict.check for verdict in check("Naive") if not verdict.passed]
    []

    Args:
        name: what to check.
        table: the known components and combos; None: the registry in use.

    Raises:
        UserError: the target does not parse or cannot be imported.
    """
    table = registry() if table is None else table
    try:
        target = Target(recipe_of(name, table), table)
    except WrongClass as cause:
        return [Verdict(CONTRACT, False, str(cause))]
    try:
        with tempfile.TemporaryDirectory(prefix="hybridts-") as folder:
            return _checked(target, _runner(target, folder))
    except StageFailure as cause:  # a process of its own died
        return [Verdict(FORECASTS, False, str(cause))]


def _checked(target: Target, run: Run) -> list[Verdict]:
    """Run every check on a parsed name; models run in processes of their own only."""
    every = audit_panels(audit_rows(target.recipe))
    first: list[Reference] = run(reference, target, every)
    works = [not answer.early.failed for answer in first]
    if not any(works):
        return [Verdict(FORECASTS, False, first[0].early.failed)]
    scenes = [scene for scene, good in zip(every, works, strict=True) if good]
    references = [answer for answer, good in zip(first, works, strict=True) if good]
    after, unseen = run(reordered, target, scenes), run(without_unseen, target, scenes)
    compared = list(map(Compared, scenes, references, after, unseen))
    contract = run(check_contract, Contract(target, scenes, [r.early for r in references], LEVEL_BASED))
    verdicts = [
        _check_shape(scenes[0], references[0].early),
        *Inquiry(target, run, compared, contract.later).verdicts(),
        _check_untouched(compared),
        *contract.verdicts,
        _coverage(every, first),
    ]
    repeats = all(v.passed for v in verdicts if v.check in (SEED, OPEN_SEED))
    return verdicts if repeats else [_inconclusive(v) for v in verdicts]


def _runner(target: Target, folder: str) -> Run:
    """Return a function that runs another in a fresh process; here, where the name cannot be sent to one."""
    around = Surroundings(libraries(target.recipe), folder)

    def run(function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return in_fresh_process(around, function, *arguments)
        except CannotSend:
            return function(*arguments)

    return run


def _inconclusive(verdict: Verdict) -> Verdict:
    """Replace the detail of a failed comparison: two runs of this name differ anyway, which proves no other fault."""
    return verdict._replace(detail=UNKNOWN) if verdict.check in _COMPARING and not verdict.passed else verdict


def _check_shape(scene: AuditPanel, answer: Answer) -> Verdict:
    wanted = (len(answer.origins), scene.spec.horizon)
    good = answer.forecast.shape == wanted and bool(np.isfinite(answer.forecast).all())
    return Verdict(SHAPE, good, f"{answer.forecast.shape}, expected {wanted}, all finite")


def _check_untouched(compared: Sequence[Compared]) -> Verdict:
    """Check that no run changed the panel it was given."""
    for scene, reference_, reordered_, unseen in compared:
        answers = (reference_.early, reference_.late, reordered_.late, *unseen)
        changed = next((answer.changed for answer in answers if answer.changed), "")
        if changed:
            to_do = "Copy what you change (panel.values.copy()): the next model is given the same panel."
            return Verdict(UNTOUCHED, False, f"it changed {changed} {on(scene)}. {to_do}")
    return Verdict(UNTOUCHED, True, "no array of the panel was written to")


def _coverage(every: Sequence[AuditPanel], first: Sequence[Reference]) -> Verdict:
    """Return on which panels the name was checked, and why not on the others."""
    done = [scene.label for scene, answer in zip(every, first, strict=True) if not answer.early.failed]
    text = "; ".join(done)
    for scene, answer in zip(every, first, strict=True):
        if answer.early.failed:
            text += f". Not checked on {scene.label}: {answer.early.failed}"
    return Verdict(COVERAGE, True, text)
