"""Is a tuned name no worse than its default? On held-out last horizons (inner), which no search has seen.

    HYBRIDTS_DATA=... python -m experiments.tuning.run m1_quarterly m4_hourly --series 60 --trials 20

For each set and name: MASE of the defaults and of the chosen settings at the inner cutoffs of the search, and at the held-out
cutoff. The best trial without the guard that keeps the defaults is judged, too.
"""

from __future__ import annotations

import argparse
import time

import hybridts as ht
from experiments.benchmark_sets import load
from hybridts.app.tuning.judge import merged


def judged(panel, name, horizon, settings, jobs):
    """Return the MASE of a name with settings at the held-out cutoff."""
    board = ht.backtest(
        panel, [name], horizon, windows=1, baselines="none", settings=settings, jobs=jobs, verbose=False
    )
    return float(board.table["MASE"].iloc[0])


def main():
    """Run the sets and print a table."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("sets", nargs="+")
    ask.add_argument("--names", default="MLP-XGBoost")
    ask.add_argument("--series", type=int, default=None)
    ask.add_argument("--trials", type=int, default=20)
    ask.add_argument("--jobs", type=int, default=1)
    given = ask.parse_args()
    print(
        "| set | name | search: default | best | held out: default | chosen | best trial | trials stopped early | s |"
    )
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for one in given.sets:
        bench = load(one, sample=given.series)
        for name in given.names.split(","):
            start = time.perf_counter()
            found = ht.tune(name, bench.panel, bench.horizon, trials=given.trials, windows=1, jobs=given.jobs)
            seconds = time.perf_counter() - start
            best = min((t for t in found.trials if t.state == "complete"), key=lambda t: t.loss)
            default = judged(bench.panel, name, bench.horizon, {}, given.jobs)
            free = judged(bench.panel, name, bench.horizon, merged({}, best.settings), given.jobs)
            chosen = default if found.best is found.trials[0] else free
            pruned = sum(t.state == "pruned" for t in found.trials)
            print(
                f"| {one} | {name} | {found.default_loss:.4f} | {best.loss:.4f} | {default:.4f} | {chosen:.4f} | {free:.4f} "
                f"| {pruned} | {seconds:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
