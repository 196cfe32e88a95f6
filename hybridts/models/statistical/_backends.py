"""The only imports of statsforecast, statsmodels and pmdarima, on first use, and the warnings of theirs to silence.

Importing statsforecast takes about three seconds, so nothing here is imported before a model is fitted.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

_EXPECTED = (  # warnings: message, category
    # statsforecast: optimiser status, and tests that fall back on very short or flat series
    (r"possible convergence problem", UserWarning),
    (r"Stepwise search was stopped early", UserWarning),
    (r"The chosen seasonal unit root test", UserWarning),
    (r"The chosen unit root test", UserWarning),
    (r"Having .* differenc", UserWarning),
    (r"No drift term fitted", UserWarning),
    # statsmodels: starting values and convergence; pmdarima passes them on
    (r"Non-stationary starting", UserWarning),
    (r"Non-invertible starting", UserWarning),
    (r"Too few observations", UserWarning),
    (r"Maximum Likelihood optimization failed", UserWarning),
    (r"omni_normtest is not valid", UserWarning),
    (r"m \(\d+\) set for non-seasonal fit", UserWarning),
    # scikit-learn's renamed argument, used by pmdarima
    (r".*force_all_finite", FutureWarning),
)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the expected warnings of the libraries, and floating-point warnings of their optimisers."""
    with warnings.catch_warnings():
        for message, category in _EXPECTED:
            warnings.filterwarnings("ignore", message=message, category=category)
        # numpy's "divide by zero", "invalid value", "overflow" while an optimiser tries wild parameters
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        yield


def statsforecast_arima() -> Any:
    """Return the module with `arima` and `auto_arima_f`."""
    return _imported("statsforecast.arima")


def statsforecast_ets() -> Any:
    """Return the module with `ets_f`."""
    return _imported("statsforecast.ets")


def sarimax() -> Any:
    """Return statsmodels' SARIMAX class."""
    return import_module("statsmodels.tsa.statespace.sarimax").SARIMAX


def kalman_filter() -> Any:
    """Return statsmodels' compiled Kalman filter class."""
    return import_module("statsmodels.tsa.statespace.kalman_filter").KalmanFilter


def decomposition() -> Any:
    """Return statsmodels' MSTL class."""
    return import_module("statsmodels.tsa.seasonal").MSTL


def pmdarima() -> Any:
    """Return the pmdarima package."""
    return _imported("pmdarima")


def _imported(name: str) -> Any:
    """Return a module; looked up first, since a fit needs one some thirty times and `quiet` costs time."""
    known = sys.modules.get(name)
    if known is not None:
        return known
    with quiet():
        return import_module(name)
