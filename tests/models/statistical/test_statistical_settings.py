"""Settings of every statistical model: wrong values are refused by name, also text that looks like a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hybridts.errors import BadSetting
from hybridts.models.statistical.arima import ARIMA, SARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA, AutoSARIMA
from hybridts.models.statistical.baselines import WindowAverage
from hybridts.models.statistical.ets import ETS
from hybridts.models.statistical.mstl import MSTL
from hybridts.models.statistical.theta import Theta
from hybridts.models.statistical.var import VAR

WRONG: list[tuple[Callable[..., object], str, list[Any]]] = [
    *((model, "season", ["12", 2.5, 0, -4, True]) for model in (SARIMA, AutoSARIMA, Theta, ETS)),
    (WindowAverage, "window", [2.5, "3", 0, True]),
    (ARIMA, "order", [[1.5, 0, 0], "111", [True, 0, 0], (1, 1), -1]),
    (SARIMA, "seasonal_order", [[0, 1.0, 1], "011"]),
    (AutoARIMA, "max_p", ["3", 1.0, -1]),
    (AutoSARIMA, "max_seasonal_q", ["3", True]),
    (AutoARIMA, "max_models", [4, "94"]),
    (AutoARIMA, "finalists", [0, 1.5]),
    *((model, "exogenous", ["no", 1, None]) for model in (ARIMA, SARIMA, AutoARIMA, AutoSARIMA, VAR)),
    *((model, "bias_adjust", ["false", 0]) for model in (ARIMA, SARIMA, AutoARIMA)),
    (AutoARIMA, "stationary", ["yes"]),
    (VAR, "max_lag", [0, "8", 2.5]),
    (MSTL, "periods", [12, "12", (), (1, 24), (24, "168"), (12.0,)]),
    (ETS, "damped", ["true", 1]),
    (ETS, "model", [3, "AAAA"]),
]


@pytest.mark.parametrize(("model", "key", "values"), WRONG)
def test_a_wrong_value_is_refused_by_name(model, key, values):
    for value in values:
        with pytest.raises(BadSetting, match=f"^{key} is ") as caught:
            model(**{key: value})
        assert caught.value.key == key
        assert str(value) in str(caught.value)


def test_a_power_must_be_a_number():
    for value in ("0.5", True, 3.0, float("nan")):
        with pytest.raises(BadSetting, match=r"^boxcox_lambda is .* a number from -1 to 2"):
            ARIMA(transform="boxcox", boxcox_lambda=value)  # type: ignore[arg-type]


def test_whole_numbers_of_numpy_are_whole_numbers():
    assert SARIMA(season=np.int64(12), order=(np.int64(1), 0, 0)).order == (1, 0, 0)  # type: ignore[arg-type]
    assert MSTL(periods=[168, 24]).periods == (24, 168)  # type: ignore[arg-type]
