"""Limits of a forecast that the past of its origin shows: no value below 0, and 0 where a column explains it.

They hold for the forecast of a name, not for its stages: what a stage learns from is not bent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import BadSetting
from hybridts.models.covariates.zeros import ExplainedZeros

#: Whether forecasts are kept from going below 0; "auto": where the series never was below 0 up to the origin.
Nonnegative = Literal["auto", True, False]


def check_nonnegative(value: object) -> Nonnegative:
    """Return the setting, also from the words "true" and "false".

    Raises:
        BadSetting: another value.
    """
    words: dict[str, Nonnegative] = {"auto": "auto", "true": True, "false": False}
    found = words.get(str(value).casefold()) if isinstance(value, (str, bool)) else None
    if found is None:
        raise BadSetting(
            f"nonnegative is {value!r}; use auto (no forecast below 0 where the data never were), true or false.",
            "nonnegative",
            value,
            "auto, true, false",
        )
    return found


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of the forecasts made at one cutoff.

    Attributes:
        seen: the panel up to the cutoff.
        panel: the panel up to the last origin and with known-future columns up to the last target.
        horizon, gap: of the forecasts.
        nonnegative: see `Nonnegative`.
    """

    seen: Panel
    panel: Panel
    horizon: int
    gap: int
    nonnegative: Nonnegative = "auto"

    def apply(self, origins: Origins, forecast: FloatArray) -> FloatArray:
        """Return forecasts, or quantiles, [M, H, ...] within the limits; NaN stays NaN."""
        answer = forecast
        bounded = self._never_negative(origins)
        if bounded.any():
            below = bounded.reshape(-1, *(1,) * (forecast.ndim - 1)) & (answer < 0)
            answer = np.where(below, 0.0, answer) if below.any() else answer
        if self._zeros is not None:
            position = origins.position[:, None] + self.gap + np.arange(1, self.horizon + 1)
            zero = self._zeros.at(self.panel, np.broadcast_to(origins.series[:, None], position.shape), position)
            zero = zero.reshape(*zero.shape, *(1,) * (forecast.ndim - 2)) & np.isfinite(answer)
            answer = np.where(zero, 0.0, answer)
        return answer

    def _never_negative(self, origins: Origins) -> np.ndarray:
        if self.nonnegative is False:
            return np.zeros(len(origins), dtype=bool)
        if self.nonnegative is True:
            return np.ones(len(origins), dtype=bool)
        return np.asarray(origins.position < self._first_negative[origins.series])

    @cached_property
    def _first_negative(self) -> IntArray:
        """Return [N] the position of the first negative value of each series; very late where there is none."""
        first = np.full(len(self.panel), np.iinfo(np.int64).max)
        for i in range(len(self.panel)):
            below = np.flatnonzero(self.panel.series(i) < 0)
            first[i] = below[0] if len(below) else first[i]
        return first

    @cached_property
    def _zeros(self) -> ExplainedZeros | None:
        return ExplainedZeros.of(self.seen)
