"""One VAR(p) with exogenous columns: estimated by ridge or least squares, all origins forecast in one vectorised pass.

Sources: Lütkepohl (2005), New introduction to multiple time series analysis, chapters 2 to 4 and 10; ridge as the
simplest shrinkage, its penalty by generalised cross-validation: Golub, Heath and Wahba (1979), Generalized
cross-validation as a method for choosing a good ridge parameter, Technometrics 21.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray, IntArray
from hybridts.models.statistical._failure import SeriesFailure
from hybridts.models.statistical._var.estimate import estimated, lagged, outside_again, shrunk_to_stable, with_earlier
from hybridts.models.statistical._var.groups import carry_forward
from hybridts.models.statistical._var.identified import regressed

_WORTH_ROWS = 0.25  # smallest share of a group's common rows that remain with a late column
_SMALLEST = 5  # fewest rows of a group after differencing
_MOST = 1.5  # ranges of the past by which one row of an exogenous column may move a modelled one
_FLAT = 1e-12  # a column that varies by less, relative to its size, is constant


@dataclass(frozen=True, eq=False)
class Scaling:
    """Centre [K] and scale [K] of columns; of their changes where `differenced`."""

    centre: FloatArray
    scale: FloatArray
    differenced: bool

    def apply(self, columns: FloatArray) -> FloatArray:
        """Return the scaled columns [R, K]; the first row's change is zero."""
        change = np.diff(columns, axis=0, prepend=columns[:1]) if self.differenced else columns
        return np.asarray((change - self.centre) / self.scale)


@dataclass(frozen=True, eq=False)
class VarSystem:
    """A fitted VAR(p) on scaled columns.

    Attributes:
        weights: [1 + K p + E, K] constant first, then lag 1 of all columns, lag 2, ..., then exogenous columns.
        scaling: of the K modelled columns.
        outside: scaling of the E exogenous columns.
        level: [K] value of a column before its first known one.
        lag: p.
        ridge: penalty, 0 for least squares.
        damped: whether an explosive fit was shrunk.
        rows: number of rows it was fitted on, those lost to differences and lags included.
        earlier: 1 where the exogenous columns enter one row earlier too (then E counts them twice), else 0.
        apart: the exogenous columns act on their own row alone: the lags are those of what their effect leaves.
    """

    weights: FloatArray
    scaling: Scaling
    outside: Scaling
    level: FloatArray
    lag: int
    ridge: float
    damped: bool
    rows: int
    earlier: int = 0
    apart: bool = False

    def forecast(self, values: FloatArray, row: IntArray, ahead: int, columns: FloatArray | None = None) -> FloatArray:
        """Return forecasts [M, ahead, K] of all columns for 1 .. ahead rows after each row.

        Args:
            values: [T, K], NaN where missing.
            row: [M] rows to forecast from; -1 is before the first.
            ahead: number of steps.
            columns: [1 + T + ahead, E] without gaps, from the row before the first on.
        """
        filled = np.vstack([self.level, carry_forward(values, self.level)])  # row -1 becomes row 0
        at = row + 1
        begun = np.vstack([np.zeros(len(self.level), bool), np.logical_or.accumulate(np.isfinite(values), axis=0)])
        if self.scaling.differenced:
            begun[1:] &= begun[:-1].copy()  # the first value has no change, since the one before it is unknown
        z = np.where(begun, self.scaling.apply(filled), 0.0)
        lags = len(self.level) * self.lag
        effect = np.zeros((len(filled) + ahead, len(self.level)))
        if columns is not None:
            effect = with_earlier(self.outside.apply(columns), self.earlier) @ self.weights[1 + lags :]
        lasting, added = (0.0 * effect, effect) if self.apart else (effect, 0.0 * effect)
        z = z - np.where(begun, added[: len(z)], 0.0)
        back = at[:, None] - np.arange(self.lag)
        state = np.where((back >= 0)[..., None], z[np.maximum(back, 0)], 0.0)  # [M, lag, K]
        steps = np.empty((len(row), ahead, len(self.level)))
        for k in range(ahead):
            fresh = self.weights[0] + state.reshape(len(row), -1) @ self.weights[1 : 1 + lags] + lasting[at + k + 1]
            state = np.concatenate([fresh[:, None], state[:, :-1]], axis=1)
            steps[:, k] = (fresh + added[at + k + 1]) * self.scaling.scale + self.scaling.centre
        return filled[at][:, None] + np.cumsum(steps, axis=1) if self.scaling.differenced else steps

    def overreacts(self, values: FloatArray, columns: FloatArray, ahead: int) -> bool:
        """Return whether one row of an exogenous column could move a modelled one far more than it ever moved.

        The row lies anywhere between the smallest and the largest value of its column. Lags that repeat a pattern, with
        a column that repeats it too, fit every row of the past and may answer the first other row with anything.

        Args:
            values: [T, K], NaN where missing.
            columns: [T, E] without gaps.
            ahead: number of rows within which they answer.
        """
        lags, count = len(self.level) * self.lag, columns.shape[1]
        pulse = np.zeros((1 + ahead, count, count))
        pulse[1] = np.diag(np.ptp(columns, axis=0) / self.outside.scale)
        if self.scaling.differenced:
            pulse = np.diff(pulse, axis=0, prepend=0.0)
        if self.earlier:  # [1 + ahead, E, 2 E]
            pulse = np.concatenate([pulse, np.concatenate([pulse[:1] * 0, pulse[:-1]])], axis=2)
        drive = pulse @ self.weights[1 + lags :]
        state, answer = np.zeros((count, self.lag, len(self.level))), np.zeros((count, len(self.level)))
        most = np.zeros(len(self.level))
        for k in range(1, 1 + ahead):
            fresh = state.reshape(count, -1) @ self.weights[1 : 1 + lags] + drive[k]
            state = np.concatenate([fresh[:, None], state[:, :-1]], axis=1)
            answer = (answer if self.scaling.differenced else 0.0) + fresh
            most = np.maximum(most, np.abs(answer).max(axis=0))
        return bool((most * self.scaling.scale > _MOST * (np.nanmax(values, axis=0) - np.nanmin(values, axis=0))).any())


