"""Box-Cox and log transforms: the scale on which an ARIMA is fitted, and the mean of a forecast transformed back.

Sources: the family by Box and Cox (1964), An analysis of transformations, J. Royal Statistical Society B 26, in the
form of Hyndman and Athanasopoulos (2021), Forecasting: principles and practice, 3rd edition, section 3.1; the power by
Guerrero (1993), Time-series analysis supported by power transformations, J. Forecasting 12. The mean is computed by
quadrature, not by the second-order formula of the book's section 5.6, which has a pole at the edge of the domain. The
nodes are placed around the maximum of the integrand as in Liu and Pierce (1994), A note on Gauss-Hermite quadrature,
Biometrika 81; they are Legendre's, because the integrand ends at the edge of the domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.polynomial.legendre import leggauss

from hybridts.data.panel import FloatArray
from hybridts.errors import BadSetting
from hybridts.models.statistical._failure import SeriesFailure
from hybridts.models.statistical._settings import flag, number

TransformKind = Literal["none", "log", "boxcox"]
_SMALLEST = 1e-9  # a power closer to 0 equals the logarithm to all digits
_POWERS = (0.0, 1.0)  # range of Guerrero's rule here: below 0 a forecast can leave the domain, to infinity
_NODES, _WEIGHTS = leggauss(40)  # error 1e-13 for powers up to 1 away from the edge, 1e-5 at it; 1e-3 for powers to 2
_REACH = 8.0  # standard deviations around its maximum that contain the integrand to 1e-15
_WIDEST = 4.0  # largest log-variance that the mean follows: beyond, it is exp(2) = 7.4 medians, from the tail alone


@dataclass(frozen=True, kw_only=True)
class Transform:
    """Settings of the transform of a series.

    Attributes:
        kind: "none", "log" or "boxcox".
        power: Box-Cox lambda; None: by Guerrero's rule, from the values up to the cutoff.
        bias_adjust: forecast the mean; otherwise the back-transformed median. The median is forecast in any case where
            the mean does not exist (negative powers) or its variance is unknown; see also `Power.trusted`.
    """

    kind: TransformKind = "none"
    power: float | None = None
    bias_adjust: bool = True

    def __post_init__(self) -> None:
        allowed = ", ".join(get_args(TransformKind))
        if self.kind not in get_args(TransformKind):
            raise BadSetting(f"transform is {self.kind!r}; use one of {allowed}.", "transform", self.kind, allowed)
        if self.power is not None and self.kind != "boxcox":
            raise BadSetting(
                f"boxcox_lambda is for transform 'boxcox', and transform is {self.kind!r}; leave it out.",
                "boxcox_lambda",
                self.power,
            )
        if self.power is not None:
            number(self.power, "boxcox_lambda", -1, 2)
        flag(self, "bias_adjust")

    def fitted(self, y: FloatArray, season: int) -> Power | None:
        """Return the transform fitted to y [T], NaN where missing; None for no transform.

        Raises:
            SeriesFailure: a value is not positive.
        """
        if self.kind == "none":
            return None
        known = y[np.isfinite(y)]
        if (known <= 0).any():
            raise SeriesFailure(
                f"transform {self.kind!r} needs positive values, and {int((known <= 0).sum())} of {len(known)} are zero"
                f" or negative (smallest {known.min():g}); add a constant to the series, or set transform: none"
            )
        unit = float(np.exp(np.log(known).mean()))  # keeps Box-Cox of y / unit near 1 for values of 1e12 and of 1e-12
        power = 0.0 if self.kind == "log" else self.power
        power, reason = guerrero(y, season) if power is None else (power, "")
        power = power if abs(power) > _SMALLEST else 0.0
        return Power(power, unit, self.bias_adjust, reason)


@dataclass(frozen=True)
class Power:
    """A fitted transform: Box-Cox of y / unit; power 0 is the logarithm.

    Attributes:
        power: Box-Cox lambda.
        unit: in units of y.
        bias_adjust: see `Transform`.
        reason: why Guerrero's rule found no power, for the notes; empty where it did.
    """

    power: float
    unit: float
    bias_adjust: bool
    reason: str = ""

    @property
    def adjusts(self) -> bool:
        """Whether the mean is forecast. It does not exist below power 0, where infinity has a positive probability."""
        return self.bias_adjust and self.power >= 0

    @property
    def notes(self) -> dict[str, object]:
        """JSON-ready facts for the report."""
        notes: dict[str, object] = {"boxcox_lambda": self.power}
        if self.reason:
            notes["boxcox_reason"] = self.reason
        if self.bias_adjust and not self.adjusts:
            notes["bias_left_out"] = f"no mean exists for boxcox_lambda {self.power:g}, below 0: medians are forecast"
        return notes

    def apply(self, y: FloatArray) -> FloatArray:
        """Return y [...] on the transformed scale, [...]; NaN where y is missing or not positive."""
        with np.errstate(invalid="ignore", divide="ignore"):
            z = np.log(np.where(y > 0, y, np.nan) / self.unit)
        return z if self.power == 0 else np.expm1(self.power * z) / self.power

    def back(self, mean: FloatArray, variance: FloatArray | float) -> FloatArray:
        """Return the forecast [...] on the scale of y, from mean [...] and variance [...] on the transformed one.

        The mean of a normal variable transformed back; the median where the variance is 0 or the mean is not wanted.
        A mean below the domain (power above 0) gives 0. NaN where the result is too large for a number, as it is above
        the domain (power below 0).
        """
        variance = np.broadcast_to(variance, np.shape(mean))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            log = _log_inverse(mean, self.power)
            if self.adjusts and (variance > 0).any():
                log = np.where(variance > 0, _log_mean(mean, variance, self.power), log)
            answer = np.exp(log + np.log(self.unit))
        return np.where(np.isfinite(answer), answer, np.nan)

    def trusted(self, mean: FloatArray, variance: FloatArray) -> FloatArray:
        """Return the variance [...], capped at the largest one that the mean may follow; shapes as in `back`.

        A slope estimated from two values, or across a long gap, has a variance so large that the mean is exp(10)
        medians. Such a mean depends only on the normal tail and on the estimated variance (with the error of that
        estimate, a log-t variable has no mean at all). The variance is therefore capped where one standard deviation
        is a factor of exp(2) on the scale of y.
        """
        return np.minimum(variance, _WIDEST * np.maximum(1 + self.power * mean, 1.0) ** 2)


def _log_inverse(z: FloatArray, power: float) -> FloatArray:
    """Return the log of Box-Cox's inverse at z, exact for powers near 0; beyond the edge -inf (power < 0: +inf)."""
    return z if power == 0 else np.asarray(np.log1p(np.maximum(power * z, -1.0)) / power)


