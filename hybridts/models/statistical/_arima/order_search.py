"""Order search by AICc: differences by tests, a stepwise search by CSS, and the exact likelihood for its finalists.

The stepwise search is Hyndman and Khandakar's, but each order is scored in milliseconds (`conditional_sum_of_squares`);
only the best few are estimated by exact likelihood and compared. Differences as in R and statsforecast: seasonal
strength above 0.64, then KPSS at 5 %.

Source: Hyndman and Khandakar (2008), Automatic time series forecasting, J. Stat. Softw. 27(3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.models.statistical._arima.conditional_sum_of_squares import Arma, criterion, multiply, near_unit_root
from hybridts.models.statistical._arima.exact_likelihood import maximise
from hybridts.models.statistical._arima.harmonics import LONGEST_LAG, choose_harmonics, profile_of
from hybridts.models.statistical._arima.order import Order, difference, heavy, shorten
from hybridts.models.statistical._arima.stepwise import OrderLimits, StepwiseSearch
from hybridts.models.statistical._backends import pmdarima, statsforecast_arima
from hybridts.models.statistical._failure import SeriesFailure, third_party

_FEWEST = 3
SEARCH_ROWS = 1000  # newest rows that orders are searched on: 40 days of hours, 80 years of months


@dataclass(frozen=True, kw_only=True)
class SearchBounds:
    """Bounds of the search.

    Attributes:
        p, q: largest plain orders.
        seasonal_p, seasonal_q: largest seasonal orders.
        models: largest number of models tried.
        finalists: how many orders are compared by exact likelihood.
        stationary: no differences, and no constant.
        engine: who searches.
    """

    p: int
    q: int
    seasonal_p: int
    seasonal_q: int
    models: int
    finalists: int
    stationary: bool
    engine: Literal["statsforecast", "pmdarima"]


@dataclass(frozen=True)
class SearchResult:
    """Result of a search.

    Attributes:
        plain, seasonal: (p, d, q) and (P, D, Q).
        constant: whether the model has a mean or a drift.
        tried: number of models tried.
        stopped: whether the budget of models ended the search.
    """

    plain: tuple[int, int, int]
    seasonal: tuple[int, int, int]
    constant: bool
    tried: int
    stopped: bool = False


def search(y: FloatArray, season: int, bounds: SearchBounds) -> tuple[Order, dict[str, object]]:
    """Search the order of y [T], NaN where missing.

    Returns:
        The order, and notes: how many models were tried, whether the budget ended the search, a fallback.
    """
    harmonics = choose_harmonics(y, season) if season > LONGEST_LAG else ()
    profile = profile_of(y, season, harmonics)
    clean = y - profile[np.arange(len(y)) % len(profile)]
    lag = season if season <= LONGEST_LAG else 1
    z, centred = _comparable(clean)
    frame = Order(plain=(0, 0, 0), season=season, harmonics=harmonics)
    if np.ptp(z) == 0.0:
        return replace(frame, plain=(0, 0, 0), constant=not bounds.stationary), {"models_tried": 0}
    run = _by_pmdarima if bounds.engine == "pmdarima" else _stepwise
    try:
        found = run(z, lag, bounds)
    except SeriesFailure as cause:
        fallback = replace(frame, plain=(0, 0, 0) if bounds.stationary else (0, 1, 0))
        return fallback, {"models_tried": 0, "reduced": f"{cause}: {fallback}"}
    notes: dict[str, object] = {"models_tried": found.tried}
    if found.stopped:
        notes["search_stopped"] = f"by the budget of {bounds.models} models"
    level = centred and not bounds.stationary and found.plain[1] + found.seasonal[1] == 0
    order = replace(frame, plain=found.plain, seasonal=found.seasonal, constant=found.constant or level)
    return shorten(order, int(np.isfinite(y).sum())), notes


def _comparable(y: FloatArray) -> tuple[FloatArray, bool]:
    """Return the newest rows of y, scaled and without gaps, and whether their level was subtracted.

    Gaps are filled linearly for the search only; coefficients are estimated with the gaps left open. The level is
    subtracted only where it is so large that rounding would hide the variation.
    """
    known = np.flatnonzero(np.isfinite(y))
    y = y[known[0] :][-SEARCH_ROWS:]
    known = np.flatnonzero(np.isfinite(y))
    z = np.interp(np.arange(len(y)), known, y[known])
    level, spread = float(np.median(z)), float(np.ptp(z))
    if spread <= 1e-9 * abs(level):
        return np.zeros(len(z)), False
    centred = abs(level) > 1e4 * spread
    z = z - level if centred else z
    size = float(np.abs(z).mean())
    return (z if 1e-2 < size < 1e6 else z / size), centred


def _stepwise(z: FloatArray, lag: int, bounds: SearchBounds) -> SearchResult:
    """Search by differences tests and the stepwise search on z [T], without gaps.

    Raises:
        SeriesFailure: too few values, or no order can be fitted.
    """
    d, seasonal_d = _differences(z, lag, bounds.stationary)
    w = difference(z, Order(plain=(0, d, 0), seasonal=(0, seasonal_d, 0), season=lag))
    third = len(z) // 3
    plain, seasonal = min(third, lag - 1 if lag > 1 else third), third // lag if lag > 1 else 0
    limits = OrderLimits(
        p=min(bounds.p, plain),
        q=min(bounds.q, plain),
        seasonal_p=min(bounds.seasonal_p, seasonal),
        seasonal_q=min(bounds.seasonal_q, seasonal),
        constant=d + seasonal_d < 2 and not bounds.stationary,
        models=bounds.models,
    )
    if np.ptp(w) <= 1e-9 * np.ptp(z):  # nothing left to model: a line, or an exactly repeated season
        return SearchResult((0, d, 0), (0, seasonal_d, 0), limits.constant, 0)
    if limits.constant and len(w) <= _FEWEST:  # AICc is then defined for white noise around zero only
        raise SeriesFailure(f"{len(w)} values are too few to compare orders")
    stepwise = StepwiseSearch(lambda order: criterion(w, order, lag), limits)
    ranked = stepwise.run()
    if not ranked:
        raise SeriesFailure(f"none of {len(stepwise.tried)} orders could be fitted")
    best = _best_exactly(w, ranked, lag, bounds.finalists)
    plain_order, seasonal_order = (best.p, d, best.q), (best.seasonal_p, seasonal_d, best.seasonal_q)
    return SearchResult(plain_order, seasonal_order, best.constant, len(stepwise.tried), stepwise.stopped)


def _best_exactly(w: FloatArray, ranked: list[Arma], lag: int, finalists: int) -> Arma:
    """Return the best of the first `finalists` orders by exact AICc; orders without a valid optimum are passed over."""
    exact: dict[Arma, float] = {}
    for order in ranked if len(ranked) > 1 else ():
        if len(exact) == finalists:
            break
        value = _exact(w, order, lag)
        if value < np.inf:
            exact[order] = value
    return min(exact, key=lambda order: exact[order]) if exact else ranked[0]


def _differences(z: FloatArray, lag: int, stationary: bool) -> tuple[int, int]:
    """Return (d, D) by the tests on z [T]."""
    if stationary:
        return 0, 0
    library = statsforecast_arima()
    with third_party("the tests for differences failed"):
        seasonal = int(library.nsdiffs(z, period=lag)) if lag > 1 and len(z) > 2 * lag else 0
        changed = difference(z, Order(plain=(0, 0, 0), seasonal=(0, seasonal, 0), season=lag))
        return int(library.ndiffs(changed)), seasonal


def _exact(w: FloatArray, order: Arma, lag: int) -> float:
    """Return the AICc at the optimum of the exact likelihood, without constants; infinite where there is none.

    As in Hyndman and Khandakar's search, an optimum with a root near the unit circle does not count: it has cancelled a
    difference or a trend, and its forecasts would ignore that.
    """
    wanted = Order(plain=(order.p, 0, order.q), seasonal=(order.seasonal_p, 0, order.seasonal_q), season=lag)
    if heavy(wanted, len(w)):
        return criterion(w, order, lag)
    best = maximise(w, order, lag)
    if best is None or near_unit_root(*_multiplied(best.parts, lag)):
        return np.inf
    return best.neg2_loglik + 2 * order.size * len(w) / (len(w) - order.size - 1)


def _multiplied(parts: tuple[FloatArray, ...], lag: int) -> tuple[FloatArray, FloatArray]:
    """Return AR and MA coefficients of the products of ar, seasonal ar, ma, seasonal ma, signed as in 1 + tail."""
    ar, seasonal_ar, ma, seasonal_ma = parts
    return multiply(-ar, -seasonal_ar, lag), multiply(ma, seasonal_ma, lag)


def _by_pmdarima(z: FloatArray, lag: int, bounds: SearchBounds) -> SearchResult:
    """Search by pmdarima on z [T], without gaps.

    Raises:
        SeriesFailure: pmdarima raises an error.
    """
    library = pmdarima()
    with third_party("pmdarima found no usable order"):
        fits = library.auto_arima(
            z,
            start_p=min(2, bounds.p),
            start_q=min(2, bounds.q),
            start_P=min(1, bounds.seasonal_p),
            start_Q=min(1, bounds.seasonal_q),
            max_p=bounds.p,
            max_q=bounds.q,
            max_P=bounds.seasonal_p,
            max_Q=bounds.seasonal_q,
            stationary=bounds.stationary,
            D=0 if bounds.stationary else None,
            with_intercept=False if bounds.stationary else "auto",
            seasonal=lag > 1,
            m=lag,
            information_criterion="aicc",
            error_action="ignore",
            suppress_warnings=True,
            return_valid_fits=True,
        )
    best: Any = fits[0]
    (p, d, q), (sp, sd, sq, _) = best.order, best.seasonal_order
    return SearchResult((p, d, q), (sp, sd, sq), d + sd < 2 and bool(best.with_intercept), len(fits))
