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
from hybridts.models.statistical._var.groups import carry_forward

_WORTH_ROWS = 0.25  # smallest share of a group's common rows that remain with a late column
_SMALLEST = 5  # fewest rows of a group after differencing
_RIDGES = np.logspace(-4, 4, 25)
_WORTH = 1.01  # least squares is kept while its cross-validation score is at most this multiple of the best
_LEAST = 1e-12  # smallest direction of a design, relative to the largest: what is left of equal columns
_LEAST_OUTSIDE = 1e-4  # the same where known-future columns may come apart ahead that never did before
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
        back = at[:, None] - np.arange(self.lag)
        state = np.where((back >= 0)[..., None], z[np.maximum(back, 0)], 0.0)  # [M, lag, K]
        steps = np.empty((len(row), ahead, len(self.level)))
        for k in range(ahead):
            fresh = self.weights[0] + state.reshape(len(row), -1) @ self.weights[1 : 1 + lags] + effect[at + k + 1]
            state = np.concatenate([fresh[:, None], state[:, :-1]], axis=1)
            steps[:, k] = fresh * self.scaling.scale + self.scaling.centre
        return filled[at][:, None] + np.cumsum(steps, axis=1) if self.scaling.differenced else steps


def fit_system(values: FloatArray, max_lag: int, columns: FloatArray | None = None) -> VarSystem:
    """Fit a VAR to columns [T, K] and exogenous columns [T, E] without gaps, by the rules of `VAR`.

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
    (earlier, lag), weights, ridge = _estimate(z, u, max_lag, use)
    weights, damped = _shrink_to_stable(weights, lag)
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
        counted = rows[1:] & rows[:-1] if differenced else rows
        if 2 * counted.sum() >= len(counted):
            return np.asarray(counted)
    return np.ones(len(values) - differenced, dtype=bool)


def _estimate(z: FloatArray, u: FloatArray, max_lag: int, use: BoolArray) -> tuple[tuple[int, int], FloatArray, float]:
    """Choose by BIC whether exogenous columns enter one row earlier too, and the lag.

    Args:
        z: [T, K] scaled columns.
        u: [T, E] scaled exogenous columns.
        max_lag: largest lag.
        use: [T] rows that are fitted.

    Returns:
        The choice (1 or 0, and the lag), the weights [1 + K p + E, K] and the ridge penalty.
    """
    rows, columns = int(use.sum()), z.shape[1]
    outside = u.shape[1]
    least = _LEAST_OUTSIDE if outside else _LEAST

    def fitted_rows(choice: tuple[int, int], skip: int) -> tuple[FloatArray, FloatArray]:
        design, target = lagged(z, with_earlier(u, choice[0]), choice[1], skip)
        return (design, target) if use.all() else (design[use[skip:]], target[use[skip:]])

    allowed = [
        (earlier, p)
        for earlier in ((0, 1) if outside else (0,))
        for p in range(1, max_lag + 1)
        if 2 * (columns * p + 1 + outside * (1 + earlier)) <= rows - max_lag
    ]
    if not allowed:
        return (0, 1), *_ridge(*fitted_rows((0, 1), 1), least)
    skip = max(p for _, p in allowed)
    best = min(allowed, key=lambda choice: _bic(*fitted_rows(choice, skip)))
    return best, *_ridge(*fitted_rows(best, best[1]), least)


def with_earlier(u: FloatArray, earlier: int) -> FloatArray:
    """Return columns [T, E] beside their values one row earlier, [T, 2 E], where `earlier` is 1; unchanged where 0."""
    return np.hstack([u, np.vstack([u[:1], u[:-1]])]) if earlier else u


def lagged(z: FloatArray, u: FloatArray, lag: int, skip: int) -> tuple[FloatArray, FloatArray]:
    """Return design [T - skip, 1 + K lag + E] and target [T - skip, K]; a common `skip` >= lag equalises samples."""
    blocks = [z[skip - back : len(z) - back] for back in range(1, lag + 1)]
    return np.hstack([np.ones((len(z) - skip, 1)), *blocks, u[skip:]]), z[skip:]


def _bic(design: FloatArray, target: FloatArray) -> float:
    """Return the BIC of least squares."""
    error = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    rows, columns = target.shape
    # without this floor a constant column, whose error is zero, would decide alone
    _, volume = np.linalg.slogdet(error.T @ error / rows + 1e-10 * np.eye(columns))
    return float(volume + np.log(rows) / rows * design.shape[1] * columns)


def _ridge(design: FloatArray, target: FloatArray, least: float) -> tuple[FloatArray, float]:
    """Return ridge weights [1 + K p + E, K], the constant unpenalised, and the penalty.

    Directions of the design smaller than `least`, relative to the largest, have no weight.
    The penalty minimises generalised cross-validation. Penalty 0, least squares, is compared too where there
    are at least twice as many rows as coefficients, and preferred to a penalty that is hardly better.
    """
    x, mean_x, mean_y = design[:, 1:], design[:, 1:].mean(axis=0), target.mean(axis=0)
    left, singular, right = np.linalg.svd(x - mean_x, full_matrices=False)
    kept = singular > least * singular.max(initial=0.0)
    left, singular, right = left[:, kept], singular[kept], right[kept]
    inner = left.T @ (target - mean_y)
    total = float(((target - mean_y) ** 2).sum())

    def score(penalty: float) -> float:
        shrunk = singular**2 / (singular**2 + penalty)
        rest = total - float(((2 * shrunk - shrunk**2)[:, None] * inner**2).sum())
        return rest / (len(x) - 1 - float(shrunk.sum())) ** 2

    penalty = float(min(_RIDGES * len(x), key=score))
    if 2 * (len(singular) + 1) <= len(x) and score(0.0) <= _WORTH * score(penalty):
        penalty = 0.0
    body = right.T @ ((singular / (singular**2 + penalty))[:, None] * inner)
    return np.vstack([mean_y - mean_x @ body, body]), penalty


def _shrink_to_stable(weights: FloatArray, lag: int) -> tuple[FloatArray, bool]:
    """Shrink explosive weights to spectral radius 0.99, and return whether they were.

    Scaling lag j by c^j scales every root by c.
    """
    columns = weights.shape[1]
    companion = np.eye(columns * lag, k=-columns)
    companion[:columns] = weights[1 : 1 + columns * lag].T
    radius = float(np.abs(np.linalg.eigvals(companion)).max())
    if radius <= 1.0:
        return weights, False
    shrink = np.repeat((0.99 / radius) ** np.arange(1, lag + 1), columns)
    damped = weights.copy()
    damped[1 : 1 + columns * lag] *= shrink[:, None]
    return damped, True


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
