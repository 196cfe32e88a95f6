"""Several seasons at once: STL extracts the seasons one after another, smoothing forecasts the adjusted series.

Source: Bandara, Hyndman and Bergmeir (2021), MSTL: a seasonal-trend decomposition algorithm for time series with
multiple seasonal patterns, arXiv:2107.13462; decomposed by statsmodels with the windows there (11, 15, ...).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from hybridts.data import calendar
from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.errors import BadSetting
from hybridts.models.checks import is_whole
from hybridts.models.protocols import PerSeries
from hybridts.models.statistical._backends import decomposition
from hybridts.models.statistical._failure import third_party
from hybridts.models.statistical._per_series.fit import LocalFitted, SeriesFit, fit_each
from hybridts.models.statistical._per_series.series_model import SeriesModel
from hybridts.models.statistical._seasonal_adjustment import filled
from hybridts.models.statistical.arima import need_season
from hybridts.models.statistical.ets import ETS
from hybridts.models.statistical.theta import fit_theta

RestModel = Literal["ETS", "Theta"]
_DAYS = (24, 48, 96)  # rows of a day on integer time: hours, half hours, quarter hours


@dataclass(frozen=True, kw_only=True)
class MSTL(PerSeries):
    """Decomposition by several seasons, then ETS or Theta of the seasonally adjusted series.

    The seasonal components are frozen at the fit: inside the fitted rows as decomposed, after them their last cycle
    repeated. Later values change only the state of the adjusted series.

    Attributes:
        periods: rows per cycle, each; None: the panel's season, and its week where the season is a day.
            A period with at most two cycles in a series is left out, which the notes record.
        rest: model of the adjusted series: "ETS" (without a season) or "Theta".
    """

    periods: tuple[int, ...] | None = None
    rest: RestModel = "ETS"

    def __post_init__(self) -> None:
        if self.periods is not None:
            good = isinstance(self.periods, list | tuple) and all(is_whole(p) and p >= 2 for p in self.periods)
            if not good or not self.periods:
                raise BadSetting(
                    f"periods is {self.periods!r}; give whole numbers of at least 2, as (24, 168).",
                    "periods",
                    self.periods,
                )
            object.__setattr__(self, "periods", tuple(sorted({int(p) for p in self.periods})))
        if self.rest not in get_args(RestModel):
            allowed = ", ".join(get_args(RestModel))
            raise BadSetting(f"rest is {self.rest!r}; use one of {allowed}.", "rest", self.rest, allowed)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """Fit one decomposition and one model of the adjusted series per series.

        Raises:
            NotApplicable: the season is 1 and no periods are given.
        """
        periods = self.periods or periods_of(panel)

        def fit_one(i: int) -> SeriesFit:
            return self._fit(panel.series(i), periods)

        return fit_each(panel, (horizon, gap), fit_one, {"rest": self.rest})

    def _fit(self, y: FloatArray, periods: tuple[int, ...]) -> SeriesFit:
        """Fit one series y [T], NaN where missing."""
        clean, dropped = filled(y)
        used = tuple(p for p in periods if len(clean) > 2 * p) if np.ptp(clean) else ()
        seasons = decompose(clean, used)
        notes: dict[str, object] = {"periods": list(used)}
        if used != periods:
            notes["periods_left_out"] = [p for p in periods if p not in used]
        pattern = [_last_cycle(part, p, dropped) for part, p in zip(seasons, used, strict=True)]
        frozen = FrozenSeasons(seasons.sum(axis=0), tuple(pattern), dropped)
        adjusted = y - frozen.at(np.arange(len(y)))
        return SeriesFit(AdjustedModel(self._rest(adjusted, notes), frozen), notes)

    def _rest(self, adjusted: FloatArray, notes: dict[str, object]) -> SeriesModel:
        """Fit the model of the adjusted series [T]; add its notes."""
        if self.rest == "Theta":
            return fit_theta(adjusted, 1)
        model, found = ETS(model="ZZN").fit_one(adjusted, 1)
        notes.update(found)
        return model


@dataclass(frozen=True, eq=False)
class FrozenSeasons:
    """The frozen seasonal components of one series.

    Attributes:
        inside: [T] their sum at the fitted rows from `dropped` on.
        pattern: the last cycle of each, phase 0 at row 0; used outside the fitted rows.
        dropped: rows before the first value.
    """

    inside: FloatArray
    pattern: tuple[FloatArray, ...]
    dropped: int

    def at(self, clock: IntArray) -> FloatArray:
        """Return their sum [...] at rows `clock` [...]."""
        repeated = np.zeros(clock.shape)
        for cycle in self.pattern:
            repeated += cycle[clock % len(cycle)]
        row = clock - self.dropped
        within = (row >= 0) & (row < len(self.inside))
        return np.where(within, self.inside[np.where(within, row, 0)], repeated)


@dataclass(frozen=True, eq=False)
class AdjustedModel:
    """A model of a seasonally adjusted series, with the seasonal components added to its forecasts."""

    rest: SeriesModel
    seasons: FrozenSeasons

    def forecast(self, y: FloatArray, position: IntArray, steps: IntArray) -> FloatArray:
        """Return forecasts [M, H]; see `SeriesModel`."""
        adjusted = y - self.seasons.at(np.arange(len(y)))
        return self.rest.forecast(adjusted, position, steps) + self.seasons.at(position[:, None] + steps)


def periods_of(panel: Panel) -> tuple[int, ...]:
    """Return the panel's season, and a week where it is a day (on integer time: where it has 24, 48 or 96 rows).

    Raises:
        NotApplicable: the season is 1.
    """
    season = need_season(panel.season, "MSTL", "ETS")
    return (season, 7 * season) if _is_a_day(season, panel.freq) else (season,)


def _is_a_day(season: int, freq: str | None) -> bool:
    """Return whether a season of so many rows is a day."""
    if freq is None:
        return season in _DAYS
    grid = calendar.parse(freq)
    return grid.kind == "tick" and grid.size < calendar.DAY and season * grid.size == calendar.DAY


def decompose(y: FloatArray, periods: tuple[int, ...]) -> FloatArray:
    """Return the seasonal components [len(periods), T] of y [T], which has no gaps.

    Raises:
        SeriesFailure: an error of the library.
    """
    if not periods:
        return np.zeros((0, len(y)))
    with third_party(f"statsmodels could not decompose it by periods {periods}"):
        done = decomposition()(y, periods=periods, stl_kwargs={"seasonal_deg": 0}).fit()
    return np.asarray(done.seasonal, dtype=np.float64).reshape(len(y), len(periods)).T


def _last_cycle(part: FloatArray, period: int, dropped: int) -> FloatArray:
    """Return the newest cycle [period] of a component [T], ordered so that phase 0 is row 0."""
    return np.roll(part[-period:], (dropped + len(part)) % period)
