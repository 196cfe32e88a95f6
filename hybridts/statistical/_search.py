"""Order search by AICc: Hyndman and Khandakar's stepwise walk, by conditional squares first, bounded in cost.

Source: Hyndman and Khandakar (2008), Automatic time series forecasting, J. Stat. Softw. 27(3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from hybridts.panel import FloatArray
from hybridts.statistical._backends import pmdarima, statsforecast_arima
from hybridts.statistical._order import Order, shorten
from hybridts.statistical._profile import LONGEST_LAG, choose_waves, profile_of

SEARCH_ROWS = 1000  # orders are searched on the newest rows; 40 days of hours, 80 years of months
QUICK = 15_000  # rows x season above which the search never asks for a likelihood


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What the search may try; `stationary` forbids differences, and with them the constant."""

    p: int
    q: int
    seasonal_p: int
    seasonal_q: int
    models: int
    approximation: bool | None
    stationary: bool
    engine: Literal["statsforecast", "pmdarima"]


def search(y: FloatArray, season: int, bounds: Bounds) -> tuple[Order, str | None]:
    """The order for y, and a remark where the search itself found none."""
    waves = choose_waves(y, season) if season > LONGEST_LAG else ()
    profile = profile_of(y, season, waves)
    clean = y - profile[np.arange(len(y)) % len(profile)]
    lag = season if season <= LONGEST_LAG else 1
    z, centred = _comparable(clean)
    frame = Order(plain=(0, 0, 0), season=season, waves=waves)
    if np.ptp(z) == 0.0:
        return replace(frame, plain=(0, 0, 0), constant=not bounds.stationary), None
    run = _by_pmdarima if bounds.engine == "pmdarima" else _by_statsforecast
    try:
        plain, seasonal, constant = run(z, lag, bounds)
    except Exception as cause:  # every candidate failed, or a test did: third-party errors of many types
        walk = (0, 0, 0) if bounds.stationary else (0, 1, 0)
        return replace(frame, plain=walk), f"the search found no usable order ({cause})"
    level = centred and not bounds.stationary and plain[1] + seasonal[1] == 0
    found = replace(frame, plain=plain, seasonal=seasonal, constant=constant or level)
    return shorten(found, int(np.isfinite(y).sum())), None


def _comparable(y: FloatArray) -> tuple[FloatArray, bool]:
    """(the newest rows without gaps, in ordinary numbers; whether a level was taken off).

    Gaps are filled linearly: such values decide the order only, coefficients are estimated with the gaps left open.
    A level goes only where it is so large that it would drown the movement.
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


def _by_statsforecast(z: FloatArray, lag: int, bounds: Bounds) -> tuple[Any, Any, bool]:
    fit = statsforecast_arima().auto_arima_f(
        z,
        max_p=bounds.p,
        max_q=bounds.q,
        max_P=bounds.seasonal_p,
        max_Q=bounds.seasonal_q,
        nmodels=bounds.models,
        approximation=bounds.approximation,
        method="CSS" if lag > 1 and len(z) * lag > QUICK else None,
        stationary=bounds.stationary,
        allowmean=not bounds.stationary,
        seasonal=lag > 1,
        period=lag,
    )
    p, q, sp, sq, _, d, sd = fit["arma"]
    return (p, d, q), (sp, sd, sq), d + sd < 2 and bool({"intercept", "drift", "ex_1"} & set(fit["coef"]))


def _by_pmdarima(z: FloatArray, lag: int, bounds: Bounds) -> tuple[Any, Any, bool]:
    fit = pmdarima().auto_arima(
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
    )
    (p, d, q), (sp, sd, sq, _) = fit.order, fit.seasonal_order
    return (p, d, q), (sp, sd, sq), d + sd < 2 and bool(fit.with_intercept)
