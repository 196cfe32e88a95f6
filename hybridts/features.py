"""From an origin and a step to the row a tabular learner reads; no loops over rows.

Values are relative to the last one and in units of MASE's scale at the origin, so that rows of all series are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridts import calendar
from hybridts.panel import FloatArray, IntArray, Origins, Panel, last_value, seasonal_error, seasonal_naive

#: Trees and kernels gain nothing from values further out; one wild ratio must not stretch a feature's range.
BOUND = 20.0


@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows to build: which origin, which step.

    Attributes:
        origin: [R] index into the origins.
        step: [R] 0-based step.
    """

    origin: IntArray
    step: IntArray

    def __len__(self) -> int:
        return len(self.origin)

    @staticmethod
    def all(origins: int, horizon: int) -> Pairs:
        """Every step of every origin, steps fastest."""
        return Pairs(np.repeat(np.arange(origins), horizon), np.tile(np.arange(horizon), origins))

    @staticmethod
    def where(known: np.ndarray) -> Pairs:
        """The pairs at which known [M, H] is true."""
        origin, step = np.nonzero(known)
        return Pairs(origin.astype(np.int64), step.astype(np.int64))

    def capped(self, most: int, seed: int) -> Pairs:
        """At most `most` pairs, one drawn from each of `most` equal pieces of the order (series, origin, step)."""
        if len(self) <= most:
            return self
        edge = np.linspace(0, len(self), most + 1)
        draw = np.random.default_rng(seed).random(most)
        picked = np.minimum((edge[:-1] + draw * np.diff(edge)).astype(np.int64), len(self) - 1)
        return Pairs(self.origin[picked], self.step[picked])


def scale_at(panel: Panel, origins: Origins) -> FloatArray:
    """[M] MASE's scale at each origin: positive; where it is zero or undefined, the size of the last value, or 1."""
    scale = seasonal_error(panel, origins, panel.season)
    size = np.abs(last_value(panel, origins))
    scale = np.where(np.isfinite(scale) & (scale > 0), scale, size)
    return np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)


def lags_for(panel: Panel) -> tuple[int, ...]:
    """Which past values a row holds: a season of them, at most 24, and those around one and two seasons back."""
    season = panel.season
    near = range(1, min(max(season, 4), 24) + 1)
    far = {season - 1, season, season + 1, 2 * season} if season > 1 else set()
    return tuple(sorted({*near, *far}))


def design(
    panel: Panel, origins: Origins, forecast: FloatArray, pairs: Pairs, gap: int = 0
) -> tuple[FloatArray, list[str]]:
    """The rows for `pairs`.

    Args:
        panel: the data; nothing after an origin is read except known-future covariates.
        origins: [M].
        forecast: [M, H] the forecast so far.
        pairs: which of the M x H rows to build.
        gap: steps between an origin and its first target.

    Returns:
        X [R, F] of float32 (NaN where a value is missing) and the F column names.
    """
    scale = scale_at(panel, origins)
    last = last_value(panel, origins)
    blocks = [
        _per_origin(panel, origins, last, scale),
        _per_step(panel, origins, (forecast, last, scale), pairs, gap),
        _covariates(panel, origins, pairs, (forecast.shape[1], gap)),
    ]
    at_origin, names = blocks[0]
    columns = [at_origin[pairs.origin], blocks[1][0], blocks[2][0]]
    return np.concatenate(columns, axis=1, dtype=np.float32), names + blocks[1][1] + blocks[2][1]


def _per_origin(panel: Panel, origins: Origins, last: FloatArray, scale: FloatArray) -> tuple[FloatArray, list[str]]:
    """Lags, and mean, spread and slope of the last season."""
    lags = lags_for(panel)
    window = panel.window(origins, max(lags) + 1)
    relative = np.clip((window - last[:, None]) / scale[:, None], -BOUND, BOUND)
    columns = [relative[:, -1 - lag] for lag in lags]
    recent = relative[:, -min(max(panel.season, 4), relative.shape[1]) :]
    known = np.isfinite(recent)
    count = np.maximum(known.sum(axis=1), 1)
    filled = np.where(known, recent, 0.0)
    mean = filled.sum(axis=1) / count
    spread = np.sqrt(np.where(known, (recent - mean[:, None]) ** 2, 0.0).sum(axis=1) / count)
    names = [f"lag_{lag}" for lag in lags] + ["season_mean", "season_spread"]
    return np.stack([*columns, mean, spread], axis=1).astype(np.float32), names


def _per_step(
    panel: Panel,
    origins: Origins,
    level: tuple[FloatArray, FloatArray, FloatArray],
    pairs: Pairs,
    gap: int,
) -> tuple[FloatArray, list[str]]:
    """Step number, the forecast so far, the seasonal-naive value, and calendar features of the target's time."""
    forecast, last, scale = level
    horizon = forecast.shape[1]
    naive = seasonal_naive(panel, origins, horizon, gap)
    so_far = np.clip((forecast - last[:, None]) / scale[:, None], -BOUND, BOUND)
    seasonal = np.clip((naive - last[:, None]) / scale[:, None], -BOUND, BOUND)
    at = (pairs.origin, pairs.step)
    columns = [
        pairs.step + 1.0,
        so_far[at],
        seasonal[at],
        (so_far - seasonal)[at],
        so_far.mean(axis=1)[pairs.origin],
    ]
    names = ["step", "forecast", "seasonal_naive", "forecast_minus_naive", "forecast_mean"]
    dates, date_names = _dates(panel, origins, pairs, gap)
    return np.concatenate([np.stack(columns, axis=1), dates], axis=1).astype(np.float32), names + date_names


def _dates(panel: Panel, origins: Origins, pairs: Pairs, gap: int) -> tuple[FloatArray, list[str]]:
    """Calendar features at the times of the targets."""
    if panel.freq is None or not len(origins):
        return np.empty((len(pairs), 0)), []
    now = panel.times[panel.rows(origins)]
    unique, inverse = np.unique(now, return_inverse=True)
    most = gap + int(pairs.step.max(initial=0)) + 1
    ahead = calendar.later(unique, panel.freq, panel.step, most)  # [U, most]
    facts, names = calendar.features(ahead.ravel(), panel.freq)
    table = facts.reshape(len(unique), most, -1)
    return table[inverse[pairs.origin], gap + pairs.step], list(names)


def _covariates(panel: Panel, origins: Origins, pairs: Pairs, reach: tuple[int, int]) -> tuple[FloatArray, list[str]]:
    """Past covariates at the origin, known-future ones at the target, static ones."""
    horizon, gap = reach
    parts, names = [np.empty((len(pairs), 0))], []
    if panel.past.size:
        parts.append(panel.past[panel.rows(origins)][pairs.origin])
        names += [f"past_{c}" for c in panel.columns.get("past", ())]
    if panel.future.size:
        parts.append(panel.future_window(origins, horizon, gap)[pairs.origin, pairs.step])
        names += [f"future_{c}" for c in panel.columns.get("future", ())]
    if panel.static.size:
        parts.append(panel.static[origins.series][pairs.origin])
        names += [f"static_{c}" for c in panel.columns.get("static", ())]
    return np.concatenate(parts, axis=1), names
