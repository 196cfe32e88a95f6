"""Every statistical model with settings that are quick to fit, for the tests that all of them pass."""

from __future__ import annotations

from hybridts.models.protocols import Forecaster
from hybridts.models.statistical.arima import ARIMA, SARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA, AutoSARIMA
from hybridts.models.statistical.baselines import Drift, Naive, SeasonalNaive, WindowAverage
from hybridts.models.statistical.ets import ETS
from hybridts.models.statistical.mstl import MSTL
from hybridts.models.statistical.theta import Theta
from hybridts.models.statistical.var import VAR

LOCAL: dict[str, Forecaster] = {
    "ARIMA": ARIMA(),
    "AR-ols": ARIMA(order=(2, 0, 0), estimator="ols"),
    "ARIMA-residual": ARIMA().for_residuals(),
    "SARIMA": SARIMA(),
    "SARIMA-residual": SARIMA().for_residuals(),
    "AutoARIMA": AutoARIMA(max_p=2, max_q=2),
    "AutoSARIMA": AutoSARIMA(max_p=2, max_q=1),
    "Theta": Theta(),
    "ETS": ETS(),
    "MSTL": MSTL(),
    "MSTL-Theta": MSTL(rest="Theta"),
    "ARIMA-css": ARIMA(estimator="css"),
    "ARIMA-statsmodels": ARIMA(engine="statsmodels"),
    "ARIMA-pmdarima": ARIMA(engine="pmdarima"),
    "SARIMA-statsmodels": SARIMA(engine="statsmodels"),
    "SARIMA-pmdarima": SARIMA(engine="pmdarima"),
    "SARIMA-harmonics": SARIMA(season=30),
    "SARIMA-boxcox": SARIMA(transform="boxcox"),
    "AutoARIMA-log": AutoARIMA(max_p=1, max_q=1, transform="log"),
    "AutoSARIMA-pmdarima": AutoSARIMA(
        engine="pmdarima", max_p=1, max_q=1, max_seasonal_p=1, max_seasonal_q=0, finalists=1
    ),
}
RULES: dict[str, Forecaster] = {
    "Naive": Naive(),
    "SeasonalNaive": SeasonalNaive(),
    "Drift": Drift(),
    "WindowAverage": WindowAverage(),
}
EVERY: dict[str, Forecaster] = {**LOCAL, **RULES, "VAR": VAR(max_lag=3)}
