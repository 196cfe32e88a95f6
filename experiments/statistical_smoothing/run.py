"""Theta and ETS beside statsforecast's Theta and AutoETS on M3.

python -m experiments.statistical_smoothing.run [--series 200] [--all] [--official]

--series: that many of each of the four sets; --all: all 3003. Inner version: the last horizon of the official training
part is held out. --official: the published test part, to be run once; only there the overall sMAPE compares with the
competition's 12.76 of Theta. Interleaved series by series, one thread.
"""

from __future__ import annotations

import argparse

from experiments.statistical_tools import Race, table  # pins the threads, so before numpy  # isort: skip

import numpy as np

from experiments.benchmark_sets import load
from hybridts.models.statistical.ets import ETS
from hybridts.models.statistical.theta import Theta

SETS = ("m3_yearly", "m3_quarterly", "m3_monthly", "m3_other")
PAIRS = (("Theta", "statsforecast Theta"), ("ETS", "statsforecast AutoETS"))


def race(bench) -> Race:
    """Run all contenders on every series of one set."""
    from statsforecast.models import AutoETS
    from statsforecast.models import Theta as LibraryTheta

    cut, horizon, season = bench.panel.cut(bench.cutoffs[0]), bench.horizon, bench.panel.season

    def ours(model):
        def answer(i):
            one = cut.take(np.array([i]))
            return model.fit(one, horizon, 0, 0).forecast(one, one.ends())[0]

        return answer

    def library(kind):
        return lambda i: kind(season_length=season).forecast(y=cut.series(i).copy(), h=horizon)["mean"]

    contenders = {
        "Theta": ours(Theta()),
        "statsforecast Theta": library(LibraryTheta),
        "ETS": ours(ETS()),
        "statsforecast AutoETS": library(AutoETS),
    }
    return Race(contenders).run(range(len(cut)), warm_up=0)


def errors(bench, answers) -> np.ndarray:
    """Return symmetric percentage errors [N, H]."""
    ends = bench.panel.cut(bench.cutoffs[0]).ends()
    truth = bench.panel.targets(ends, bench.horizon)
    forecast = np.array(answers)
    return 200 * np.abs(forecast - truth) / (np.abs(forecast) + np.abs(truth))


def main() -> None:
    """Print the table, a row for each set and one for all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=200)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--official", action="store_true")
    given = parser.parse_args()
    found: dict[str, list[np.ndarray]] = {}
    seconds: dict[str, float] = {}
    rows = []
    for name in SETS:
        bench = load(name, official=given.official, sample=None if given.all else given.series)
        done = race(bench)
        for who, answers in done.answers.items():
            found.setdefault(who, []).append(errors(bench, answers))
            seconds[who] = seconds.get(who, 0.0) + sum(done.seconds[who])
        rows.append((name, len(bench.panel), *(float(found[who][-1].mean()) for who in done.answers)))
    series = {who: float(np.concatenate([e.mean(axis=1) for e in parts]).mean()) for who, parts in found.items()}
    points = {who: float(np.concatenate([e.ravel() for e in parts]).mean()) for who, parts in found.items()}
    count = sum(row[1] for row in rows)
    rows.append(("all, mean of series", count, *series.values()))
    rows.append(("all, mean of points", count, *points.values()))
    rows.append(("seconds", count, *seconds.values()))
    print(f"sMAPE on M3, {'official test part' if given.official else 'inner cutoffs'}, one thread:\n")
    table(("set", "series", *series), rows)
    for mine, theirs in PAIRS:
        print(
            f"{mine} - {theirs}: {series[mine] - series[theirs]:+.3f} (series), {points[mine] - points[theirs]:+.3f} (points)"
        )


if __name__ == "__main__":
    main()
