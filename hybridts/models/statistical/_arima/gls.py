"""Regression with ARIMA errors: generalised least squares for the columns, alternating with the ARIMA of the errors.

Given the ARIMA, filtering the series and every column alike leaves an ordinary regression of innovations on
innovations. Given the weights, the errors of the regression are an ARIMA without columns. Alternating between both
increases the joint likelihood, works with every engine and skips missing values.

Source: Harvey and Phillips (1979), Maximum likelihood estimation of regression models with ARMA disturbances,
Biometrika 66.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import FloatArray, IntArray
from hybridts.models.statistical._arima.order import Order, difference
from hybridts.models.statistical._arima.state_space import UNKNOWN, ArimaModel

_ROUNDS = 6
_CLOSE = 0.02  # largest change of a weight, in standard errors, at which the iteration ends
_NOISE = 1e-9  # a column that varies by less, relative to its size, is constant

ErrorModel = tuple[ArimaModel, dict[str, str]]  # of the errors, with notes


@dataclass(frozen=True, eq=False)
class Regression:
    """A linear regression on centred and scaled columns.

    Attributes:
        centre: [F] of the columns.
        scale: [F] of the columns; infinite for a constant one.
        weights: [F], in units of y; 0 for a constant column.
    """

    centre: FloatArray
    scale: FloatArray
    weights: FloatArray

    @property
    def per_unit(self) -> FloatArray:
        """Change of y [F] for one unit of each column."""
        return self.weights / self.scale

    def effect(self, columns: FloatArray) -> FloatArray:
        """Return the contribution [R] of columns [R, F] to y."""
        return np.asarray(((columns - self.centre) / self.scale * self.weights).sum(axis=1))


def standardised(columns: FloatArray, y: FloatArray) -> Regression:
    """Return a regression with zero weights: centre and scale of columns [T, F] where y [T] is known."""
    seen = columns[np.isfinite(y)]
    centre, spread, size = seen.mean(axis=0), seen.std(axis=0), np.abs(seen).max(axis=0, initial=0.0)
    flat = spread <= _NOISE * size
    return Regression(centre, np.where(flat, np.inf, spread), np.zeros(len(centre)))


def first_guess(y: FloatArray, columns: FloatArray, order: Order) -> Regression:
    """Estimate weights of columns [T, F] by least squares in differences, so that a trend in both does not count."""
    plain = standardised(columns, y)
    basis = _basis(y, columns, order)
    change = difference(y, order)
    known = np.isfinite(change)
    if known.sum() <= basis.shape[1] or not basis.shape[1]:
        return plain
    design = _differences(((columns - plain.centre) / plain.scale) @ basis, order)[known]
    change = change[known]
    if order.constant:
        design, change = design - design.mean(axis=0), change - change.mean()
    size = float(np.abs(change).max()) or 1.0
    weights = basis @ np.linalg.lstsq(design, change / size, rcond=1e-8)[0] * size
    return Regression(plain.centre, plain.scale, np.asarray(weights, dtype=np.float64))


def unidentified(y: FloatArray, columns: FloatArray, order: Order) -> IntArray:
    """Return the indices [k] of columns that vary, but not after the differences (and drift) of the order."""
    varies = np.isfinite(standardised(columns, y).scale)
    return np.flatnonzero(varies & ~_basis(y, columns, order).any(axis=1))


def _basis(y: FloatArray, columns: FloatArray, order: Order) -> FloatArray:
    """Return directions of the weights [F, r] that differenced data identify, each of unit size after differencing.

    Directions are compared with the columns' unit size before differencing: what differencing leaves of a seasonal
    pattern or a line is rounding noise, which could get weights of any size.
    """
    plain = standardised(columns, y)
    seen = np.flatnonzero(np.isfinite(y))
    z = ((columns - plain.centre) / plain.scale)[seen[0] : seen[-1] + 1]
    before = np.maximum(z.std(axis=0), 1.0)
    change = _differences(z, order)
    if not len(change):
        return np.zeros((z.shape[1], 0))
    if order.constant:
        change = change - change.mean(axis=0)
    change = change / np.sqrt(len(change))
    kept = np.sqrt(np.sum(change**2, axis=0)) > _NOISE * before
    _, singular, right = np.linalg.svd(change[:, kept], full_matrices=False)
    identified = singular > _NOISE * before[kept].max(initial=1.0)
    basis = np.zeros((z.shape[1], int(identified.sum())))
    basis[kept] = right[identified].T / singular[identified]
    return basis


def _differences(columns: FloatArray, order: Order) -> FloatArray:
    """Return the differences [R - lost, F] of columns [R, F]."""
    return np.column_stack([difference(column, order) for column in columns.T])


def regress(
    y: FloatArray, columns: FloatArray, order: Order, estimate: Callable[[FloatArray], ErrorModel]
) -> tuple[Regression, ErrorModel]:
    """Estimate the weights of columns [T, F] and the ARIMA of the errors, alternating until the weights converge.

    Args:
        y: [T], NaN where missing.
        columns: [T, F] without gaps.
        order: of the ARIMA.
        estimate: fits the ARIMA to errors [T].
    """
    found, basis = first_guess(y, columns, order), _basis(y, columns, order)
    errors = estimate(y - found.effect(columns))
    for _ in range(_ROUNDS):
        if "exact" in errors[1] or not basis.shape[1]:
            break
        better, moved = _generalised(y, (columns, basis), order, found, errors[0])
        if moved < _CLOSE:
            break
        found = better
        errors = estimate(y - found.effect(columns))
    return found, errors


def _generalised(
    y: FloatArray, columns: tuple[FloatArray, FloatArray], order: Order, now: Regression, model: ArimaModel
) -> tuple[Regression, float]:
    """Estimate the weights given the ARIMA of the errors.

    Args:
        y: [T], NaN where missing.
        columns: columns [T, F] and their basis [F, r], see `_basis`.
        order: of the ARIMA.
        now: the regression so far.
        model: the ARIMA.

    Returns:
        The new regression, and the largest change of a weight in standard errors.
    """
    clock = np.arange(len(y))
    raw, basis = columns
    z = ((raw - now.centre) / now.scale) @ basis
    constant = (clock / len(y) if order.differences else np.ones(len(y)))[:, None]
    extra = constant if order.constant and order.differences < 2 else constant[:, :0]
    target = (y - model.centre - model.profile[clock % len(model.profile)]) / model.scale
    errors, variances = model.innovations(np.column_stack([target, z, extra]))
    usable = np.isfinite(errors[:, 0]) & (variances < UNKNOWN)
    if usable.sum() <= errors.shape[1]:
        return now, 0.0
    white = errors[usable] / np.sqrt(variances[usable])[:, None]
    design, aim = white[:, 1:], white[:, 0]
    left, singular, right = np.linalg.svd(design, full_matrices=False)
    inverse = np.where(singular > 1e-8 * singular.max(initial=0.0), 1 / np.where(singular > 0, singular, 1), 0.0)
    answer = right.T @ (inverse * (left.T @ aim))
    noise = float(np.sum((aim - design @ answer) ** 2)) / (len(aim) - design.shape[1])
    root = (right.T * inverse)[: z.shape[1]]
    error = np.sqrt(np.sum((basis @ root) ** 2, axis=1) * noise) * model.scale
    weights = basis @ answer[: z.shape[1]] * model.scale
    moved = np.abs(weights - now.weights) / np.where(error > 0, error, np.inf)
    return Regression(now.centre, now.scale, weights), float(moved.max(initial=0.0))
