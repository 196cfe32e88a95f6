"""Hours: seasonal lags or harmonics for the day, and is a decomposition with the week worth its own name?

python -m experiments.statistical_seasons.run [--series 50] [--sets m4_hourly,etth1] [--searches]

Inner cutoffs only: the last horizon of the official training part is held out (ETTh1: its last month of training, three
origins, at most 2000 rows before each). One thread, interleaved series by series. --searches adds Auto-SARIMA.
"""

from __future__ import annotations

import argparse

from experiments.statistical_tools import Race, table  # pins the threads, so before numpy  # isort: skip

import numpy as np

from experiments.benchmark_sets import load, scores
from hybridts.models.statistical import arima
from hybridts.models.statistical import auto_arima as auto
from hybridts.models.statistical._arima import order_search as _search
from hybridts.models.statistical.arima import SARIMA
from hybridts.models.statistical.auto_arima import AutoSARIMA
from hybridts.models.statistical.baselines import SeasonalNaive
from hybridts.models.statistical.ets import ETS
from hybridts.models.statistical.mstl import MSTL
from hybridts.models.statistical.theta import Theta

ROWS = 2000
#: (model, longest season that is modelled by lags instead of harmonics)
CONTENDERS = {
    "SARIMA(1,1,1)(0,1,1)24, lags": (SARIMA(), 24),
    "SARIMA(1,1,1)(1,0,1)24, lags": (SARIMA(seasonal_order=(1, 0, 1)), 24),
    "ARIMA(1,1,1), harmonics of 24": (SARIMA(), 1),
    "ARIMA(2,0,1), harmonics of 24": (SARIMA(order=(2, 0, 1)), 1),
    "ARIMA(1,1,1), harmonics of 168": (SARIMA(season=168), 24),
    "ETS, 24": (ETS(), 24),
    "Theta, 24": (Theta(), 24),
    "MSTL(24, 168)-ETS": (MSTL(), 24),
    "MSTL(24, 168)-Theta": (MSTL(rest="Theta"), 24),
    "MSTL(24)-ETS": (MSTL(periods=(24,)), 24),
    "SeasonalNaive": (SeasonalNaive(), 24),
}
SEARCHES = {
    "Auto-SARIMA, lags of 24": (AutoSARIMA(), 24),
    "Auto-SARIMA, harmonics of 24": (AutoSARIMA(), 1),
    "Auto-SARIMA, harmonics of 168": (AutoSARIMA(season=168), 24),
}


def fitted_with(model, longest, one, horizon):
    """Return the forecast [H] with `longest` as the package's longest lag.

    The package has no setting for it, so its constant is replaced in the three modules that read it; one of them is
    private.
    """
    for module in (arima, auto, _search):
        module.LONGEST_LAG = longest
    return model.fit(one, horizon, 0, 0).forecast(one, one.ends())[0]


def main() -> None:
    """Print one table per set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=50)
    parser.add_argument("--sets", default="m4_hourly,etth1")
    parser.add_argument("--searches", action="store_true")
    given = parser.parse_args()
    for name in given.sets.split(","):
        bench = load(name, sample=given.series)
        cases = [(k, i) for k in range(len(bench.cutoffs)) for i in range(len(bench.panel))]
        models = {**CONTENDERS, **SEARCHES} if given.searches else CONTENDERS

        def runner(model, longest, bench=bench, cases=cases):
            def answer(n):
                k, i = cases[n]
                one = bench.panel.cut(bench.cutoffs[k]).take(np.array([i]))
                one = one.trim(np.maximum(one.lengths - ROWS, 0))
                return fitted_with(model, longest, one, bench.horizon)

            return answer

        race = Race({key: runner(*pair) for key, pair in models.items()}).run(range(len(cases)), warm_up=0)
        rows = []
        for key in models:
            answers = np.array(race.answers[key]).reshape(len(bench.cutoffs), len(bench.panel), bench.horizon)
            found = [scores(bench.panel, c, a, bench.horizon) for c, a in zip(bench.cutoffs, answers, strict=True)]
            mase, smape = np.array([f[0] for f in found]), np.array([f[1] for f in found])
            rows.append(
                (key, float(np.mean(mase)), float(np.median(mase)), float(smape.mean()), sum(race.seconds[key]))
            )
        print(f"{name}, {len(bench.panel)} series, {len(bench.cutoffs)} inner cutoffs:\n")
        table(("model", "mean MASE", "median MASE", "sMAPE", "seconds"), sorted(rows, key=lambda row: row[1]))


if __name__ == "__main__":
    main()
