"""A quick look at one ARMA order: conditional least squares by Gauss-Newton, judged by the exact likelihood there.

Residuals and all their derivatives come from a handful of recursive filters, so that a fit takes about a
millisecond; an optimiser of the exact likelihood takes a hundred times as long and ends close by.

Source: Box, Jenkins, Reinsel and Ljung (2015), Time Series Analysis, 5th edition, section 7.2 (nonlinear estimation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.models.statistical._backends import statsforecast_arima

_ROUNDS = 25
_SMALLEST_ROOT = 1.01  # nearer to the circle a model is not taken, as in R's auto.arima
_HEAVY = 3_000_000  # rows x state^2 above which squares stand for the likelihood: none of a search on 1000 hours


@dataclass(frozen=True)
class Arma:
    """Orders of an ARMA(p, q)(P, Q)season without differences; `constant` counts a mean that was taken off."""

    p: int
    q: int
    seasonal_p: int
    seasonal_q: int
    constant: bool = False

    @property
    def size(self) -> int:
        """Coefficients, the innovation's variance included."""
        return self.p + self.q + self.seasonal_p + self.seasonal_q + int(self.constant) + 1


def criterion(w: FloatArray, order: Arma, season: int) -> float:
    """AICc of the order on w [T], which has no gaps and is already differenced; infinite where it has no good fit."""
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
    if near_the_edge(-phi, theta):
        return np.inf
    if rows * max(len(phi), len(theta) + 1) ** 2 > _HEAVY:
        twice = rows * float(np.log(squares / rows))
    else:
        twice = _exact(w, phi, theta)
    if np.isnan(twice):  # the compiled start variances lost their digits
        return np.inf
    return twice + 2 * order.size * rows / room


@dataclass(frozen=True, eq=False)
class Quick:
    """A conditional fit: coefficients (ar, seasonal ar, ma, seasonal ma), multiplied polynomials, sum of squares."""

    x: FloatArray
    phi: FloatArray
    theta: FloatArray
    squares: float


def conditional_fit(w: FloatArray, order: Arma, season: int) -> Quick | None:
    """Least squares of the residuals; None where they are not finite.

    Values before the first are taken at their mean, zero, so that orders are compared on the same rows.
    """
    shape = Shape(order, season, w)
    x = np.zeros(order.size - 1 - int(order.constant))
    error, slopes = shape.residuals(x)
    squares, damping = float(error @ error), 1e-3
    for _ in range(_ROUNDS if len(x) else 0):
        normal, pull = slopes @ slopes.T, slopes @ error
        try:
            step = np.linalg.solve(normal + damping * np.diag(np.diagonal(normal) + 1e-12 * squares), -pull)
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
    return Quick(x, -phi[1:], theta[1:], squares) if np.isfinite(squares) else None


class Shape:
    """Residuals of a multiplicative ARMA and their derivatives."""

    def __init__(self, order: Arma, season: int, w: FloatArray) -> None:
        self.order, self.season, self.w = order, season, w

    def split(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """(ar, seasonal ar, ma, seasonal ma); what follows them is left out."""
        a = self.order.p
        b = a + self.order.seasonal_p
        c = b + self.order.q
        return x[:a], x[a:b], x[b:c], x[c : c + self.order.seasonal_q]

    def factors(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Polynomials in the lag: AR, seasonal AR, MA, seasonal MA, leading one first."""
        ar, sar, ma, sma = self.split(x)
        return (
            np.concatenate([[1.0], -ar]),
            _spread(-sar, self.season),
            np.concatenate([[1.0], ma]),
            _spread(sma, self.season),
        )

    def polynomials(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """AR and MA parts multiplied out."""
        ar, sar, ma, sma = self.factors(x)
        return np.convolve(ar, sar), np.convolve(ma, sma)

    def residuals(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(errors [T], derivatives [parameters, T])."""
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
    """z [T] through top / bottom, polynomials in the lag."""
    if len(bottom) > 1:
        from scipy.signal import lfilter  # here, for it takes most of a second to import

        return np.asarray(lfilter(top, bottom, z))
    return np.convolve(top, z)[: len(z)] if len(top) > 1 else z  # scipy takes a long way round here


def _spread(weights: FloatArray, season: int) -> FloatArray:
    spread = np.zeros(len(weights) * season + 1)
    spread[0] = 1.0
    spread[season::season] = weights
    return spread


def near_the_edge(*tails: FloatArray) -> bool:
    """Whether a polynomial 1 + tail_1 z + ... has a root so near the unit circle that the order is not to be used."""
    return min(_nearest_root(tail) for tail in tails) < _SMALLEST_ROOT


def multiply(plain: FloatArray, seasonal: FloatArray, season: int) -> FloatArray:
    """The tail of (1 + plain)(1 + seasonal)."""
    product: FloatArray = np.convolve(np.concatenate([[1.0], plain]), _spread(seasonal, season))[1:]
    return product


def _nearest_root(tail: FloatArray) -> float:
    """Smallest modulus among the roots of 1 + tail_1 z + ...; infinite without any."""
    kept = np.flatnonzero(np.abs(tail) > 1e-8)
    if not len(kept):
        return np.inf
    roots = np.roots(np.concatenate([tail[: kept[-1] + 1][::-1], [1.0]]))
    return float(np.abs(roots).min(initial=np.inf))


def _exact(w: FloatArray, phi: FloatArray, theta: FloatArray) -> float:
    """Twice the negative log-likelihood without its constants, the variance at its best."""
    library = statsforecast_arima()
    model = library.make_arima(phi, theta, np.empty(0))
    squares, logs, count, _ = library.arima_like(
        w, model["phi"], model["theta"], model["delta"], model["a"], model["P"], model["Pn"], 0, False
    )
    if not squares > 0:
        return -np.inf
    return float(count * np.log(squares / count) + logs)
