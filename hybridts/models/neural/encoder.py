"""From origins to the input of a network: scaled windows, context, known future, anchor and scale.

All numbers of an origin come from its own past, so one function serves training, hindcasts and forecasts. Only the mean
and spread of covariates are estimated, once, on the panel that the network is fitted on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hybridts.data import calendar
from hybridts.data.panel import FloatArray, Origins, Panel, take_where
from hybridts.data.seasonal import seasonal_naive
from hybridts.errors import StageFailure
from hybridts.models.neural.covariate_scale import LARGEST, Size
from hybridts.models.neural.past_summary import summary
from hybridts.models.neural.series_features import FEATURES, History
from hybridts.models.neural.training_settings import Training

#: Windows without common targets that one input of a covariate needs, and the fewest rows of it that are shown at all.
WINDOWS_AN_INPUT, FEWEST_ROWS = 5, 8
#: Most classes of a static column that has an input for each.
MOST_CLASSES = 24


class Encoded(NamedTuple):
    """The input of a network at M origins.

    Attributes:
        window: [M, T, C] channels: scaled value (0 if missing), 1 if known, features of `History`, past covariates,
            known-future covariates over the past.
        context: [M, E] forecast so far or anchor, summary of the past, calendar features, static covariates, an input
            for each class of static covariates, levels of covariates.
        known_future: [M, H, F] known-future covariates of each step, scaled as in the window; F = 0 without any.
        anchor: [M, H] added to the scaled output.
        scale: [M] divisor of the values; 0 for a constant series, whose forecast is then the anchor.
    """

    window: np.ndarray
    context: np.ndarray
    known_future: np.ndarray
    anchor: FloatArray
    scale: FloatArray

    def take(self, rows: np.ndarray) -> Encoded:
        """Return these origins."""
        return Encoded(*(part[rows] for part in self))

    def scaled(self, target: FloatArray) -> FloatArray:
        """Scale targets [M, H] -> [M, H]; NaN where they are unknown or the scale is 0."""
        # The frames of a grid come with one scale per cell and step.
        scale = self.scale if self.scale.ndim == target.ndim else self.scale[:, None]
        scaled: FloatArray = np.full(target.shape, np.nan)
        np.divide(target - self.anchor, scale, out=scaled, where=scale > 0)
        return scaled


@dataclass(frozen=True)
class Encoder:
    """The encoding of one network.

    Attributes:
        window, horizon, gap: rows.
        training: settings.
        past, future, static: mean and spread of covariates on the fitted panel; None without any, or where the data
            are too few for past ones.
        classes: of each static column, its values, if they are few whole numbers.
        shown: newest rows of the window in which covariates are shown; those before are 0.
    """

    window: int
    horizon: int
    gap: int
    training: Training
    future: Size | None = None
    static: Size | None = None
    past: Size | None = None
    classes: tuple[tuple[float, ...], ...] = ()
    shown: int = 0

    @classmethod
    def fitted(cls, panel: Panel, window: int, horizon: int, gap: int, training: Training) -> Encoder:
        """Return the encoder of a panel; covariates are standardised by its visible rows."""
        seen = panel.rows(Origins.between(np.zeros(len(panel), np.int64), panel.lengths - 1))
        future = Size.of(panel.future[seen]) if panel.future.size else None
        past = Size.of(panel.past[seen]) if panel.past.size else None
        static = Size.of(panel.static) if panel.static.size else None
        classes = tuple(_classes(column) for column in panel.static.T) if panel.static.size else ()
        shown = _affordable(len(seen), horizon + gap, sum(len(s.mean) for s in (past, future) if s is not None))
        if shown < min(window, FEWEST_ROWS):
            past, shown = None, 0
        return cls(window, horizon, gap, training, future, static, past, classes, min(shown, window))

    def encode(
        self, panel: Panel, origins: Origins, so_far: FloatArray | None = None, history: History | None = None
    ) -> Encoded:
        """Encode origins.

        Args:
            panel: the visible data.
            origins: M origins.
            so_far: [M, H] the forecast to correct; the anchor of its errors is 0.
            history: of these origins, if it is known already.
        """
        history = history or History.of(panel, origins)
        shift = history.last
        values = panel.window(origins, self.window)  # [M, T]
        known = np.isfinite(values)
        deviation = np.where(known, values - shift[:, None], 0.0)
        scale = self._scale(values, deviation, known, history.mase_scale)
        unit = np.where(scale > 0, scale, 1.0)
        channels = [(deviation / unit[:, None])[..., None], known[..., None].astype(float)]
        features = history.features(unit)[:, None]
        channels.append(np.broadcast_to(features, (len(features), self.window, FEATURES)))
        columns = self._columns(panel, origins, history)
        channels += columns.windows
        anchor = self._anchor(panel, origins, shift)
        # A correction reads the forecast so far in place of the anchor, and has none of its own.
        reference = anchor if so_far is None else so_far
        context = [np.clip((reference - shift[:, None]) / unit[:, None], -LARGEST, LARGEST)]
        if so_far is None:
            context.append(summary(panel, origins, unit, self.gap + np.arange(self.horizon)))
        context += [*self._outside(panel, origins), *columns.levels]
        window = np.concatenate(channels, axis=-1, dtype=np.float32, casting="same_kind")
        added = anchor if so_far is None else np.zeros_like(anchor)
        together = np.concatenate(context, axis=1, dtype=np.float32, casting="same_kind")
        return Encoded(window, together, columns.known_future, added, scale)

    def _scale(self, values: FloatArray, deviation: FloatArray, known: np.ndarray, floor: FloatArray) -> FloatArray:
        kind = self.training.scale
        count = np.maximum(known.sum(axis=1), 1)
        if kind == "none":
            return np.ones(len(values))
        if kind == "mean_abs":
            scale = np.where(known, np.abs(values), 0.0).sum(axis=1) / count
        elif kind == "std":
            mean = deviation.sum(axis=1) / count
            scale = np.sqrt((np.where(known, deviation - mean[:, None], 0.0) ** 2).sum(axis=1) / count)
        else:  # "deviation", also in place of "seasonal_diff" before that is known
            scale = np.abs(deviation).sum(axis=1) / count
        if kind == "seasonal_diff":
            scale = np.where(np.isfinite(floor), floor, scale)  # before the second season there is no difference yet
        elif kind != "mean_abs":
            scale = np.fmax(scale, floor)
        return np.where(np.isfinite(scale), scale, 0.0)

    def _anchor(self, panel: Panel, origins: Origins, shift: FloatArray) -> FloatArray:
        shape = (len(origins), self.horizon)
        if self.training.anchor == "none":
            return np.zeros(shape)
        if self.training.anchor == "last":
            return np.broadcast_to(shift[:, None], shape).copy()
        anchor = seasonal_naive(panel, origins, self.horizon, self.gap)
        return np.where(np.isfinite(anchor), anchor, shift[:, None])

    def _outside(self, panel: Panel, origins: Origins) -> list[FloatArray]:
        """Return what does not come from the series itself: calendar and static covariates."""
        parts: list[FloatArray] = []
        if self.training.calendar and panel.freq is not None:
            # The phase of the origin determines the phase of all steps.
            parts.append(calendar.features(panel.times[panel.rows(origins)], panel.freq)[0])
        if self.static is not None:
            static = panel.static[origins.series]
            parts.append(self.static.standardised(static))
            for column, values in zip(static.T, self.classes, strict=True):
                parts.append((column[:, None] == np.array(values)).astype(float))
        return parts

    def _columns(self, panel: Panel, origins: Origins, history: History) -> _Columns:
        """Return the covariates that change over time."""
        nothing = np.zeros((len(origins), self.horizon, 0))
        windows, levels, known_future = [], [], nothing
        if self.past is not None:
            given = panel.past_window(origins, self.window)
            window, _, level = history.past.scaled(given, given[:, :0], self.past)
            windows, levels = [self._newest(window)], [level]
        if self.future is not None:
            ahead = panel.future_window(origins, self.horizon, self.gap)
            given = _over_past(panel, origins, self.window)
            window, known_future, level = history.future.scaled(given, ahead, self.future)
            windows, levels = [*windows, self._newest(window)], [*levels, level]
        return _Columns(windows, levels, known_future.astype(np.float32))

    def _newest(self, window: FloatArray) -> FloatArray:
        """Return a window of covariates [M, T, C] with 0 in the rows that are not shown."""
        rows = np.arange(self.window)[:, None] >= self.window - self.shown
        return np.where(rows, window, 0.0)

    @property
    def covariates(self) -> int:
        """Return the number of covariates in the context, its last columns."""
        sizes = (len(size.mean) for size in (self.static, self.past, self.future) if size is not None)
        return sum(sizes) + sum(map(len, self.classes))


class _Columns(NamedTuple):
    """Covariates that change over time: windows [M, T, C], their levels [M, C], and the known future [M, H, F]."""

    windows: list[FloatArray]
    levels: list[FloatArray]
    known_future: np.ndarray


def _over_past(panel: Panel, origins: Origins, length: int) -> FloatArray:
    """Return [M, length, F] known-future covariates of the last rows up to each origin; NaN before the start."""
    position = origins.position[:, None] + np.arange(1 - length, 1)
    return take_where(position >= 0, panel.future, panel.starts[origins.series][:, None] + position)


def _affordable(rows: int, reach: int, columns: int) -> int:
    """Return how many rows of covariates a window may show: one input for every `WINDOWS_AN_INPUT` separate windows.

    With more inputs than windows without common targets, a network takes slow columns for the cause of anything: the
    six loads of ETTh1 took an MLP from MASE 0.80 to 0.98 (experiments/covariates).
    """
    return rows // (max(reach, 1) * max(columns, 1) * WINDOWS_AN_INPUT)


def _classes(column: FloatArray) -> tuple[float, ...]:
    """Return the values of a static column [N] that may be one of classes: more than two, few, and whole numbers."""
    values = np.unique(column)
    few = 2 < len(values) <= MOST_CLASSES and bool((values == np.round(values)).all())
    return tuple(map(float, values)) if few else ()


def training_origins(panel: Panel, horizon: int, gap: int) -> Origins:
    """Of each series, every origin that shows a season and whose targets are all visible.

    A series too short for that gives the origins it has: with some targets known, then with less than a season behind.

    Raises:
        StageFailure: no series has even one origin with one target.
    """
    first = np.full(len(panel), max(panel.season, 2) - 1)
    found, left = [], np.ones(len(panel), dtype=bool)
    for ahead, start in (
        (gap + horizon, first),  # a season behind, every target visible
        (gap + 1, np.minimum(first, 1)),  # two rows behind, some target visible
        (gap + 1, np.zeros_like(first)),  # one row behind
    ):
        origins = Origins.between(start, np.where(left, panel.lengths - 1 - ahead, -1))
        origins = origins[_any_known(panel, origins, horizon, gap)]
        found.append(origins)
        left[origins.series] = False
    together = Origins.join(found)
    if len(together):
        return together
    raise StageFailure(
        f"no series shows a value {gap + 1} rows after another one: the longest has "
        f"{max(panel.lengths, default=0)} rows."
    )


def _any_known(panel: Panel, origins: Origins, horizon: int, gap: int) -> np.ndarray:
    """Return for each origin [M] whether any target is known, from one running count over the flat values."""
    count = np.concatenate([[0], np.cumsum(np.isfinite(panel.values))])
    last = panel.stops[origins.series]
    start = np.minimum(panel.rows(origins, gap + 1), last)
    stop = np.minimum(panel.rows(origins, gap + 1 + horizon), last)
    known: np.ndarray = count[stop] > count[start]
    return known
