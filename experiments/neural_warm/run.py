"""What do warm starts cost in accuracy and save in time, and what does a fit cost beside its steps?

    python -m experiments.neural_warm.run [--sets m1_monthly,m3_monthly] [--names MLP,LSTM] [--seeds 3]

Three cutoffs, one horizon apart, the last being the inner one. Cold: a fresh fit at each. Warm: the second and third
start from the weights of the cutoff before, with a quarter of the steps. MASE is the mean over the last two cutoffs.
Overhead: a fit of one step in a process that has trained before, on the same panel.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from experiments.benchmark_sets import load, scores
from hybridts.data.datasets import synthetic_panel
from hybridts.data.panel import Origins, Panel
from hybridts.evaluation.rolling_origin import smallest_past
from hybridts.names.build import forecaster
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse


def model(name: str, **network: object):
    registry = default_registry()
    return forecaster(parse(name, registry, {"network": network}).root.stages[0], registry)


def overhead(panel: Panel, horizon: int) -> float:
    """Return the seconds of a fit of one step, median of five."""
    fit = model("LSTM", steps=1)
    taken = []
    for _ in range(6):
        began = time.perf_counter()
        fit.fit(panel, horizon, 0, 0)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default="m1_monthly,m3_monthly")
    parser.add_argument("--names", default="MLP,LSTM")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(
        "| set | network | cold MASE | warm MASE | difference | cold s | warm s |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    )
    for which in given.sets.split(","):
        bench = load(which, data=given.data)
        horizon, last = bench.horizon, bench.cutoffs[-1]
        long = np.flatnonzero(last - 2 * horizon >= smallest_past(bench.panel) + horizon)
        panel, last = bench.panel.take(long), last[long]
        cuts = [last - 2 * horizon, last - horizon, last]
        for name in given.names.split(","):
            mase = {"cold": [], "warm": []}
            seconds = {"cold": 0.0, "warm": 0.0}
            for seed in range(given.seeds):
                before = model(name).fit(panel.cut(cuts[0]), horizon, 0, seed)
                for cut in cuts[1:]:
                    seen = panel.cut(cut)
                    for kind in ("cold", "warm"):
                        began = time.perf_counter()
                        weights = before.weights() if kind == "warm" else {}
                        fitted = model(name).fit_from(weights, seen, horizon, 0, seed)
                        seconds[kind] += time.perf_counter() - began
                        answer = fitted.forecast(seen, Origins(np.arange(len(seen)), cut))
                        mase[kind].append(np.nanmean(scores(panel, cut, answer, horizon)[0]))
                    before = fitted
            cold, warm = (float(np.mean(mase[kind])) for kind in ("cold", "warm"))
            print(
                f"| {which} | {name} | {cold:.4f} | {warm:.4f} | {warm / cold - 1:+.2%} | {seconds['cold']:.1f} | "
                f"{seconds['warm']:.1f} |",
                flush=True,
            )
    print(f"\noverhead of a fit, one series of 200 rows: {overhead(synthetic_panel(1, 200, season=12), 12):.3f} s")
    print(f"overhead of a fit, 100 series of 100 rows: {overhead(synthetic_panel(100, 100, season=12), 12):.3f} s")


if __name__ == "__main__":
    main()
