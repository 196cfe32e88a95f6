"""ARIMA and seasonal ARIMA of a given order: fast coefficients, then every origin from one Kalman pass.

Defaults: (1,1,1) and (1,1,1)(1,1,1)m. A series too short for its order gets a shorter one,
which the notes name; a series without variation is continued exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from hybridts.errors import BadSetting, NotApplicable
from hybridts.panel import FloatArray, Panel
from hybridts.statistical._estimate import Engine, Estimator, estimate
from hybridts.statistical._local import LocalFitted, SeriesFit, fit_each
from hybridts.statistical._order import Order, Triple, shorten, triple
from hybridts.statistical._profile import LONGEST_LAG, choose_waves


@dataclass(frozen=True, kw_only=True)
class ARIMA:
    """ARIMA(p, d, q), one model per series.

    Attributes:
        order: (p, d, q).
        constant: a mean where d = 0, a drift where d = 1, nothing beyond.
        engine: who estimates: "statsforecast" (compiled, default), "statsmodels" or "pmdarima" (references).
        estimator: "ml" (conditional squares, then exact likelihood), "css" (conditional squares only;
            statsforecast) or "ols" (least squares on own lags; pure AR only; what most papers with published
            figures use).
    """

    order: Triple = (1, 1, 1)
    constant: bool = True
    engine: Engine = "statsforecast"
    estimator: Estimator = "ml"

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", triple(self.order, "order"))
        check_engine(self.engine, get_args(Engine))
        _check_estimator(self.estimator, self.engine, self.order)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """One set of coefficients per series."""
        wanted = Order(plain=self.order, constant=self.constant)

        def fit_one(i: int) -> SeriesFit:
            return fit_order(panel.series(i), wanted, self.engine, self.estimator)

        return fit_each(panel, horizon, gap, fit_one, {"engine": self.engine, "estimator": self.estimator})

    def for_residuals(self) -> ARIMA:
        """The variant for errors of an earlier stage: they move around zero, so no difference and no constant."""
        p, _, q = self.order
        return replace(self, order=(p, 0, q), constant=False)


@dataclass(frozen=True, kw_only=True)
class SARIMA:
    """ARIMA(p, d, q)(P, D, Q)season, one model per series.

    A season above 24 has no seasonal lags: its pattern is a fixed profile of at most 12 harmonics, chosen by
    BIC, and the plain order models what is left (see `_profile`). Where the likelihood would cost many seconds a
    fit (see `_order.heavy`), conditional squares replace it (default engine only).

    Attributes:
        order, seasonal_order: (p, d, q) and (P, D, Q).
        season: rows per cycle; None is the panel's.
        constant: a mean where d + D = 0, a drift where d + D = 1, nothing beyond.
        engine, estimator: as in `ARIMA`; "ols" does not exist here.
    """

    order: Triple = (1, 1, 1)
    seasonal_order: Triple = (0, 1, 1)
    season: int | None = None
    constant: bool = True
    engine: Engine = "statsforecast"
    estimator: Estimator = "ml"

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", triple(self.order, "order"))
        object.__setattr__(self, "seasonal_order", triple(self.seasonal_order, "seasonal_order"))
        check_engine(self.engine, get_args(Engine))
        if self.estimator == "ols":
            raise BadSetting(
                "estimator 'ols' is for pure AR; SARIMA takes 'ml' or 'css'.", "estimator", self.estimator, "ml, css"
            )
        _check_estimator(self.estimator, self.engine, self.order)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """One set of coefficients per series; NotApplicable at season 1."""
        season = need_season(self.season or panel.season, "SARIMA", "ARIMA")

        def fit_one(i: int) -> SeriesFit:
            y = panel.series(i)
            return fit_order(y, self._order(y, season), self.engine, self.estimator)

        return fit_each(panel, horizon, gap, fit_one, {"engine": self.engine, "estimator": self.estimator})

    def _order(self, y: FloatArray, season: int) -> Order:
        if season > LONGEST_LAG:
            waves = choose_waves(y, season) if any(self.seasonal_order) else ()
            return Order(plain=self.order, season=season, constant=self.constant, waves=waves)
        return Order(plain=self.order, seasonal=self.seasonal_order, season=season, constant=self.constant)

    def for_residuals(self) -> SARIMA:
        """The variant for errors of an earlier stage: no difference, no constant, by default (1,0,1)(0,0,1)m."""
        (p, _, q), (sp, _, sq) = self.order, self.seasonal_order
        return replace(self, order=(p, 0, q), seasonal_order=(sp, 0, sq), constant=False)


def fit_order(y: FloatArray, wanted: Order, engine: Engine, estimator: Estimator) -> SeriesFit:
    """Fits one series by the wanted order, or by a shorter one (noted) if it has too few values."""
    known = int(np.isfinite(y).sum())
    order = shorten(wanted, known)
    model, remark = estimate(y, order, engine, estimator)
    notes: dict[str, object] = {"orders": order.to_json()}
    if (order.plain, order.seasonal) != (wanted.plain, wanted.seasonal):
        notes["reduced"] = f"{known} values are too few for {wanted}: {order}"
    if remark:
        notes["exact"] = remark
    return SeriesFit(model, notes)


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
