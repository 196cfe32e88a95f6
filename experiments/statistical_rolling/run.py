"""500 rolling one-day-ahead forecasts of 2000 hours without refit, beside one fit and beside refiltering in a loop.

python -m experiments.statistical_rolling.run [--csv ETTh1.csv --column OT] [--origins 500] [--loop 25] [--repeats 3]

Without --csv a seeded series with a day's season. The loops are run for --loop origins and scaled up: our own filter
started from scratch at each origin, and statsmodels' `append` (without refit), the way its users roll.
"""

from __future__ import annotations

import argparse

from experiments.statistical_tools import Race, table  # pins the threads, so before numpy  # isort: skip

import numpy as np
import pandas as pd

from hybridts.data.panel import Origins, Panel
from hybridts.models.statistical.arima import SARIMA

ROWS, HORIZON = 2000, 24


def values(csv: str | None, column: str) -> np.ndarray:
    """Return 2000 hours; of ETTh1 the first ones, inside its official training part."""
    if csv:
        return pd.read_csv(csv)[column].to_numpy(float)[:ROWS]
    rng = np.random.default_rng(0)
    clock = np.arange(ROWS)
    day = rng.normal(size=24)
    return 20 + 3 * day[clock % 24] + 0.3 * rng.normal(size=ROWS).cumsum() + 0.3 * rng.normal(size=ROWS)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv")
    parser.add_argument("--column", default="OT")
    parser.add_argument("--origins", type=int, default=500)
    parser.add_argument("--loop", type=int, default=25)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--series", type=int, help="the same as --origins")
    given = parser.parse_args()
    count = given.series or given.origins
    y = values(given.csv, given.column)
    n = np.array([ROWS])
    panel = Panel(y, np.arange(ROWS), np.array([0]), n, n, ("y",), season=24)
    first = ROWS - HORIZON - count
    seen = panel.cut(np.array([first - 1]))
    model = SARIMA()
    fitted = model.fit(seen, HORIZON, 0, 0)
    position = np.arange(first, first + count)
    every = Origins(np.zeros(count, np.int64), position)
    some = np.linspace(0, count - 1, min(given.loop, count)).astype(int)

    def scratch(_):
        rows = []
        for k in some:
            one = every[np.array([k])]
            rows.append(fitted.forecast(panel.cut(one.position), one)[0])
        return np.array(rows)

    theirs = library(y[:first])

    def appended(_):
        for k in some:
            theirs.append(y[first : position[k] + 1]).forecast(HORIZON)

    race = Race(
        {
            "one fit": lambda _: model.fit(seen, HORIZON, 0, 0),
            f"{count} forecasts in one pass": lambda _: fitted.forecast(panel, every),
            "our filter from scratch at each": scratch,
            "statsmodels append at each": appended,
        }
    ).run(range(given.repeats), warm_up=0)
    seconds = {name: float(np.median(spent)) for name, spent in race.seconds.items()}
    for name in list(seconds)[2:]:
        seconds[name] *= count / len(some)
    one, fit = seconds[f"{count} forecasts in one pass"], seconds["one fit"]
    table(
        ("what", "seconds", "of one fit", "of one pass"),
        [(name, spent, spent / fit, spent / one) for name, spent in seconds.items()],
    )
    gap = np.abs(fitted.forecast(panel, every)[some] - scratch(0)).max()
    print(f"{len(some)} of {count} origins looped; largest difference between one pass and from scratch: {gap:.2e}\n")


def library(y: np.ndarray):
    """Fit the same model in statsmodels, roughly: only its filter is timed."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    return SARIMAX(y, order=(1, 1, 1), seasonal_order=(0, 1, 1, 24)).fit(disp=False, maxiter=3)


if __name__ == "__main__":
    main()
