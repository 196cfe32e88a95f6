"""One ARIMA with frozen coefficients: a single Kalman pass gives the state at every origin, hence all
forecasts.

State space after Harvey and Gardner (R's `arima`): the ARMA part in companion form, followed by the last
values that undo the differencing. Mean, drift and seasonal profile are taken off before and put back after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from hybridts.data.panel import FloatArray, IntArray
from hybridts.models.statistical._arima.order import Order
from hybridts.models.statistical._arima.roots import stationary
from hybridts.models.statistical._backends import kalman_filter

_DIFFUSE = 1e6  # prior variance of an unknown level in units of the innovation's, as in R
UNKNOWN = _DIFFUSE / 10  # a variance above it is the prior speaking
_SAME = 0.01  # relative change under a prior ten times as wide up to which a variance is the data's


@dataclass(frozen=True, eq=False)
class Coefficients:
    """What an engine estimates, in units of `scale` and signs of y_t = phi y_{t-1} + e_t + theta e_{t-1}."""

    ar: FloatArray
    ma: FloatArray
    seasonal_ar: FloatArray
    seasonal_ma: FloatArray
    constant: float = 0.0  # mean, or drift a row
    pulled_back: bool = False  # the AR part had left the stationary region

    @property
    def finite(self) -> bool:
        """Every number is one."""
        parts = (self.ar, self.ma, self.seasonal_ar, self.seasonal_ma, np.array([self.constant]))
        return all(bool(np.isfinite(part).all()) for part in parts)


@dataclass(frozen=True, eq=False)
class Filtered:
    """What one filter pass over T values leaves.

    Attributes:
        states: [T + 1, S] state predicted from the first t values, t = 0 .. T.
        covariances: [T + 1, S, S] its covariance where asked for, otherwise [1, S, S].
        errors, variances: [T] one-step forecast errors and their variances.
    """

    states: FloatArray
    covariances: FloatArray
    errors: FloatArray
    variances: FloatArray


@dataclass(frozen=True, eq=False)
class ArimaModel:
    """A seasonal ARIMA with frozen coefficients.

    Attributes:
        phi, theta: lag polynomials multiplied out, without the leading one.
        delta: weights of past values that undo the differencing; [d + D * season].
        mean: in units of y, value (d + D = 0) or slope a row (d + D = 1); `centre` and `scale` make y
            unit-free.
        profile: [season] seasonal pattern that is subtracted, zero where lags carry the season.
    """

    phi: FloatArray
    theta: FloatArray
    delta: FloatArray
    differences: int
    mean: float
    centre: float
    scale: float
    profile: FloatArray
    known_start: bool = True  # False: the AR part starts from a diffuse prior, as least squares does

    def forecast(self, y: FloatArray, position: IntArray, steps: IntArray) -> FloatArray:
        """[len(position), len(steps)]; see `SeriesModel`."""
        return self.moments(y, position, steps, spread=False)[0]

    def moments(
        self, y: FloatArray, position: IntArray, steps: IntArray, *, spread: bool = True
    ) -> tuple[FloatArray, FloatArray]:
        """(mean, variance) of each forecast, [len(position), len(steps)] both.

        The variance is in units of the innovation's, times scale squared; 0 without `spread`, and for every origin
        and step whose variance is not known yet: where it answers to the size of the prior. (One unknown level, say
        a seasonal phase not seen so far, is unknown only to the steps that it reaches.)
        """
        z = (y - self._fixed(np.arange(len(y)))) / self.scale
        seen = np.clip(position + 1, 0, len(y))
        # the wider prior first, so that its covariances are gone before the next ones come
        wider = self._variances(self._filter(z, True, 10 * _DIFFUSE).covariances[seen], steps) if spread else None
        done = self._filter(z, spread)
        # not @: BLAS rounds by row count
        mean = np.einsum("ms,hs->mh", done.states[seen], self._looks(int(steps[-1]))[steps - 1])
        mean = self._fixed(position[:, None] + steps) + mean * self.scale
        if wider is None:
            return mean, np.zeros(mean.shape)
        variance = self._variances(done.covariances[seen], steps)
        variance = np.where(np.abs(wider - variance) <= _SAME * variance, variance, 0.0)
        return mean, variance * self.scale**2

    def _variances(self, unsure: FloatArray, steps: IntArray) -> FloatArray:
        """[M, len(steps)] variances of the forecasts from states with these [M, S, S] covariances, without scale."""
        looks = self._looks(int(steps[-1]))
        later = np.cumsum(np.r_[0.0, (looks[:-1] @ self._shock()) ** 2])  # of the shocks between origin and target
        variance = np.empty((len(unsure), len(steps)))
        for k, step in enumerate(steps - 1):
            variance[:, k] = later[step] + (unsure * np.outer(looks[step], looks[step])).sum(axis=(1, 2))
        return variance

    def _looks(self, count: int) -> FloatArray:
        """[count, S] what the forecasts of 1 .. count steps read of the state."""
        transition = _transition(self.phi, self.theta, self.delta)
        looks = np.empty((count, len(transition)))
        looks[0] = _observation(self.phi, self.theta, self.delta)
        for k in range(1, count):
            looks[k] = looks[k - 1] @ transition
        return looks

    def innovations(self, columns: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(errors [T, K], variances [T]) of the one-step forecasts of each column of [T, K].

        Nothing fixed is taken off, and the columns are missing where the first one is: what generalised least
        squares needs. Units as in `moments`, without the scale; NaN errors where missing.
        """
        columns = np.where(np.isfinite(columns[:, :1]), columns, np.nan)
        done = [self._filter(column, False) for column in columns.T]
        return np.column_stack([d.errors for d in done]), done[0].variances

    def innovation_variance(self, y: FloatArray) -> float:
        """Mean squared standardised innovation of y, in units of y squared; 0 where none is determined."""
        errors, variances = self.innovations(((y - self._fixed(np.arange(len(y)))) / self.scale)[:, None])
        usable = np.isfinite(errors[:, 0]) & (variances < UNKNOWN)
        return float(np.mean(errors[usable, 0] ** 2 / variances[usable])) if usable.any() else 0.0

    def _fixed(self, clock: IntArray) -> FloatArray:
        slope = self.mean * clock if self.differences else self.mean
        return self.centre + slope + self.profile[clock % len(self.profile)]

    def _shock(self) -> FloatArray:
        shock = np.zeros(max(len(self.phi), len(self.theta) + 1) + len(self.delta))
        shock[0] = 1.0
        shock[1 : len(self.theta) + 1] = self.theta
        return shock

    def _filter(self, z: FloatArray, covariances: bool, diffuse: float = _DIFFUSE) -> Filtered:
        """One pass over z, unknown levels having the prior variance `diffuse`; missing values are skipped."""
        transition = _transition(self.phi, self.theta, self.delta)
        size = len(transition)
        rank, shock = size - len(self.delta), self._shock()
        prior = self._prior(transition[:rank, :rank], shock[:rank], size, diffuse)
        if not len(z):
            return Filtered(np.zeros((1, size)), prior[None], np.empty(0), np.empty(0))
        model = kalman_filter()(k_endog=1, k_states=size, k_posdef=1)
        model.bind(np.ascontiguousarray(z))
        model["design"] = _observation(self.phi, self.theta, self.delta)[None, :]
        model["transition"] = transition
        model["selection"] = shock[:, None]
        model["state_cov"] = np.eye(1)
        model.initialize_known(np.zeros(size), prior)
        model.memory_no_predicted_cov = not covariances
        model.memory_no_filtered = True
        model.memory_no_gain = True
        model.memory_no_smoothing = True
        done = model.filter()
        unsure = done.predicted_state_cov.transpose(2, 0, 1) if covariances else prior[None]
        errors = np.where(np.isfinite(z), done.forecasts_error[0], np.nan)
        return Filtered(np.asarray(done.predicted_state).T, unsure, errors, done.forecasts_error_cov[0, 0])

    def _prior(self, transition: FloatArray, shock: FloatArray, size: int, diffuse: float) -> FloatArray:
        prior = np.eye(size) * diffuse
        rank = len(transition)
        if self.known_start and stationary(self.phi):
            prior[:rank, :rank] = solve_discrete_lyapunov(transition, np.outer(shock, shock))
        return prior


