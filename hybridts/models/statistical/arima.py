"""ARIMA and seasonal ARIMA of a given order: coefficients estimated once, all origins forecast from one Kalman pass.

Defaults, chosen on inner cutoffs of M1 (experiments/statistical_default_orders): (1,1,1) with a drift, and
(1,0,1)(0,1,1)m without one. A series too short for its order gets a reduced one, which the notes name; a series
without variation is continued exactly.

Source: Box, Jenkins, Reinsel and Ljung (2015), Time series analysis, 5th edition, chapters 4, 5, 7 and 9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, get_args

from hybridts.data.panel import FloatArray, Panel
from hybridts.errors import BadSetting, NotApplicable
from hybridts.models.protocols import ForResiduals, PerSeries
from hybridts.models.statistical._arima.estimate import Engine, Estimator
from hybridts.models.statistical._arima.harmonics import LONGEST_LAG, choose_harmonics, why_no_harmonics
from hybridts.models.statistical._arima.order import Order, Triple, triple
from hybridts.models.statistical._arima.regression_fit import ChooseOrder, FitOptions, calmer, fit_series
from hybridts.models.statistical._box_cox import Transform, TransformKind
from hybridts.models.statistical._per_series.fit import LocalFitted, Safer, SeriesFit, fit_each
from hybridts.models.statistical._settings import flag, whole

Constant = bool | Literal["mean", "drift"]


@dataclass(frozen=True, kw_only=True)
class ARIMA(PerSeries, ForResiduals):
    """ARIMA(p, d, q), one model per series.

    Attributes:
        order: (p, d, q).
        constant: True: a mean where d = 0, a drift where d = 1, else nothing. "mean": only the former. "drift": a
            drift where d = 1, a mean and a straight line where d = 0. False: nothing.
        exogenous: regress on the panel's known-future columns, where it has some; the ARIMA models the errors.
        transform: "none", "log" or "boxcox" (positive series only; others fail by name).
        boxcox_lambda: the power; None: by Guerrero's rule from past values, in [0, 1].
        bias_adjust: with a transform, forecast the mean rather than the median (below power 0 there is no mean); it
            takes the variance into account up to one standard deviation of a factor exp(2).
        engine: what estimates: "statsforecast" (its compiled likelihood, maximised as in `exact_likelihood`; default),
            "statsmodels" or "pmdarima" (references).
        estimator: "ml" (exact maximum likelihood, started from CSS), "css" (conditional sum of squares only;
            statsforecast) or "ols" (least squares on own lags; pure AR only; what most papers with published
            figures use).
    """

    order: Triple = (1, 1, 1)
    constant: Constant = True
    exogenous: bool = True
    transform: TransformKind = "none"
    boxcox_lambda: float | None = None
    bias_adjust: bool = True
    engine: Engine = "statsforecast"
    estimator: Estimator = "ml"

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", triple(self.order, "order"))
        _check(self)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """Estimate one set of coefficients per series."""
        # errors of an earlier stage, see `for_residuals`, have the season that this stage left
        season = panel.season if self.order[1] or self.constant else 1
        return _fit(self, panel, (horizon, gap), self._order, season)

    def _order(self, _: FloatArray) -> tuple[Order, dict[str, object]]:
        """Return the order for a series, and notes on it."""
        return Order(plain=self.order, constant=_has_constant(self.constant, self.order[1])), {}

    def for_residuals(self) -> ARIMA:
        """Return the variant for errors of an earlier stage, which vary around zero: no differences, no constant."""
        p, _, q = self.order
        return replace(self, order=(p, 0, q), **FOR_ERRORS)


@dataclass(frozen=True, kw_only=True)
class SARIMA(PerSeries, ForResiduals):
    """ARIMA(p, d, q)(P, D, Q)season, one model per series.

    A season above 24 has no seasonal lags: its pattern is a fixed profile of at most 12 harmonics, chosen by BIC, and
    the plain order, differenced once where the seasonal order was, models the rest (see `harmonics`). Where the
    likelihood would cost many seconds a fit (see `order.heavy`), CSS replaces it (default engine only).

    Attributes:
        order, seasonal_order: (p, d, q) and (P, D, Q).
        season: rows per cycle; None is the panel's.
        The others: as in `ARIMA`, with d + D for d; the estimator "ols" does not exist here.
    """

    order: Triple = (1, 0, 1)
    seasonal_order: Triple = (0, 1, 1)
    season: int | None = None
    constant: Constant = "mean"
    exogenous: bool = True
    transform: TransformKind = "none"
    boxcox_lambda: float | None = None
    bias_adjust: bool = True
    engine: Engine = "statsforecast"
    estimator: Estimator = "ml"

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", triple(self.order, "order"))
        object.__setattr__(self, "seasonal_order", triple(self.seasonal_order, "seasonal_order"))
        if self.estimator == "ols":
            raise BadSetting(
                "estimator 'ols' is for pure AR; SARIMA takes 'ml' or 'css'.", "estimator", self.estimator, "ml, css"
            )
        whole(self, "season", 1, none=True)
        _check(self)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """Estimate one set of coefficients per series.

        Raises:
            NotApplicable: the season is 1.
        """
        season = need_season(self.season or panel.season, "SARIMA", "ARIMA")
        return _fit(self, panel, (horizon, gap), lambda y: self._order(y, season))

    def _order(self, y: FloatArray, season: int) -> tuple[Order, dict[str, object]]:
        """Return the order for a series y [T], and notes on it."""
        d, seasonal_d = self.order[1], self.seasonal_order[1]
        if season <= LONGEST_LAG or not any(self.seasonal_order):
            constant = _has_constant(self.constant, d + seasonal_d)
            return Order(plain=self.order, seasonal=self.seasonal_order, season=season, constant=constant), {}
        harmonics = choose_harmonics(y, season)
        d = max(d, min(seasonal_d, 1))
        plain = (self.order[0], d, self.order[2])
        order = Order(plain=plain, season=season, constant=_has_constant(self.constant, d), harmonics=harmonics)
        if not harmonics:
            return order, {"season_left_out": why_no_harmonics(y, season)}
        chosen = ", ".join(map(str, harmonics))
        text = f"{self.seasonal_order} by harmonics {chosen}: season {season} is above {LONGEST_LAG}"
        return order, {"seasonal_order_replaced": text}

    def for_residuals(self) -> SARIMA:
        """Return the variant for errors of an earlier stage: no differences, no constant; default (1,0,1)(0,0,1)m."""
        (p, _, q), (sp, _, sq) = self.order, self.seasonal_order
        return replace(self, order=(p, 0, q), seasonal_order=(sp, 0, sq), **FOR_ERRORS)


#: Settings for errors of an earlier stage, which vary around zero and have either sign.
FOR_ERRORS: dict[str, Any] = {"constant": False, "transform": "none", "boxcox_lambda": None}


def transform_of(model: TransformSettings) -> Transform:
    """Return the transform of a model's settings.

    Raises:
        BadSetting: the transform does not exist, or its settings contradict each other.
    """
    return Transform(kind=model.transform, power=model.boxcox_lambda, bias_adjust=model.bias_adjust)


class TransformSettings(Protocol):
    """Settings with a transform."""

    @property
    def transform(self) -> TransformKind:
        """Name of the transform."""

    @property
    def boxcox_lambda(self) -> float | None:
        """Box-Cox lambda."""

    @property
    def bias_adjust(self) -> bool:
        """Whether the mean is forecast rather than the median."""


def _fit(
    model: ARIMA | SARIMA, panel: Panel, ahead: tuple[int, int], choose: ChooseOrder, unmodelled: int = 1
) -> LocalFitted:
    """Fit each series with the order that `choose` gives; `ahead` is horizon and gap, `unmodelled` see `FitOptions`."""
    how = FitOptions(
        engine=model.engine,
        estimator=model.estimator,
        transform=transform_of(model),
        exogenous=model.exogenous,
        line=model.constant == "drift",
        unmodelled=unmodelled,
    )

    def fit_one(i: int) -> SeriesFit:
        return fit_series(panel, i, choose, how, sum(ahead))

    facts = {"engine": model.engine, "estimator": model.estimator}
    return fit_each(panel, ahead, fit_one, facts, [safer(panel, lambda _: choose, how, sum(ahead))])


def safer(panel: Panel, choose: Callable[[int], ChooseOrder], how: FitOptions, ahead: int) -> Safer:
    """Return the calmer model for a series whose path of `ahead` steps its past does not support.

    `choose` gives the choice of the order of a series by its index.
    """
    alone = replace(how, exogenous=False, line=False, estimator="ml")
    return Safer(
        "by exact likelihood, no known-future columns, at most one difference, no drift",
        lambda i: fit_series(panel, i, calmer(choose(i)), alone, ahead),
    )


def _has_constant(constant: Constant, differences: int) -> bool:
    """Return whether an order with so many differences has a constant."""
    return bool(constant) and not (constant == "mean" and differences)


def _check(model: ARIMA | SARIMA) -> None:
    """Check the settings that both models share; raise BadSetting."""
    check_engine(model.engine, get_args(Engine))
    transform_of(model)
    flag(model, "exogenous")
    if model.constant not in (True, False, "mean", "drift"):
        allowed = "true, false, mean, drift"
        raise BadSetting(f"constant is {model.constant!r}; use one of {allowed}.", "constant", model.constant, allowed)
    _check_estimator(model.estimator, model.engine, model.order)


def check_engine(engine: str, allowed: tuple[str, ...]) -> None:
    """Check that an engine exists; raise BadSetting otherwise."""
    if engine not in allowed:
        raise BadSetting(
            f"engine is {engine!r}; use one of {', '.join(allowed)}.", "engine", engine, ", ".join(allowed)
        )


def need_season(season: int, name: str, plain: str) -> int:
    """Return the season.

    Raises:
        NotApplicable: the season is 1.
    """
    if season < 2:
        raise NotApplicable(f"season 1: {name} needs a seasonal period of at least 2; use {plain}, or set the season.")
    return season


def _check_estimator(estimator: str, engine: str, order: Triple) -> None:
    """Check that an estimator exists for this engine and order; raise BadSetting otherwise."""
    if estimator not in get_args(Estimator):
        raise BadSetting(f"estimator is {estimator!r}; use ml, css or ols.", "estimator", estimator, "ml, css, ols")
    if estimator == "ols" and order[2]:
        raise BadSetting(
            f"estimator 'ols' is for pure AR, and order {order} has moving-average terms; use 'ml' or q = 0.",
            "estimator",
            estimator,
            "ml, css",
        )
    if estimator == "css" and engine != "statsforecast":
        raise BadSetting(
            f"estimator 'css' exists only with engine 'statsforecast', not {engine!r}.", "estimator", estimator, "ml"
        )
