"""`Auto` on whole panels, beside each of its members.

    .venv/bin/python -m experiments.auto.whole [--official] [--sets m3_yearly,...] [--series N] [--name Auto] [--jobs 2]

Prints MASE and sMAPE (and OWA of M4 hourly) by set, the mean sMAPE over all series of M3 where every set of it was run,
and the members with their weights. Inner parts unless `--official`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from experiments.benchmark_sets import M_SETS, Benchmark, load, scores
from hybridts.engine.engine import Job, run
from hybridts.engine.graph import CombineTask, RefitWindow, TrainingSlice
from hybridts.engine.stage_store import StageStore
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.names.auto import settled
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse

#: sMAPE and MASE of Naive2 on the official part of M4 hourly, the competition's own figures, for its OWA.
NAIVE2 = (18.383, 2.395)


def table_of(bench: Benchmark, name: str, jobs: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return MASE and sMAPE of a name and its members over all cutoffs, and [cells] the sMAPE of the name."""
    registry, spec = default_registry(), ForecastSpec(bench.horizon, 0, 0)
    windows = []
    for index, cutoff in enumerate(bench.cutoffs):
        windows.append(RefitWindow(index, TrainingSlice(None, cutoff), bench.panel.cut(cutoff).ends()))
    recipe = settled(parse(name, registry), bench.panel.cut(bench.cutoffs[0]))
    job = Job((recipe,), bench.panel, registry, windows, spec)
    rows, smapes = [], []
    with tempfile.TemporaryDirectory() as folder:
        store = StageStore(Path(folder))
        finished = run(job, store, workers=jobs)
        for window, cutoff in zip(windows, bench.cutoffs, strict=True):
            source = finished.plan.answers[recipe.name, window.index]
            task = finished.plan.tasks[source.key]
            assert isinstance(task, CombineTask)
            weights = finished.outcome.records[source.key].get("notes", {}).get("weights", {})
            for each, member in [(recipe.name, source), *zip(task.names, task.members, strict=True)]:
                if all(store.has(key) for key in member.required()):
                    mase, smape = scores(
                        bench.panel, cutoff, member.forecast(window.origins, store).mean, bench.horizon
                    )
                    rows.append((each, np.nanmean(mase), np.nanmean(smape), weights.get(each, np.nan)))
                    smapes += list(smape) if each == recipe.name else []
    frame = pd.DataFrame(rows, columns=["name", "MASE", "sMAPE", "weight"])
    return frame.groupby("name", sort=False).mean(), np.array(smapes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(M_SETS))
    parser.add_argument("--series", type=int)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--name", default="Auto")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    m3: dict[str, np.ndarray] = {}
    for name in given.sets.split(","):
        bench, began = load(name, given.official, sample=given.series), time.perf_counter()
        table, smape = table_of(bench, given.name, given.jobs)
        part = "official" if given.official else "inner"
        print(f"{name} ({part}, {len(bench.panel)} series, {time.perf_counter() - began:.0f} s)")
        if name == "m4_hourly":
            table["OWA"] = (table["sMAPE"] / NAIVE2[0] + table["MASE"] / NAIVE2[1]) / 2
        print(table.round(3).to_string(), flush=True)
        if name.startswith("m3"):
            m3[name] = smape
    if len(m3) == 4:
        print(f"all {sum(map(len, m3.values()))} series of M3: sMAPE {np.concatenate(list(m3.values())).mean():.2f}")


if __name__ == "__main__":
    main()
