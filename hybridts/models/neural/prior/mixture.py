"""The distribution of simulated series: how often each component is there, and how large."""

from __future__ import annotations

from dataclasses import dataclass

#: Lowest and highest base-10 logarithm of a size, drawn evenly between them.
Decades = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Chances and sizes of the components of a simulated series.

    Sizes are relative to a level of about one: 0.1 is a tenth of the level where components multiply. The values were
    chosen on inner cutoffs of M1, M3, M4 hourly and ETTh1 (experiments/prior).

    Attributes:
        multiplicative: chance that components multiply instead of adding.
        walk: chance that the level is a random walk; walk_size: its step.
        reverting: chance that the level returns to its mean.
        slope: chance that the slope changes; slope_size: its step.
        drift_size: the constant slope of a row, times the square root of the season.
        seasonal: chance of the main season; second: chance of a longer one beside it.
        weekday: chance that the main season has another size on every day of the longer one; the level likewise.
        season_size: standard deviation of the seasonal pattern.
        smooth: chance that the pattern is a sum of waves instead of independent values.
        season_drift: chance that the pattern changes; season_drift_size: its change per cycle, relative to itself.
        season_growth: chance that its size grows or shrinks steadily.
        noise_size: standard deviation of the noise.
        autoregressive, moving_average: chances that the noise is correlated.
        heavy: chance of heavy tails; volatile: chance that the variance changes.
        cycle: chance of a wave longer than the season.
        calendar: chance of an effect of the calendar: weekdays in a month, or a feast that moves.
        level_break, slope_break, outliers: their chances.
        intermittent: chance of many zeros; counts: chance of small whole numbers.
        bounded: chance of a lower and an upper bound; rounded: chance of few digits.
        missing: chance of missing values.
    """

    multiplicative: float = 0.6
    walk: float = 0.85
    walk_size: Decades = (-3.0, -0.8)
    reverting: float = 0.03
    slope: float = 0.5
    slope_size: Decades = (-4.0, -1.7)
    drift_size: Decades = (-2.7, -1.0)
    seasonal: float = 0.75
    second: float = 0.5
    weekday: float = 0.6
    season_size: Decades = (-1.7, -0.2)
    smooth: float = 0.6
    season_drift: float = 0.4
    season_drift_size: Decades = (-3.0, -0.8)
    season_growth: float = 0.2
    noise_size: Decades = (-2.9, -0.7)
    autoregressive: float = 0.5
    moving_average: float = 0.15
    heavy: float = 0.4
    volatile: float = 0.15
    cycle: float = 0.05
    calendar: float = 0.1
    level_break: float = 0.12
    slope_break: float = 0.1
    outliers: float = 0.25
    intermittent: float = 0.03
    counts: float = 0.05
    bounded: float = 0.03
    rounded: float = 0.15
    missing: float = 0.03


#: Hours and shorter rows: the season is nearly always there, levels move little from row to row and often return.
WITHIN_A_DAY = Mixture(
    seasonal=0.97,
    second=0.2,
    weekday=0.1,
    walk_size=(-3.2, -1.4),
    slope_size=(-5.0, -2.7),
    noise_size=(-3.0, -0.7),
    reverting=0.3,
    slope_break=0.02,
)


def mixture_for(season: int) -> Mixture:
    """Return the distribution for a main season of this many rows."""
    return WITHIN_A_DAY if season % 24 == 0 else Mixture()
