"""How much memory does training on 100 000 series of 100 points take, and how long?

python -m experiments.neural_memory.run [--series 100000] [--length 100] [--name MLP]
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import torch

from hybridts.data.panel import Panel
from hybridts.names.build import forecaster
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--length", type=int, default=100)
    parser.add_argument("--name", default="MLP")
    given = parser.parse_args()
    torch.set_num_threads(1)
    count, length = given.series, given.length
    rng = np.random.default_rng(0)
    season = np.sin(2 * np.pi * np.arange(length) / 12)
    values = (100 + rng.normal(size=(count, length)).cumsum(axis=1) + 5 * season).ravel()
    starts = np.arange(count) * length
    panel = Panel(
        values,
        np.tile(np.arange(length), count),
        starts,
        starts + length,
        starts + length,
        tuple(map(str, range(count))),
        season=12,
    )
    stage = parse(given.name, default_registry()).root.stages[0]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    began = time.perf_counter()
    fitted = forecaster(stage, default_registry()).fit(panel, 12, 0, 0)
    middle = time.perf_counter()
    fitted.forecast(panel, panel.ends())
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{given.name}: {count} series x {length}: {fitted.notes['rows']} windows, {fitted.notes['steps']} steps")
    print(
        f"fit {middle - began:.1f} s, forecast {done - middle:.1f} s, peak {peak:.2f} GB ({before:.2f} GB before the fit)"
    )


if __name__ == "__main__":
    main()
