"""One ARIMA with frozen coefficients: a single Kalman pass gives the state at every origin, hence all
forecasts.

State space after Harvey and Gardner (R's `arima`): the ARMA part in companion form, followed by the last
values that undo the differencing. Mean, drift and seasonal profile are taken off before and put back after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from hybridts.panel import FloatArray, IntArray
from hybridts.statistical._backends import kalman_filter
from hybridts.statistical._order import Order
from hybridts.statistical._roots import stationary

_DIFFUSE = 1e6  # prior variance of an unknown level in units of the innovation's, as in R


@dataclass(frozen=True, eq=False)
class Coefficients:
    """What an engine estimates, in units of `scale` and signs of y_t = phi y_{t-1} + e_t + theta e_{t-1}."""

    ar: FloatArray
    ma: FloatArray
    seasonal_ar: FloatArray
    seasonal_ma: FloatArray
    constant: float = 0.0  # mean, or drift a row

    @property
    def finite(self) -> bool:
        """Every number is one."""
        parts = (self.ar, self.ma, self.seasonal_ar, self.seasonal_ma, np.array([self.constant]))
        return all(bool(np.isfinite(part).all()) for part in parts)


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
        clock = np.arange(len(y))
        states = self._states((y - self._fixed(clock)) / self.scale)  # [T + 1, S]
        seen = np.clip(position + 1, 0, len(y))
        transition = _transition(self.phi, self.theta, self.delta)
        look = _observation(self.phi, self.theta, self.delta)
        answer = np.empty((len(position), len(steps)))
        for step in range(1, int(steps[-1]) + 1):
            if step >= steps[0]:
                answer[:, step - steps[0]] = (states[seen] * look).sum(axis=1)  # not @: BLAS rounds by row count
            look = look @ transition
        return self._fixed(position[:, None] + steps) + answer * self.scale

    def _fixed(self, clock: IntArray) -> FloatArray:
        slope = self.mean * clock if self.differences else self.mean
        return self.centre + slope + self.profile[clock % len(self.profile)]

    def _states(self, z: FloatArray) -> FloatArray:
        """[T + 1, S] state predicted from the first t values, t = 0 .. T; missing values are skipped."""
        transition = _transition(self.phi, self.theta, self.delta)
        size = len(transition)
        if not len(z):
            return np.zeros((1, size))
        rank = size - len(self.delta)
        shock = np.zeros(size)
        shock[0] = 1.0
        shock[1 : len(self.theta) + 1] = self.theta
        model = kalman_filter()(k_endog=1, k_states=size, k_posdef=1)
        model.bind(np.ascontiguousarray(z))
        model["design"] = _observation(self.phi, self.theta, self.delta)[None, :]
        model["transition"] = transition
        model["selection"] = shock[:, None]
        model["state_cov"] = np.eye(1)
        model.initialize_known(np.zeros(size), self._prior(transition[:rank, :rank], shock[:rank], size))
        model.memory_no_predicted_cov = True
        model.memory_no_forecast = True
        model.memory_no_filtered = True
        model.memory_no_gain = True
        model.memory_no_smoothing = True
        return np.asarray(model.filter().predicted_state).T

    def _prior(self, transition: FloatArray, shock: FloatArray, size: int) -> FloatArray:
        prior = np.eye(size) * _DIFFUSE
        rank = len(transition)
        if self.known_start and stationary(self.phi):
            prior[:rank, :rank] = solve_discrete_lyapunov(transition, np.outer(shock, shock))
        return prior


def build(order: Order, found: Coefficients, centre: float, scale: float, profile: FloatArray) -> ArimaModel:
    """The model with these coefficients; `scale` takes the constant back to units of y."""
    phi = -_product(-found.ar, -found.seasonal_ar, order.season)
    theta = _product(found.ma, found.seasonal_ma, order.season)
    delta = np.array([1.0])
    for _ in range(order.plain[1]):
        delta = np.convolve(delta, [1.0, -1.0])
    for _ in range(order.seasonal[1]):
        delta = np.convolve(delta, np.r_[1.0, np.zeros(order.season - 1), -1.0])
    return ArimaModel(
        phi=phi,
        theta=theta,
        delta=-delta[1:],
        differences=order.differences,
        mean=found.constant * scale,
        centre=centre,
        scale=scale,
        profile=profile,
    )


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
