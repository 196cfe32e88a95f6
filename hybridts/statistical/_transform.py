"""Box-Cox and log: the scale on which an ARIMA is fitted, and the mean on the way back.

Source: Hyndman and Athanasopoulos (2021), Forecasting: principles and practice, 3rd edition, section 3.1; the power by
Guerrero (1993), Time-series analysis supported by power transformations, J. Forecasting 12.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.optimize import minimize_scalar

from hybridts.errors import BadSetting
from hybridts.panel import FloatArray
from hybridts.statistical._failure import SeriesFailure
from hybridts.statistical._settings import flag, number

Kind = Literal["none", "log", "boxcox"]
_POWERS = (0.0, 1.0)  # Guerrero's range here: below 0 a forecast can leave the domain upwards, to infinity


@dataclass(frozen=True, kw_only=True)
class Transform:
    """How a series is transformed.

    Attributes:
        kind: "none", "log" or "boxcox".
        power: Box-Cox lambda; None: by Guerrero's rule, from the values up to the cutoff.
        bias_adjust: forecast the mean; otherwise the back-transformed median.
    """

    kind: Kind = "none"
    power: float | None = None
    bias_adjust: bool = True

    def __post_init__(self) -> None:
        allowed = ", ".join(get_args(Kind))
        if self.kind not in get_args(Kind):
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
        """The transform for this series, None for no transform.

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
        unit = float(np.exp(np.log(known).mean()))  # Box-Cox of y / unit is ordinary for 1e12 and 1e-12 alike
        power = 0.0 if self.kind == "log" else self.power
        return Power(guerrero(y, season) if power is None else power, unit, self.bias_adjust)


@dataclass(frozen=True)
class Power:
    """Box-Cox of y / unit; power 0 is the logarithm."""

    power: float
    unit: float
    bias_adjust: bool

    def apply(self, y: FloatArray) -> FloatArray:
        """y on the new scale; NaN where y is missing or not positive."""
        with np.errstate(invalid="ignore", divide="ignore"):
            z = np.log(np.where(y > 0, y, np.nan) / self.unit)
        return z if self.power == 0 else np.expm1(self.power * z) / self.power

    def back(self, mean: FloatArray, variance: FloatArray | float) -> FloatArray:
        """The forecast on the scale of y, from mean and variance on the new one.

        Below the domain (power above 0) the answer is 0, the smallest value the scale knows; above it (power below
        0) it is NaN.
        """
        if self.power == 0:
            return np.asarray(np.exp(mean) * (1 + variance / 2) * self.unit)
        edge = self.power * mean <= -1
        mean = np.where(edge, 0.0, mean)
        median = np.exp(np.log1p(self.power * mean) / self.power)  # exact for powers near 0 too
        answer = median * (1 + variance * (1 - self.power) / (2 * (self.power * mean + 1) ** 2)) * self.unit
        return np.asarray(np.where(edge, 0.0 if self.power > 0 else np.nan, answer))


def guerrero(y: FloatArray, season: int) -> float:
    """The power in [0, 1] for which spread / level ** (1 - power) varies least between seasons (at least 2 rows each).

    1 (no change of shape) where fewer than two whole seasons are known.
    """
    rows = max(season, 2)
    blocks = y[len(y) % rows :].reshape(-1, rows)
    blocks = blocks[np.isfinite(blocks).all(axis=1)]
    level, spread = blocks.mean(axis=1), blocks.std(axis=1, ddof=1)
    if len(blocks) < 2 or not (spread > 1e-12 * level).any():
        return 1.0
    level, spread = level / level.mean(), spread / spread.mean()

    def variation(power: float) -> float:
        ratio = spread / level ** (1 - power)
        return float(ratio.std(ddof=1) / ratio.mean())

    found = minimize_scalar(variation, bounds=_POWERS, method="bounded", options={"xatol": 1e-4})
    return round(float(found.x), 4)
