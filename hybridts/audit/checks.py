"""The checks of one name, and a verdict for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from hybridts.audit.runner import HORIZON, AuditForecasts, Target, poisoned
from hybridts.audit.targets import NoContract, cells, opened, recipe_of, rows_for
from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import HybridtsError, StageFailure
from hybridts.names.plugins import RAISED, registry
from hybridts.names.recipe import Chain, Recipe
from hybridts.names.registry import Registry

#: Values of the short series: a year of months and little more.
SHORT = 14
#: The checks that compare two runs.
SEED = "same seed, same forecast"
FUTURE = "values after the cutoff do not matter"
INNER = "honest errors ignore their future"
ORDER = "the order of windows does not matter"
ALONE = "each window answers as if it were alone"
MOVED = "forecasts follow shift and scale"
#: Two of them once more where a gate could hide what a correction does.
OPEN_SEED, OPEN_FUTURE = (f"{check}, gates held open" for check in (SEED, FUTURE))
#: Settings of a network with which its answer depends on where zero lies.
LEVEL_BASED: Mapping[str, tuple[Any, ...]] = {"anchor": ("none",), "scale": ("mean_abs", "none"), "log": (True,)}


class Verdict(NamedTuple):
    """One check: its name, whether it held, and what was seen."""

    check: str
    passed: bool
    detail: str


def check(name: str, table: Registry | None = None) -> list[Verdict]:
    """Run every check on a name, a combo, or a plugin "module:object".

    Args:
        name: what to check.
        table: the registry that knows it; None for the one in use.

    Raises:
        UserError: the target does not parse or cannot be imported.
    """
    table = registry() if table is None else table
    try:
        target = Target(recipe_of(name, table), table)
    except NoContract as cause:
        return [Verdict("the contract of its class", False, str(cause))]
    panel = cells(rows_for(target.recipe), 7)
    cutoff = panel.lengths - 17
    ends = Origins(np.arange(len(panel)), cutoff)
    first = target.run(panel, cutoff, ends)
    if target.name in first.failed:
        return [Verdict("it forecasts", False, first.failed[target.name])]
    forecast = first.forecast[target.name]

    def again(other: Panel) -> FloatArray:
        return target.forecasts(other, cutoff, ends).forecast[target.name]

    verdicts = [
        _shape(forecast, len(ends)),
        *_guarded([SEED], lambda title: [_same(title, forecast, again(panel))]),
        *_guarded([FUTURE], lambda title: [_same(title, forecast, again(poisoned(panel, cutoff)))]),
        *_guarded([OPEN_SEED, OPEN_FUTURE], lambda *titles: _open(titles, target, panel, cutoff)),
        *_guarded([INNER], lambda title: [_inner(title, target, panel, cutoff, first)]),
        *_guarded([ORDER, ALONE], lambda *titles: _windows(titles, target, panel, cutoff)),
        *_guarded([MOVED], lambda title: _moved(title, target, panel, cutoff, forecast)),
        *_guarded(["a constant series"], lambda title: [_awkward(title, target, constant=True)]),
        *_guarded(["a short series"], lambda title: [_awkward(title, target, short=True)]),
    ]
    repeats = all(v.passed for v in verdicts if v.check in (SEED, OPEN_SEED))
    return verdicts if repeats else [_unclear(v) for v in verdicts]


def _unclear(verdict: Verdict) -> Verdict:
    """A comparison of a name that answers differently every time accuses it of that alone."""
    compares = verdict.check in (FUTURE, OPEN_FUTURE, INNER, ORDER, ALONE, MOVED)
    detail = "cannot be told while two runs with one seed differ"
    return verdict._replace(detail=detail) if compares and not verdict.passed else verdict


def _guarded(titles: Sequence[str], run: Callable[..., list[Verdict]]) -> list[Verdict]:
    """The verdicts of a check; what a plugin raises in it is the verdict."""
    try:
        return run(*titles)
    except Exception as cause:
        text = str(cause) if isinstance(cause, HybridtsError) else f"it raised {type(cause).__name__}: {cause}"
        return [Verdict(title, False, text) for title in titles]


def _shape(forecast: FloatArray, count: int) -> Verdict:
    wanted = (count, HORIZON)
    good = forecast.shape == wanted and bool(np.isfinite(forecast).all())
    return Verdict("shape and finite values", good, f"{forecast.shape}, expected {wanted}, all finite")


def _same(check: str, one: FloatArray, other: FloatArray) -> Verdict:
    """Bit for bit the same."""
    if one.shape != other.shape:
        return Verdict(check, False, f"shape {one.shape}, then {other.shape}")
    worst = float(np.nan_to_num(np.abs(one - other), nan=0.0).max(initial=0.0))
    return Verdict(check, bool(np.array_equal(one, other, equal_nan=True)), f"largest difference {worst:.3g}")


def _open(titles: Sequence[str], target: Target, panel: Panel, cutoff: IntArray) -> list[Verdict]:
    """Corrections in full: on small data most gates are shut, and a shut gate hides a correction that leaks."""
    in_full = Target(Recipe(target.name, opened(target.recipe.root)), target.registry)
    if in_full.recipe == target.recipe:
        return []
    ends = Origins(np.arange(len(panel)), cutoff)
    one, again, other = (
        in_full.forecasts(p, cutoff, ends).forecast[target.name] for p in (panel, panel, poisoned(panel, cutoff))
    )
    return [_same(titles[0], one, again), _same(titles[1], one, other)]


def _inner(title: str, target: Target, panel: Panel, cutoff: IntArray, first: AuditForecasts) -> Verdict:
    """Honest errors at inner origins stand when everything after them is replaced."""
    if target.name not in first.honest or not len(first.honest[target.name]):
        return Verdict(title, True, "no correction, so no honest errors")
    if isinstance(target.recipe.root, Chain) and target.recipe.root.rules.residuals == "in_sample":
        return Verdict(title, True, "not claimed with residuals: in_sample")
    rows = first.honest[target.name]
    middle = np.full(len(panel), int(np.median(rows.origins.position)))
    other = target.forecasts(poisoned(panel, middle), cutoff, Origins(np.arange(len(panel)), cutoff)).honest[
        target.name
    ]
    keep = rows.origins.position <= middle[0]
    return _same(title, rows[keep].forecast, other[other.origins.position <= middle[0]].forecast)


def _windows(titles: Sequence[str], target: Target, panel: Panel, cutoff: IntArray) -> list[Verdict]:
    """The windows of one fit, asked for in one call, shuffled, against each alone on its own truncated panel."""
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
        # The series share a calendar: truncated at an origin, all of them end there.
        alone[row] = fitted.forecast(panel.cut(np.full(len(panel), one.position[0])), one)[0]
    return [
        _close(titles[0], together[shuffled], mixed),
        _close(titles[1], together, alone),
    ]


def _moved(title: str, target: Target, panel: Panel, cutoff: IntArray, forecast: FloatArray) -> list[Verdict]:
    """Networks claim that a shifted and scaled series gives the shifted and scaled forecast; other families do not."""
    stages = target.recipe.stages()
    if any(stage.kind != "neural" for stage in stages):
        return []
    for values in (stage.network for stage in stages):
        by_level = [f"{key}={values[key]}" for key, which in LEVEL_BASED.items() if values.get(key) in which]
        if by_level:
            return [Verdict(title, True, f"not claimed with {', '.join(by_level)}")]
    factor, shift = 4.0, -64.0
    moved = replace(panel, values=factor * panel.values + shift)
    said = target.forecasts(moved, cutoff, Origins(np.arange(len(panel)), cutoff))
    back = (said.forecast[target.name] - shift) / factor
    worst = float(np.max(np.abs(back - forecast)) / np.nanstd(panel.values))
    return [Verdict(title, worst <= 1e-3, f"largest difference {worst:.3g} of the data's spread")]


def _close(check: str, one: FloatArray, other: FloatArray) -> Verdict:
    """The same up to the rounding of sums taken in another order."""
    scale = np.maximum(np.abs(one), 1.0)
    worst = float(np.max(np.abs(one - other) / scale))
    return Verdict(check, worst <= 1e-6, f"largest relative difference {worst:.3g}")


def _awkward(title: str, target: Target, *, constant: bool = False, short: bool = False) -> Verdict:
    """Beside two ordinary series one that is awkward: finite numbers, or a named failure."""
    panel = cells(rows_for(target.recipe) - 16, 3)
    cutoff = panel.lengths - 1
    if constant:
        values = panel.values.copy()
        values[panel.starts[1] : panel.stops[1]] = 5.0
        panel = replace(panel, values=values)
    if short:
        panel = panel.trim(np.array([0, panel.lengths[1] - SHORT, 0]))
        cutoff = panel.lengths - 1
    try:
        said = target.run(panel, cutoff, panel.ends())
    except HybridtsError as error:
        return Verdict(title, True, f"refused: {error}")
    if target.name in said.failed:
        return Verdict(title, False, f"the whole panel failed: {said.failed[target.name]}")
    finite = [bool(row.all()) for row in np.isfinite(said.forecast[target.name])]
    if not (finite[0] and finite[2]):
        return Verdict(title, False, "an ordinary series beside it has no finite forecast")
    reason = "finite" if finite[1] else said.silent.get(panel.ids[1], "named as a failed series")
    return Verdict(title, f" {RAISED} " not in reason, reason)  # a model may decline a series, not stumble over it
