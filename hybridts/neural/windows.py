"""From origins to what a network reads: scaled windows, facts beside them, anchor and scale.

Every number of an origin comes from its own past, so one function serves training, hindcasts and forecasts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hybridts.neural.settings import Training
from hybridts.panel import FloatArray, Origins, Panel, last_value, seasonal_error, seasonal_naive


class Encoded(NamedTuple):
    """What a network reads at M origins.

    Attributes:
        window: [M, T, C] channels: scaled value (0 where missing), 1 where known, past covariates.
        extra: [M, E] facts beside the window: forecast so far or anchor, known-future and static covariates.
        anchor: [M, H] what the output is added to after scaling.
        scale: [M] what values are divided by; positive.
    """

    window: np.ndarray
    extra: np.ndarray
    anchor: FloatArray
    scale: FloatArray

    def take(self, rows: np.ndarray) -> Encoded:
        """These rows."""
        return Encoded(*(part[rows] for part in self))


@dataclass(frozen=True)
class Encoder:
    """The fixed facts of one network: window length, horizon, gap, and how it is scaled."""

    window: int
    horizon: int
    gap: int
    training: Training

    def encode(self, panel: Panel, origins: Origins, so_far: FloatArray | None = None) -> Encoded:
        """Encode origins; `so_far` [M, H] is the forecast to be corrected, whose errors have no anchor."""
        values = panel.window(origins, self.window)  # [M, T]
        known = np.isfinite(values)
        shift = last_value(panel, origins)
        shift = np.where(np.isfinite(shift), shift, 0.0)
        scale = self._scale(panel, origins, values, shift)
        scaled = np.where(known, (values - shift[:, None]) / scale[:, None], 0.0)
        channels = [scaled[..., None], known[..., None].astype(float)]
        if panel.past.size:
            channels.append(_standardised(panel.past_window(origins, self.window)))
        anchor = self._anchor(panel, origins, shift)
        reference = anchor if so_far is None else so_far
        extra = self._extra(panel, origins, (reference - shift[:, None]) / scale[:, None])
        window = np.concatenate(channels, axis=-1)
        added = anchor if so_far is None else np.zeros_like(anchor)
        return Encoded(window.astype(np.float32), extra.astype(np.float32), added, scale)

    def _scale(self, panel: Panel, origins: Origins, values: FloatArray, shift: FloatArray) -> FloatArray:
        level = self.training.scale == "mean_abs"
        size = np.abs(values) if level else np.abs(values - shift[:, None])
        known = np.isfinite(size)
        scale = np.where(known, size, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        if not level:
            floor = seasonal_error(panel, origins, panel.season)
            scale = np.fmax(scale, floor)
        # A window that never moved has no scale of its own: any positive one gives the same forecast.
        return np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)

    def _anchor(self, panel: Panel, origins: Origins, shift: FloatArray) -> FloatArray:
        shape = (len(origins), self.horizon)
        if self.training.anchor == "none":
            return np.zeros(shape)
        if self.training.anchor == "last":
            return np.broadcast_to(shift[:, None], shape).copy()
        anchor = seasonal_naive(panel, origins, self.horizon, self.gap)
        return np.where(np.isfinite(anchor), anchor, shift[:, None])

    def _extra(self, panel: Panel, origins: Origins, reference: FloatArray) -> FloatArray:
        parts = [np.clip(reference, -10.0, 10.0)]
        if panel.future.size:
            ahead = panel.future_window(origins, self.horizon, self.gap)
            behind = panel.future[panel.rows(origins)]
            parts.append(np.nan_to_num(_relative(ahead, behind)).reshape(len(origins), -1))
        if panel.static.size:
            parts.append(panel.static[origins.series])
        return np.concatenate(parts, axis=1)

    def channels(self, panel: Panel) -> int:
        """C of the windows this encoder makes of the panel."""
        return 2 + (panel.past.shape[-1] if panel.past.size else 0)


def _standardised(window: FloatArray) -> FloatArray:
    """Covariate windows shifted and scaled by their own known values; 0 where missing."""
    known = np.isfinite(window)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    filled = np.where(known, window, 0.0)
    mean = filled.sum(axis=1, keepdims=True) / count
    centred = np.where(known, window - mean, 0.0)
    spread = np.sqrt((centred**2).sum(axis=1, keepdims=True) / count)
    return centred / np.where(spread > 0, spread, 1.0)


def _relative(ahead: FloatArray, behind: FloatArray) -> FloatArray:
    """Known-future covariates relative to their value at the origin, in units of their own size."""
    known = np.isfinite(ahead)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, np.abs(ahead), 0.0).sum(axis=1, keepdims=True) / count
    size = mean + np.abs(behind[:, None, :])
    return (ahead - behind[:, None, :]) / np.where(size > 0, size, 1.0)
