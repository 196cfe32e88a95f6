"""The full model of one series: a transform, a regression on known-future columns, and an ARIMA of its errors.

To forecast: transform the values, subtract the effect of the columns, forecast by the ARIMA, add the effect at the
target rows, and transform back with the variance of that step from the same state space.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hybridts.data.panel import FloatArray, IntArray
from hybridts.models.statistical._arima.gls import (
    Regression,
)
from hybridts.models.statistical._arima.state_space import ArimaModel
from hybridts.models.statistical._box_cox import Power
from hybridts.models.statistical._per_series.inputs import Transforming
from hybridts.models.statistical._per_series.known_future import ReadsColumns
from hybridts.models.statistical._per_series.regressors import Regressors


@dataclass(frozen=True, eq=False)
class RegressionWithArimaErrors(ReadsColumns, Transforming):
    """A transform, a regression and the ARIMA of its errors, with frozen parameters; see `ReadsColumns`.

    Attributes:
        core: the ARIMA.
        regression: on the known-future columns.
        power: the transform; None where there is none.
        variance: of an innovation, in units of the core's scale squared.
        trend: the last column of the regression is the row number.
        rows: number of rows it was fitted on.
        regressors: how the known-future columns become those of the regression, the row number left out.
        columns: [R, K] regressors from the first fitted row on; None until `given`.
    """

    core: ArimaModel
    regression: Regression
    power: Power | None
    variance: float
    trend: bool
    rows: int
    regressors: Regressors
    columns: FloatArray | None = None

    @property
    def returns_to_zero(self) -> bool:
        """Whether it has neither differences nor a mean."""
        return not self.core.differences and self.core.mean == 0.0 and self.core.centre == 0.0

    @property
    def needed(self) -> IntArray:
        """Indices [k] of the known-future columns with a weight."""
        return np.unique(self.regressors.sources[self._own_weights != 0])

    @property
    def _own_weights(self) -> FloatArray:
        """Weights [K] of the regressors, the row number left out."""
        weights = self.regression.weights
        return weights[:-1] if self.trend else weights

    def given(self, columns: FloatArray) -> RegressionWithArimaErrors:
        """Return the model with columns [R, F], gaps filled by the newest earlier value."""
        return replace(self, columns=self.regressors.filled(columns)) if len(self.regressors.names) else self

    def driver(self, y: FloatArray, position: IntArray, steps: IntArray) -> int | None:
        """Return the regressor that moves the forecasts [M, H] most, compared with the model without it; None for none.

        Args: see `forecast`.
        """
        if not self._own_weights.any():
            return None
        z = y if self.power is None else self.power.apply(y)
        rest, target = z - self._effect(np.arange(len(y))), position[:, None] + steps
        plain = self.core.forecast(rest, position, steps)
        moved = []
        inside, ahead = self._effects(np.arange(len(y))), self._effects(target.ravel())
        for k in range(len(self.regressors.names)):
            own = self.core.forecast(rest + inside[:, k], position, steps) - plain
            moved.append(float(np.nanmax(np.abs(ahead[:, k].reshape(target.shape) - own), initial=0.0)))
        return int(np.argmax(moved))

    def blamed(self, y: FloatArray, position: IntArray, steps: IntArray) -> str:
        """Return a sentence on the regressor that drives a path; empty where none does."""
        k = self.driver(y, position, steps)
        return "" if k is None else f"Known-future column {self.regressors.names[k]!r} drives it; check its values."

    def forecast(self, y: FloatArray, position: IntArray, steps: IntArray) -> FloatArray:
        """Return forecasts [M, H]; see `SeriesModel`. Columns that were not given have their usual values."""
        z = y if self.power is None else self.power.apply(y)
        rest = z - self._effect(np.arange(len(y)))
        target = position[:, None] + steps
        effect = self._effect(target.ravel()).reshape(target.shape)
        if self.power is None:
            return self.core.forecast(rest, position, steps) + effect
        mean, share = self.core.moments(rest, position, steps, spread=self.power.adjusts and self.variance > 0)
        mean = mean + effect
        answer = self.power.back(mean, self.power.trusted(mean, share * self.variance))
        return self._after_bad(y, position, answer)

    def _effect(self, rows: IntArray) -> FloatArray:
        """Return the effect of the columns at `rows`, in their shape; 0 before the first fitted row."""
        return np.asarray(self._effects(rows).sum(axis=1)) if len(self.regression.weights) else np.zeros(len(rows))

    def _effects(self, rows: IntArray) -> FloatArray:
        """Return the effect [R, K] of each column at `rows` [R]; 0 before the first fitted row."""
        usual = self.regressors.usual
        known = np.broadcast_to(usual, (len(rows), len(usual)))
        if self.columns is not None and len(self.columns) and len(usual):
            known = self.columns[np.maximum(rows, 0)]
        if self.trend:
            known = np.column_stack([known, rows])
        return np.where((rows >= 0)[:, None], self.regression.effects(known), 0.0)

    @staticmethod
    def _after_bad(y: FloatArray, position: IntArray, answer: FloatArray) -> FloatArray:
        """Set forecasts [M, H] to NaN, and so to a named failure, after a value outside the transform's domain."""
        bad = np.concatenate([[False], np.logical_or.accumulate(y <= 0)])
        return np.where(bad[np.clip(position + 1, 0, len(y))][:, None], np.nan, answer)
