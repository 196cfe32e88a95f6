"""Expected values of a past column after an origin: linear projections on its newest and its seasonal value.

A column that leads the target by fewer rows than a forecast reaches is not known at the last steps. Its expected value
stands in: its mean for noise, the newest value for a random walk, the value a season ago for a pattern.
"""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.models.covariates.terms import Term, read


def projections(panel: Panel, column: int, centre: FloatArray, reach: int) -> FloatArray:
    """Return [reach, 2] weights of the newest and of the seasonal value, for 1 to `reach` rows ahead.

    Args:
        panel: the data.
        column: index among the past columns.
        centre: [N] mean of the column in each series.
        reach: rows ahead.
    """
    rows = Origins.between(np.zeros(len(panel), np.int64), panel.lengths - 1)
    term = Term("past", column)

    def lagged(lag: IntArray | int) -> FloatArray:
        return read(panel, term, rows.series, rows.position - lag) - centre[rows.series]

    now, answer = lagged(0), np.zeros((reach, 2))
    for ahead in range(1, reach + 1):
        parts = [lagged(ahead)]
        if panel.season > 1:
            parts.append(lagged(seasonal_lag(panel.season, ahead)))
        x = np.stack(parts, axis=1)
        known = np.isfinite(now) & np.isfinite(x).all(axis=1)
        if known.sum() > 2 * x.shape[1] + 2:
            answer[ahead - 1, : x.shape[1]] = np.linalg.lstsq(x[known], now[known], rcond=None)[0]
    return answer


def expected(
    panel: Panel, column: int, centre: FloatArray, weights: FloatArray, at: tuple[Origins, IntArray]
) -> FloatArray:
    """Return [M, H] expected deviations of a past column from its centre, rows after M origins.

    Args:
        panel: the data.
        column: index among the past columns.
        centre: [M] of the series of each origin.
        weights: of `projections`.
        at: the origins and [M, H] rows ahead, 1 or more where the value is used.
    """
    origins, ahead = at
    ahead = np.clip(ahead, 1, len(weights))
    term, series = Term("past", column), np.broadcast_to(origins.series[:, None], ahead.shape)
    newest = np.nan_to_num(read(panel, term, origins.series, origins.position) - centre)
    back = seasonal_lag(panel.season, ahead)
    season = np.nan_to_num(read(panel, term, series, origins.position[:, None] + ahead - back) - centre[:, None])
    answer: FloatArray = weights[ahead - 1, 0] * newest[:, None] + weights[ahead - 1, 1] * season
    return answer


def seasonal_lag(season: int, ahead: IntArray | int) -> IntArray:
    """Return the least whole number of seasons that reaches back `ahead` rows."""
    return np.asarray(-(-np.asarray(ahead) // season) * season)
