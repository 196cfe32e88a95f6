"""SARIMA of given orders beside statsmodels: likelihood at our coefficients, forecasts at equal ones, seconds.

python -m experiments.statistical_given_orders.run [--repeats 5]

The log-likelihood of both is statsmodels' own (variance concentrated out). Series: wineind, airpassengers, lynx
(pmdarima), monthly means of co2 (statsmodels), and co2 continued by itself to 1000 rows for the time on long series.
"""

from __future__ import annotations

import argparse

from experiments.statistical_tools import Race, table  # pins the threads, so before numpy  # isort: skip

import numpy as np

from hybridts.data.panel import Panel
from hybridts.models.statistical.arima import SARIMA

HORIZON = 24


def series() -> dict[str, tuple[np.ndarray, tuple[int, int, int], tuple[int, int, int], int]]:
    """Return name -> (values, order, seasonal order, season)."""
    import pmdarima
    from statsmodels.datasets import co2

    monthly = co2.load_pandas().data["co2"].resample("MS").mean().interpolate().to_numpy(float)
    rng = np.random.default_rng(0)
    longer = np.concatenate([monthly, monthly[-1] - monthly[0] + monthly + 0.3 * rng.normal(size=len(monthly))])[:1000]
    air = pmdarima.datasets.load_airpassengers().astype(float)
    return {
        "wineind": (pmdarima.datasets.load_wineind().astype(float), (1, 1, 1), (0, 1, 1), 12),
        "airpassengers": (air, (0, 1, 1), (0, 1, 1), 12),
        "log airpassengers": (np.log(air), (0, 1, 1), (0, 1, 1), 12),
        "log lynx": (np.log10(pmdarima.datasets.load_lynx().astype(float)), (2, 0, 1), (0, 0, 0), 1),
        "co2": (monthly, (1, 1, 1), (0, 1, 1), 12),
        "co2, 1000 rows": (longer, (1, 1, 1), (0, 1, 1), 12),
    }


def panel_of(y: np.ndarray, season: int) -> Panel:
    """Build a panel of one series."""
    n = np.array([len(y)])
    return Panel(y, np.arange(len(y)), np.array([0]), n, n, ("y",), season=max(season, 2))


def coefficients(core, order, seasonal, season) -> np.ndarray:
    """Read statsmodels' (ar, ma, seasonal ar, seasonal ma) from the multiplied polynomials (one seasonal term)."""
    (p, _, q), (sp, _, sq) = order, seasonal
    seasonal_ar, seasonal_ma = core.phi[season - 1 : season][:sp], core.theta[season - 1 : season][:sq]
    return np.concatenate([core.phi[:p], core.theta[:q], seasonal_ar, seasonal_ma])


def compare(name: str, repeats: int) -> tuple:
    """Return one row of the table."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    y, order, seasonal, season = series()[name]
    y = y - y.mean() if order[1] + seasonal[1] == 0 else y
    panel = panel_of(y, season)
    model = SARIMA(order=order, seasonal_order=seasonal, season=max(season, 2), constant=False)
    theirs = SARIMAX(y, order=order, seasonal_order=(*seasonal, season if any(seasonal) else 0), concentrate_scale=True)

    def ours(_):
        fit = model.fit(panel, HORIZON, 0, 0)
        return fit, fit.forecast(panel, panel.ends())[0]

    def library(_):
        fit = theirs.fit(disp=False)
        return fit, fit.forecast(HORIZON)

    race = Race({"ours": ours, "statsmodels": library}).run(range(repeats), warm_up=0)
    fit, forecast = race.answers["ours"][-1]
    found = coefficients(fit.models["y"].core, order, seasonal, season)
    best = race.answers["statsmodels"][-1][0].llf
    equal = theirs.smooth(found).forecast(HORIZON)
    seconds = {key: float(np.median(values)) for key, values in race.seconds.items()}
    return (
        name,
        len(y),
        theirs.loglike(found) - best,
        float(np.abs(forecast - equal).max()),
        float(np.abs(forecast - equal).max() / np.abs(y).max()),
        seconds["ours"],
        seconds["statsmodels"],
        seconds["statsmodels"] / seconds["ours"],
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--series", type=int, default=None, help="only the first N series")
    given = parser.parse_args()
    head = (
        "series",
        "rows",
        "llf - optimum",
        "forecast max diff",
        "relative",
        "ours s",
        "statsmodels s",
        "times faster",
    )
    table(head, [compare(name, given.repeats) for name in list(series())[: given.series]])


if __name__ == "__main__":
    main()
