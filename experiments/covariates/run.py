"""How near do names come to the error that no forecast can go below, where covariates explain the target?

python -m experiments.covariates.run [--sets walk,...,square,...] [--names MLP,...] [--seeds 1]
"""

from __future__ import annotations

import argparse
import time

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import hybridts as ht
from experiments.covariates.made import BARS, HORIZON, NAMES, OTHERS, SETS


def main() -> None:
    """Print MAE divided by the floor, per set and name."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--names", default=",".join(NAMES))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--windows", type=int, default=8)
    options = parser.parse_args()
    names = options.names.split(",")
    lines = []
    for name in options.sets.split(","):
        for seed in range(options.seeds):
            lines.append(_line(name, seed, names, options.windows))
            print(" ".join(lines[-1]), flush=True)
    print(table(["set", "bar", "floor", *names, "seconds"], lines))


def _line(name: str, seed: int, names: list[str], windows: int) -> list[str]:
    made, start = {**SETS, **OTHERS}[name](seed), time.perf_counter()
    options = {"horizon": HORIZON, "windows": windows, "refit": False, "baselines": "none", "jobs": 1, "seed": seed}
    board = ht.backtest(made.frame, list(names), **options, **made.roles)
    found = board.forecasts
    floor = made.floor(found)
    ratios = [f"{(found[n] - found.y).abs().mean() / floor:.2f}" if n in found else "-" for n in names]
    return [f"{name} {seed}", f"{BARS.get(name, '')}", f"{floor:.3f}", *ratios, f"{time.perf_counter() - start:.0f}"]


if __name__ == "__main__":
    main()
