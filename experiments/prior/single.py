"""Every series alone: networks with and without priors beside SARIMA, Theta and ETS.

    .venv/bin/python -m experiments.prior.single [--official] [--series 100] [--names MLP,LSTM] [--prior auto|none] [--out FILE.csv]

100 seeded series of each set of M1 and M3 and 20 of M4 hourly (with `--data` or HYBRIDTS_DATA). Each name is fitted on one
series at a time and forecasts its last horizon. Prints mean MASE by set and name, and for each network the geometric mean over
sets of its MASE divided by that of the best of SARIMA (ARIMA without a season), Theta and ETS on that set.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from experiments.benchmark_sets import M_SETS, load, scores
from hybridts.data.panel import Panel
from hybridts.engine.engine import Job, run_once
from hybridts.engine.graph import RefitWindow, TrainingSlice
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.names.auto import settled
from hybridts.names.build import forecaster
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse, split_names

NETWORKS = ("MLP", "DNN", "RNN", "LSTM", "GRU", "CNN", "CNN-LSTM", "CNN-LSTM-Attention")
HYBRID = "CNN-LSTM-XGBoost"
CLASSICAL = ("SARIMA", "Theta", "ETS", "SeasonalNaive")


def forecast_of(name: str, settings: dict, seen: Panel, horizon: int) -> np.ndarray:
    """Fit a name on a panel and return its forecast [N, H] from the ends."""
    registry = default_registry()
    recipe = settled(parse(name, registry, settings), seen)
    if len(recipe.stages()) == 1:
        return forecaster(recipe.stages()[0], registry).fit(seen, horizon, 0, 0).forecast(seen, seen.ends())
    window = RefitWindow(0, TrainingSlice(None, seen.lengths - 1), seen.ends())
    with run_once(Job((recipe,), seen, registry, (window,), ForecastSpec(horizon, 0, 0)), workers=1, keep=True) as done:
        return done.fitted(recipe.name).forecast(seen, seen.ends())


def one(panel: Panel, index: int, cutoff: np.ndarray, horizon: int, names: list[str], prior: str) -> list[tuple]:
    """Fit every name on one series and return (name, MASE, seconds)."""
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    whole = panel.take(np.array([index]))
    at = cutoff[[index]]
    seen = whole.cut(at)
    rows = []
    for name in names:
        shown = "ARIMA" if name == "SARIMA" and panel.season == 1 else name
        settings = {} if name in CLASSICAL or "(" in name else {"Network": {"prior": prior}}
        began = time.perf_counter()
        try:
            answer = forecast_of(shown, settings, seen, horizon)
            mase = float(scores(whole, at, answer, horizon)[0][0])
        except Exception as cause:
            print(f"{panel.ids[index]} {name}: {cause}"[:200], flush=True)
            mase = np.nan
        rows.append((panel.ids[index], name, mase, time.perf_counter() - began))
    return rows


def table(frame: pd.DataFrame, official: bool) -> None:
    """Print the means, and each network beside the best classical model of each set."""
    mean = frame.pivot_table(index="name", columns="set", values="MASE", aggfunc="mean")
    best = mean.loc[[n for n in CLASSICAL[:3] if n in mean.index]].min()
    ratio = mean / best
    mean["geometric mean / best classical"] = np.exp(np.log(ratio).mean(axis=1))
    mean["worst set"] = ratio.max(axis=1)
    mean["seconds"] = frame.groupby("name")["seconds"].mean()
    print("official" if official else "inner")
    print(mean.round(3).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join((*M_SETS, "m4_hourly")))
    parser.add_argument("--names", default=",".join((*CLASSICAL, *NETWORKS, HYBRID)))
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--prior", default="auto")
    parser.add_argument("--data")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out")
    given = parser.parse_args()
    work, frames = [], []
    for name in given.sets.split(","):
        count = min(given.series, 20) if name == "m4_hourly" else given.series
        bench = load(name, given.official, given.data, count)
        args = (bench.cutoffs[0], bench.horizon, split_names(given.names), given.prior)
        work += [(name, (bench.panel, i, *args)) for i in range(len(bench.panel))]
    done = Parallel(n_jobs=given.jobs)(delayed(one)(*args) for _, args in work)
    for (name, _), rows in zip(work, done, strict=True):
        frames.append(pd.DataFrame(rows, columns=["id", "name", "MASE", "seconds"]).assign(set=name))
    frame = pd.concat(frames)
    if given.out:
        frame.to_csv(given.out, index=False)
    table(frame, given.official)


if __name__ == "__main__":
    main()
