"""Which default orders for ARIMA and SARIMA? Several of them on inner cutoffs, M1 by default.

python -m experiments.statistical_default_orders.run [--series N] [--sets m1_yearly,m1_quarterly,m1_monthly]

Inner cutoffs only, by construction: the last horizon of the official training part is held out, the test part is never
read. The row "search" is Auto-SARIMA (Auto-ARIMA without a season) for orientation (left out with --no-auto).
"""

from __future__ import annotations

import argparse

from experiments.statistical_tools import Race, table  # pins the threads, so before numpy  # isort: skip

import numpy as np

from experiments.benchmark_sets import load, scores
from hybridts.models.statistical.arima import ARIMA, SARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA, AutoSARIMA

PLAIN = ((1, 1, 1), (0, 1, 1), (1, 1, 0), (0, 1, 2), (2, 1, 1), (2, 1, 2), (0, 2, 2), (1, 0, 1))
SEASONAL = (
    ((1, 1, 1), (0, 1, 1)),
    ((0, 1, 1), (0, 1, 1)),
    ((1, 1, 1), (1, 1, 1)),
    ((0, 1, 2), (0, 1, 1)),
    ((1, 0, 1), (0, 1, 1)),
    ((1, 0, 0), (0, 1, 1)),
    ((2, 1, 1), (0, 1, 1)),
    ((1, 1, 1), (1, 0, 1)),
)


def contenders(seasonal: bool) -> dict[str, ARIMA | SARIMA]:
    """Return models by name."""
    found: dict[str, ARIMA | SARIMA] = {}
    for constant in (True, False):
        tail = " constant" if constant else ""
        if seasonal:
            for order, other in SEASONAL:
                found[f"SARIMA{order}{other}{tail}"] = SARIMA(order=order, seasonal_order=other, constant=constant)
        for order in PLAIN:
            found[f"ARIMA{order}{tail}"] = ARIMA(order=order, constant=constant)
    return found


def main() -> None:
    """Print one table per set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=None)
    parser.add_argument("--sets", default="m1_yearly,m1_quarterly,m1_monthly")
    parser.add_argument("--no-auto", action="store_true")
    given = parser.parse_args()
    for name in given.sets.split(","):
        bench = load(name, sample=given.series)
        cut, horizon = bench.panel.cut(bench.cutoffs[0]), bench.horizon
        models = contenders(bench.panel.season > 1)
        if not given.no_auto:
            models["search"] = AutoSARIMA() if bench.panel.season > 1 else AutoARIMA()

        def runner(model, cut=cut, horizon=horizon):
            def answer(i):
                one = cut.take(np.array([i]))
                return model.fit(one, horizon, 0, 0).forecast(one, one.ends())[0]

            return answer

        race = Race({key: runner(model) for key, model in models.items()}).run(range(len(cut)), warm_up=0)
        rows = []
        for key in models:
            mase, smape = scores(bench.panel, bench.cutoffs[0], np.array(race.answers[key]), horizon)
            figures = (np.nanmean(mase), np.nanmedian(mase), smape.mean(), sum(race.seconds[key]))
            rows.append((key, *map(float, figures)))
        print(f"{name}, {len(cut)} series, inner cutoffs:\n")
        table(("model", "mean MASE", "median MASE", "sMAPE", "seconds"), sorted(rows, key=lambda row: row[1]))


if __name__ == "__main__":
    main()
