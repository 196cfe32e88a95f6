"""Weighted quantile loss and MSIS of the names beside those of AutoETS and AutoARIMA of statsforecast, same series.

    HYBRIDTS_DATA=... python -m experiments.intervals.against FOLDER --sets m1_yearly,... --sample 100 [--official]

FOLDER is what `collect` wrote. The quantiles are 0.025, 0.1, 0.5, 0.9 and 0.975; the loss is that of all series
together, 2 sum rho / sum |y|, the mean over quantiles.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.benchmark_sets import Benchmark, load
from experiments.intervals.rules import NAMES, learned_at, parts_at
from hybridts.hybrids.intervals import monotone

QUANTILES = (0.025, 0.1, 0.5, 0.9, 0.975)
Quantiles = dict[float, np.ndarray]


def scores(quantiles: Quantiles, truth: np.ndarray, scale: np.ndarray) -> tuple[float, float, float, float]:
    """Return WQL, MSIS of 95 %, and the coverage of 80 % and 95 % in percent; of series with a scale and intervals."""
    use = (scale > 0) & np.isfinite(quantiles[0.025]).all(axis=1)
    y, q = truth[use], {p: values[use] for p, values in quantiles.items()}
    rho = [np.maximum(p * (y - values), (p - 1) * (y - values)).sum() for p, values in q.items()]
    low, high = q[0.025], q[0.975]
    outside = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    msis = np.mean((high - low + 40 * outside) / scale[use][:, None])
    inside = [100 * ((q[a] <= y) & (y <= q[b])).mean() for a, b in ((0.1, 0.9), (0.025, 0.975))]
    return 2 * float(np.mean(rho)) / float(np.abs(y).sum()), float(msis), *map(float, inside)


def ours(arrays: dict[str, np.ndarray], name: str, cutoff: int) -> Quantiles:
    """Return the quantiles of a name at a cutoff."""
    part = parts_at(arrays, f"{name}|{cutoff}|")
    found = learned_at(part).quantiles(part["forecast"], part["series"], part["scale"], QUANTILES)
    return monotone(found)


def theirs(benchmark: Benchmark, cutoff: np.ndarray, which: str) -> Quantiles:
    """Return the quantiles of a model of statsforecast at a cutoff."""
    from statsforecast import StatsForecast
    from statsforecast.models import AutoARIMA, AutoETS

    panel, season = benchmark.panel, benchmark.panel.season
    model = {"AutoETS": AutoETS, "AutoARIMA": AutoARIMA}[which](season_length=season)
    frames = [
        pd.DataFrame({"unique_id": f"{i:06d}", "ds": np.arange(c + 1), "y": panel.series(i)[: c + 1]})
        for i, c in enumerate(cutoff)
    ]
    found = StatsForecast([model], freq=1, n_jobs=1).forecast(df=pd.concat(frames), h=benchmark.horizon, level=[80, 95])
    columns = {0.025: "-lo-95", 0.1: "-lo-80", 0.5: "", 0.9: "-hi-80", 0.975: "-hi-95"}
    return {p: found[f"{which}{end}"].to_numpy(float).reshape(len(panel), -1) for p, end in columns.items()}


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", required=True)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--models", default="AutoETS,AutoARIMA")
    options = parser.parse_args()
    for name in options.sets.split(","):
        benchmark = load(name, options.official, sample=options.sample)
        arrays = dict(np.load(options.folder / f"{name}.npz"))
        print(f"{name}: WQL, MSIS, coverage of 80 and 95 %")
        for model in (*NAMES, *options.models.split(",")):
            begin, found = time.perf_counter(), []
            for k, cutoff in enumerate(benchmark.cutoffs):
                mine = model in NAMES
                if mine and f"{model}|{k}|truth" not in arrays:
                    continue
                part = parts_at(arrays, f"{model if mine else 'MLP'}|{k}|")
                quantiles = ours(arrays, model, k) if mine else theirs(benchmark, cutoff, model)
                found.append(scores(quantiles, part["truth"], part["scale"]))
            if found:
                values = "{:8.4f} {:8.2f} {:6.1f} {:6.1f}".format(*np.mean(found, axis=0))
                print(f"  {model:18s}{values}   {time.perf_counter() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
