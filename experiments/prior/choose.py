"""Which simulated series should a network learn from? MASE on inner cutoffs of a network that never saw them.

    .venv/bin/python -m experiments.prior.choose --season 12 [--name MLP] [--change '{"cycle": 0.4}' ...] [--effort 1]

Every `--change` is a set of fields of the mixture, in turn; `{}` is the mixture as it is. Sets: M1 and M3 of that season; 24:
M4 hourly (100 series) and ETTh1 (`--data` or HYBRIDTS_DATA).
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from dataclasses import replace

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from joblib import Parallel, delayed

from experiments.benchmark_sets import load, scores
from experiments.prior.make import request_of
from hybridts.data.panel import Origins
from hybridts.models.neural.encoder import Encoder
from hybridts.models.neural.prior.mixture import mixture_for
from hybridts.models.neural.prior.pretraining import blueprint_of, pretrain
from hybridts.models.neural.training_settings import Training

SETS = {
    1: ("m1_yearly", "m3_yearly", "m3_other"),
    4: ("m1_quarterly", "m3_quarterly"),
    12: ("m1_monthly", "m3_monthly"),
    24: ("m4_hourly", "etth1"),
}


def measure(name: str, season: int, change: str, effort: float, data: str | None) -> str:
    """Train one prior and score it on the inner cutoffs."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in json.loads(change).items()}
    request = replace(request_of(name, season), effort=effort)
    began = time.perf_counter()
    weights = pretrain(request, replace(mixture_for(season), **given))
    seconds = time.perf_counter() - began
    net = blueprint_of(request).build()
    net.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
    encoder = Encoder(request.window, request.horizon, 0, Training(calendar=False))
    found = {}
    for which in SETS[season]:
        bench = load(which, False, data, 100 if which == "m4_hourly" else None)
        errors = []
        for cutoff in bench.cutoffs:
            seen = bench.panel.cut(cutoff)
            encoded = encoder.encode(seen, Origins(np.arange(len(seen)), cutoff))
            with torch.inference_mode():
                output = net.eval()(*(torch.from_numpy(part) for part in encoded[:3])).numpy().astype(float)
            forecast = (encoded.anchor + encoded.scale[:, None] * output)[:, : bench.horizon]
            errors.append(np.nanmean(scores(bench.panel, cutoff, forecast, bench.horizon)[0]))
        found[which] = float(np.mean(errors))
    together = float(np.exp(np.mean(np.log(list(found.values())))))
    shown = "  ".join(f"{which} {value:.3f}" for which, value in found.items())
    return f"{together:.4f}  {shown}  {seconds:.0f} s  {change}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--season", type=int, default=12)
    parser.add_argument("--name", default="MLP")
    parser.add_argument("--change", action="append", default=[])
    parser.add_argument("--effort", type=float, default=1.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--data")
    given = parser.parse_args()
    work = (delayed(measure)(given.name, given.season, c, given.effort, given.data) for c in given.change or ["{}"])
    print("geometric mean of MASE, MASE by set, seconds of training, change of the mixture")
    for line in Parallel(n_jobs=given.jobs, return_as="generator")(work):
        print(line, flush=True)


if __name__ == "__main__":
    main()
