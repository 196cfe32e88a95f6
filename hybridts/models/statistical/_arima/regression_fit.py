"""The fit of a regression with ARIMA errors to one series, without the columns that the past does not support."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from hybridts.data.panel import FloatArray, Panel
from hybridts.models.statistical._arima.estimate import Engine, Estimator, estimate
from hybridts.models.statistical._arima.gls import (
    ErrorModel,
    Identified,
    Regression,
    first_guess,
    regress,
    unsure,
)
from hybridts.models.statistical._arima.order import Order, only_seen_phases, shorten
from hybridts.models.statistical._arima.regression_with_errors import RegressionWithArimaErrors
from hybridts.models.statistical._arima.state_space import ArimaModel
from hybridts.models.statistical._box_cox import Power, Transform
from hybridts.models.statistical._per_series.fit import SeriesFit
from hybridts.models.statistical._per_series.known_future import known_future, names_of
from hybridts.models.statistical._per_series.plausible import Experience
from hybridts.models.statistical._per_series.regressors import Regressors
from hybridts.models.statistical._seasonal_adjustment import season_ignored

ChooseOrder = Callable[[FloatArray], tuple[Order, dict[str, object]]]


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """Settings of a fit beside the order.

    Attributes:
        engine, estimator: see `ARIMA`.
        transform: of the values.
        exogenous: regress on the known-future columns.
        line: add a straight line in time where nothing is differenced.
        unmodelled: a season that the orders do not hold, to be noted where the data show it; 1 for none.
    """

    engine: Engine
    estimator: Estimator = "ml"
    transform: Transform = field(default_factory=Transform)
    exogenous: bool = True
    line: bool = False
    unmodelled: int = 1


@dataclass(frozen=True, eq=False)
class Design:
    """The design matrix of a regression.

    Attributes:
        raw: [T, F] known-future columns, NaN where not known.
        regressors: how they become K regressors.
        trend: the row number is a further column, the last.
    """

    raw: FloatArray
    regressors: Regressors
    trend: bool = False

    @property
    def columns(self) -> FloatArray:
        """The columns [T, K (+ 1)] without gaps."""
        found = self.regressors.filled(self.raw)
        return np.column_stack([found, np.arange(len(found), dtype=float)]) if self.trend else found

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return (*self.regressors.names, "row") if self.trend else self.regressors.names

    def without(self, k: int) -> Design:
        """Return the design without its k-th column."""
        if self.trend and k == len(self.regressors.names):
            return replace(self, trend=False)
        return replace(self, regressors=self.regressors.without(k))

    def nothing(self) -> Design:
        """Return the design without columns."""
        return Design(self.raw[:, :0], _no_regressors(len(self.raw)))


@dataclass(frozen=True, eq=False)
class _Task:
    """One series to fit: its design, values and transformed values [T], order, options, and notes so far."""

    design: Design
    y: FloatArray
    z: FloatArray
    power: Power | None
    order: Order
    how: FitOptions


def fit_series(panel: Panel, i: int, choose: ChooseOrder, how: FitOptions, ahead: int) -> SeriesFit:
    """Fit series i by the order that `choose` finds on its transformed values less the effect of the columns.

    An order that has too few values is reduced, and columns that have too few are left out, as are those about which
    the values say next to nothing and those that drive the forecast of `ahead` steps beyond all the past supports (see
    `plausible`); the notes name all of them.

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
        design, notes["line"] = replace(design, trend=True), "beside its order, a straight line in time"
    if design.names and known - order.lost < order.coefficients + len(design.names) + 2:
        notes["columns_left_out"] = f"{known} values are too few for {order} and {', '.join(design.names)}"
        design = design.nothing()
    task = _Task(design, y, z, power, order, how)
    names = design.names
    told, shared = _told(z, design, order) if names else ([], "")
    fit, model, dropped = _without_unsupported(task, panel, i, ahead)
    if names:
        notes["columns"] = dict(zip(fit.names, fit.regression.per_unit.tolist(), strict=True))
    if told or dropped:
        notes["columns_dropped"] = "; ".join([*told, *dropped])
    if shared:
        notes["columns_shared"] = shared
    if how.unmodelled > max(order.plain[0], order.plain[2]):
        notes |= season_ignored(z - fit.regression.effect(fit.columns), how.unmodelled)
    transformed = {} if power is None else power.notes
    return SeriesFit(model, {**notes, **_average(panel, i, design), **transformed, **fit.remarks})


def calmer(choose: ChooseOrder) -> ChooseOrder:
    """Return the choice with at most one difference, and with a constant only where there is none."""

    def chosen(y: FloatArray) -> tuple[Order, dict[str, object]]:
        order, notes = choose(y)
        (p, d, q), (sp, sd, sq) = order.plain, order.seasonal
        plain, seasonal = (p, 0 if sd else min(d, 1), q), (sp, min(sd, 1), sq)
        return replace(order, plain=plain, seasonal=seasonal, constant=order.constant and not (d or sd)), notes

    return chosen


