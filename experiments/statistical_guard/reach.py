"""How far beyond the range of their past do honest forecasts of every statistical name go, in units of the guard?

    python -m experiments.statistical_guard.reach [--sets m3_yearly,m3_monthly] [--sample 200] [--data FOLDER]

A path is stopped where this number is above `plausible.MOST`. Official origins of M1, M3 and M4 hourly; series that the
guard stops or fits again are counted.
"""

from __future__ import annotations

import argparse

import numpy as np

from experiments.benchmark_sets import M_SETS, load
from hybridts.errors import NotApplicable
from hybridts.models.protocols import Forecaster
from hybridts.models.statistical._per_series.plausible import Experience
from hybridts.models.statistical.arima import ARIMA, SARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA, AutoSARIMA
from hybridts.models.statistical.ets import ETS
from hybridts.models.statistical.mstl import MSTL
from hybridts.models.statistical.theta import Theta

NAMES: dict[str, Forecaster] = {
    "ARIMA": ARIMA(),
    "SARIMA": SARIMA(),
    "Auto-ARIMA": AutoARIMA(),
    "Auto-SARIMA": AutoSARIMA(max_models=30),
    "ETS": ETS(),
    "Theta": Theta(),
    "MSTL": MSTL(),
}


def reached(y: np.ndarray, path: np.ndarray) -> float:
    """Return the distance of a path [H] from the range of y [T], in units of the range, its growth and the horizon."""
    shown, steps = Experience.of(y), np.arange(1, len(path) + 1)
    width = (shown.high - shown.low) * (1 + steps / shown.rows) * shown.growth**steps
    beyond = np.maximum(path - shown.high, shown.low - path)
    return float(np.max(beyond / width)) if shown.high > shown.low else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join((*M_SETS, "m4_hourly")))
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--data")
    given = parser.parse_args()
    print("| set | name | series | 99 % of them below | largest | stopped | fitted again |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for which in given.sets.split(","):
        bench = load(which, official=True, data=given.data, sample=given.sample)
        past = bench.panel.cut(bench.cutoffs[0])
        for name, model in NAMES.items():
            try:
                fitted = model.fit(past, bench.horizon, 0, 0)
            except NotApplicable:
                continue
            answer = fitted.forecast(past, past.ends())
            far = [reached(past.series(i), path) for i, path in enumerate(answer) if np.isfinite(path).all()]
            again = len(fitted.notes.get("refitted", {}))
            row = f"| {which} | {name} | {len(past)} | {np.quantile(far, 0.99):.2f} | {max(far):.2f} |"
            print(f"{row} {len(fitted.failures)} | {again} |", flush=True)


if __name__ == "__main__":
    main()
