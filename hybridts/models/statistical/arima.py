"""ARIMA and seasonal ARIMA of a given order: fast coefficients, then every origin from one Kalman pass.

Defaults, chosen on inner cutoffs of M1 (experiments/statistical_default_orders): (1,1,1) with a drift, and
(1,0,1)(0,1,1)m without one. A series too short for its order gets a shorter one, which the notes name; a series
without variation is continued exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, get_args

from hybridts.data.panel import FloatArray, Panel
from hybridts.errors import BadSetting, NotApplicable
from hybridts.models.protocols import ForResiduals, PerSeries
from hybridts.models.statistical._arima.box_cox import Kind, Transform
from hybridts.models.statistical._arima.estimate import Engine, Estimator
from hybridts.models.statistical._arima.harmonics import LONGEST_LAG, choose_waves, no_waves
from hybridts.models.statistical._arima.order import Order, Triple, triple
from hybridts.models.statistical._arima.regression_with_errors import Choose, How, fit_series
from hybridts.models.statistical._per_series.fit import LocalFitted, SeriesFit, fit_each
from hybridts.models.statistical._settings import flag, whole

Constant = bool | Literal["mean", "drift"]


@dataclass(frozen=True, kw_only=True)
class ARIMA(PerSeries, ForResiduals):
    """ARIMA(p, d, q), one model per series.

    Attributes:
        order: (p, d, q).
        constant: True: a mean where d = 0, a drift where d = 1, nothing beyond. "mean": only the former. "drift": a
            drift where d = 1, a mean and a straight line where d = 0. False: nothing.
        exogenous: regress on the panel's known-future columns, where it has some; the ARIMA models what they leave.
        transform: "none", "log" or "boxcox" (positive series only; others fail by name).
        boxcox_lambda: its power; None: by Guerrero's rule from past values, in [0, 1].
        bias_adjust: with a transform, forecast the mean rather than the median (below power 0 there is no mean); it
            follows the variance up to one standard deviation of a factor exp(2).
        engine: who estimates: "statsforecast" (its compiled likelihood, climbed as in `_likelihood`; default),
            "statsmodels" or "pmdarima" (references).
        estimator: "ml" (exact likelihood, from conditional squares), "css" (conditional squares only;
            statsforecast) or "ols" (least squares on own lags; pure AR only; what most papers with published
            figures use).
    """

    order: Triple = (1, 1, 1)
    constant: Constant = True
    exogenous: bool = True
    transform: Kind = "none"
    boxcox_lambda: float | None = None
    bias_adjust: bool = True
    engine: Engine = "statsforecast"
    estimator: Estimator = "ml"

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", triple(self.order, "order"))
        _check(self)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """One set of coefficients per series."""
        return _fit(self, panel, (horizon, gap), self._order)

    def _order(self, _: FloatArray) -> tuple[Order, dict[str, object]]:
        return Order(plain=self.order, constant=_has_constant(self.constant, self.order[1])), {}

    def for_residuals(self) -> ARIMA:
        """The variant for errors of an earlier stage: they move around zero, so no difference and no constant."""
        p, _, q = self.order
        return replace(self, order=(p, 0, q), **FOR_ERRORS)


@dataclass(frozen=True, kw_only=True)
class SARIMA(PerSeries, ForResiduals):
    """ARIMA(p, d, q)(P, D, Q)season, one model per series.

    A season above 24 has no seasonal lags: its pattern is a fixed profile of at most 12 harmonics, chosen by
    BIC, and the plain order, differenced once where the seasonal order was, models what is left (see `_profile`).
    Where the likelihood would cost many seconds a fit (see `_order.heavy`), conditional squares replace it (default
    engine only).

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
    transform: Kind = "none"
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
        """One set of coefficients per series; NotApplicable at season 1."""
        season = need_season(self.season or panel.season, "SARIMA", "ARIMA")

        return _fit(self, panel, (horizon, gap), lambda y: self._order(y, season))

    def _order(self, y: FloatArray, season: int) -> tuple[Order, dict[str, object]]:
        d, seasonal_d = self.order[1], self.seasonal_order[1]
        if season <= LONGEST_LAG or not any(self.seasonal_order):
            constant = _has_constant(self.constant, d + seasonal_d)
            return Order(plain=self.order, seasonal=self.seasonal_order, season=season, constant=constant), {}
        waves = choose_waves(y, season)
        d = max(d, min(seasonal_d, 1))
        plain = (self.order[0], d, self.order[2])
        order = Order(plain=plain, season=season, constant=_has_constant(self.constant, d), waves=waves)
        if not waves:
            return order, {"season_left_out": no_waves(y, season)}
        text = (
            f"{self.seasonal_order} by harmonics {', '.join(map(str, waves))}: season {season} is above {LONGEST_LAG}"
        )
        return order, {"seasonal_order_replaced": text}

    def for_residuals(self) -> SARIMA:
        """The variant for errors of an earlier stage: no difference, no constant, by default (1,0,1)(0,0,1)m."""
        (p, _, q), (sp, _, sq) = self.order, self.seasonal_order
        return replace(self, order=(p, 0, q), seasonal_order=(sp, 0, sq), **FOR_ERRORS)


#: Errors of an earlier stage move around zero, know no covariates and have either sign.
FOR_ERRORS: dict[str, Any] = {"constant": False, "transform": "none", "boxcox_lambda": None}


def transform_of(model: Transformed) -> Transform:
    """The transform that a model's settings name; raises BadSetting for one that does not exist."""
    return Transform(kind=model.transform, power=model.boxcox_lambda, bias_adjust=model.bias_adjust)


class Transformed(Protocol):
    """Settings with a transform."""

    @property
    def transform(self) -> Kind:
        """Its name."""

    @property
    def boxcox_lambda(self) -> float | None:
        """Its power."""

    @property
    def bias_adjust(self) -> bool:
        """Mean rather than median."""


def _fit(model: ARIMA | SARIMA, panel: Panel, ahead: tuple[int, int], choose: Choose) -> LocalFitted:
    how = How(
        engine=model.engine,
        estimator=model.estimator,
        transform=transform_of(model),
        exogenous=model.exogenous,
        line=model.constant == "drift",
    )

    def fit_one(i: int) -> SeriesFit:
        return fit_series(panel, i, choose, how)

    return fit_each(panel, *ahead, fit_one, {"engine": model.engine, "estimator": model.estimator})


def _has_constant(constant: Constant, differences: int) -> bool:
    return bool(constant) and not (constant == "mean" and differences)


def _check(model: ARIMA | SARIMA) -> None:
    check_engine(model.engine, get_args(Engine))
    transform_of(model)
    flag(model, "exogenous")
    if model.constant not in (True, False, "mean", "drift"):
        allowed = "true, false, mean, drift"
        raise BadSetting(f"constant is {model.constant!r}; use one of {allowed}.", "constant", model.constant, allowed)
    _check_estimator(model.estimator, model.engine, model.order)


def check_engine(engine: str, allowed: tuple[str, ...]) -> None:
    """Raises BadSetting for an engine that does not exist here."""
    if engine not in allowed:
        raise BadSetting(
            f"engine is {engine!r}; use one of {', '.join(allowed)}.", "engine", engine, ", ".join(allowed)
        )


def need_season(season: int, name: str, plain: str) -> int:
    """The season, or NotApplicable where there is none."""
    if season < 2:
        raise NotApplicable(f"season 1: {name} needs a seasonal period of at least 2; use {plain}, or set the season.")
    return season


def _check_estimator(estimator: str, engine: str, order: Triple) -> None:
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
