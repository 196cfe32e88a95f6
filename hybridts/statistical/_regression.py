"""Regression with ARIMA errors: weights of known-future columns by generalised least squares, in turn with the ARIMA.

Given the ARIMA, filtering the series and every column alike leaves an ordinary regression of innovations on
innovations; given the weights, what is left is an ARIMA as always. Taking turns climbs the joint likelihood, works
with every engine and skips missing values.

Source: Harvey and Phillips (1979), Maximum likelihood estimation of regression models with ARMA disturbances,
Biometrika 66.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hybridts.panel import FloatArray
from hybridts.statistical._order import Order, difference
from hybridts.statistical._statespace import UNKNOWN, ArimaModel

_ROUNDS = 6
_CLOSE = 0.02  # standard errors a weight may still move when the turns end
_NOISE = 1e-9  # a column that varies by less, relative to its size, is constant

Rest = tuple[ArimaModel, dict[str, str]]


@dataclass(frozen=True, eq=False)
class Regression:
    """Weights [F] of columns centred and scaled by [F] numbers; a constant column has weight 0."""

    centre: FloatArray
    scale: FloatArray
    weights: FloatArray

    @property
    def per_unit(self) -> FloatArray:
        """[F] change of y for one unit of each column."""
        return self.weights / self.scale

    def effect(self, columns: FloatArray) -> FloatArray:
        """[R] what [R, F] columns add to y."""
        return np.asarray(((columns - self.centre) / self.scale * self.weights).sum(axis=1))


def standardised(columns: FloatArray, y: FloatArray) -> Regression:
    """A regression without weights: centre and scale of [T, F] columns where y is known."""
    seen = columns[np.isfinite(y)]
    centre, spread, size = seen.mean(axis=0), seen.std(axis=0), np.abs(seen).max(axis=0, initial=0.0)
    flat = spread <= _NOISE * size
    return Regression(centre, np.where(flat, np.inf, spread), np.zeros(len(centre)))


def first_guess(y: FloatArray, columns: FloatArray, order: Order) -> Regression:
    """Weights by least squares of differences on differences, which a trend in both cannot fool."""
    plain = standardised(columns, y)
    z = (columns - plain.centre) / plain.scale
    change = difference(y, order)
    design = np.column_stack([difference(column, order) for column in z.T])
    known = np.isfinite(change)
    if known.sum() <= design.shape[1]:
        return plain
    design, change = design[known] - design[known].mean(axis=0), change[known] - change[known].mean()
    size = float(np.abs(change).max()) or 1.0
    weights = np.linalg.lstsq(design, change / size, rcond=1e-10)[0] * size
    return Regression(plain.centre, plain.scale, np.asarray(weights, dtype=np.float64))


def regress(
    y: FloatArray, columns: FloatArray, order: Order, estimate: Callable[[FloatArray], Rest]
) -> tuple[Regression, Rest]:
    """Weights of [T, F] columns and the model of what they leave, by turns until the weights rest."""
    found = first_guess(y, columns, order)
    rest = estimate(y - found.effect(columns))
    for _ in range(_ROUNDS):
        if "exact" in rest[1]:
            break
        better, moved = _generalised(y, columns, order, found, rest[0])
        if moved < _CLOSE:
            break
        found = better
        rest = estimate(y - found.effect(columns))
    return found, rest


def _generalised(
    y: FloatArray, columns: FloatArray, order: Order, now: Regression, model: ArimaModel
) -> tuple[Regression, float]:
    """(weights given the model, how many standard errors the one that moved most went)."""
    clock = np.arange(len(y))
    z = (columns - now.centre) / now.scale
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
    error = np.sqrt(np.sum((right.T * inverse) ** 2, axis=1) * noise)[: z.shape[1]] * model.scale
    weights = answer[: z.shape[1]] * model.scale
    moved = np.abs(weights - now.weights) / np.where(error > 0, error, np.inf)
    return Regression(now.centre, now.scale, weights), float(moved.max(initial=0.0))