def fit_system(
    values: FloatArray, max_lag: int, columns: FloatArray | None = None, *, apart: bool = False
) -> VarSystem:
    """Fit a VAR to columns [T, K] and exogenous columns [T, E] without gaps, by the rules of `VAR`.

    With `apart` the effect of the exogenous columns is taken out first, by least squares, and lags see the rest.

    Raises:
        SeriesFailure: too few rows, or a column without values.
    """
    if not np.isfinite(values).any(axis=0).all():
        raise SeriesFailure("a column of its group shows no value; leave it out")
    level, start, filled, differenced = _common(values)
    if len(filled) - differenced < _SMALLEST:
        raise SeriesFailure(f"its group shows {len(filled)} common rows; VAR needs at least {_SMALLEST + differenced}")
    scaling, z = _scaled(filled, differenced)
    none = np.empty((len(filled), 0))
    outside, u = _scaled(none if columns is None else columns[start:], differenced)
    use = _counted(values[start:], differenced) if columns is not None else np.ones(len(z), dtype=bool)
    if apart:
        effect = regressed(u[use], z[use])
        (_, lag), weights, ridge = estimated(z - u @ effect, u[:, :0], max_lag, use, use)
        weights, damped = shrunk_to_stable(weights, lag)
        weights = np.vstack([weights, effect])
        return VarSystem(weights, scaling, outside, level, lag, ridge, damped, len(filled), apart=True)
    real = _whole(np.asarray(np.isfinite(values[start:]).all(axis=1)), differenced)
    (earlier, lag), weights, ridge = estimated(z, u, max_lag, use, real)
    weights, damped = shrunk_to_stable(weights, lag)
    if damped and columns is not None:
        weights = outside_again(weights, z.shape[1] * lag, lagged(z, with_earlier(u, earlier), lag, lag), use[lag:])
    return VarSystem(weights, scaling, outside, level, lag, ridge, damped, len(filled), earlier)


