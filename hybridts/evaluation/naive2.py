"""Naive2 of the M competitions, which OWA compares with: the last value, seasonally adjusted.

Source: Makridakis, Spiliotis and Assimakopoulos (2020), The M4 Competition; its program in R.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hybridts.data.panel import FloatArray, Panel
from hybridts.evaluation.rolling_origin import Schedule, Window
from hybridts.models.statistical._seasonal_adjustment import filled, is_seasonal, seasonal_indices


def naive2(y: FloatArray, season: int, steps: int) -> FloatArray:
    """Return the forecasts [steps] of Naive2 after y [T].

    The past is divided by multiplicative seasonal indices where it passes the 90 % autocorrelation test and is
    positive; NaN where nothing is known.

    >>> naive2(np.array([1.0, 2.0] * 6), season=2, steps=3).round(6).tolist()
    [1.0, 2.0, 1.0]
    """
    if not np.isfinite(y).any():
        return np.full(steps, np.nan)
    clean, dropped = filled(y)
    if season < 2 or not (clean > 0).all() or not is_seasonal(clean, season):
        return np.full(steps, clean[-1])
    index = seasonal_indices(clean, season, multiplicative=True)
    level = clean[-1] / index[(len(clean) - 1) % season]
    return np.asarray(level * index[(len(y) - dropped + np.arange(steps)) % season])


def with_naive2(cells: pd.DataFrame, panel: Panel, windows: Sequence[Window], schedule: Schedule) -> pd.DataFrame:
    """Return the cells with naive2_smape and naive2_mase, the errors of Naive2 in them; NaN where undefined.

    Args:
        cells: as `results.cells_of` makes them.
        panel: the data; windows: the cutoffs; schedule: horizon and gap.
    """
    smape, absolute = [], []
    for window in windows:
        origins = window.origins()
        actual = panel.targets(origins, schedule.horizon, schedule.gap)
        for i, position, y in zip(origins.series, origins.position, actual, strict=True):
            past = panel.series(int(i))[: int(position) + 1]
            ahead = naive2(past, panel.season, schedule.span)[schedule.gap :]
            known = ~np.isnan(y)
            error, size = np.abs(ahead - y)[known], (np.abs(ahead) + np.abs(y))[known]
            absolute.append(float(error.mean()) if known.any() else np.nan)
            share = error / np.where(size > 0, size, 1.0)
            smape.append(float(200.0 * share.mean()) if known.any() else np.nan)
    scale = cells["mase_scale"].where(cells["mase_scale"] > 0)
    return cells.assign(naive2_smape=smape, naive2_mase=np.array(absolute) / scale)
