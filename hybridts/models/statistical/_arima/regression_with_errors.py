"""An ARIMA with what stands around it: a transform of the values, then a regression on known-future columns.

Forecasts peel the layers off and put them back: transform, minus the columns' effect, ARIMA; plus the effect at the
target rows, back-transform with the variance of that step from the same state space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.models.statistical._arima.box_cox import Power, Transform
from hybridts.models.statistical._arima.estimate import Engine, Estimator, estimate
from hybridts.models.statistical._arima.gls import Regression, Rest, first_guess, regress, unidentified
from hybridts.models.statistical._arima.order import Order, only_seen_phases, shorten
from hybridts.models.statistical._arima.state_space import ArimaModel
from hybridts.models.statistical._per_series.fit import SeriesFit
from hybridts.models.statistical._per_series.inputs import Transforming
from hybridts.models.statistical._per_series.known_future import ReadsColumns, known_future, names_of
from hybridts.models.statistical._var.groups import carry_forward

Choose = Callable[[FloatArray], tuple[Order, dict[str, object]]]


@dataclass(frozen=True, kw_only=True)
class How:
    """Everything about a fit but the order; `line` adds a straight line in time where nothing is differenced."""

    engine: Engine
    estimator: Estimator = "ml"
    transform: Transform = field(default_factory=Transform)
    exogenous: bool = True
    line: bool = False


@dataclass(frozen=True, eq=False)
class Layered(ReadsColumns, Transforming):
    """A frozen ARIMA inside a regression inside a transform; see `ReadsColumns`.

    Attributes:
        variance: of an innovation, in units of the core's scale squared.
        trend: the regression's last column is the row number.
        rows: how many rows it was fitted on.
        usual: [F] stands for a column before its first value.
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
        """Indices of the columns that matter: known-future ones that vary, without the trend's own."""
        weights = self.regression.weights
        return np.flatnonzero(weights[:-1] if self.trend else weights)

    def given(self, columns: FloatArray) -> Layered:
        """This model reading [R, F] columns, whose gaps take the newest earlier value."""
        return replace(self, columns=carry_forward(columns, self.usual)) if len(self.usual) else self

    def forecast(self, y: FloatArray, position: IntArray, steps: IntArray) -> FloatArray:
        """[len(position), len(steps)]; see `SeriesModel`. Columns that were not given stay at their usual values."""
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
        """[len(rows)] of the regression; nil before the first fitted row."""
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
        """NaN, and so a named failure, at origins that have seen a value the transform does not know."""
        bad = np.concatenate([[False], np.logical_or.accumulate(y <= 0)])
        return np.where(bad[np.clip(position + 1, 0, len(y))][:, None], np.nan, answer)


@dataclass(frozen=True, eq=False)
class Design:
    """What a regression reads: [T, F] columns without gaps and their names, the row number last where `trend`.

    `usual` stands for a known-future column before its first value.
    """

    columns: FloatArray
    names: tuple[str, ...]
    usual: FloatArray
    trend: bool = False

    def with_trend(self) -> Design:
        """And the row number."""
        columns = np.column_stack([self.columns, np.arange(len(self.columns), dtype=float)])
        return Design(columns, (*self.names, "row"), self.usual, True)

    def nothing(self) -> Design:
        """No columns at all."""
        return Design(self.columns[:, :0], (), self.usual[:0])


def fit_series(panel: Panel, i: int, choose: Choose, how: How) -> SeriesFit:
    """Fits series i by the order that `choose` finds on the transformed values that the columns leave.

    An order that has too few values becomes a shorter one, and columns that have too few are left out; the notes
    name both.

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
    order, why = _carried(wanted, z)
    notes = {"orders": order.to_json(), **notes, **why}
    sloped = how.line or (wanted.constant and wanted.differences == 1)  # the drift of a difference that was taken away
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
    model = Layered(core, regression, power, variance, design.trend, len(y), design.usual)
    return SeriesFit(model, {**notes, **remarks})


def _carried(wanted: Order, z: FloatArray) -> tuple[Order, dict[str, object]]:
    """(the order that these values can carry, the note on what was taken away)."""
    wanted = replace(wanted, constant=wanted.constant and wanted.differences < 2)  # beyond, none is meant
    known = int(np.isfinite(z).sum())
    seen = only_seen_phases(wanted, z)
    order = shorten(seen, known)
    if order != seen:
        return order, {"reduced": f"{known} values are too few for {seen}: {order}"}
    if seen != wanted:
        return order, {"reduced": f"a phase of the season never shows a value, so {wanted} became {order}"}
    return order, {}


def _design(panel: Panel, i: int, how: How) -> Design:
    """The known-future columns of the visible rows of series i."""
    rows = int(panel.lengths[i])
    if not how.exogenous or not panel.future.size:
        return Design(np.empty((rows, 0)), (), np.empty(0))
    raw = known_future(panel, i, 0, rows)
    usual = np.nansum(raw, axis=0) / np.maximum(np.isfinite(raw).sum(axis=0), 1)
    return Design(carry_forward(raw, usual), names_of(panel), usual)


def _fitted(z: FloatArray, columns: FloatArray, order: Order, how: How) -> tuple[Regression, Rest]:
    def rest(left: FloatArray) -> Rest:
        return estimate(left, order, how.engine, how.estimator)

    if not columns.shape[1]:
        none = np.empty(0)
        return Regression(none, none, none), rest(z)
    return regress(z, columns, order, rest)
