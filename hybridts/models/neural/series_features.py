"""Features of the whole past of an origin, independent of level and unit.

Windows are scaled by their own size, so a network cannot distinguish volatile from calm stretches, nor a lasting trend
from a short one. These features restore that; experiments/neural_defaults measures their effect.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.data.seasonal import last_value, pasts, seasonal_error
from hybridts.models.neural.covariate_scale import CovariateScale

#: Number of features that `History.features` returns.
FEATURES = 5
#: Features are clipped here, so that outliers do not dominate.
LARGEST = 5.0


class History(NamedTuple):
    """Statistics of the past of M origins, up to and including each origin.

    Attributes:
        last: [M] newest known value; 0 if there is none.
        mase_scale: [M] mean absolute seasonal difference (the scale of MASE); NaN if unknown.
        mean_abs_diff: [M] mean absolute first difference; NaN if unknown.
        mean_diff: [M] mean change per row, from the first known value to the newest.
        diff_acf1: [M] lag-1 autocorrelation of the first differences.
        past, future: mean and spread of the covariates of each kind.
    """

    last: FloatArray
    mase_scale: FloatArray
    mean_abs_diff: FloatArray
    mean_diff: FloatArray
    diff_acf1: FloatArray
    past: CovariateScale
    future: CovariateScale

    @classmethod
    def of(cls, panel: Panel, origins: Origins) -> History:
        """Compute them at origins of a panel, in any order."""
        last = last_value(panel, origins)
        last = np.where(np.isfinite(last), last, 0.0)
        mase_scale = seasonal_error(panel, origins, panel.season)
        mean_abs_diff = mase_scale if panel.season == 1 else seasonal_error(panel, origins, 1)
        mean_diff, diff_acf1 = np.zeros(len(origins)), np.zeros(len(origins))
        for rows, line, values in pasts(panel, origins):
            at = origins.position[rows]
            mean_diff[rows] = _mean_diff(values, line, at, last[rows])
            diff_acf1[rows] = _diff_acf1(values)[line, at]
        past, future = (CovariateScale.of(panel, table, origins) for table in (panel.past, panel.future))
        return cls(last, mase_scale, mean_abs_diff, mean_diff, diff_acf1, past, future)

    def take(self, rows: np.ndarray) -> History:
        """Return those of these origins."""
        last, mase_scale, mean_abs_diff, mean_diff, diff_acf1 = (values[rows] for values in self[:5])
        past, future = self.past.take(rows), self.future.take(rows)
        return History(last, mase_scale, mean_abs_diff, mean_diff, diff_acf1, past, future)

    def features(self, scale: FloatArray) -> FloatArray:
        """Return the features [M, FEATURES]; `scale` [M]: the divisor of each window.

        Constant factors bring each feature to about the size of the scaled values.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = (
                10 * self.mean_diff / scale,
                3 * self.mean_diff / self.mean_abs_diff,
                np.log(scale / self.mase_scale),
                np.log(self.mean_abs_diff / scale),
                3 * self.diff_acf1,
            )
        known = np.nan_to_num(np.stack(parts, axis=1), posinf=0.0, neginf=0.0)
        features: FloatArray = np.clip(known, -LARGEST, LARGEST)
        return features


def _mean_diff(values: FloatArray, line: IntArray, at: IntArray, last: FloatArray) -> FloatArray:
    """Return the mean change per row [m] from the first known value of a line to the newest one at `at`."""
    start = np.argmax(np.isfinite(values), axis=1)
    first = np.nan_to_num(values[np.arange(len(values)), start])[line]
    elapsed = at - start[line]
    mean_diff: FloatArray = np.where(elapsed > 0, (last - first) / np.maximum(elapsed, 1), 0.0)
    return mean_diff


def _diff_acf1(values: FloatArray) -> FloatArray:
    """Return the lag-1 autocorrelation [n, T] of the first differences up to each row, around zero."""
    change = np.diff(values, axis=1, prepend=np.nan)
    diff_acf1 = np.zeros_like(values)
    with np.errstate(over="ignore", invalid="ignore"):  # beyond 1e150 the feature is lost, not the series
        product = change[:, 1:] * change[:, :-1]
        both = np.isfinite(product)
        together = np.cumsum(np.where(both, product, 0.0), axis=1)
        alone = np.cumsum(np.where(both, change[:, 1:] ** 2, 0.0), axis=1)
        np.divide(together, alone, out=diff_acf1[:, 1:], where=alone > 0)
    return diff_acf1
