"""Does an AR give the known one-step figures? Sunspots AR(9) and lynx AR(2), by least squares and by likelihood.

python -m experiments.statistical_figures.run

Coefficients are fixed after the training part; every error is a one-step error of the rest of the series. The figures
to reproduce were computed before this package, on the same splits; the table calls them "design".
"""

from __future__ import annotations

import argparse

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import numpy as np

from hybridts.data.panel import Origins, Panel
from hybridts.models.statistical.arima import ARIMA


def errors(y: np.ndarray, train: int, model: ARIMA) -> np.ndarray:
    """Return the one-step errors after the first `train` rows."""
    n = np.array([len(y)])
    panel = Panel(y, np.arange(len(y)), np.array([0]), n, n, ("y",))
    fitted = model.fit(panel.cut(np.array([train - 1])), 1, 0, 0)
    position = np.arange(train - 1, len(y) - 1)
    return fitted.forecast(panel, Origins(np.zeros(len(position), np.int64), position))[:, 0] - y[train:]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, help="ignored; there are two")
    parser.parse_args()
    import pmdarima
    from statsmodels.datasets import sunspots

    spots = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy(float)[:288]
    lynx = np.log10(pmdarima.datasets.load_lynx().astype(float))
    rows = []
    for estimator in ("ols", "ml"):
        e = errors(spots, 221, ARIMA(order=(9, 0, 0), estimator=estimator))
        rows.append(("sunspots, next 67", estimator, np.mean(e**2), 305.100, np.abs(e).mean(), 12.740))
        rows.append(("sunspots, first 35", estimator, np.mean(e[:35] ** 2), 189.192, np.abs(e[:35]).mean(), 10.382))
        e = errors(lynx, 100, ARIMA(order=(2, 0, 0), estimator=estimator))
        rows.append(("log10 lynx, last 14", estimator, np.mean(e**2), 0.017637, np.abs(e).mean(), 0.114898))
    shown = [
        (n, how, f"{m:.6g}", f"{m0:.6g}", f"{m / m0 - 1:+.1e}", f"{a:.6g}", f"{a0:.6g}")
        for n, how, m, m0, a, a0 in rows
    ]
    table(("series", "estimator", "MSE", "design", "relative", "MAE", "design"), shown)


if __name__ == "__main__":
    main()
