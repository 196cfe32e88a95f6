"""Which evidence may open a gate? Collect out-of-fold errors of bases and the corrections of learners, without a gate.

python -m experiments.gate_rules.collect --out FOLDER [--sets m1_yearly,...] [--bases MLP,LSTM,CNN-LSTM,Auto-SARIMA]
    [--learners SVM,RF,XGBoost] [--origins 3] [--seeds 3] [--sample N] [--official] [--jobs 2]

Writes one .npz per (set, base, learner, origin, seed); existing files are not computed again. Base fits are kept in
FOLDER/stages and shared by the learners. `judge.py` applies rules to these files; it needs no fit.

Inner version: origin 0 holds the last horizon of the official training part out, origin 1 the one before, and so on
(ETTh1: three origins in the last month of its training part). --official: origin 0 is the official one.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import numpy as np

from experiments.benchmark_sets import SETS, Benchmark, load
from hybridts.data.panel import Origins, Panel
from hybridts.engine.executors.base import one_thread
from hybridts.engine.graph import FitTask, Plan, RefitWindow, TrainingSlice
from hybridts.engine.planner import Planner
from hybridts.engine.run_plan import execute
from hybridts.engine.stage_store import StageStore
from hybridts.hybrids.hindcast_rows import ForecastSpec, empty_rows, known_until, rows_at
from hybridts.hybrids.upstream import BaseFit, with_forecast
from hybridts.names import build
from hybridts.names.grammar import parse
from hybridts.names.plugins import registry

BASES = ("Auto-SARIMA", "MLP", "LSTM", "CNN-LSTM")
LEARNERS = ("SVM", "RF", "XGBoost")
#: Series of M4 hourly on which Auto-SARIMA is run: a seeded sample.
HOURLY_SAMPLE = 50


def origins_of(bench: Benchmark, count: int) -> list[np.ndarray]:
    """Return, per origin, the last visible position [N] of each series (-1: left out), the newest origin first."""
    if len(bench.cutoffs) > 1:
        return list(bench.cutoffs)[:count]
    newest = bench.cutoffs[0]
    shortest = max(bench.panel.season, 2) + 2 * bench.horizon
    found = [newest - k * bench.horizon for k in range(count)]
    return [np.where(cut + 1 >= shortest, cut, -1) if k else cut for k, cut in enumerate(found)]


def name_on(base: str, season: int) -> str:
    """Return the base's name on data of this season; without a season there is no seasonal search."""
    return "Auto-ARIMA" if base == "Auto-SARIMA" and season < 2 else base


def base_fits(
    panel: Panel, base: str, cutoff: np.ndarray, frame: ForecastSpec, store: StageStore, jobs: int
) -> BaseFit:
    """Fit the base at the cutoff and on every fold; return the source of its forecasts and hindcasts."""
    known = registry()
    planner = Planner(panel, known, frame)
    visible = np.flatnonzero(cutoff >= 0)
    group = RefitWindow(0, TrainingSlice(None, cutoff), Origins(visible, cutoff[visible]))
    planner.add(parse(f"{base}-RF", known), group)
    plan = planner.finish()
    fits = {key: task for key, task in plan.tasks.items() if isinstance(task, FitTask)}
    outcome = execute(Plan(fits, plan.answers, plan.uses, plan.last, plan.refit_windows), panel, store, jobs)
    for record in outcome.records.values():
        if record["status"] != "done":
            raise SystemExit(f"{base}: {record['message']}")
    (source,) = (task.source for task in plan.tasks.values() if not isinstance(task, FitTask))
    assert isinstance(source, BaseFit)
    return source


