"""A forecast of earlier stages, blended with what its series shows without the effect of covariates.

Earlier stages may know the effect (ARIMA with known-future columns), a part of it, or nothing (Theta, any past column).
On series without the effect, the forecast less the effect is then good or useless, which a short regression finds out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.data.seasonal import last_value, seasonal_naive
from hybridts.models.protocols import Hindcasts

#: Ridge, as a share of the mean square of a regressor.
RIDGE = 1e-3
#: Rows with a known target that a blend is learned from, at least.
LEAST_ROWS = 60
#: Rows of the means, beside a season: short, and long.
MEANS = (8, 32)


@dataclass(frozen=True)
class Blend:
    """Weights of a forecast and of values of its series, all less the newest value.

    Attributes:
        weights: of the forecast, the seasonal-naive value, and the means of the newest rows.
        gap: as in `Forecaster.fit`.
    """

    weights: tuple[float, ...]
    gap: int

    @classmethod
    def fitted(cls, panel: Panel, rows: Hindcasts, gap: int) -> Blend | None:
        """Learn it from hindcasts on a panel without the effect; None where too few targets are known."""
        x, y = _regressors(panel, rows, gap), rows.target - last_value(panel, rows.origins)[:, None]
        size = np.where(rows.scale > 0, rows.scale, np.nan)[:, None]
        known = np.isfinite(y / size) & np.isfinite(x).all(axis=2)
        if known.sum() < LEAST_ROWS:
            return None
        x, y = (x / size[..., None])[known], (y / size)[known]
        gram = x.T @ x
        gram[np.diag_indices_from(gram)] += RIDGE * np.diag(gram) + 1e-12
        return cls(tuple(map(float, np.linalg.solve(gram, x.T @ y))), gap)

    def apply(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """Return blended forecasts [M, H]; the forecast itself where a value is not known."""
        answer = _regressors(panel, rows, self.gap) @ np.array(self.weights)
        answer += last_value(panel, rows.origins)[:, None]
        return np.where(np.isfinite(answer), answer, rows.forecast)


def _regressors(panel: Panel, rows: Hindcasts, gap: int) -> FloatArray:
    """Return [M, H, K] the forecast and values of the series, all less the newest value."""
    shape = rows.forecast.shape
    naive = seasonal_naive(panel, rows.origins, shape[1], gap)
    means = [_mean(panel, rows.origins, max(size, panel.season)) for size in MEANS]
    parts = [rows.forecast, naive, *(np.broadcast_to(m[:, None], shape) for m in means)]
    answer: FloatArray = np.stack(parts, axis=2) - last_value(panel, rows.origins)[:, None, None]
    return answer


def _mean(panel: Panel, origins: Origins, rows: int) -> FloatArray:
    """Return [M] the mean of the known values among the newest `rows`."""
    window = panel.window(origins, rows)
    known = np.isfinite(window)
    mean: FloatArray = np.where(known, window, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known.any(axis=1), mean, np.nan)
