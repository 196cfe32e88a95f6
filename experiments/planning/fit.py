"""How good are the estimated seconds of stages, and which rates fit finished runs best?

    python -m experiments.planning.fit --runs FOLDER [--fit]

FOLDER holds run directories of experiments/ensembles (SET.inner.SAMPLE), or runs with a config.yaml on dataset:NAME.
Prints real and estimated seconds of every run, in all and by family and model; with --fit, rates that make the
relative errors of stages smallest (non-negative least squares), to be copied into hybridts/engine/cost/rates.py.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy.optimize import nnls

from experiments.benchmark_sets import load
from hybridts.data.datasets import resolve, synthetic_panel
from hybridts.data.panel import Panel
from hybridts.data.read import Columns
from hybridts.engine.cost import RATES, TASK_OVERHEAD, costs_of, units_of
from hybridts.engine.executors.base import one_thread
from hybridts.engine.graph import Task
from hybridts.engine.stage_store import StageStore
from hybridts.engine.tasks import run_task
from hybridts.evaluation.plan_summary import family_of
from hybridts.evaluation.rolling_origin import Schedule
from hybridts.evaluation.study import PlannedStudy, Study, names_of, plan_study
from hybridts.names.plugins import registry

ENSEMBLES = ("best", "greedy", "stacked", "weighted", "median", "mean")


def main() -> None:
    """Compare, and fit if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--bench", action="store_true", help="also run learners here, on few and many rows")
    parser.add_argument("--models", action="store_true", help="also a line per kind of stage")
    parser.add_argument("--again", help="model names: run their fits here and print CPU seconds beside the runs' own")
    given = parser.parse_args()
    if given.again:
        again(sorted(given.runs.glob("*/stages.parquet")), given.again.split(","))
        return
    tables = [stages_of(path.parent) for path in sorted(given.runs.glob("*/stages.parquet"))]
    tables += [pd.concat([bench(series) for series in (5, 20, 60, 240)])] if given.bench else []
    tables = [t for t in tables if len(t)]
    if not tables:
        raise SystemExit(f"{given.runs} holds no run whose stages have the keys of this version.")
    table = pd.concat(tables, ignore_index=True)
    if given.fit:
        rates = fitted(table)
        print("\n".join(f'    "{name}": {rate:.3g},' for name, rate in sorted(rates.items()) if rate > 0))
        table["estimate"] = [seconds(units, rates) for units in table["units"]]
    show(table, ["run"])
    show(table, ["run", "family"])
    if given.models:
        show(table, ["run", "family", "last"])


def drawn_of(path: Path) -> PlannedStudy:
    """Plan the study of a finished run again."""
    if (path / "config.yaml").exists():
        config = yaml.safe_load((path / "config.yaml").read_text())
        panel = resolve("dataset:macro", Columns()).panel
        schedule = Schedule(*(config[k] for k in ("horizon", "windows", "step", "gap", "scheme", "refit", "align")))
        study = Study(tuple(config["models"]), schedule, config["settings"], config["baselines"])
    else:
        name, _, sample = path.name.split(".")
        bench = load(name, sample=None if sample == "all" else int(sample))
        panel = bench.panel
        study = Study((*names_of("seed-100"), *ENSEMBLES), Schedule(bench.horizon, 1, align="per_series"))
    return plan_study(study, panel, registry(), lambda _: {})


def stages_of(path: Path) -> pd.DataFrame:
    """Return real and estimated seconds of every finished stage of the run."""
    drawn = drawn_of(path)
    units = units_of(drawn.plan, drawn.panel)
    real = pd.read_parquet(path / "stages.parquet").set_index("key")
    common = [key for key in real.index if key in units]
    if len(common) < 0.5 * len(real):
        print(f"{path}: left out, {len(real) - len(common)} of {len(real)} stages have other keys now")
        return pd.DataFrame()
    tasks = drawn.plan.tasks
    return pd.DataFrame(
        {
            "run": path.name,
            "family": [family_of(tasks[k]) for k in common],
            "last": [
                tasks[k].stage.split("-")[-1] if family_of(tasks[k]) == "correction" else tasks[k].stage.split("(")[0]
                for k in common
            ],
            "seconds": real.loc[common, "seconds"].to_numpy(),
            "status": real.loc[common, "status"].to_numpy(),
            "estimate": [seconds(units[k], RATES) for k in common],
            "units": [units[k] for k in common],
        }
    )