def evidence(
    panel: Panel, cutoff: np.ndarray, source: BaseFit, learner: str, frame: ForecastSpec, store: StageStore
) -> dict[str, np.ndarray]:
    """Return errors of the hindcasts, corrections by learners fitted on older folds, and the correction at the cutoff."""
    known = registry()
    corrector = build.corrector(parse(learner, known).root.stages[0], known)
    seen = panel.cut(cutoff, frame.reach)
    rows = with_forecast(source.out_of_fold(seen, store, frame)) if source.keys else empty_rows(frame.horizon)
    visible = np.flatnonzero(cutoff >= 0)
    at = Origins(visible, cutoff[visible])
    test = rows_at(panel, at, source.forecast(at, store).mean, np.full(len(at), -1), frame)
    start = time.perf_counter()
    change = np.full_like(rows.forecast, np.nan)
    for fold in np.unique(rows.fold)[1:]:
        first = panel.lengths.copy()
        mine = rows.fold == fold
        np.minimum.at(first, rows.origins.series[mine], rows.origins.position[mine])
        older = known_until(rows[rows.fold < fold], first, frame)
        if np.isfinite(older.target).any():
            trial = corrector.fit(seen.cut(np.minimum(first, seen.lengths - 1), frame.reach), older, *_ahead(frame))
            change[mine] = trial.correct(seen, rows)[mine]
    after = np.zeros_like(test.forecast)
    if len(rows) and np.isfinite(rows.target).any():
        after = corrector.fit(seen, rows, *_ahead(frame)).correct(seen, test)
    scale = rows.scale[:, None]
    return {
        "series": rows.origins.series,
        "position": rows.origins.position,
        "fold": rows.fold,
        "error": ((rows.target - rows.forecast) / scale).astype(np.float32),
        "change": (change / scale).astype(np.float32),
        "test_series": test.origins.series,
        "test_error": (test.target - test.forecast) / test.scale[:, None],
        "test_change": after / test.scale[:, None],
        "reach": np.array(frame.reach),
        "cutoff": cutoff,
        "seconds": np.array(time.perf_counter() - start),
    }


def _ahead(frame: ForecastSpec) -> tuple[int, int, int]:
    return frame.horizon, frame.gap, frame.seed


def main() -> None:
    """Collect, with one line of progress per base fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--bases", default=",".join(BASES))
    parser.add_argument("--learners", default=",".join(LEARNERS))
    parser.add_argument("--origins", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    (given.out / "stages").mkdir(parents=True, exist_ok=True)
    store = StageStore(given.out / "stages")
    done = []
    for name in given.sets.split(","):
        for base in given.bases.split(","):
            done += collect(name, base, given, store)
    table(("set", "base", "origin", "seed", "series", "seconds"), done)


def collect(name: str, base: str, given: argparse.Namespace, store: StageStore) -> list[tuple]:
    """Collect all origins and seeds of one set and base."""
    few = name == "m4_hourly" and base.startswith("Auto")
    bench = load(
        name, official=given.official, sample=min(given.sample or HOURLY_SAMPLE, HOURLY_SAMPLE) if few else given.sample
    )
    rows = []
    for k, cutoff in enumerate(origins_of(bench, given.origins)):
        for seed in range(given.seeds):
            start = time.perf_counter()
            files = {x: given.out / f"{name}.{base}.{x}.{k}.{seed}.npz" for x in given.learners.split(",")}
            missing = {x: file for x, file in files.items() if not file.exists()}
            if not missing:
                continue
            frame = ForecastSpec(bench.horizon, 0, seed)
            # Auto-SARIMA draws nothing at random: its fits are those of seed 0, only the learners differ
            of_base = ForecastSpec(bench.horizon, 0, 0) if base.startswith("Auto") else frame
            source = base_fits(bench.panel, name_on(base, bench.panel.season), cutoff, of_base, store, given.jobs)
            for learner, file in missing.items():
                with one_thread():
                    found = evidence(bench.panel, cutoff, source, learner, frame, store)
                np.savez_compressed(file, **found)
            rows.append((name, base, k, seed, int((cutoff >= 0).sum()), time.perf_counter() - start))
            print(*rows[-1], file=sys.stderr, flush=True)
    return rows


if __name__ == "__main__":
    main()
