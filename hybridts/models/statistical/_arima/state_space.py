"""One ARIMA with frozen coefficients: a single Kalman pass gives the state at every origin, and so all forecasts.

The state is the ARMA part in companion form, followed by the last values that undo the differencing. Mean, drift and
seasonal profile are subtracted before and added after.

Sources: Harvey (1993), Time series models, 2nd edition, sections 3.3 and 4.4, and Gardner, Harvey and Phillips (1980),
Algorithm AS 154, Applied Statistics 29, as in R's `arima`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from hybridts.data.panel import FloatArray, IntArray
from hybridts.models.statistical._arima.order import Order
from hybridts.models.statistical._arima.roots import stationary
from hybridts.models.statistical._backends import kalman_filter

_DIFFUSE = 1e6  # prior variance of an unknown level, in units of the innovation variance, as in R
UNKNOWN = _DIFFUSE / 10  # a larger variance comes from the prior
_SAME = 0.01  # largest relative change under a ten times wider prior of a variance that the data determine


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Estimates of an engine, in units of `scale` and in the signs of y_t = phi y_{t-1} + e_t + theta e_{t-1}.

    Attributes:
        ar, ma, seasonal_ar, seasonal_ma: coefficients.
        constant: mean, or drift per row.
        pulled_back: the AR part was not stationary and was shrunk.
    """

    ar: FloatArray
    ma: FloatArray
    seasonal_ar: FloatArray
    seasonal_ma: FloatArray
    constant: float = 0.0
    pulled_back: bool = False

    @property
    def finite(self) -> bool:
        """Whether every coefficient is finite."""
        parts = (self.ar, self.ma, self.seasonal_ar, self.seasonal_ma, np.array([self.constant]))
        return all(bool(np.isfinite(part).all()) for part in parts)


