"""A single monthly random walk: how much worse than Naive is a network that cannot know that it is one?

    .venv/bin/python -m experiments.prior.random_walk [--names MLP,CNN-LSTM] [--prior auto|none]

24 seeded walks of 180 rows, each fitted alone, horizon 12; mean absolute error over all of them beside Naive's.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from experiments.benchmark_sets import panel_of
from experiments.prior.single import NETWORKS
from hybridts.names.build import forecaster
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", default=",".join(NETWORKS))
    parser.add_argument("--prior", default="auto")
    given = parser.parse_args()
    torch.set_num_threads(1)
    registry = default_registry()
    walks = 100 + np.cumsum(np.random.default_rng(0).normal(size=(24, 180)), axis=1)
    naive = float("nan")
    for name in ("Naive", *given.names.split(",")):
        settings = {} if name == "Naive" else {"Network": {"prior": given.prior}}
        errors = []
        for walk in walks:
            panel = panel_of([walk], ["walk"], 12, "MS")
            seen = panel.cut(np.array([167]))
            fitted = forecaster(parse(name, registry, settings).stages()[0], registry).fit(seen, 12, 0, 0)
            errors.append(np.abs(fitted.forecast(seen, seen.ends())[0] - walk[168:]).mean())
        mean = float(np.mean(errors))
        naive = mean if name == "Naive" else naive
        print(f"{name}: {mean:.4f} ({100 * (mean / naive - 1):+.1f} %)", flush=True)


if __name__ == "__main__":
    main()
