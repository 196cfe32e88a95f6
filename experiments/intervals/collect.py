"""Keep what the choice of an interval rule needs: hindcasts with targets, forecasts at the cutoff, and what came true.

    HYBRIDTS_DATA=... python -m experiments.intervals.collect --sets m1_yearly,... --sample 200 --out FOLDER [--official]

Writes FOLDER/SET.npz with, for every name and cutoff: origins, folds, forecasts, targets and scales of the hindcasts,
and series, forecast, truth and scale at the cutoff. `rules.py` reads them.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from experiments.benchmark_sets import SETS, Benchmark, load
from hybridts.data.panel import Origins
from hybridts.data.seasonal import seasonal_error
from hybridts.engine.engine import Job, run
from hybridts.engine.graph import RefitWindow, TrainingSlice
from hybridts.engine.stage_store import StageStore
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.names.grammar import parse
from hybridts.names.plugins import registry

MEMBERS = ("MLP", "CNN-LSTM-XGBoost", "Auto-SARIMA", "ARIMA-RF", "Theta")
NAMES = ("SeasonalNaive", *MEMBERS, f"greedy({', '.join(MEMBERS)})")


def collect(benchmark: Benchmark, names: tuple[str, ...], folder: Path) -> dict[str, np.ndarray]:
    """Run the names at every cutoff of a set with hindcasts; return the arrays of all of them."""
    table, panel = registry(), benchmark.panel
    recipes = [parse(name, table) for name in names]
    spec = ForecastSpec(benchmark.horizon, 0, 0)
    windows = []
    for k, cutoff in enumerate(benchmark.cutoffs):
        keep = np.flatnonzero(cutoff >= 0)
        windows.append(RefitWindow(k, TrainingSlice(None, cutoff), Origins(keep, cutoff[keep])))
    job = Job(recipes, panel, table, windows, spec, nonnegative="auto", hindcasts=True)
    finished = run(job, StageStore(folder), workers=1, watch=_said)
    found: dict[str, np.ndarray] = {"season": np.array(panel.season)}
    for window in windows:
        for recipe in recipes:
            broken = finished.failure(recipe.name, window.index)
            if broken is not None:
                print(benchmark.name, recipe.name, broken["status"], broken["message"], file=sys.stderr)
                continue
            at, rows = window.origins, finished.hindcasts(recipe.name, window.index)
            short = recipe.name.partition("(")[0]
            own = {
                "row_series": rows.origins.series,
                "row_position": rows.origins.position,
                "row_fold": rows.fold,
                "row_forecast": rows.forecast,
                "row_target": rows.target,
                "row_scale": rows.scale,
                "series": at.series,
                "forecast": finished.forecast(recipe.name, at, window.index).mean,
                "truth": panel.targets(at, spec.horizon),
                "position": at.position,
                "scale": seasonal_error(panel, at, panel.season),
            }
            found |= {f"{short}|{window.index}|{key}": values for key, values in own.items()}
    return found


def _said(event: object) -> None:
    done, total = getattr(event, "done", 0), getattr(event, "total", 0)
    if done % 10 == 0:
        print(f"  {done}/{total}", time.strftime("%H:%M:%S"), file=sys.stderr, flush=True)


def main() -> None:
    """Collect the sets that the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--names", default=None, help="names, separated by semicolons")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    names = NAMES if options.names is None else tuple(options.names.split(";"))
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.sets.split(","):
        begin = time.perf_counter()
        found = collect(load(name, options.official, sample=options.sample), names, options.out / f"{name}.stages")
        np.savez_compressed(options.out / f"{name}.npz", **found)
        print(f"{name}: {time.perf_counter() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