def again(files: list[Path], names: list[str]) -> None:
    """Print CPU seconds of final fits run here; a busy machine lengthens a run's wall seconds, but not these."""
    rows = []
    for file in files:
        drawn = drawn_of(file.parent)
        real, costs = pd.read_parquet(file).set_index("key")["seconds"], costs_of(drawn.plan, drawn.panel)
        cuts = {group.cut for group in drawn.plan.refit_windows.values()}
        for key, task in drawn.plan.tasks.items():
            if task.stage in names and task.cut in cuts and not task.needs():
                used = cpu_seconds(task, drawn.panel)
                facts = {"run": file.parent.name, "stage": task.stage, "in the run": real.get(key, np.nan)}
                rows.append({**facts, "cpu": used, "estimate": costs[key], "ratio": costs[key] / used})
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.2f"))


def cpu_seconds(task: Task, panel: Panel) -> float:
    """Return the CPU seconds of one task that needs no other."""
    start = time.process_time()
    with one_thread(), tempfile.TemporaryDirectory() as folder:
        run_task(task, panel, StageStore(Path(folder)))
    return time.process_time() - start


def bench(series: int) -> pd.DataFrame:
    """Measure learners alone on this many monthly series, in CPU seconds: rows below and beyond all caps."""
    panel = synthetic_panel(n_series=series, length=72, seed=0)
    study = Study(("RF", "SVM", "XGBoost", "ANN"), Schedule(12, 1), baselines="none")
    drawn = plan_study(study, panel, registry(), lambda _: {})
    units, rows = units_of(drawn.plan, panel), []
    for key, task in drawn.plan.tasks.items():
        used = cpu_seconds(task, panel)
        facts = {"run": f"bench.{series}", "family": "learner", "last": task.stage, "status": "done"}
        rows.append({**facts, "seconds": used, "estimate": seconds(units[key], RATES), "units": units[key]})
    return pd.DataFrame(rows)


def seconds(units: dict[str, float], rates: dict[str, float]) -> float:
    """Return the estimated seconds."""
    return TASK_OVERHEAD + sum(rates.get(name, 0.0) * number for name, number in units.items())


def fitted(table: pd.DataFrame) -> dict[str, float]:
    """Fit rates by least absolute errors, relative to the root of a stage's seconds, so that totals count most.

    Absolute and not squared: on a busy machine some stages take ten times as long as others of the same work.
    """
    done = table[(table["status"] == "done") | (table["seconds"] > 0)]
    names = sorted({name for units in done["units"] for name in units})
    real = np.maximum(done["seconds"].to_numpy() - TASK_OVERHEAD, 0.0)
    # Learners timed here ran one fit at a time, which separates the rates of fits and predictions.
    total = done.groupby("run")["seconds"].transform("sum").to_numpy()
    weight = np.where(done["run"].str.startswith("bench"), 3.0, 1.0) / np.sqrt(np.maximum(real, 0.05) * total)
    weight = weight / weight.mean()
    matrix = np.array([[units.get(name, 0.0) for name in names] for units in done["units"]])
    size = np.maximum(matrix.max(axis=0), 1e-300)
    robust = np.ones(len(real))
    for _ in range(25):
        found, _ = nnls(matrix / size * (weight * robust)[:, None], real * weight * robust)
        error = np.abs(matrix / size @ found - real) * weight
        robust = 1 / np.sqrt(np.maximum(error, 0.05))
    return dict(zip(names, found / size, strict=True))


def show(table: pd.DataFrame, by: list[str]) -> None:
    """Print sums and their ratio."""
    sums = table.groupby(by, sort=False)[["seconds", "estimate"]].sum()
    sums["ratio"] = sums["estimate"] / sums["seconds"]
    print(sums.sort_index().to_string(float_format="%.2f"), end="\n\n")


if __name__ == "__main__":
    main()
