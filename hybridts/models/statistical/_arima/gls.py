"""Regression with ARIMA errors: generalised least squares for the columns, alternating with the ARIMA of the errors.

Given the ARIMA, filtering the series and every column alike leaves an ordinary regression of innovations on
innovations. Given the weights, the errors of the regression are an ARIMA without columns. Alternating between both
increases the joint likelihood, works with every engine and skips missing values.

What is identified is decided on the rows where y is known, since no other row counts in the likelihood: a direction of
the weights is, where the columns there differ from everything that the differences and the constant of the order leave
free. A weekly column beside a weekly difference is not, whatever it does on a day without a sale.

Source: Harvey and Phillips (1979), Maximum likelihood estimation of regression models with ARMA disturbances,
Biometrika 66.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hybridts.data.panel import FloatArray, IntArray
from hybridts.models.statistical._arima.order import Order, difference
from hybridts.models.statistical._arima.state_space import UNKNOWN, ArimaModel

_ROUNDS = 6
_CLOSE = 0.02  # largest change of a weight, in standard errors, at which the iteration ends
_NOISE = 1e-9  # a column that varies by less, relative to its size, is constant
_LEFT = 1e-6  # smallest share of a column's own spread that identifies it; 32-bit numbers round at 1e-7
_SURE = 4.0  # a weight of so many standard errors is trusted, however small the part of the column that shows it

ErrorModel = tuple[ArimaModel, dict[str, str]]  # of the errors, with notes


@dataclass(frozen=True, eq=False)
class Regression:
    """A linear regression on centred and scaled columns.

    Attributes:
        centre: [F] of the columns.
        scale: [F] of the columns; infinite for a constant one.
        weights: [F], in units of y; 0 for a constant column.
        error: [F] standard errors of the weights; NaN where they are not known.
    """

    centre: FloatArray
    scale: FloatArray
    weights: FloatArray
    error: FloatArray

    @property
    def per_unit(self) -> FloatArray:
        """Change of y [F] for one unit of each column."""
        return self.weights / self.scale

    def effect(self, columns: FloatArray) -> FloatArray:
        """Return the contribution [R] of columns [R, F] to y."""
        return np.asarray(self.effects(columns).sum(axis=1))

    def effects(self, columns: FloatArray) -> FloatArray:
        """Return the contribution [R, F] of each of the columns [R, F] to y."""
        return (columns - self.centre) / self.scale * self.weights


def standardised(columns: FloatArray, y: FloatArray) -> Regression:
    """Return a regression with zero weights: centre and scale of columns [T, F] where y [T] is known."""
    seen = columns[np.isfinite(y)]
    centre, spread, size = seen.mean(axis=0), seen.std(axis=0), np.abs(seen).max(axis=0, initial=0.0)
    flat = spread <= _NOISE * size
    none = np.zeros(len(centre))
    return Regression(centre, np.where(flat, np.inf, spread), none, none + np.nan)


def first_guess(y: FloatArray, columns: FloatArray, order: Order) -> Regression:
    """Estimate weights of columns [T, F] by least squares in differences, so that a trend in both does not count."""
    plain = standardised(columns, y)
    basis = Identified.of(y, columns, order).basis
    change = difference(y, order)
    known = np.isfinite(change)
    if known.sum() <= basis.shape[1] or not basis.shape[1]:
        return plain
    design = _differences(((columns - plain.centre) / plain.scale) @ basis, order)[known]
    change = change[known]
    if order.constant:
        design, change = design - design.mean(axis=0), change - change.mean()
    length = np.sqrt(np.sum(design**2, axis=0))
    length = np.where(length > _LEFT * np.sqrt(len(design)), length, np.inf)  # gaps may leave nothing of a direction
    size = float(np.abs(change).max()) or 1.0
    answer = np.linalg.lstsq(design / length, change / size, rcond=1e-6)[0] / length
    return Regression(plain.centre, plain.scale, np.asarray(basis @ answer * size, dtype=np.float64), plain.error)


@dataclass(frozen=True, eq=False)
class Identified:
    """What the rows with a known value say about the weights of F columns.

    Attributes:
        basis: [F, r] directions of the weights that they identify, each of unit size in those rows.
        constant: [k] columns that do not vary there.
        free: [k] columns that vary only as the order leaves free: a line beside a drift, a weekly pattern beside a
            weekly difference.
        shared: [k] columns whose joint effect alone is identified (collinear ones); it is divided among them.
    """

    basis: FloatArray
    constant: IntArray
    free: IntArray
    shared: IntArray

    @staticmethod
    def of(y: FloatArray, columns: FloatArray, order: Order) -> Identified:
        """Decide on the rows where y [T] is known, for columns [T, F] and the differences and constant of an order."""
        plain = standardised(columns, y)
        seen = np.flatnonzero(np.isfinite(y))
        z = ((columns - plain.centre) / plain.scale)[seen]
        left = z
        unknown = _left_free(seen, len(y), order)
        for _ in range(2):  # twice, because rounding leaves some of it
            left = left - unknown @ (unknown.T @ left)
        left = left / np.sqrt(max(len(seen), 1))
        constant = ~np.isfinite(plain.scale)
        kept = np.sqrt(np.sum(left**2, axis=0)) > _LEFT
        _, singular, right = np.linalg.svd(left[:, kept], full_matrices=True)
        singular = np.concatenate([singular, np.zeros(len(right) - len(singular))])
        good = singular > _LEFT * max(float(singular.max(initial=0.0)), 1.0)
        basis = np.zeros((z.shape[1], int(good.sum())))
        basis[kept] = right[good].T / singular[good]
        shared = np.abs(right[~good]).max(axis=0, initial=0.0) > 1e-3
        return Identified(
            basis, np.flatnonzero(constant), np.flatnonzero(~constant & ~kept), np.flatnonzero(kept)[shared]
        )


def _left_free(rows: IntArray, length: int, order: Order) -> FloatArray:
    """Return an orthonormal basis [n, k], at n of `length` rows, of what an order leaves free.

    Its d + D differences leave a polynomial of degree d + D - 1 free, D seasonal ones also a pattern of the season
    times one of degree D - 1; a constant adds one degree.
    """
    (_, d, _), (_, seasonal_d, _) = order.plain, order.seasonal
    clock = 2 * rows / max(length - 1, 1) - 1
    powers = clock[:, None] ** np.arange(d + seasonal_d + int(order.constant))
    parts = [powers]
    if seasonal_d:
        phase = (rows[:, None] % order.season == np.arange(order.season)).astype(float)
        parts += [phase * clock[:, None] ** k for k in range(seasonal_d)]
    left, singular, _ = np.linalg.svd(np.hstack(parts), full_matrices=False)
    return left[:, singular > 1e-10 * singular.max(initial=0.0)]


def unsure(y: FloatArray, columns: FloatArray, found: Regression) -> int | None:
    """Return the column [T, F] about whose weight y [T] says least, where it says next to nothing; else None.

    That is so where moving the column across its own past could change y by more than y ever changed, within one
    standard error, and the weight is not clearly different from zero either.
    """
    seen = np.isfinite(y)
    if not len(found.weights) or not seen.any():
        return None
    width = np.ptp(columns[seen], axis=0) / found.scale
    reach = np.where(np.isfinite(found.error), found.error * width, 0.0)
    reach[np.abs(found.weights) >= _SURE * found.error] = 0.0
    worst = int(reach.argmax())
    return worst if reach[worst] > np.ptp(y[seen]) else None


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
    found, basis = first_guess(y, columns, order), Identified.of(y, columns, order).basis
    errors = estimate(y - found.effect(columns))
    for _ in range(_ROUNDS):
        if "exact" in errors[1] or not basis.shape[1]:
            break
        better, moved = _generalised(y, (columns, basis), order, found, errors[0])
        if moved < _CLOSE:
            found = replace(found, error=better.error)
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
        columns: columns [T, F] and their basis [F, r], see `Identified`.
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
    return Regression(now.centre, now.scale, weights, error), float(moved.max(initial=0.0))