def unusable(values: FloatArray) -> dict[int, str]:
    """Return the columns of values [T, K] to leave out, index -> reason.

    Those without any value; then those that start latest, while the common rows are too few, or less than a quarter of
    the common rows without them.
    """
    known = np.isfinite(values)
    reasons = {int(k): "it shows no value; leave it out or give it data" for k in np.flatnonzero(~known.any(axis=0))}
    begins = known.argmax(axis=0)
    kept = np.flatnonzero(known.any(axis=0))
    while len(kept):
        _, start, filled, differenced = _common(values[:, kept])
        latest = begins[kept] == start
        if latest.all():
            break
        without = len(values) - int(begins[kept][~latest].max())
        few = len(filled) - differenced < _SMALLEST
        if not few and len(filled) >= _WORTH_ROWS * without:
            break
        why = f"it starts so late that its group shows {len(filled)} common rows, " + (
            f"and VAR needs at least {_SMALLEST + differenced}"
            if few
            else f"{without} without it: less than a quarter; give it a group of its own, or use ARIMA for it"
        )
        reasons.update(dict.fromkeys(kept[latest].tolist(), why))
        kept = kept[~latest]
    return reasons


def _common(values: FloatArray) -> tuple[FloatArray, int, FloatArray, bool]:
    """Return the common rows of columns [T, K].

    Returns:
        The level [K] of a column before its first value, the row from which on all columns have values, the rows from
        there on without gaps, and whether these are to be differenced.
    """
    level = np.nanmedian(values, axis=0)
    start = int(np.isfinite(values).argmax(axis=0).max())
    filled = carry_forward(values, level)[start:]
    return level, start, filled, bool(np.mean([_integrated(column) for column in filled.T]) > 0.5)


def _scaled(columns: FloatArray, differenced: bool) -> tuple[Scaling, FloatArray]:
    """Return the scaling and scaled rows [R, K]; a constant column becomes zeros, since it is rounding noise."""
    change = np.diff(columns, axis=0) if differenced else columns
    centre, spread = change.mean(axis=0), change.std(axis=0)
    size = np.abs(change).max(axis=0, initial=0.0)
    flat = spread <= _FLAT * size
    scaling = Scaling(centre, np.where(flat, np.where(size > 0, size, 1.0), spread), differenced)
    z = (change - centre) / scaling.scale
    z[:, flat] = 0.0
    return scaling, z


def _counted(values: FloatArray, differenced: bool) -> BoolArray:
    """Return [R] which rows tell what exogenous columns do: those with known values, not with filled ones.

    All columns of values [T, K] are known there, or, where that leaves less than half of the rows, any.
    """
    known = np.isfinite(values)
    for rows in (np.asarray(known.all(axis=1)), np.asarray(known.any(axis=1))):
        counted = _whole(rows, differenced)
        if 2 * counted.sum() >= len(counted):
            return np.asarray(counted)
    return np.ones(len(values) - differenced, dtype=bool)


def _whole(known: BoolArray, differenced: bool) -> BoolArray:
    """Return [R] which rows are known [T], or changes between known rows."""
    return np.asarray(known[1:] & known[:-1] if differenced else known)


def _integrated(y: FloatArray) -> bool:
    """Return whether the KPSS test rejects a stationary level of y [T] at 5 %.

    Source: Kwiatkowski, Phillips, Schmidt and Shin (1992), Testing the null hypothesis of stationarity against the
    alternative of a unit root, J. Econometrics 54; Bartlett window of 3 sqrt(T) / 13 lags.
    """
    error = y - y.mean()
    size = float(np.abs(error).max())
    if size <= 1e-12 * float(np.abs(y).max()):
        return False
    error = error / size
    rows = len(y)
    variance = float(error @ error) / rows
    lags = int(3 * np.sqrt(rows) / 13)
    for k in range(1, lags + 1):
        variance += 2 * (1 - k / (lags + 1)) * float(error[k:] @ error[:-k]) / rows
    return float(np.sum(np.cumsum(error) ** 2)) / rows**2 > 0.463 * variance
