"""The full model of one series: a transform, a regression on known-future columns, and an ARIMA of its errors.

To forecast: transform the values, subtract the effect of the columns, forecast by the ARIMA, add the effect at the
target rows, and transform back with the variance of that step from the same state space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.models.statistical._arima.estimate import Engine, Estimator, estimate
from hybridts.models.statistical._arima.gls import ErrorModel, Regression, first_guess, regress, unidentified
from hybridts.models.statistical._arima.order import Order, only_seen_phases, shorten
from hybridts.models.statistical._arima.state_space import ArimaModel
from hybridts.models.statistical._box_cox import Power, Transform
from hybridts.models.statistical._per_series.fit import SeriesFit
from hybridts.models.statistical._per_series.inputs import Transforming
from hybridts.models.statistical._per_series.known_future import ReadsColumns, known_future, names_of
from hybridts.models.statistical._var.groups import carry_forward

ChooseOrder = Callable[[FloatArray], tuple[Order, dict[str, object]]]


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """Settings of a fit beside the order.

    Attributes:
        engine, estimator: see `ARIMA`.
        transform: of the values.
        exogenous: regress on the known-future columns.
        line: add a straight line in time where nothing is differenced.
    """

    engine: Engine
    estimator: Estimator = "ml"
    transform: Transform = field(default_factory=Transform)
    exogenous: bool = True
    line: bool = False


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
        usual: [F] value of a column before its first known one: its mean.
        columns: [R, F] known-future values from the first fitted row on; None until `given`.
    """

    core: ArimaModel
    regression: Regression
    power: Power | None
    variance: float
    trend: bool
    rows: int
    usual: FloatArray
    columns: FloatArray | None = None

    @property
    def needed(self) -> IntArray:
        """Indices [k] of the known-future columns with a weight, the row number left out."""
        weights = self.regression.weights
        return np.flatnonzero(weights[:-1] if self.trend else weights)

    def given(self, columns: FloatArray) -> RegressionWithArimaErrors:
        """Return the model with columns [R, F], gaps filled by the newest earlier value."""
        return replace(self, columns=carry_forward(columns, self.usual)) if len(self.usual) else self

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
        if not len(self.regression.weights):
            return np.zeros(len(rows))
        known = np.broadcast_to(self.usual, (len(rows), len(self.usual)))
        if self.columns is not None and len(self.columns) and len(self.usual):
            known = self.columns[np.maximum(rows, 0)]
        if self.trend:
            known = np.column_stack([known, rows])
        return np.where(rows >= 0, self.regression.effect(known), 0.0)

    @staticmethod
    def _after_bad(y: FloatArray, position: IntArray, answer: FloatArray) -> FloatArray:
        """Set forecasts [M, H] to NaN, and so to a named failure, after a value outside the transform's domain."""
        bad = np.concatenate([[False], np.logical_or.accumulate(y <= 0)])
        return np.where(bad[np.clip(position + 1, 0, len(y))][:, None], np.nan, answer)


@dataclass(frozen=True, eq=False)
class Design:
    """The design matrix of a regression.

    Attributes:
        columns: [T, F] without gaps.
        names: of the columns.
        usual: mean of each known-future column, for rows before its first value.
        trend: the last column is the row number.
    """

    columns: FloatArray
    names: tuple[str, ...]
    usual: FloatArray
    trend: bool = False

    def with_trend(self) -> Design:
        """Return the design with the row number as a further column."""
        columns = np.column_stack([self.columns, np.arange(len(self.columns), dtype=float)])
        return Design(columns, (*self.names, "row"), self.usual, True)

    def nothing(self) -> Design:
        """Return the design without columns."""
        return Design(self.columns[:, :0], (), self.usual[:0])


def fit_series(panel: Panel, i: int, choose: ChooseOrder, how: FitOptions) -> SeriesFit:
    """Fit series i by the order that `choose` finds on its transformed values less the effect of the columns.

    An order that has too few values is reduced, and columns that have too few are left out; the notes name both.

    Raises:
        SeriesFailure: values outside the transform's domain, or no finite coefficients.
    """
    y = panel.series(i)
    power = how.transform.fitted(y, panel.season)
    z = y if power is None else power.apply(y)
    design = _design(panel, i, how)
    guess = Order(plain=(0, 1, 0), constant=True)
    left = z - first_guess(z, design.columns, guess).effect(design.columns) if design.names else z
    wanted, notes = choose(left)
    known = int(np.isfinite(y).sum())
    order, why = _reduced(wanted, z)
    notes = {"orders": order.to_notes(), **notes, **why}
    sloped = how.line or (wanted.constant and wanted.differences == 1)  # the drift of a difference that was removed
    if sloped and order.differences == 0:
        design, notes["line"] = design.with_trend(), "beside its order, a straight line in time"
    if design.names and known - order.lost < order.coefficients + len(design.names) + 2:
        notes["columns_left_out"] = f"{known} values are too few for {order} and {', '.join(design.names)}"
        design = design.nothing()
    regression, (core, remarks) = _fitted(z, design.columns, order, how)
    if design.names:
        notes["columns"] = dict(zip(design.names, regression.per_unit.tolist(), strict=True))
        lost = [design.names[k] for k in unidentified(z, design.columns, order)]
        if lost:
            notes["columns_dropped"] = f"not identifiable beside the differences of {order}: {', '.join(lost)}"
    variance = 0.0
    if power is not None:
        notes |= power.notes
        if power.adjusts and "exact" not in remarks:
            variance = core.innovation_variance(z - regression.effect(design.columns))
    model = RegressionWithArimaErrors(core, regression, power, variance, design.trend, len(y), design.usual)
    return SeriesFit(model, {**notes, **remarks})


def _reduced(wanted: Order, z: FloatArray) -> tuple[Order, dict[str, object]]:
    """Return the order reduced to what these values can estimate, and the note on it."""
    wanted = replace(wanted, constant=wanted.constant and wanted.differences < 2)  # d + D = 2 has no constant
    known = int(np.isfinite(z).sum())
    seen = only_seen_phases(wanted, z)
    order = shorten(seen, known)
    if order != seen:
        return order, {"reduced": f"{known} values are too few for {seen}: {order}"}
    if seen != wanted:
        return order, {"reduced": f"a phase of the season never shows a value, so {wanted} became {order}"}
    return order, {}


def _design(panel: Panel, i: int, how: FitOptions) -> Design:
    """Build the design of series i from its known-future columns."""
    rows = int(panel.lengths[i])
    if not how.exogenous or not panel.future.size:
        return Design(np.empty((rows, 0)), (), np.empty(0))
    raw = known_future(panel, i, 0, rows)
    usual = np.nansum(raw, axis=0) / np.maximum(np.isfinite(raw).sum(axis=0), 1)
    return Design(carry_forward(raw, usual), names_of(panel), usual)


def _fitted(z: FloatArray, columns: FloatArray, order: Order, how: FitOptions) -> tuple[Regression, ErrorModel]:
    """Fit the regression on columns [T, F] and the ARIMA of its errors to z [T]."""

    def of_errors(errors: FloatArray) -> ErrorModel:
        return estimate(errors, order, how.engine, how.estimator)

    if not columns.shape[1]:
        none = np.empty(0)
        return Regression(none, none, none), of_errors(z)
    return regress(z, columns, order, of_errors)