@dataclass(frozen=True, eq=False)
class _Fit:
    """A fitted regression with its ARIMA of the errors and the remarks on it, and the names and columns [T, K]."""

    names: tuple[str, ...]
    columns: FloatArray
    regression: Regression
    core: ArimaModel
    remarks: dict[str, str]


def _without_unsupported(
    task: _Task, panel: Panel, i: int, ahead: int
) -> tuple[_Fit, RegressionWithArimaErrors, list[str]]:
    """Fit, and fit again without the columns that the past does not support.

    Returns:
        The fit, its model, and a reason for each column that was left out.
    """
    design, dropped = task.design, []
    experience = Experience.of(task.y, zero=not (task.order.differences or task.order.constant))
    raw = known_future(panel, i, 0, len(task.y) + ahead) if design.names else np.empty((0, 0))
    while True:
        columns = design.columns
        regression, (core, remarks) = _fitted(task.z, columns, task.order, task.how)
        worst = unsure(task.z, columns, regression)
        if worst is not None:
            unit, error = regression.per_unit[worst], regression.error[worst] / regression.scale[worst]
            dropped.append(f"{design.names[worst]}: no clear effect in the past ({unit:.3g} +- {error:.3g} a unit)")
            design = design.without(worst)
            continue
        model = _model(task, design, regression, (core, remarks))
        if not design.names:
            return _Fit((), columns, regression, core, remarks), model, dropped
        path = model.given(raw)
        here, steps = np.array([len(task.y) - 1]), np.arange(1, ahead + 1)
        answer = path.forecast(task.y, here, steps)
        driver = path.driver(task.y, here, steps) if experience.excess(task.y, here, steps, answer)[0] else None
        if driver is None:
            return _Fit(design.names, columns, regression, core, remarks), model, dropped
        dropped.append(
            f"{design.names[driver]}: its coming values would move the forecast to {_furthest(answer):.4g}, and y was "
            f"always between {experience.low:.4g} and {experience.high:.4g}"
        )
        design = design.without(driver)


def _furthest(path: FloatArray) -> float:
    """Return the largest value of a path, by size."""
    return float(path.ravel()[np.abs(path).argmax()])


def _model(task: _Task, design: Design, regression: Regression, errors: ErrorModel) -> RegressionWithArimaErrors:
    """Build the model of a fit."""
    core, remarks = errors
    variance = 0.0
    if task.power is not None and task.power.adjusts and "exact" not in remarks:
        variance = core.innovation_variance(task.z - regression.effect(design.columns))
    return RegressionWithArimaErrors(
        core, regression, task.power, variance, design.trend, len(task.y), design.regressors
    )


def _told(z: FloatArray, design: Design, order: Order) -> tuple[list[str], str]:
    """Return texts on columns that the known values say nothing about, and the names of collinear ones."""
    found = Identified.of(z, design.columns, order)
    texts = (
        (found.constant, "constant wherever a value is known"),
        (found.free, f"not identifiable beside the differences of {order}"),
    )
    told = [f"{text}: {', '.join(design.names[k] for k in which)}" for which, text in texts if len(which)]
    return told, ", ".join(design.names[k] for k in found.shared)


def _average(panel: Panel, i: int, design: Design) -> dict[str, str]:
    """Return the note on categories that count as average; empty where there are none."""
    if not design.regressors.learned:
        return {}
    raw = known_future(panel, i, 0, int(panel.reach[i] - panel.starts[i]))
    text = design.regressors.not_learned(raw, names_of(panel), panel.nominal("future"))
    return {"categories_average": text} if text else {}


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
        return Design(np.empty((rows, 0)), _no_regressors(rows))
    raw = known_future(panel, i, 0, rows)
    known = np.isfinite(panel.series(i))
    return Design(raw, Regressors.of(raw, known, names_of(panel), panel.nominal("future")))


def _no_regressors(rows: int) -> Regressors:
    return Regressors.of(np.empty((rows, 0)), np.zeros(rows, dtype=bool), (), {})


def _fitted(z: FloatArray, columns: FloatArray, order: Order, how: FitOptions) -> tuple[Regression, ErrorModel]:
    """Fit the regression on columns [T, F] and the ARIMA of its errors to z [T]."""

    def of_errors(errors: FloatArray) -> ErrorModel:
        return estimate(errors, order, how.engine, how.estimator)

    if not columns.shape[1]:
        none = np.empty(0)
        return Regression(none, none, none, none), of_errors(z)
    return regress(z, columns, order, of_errors)
