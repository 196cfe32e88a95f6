"""Exact maximum likelihood of a seasonal ARMA by Gauss-Newton on its standardised innovations.

With innovations v_t of variance F_t, maximising the likelihood (the variance at its best) is minimising the sum of
squares of v_t / sqrt(F_t) x (geometric mean of all F)^(1/2): a least-squares problem. From conditional estimates it
needs some thirty passes of the filter, where a general optimiser needs hundreds. The filter is statsforecast's compiled
one; missing values are skipped.

Source: Harvey (1989), Forecasting, structural time series models and the Kalman filter, section 3.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hybridts.panel import FloatArray
from hybridts.statistical._backends import statsforecast_arima
from hybridts.statistical._conditional import Arma, Shape, conditional_fit
from hybridts.statistical._roots import invertible, stationary, tamed

_ROUNDS = 60
_STEP = 1e-5
_SHARES = (1.0, 0.8, 0.5, 0.0)  # of the start: near the circle the compiled start variances can turn negative
_DONE = 1e-8  # relative gain in squares that ends it; 0.05 of likelihood at 2000 rows would be 5e-5


@dataclass(frozen=True, eq=False)
class Estimate:
    """An optimum.

    Attributes:
        parts: ar, seasonal ar, ma, seasonal ma.
        mean: in units of its column.
        twice: the negative log-likelihood, doubled, without constants.
    """

    parts: tuple[FloatArray, FloatArray, FloatArray, FloatArray]
    mean: float
    twice: float


def maximise(w: FloatArray, order: Arma, season: int, unit: float = 1.0) -> Estimate | None:
    """The exact optimum for w [T], differenced already, NaN where missing; None where no start can be found.

    With `order.constant` a mean of `unit` times a coefficient is estimated too.
    """
    known = np.flatnonzero(np.isfinite(w))
    if len(known) <= order.size:
        return None
    mean = float(w[known].mean()) if order.constant else 0.0
    smooth = np.interp(np.arange(len(w)), known, w[known]) - mean
    start = conditional_fit(smooth, replace(order, constant=False), season)
    if start is None:
        return None
    problem = _Problem(w, order, season, unit)
    best = None
    for share in _SHARES:
        x = problem.admissible(np.concatenate([share * start.x, [mean / unit] if order.constant else []]))
        best = problem.solve(x)
        if best is not None:
            break
    return best


class _Problem:
    """Scaled innovations as a function of the coefficients."""

    def __init__(self, w: FloatArray, order: Arma, season: int, unit: float) -> None:
        self.w, self.order, self.unit = w, order, unit
        self.shape = Shape(order, season, w)
        self.known = np.isfinite(w)
        self.library = statsforecast_arima()
        self.arma = order.size - 1 - int(order.constant)

    def split(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """(ar, seasonal ar, ma, seasonal ma)."""
        return self.shape.split(x)

    def admissible(self, x: FloatArray) -> FloatArray:
        """The start with roots where they belong, a little inside."""
        ar, sar, ma, sma = self.split(x)
        return np.concatenate([tamed(ar, 0.95), tamed(sar, 0.95), invertible(ma), invertible(sma), x[self.arma :]])

    def innovations(self, x: FloatArray) -> FloatArray | None:
        """[known] scaled innovations; None outside the stationary region."""
        ar, sar, _, _ = self.split(x)
        if not np.isfinite(x).all() or not (stationary(ar) and stationary(sar)):
            return None
        phi, theta = self.shape.polynomials(x[: self.arma])
        model = self.library.make_arima(-phi[1:], theta[1:], np.empty(0))
        z = self.w - x[-1] * self.unit if self.order.constant else self.w
        _, logs, count, errors = self.library.arima_like(
            z, model["phi"], model["theta"], model["delta"], model["a"], model["P"], model["Pn"], 0, True
        )
        scaled = errors[self.known] * np.exp(0.5 * logs / max(count, 1))
        return scaled if np.isfinite(scaled).all() else None

    def solve(self, x: FloatArray) -> Estimate | None:
        """Levenberg-Marquardt with numeric derivatives."""
        error = self.innovations(x)
        if error is None:
            return None
        squares, damping = float(error @ error), 1e-3
        slopes = self.slopes(x, error)
        for _ in range(_ROUNDS if len(x) else 0):
            if slopes is None or not squares > 0:
                break
            normal = slopes @ slopes.T
            ridge = damping * np.diag(np.diagonal(normal) + 1e-12 * squares)
            moved = x - np.linalg.lstsq(normal + ridge, slopes @ error, rcond=None)[0]
            fresh = self.innovations(moved)
            total = np.inf if fresh is None else float(fresh @ fresh)
            if fresh is None or total >= squares:
                damping *= 10
                if damping > 1e8:
                    break
                continue
            gain = squares - total
            x, error, squares, damping = moved, fresh, total, max(damping / 10, 1e-9)
            if gain <= _DONE * squares:
                break
            slopes = self.slopes(x, error)
        twice = len(error) * float(np.log(max(squares, 1e-300) / len(error)))
        return Estimate(self.split(x), float(x[-1]) if self.order.constant else 0.0, twice)

    def slopes(self, x: FloatArray, error: FloatArray) -> FloatArray | None:
        """[parameters, known] forward differences, backward ones at the edge."""
        rows = []
        for k in range(len(x)):
            for step in (_STEP, -_STEP):
                near = x.copy()
                near[k] += step
                there = self.innovations(near)
                if there is not None:
                    rows.append((there - error) / step)
                    break
            else:
                return None
        return np.array(rows)
