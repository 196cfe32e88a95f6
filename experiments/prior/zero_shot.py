"""Priors that never saw the user's data: MASE of every shipped network, and of the mean of some.

    .venv/bin/python -m experiments.prior.zero_shot [--official] [--names MLP,LSTM,...] [--mean 5]

Prints mean MASE on whole sets of M1 and M3, and the geometric mean over the six sets of MASE divided by that of the seasonal
naive forecast. `--mean N`: the mean forecast of the first N names too.
"""

from __future__ import annotations

import argparse
import os
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import torch

from experiments.benchmark_sets import load, scores
from experiments.prior.make import NETWORKS, request_of
from hybridts.data.panel import Origins
from hybridts.data.seasonal import seasonal_naive
from hybridts.models.neural.encoder import Encoder
from hybridts.models.neural.prior.lookup import NetworkPrior
from hybridts.models.neural.prior.packing import unpacked
from hybridts.models.neural.prior.pretraining import blueprint_of
from hybridts.models.neural.training_settings import Training

SETS = ("m1_yearly", "m1_quarterly", "m1_monthly", "m3_yearly", "m3_quarterly", "m3_monthly")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", default=",".join(NETWORKS))
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--mean", type=int, default=5)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--data")
    given = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    names = given.names.split(",")
    found: dict[str, dict[str, float]] = {}
    for which in given.sets.split(","):
        bench = load(which, given.official, given.data)
        cutoff = bench.cutoffs[0]
        seen = bench.panel.cut(cutoff)
        ends = Origins(np.arange(len(seen)), cutoff)
        forecasts = {"SeasonalNaive": seasonal_naive(seen, ends, bench.horizon)}
        for name in names:
            request = request_of(name, bench.panel.season)
            net = blueprint_of(request).build()
            weights = unpacked(NetworkPrior(request).learned().weights)
            net.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
            encoded = Encoder(request.window, request.horizon, 0, Training(calendar=False)).encode(seen, ends)
            with torch.inference_mode():
                inputs = (torch.from_numpy(part) for part in encoded[:3])
                output = net.eval()(*inputs).numpy().astype(float)
            forecasts[name] = (encoded.anchor + encoded.scale[:, None] * output)[:, : bench.horizon]
        forecasts[f"mean of {given.mean}"] = np.mean([forecasts[name] for name in names[: given.mean]], axis=0)
        for name, forecast in forecasts.items():
            found.setdefault(name, {})[which] = float(
                np.nanmean(scores(bench.panel, cutoff, forecast, bench.horizon)[0])
            )
    table = pd.DataFrame(found).T
    table["geometric mean / SeasonalNaive"] = np.exp(np.log(table / table.loc["SeasonalNaive"]).mean(axis=1))
    print("official" if given.official else "inner")
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