@dataclass(frozen=True, eq=False)
class Filtered:
    """Result of one filter pass over T values.

    Attributes:
        states: [T + 1, S] state predicted from the first t values, t = 0 .. T, S entries each.
        covariances: [T + 1, S, S] its covariance where requested, otherwise [1, S, S].
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
        phi, theta: coefficients of the lag polynomials, multiplied out, without the leading 1.
        delta: [d + D * season] weights of past values that undo the differencing.
        differences: d + D.
        mean: in units of y, value (d + D = 0) or slope per row (d + D = 1).
        centre, scale: subtracted from y, and what it is divided by.
        profile: [season] seasonal pattern that is subtracted; [0.0] where lags model the season.
        known_start: False where the AR part starts from a diffuse prior, as least squares does.
    """

    phi: FloatArray
    theta: FloatArray
    delta: FloatArray
    differences: int
    mean: float
    centre: float
    scale: float
    profile: FloatArray
    known_start: bool = True

    def forecast(self, y: FloatArray, position: IntArray, steps: IntArray) -> FloatArray:
        """Return forecasts [M, H]; see `SeriesModel`."""
        return self.moments(y, position, steps, spread=False)[0]

    def moments(
        self, y: FloatArray, position: IntArray, steps: IntArray, *, spread: bool = True
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of each forecast, [M, H] both.

        The variance is in units of the innovation variance, times scale squared. It is 0 without `spread`, and at every
        origin and step where it is not known yet, because it depends on the size of the prior. (One unknown level, such
        as a seasonal phase without a value so far, makes only the steps of that phase unknown.)
        """
        z = (y - self._fixed(np.arange(len(y)))) / self.scale
        seen = np.clip(position + 1, 0, len(y))
        # the wider prior first, so that its covariances are freed before the next ones are computed
        wider = self._variances(self._filter(z, True, 10 * _DIFFUSE).covariances[seen], steps) if spread else None
        done = self._filter(z, spread)
        # not @: the rounding of BLAS depends on the number of rows
        mean = np.einsum("ms,hs->mh", done.states[seen], self._loadings(int(steps[-1]))[steps - 1])
        mean = self._fixed(position[:, None] + steps) + mean * self.scale
        if wider is None:
            return mean, np.zeros(mean.shape)
        variance = self._variances(done.covariances[seen], steps)
        variance = np.where(np.abs(wider - variance) <= _SAME * variance, variance, 0.0)
        return mean, variance * self.scale**2

    def _variances(self, covariances: FloatArray, steps: IntArray) -> FloatArray:
        """Return variances [M, H] of the forecasts from states with these covariances [M, S, S], without scale."""
        loadings = self._loadings(int(steps[-1]))
        later = np.cumsum(np.r_[0.0, (loadings[:-1] @ self._shock()) ** 2])  # of the innovations after the origin
        variance = np.empty((len(covariances), len(steps)))
        for k, step in enumerate(steps - 1):
            products = np.outer(loadings[step], loadings[step])
            variance[:, k] = later[step] + (covariances * products).sum(axis=(1, 2))
        return variance

    def _loadings(self, count: int) -> FloatArray:
        """Return the weights [count, S] of the state in the forecasts of 1 .. count steps."""
        transition = _transition(self.phi, self.theta, self.delta)
        loadings = np.empty((count, len(transition)))
        loadings[0] = _observation(self.phi, self.theta, self.delta)
        for k in range(1, count):
            loadings[k] = loadings[k - 1] @ transition
        return loadings

    def innovations(self, columns: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return errors [T, K] and variances [T] of the one-step forecasts of each of the columns [T, K].

        For generalised least squares: mean and profile are not subtracted, and all columns are missing where the first
        one is. Units as in `moments`, without the scale; errors are NaN where missing.
        """
        columns = np.where(np.isfinite(columns[:, :1]), columns, np.nan)
        done = [self._filter(column, False) for column in columns.T]
        return np.column_stack([d.errors for d in done]), done[0].variances

    def innovation_variance(self, y: FloatArray) -> float:
        """Return the mean squared standardised innovation of y [T], in units of y squared; 0 where none is known."""
        errors, variances = self.innovations(((y - self._fixed(np.arange(len(y)))) / self.scale)[:, None])
        usable = np.isfinite(errors[:, 0]) & (variances < UNKNOWN)
        return float(np.mean(errors[usable, 0] ** 2 / variances[usable])) if usable.any() else 0.0

    def _fixed(self, clock: IntArray) -> FloatArray:
        """Return centre, mean or drift, and profile at rows `clock`, in their shape."""
        slope = self.mean * clock if self.differences else self.mean
        return self.centre + slope + self.profile[clock % len(self.profile)]

    def _shock(self) -> FloatArray:
        """Return the effect [S] of an innovation on the state."""
        shock = np.zeros(max(len(self.phi), len(self.theta) + 1) + len(self.delta))
        shock[0] = 1.0
        shock[1 : len(self.theta) + 1] = self.theta
        return shock

    def _filter(self, z: FloatArray, covariances: bool, diffuse: float = _DIFFUSE) -> Filtered:
        """Filter z [T], skipping missing values; unknown levels have the prior variance `diffuse`."""
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
        uncertainty = done.predicted_state_cov.transpose(2, 0, 1) if covariances else prior[None]
        errors = np.where(np.isfinite(z), done.forecasts_error[0], np.nan)
        return Filtered(np.asarray(done.predicted_state).T, uncertainty, errors, done.forecasts_error_cov[0, 0])

    def _prior(self, transition: FloatArray, shock: FloatArray, size: int, diffuse: float) -> FloatArray:
        """Return the covariance [S, S] of the first state: stationary for the ARMA part, diffuse for the levels."""
        prior = np.eye(size) * diffuse
        rank = len(transition)
        if self.known_start and stationary(self.phi):
            prior[:rank, :rank] = solve_discrete_lyapunov(transition, np.outer(shock, shock))
        return prior


def build(order: Order, found: Coefficients, centre: float, scale: float, profile: FloatArray) -> ArimaModel:
    """Build the model from coefficients in units of `scale`."""
    phi = -_product(-found.ar, -found.seasonal_ar, order.season)
    theta = _product(found.ma, found.seasonal_ma, order.season)
    return ArimaModel(
        phi=phi,
        theta=theta,
        delta=differencing_weights(order),
        differences=order.differences,
        mean=found.constant * scale,
        centre=centre,
        scale=scale,
        profile=profile,
    )


def differencing_weights(order: Order) -> FloatArray:
    """Return the weights [d + D * season] of past values that undo the differences of an order."""
    delta = np.array([1.0])
    for _ in range(order.plain[1]):
        delta = np.convolve(delta, [1.0, -1.0])
    for _ in range(order.seasonal[1]):
        delta = np.convolve(delta, np.r_[1.0, np.zeros(order.season - 1), -1.0])
    return -delta[1:]


def _product(plain: FloatArray, seasonal: FloatArray, season: int) -> FloatArray:
    """Return the coefficients of (1 + plain_1 B + ...)(1 + seasonal_1 B^season + ...) without the leading 1."""
    spread = np.zeros(len(seasonal) * season + 1)
    spread[0] = 1.0
    spread[season::season] = seasonal
    return np.asarray(np.convolve(np.r_[1.0, plain], spread)[1:])


def _transition(phi: FloatArray, theta: FloatArray, delta: FloatArray) -> FloatArray:
    """Return the transition matrix [S, S]."""
    rank, lost = max(len(phi), len(theta) + 1), len(delta)
    result = np.zeros((rank + lost, rank + lost))
    result[: len(phi), 0] = phi
    result[:rank, :rank] += np.eye(rank, k=1)
    if lost:
        result[rank] = _observation(phi, theta, delta)
        result[rank + 1 :, rank:] = np.eye(lost)[: lost - 1]
    return result


def _observation(phi: FloatArray, theta: FloatArray, delta: FloatArray) -> FloatArray:
    """Return the weights [S] of the state in an observation."""
    rank = max(len(phi), len(theta) + 1)
    return np.concatenate([[1.0], np.zeros(rank - 1), delta])
