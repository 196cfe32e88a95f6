"""How long does building a learner's rows take, and how much memory?

    python -m experiments.feature_speed.run [--rows 1000000] [--series 100] [--season 24] [--horizon 24] [--missing 0.01]

An hourly panel whose rows have 60 columns: lags, season, forecast, calendar, past, future and static covariates.
Three cases, each measurement in a process of its own:

    design   all steps of all origins at once
    predict  the prediction of a fitted learner at the same origins, which builds at most 200 000 rows at a time; the
             learner itself costs nothing here
    capped   20 000 pairs drawn from all steps of four times as many origins as the first two cases have

Seconds are those of the build alone (median of the repeats, and the best). Memory is the most that was allocated
during the build above what was there before it, the result included (tracemalloc, in one more process), and beside it
the resident peak of the whole process.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from hybridts.data.calendar import DAY, HOUR
from hybridts.data.panel import Origins, Panel
from hybridts.models.learners.design_matrix import Pairs, design, lags_for
from hybridts.models.learners.reduction import FittedRegression

COLUMNS, FUTURE, STATIC = 60, 6, 3
CASES = ("design", "predict", "capped")
CAP = 20_000
MIB = 2**20


class Nothing:
    """A learner that predicts zero at no cost."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return zeros [rows]."""
        return np.zeros(len(X))


def panel_with(series: int, length: int, season: int, missing: float) -> Panel:
    """Build seeded random walks with a season, missing values, and past covariates up to 60 columns."""
    rng = np.random.default_rng(0)
    total = series * length
    wave = 10 * np.sin(2 * np.pi * np.arange(length) / season)
    values = 100 + wave + rng.normal(0, 1, (series, length)).cumsum(axis=1)
    values[rng.random(values.shape) < missing] = np.nan
    starts = np.arange(series) * length
    panel = Panel(
        values=values.ravel(),
        times=np.tile(20_000 * DAY + HOUR * np.arange(length), series),
        starts=starts,
        stops=starts + length,
        reach=starts + length,
        ids=tuple(f"s{i}" for i in range(series)),
        season=season,
        freq="h",
    )
    fixed = len(lags_for(panel)) + 2 + 5 + 6 + FUTURE + STATIC  # spread and mean, the step's columns, the calendar
    past = max(COLUMNS - fixed, 1)
    shapes = {"past": (total, past), "future": (total, FUTURE), "static": (series, STATIC)}
    names = {kind: tuple(str(k) for k in range(shape[1])) for kind, shape in shapes.items()}
    covariates = {kind: rng.normal(size=shape) for kind, shape in shapes.items()}
    return Panel(**{**vars(panel), **covariates, "columns": names})


def work(case: str, options: argparse.Namespace) -> Callable[[], Any]:
    """Make the inputs and return the work to measure."""
    origins = options.rows // options.horizon * (4 if case == "capped" else 1)
    each = -(-origins // options.series)
    history = 4 * options.season
    panel = panel_with(options.series, history + each + options.horizon, options.season, options.missing)
    position = np.tile(history + np.arange(each), options.series)[:origins]
    at = Origins(np.repeat(np.arange(options.series), each)[:origins], position)
    so_far = 100 + np.random.default_rng(1).normal(0, 10, (origins, options.horizon))
    if case == "predict":
        return lambda: FittedRegression(Nothing(), 0, {}).predict(panel, at, so_far)
    pairs = Pairs.all(origins, options.horizon)
    pairs = pairs.capped(CAP, 0) if case == "capped" else pairs
    return lambda: design(panel, at, so_far, pairs)[0]


def resident_peak() -> float:
    """Return the peak resident memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (MIB if sys.platform == "darwin" else 1024)


def measured(case: str, traced: bool, options: argparse.Namespace) -> dict[str, Any]:
    """Measure once in this process: seconds or the allocated peak, the resident peak, the result's shape."""
    build = work(case, options)
    if traced:
        tracemalloc.start()
    start = time.perf_counter()
    result = build()
    seconds = time.perf_counter() - start
    allocated = tracemalloc.get_traced_memory()[1] / MIB if traced else 0.0
    return {"seconds": seconds, "allocated": allocated, "resident": resident_peak(), "shape": result.shape}


def fresh(case: str, traced: bool) -> dict[str, Any]:
    """Measure once in a new process."""
    command = [
        sys.executable,
        "-m",
        "experiments.feature_speed.run",
        *sys.argv[1:],
        "--case",
        case,
        *(["--traced"] if traced else []),
    ]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def main() -> None:
    """Measure every case, or, in a process that was started for it, one of them once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--season", type=int, default=24)
    parser.add_argument("--horizon", type=int, default=24)
    parser.add_argument("--missing", type=float, default=0.01)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--traced", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measured(options.case, options.traced, options)))
        return
    for case in CASES:
        runs = [fresh(case, False) for _ in range(options.repeats)]
        seconds = [r["seconds"] for r in runs]
        print(
            f"{case} {runs[0]['shape']}: {statistics.median(seconds):.3f} s (median of {len(runs)}), "
            f"best {min(seconds):.3f} s, allocated by the build {fresh(case, True)['allocated']:.0f} MiB, "
            f"resident peak {max(r['resident'] for r in runs):.0f} MiB",
            flush=True,
        )


if __name__ == "__main__":
    main()
