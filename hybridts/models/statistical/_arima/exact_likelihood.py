"""Exact maximum likelihood of a seasonal ARMA by Gauss-Newton on its standardised innovations.

With innovations v_t of variance F_t, maximising the likelihood (concentrated over the variance) is minimising the sum
of squares of v_t / sqrt(F_t) x (geometric mean of all F)^(1/2): a least-squares problem. From CSS estimates it needs
some thirty passes of the filter, where a general optimiser needs hundreds. The filter is the compiled one of
statsforecast; missing values are skipped. A series with gaps is filtered in levels, with its differences in the state
and a diffuse prior for them, since one missing value costs up to four values of the differenced series.

Sources: Harvey (1989), Forecasting, structural time series models and the Kalman filter, section 3.4; Kohn and Ansley
(1986), Estimation, prediction, and interpolation for ARIMA models with missing data, J. American Statistical
Association 81.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hybridts.data.panel import FloatArray
from hybridts.models.statistical._arima.conditional_sum_of_squares import Arma, ArmaResiduals, conditional_fit
from hybridts.models.statistical._arima.order import Order, difference
from hybridts.models.statistical._arima.roots import invertible, shrink_to_stationary, stationary
from hybridts.models.statistical._arima.state_space import ArimaModel, differencing_weights
from hybridts.models.statistical._backends import statsforecast_arima

_NONE = np.empty(0)
_SETTLED = 1e4  # a larger variance comes from the prior; the compiled filter leaves out the same rows
_ROUNDS = 60
_STEP = 1e-5
_SHARES = (1.0, 0.8, 0.5, 0.0)  # of the start: near the unit circle the compiled initial variances can be negative
_ONE_TOP = 0.05  # difference of -2 log-likelihood below which two optima are one
_DONE = 1e-8  # relative gain in squares that ends the search; 5e-5 would be 0.05 of log-likelihood at 2000 rows


@dataclass(frozen=True, eq=False)
class Estimate:
    """An optimum of the likelihood.

    Attributes:
        parts: ar, seasonal ar, ma, seasonal ma.
        mean: coefficient of the constant's column.
        neg2_loglik: -2 log-likelihood, without constants.
    """

    parts: tuple[FloatArray, FloatArray, FloatArray, FloatArray]
    mean: float
    neg2_loglik: float


def maximise(w: FloatArray, order: Arma, season: int, unit: float = 1.0) -> Estimate | None:
    """Maximise the likelihood of w [T], differenced already, NaN where missing; None where no start can be found.

    With `order.constant` a mean of `unit` times a coefficient is estimated too.
    """
    if np.isfinite(w).sum() <= order.size:
        return None
    start = _start(w, order, season, unit)
    if start is None:
        return None
    problem = _LeastSquaresProblem(w, np.full(len(w), unit), _NONE, np.isfinite(w), ArmaResiduals(order, season, w))
    optima = (_search_from(problem, start, share) for share in _SHARES)
    return next((found for found in optima if found is not None), None)


def maximise_levels(y: FloatArray, order: Order) -> Estimate | None:
    """Maximise the likelihood of y [T] before differencing, NaN where missing.

    The first values of each phase initialise the differences and do not count. A drift is a slope per row.

    Returns:
        The best optimum; None where no start can be found, or too few values are known.
    """
    (p, _, q), (sp, _, sq) = order.plain, order.seasonal
    arma, delta = Arma(p, q, sp, sq, order.constant), differencing_weights(order)
    w = difference(_without_gaps(y, order.season), order)
    clock = np.arange(len(y), dtype=float)
    unit = float(difference(clock, order)[0]) if order.constant else 1.0
    start = _start(w, arma, order.season, unit)
    if start is None:
        return None
    shape = ArmaResiduals(arma, order.season, w)
    problem = _LeastSquaresProblem(y, clock, delta, np.isfinite(y), shape)
    phi, theta = shape.polynomials(problem.admissible(start)[: problem.arma])
    model = ArimaModel(-phi[1:], theta[1:], delta, order.differences, 0.0, 0.0, 1.0, np.zeros(1))
    _, variances = model.innovations(y[:, None])
    problem = replace(problem, known=np.isfinite(y) & (variances < _SETTLED))
    if problem.known.sum() <= arma.size:
        return None
    best = None
    for share in _SHARES:  # filled gaps give a poor start: several are tried, until two lead to one optimum
        found = _search_from(problem, start, share)
        if found is None:
            continue
        if best is not None and abs(found.neg2_loglik - best.neg2_loglik) < _ONE_TOP:
            break
        best = found if best is None or found.neg2_loglik < best.neg2_loglik else best
    return best


def _without_gaps(y: FloatArray, season: int) -> FloatArray:
    """Fill the gaps of y [T]: seasonal means, plus linear interpolation of the deviations from them."""
    known = np.flatnonzero(np.isfinite(y))
    phase = np.arange(len(y)) % season
    count = np.bincount(phase[known], minlength=season)
    mean = np.bincount(phase[known], y[known], season) / np.maximum(count, 1)
    pattern = np.where(count > 0, mean, float(y[known].mean()))[phase]
    return np.where(np.isfinite(y), y, pattern + np.interp(np.arange(len(y)), known, (y - pattern)[known]))


def _start(w: FloatArray, order: Arma, season: int, unit: float) -> FloatArray | None:
    """Return CSS estimates to start from, the constant last; None where there are none."""
    known = np.flatnonzero(np.isfinite(w))
    mean = float(w[known].mean()) if order.constant else 0.0
    smooth = np.interp(np.arange(len(w)), known, w[known]) - mean
    found = conditional_fit(smooth, replace(order, constant=False), season)
    return None if found is None else np.concatenate([found.x, [mean / unit] if order.constant else []])


def _search_from(problem: _LeastSquaresProblem, start: FloatArray, share: float) -> Estimate | None:
    """Search from the start with its ARMA coefficients multiplied by `share`."""
    weights = share * start[: problem.arma]
    return problem.solve(problem.admissible(np.concatenate([weights, start[problem.arma :]])))


@dataclass(frozen=True, eq=False)
class _LeastSquaresProblem:
    """Scaled innovations as a function of the coefficients.

    Attributes:
        y: [T] values, NaN where missing.
        column: [T] regressor of the constant.
        delta: weights of past values that undo the differencing where y is in levels; empty where it is differenced.
        known: [T] rows that count.
        shape: the lag polynomials.
    """

    y: FloatArray
    column: FloatArray
    delta: FloatArray
    known: npt.NDArray[np.bool_]
    shape: ArmaResiduals

    @property
    def order(self) -> Arma:
        """Orders of the ARMA."""
        return self.shape.order

    @property
    def arma(self) -> int:
        """Number of coefficients without the constant."""
        return self.order.size - 1 - int(self.order.constant)

    def split(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Split x into ar [p], seasonal ar [P], ma [q] and seasonal ma [Q]."""
        return self.shape.split(x)

    def admissible(self, x: FloatArray) -> FloatArray:
        """Return the start [parameters] with its AR part made stationary and its MA part invertible."""
        ar, sar, ma, sma = self.split(x)
        return np.concatenate(
            [
                shrink_to_stationary(ar, 0.95),
                shrink_to_stationary(sar, 0.95),
                invertible(ma),
                invertible(sma),
                x[self.arma :],
            ]
        )

    def innovations(self, x: FloatArray) -> FloatArray | None:
        """Return the scaled innovations [known rows]; None outside the stationary region."""
        ar, sar, _, _ = self.split(x)
        if not np.isfinite(x).all() or not (stationary(ar) and stationary(sar)):
            return None
        phi, theta = self.shape.polynomials(x[: self.arma])
        library = statsforecast_arima()
        model = library.make_arima(-phi[1:], theta[1:], self.delta)
        if not _possible(model["Pn"], len(self.delta)):
            return None
        z = self.y - x[-1] * self.column if self.order.constant else self.y
        _, logs, count, errors = library.arima_like(
            z, model["phi"], model["theta"], model["delta"], model["a"], model["P"], model["Pn"], 0, True
        )
        if count != self.known.sum():  # the likelihood of another set of rows cannot be compared
            return None
        scaled = errors[self.known] * np.exp(0.5 * logs / max(count, 1))
        return scaled if np.isfinite(scaled).all() else None

    def solve(self, x: FloatArray) -> Estimate | None:
        """Minimise by Levenberg-Marquardt with numeric derivatives; None where x is not admissible."""
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
        neg2_loglik = len(error) * float(np.log(max(squares, 1e-300) / len(error)))
        return Estimate(self.split(x), float(x[-1]) if self.order.constant else 0.0, neg2_loglik)

    def slopes(self, x: FloatArray, error: FloatArray) -> FloatArray | None:
        """Return derivatives [parameters, known rows]: forward differences, backward ones at the edge, else None."""
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


def _possible(prior: FloatArray, levels: int) -> bool:
    """Return whether the compiled initial variances are valid: near the unit circle rounding can make them negative.

    A process varies at least as much as its innovation, whose variance is 1.
    """
    variances = np.diagonal(prior)[: len(prior) - levels]
    return bool(variances[0] >= 1 - 1e-6 and (variances >= 0).all())
