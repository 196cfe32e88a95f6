"""Do gates open on one short series where a correction helps by design, and stay shut on noise?

    .venv/bin/python -m experiments.made_processes.run [--seeds 1] [--only "threshold AR"] [--noise 30] [--jobs 2]

44 cases of 11 made processes (`processes.py`), each one series: the base and the base with RF, XGBoost and SVM behind it are
fitted once and forecast from every origin of the last 96 rows. What can be had is the gain of the correction in use at its
best constant weight in hindsight, the largest of the three learners. `--noise N`: N series of white noise each of 60, 120 and
300 rows, to count gates that open.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from experiments.made_processes.processes import PROCESSES, frame_of
from hybridts.data.panel import Origins, Panel
from hybridts.data.read import load
from hybridts.engine.engine import Job, run_once
from hybridts.engine.executors.base import one_thread
from hybridts.engine.graph import RefitWindow, TrainingSlice
from hybridts.hybrids.hindcast_rows import ForecastSpec, dense_origins
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse

LEARNERS = ("RF", "XGBoost", "SVM")
WEIGHTS = np.linspace(0, 1, 21)


def errors_of(panel: Panel, names: list[str], cutoff: int, horizon: int, settings: dict | None = None) -> dict:
    """Return, by name, errors [M, H] from every origin after the cutoff of a panel of one series."""
    registry = default_registry()
    recipes = tuple(parse(name, registry, settings or {}) for name in names)
    at = np.array([cutoff])
    origins = Origins.between(at, panel.lengths - 1 - horizon)
    window = RefitWindow(0, TrainingSlice(None, at), dense_origins(origins, at))
    job = Job(recipes, panel, registry, (window,), ForecastSpec(horizon, 0, 0))
    target = panel.targets(origins, horizon, 0)
    with run_once(job, workers=1, keep=True) as done:
        return {r.name: target - done.fitted(r.name).forecast(panel, origins) for r in recipes}


def case(name: str, rows: int, horizon: int, seed: int) -> list[tuple]:
    """Return one line a learner: what can be had and what the gate takes of it, as parts of the base's error."""
    process = PROCESSES[name]
    panel = load(frame_of(name, rows, seed), season=process.season).panel
    names = [process.base, *(f"{process.base}-{learner}" for learner in LEARNERS)]
    with one_thread():
        gated = errors_of(panel, names, rows - 1, horizon)
        full = errors_of(panel, names[1:], rows - 1, horizon, {"Chain": {"gate": "open"}})
    base = gated[names[0]]
    size = np.abs(base).mean()
    lines = []
    for learner, hybrid in zip(LEARNERS, names[1:], strict=True):
        change = base - full[hybrid]
        best = max(1 - np.abs(base - w * change).mean() / size for w in WEIGHTS)
        lines.append((name, rows, horizon, seed, learner, best, 1 - np.abs(gated[hybrid]).mean() / size))
    return lines


def noise(rows: int, horizon: int, seed: int) -> list[tuple]:
    """Return one line a learner: whether its gate opens on white noise."""
    values = 50 + np.random.default_rng([rows, horizon, seed]).normal(0, 5, rows + horizon)
    dates = pd.date_range("2000-01-01", periods=len(values), freq="MS")
    frame = pd.DataFrame({"unique_id": "noise", "ds": dates, "y": values})
    with one_thread():
        names = ["ARIMA", *(f"ARIMA-{learner}" for learner in LEARNERS)]
        found = errors_of(load(frame, season=12 if seed % 2 else 1).panel, names, rows - 1, horizon)
    return [(rows, horizon, seed, x, not np.array_equal(found["ARIMA"], found[f"ARIMA-{x}"])) for x in LEARNERS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--noise", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    work = [
        delayed(case)(name, rows, horizon, seed)
        for name, process in PROCESSES.items()
        if given.only in name
        for rows, horizon in process.cases
        for seed in range(given.seeds)
    ]
    lines = [line for lines in Parallel(n_jobs=given.jobs)(work) for line in lines]
    frame = pd.DataFrame(lines, columns=["process", "rows", "horizon", "seed", "learner", "to be had", "taken"])
    print(frame.round(3).to_string(index=False))
    large = frame[frame["to be had"] >= 0.05]
    part = large["taken"] / large["to be had"]
    print(
        f"{len(large)} of {len(frame)} have 5 % or more to gain; of it taken: median {part.median():.2f}, mean {part.mean():.2f}"
    )
    print(f"harmed by more than 0.5 %: {(frame['taken'] < -0.005).mean():.1%}, worst {frame['taken'].min():+.3f}")
    if given.noise:
        cases = [(n, h, s) for n, h in ((60, 1), (120, 1), (120, 6), (300, 6)) for s in range(given.noise)]
        opened = [x for lines in Parallel(n_jobs=given.jobs)(delayed(noise)(*c) for c in cases) for x in lines]
        print(f"white noise: {np.mean([x[-1] for x in opened]):.1%} of {len(opened)} gates open")


if __name__ == "__main__":
    main()
