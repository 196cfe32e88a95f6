"""Auto-SARIMA beside statsforecast's AutoARIMA (default and approximate) and pmdarima, on M3 monthly.

python -m experiments.statistical_search.run [--series 300] [--pmdarima 10] [--official] [--finalists 1,3,5]

Inner version: the last horizon of the official training part is held out. --official: the published test part, to be
run once. All on one thread, interleaved series by series.
"""

from __future__ import annotations

import argparse

from experiments.statistical_tools import Race, table  # pins the threads, so before numpy  # isort: skip

import numpy as np

from experiments.benchmark_sets import load, scores
from hybridts.models.statistical.auto_arima import AutoSARIMA


def main() -> None:
    """Run the race and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=300)
    parser.add_argument("--pmdarima", type=int, default=10)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--finalists", default=str(AutoSARIMA().finalists))
    parser.add_argument("--set", default="m3_monthly")
    given = parser.parse_args()
    bench = load(given.set, official=given.official, sample=given.series)
    cut, horizon, season = bench.panel.cut(bench.cutoffs[0]), bench.horizon, bench.panel.season
    from statsforecast.arima import auto_arima_f, forecast_arima

    def library(approximation):
        def answer(i):
            fit = auto_arima_f(cut.series(i).copy(), period=season, approximation=approximation)
            return forecast_arima(fit, horizon)["mean"]

        return answer

    def ours(finalists):
        def answer(i):
            one = cut.take(np.array([i]))
            return AutoSARIMA(finalists=finalists).fit(one, horizon, 0, 0).forecast(one, one.ends())[0]

        return answer

    contenders = {f"Auto-SARIMA, {n} finalists": ours(int(n)) for n in given.finalists.split(",")}
    contenders |= {"statsforecast default": library(None), "statsforecast approximation": library(True)}
    race = Race(contenders).run(range(len(cut)), warm_up=0)
    base = sum(race.seconds["statsforecast default"])
    rows = []
    for name in contenders:
        mase, smape = scores(bench.panel, bench.cutoffs[0], np.array(race.answers[name]), horizon)
        spent = sum(race.seconds[name])
        rows.append(
            (name, spent, spent / base, float(np.nanmean(mase)), float(np.nanmedian(mase)), float(smape.mean()))
        )
    print(
        f"{given.set}, {len(cut)} series, {'official test part' if given.official else 'inner cutoffs'}, one thread:\n"
    )
    table(("contender", "seconds", "of default", "mean MASE", "median MASE", "sMAPE"), rows)
    best = min(row[3] for row in rows if row[0].startswith("statsforecast"))
    print(f"MASE of the first against the better of the two: {100 * (rows[0][3] / best - 1):+.2f} %\n")
    if given.pmdarima:
        beside_pmdarima(cut, given.pmdarima, season, horizon, ours(int(given.finalists.split(",")[0])))


def beside_pmdarima(cut, count, season, horizon, ours) -> None:
    """Print the seconds of both on the first series."""
    import pmdarima

    def theirs(i):
        fit = pmdarima.auto_arima(cut.series(i).copy(), m=season, suppress_warnings=True, error_action="ignore")
        return fit.predict(horizon)

    race = Race({"Auto-SARIMA": ours, "pmdarima": theirs}).run(range(min(count, len(cut))))
    mine, other = sum(race.seconds["Auto-SARIMA"]), sum(race.seconds["pmdarima"])
    table(("contender", "seconds", "ratio"), [("Auto-SARIMA", mine, 1.0), ("pmdarima", other, other / mine)])


if __name__ == "__main__":
    main()
