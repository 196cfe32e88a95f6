"""Forecasts and hindcasts of candidate members, stored so that rules of combination can be compared without fitting.

    .venv/bin/python -m experiments.auto.collect --sets m3_monthly --series 60 --out FOLDER [--alone] [--names A,B] [--jobs 2]

Inner parts only: the last horizon of the official training part is held out. `--alone` fits each series by itself.
Writes FOLDER/SET.panel.pkl or FOLDER/SET.alone.pkl, a list of `Evidence`, which `rules` reads.
"""

from __future__ import annotations

import argparse
import os
import pickle
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from joblib import Parallel, delayed

from experiments.benchmark_sets import load
from hybridts.data.panel import Origins, Panel
from hybridts.data.seasonal import seasonal_error
from hybridts.engine.engine import Job, run
from hybridts.engine.graph import CombineTask, RefitWindow, TrainingSlice
from hybridts.engine.stage_store import StageStore
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.hybrids.upstream import with_forecast
from hybridts.models.protocols import Hindcasts
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse
from hybridts.names.registry import Combo

#: Multiplicative Holt-Winters, as a name of its own.
HOLT_WINTERS = Combo("Holt-Winters", "ETS", settings={"ETS": {"model": "MAM"}})
SINGLE = (
    "ARIMA",
    "SARIMA",
    "Auto-ARIMA",
    "Theta",
    "ETS",
    "MLP",
    "DNN",
    "CNN",
    "RNN",
    "GRU",
    "XGBoost",
    "SARIMA-XGBoost",
    "(Holt-Winters)",
)
PANEL = (*SINGLE, "LSTM", "CNN-LSTM", "RF", "MLP-XGBoost")
HOURLY = ("SARIMA", "MSTL", "Theta", "MLP", "DNN", "CNN", "CNN-LSTM", "XGBoost", "RF", "MLP-XGBoost")


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the members of an ensemble forecast for one panel.

    Attributes:
        name: of the set; season, horizon: of the panel; rows: [N] rows before the cutoff.
        members: names of the K members that have a forecast.
        forecasts: [K, N, H] of the held-out horizon.
        hindcasts: out-of-fold rows of each member.
        target: [N, H]; scale: [N] of MASE.
        seconds: of all fits together.
    """

    name: str
    season: int
    horizon: int
    rows: np.ndarray
    members: tuple[str, ...]
    forecasts: np.ndarray
    hindcasts: tuple[Hindcasts, ...]
    target: np.ndarray
    scale: np.ndarray
    seconds: float


def evidence_of(
    name: str, panel: Panel, cutoff: np.ndarray, horizon: int, names: tuple[str, ...], jobs: int
) -> Evidence:
    """Fit every member at a cutoff [N] and on its folds."""
    warnings.simplefilter("ignore")
    registry, spec, began = default_registry(), ForecastSpec(horizon, 0, 0), time.perf_counter()
    registry.add_combo(HOLT_WINTERS)
    recipe = parse(f"greedy({', '.join(names)})", registry)
    seen = panel.cut(cutoff, horizon)
    window = RefitWindow(0, TrainingSlice(None, cutoff), seen.ends())
    job = Job((recipe,), panel, registry, (window,), spec)
    with tempfile.TemporaryDirectory() as folder:
        store = StageStore(Path(folder))
        finished = run(job, store, workers=jobs)
        task = next(t for t in finished.plan.tasks.values() if isinstance(t, CombineTask))
        found = []
        for member, source in zip(names, task.members, strict=True):
            if all(store.has(key) for key in source.required()):
                rows = with_forecast(source.out_of_fold(seen, store, spec))
                found.append((member, source.forecast(seen.ends(), store).mean, rows))
    origins = Origins(np.arange(len(panel)), cutoff)
    return Evidence(
        name,
        panel.season,
        horizon,
        cutoff + 1,
        tuple(f[0] for f in found),
        np.stack([f[1] for f in found]),
        tuple(f[2] for f in found),
        panel.targets(origins, horizon, 0),
        seasonal_error(panel, origins, panel.season),
        time.perf_counter() - began,
    )


def alone(name: str, index: int, series: int, names: tuple[str, ...]) -> Evidence | None:
    """Return the evidence on one series of a set; None where it cannot be had."""
    import torch

    torch.set_num_threads(1)
    bench = load(name, sample=series)
    picked = np.array([index])
    try:
        return evidence_of(name, bench.panel.take(picked), bench.cutoffs[0][picked], bench.horizon, names, 1)
    except Exception as cause:
        print(f"{name} {index}: {cause}"[:200], flush=True)
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", required=True)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--names")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.sets.split(","):
        usual = HOURLY if name in ("m4_hourly", "etth1") else SINGLE if given.alone else PANEL
        names = tuple(given.names.split(",")) if given.names else usual
        bench = load(name, sample=given.series)
        if given.alone:
            work = (delayed(alone)(name, i, given.series, names) for i in range(len(bench.panel)))
            found = [one for one in Parallel(n_jobs=given.jobs)(work) if one is not None]
        else:
            found = [
                evidence_of(name, bench.panel, cutoff, bench.horizon, names, given.jobs) for cutoff in bench.cutoffs
            ]
        path = given.out / f"{name}.{'alone' if given.alone else 'panel'}.pkl"
        path.write_bytes(pickle.dumps(found))
        print(f"{path}: {len(found)}, {sum(e.seconds for e in found):.0f} s", flush=True)


if __name__ == "__main__":
    main()
