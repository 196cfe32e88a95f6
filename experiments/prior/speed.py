"""Seconds of the simulator, of fits that start from a prior, and of a first use without shipped weights.

    .venv/bin/python -m experiments.prior.speed [--first-use GRU-LSTM]

One thread. A fit is timed on one monthly series of 144 rows, horizon 12, in a process that has fitted before.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from experiments.prior.make import NETWORKS
from hybridts.models.neural.prior import shipped
from hybridts.models.neural.prior.cache import CACHE
from hybridts.models.neural.prior.simulator import simulate
from hybridts.names.build import forecaster
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first-use", default="BiLSTM")
    given = parser.parse_args()
    torch.set_num_threads(1)
    registry = default_registry()
    began = time.perf_counter()
    panel = simulate(100_000, (12,), 120, seed=0)
    print(f"simulate: {len(panel)} monthly series of 120 points: {time.perf_counter() - began:.1f} s")
    one = panel.take(panel.lengths.argsort()[-1:])
    one = one.cut(one.lengths - 1 - (int(one.lengths[0]) - 144))
    for name in NETWORKS:
        for prior in ("auto", "none"):
            model = forecaster(parse(name, registry, {"Network": {"prior": prior}}).stages()[0], registry)
            seconds = []
            for _ in range(4):
                began = time.perf_counter()
                fitted = model.fit(one, 12, 0, 0)
                seconds.append(time.perf_counter() - began)
            print(f"{name}, prior {prior}: {min(seconds[1:]):.3f} s, {fitted.notes['steps']} steps", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[CACHE] = folder
        model = forecaster(parse(given.first_use, registry).stages()[0], registry)
        for what in ("first use", "second use"):
            began = time.perf_counter()
            model.fit(one, 12, 0, 0)
            print(f"{given.first_use}, {what}: {time.perf_counter() - began:.1f} s")
    files = sorted(shipped.FOLDER.iterdir())
    print(f"shipped: {len(files)} files, {sum(f.stat().st_size for f in files) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
