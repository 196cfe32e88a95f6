"""A statistical model as a correction: it models the series of out-of-fold one-step errors of the stages before it.

The error at position p comes from the origin p - gap - 1, so that at an origin only errors up to it are known.

Source: Zhang (2003), Time series forecasting using a hybrid ARIMA and neural network model, Neurocomputing 50, with
the roles of the two models open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.errors import NotApplicable, StageFailure
from hybridts.models.protocols import Fitted, Forecaster, ForResiduals, Hindcasts
from hybridts.models.statistical._per_series.fit import by_series

FEWEST = 8  # fewest known errors of a series for a model of them


@dataclass(frozen=True, kw_only=True)
class ResidualSeries:
    """Any statistical forecaster, fitted to the one-step error series of the stages before it.

    Attributes:
        forecaster: the model; its `for_residuals()` variant is used where it has one.
        fewest: known errors that a series needs; with fewer its correction is zero, which the notes record.
    """

    forecaster: Forecaster
    fewest: int = FEWEST

    def fit(self, panel: Panel, rows: Hindcasts, horizon: int, gap: int, seed: int) -> FittedResiduals:
        """Fit the forecaster to the errors in `rows`.

        Raises:
            NotApplicable: the forecaster is not applicable to the errors of all series (season 1, no groups). Where
                only some series have enough errors, the correction is zero instead.
        """
        history = {i: h.until(int(panel.lengths[i])) for i, h in _histories(rows, gap).items()}
        short = {
            panel.ids[i]: f"{int(np.isfinite(h.error).sum())} known errors, fewer than {self.fewest}: no correction"
            for i, h in history.items()
            if np.isfinite(h.error).sum() < self.fewest
        }
        kept = {i: h for i, h in history.items() if panel.ids[i] not in short}
        by_name = {panel.ids[i]: h for i, h in kept.items()}
        notes: dict[str, Any] = {"zero": short} if short else {}
        if not kept:
            return FittedResiduals(None, {}, horizon, gap, notes)
        chosen = self.forecaster.for_residuals() if isinstance(self.forecaster, ForResiduals) else self.forecaster
        try:
            model = chosen.fit(_error_panel(panel, kept), horizon, gap, seed)
        except (StageFailure, NotApplicable) as cause:
            if isinstance(cause, NotApplicable) and len(kept) == (panel.lengths > 0).sum():
                raise
            return FittedResiduals(None, {}, horizon, gap, {**notes, "failed": str(cause)})
        notes = {**notes, **model.notes, **({"failures": dict(model.failures)} if model.failures else {})}
        return FittedResiduals(model, by_name, horizon, gap, notes)


@dataclass(frozen=True, eq=False)
class FittedResiduals:
    """The fitted error model with the errors it was fitted on.

    Attributes:
        model: None where no series had enough errors.
        history: errors known at the fit, by series id.
        horizon, gap: of the forecasts, in rows.
        notes: JSON-ready facts for the report.
    """

    model: Fitted | None
    history: Mapping[str, ErrorHistory]
    horizon: int
    gap: int
    notes: Mapping[str, Any]

    def correct(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """Return forecasts of the error [M, H]; zero for a series without a model and before the first known error.

        At an origin only errors at positions up to it are used: those known at the fit, then those of `rows` of the
        same series (the panel's value minus the forecast of the row).
        """
        answer = np.zeros((len(rows), self.horizon))
        if self.model is None:
            return answer
        fresh = _histories(_as_shown(panel, rows, self.gap), self.gap)
        merged: dict[int, ErrorHistory] = {}
        for i, _ in by_series(rows.origins):
            known = self.history.get(panel.ids[i])
            if known is not None:
                merged[i] = _extended(known, fresh.get(i)).until(int(panel.lengths[i]))
        errors = _error_panel(panel, merged)
        place = {i: k for k, i in enumerate(merged)}
        first = np.array([merged[i].first if i in merged else 0 for i in rows.origins.series.tolist()])
        asked = np.array([i in merged for i in rows.origins.series.tolist()], dtype=bool)
        asked &= rows.origins.position >= first
        where = np.flatnonzero(asked)
        if not len(where):
            return answer
        series = np.array([place[i] for i in rows.origins.series[where].tolist()], dtype=np.int64)
        origins = Origins(series, rows.origins.position[where] - first[where])
        forecast = self.model.forecast(errors, origins)
        failed = np.array([errors.ids[k] in self.model.failures for k in series.tolist()], dtype=bool)
        answer[where] = np.where(failed[:, None], 0.0, forecast)
        return answer


@dataclass(frozen=True, eq=False)
class ErrorHistory:
    """The one-step errors of one series.

    Attributes:
        first: position of the first error.
        error: [T] at consecutive positions; NaN where unknown, and at the first of a new fold.
        fold: of the newest error.
    """

    first: int
    error: FloatArray
    fold: int = field(default=-1)

    def until(self, length: int) -> ErrorHistory:
        """Extend by unknown errors to `length` positions: a model of several series needs them to end together."""
        missing = max(length - self.first - len(self.error), 0)
        return replace(self, error=np.concatenate([self.error, np.full(missing, np.nan)])) if missing else self


def _histories(rows: Hindcasts, gap: int) -> dict[int, ErrorHistory]:
    """Return errors by series index, from the first known position to the last; the first of a new fold is missing."""
    found: dict[int, ErrorHistory] = {}
    for i, at in by_series(rows.origins):
        at = at[np.argsort(rows.origins.position[at], kind="stable")]
        error = rows.target[at, 0] - rows.forecast[at, 0]
        covered = np.flatnonzero(np.isfinite(rows.target[at, 0]))
        if not len(covered):
            continue
        at, error = at[covered], error[covered].copy()
        error[1:][np.diff(rows.fold[at]) != 0] = np.nan
        position = rows.origins.position[at] + gap + 1
        first = int(position[0])
        series = np.full(int(position[-1]) - first + 1, np.nan)
        series[position - first] = error
        found[i] = ErrorHistory(first, series, int(rows.fold[at[-1]]))
    return found


def _as_shown(panel: Panel, rows: Hindcasts, gap: int) -> Hindcasts:
    """Return the rows with the targets [M, 1] that this panel shows; rows.target is never read."""
    return replace(rows, target=panel.targets(rows.origins, 1, gap))


def _extended(known: ErrorHistory, fresh: ErrorHistory | None) -> ErrorHistory:
    """Return the errors known at the fit, then later ones; the first error of another fold is missing."""
    if fresh is None:
        return known
    end = known.first + len(known.error)
    later = fresh.error[max(end - fresh.first, 0) :].copy()
    begin = max(fresh.first, end)
    if not len(later):
        return known
    if fresh.fold != known.fold:
        later[:1] = np.nan
    return ErrorHistory(known.first, np.concatenate([known.error, np.full(begin - end, np.nan), later]), fresh.fold)


def _error_panel(panel: Panel, history: Mapping[int, ErrorHistory]) -> Panel:
    """Return the errors as a panel: same ids, times, season and groups, no covariates."""
    length = np.array([len(h.error) for h in history.values()], dtype=np.int64)
    starts = np.cumsum(length) - length
    rows = [panel.starts[i] + h.first + np.arange(len(h.error)) for i, h in history.items()]
    last = len(panel.times) - 1
    return Panel(
        values=np.concatenate([h.error for h in history.values()]) if history else np.empty(0),
        times=panel.times[np.minimum(np.concatenate(rows), last)] if history else np.empty(0, np.int64),
        starts=starts,
        stops=starts + length,
        reach=starts + length,
        ids=tuple(panel.ids[i] for i in history),
        season=panel.season,
        freq=panel.freq,
        step=panel.step,
        groups=None if panel.groups is None else tuple(panel.groups[i] for i in history),
    )
