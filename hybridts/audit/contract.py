"""Checks of one name inside a fresh process: gates held open, out-of-fold errors, windows, scale, awkward series."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from hybridts.audit.panels import HORIZON, AuditPanel, synthetic
from hybridts.audit.runner import Answer, Target, forecast_of
from hybridts.audit.targets import audit_rows, with_open_gates
from hybridts.audit.unseen import ADVICE, REPLACED, Kind, Unseen
from hybridts.audit.verdicts import (
    ALONE,
    CONSTANT,
    INNER,
    MOVED,
    OPEN_FUTURE,
    OPEN_SEED,
    ORDER,
    SHORT_SERIES,
    Difference,
    Verdict,
    difference,
    equal,
    on,
)
from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.errors import HybridtsError, StageFailure
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.models.protocols import Fitted
from hybridts.names.plugins import RAISED
from hybridts.names.recipe import Chain, Recipe

#: Rows of the short series: a little more than one season of months.
SHORT = 14
#: Windows of each series that one fit forecasts from.
WINDOWS = 7
#: Relative difference that the order in which sums are added may make.
ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class Contract:
    """What these checks need.

    Attributes:
        target: the name.
        scenes: the panels it forecasts, the plainest first.
        answers: its answer at the earlier cutoff of each.
        level_based: settings of a network with which its forecast depends on the level of the series.
    """

    target: Target
    scenes: Sequence[AuditPanel]
    answers: Sequence[Answer]
    level_based: Mapping[str, tuple[object, ...]]


class ContractFound(NamedTuple):
    """Verdicts, and what one fit reads beyond later origins, as sentences."""

    verdicts: list[Verdict]
    later: list[str]


def check_contract(given: Contract) -> ContractFound:
    """Run every check that needs no process of its own."""
    later: list[str] = []
    verdicts = [
        *guarded([OPEN_SEED, OPEN_FUTURE], lambda *titles: _check_open_gates(titles, given)),
        *guarded([INNER], lambda title: [_check_out_of_fold(title, given)]),
        *guarded([ORDER, ALONE], lambda *titles: _check_windows(titles, given, later)),
        *guarded([MOVED], lambda title: _check_shift_and_scale(title, given)),
        *guarded([CONSTANT], lambda title: [_check_awkward_series(title, given.target, constant=True)]),
        *guarded([SHORT_SERIES], lambda title: [_check_awkward_series(title, given.target, short=True)]),
    ]
    return ContractFound(verdicts, later)


def guarded(titles: Sequence[str], run: Callable[..., list[Verdict]]) -> list[Verdict]:
    """Return the verdicts of `run`, or failed verdicts with the message if a plugin raises in it."""
    try:
        return run(*titles)
    except Exception as cause:
        text = str(cause) if isinstance(cause, HybridtsError) else f"it raised {type(cause).__name__}: {cause}"
        return [Verdict(title, False, text) for title in titles]


def _verdict(title: str, found: Sequence[str], count: int) -> Verdict:
    """Return the verdict on comparisons of `count` panels, failed with the first finding."""
    if found:
        return Verdict(title, False, found[0])
    return Verdict(title, True, f"largest difference 0 on {count} panel{'s' if count != 1 else ''}")


# -- gates held open ----------------------------------------------------------------------------------------------
def _check_open_gates(titles: Sequence[str], given: Contract) -> list[Verdict]:
    """Check seed and future with corrections in full: on small data most gates are closed and would hide a leak."""
    in_full = Target(Recipe(given.target.name, with_open_gates(given.target.recipe.root)), given.target.registry)
    if in_full.recipe == given.target.recipe:
        return []
    seed, found, count = [], [], 0
    for scene in given.scenes:
        one = in_full.at(scene, scene.early)[0]
        if one.failed and scene is not given.scenes[0]:
            continue
        count += 1
        if scene is given.scenes[0]:
            again = forecast_of(in_full.at(scene, scene.early)[0])
            seed = [equal(titles[0], forecast_of(one), again)]
        other = in_full.at(Unseen(scene, scene.early).replaced("up"), scene.early)[0]
        apart = difference(scene.panel, one, other)
        found += [f"{apart.text()} {on(scene)}"] if apart else []
    return [*seed, _verdict(titles[1], found, count)]


# -- out-of-fold errors -------------------------------------------------------------------------------------------
def _check_out_of_fold(title: str, given: Contract) -> Verdict:
    """Check that out-of-fold forecasts at earlier origins do not change when all that is later is replaced.

    Only on panels whose series end together: elsewhere folds over series let a base learn from other series' later
    values.
    """
    target = given.target
    if all(answer.rows is None or not len(answer.rows) for answer in given.answers):
        return Verdict(title, True, "no correction, so no out-of-fold errors")
    if isinstance(target.recipe.root, Chain) and target.recipe.root.rules.residuals == "in_sample":
        return Verdict(title, True, "not claimed with residuals: in_sample")
    found, count = [], 0
    for scene, answer in zip(given.scenes, given.answers, strict=True):
        if scene.one_calendar and answer.rows is not None and len(answer.rows):
            count += 1
            apart = _changed_rows(target, scene, answer)
            found += [f"{apart} {on(scene)}"] if apart else []
    return _verdict(title, found, count)


def _changed_rows(target: Target, scene: AuditPanel, answer: Answer) -> str:
    """Return how out-of-fold forecasts up to a middle origin changed, or nothing."""
    rows = answer.rows
    assert rows is not None
    middle = int(np.median(rows.origins.position))
    changed = Unseen(scene, np.full(len(scene.panel), middle)).replaced("up")
    other = target.at(changed, scene.early)[0]
    if other.failed or other.rows is None:
        return f"with everything after row {middle} replaced there are none: {other.failed}"
    mine, theirs = (r.origins.position <= middle for r in (rows, other.rows))
    verdict = equal("", rows[mine].forecast, other.rows[theirs].forecast)
    if verdict.passed:
        return ""
    return (
        f"{verdict.detail}: errors at origins up to row {middle} moved when only later rows were replaced, so a base "
        "saw what it forecasts. Learn from the panel that fit is given, nothing else;"
    )


# -- windows ------------------------------------------------------------------------------------------------------
def _check_windows(titles: Sequence[str], given: Contract, later: list[str]) -> list[Verdict]:
    """Compare the windows of one fit, forecast in one call, with the same shuffled, and with each one alone.

    Adds to `later` what the fit reads beyond the origin of a window.
    """
    order, alone, count = [], [], 0
    for scene in given.scenes:
        many = _windows(scene)
        with given.target.fitted(scene) as fitted:
            try:
                together = _together(fitted, scene.panel, many, scene.spec.horizon)
            except HybridtsError:
                if scene is given.scenes[0]:
                    raise
                continue  # a model may refuse later windows of an awkward panel
            shuffled = np.random.default_rng(0).permutation(len(many))
            mixed = _together(fitted, scene.panel, many[shuffled], scene.spec.horizon)
            single = _one_by_one(fitted, scene, many)
            later += _read_later(fitted, scene, single)
        count += 1
        first = Answer(many, together)
        apart = difference(scene.panel, first, _put_back(many, mixed, shuffled), ROUNDING)
        order += [f"{apart.text()} when the windows of one call were shuffled, {on(scene)}"] if apart else []
        apart = difference(scene.panel, first, single, ROUNDING)
        alone += [f"{apart.text()} when each window was asked for alone, {on(scene)}"] if apart else []
    return [_verdict(titles[0], order, count), _verdict(titles[1], alone, count)]


def _put_back(many: Origins, mixed: FloatArray, shuffled: np.ndarray) -> Answer:
    """Return shuffled forecasts in their own order."""
    ordered = np.empty_like(mixed)
    ordered[shuffled] = mixed
    return Answer(many, ordered)


def _windows(scene: AuditPanel) -> Origins:
    """Return the origins of a few windows of every series that has rows at the earlier cutoff.

    With known-future columns, a series has no windows whose steps lie beyond the end of its columns.
    """
    first, last = scene.last_rows(scene.early), scene.last_rows(scene.early + WINDOWS - 1)
    if scene.panel.future.size:
        last = np.minimum(last, np.maximum(scene.panel.lengths - 1 - scene.spec.reach, first))
    return Origins.between(np.maximum(first, 0), np.where(first >= 0, last, -1))


def _together(fitted: Fitted, panel: Panel, many: Origins, horizon: int) -> FloatArray:
    found = np.asarray(fitted.forecast(panel, many), dtype=float)
    if found.shape != (len(many), horizon):
        raise StageFailure(f"forecast answered shape {found.shape} for {len(many)} windows of {horizon} steps.")
    return found


def _one_by_one(fitted: Fitted, scene: AuditPanel, many: Origins, kinds: Sequence[Kind] = ()) -> Answer:
    """Return the forecast from each origin alone, on the panel cut at its time, with these later rows replaced."""
    first, found = scene.last_rows(scene.early), []
    for row in range(len(many)):
        one = many[np.array([row])]
        cutoff = scene.early + int(one.position[0] - first[one.series[0]])
        shown = Unseen(scene, cutoff).replaced("up", kinds) if kinds else scene
        panel = shown.panel.cut(scene.last_rows(cutoff), scene.spec.reach)
        try:
            found.append(np.asarray(fitted.forecast(panel, one), dtype=float))
        except HybridtsError:  # it refuses this series: among others, that is a row of NaN
            found.append(np.full((1, scene.spec.horizon), np.nan))
    return Answer(many, np.concatenate(found))


def _read_later(fitted: Fitted, scene: AuditPanel, single: Answer) -> list[str]:
    """Return what the fit reads beyond the origins it is asked for, as a sentence."""

    def moved(kinds: Sequence[Kind]) -> Difference | None:
        return difference(scene.panel, single, _one_by_one(fitted, scene, single.origins, kinds))

    kinds = [kind for kind in Unseen(scene, scene.early).kinds() if kind in REPLACED]
    together = moved(kinds)
    if together is None:
        return []
    advice = [ADVICE[kind] for kind in kinds if moved([kind]) is not None]
    what = ", ".join(a.what for a in advice) or "values after the origin"
    to_do = advice[0].to_do if advice else "Read nothing after the origin."
    return [f"it reads {what}: {together.text()} at a later origin of the same fit, {on(scene)}. {to_do}"]


# -- shift and scale ----------------------------------------------------------------------------------------------
def _check_shift_and_scale(title: str, given: Contract) -> list[Verdict]:
    """Check that a shifted and scaled series gives the shifted and scaled forecast; only networks claim this."""
    stages = given.target.recipe.stages()
    if any(stage.kind != "neural" for stage in stages):
        return []
    for values in (stage.network for stage in stages):
        by_level = [f"{key}={values[key]}" for key, which in given.level_based.items() if values.get(key) in which]
        if by_level:
            return [Verdict(title, True, f"not claimed with {', '.join(by_level)}")]
    factor, shift = 4.0, -64.0
    scene = given.scenes[0]
    moved = scene.with_panel(replace(scene.panel, values=factor * scene.panel.values + shift))
    found = forecast_of(given.target.at(moved, scene.early)[0])
    back = (found - shift) / factor
    worst = float(np.max(np.abs(back - forecast_of(given.answers[0]))) / np.nanstd(scene.panel.values))
    return [Verdict(title, worst <= 1e-3, f"largest difference {worst:.3g} of the data's spread")]


# -- awkward series -----------------------------------------------------------------------------------------------
def _check_awkward_series(title: str, target: Target, *, constant: bool = False, short: bool = False) -> Verdict:
    """Check a constant or short series beside two ordinary ones: it has finite forecasts, or a reason for none."""
    panel = synthetic(audit_rows(target.recipe) - 16, 3)
    if constant:
        values = panel.values.copy()
        values[panel.starts[1] : panel.stops[1]] = 5.0
        panel = replace(panel, values=values)
    if short:
        panel = panel.trim(np.array([0, panel.lengths[1] - SHORT, 0]))
    found = target.at(AuditPanel("", panel, panel.lengths - 1, ForecastSpec(HORIZON, 0, 0)), panel.lengths - 1)[0]
    if found.failed:
        return Verdict(title, False, f"the whole panel failed: {found.failed}")
    finite = [bool(row.all()) for row in np.isfinite(found.forecast)]
    if not (finite[0] and finite[2]):
        return Verdict(title, False, "an ordinary series beside it has no finite forecast")
    reason = "finite" if finite[1] else found.missing.get(panel.ids[1], "named as a failed series")
    return Verdict(title, f" {RAISED} " not in reason, reason)  # a model may refuse a series, but not raise on it
