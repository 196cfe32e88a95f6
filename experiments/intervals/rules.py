"""Coverage and scores of interval rules on what `collect` kept, for several values of a rule's constants.

python -m experiments.intervals.rules FOLDER [--vary FOLD_DECAY=0.5,0.7,1 --vary SHRINKAGE_BLOCKS=2,4,8]
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import numpy as np

from hybridts.data.panel import Origins
from hybridts.hybrids import intervals
from hybridts.models.protocols import Hindcasts

NAMES = ("MLP", "CNN-LSTM-XGBoost", "Auto-SARIMA", "ARIMA-RF", "greedy", "SeasonalNaive")
LEVELS = (80, 95)


def figures(arrays: dict[str, np.ndarray], name: str) -> list[float] | None:
    """Return coverage (%) of every level and the MSIS of the widest, the mean over cutoffs; None without a forecast."""
    cutoffs = sorted({key.split("|")[1] for key in arrays if key.startswith(f"{name}|")})
    found = [_at(arrays, f"{name}|{k}|") for k in cutoffs]
    return [float(v) for v in np.mean(found, axis=0)] if found else None


def parts_at(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return the arrays of one name at one cutoff."""
    return {key.removeprefix(prefix): values for key, values in arrays.items() if key.startswith(prefix)}


def learned_at(part: dict[str, np.ndarray]) -> intervals.Intervals:
    """Return the intervals of one name at one cutoff."""
    origins = Origins(part["row_series"], part["row_position"])
    rows = Hindcasts(origins, part["row_fold"], part["row_forecast"], part["row_target"], part["row_scale"])
    count = int(max(part["series"].max(), origins.series.max(initial=0))) + 1
    return intervals.learn_intervals(rows, count, part["truth"].shape[1])


def _at(arrays: dict[str, np.ndarray], prefix: str) -> list[float]:
    part = parts_at(arrays, prefix)
    learned, found, y = learned_at(part), [], part["truth"]
    scale = np.where(part["scale"] > 0, part["scale"], np.nan)[:, None]
    if learned.reason:
        return [np.nan] * (len(LEVELS) + 1)
    for level in LEVELS:
        p = (1 - level / 100) / 2
        low, high = learned.quantiles(part["forecast"], part["series"], part["scale"], (p, 1 - p)).values()
        known = np.isfinite(low)
        found.append(100 * float(((low <= y) & (y <= high))[known].mean()))
    outside = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    return [*found, float(np.nanmean((high - low + 40 * outside) / scale))]


def main() -> None:
    """Print a table for each choice of constants."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vary", action="append", default=[])
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    files = {file.stem: dict(np.load(file)) for file in sorted(options.folder.glob("*.npz"))}
    grid = {part.split("=")[0]: [float(v) for v in part.split("=")[1].split(",")] for part in options.vary}
    for values in itertools.product(*grid.values()):
        chosen = dict(zip(grid, values, strict=True))
        for constant, value in chosen.items():
            setattr(intervals, constant, value)
        rows = {s: [figures(arrays, name) for name in NAMES] for s, arrays in files.items()}
        if not options.short:
            for name, row in rows.items():
                cells = [
                    "      -       " if f is None or np.isnan(f[0]) else "{:5.1f} {:5.1f} {:5.1f}".format(*f)
                    for f in row
                ]
                print(f"{name:13s}", " | ".join(cells))
        every = np.array([f for row in rows.values() for f in row[:5] if f is not None and not np.isnan(f[0])])
        miss = every[:, :2] - LEVELS
        good = (np.abs(miss[:, 0]) <= 4).sum(), ((miss[:, 1] >= -2.5) & (miss[:, 1] <= 2)).sum()
        print(
            chosen,
            "bias",
            miss.mean(0).round(2),
            "rms",
            np.sqrt((miss**2).mean(0)).round(2),
            "log MSIS",
            np.log(every[:, 2]).mean().round(3),
            "inside the bars",
            good,
            "of",
            len(every),
            flush=True,
        )


if __name__ == "__main__":
    main()