def build(order: Order, found: Coefficients, centre: float, scale: float, profile: FloatArray) -> ArimaModel:
    """The model with these coefficients; `scale` takes the constant back to units of y."""
    phi = -_product(-found.ar, -found.seasonal_ar, order.season)
    theta = _product(found.ma, found.seasonal_ma, order.season)
    return ArimaModel(
        phi=phi,
        theta=theta,
        delta=undoing(order),
        differences=order.differences,
        mean=found.constant * scale,
        centre=centre,
        scale=scale,
        profile=profile,
    )


def undoing(order: Order) -> FloatArray:
    """[d + D * season] weights of past values that undo the order's differences."""
    delta = np.array([1.0])
    for _ in range(order.plain[1]):
        delta = np.convolve(delta, [1.0, -1.0])
    for _ in range(order.seasonal[1]):
        delta = np.convolve(delta, np.r_[1.0, np.zeros(order.season - 1), -1.0])
    return -delta[1:]


def _product(plain: FloatArray, seasonal: FloatArray, season: int) -> FloatArray:
    """Coefficients of (1 + plain_1 B + ...)(1 + seasonal_1 B^season + ...) without the leading one."""
    spread = np.zeros(len(seasonal) * season + 1)
    spread[0] = 1.0
    spread[season::season] = seasonal
    return np.asarray(np.convolve(np.r_[1.0, plain], spread)[1:])


def _transition(phi: FloatArray, theta: FloatArray, delta: FloatArray) -> FloatArray:
    rank, lost = max(len(phi), len(theta) + 1), len(delta)
    result = np.zeros((rank + lost, rank + lost))
    result[: len(phi), 0] = phi
    result[:rank, :rank] += np.eye(rank, k=1)
    if lost:
        result[rank] = _observation(phi, theta, delta)
        result[rank + 1 :, rank:] = np.eye(lost)[: lost - 1]
    return result


def _observation(phi: FloatArray, theta: FloatArray, delta: FloatArray) -> FloatArray:
    rank = max(len(phi), len(theta) + 1)
    return np.concatenate([[1.0], np.zeros(rank - 1), delta])
