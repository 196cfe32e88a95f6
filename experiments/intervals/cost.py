"""CPU seconds of a backtest with and without levels: of hybrids and ensembles, and of a single model.

    python -m experiments.intervals.cost [--series 30]

Both run in this process; CPU seconds, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import hybridts as ht

NAMES = (("ARIMA-RF",), ("MLP-XGBoost",), ("Theta + ETS",), ("greedy(MLP-XGBoost, ARIMA-RF, Theta)",), ("Theta",))


def seconds(panel: Any, names: Sequence[str], levels: list[float] | None) -> float:
    """Return the CPU seconds of a backtest of two windows."""
    begin = time.process_time()
    options: dict[str, Any] = {"horizon": 12, "windows": 2, "baselines": "none", "jobs": 1, "verbose": False}
    ht.backtest(panel, list(names), levels=levels, **options)
    return time.process_time() - begin


def main() -> None:
    """Print a line for each list of names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=30)
    options = parser.parse_args()
    panel = ht.synthetic_panel(n_series=options.series, length=120, freq="MS")
    seconds(panel, ("Naive", "RF", "MLP-XGBoost"), None)  # imports and what is computed once in a process
    for names in NAMES:
        plain, wide = seconds(panel, names, None), seconds(panel, names, [80, 95])
        print(
            f"{', '.join(names):40s} {plain:7.2f} s, with levels {wide:7.2f} s ({100 * (wide / plain - 1):+.1f} %)",
            flush=True,
        )


if __name__ == "__main__":
    main()
