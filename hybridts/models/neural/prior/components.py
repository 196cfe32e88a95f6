"""Components of simulated series: level, seasons, cycle, calendar, noise, outliers; each [n, T], added or multiplied.

Sources: Hyndman, Koehler, Ord and Snyder (2008) for level, damped trend and drifting season; Box and Jenkins (1970) for
correlated noise; Harvey (1989) for the stochastic cycle; Cleveland and Devlin (1982) for trading days.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.models.neural.prior.draws import Draws
from hybridts.models.neural.prior.mixture import Mixture

#: Damping of the slope per row: none, or one of these.
DAMPING = (1.0, 0.98, 0.95, 0.9, 0.8)
#: Waves of a smooth pattern at most.
WAVES = 12
#: Share of the rows that are outliers, where a series has any.
RARE = 0.02


def level(draws: Draws, mixture: Mixture, season: int) -> FloatArray:
    """Return a random walk with a damped, changing slope, or a level that returns to its mean; with breaks."""
    rng, n, rows = draws.rng, draws.count, draws.length
    steps = draws.size(mixture.walk_size, mixture.walk)[:, 0] * rng.standard_t(5, (rows, n))
    turns = draws.size(mixture.slope_size, mixture.slope)[:, 0] * rng.normal(size=(rows, n))
    damping = rng.choice(DAMPING, n)
    drift = (draws.sign() * draws.size(mixture.drift_size) / np.sqrt(season))[:, 0]
    back = np.where(draws.chance(mixture.reverting), draws.uniform(0.02, 0.4), 0.0)[:, 0]
    trending = back == 0
    now, slope, found = np.zeros(n), drift.copy(), np.empty((rows, n))
    for t in range(rows):  # over time, for all series at once
        found[t] = now
        slope = damping * slope + (1 - damping) * drift + turns[t]
        now = (1 - back) * now + trending * slope + steps[t]
    jump = draws.size((-1.5, -0.2), mixture.level_break) * draws.sign() * (draws.rows_since() >= 0)
    bend = draws.size((-3.3, -1.8), mixture.slope_break) * draws.sign() * np.maximum(draws.rows_since(), 0)
    return np.asarray(found.T + jump + bend)


def seasons(draws: Draws, mixture: Mixture, periods: tuple[int, ...]) -> FloatArray:
    """Return the sum of a pattern for each period; the main one may differ by the day of a longer one."""
    main, longer = periods[0], periods[1:]
    if main == 1:
        return np.zeros((draws.count, draws.length))
    total = _season(draws, mixture, main, mixture.seasonal)
    for period in longer:
        total = total * _days(draws, main, period, mixture.weekday) + _season(draws, mixture, period, mixture.second)
        total += _days(draws, main, period, mixture.weekday) - 1
    return np.asarray(total)


def _days(draws: Draws, day: int, week: int, p: float) -> FloatArray:
    """Return a factor around 1 for every day of the week; the last two days may share one of their own."""
    days = week // day
    factor = np.exp(draws.size((-2.0, -0.3), p) * draws.rng.normal(size=(draws.count, days)))
    end = np.arange(days) >= days - 2
    weekend = np.where(end, np.exp(draws.size((-1.5, 0.0), p) * draws.rng.normal(size=(draws.count, 1))), 1.0)
    start = draws.rng.integers(0, week, (draws.count, 1))
    line = (start + np.arange(draws.length)) // day % days
    return np.asarray(np.take_along_axis(factor * weekend, line, axis=1))


def _season(draws: Draws, mixture: Mixture, period: int, p: float) -> FloatArray:
    """Return a pattern, smooth or ragged, whose values drift one by one and whose size may grow."""
    rng, n, rows = draws.rng, draws.count, draws.length
    pattern = np.where(draws.chance(mixture.smooth), _waves(draws, period), rng.standard_t(4, (n, period)))
    pattern -= pattern.mean(axis=1, keepdims=True)
    pattern /= pattern.std(axis=1, keepdims=True) + 1e-9
    size = draws.size(mixture.season_size, p)
    drift = np.where(size > 0, draws.size(mixture.season_drift_size, mixture.season_drift), 0.0)
    changes = np.cumsum(rng.normal(size=(n, -(-rows // period), period)), axis=1)
    y = ((pattern[:, None] + drift[..., None] * changes) * size[..., None]).reshape(n, -1)[:, :rows]
    first, last = draws.uniform(0.4, 1.2), draws.uniform(0.6, 1.6)
    growth = first + (last - first) * np.linspace(0, 1, rows)
    return np.where(draws.chance(mixture.season_growth), y * growth, y)


def _waves(draws: Draws, period: int) -> FloatArray:
    """Return [n, period] sums of waves; the longer ones are larger."""
    most = min(max(period // 2, 1), WAVES)
    wave = np.arange(1, most + 1)
    used = wave <= draws.rng.integers(1, most + 1, (draws.count, 1))
    size = wave ** -draws.uniform(0.3, 1.5) * used
    angle = 2 * np.pi * wave[:, None] * np.arange(period) / period
    cos, sin = (draws.rng.normal(size=(draws.count, most)) * size for _ in range(2))
    return np.asarray(cos @ np.cos(angle) + sin @ np.sin(angle))


def cycle(draws: Draws, mixture: Mixture, season: int) -> FloatArray:
    """Return a wave of 2.5 to 8 seasons whose phase wanders."""
    period = draws.uniform(2.5, 8.0) * max(season, 4)
    phase = draws.uniform(0, 2 * np.pi) + np.cumsum(0.05 * draws.normal(), axis=1)
    size = draws.size((-1.3, -0.3), mixture.cycle)
    return np.asarray(size * np.sin(2 * np.pi * np.arange(draws.length) / period + phase))


def calendar(draws: Draws, mixture: Mixture, season: int) -> FloatArray:
    """Return an effect of the calendar: trading days of months and quarters, else a feast that moves by a row."""
    size = draws.size((-2.3, -1.0), mixture.calendar)
    if season == 1:
        return np.zeros((draws.count, draws.length))
    if season in (4, 12):
        days = _weekdays(12 // season)  # [rows of 28 years, 7]
        start = draws.rng.integers(0, len(days), (draws.count, 1))
        weight = draws.rng.normal(size=(draws.count, 7)) + draws.uniform(0, 2)  # their mean: the length of the month
        effect = np.einsum("ntd,nd->nt", days[(start + np.arange(draws.length)) % len(days)], weight)
        return np.asarray(size * effect)
    cycles = -(-draws.length // season)
    place = draws.rng.integers(0, season, (draws.count, 1)) + draws.rng.integers(-1, 2, (draws.count, cycles))
    feast = np.zeros((draws.count, cycles, season))
    np.put_along_axis(feast, (place % season)[..., None], 1.0, axis=2)
    return np.asarray(3 * size * draws.sign() * feast.reshape(draws.count, -1)[:, : draws.length])


@cache
def _weekdays(months: int) -> FloatArray:
    """Return [rows, 7] how often each weekday falls into every span of `months` months, less its mean, for 28 years."""
    edges = np.arange(np.datetime64("1973-01"), np.datetime64("2001-02"), np.timedelta64(months, "M"))
    first = edges.astype("datetime64[D]").astype(np.int64)
    count = np.stack([(first[1:] + 6 - d) // 7 - (first[:-1] + 6 - d) // 7 for d in range(7)], axis=1)
    return np.asarray(count - count.mean(axis=0))


def noise(draws: Draws, mixture: Mixture) -> FloatArray:
    """Return white, AR(1) or MA(1) noise of normal or heavy tails; its variance may wander."""
    raw = np.where(
        draws.chance(mixture.heavy), draws.rng.standard_t(4, (draws.count, draws.length)) / np.sqrt(2), draws.normal()
    )
    theta = np.where(draws.chance(mixture.moving_average), draws.uniform(-0.8, 0.8), 0.0)
    raw[:, 1:] = (raw[:, 1:] + theta * raw[:, :-1]) / np.sqrt(1 + theta**2)
    rho = np.where(draws.chance(mixture.autoregressive), draws.uniform(-0.4, 0.9), 0.0)[:, 0]
    found, fresh = np.empty((draws.length, draws.count)), raw.T * np.sqrt(1 - rho**2)
    found[0] = raw[:, 0]
    for t in range(1, draws.length):
        found[t] = rho * found[t - 1] + fresh[t]
    wander = np.exp(np.clip(np.cumsum(0.1 * draws.normal(), axis=1), -2, 2))
    spread = np.where(draws.chance(mixture.volatile), wander, 1.0)
    return np.asarray(found.T * spread * draws.size(mixture.noise_size))


def outliers(draws: Draws, mixture: Mixture) -> FloatArray:
    """Return single values far off."""
    rare = draws.rng.random((draws.count, draws.length)) < RARE
    return np.asarray(draws.size((-1.5, 0.0), mixture.outliers) * rare * 1.5 * draws.normal())