def _log_mean(mean: FloatArray, variance: FloatArray, power: float) -> FloatArray:
    """Return the log of the mean of inverse(Z), Z normal, elementwise; for powers of at least 0 and variances above 0.

    The integrand, inverse(mean + sd x) exp(-x^2 / 2), falls from its maximum at least as fast as the normal density.
    An interval around the maximum, cut at the edge of the domain, therefore contains all of it.
    """
    if power == 0:
        return mean + variance / 2
    sd, base = np.sqrt(variance), 1 + power * mean
    root = np.hypot(base, 2 * np.sqrt(power) * sd)
    top = np.where(base > 0, 2 * sd / (base + root), (root - base) / (2 * power * sd))
    low = np.maximum(top - _REACH / np.sqrt(1 + power * top**2), -base / (power * sd))
    width = top + _REACH - low
    height = _log_inverse(mean + sd * top, power) - top**2 / 2  # subtracted, so that only a result too large overflows
    total = np.zeros(np.shape(mean))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):  # one at a time: no array [..., nodes] is needed
        x = low + width * (node + 1) / 2
        total += weight * np.exp(_log_inverse(mean + sd * x, power) - x**2 / 2 - height)
    return np.asarray(height + np.log(total * width / np.sqrt(8 * np.pi)))


def guerrero(y: FloatArray, season: int) -> tuple[float, str]:
    """Choose the power in [0, 1] for which spread / level ** (1 - power) varies least between seasons of y [T].

    Seasons, of at least 2 rows, are counted from the end of y. A season is used where at least half of its rows are
    known, and at least two. Without two such seasons, or without any variation, the power is 1 (no change of shape).

    Returns:
        The power, and the reason where the rule found none (empty where it did).
    """
    from scipy.optimize import minimize_scalar  # imported here, because it takes 0.2 s

    rows = max(season, 2)
    blocks = y[len(y) % rows :].reshape(-1, rows)
    known = np.isfinite(blocks).sum(axis=1)
    used = blocks[known >= max(rows / 2, 2)]
    if len(used) < 2:
        found = f"{len(used)} of {len(blocks)} seasons of {rows} rows"
        return 1.0, f"power 1: Guerrero's rule needs two seasons known at least by half, and {found} are"
    level, spread = np.nanmean(used, axis=1), np.nanstd(used, axis=1, ddof=1)
    if not (spread > 1e-12 * level).any():
        return 1.0, f"power 1: nothing varies within the {len(used)} seasons of {rows} rows for Guerrero's rule"
    level, spread = level / level.mean(), spread / spread.mean()

    def variation(power: float) -> float:
        ratio = spread / level ** (1 - power)
        return float(ratio.std(ddof=1) / ratio.mean())

    found = minimize_scalar(variation, bounds=_POWERS, method="bounded", options={"xatol": 1e-4})
    return round(float(found.x), 4), ""
