"""Estimation of the equations of a VAR: the lag by BIC, ridge or least squares, shrunk where they explode.

Source: see `equations`.
"""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray
from hybridts.models.statistical._var.identified import identified, regressed

_RIDGES = np.logspace(-4, 4, 25)
_WORTH = 1.01  # least squares is kept while its cross-validation score is at most this multiple of the best
_LEAST = 1e-12  # smallest direction of a design, relative to the largest: what is left of equal columns
_LEAST_OUTSIDE = 1e-4  # the same where known-future columns may come apart ahead that never did before


def _lags_real(real: BoolArray, lag: int) -> BoolArray:
    """Return [T - lag] which rows are real [T], and the `lag` rows before them too."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(real, lag + 1).all(axis=1))


def estimated(
    z: FloatArray, u: FloatArray, max_lag: int, use: BoolArray, real: BoolArray
) -> tuple[tuple[int, int], FloatArray, float]:
    """Choose by BIC whether exogenous columns enter one row earlier too, and the lag.

    Args:
        z: [T, K] scaled columns.
        u: [T, E] scaled exogenous columns.
        max_lag: largest lag.
        use: [T] rows that are fitted.
        real: [T] rows without filled values.

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
    design, target = fitted_rows(best, best[1])
    if not outside:
        return best, *_ridge(design, target, least)
    split = 1 + columns * best[1]
    basis = identified(design[:, :split], design[:, split:], target, _lags_real(real, best[1])[use[best[1] :]])
    weights, penalty = _ridge(np.hstack([design[:, :split], design[:, split:] @ basis]), target, least)
    return best, np.vstack([weights[:split], basis @ weights[split:]]), penalty


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


def shrunk_to_stable(weights: FloatArray, lag: int) -> tuple[FloatArray, bool]:
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


def outside_again(weights: FloatArray, count: int, table: tuple[FloatArray, FloatArray], use: BoolArray) -> FloatArray:
    """Return weights whose constant and exogenous columns are fitted to what the shrunk lags leave of a target.

    Args:
        weights: [1 + K p + E, K].
        count: of lags, K p.
        table: design [R, 1 + K p + E] and target [R, K].
        use: [R] rows that are fitted.
    """
    design, target = table[0][use], table[1][use]
    lags = slice(1, 1 + count)
    rest = target - design[:, lags] @ weights[lags]
    fresh = weights.copy()
    fresh[lags.stop :] = regressed(design[:, lags.stop :], rest)
    fresh[0] = (rest - design[:, lags.stop :] @ fresh[lags.stop :]).mean(axis=0)
    return fresh
