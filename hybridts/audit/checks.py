"""The checks of one name, and a verdict for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hybridts.audit.runner import HORIZON, AuditForecasts, Target, with_random_future
from hybridts.audit.targets import WrongClass, audit_panel, audit_rows, recipe_of, with_open_gates
from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import HybridtsError, StageFailure
from hybridts.names.plugins import RAISED, registry
from hybridts.names.recipe import Chain, Recipe
from hybridts.names.registry import Registry

#: Rows of the short series: a little more than one season of months.
SHORT = 14
#: The checks that compare two runs.
SEED = "same seed, same forecast"
FUTURE = "values after the cutoff do not matter"
INNER = "out-of-fold errors ignore later values"
ORDER = "the order of windows does not matter"
ALONE = "each window is forecast as if it were alone"
MOVED = "forecasts follow shift and scale"
#: Two of them once more with open gates, because a closed gate hides its correction.
OPEN_SEED, OPEN_FUTURE = (f"{check}, gates held open" for check in (SEED, FUTURE))
#: Settings of a network with which its forecast depends on the level of the series, not only on its shape.
LEVEL_BASED: Mapping[str, tuple[object, ...]] = {"anchor": ("none",), "scale": ("mean_abs", "none"), "log": (True,)}


class Verdict(NamedTuple):
    """Result of one check.

    Attributes:
        check: name of the check.
        passed: whether it passed.
        detail: what was found.
    """

    check: str
    passed: bool
    detail: str


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
        return [Verdict("the contract of its class", False, str(cause))]
    panel = audit_panel(audit_rows(target.recipe), 7)
    cutoff = panel.lengths - 17
    ends = Origins(np.arange(len(panel)), cutoff)
    first = target.run(panel, cutoff, ends)
    if target.name in first.failed:
        return [Verdict("it forecasts", False, first.failed[target.name])]
    forecast = first.forecast[target.name]

    def again(other: Panel) -> FloatArray:
        return target.forecasts(other, cutoff, ends).forecast[target.name]

    verdicts = [
        _check_shape(forecast, len(ends)),
        *_guarded([SEED], lambda title: [_equal(title, forecast, again(panel))]),
        *_guarded([FUTURE], lambda title: [_equal(title, forecast, again(with_random_future(panel, cutoff)))]),
        *_guarded([OPEN_SEED, OPEN_FUTURE], lambda *titles: _check_open_gates(titles, target, panel, cutoff)),
        *_guarded([INNER], lambda title: [_check_out_of_fold(title, target, panel, cutoff, first)]),
        *_guarded([ORDER, ALONE], lambda *titles: _check_windows(titles, target, panel, cutoff)),
        *_guarded([MOVED], lambda title: _check_shift_and_scale(title, target, panel, cutoff, forecast)),
        *_guarded(["a constant series"], lambda title: [_check_awkward_series(title, target, constant=True)]),
        *_guarded(["a short series"], lambda title: [_check_awkward_series(title, target, short=True)]),
    ]
    repeats = all(v.passed for v in verdicts if v.check in (SEED, OPEN_SEED))
    return verdicts if repeats else [_inconclusive(v) for v in verdicts]


def _inconclusive(verdict: Verdict) -> Verdict:
    """Replace the detail of a failed comparison: two runs of this name differ anyway, which proves no other fault."""
    compares = verdict.check in (FUTURE, OPEN_FUTURE, INNER, ORDER, ALONE, MOVED)
    detail = "unknown, because two runs with one seed differ"
    return verdict._replace(detail=detail) if compares and not verdict.passed else verdict


def _guarded(titles: Sequence[str], run: Callable[..., list[Verdict]]) -> list[Verdict]:
    """Return the verdicts of `run`, or failed verdicts with the message if a plugin raises in it."""
    try:
        return run(*titles)
    except Exception as cause:
        text = str(cause) if isinstance(cause, HybridtsError) else f"it raised {type(cause).__name__}: {cause}"
        return [Verdict(title, False, text) for title in titles]


def _check_shape(forecast: FloatArray, count: int) -> Verdict:
    wanted = (count, HORIZON)
    good = forecast.shape == wanted and bool(np.isfinite(forecast).all())
    return Verdict("shape and finite values", good, f"{forecast.shape}, expected {wanted}, all finite")


def _equal(check: str, one: FloatArray, other: FloatArray) -> Verdict:
    """Pass if both arrays are equal to the last bit."""
    if one.shape != other.shape:
        return Verdict(check, False, f"shape {one.shape}, then {other.shape}")
    worst = float(np.nan_to_num(np.abs(one - other), nan=0.0).max(initial=0.0))
    return Verdict(check, bool(np.array_equal(one, other, equal_nan=True)), f"largest difference {worst:.3g}")


def _close(check: str, one: FloatArray, other: FloatArray) -> Verdict:
    """Pass if both arrays are equal up to the rounding of sums that are added in another order."""
    scale = np.maximum(np.abs(one), 1.0)
    worst = float(np.max(np.abs(one - other) / scale))
    return Verdict(check, worst <= 1e-6, f"largest relative difference {worst:.3g}")


def _check_open_gates(titles: Sequence[str], target: Target, panel: Panel, cutoff: IntArray) -> list[Verdict]:
    """Check seed and future with corrections in full: on small data most gates are closed and would hide a leak."""
    in_full = Target(Recipe(target.name, with_open_gates(target.recipe.root)), target.registry)
    if in_full.recipe == target.recipe:
        return []
    ends = Origins(np.arange(len(panel)), cutoff)
    one, again, other = (
        in_full.forecasts(p, cutoff, ends).forecast[target.name]
        for p in (panel, panel, with_random_future(panel, cutoff))
    )
    return [_equal(titles[0], one, again), _equal(titles[1], one, other)]


def _check_out_of_fold(title: str, target: Target, panel: Panel, cutoff: IntArray, first: AuditForecasts) -> Verdict:
    """Check that out-of-fold forecasts at earlier origins do not change when all later values are replaced."""
    if target.name not in first.out_of_fold or not len(first.out_of_fold[target.name]):
        return Verdict(title, True, "no correction, so no out-of-fold errors")
    if isinstance(target.recipe.root, Chain) and target.recipe.root.rules.residuals == "in_sample":
        return Verdict(title, True, "not claimed with residuals: in_sample")
    rows = first.out_of_fold[target.name]
    middle = np.full(len(panel), int(np.median(rows.origins.position)))
    changed = with_random_future(panel, middle)
    other = target.forecasts(changed, cutoff, Origins(np.arange(len(panel)), cutoff)).out_of_fold[target.name]
    mine, theirs = (r.origins.position <= middle[0] for r in (rows, other))
    return _equal(title, rows[mine].forecast, other[theirs].forecast)


def _check_windows(titles: Sequence[str], target: Target, panel: Panel, cutoff: IntArray) -> list[Verdict]:
    """Compare the windows of one fit, forecast in one call, with the same shuffled, and with each one alone."""
    many = Origins.between(cutoff, cutoff + 6)
    fitted = target.fitted(panel.cut(cutoff))
    together = fitted.forecast(panel, many)
    if together.shape != (len(many), HORIZON):
        raise StageFailure(f"forecast answered shape {together.shape} for {len(many)} windows of {HORIZON} steps.")
    shuffled = np.random.default_rng(0).permutation(len(many))
    mixed = fitted.forecast(panel, many[shuffled])
    alone = np.empty_like(together)
    for row in range(len(many)):
        one = many[np.array([row])]
        # The series share a calendar: a panel truncated at an origin ends there in all of them.
        alone[row] = fitted.forecast(panel.cut(np.full(len(panel), one.position[0])), one)[0]
    return [
        _close(titles[0], together[shuffled], mixed),
        _close(titles[1], together, alone),
    ]


def _check_shift_and_scale(
    title: str, target: Target, panel: Panel, cutoff: IntArray, forecast: FloatArray
) -> list[Verdict]:
    """Check that a shifted and scaled series gives the shifted and scaled forecast; only networks claim this."""
    stages = target.recipe.stages()
    if any(stage.kind != "neural" for stage in stages):
        return []
    for values in (stage.network for stage in stages):
        by_level = [f"{key}={values[key]}" for key, which in LEVEL_BASED.items() if values.get(key) in which]
        if by_level:
            return [Verdict(title, True, f"not claimed with {', '.join(by_level)}")]
    factor, shift = 4.0, -64.0
    moved = replace(panel, values=factor * panel.values + shift)
    found = target.forecasts(moved, cutoff, Origins(np.arange(len(panel)), cutoff))
    back = (found.forecast[target.name] - shift) / factor
    worst = float(np.max(np.abs(back - forecast)) / np.nanstd(panel.values))
    return [Verdict(title, worst <= 1e-3, f"largest difference {worst:.3g} of the data's spread")]


def _check_awkward_series(title: str, target: Target, *, constant: bool = False, short: bool = False) -> Verdict:
    """Check a constant or short series beside two ordinary ones: it has finite forecasts, or a reason for none."""
    panel = audit_panel(audit_rows(target.recipe) - 16, 3)
    cutoff = panel.lengths - 1
    if constant:
        values = panel.values.copy()
        values[panel.starts[1] : panel.stops[1]] = 5.0
        panel = replace(panel, values=values)
    if short:
        panel = panel.trim(np.array([0, panel.lengths[1] - SHORT, 0]))
        cutoff = panel.lengths - 1
    try:
        found = target.run(panel, cutoff, panel.ends())
    except HybridtsError as error:
        return Verdict(title, True, f"refused: {error}")
    if target.name in found.failed:
        return Verdict(title, False, f"the whole panel failed: {found.failed[target.name]}")
    finite = [bool(row.all()) for row in np.isfinite(found.forecast[target.name])]
    if not (finite[0] and finite[2]):
        return Verdict(title, False, "an ordinary series beside it has no finite forecast")
    reason = "finite" if finite[1] else found.missing.get(panel.ids[1], "named as a failed series")
    return Verdict(title, f" {RAISED} " not in reason, reason)  # a model may refuse a series, but not raise on it
