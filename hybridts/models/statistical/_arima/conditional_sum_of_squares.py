"""Conditional sum of squares (CSS) of an ARMA: a quick Gauss-Newton fit, and its AICc by the exact likelihood there.

Residuals and all their derivatives come from a few recursive filters, so that a fit takes about a millisecond. An
optimiser of the exact likelihood takes a hundred times as long and ends close by.

Source: Box, Jenkins, Reinsel and Ljung (2015), Time Series Analysis, 5th edition, section 7.2 (nonlinear estimation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.models.statistical._backends import statsforecast_arima

_ROUNDS = 25
_SMALLEST_ROOT = 1.01  # a model with a root nearer to the unit circle is rejected, as in R's auto.arima
_HEAVY = 3_000_000  # rows x state^2 above which CSS replaces the likelihood; not reached by a search on 1000 hours


@dataclass(frozen=True)
class Arma:
    """Orders of an ARMA(p, q)(P, Q)season without differences; `constant` counts a mean that was subtracted."""

    p: int
    q: int
    seasonal_p: int
    seasonal_q: int
    constant: bool = False

    @property
    def size(self) -> int:
        """Number of coefficients, the variance of the innovations included."""
        return self.p + self.q + self.seasonal_p + self.seasonal_q + int(self.constant) + 1


def criterion(w: FloatArray, order: Arma, season: int) -> float:
    """Return the AICc of the order on w [T], differenced and without gaps; infinite where there is no good fit."""
    rows = len(w)
    room = rows - order.size - 1
    if room <= 0 or order.p + season * order.seasonal_p + order.size >= rows:
        return np.inf
    w = w - w.mean() if order.constant else w
    found = conditional_fit(w, order, season)
    if found is None:
        return np.inf
    phi, theta, squares = found.phi, found.theta, found.squares
    if not squares > 0:
        return -np.inf
    if near_unit_root(-phi, theta):
        return np.inf
    if rows * max(len(phi), len(theta) + 1) ** 2 > _HEAVY:
        neg2_loglik = rows * float(np.log(squares / rows))
    else:
        neg2_loglik = _exact(w, phi, theta)
    if np.isnan(neg2_loglik):  # the compiled code lost all digits of the initial variances
        return np.inf
    return neg2_loglik + 2 * order.size * rows / room


@dataclass(frozen=True, eq=False)
class ConditionalFit:
    """A fit by conditional sum of squares.

    Attributes:
        x: coefficients: ar, seasonal ar, ma, seasonal ma.
        phi: AR coefficients of the product of both AR polynomials, in the signs of y_t = phi y_{t-1} + ...
        theta: MA coefficients of the product of both MA polynomials.
        squares: sum of squared residuals.
    """

    x: FloatArray
    phi: FloatArray
    theta: FloatArray
    squares: float


def conditional_fit(w: FloatArray, order: Arma, season: int) -> ConditionalFit | None:
    """Minimise the sum of squared residuals of w [T], by Levenberg-Marquardt; None where they are not finite.

    Values before the first are set to their mean, zero, so that all orders are compared on the same rows.
    """
    shape = ArmaResiduals(order, season, w)
    x = np.zeros(order.size - 1 - int(order.constant))
    error, slopes = shape.residuals(x)
    squares, damping = float(error @ error), 1e-3
    for _ in range(_ROUNDS if len(x) else 0):
        normal, gradient = slopes @ slopes.T, slopes @ error
        try:
            step = np.linalg.solve(normal + damping * np.diag(np.diagonal(normal) + 1e-12 * squares), -gradient)
        except np.linalg.LinAlgError:
            return None
        moved = x + step
        fresh, rises = shape.residuals(moved)
        total = float(fresh @ fresh)
        if np.isfinite(total) and total < squares:
            gain = squares - total
            x, error, slopes, squares = moved, fresh, rises, total
            damping = max(damping / 10, 1e-9)
            if gain < 1e-6 * squares:
                break
        else:
            damping *= 10
            if damping > 1e6:
                break
    phi, theta = shape.polynomials(x)
    return ConditionalFit(x, -phi[1:], theta[1:], squares) if np.isfinite(squares) else None


class ArmaResiduals:
    """Residuals of a multiplicative ARMA on w [T], and their derivatives."""

    def __init__(self, order: Arma, season: int, w: FloatArray) -> None:
        self.order, self.season, self.w = order, season, w

    def split(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Split coefficients x into ar [p], seasonal ar [P], ma [q] and seasonal ma [Q]; ignore further entries."""
        a = self.order.p
        b = a + self.order.seasonal_p
        c = b + self.order.q
        return x[:a], x[a:b], x[b:c], x[c : c + self.order.seasonal_q]

    def factors(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return lag polynomials AR [1 + p], seasonal AR [1 + P season], MA [1 + q] and seasonal MA [1 + Q season]."""
        ar, sar, ma, sma = self.split(x)
        return (
            np.concatenate([[1.0], -ar]),
            _spread(-sar, self.season),
            np.concatenate([[1.0], ma]),
            _spread(sma, self.season),
        )

    def polynomials(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the products of both AR [1 + p + P season] and of both MA polynomials [1 + q + Q season]."""
        ar, sar, ma, sma = self.factors(x)
        return np.convolve(ar, sar), np.convolve(ma, sma)

    def residuals(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return residuals [T] and their derivatives [parameters, T]."""
        o, m = self.order, self.season
        ar, sar, ma, sma = self.factors(x)
        bottom = np.convolve(ma, sma)
        error = _filtered(np.convolve(ar, sar), bottom, self.w)
        one = np.ones(1)
        slopes = np.zeros((len(x), len(self.w)))
        row = 0
        for count, step, top, below, z in (
            (o.p, 1, sar, bottom, self.w),
            (o.seasonal_p, m, ar, bottom, self.w),
            (o.q, 1, one, ma, error),
            (o.seasonal_q, m, one, sma, error),
        ):
            moved = _filtered(top, below, z) if count else z
            for k in range(step, (count + 1) * step, step):
                slopes[row, k:] = -moved[:-k]
                row += 1
        return error, slopes


def _filtered(top: FloatArray, bottom: FloatArray, z: FloatArray) -> FloatArray:
    """Filter z [T] by top / bottom, polynomials in the lag; returns [T]."""
    if len(bottom) > 1:
        from scipy.signal import lfilter  # imported here, because it takes most of a second

        return np.asarray(lfilter(top, bottom, z))
    return np.convolve(top, z)[: len(z)] if len(top) > 1 else z  # faster than scipy here


def _spread(weights: FloatArray, season: int) -> FloatArray:
    """Return the polynomial 1 + weights_1 B^season + ..., all lags written out."""
    spread = np.zeros(len(weights) * season + 1)
    spread[0] = 1.0
    spread[season::season] = weights
    return spread


def near_unit_root(*tails: FloatArray) -> bool:
    """Return whether a polynomial 1 + tail_1 z + ... has a root too near the unit circle for the order to be used."""
    return min(_nearest_root(tail) for tail in tails) < _SMALLEST_ROOT


def multiply(plain: FloatArray, seasonal: FloatArray, season: int) -> FloatArray:
    """Return the coefficients [p + P season] of (1 + plain)(1 + seasonal) without the leading 1, from [p] and [P]."""
    product: FloatArray = np.convolve(np.concatenate([[1.0], plain]), _spread(seasonal, season))[1:]
    return product


def _nearest_root(tail: FloatArray) -> float:
    """Return the smallest modulus among the roots of 1 + tail_1 z + ...; infinite without any."""
    kept = np.flatnonzero(np.abs(tail) > 1e-8)
    if not len(kept):
        return np.inf
    roots = np.roots(np.concatenate([tail[: kept[-1] + 1][::-1], [1.0]]))
    return float(np.abs(roots).min(initial=np.inf))


def _exact(w: FloatArray, phi: FloatArray, theta: FloatArray) -> float:
    """Return -2 log-likelihood without its constants, maximised over the variance."""
    library = statsforecast_arima()
    model = library.make_arima(phi, theta, np.empty(0))
    squares, logs, count, _ = library.arima_like(
        w, model["phi"], model["theta"], model["delta"], model["a"], model["P"], model["Pn"], 0, False
    )
    if not squares > 0:
        return -np.inf
    return float(count * np.log(squares / count) + logs)
