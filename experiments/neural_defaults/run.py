"""Which scale, anchor, window and number of steps should networks use by default?

    python -m experiments.neural_defaults.run --data FOLDER --sets m3_monthly,m4_hourly --names MLP,LSTM \
        [--vary scale=deviation,std] [--set steps=1000] [--seeds 1] [--sample N] [--official] [--out FILE.csv]

`--vary` may be given several times; every combination is run. One global network per set and name, one thread per fit,
one fit per process. Prints mean MASE and sMAPE over series and origins, and seconds of the fit.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from experiments.benchmark_sets import Benchmark, load, scores
from hybridts.data.panel import Origins
from hybridts.names.build import forecaster
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse


def measure(
    benchmark: Benchmark, name: str, training: dict[str, Any], blocks: dict[str, Any], seed: int
) -> dict[str, Any]:
    """Fit on every cutoff of the set and score."""
    import torch

    torch.set_num_threads(1)
    registry = default_registry()
    recipe = parse(name, registry, {"network": training} | blocks)
    mase, smape, seconds, notes = [], [], 0.0, {}
    for cutoff in benchmark.cutoffs:
        seen = benchmark.panel.cut(cutoff)
        began = time.perf_counter()
        model = forecaster(recipe.root.stages[0], registry).fit(seen, benchmark.horizon, 0, seed)
        seconds += time.perf_counter() - began
        notes = model.notes
        answer = model.forecast(seen, Origins(np.arange(len(seen)), cutoff))
        a, b = scores(benchmark.panel, cutoff, answer, benchmark.horizon)
        mase.append(a)
        smape.append(b)
    row = {"set": benchmark.name, "name": name, **training, "seed": seed}
    row |= {k: str(v) for k, v in blocks.items()}
    used = {"window_used": notes.get("window"), "steps_used": notes.get("steps"), "batch_used": notes.get("batch")}
    return row | used | {"MASE": np.nanmean(mase), "sMAPE": np.mean(smape), "seconds": seconds}


def value_of(text: str) -> Any:
    """Return a number where the text is one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return {"none": "none", "None": None, "true": True, "false": False}.get(text, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--sets", default="m3_monthly")
    parser.add_argument("--names", default="MLP")
    parser.add_argument("--vary", action="append", default=[])
    parser.add_argument("--set", action="append", default=[], dest="fixed")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out")
    given = parser.parse_args()
    names = given.names.split(",")
    axes = [(k, [value_of(v) for v in vs.split(",")]) for k, _, vs in (a.partition("=") for a in given.vary)]
    fixed = {k: value_of(v) for k, _, v in (a.partition("=") for a in given.fixed)}
    combos = [fixed | dict(zip([k for k, _ in axes], c, strict=True)) for c in itertools.product(*(v for _, v in axes))]
    sets = {s: load(s, given.official, given.data, given.sample) for s in given.sets.split(",")}
    work = [(s, n, c, seed) for s in sets for n in names for c in combos for seed in range(given.seeds)]

    def split(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        blocks: dict[str, Any] = {}
        for key in [k for k in values if "." in k]:
            token, _, setting = key.partition(".")
            blocks.setdefault(token, {})[setting] = values[key]
        return {k: v for k, v in values.items() if "." not in k}, blocks

    rows = []
    for row in Parallel(n_jobs=given.jobs, return_as="generator_unordered")(
        delayed(measure)(sets[s], n, *split(c), seed) for s, n, c, seed in work
    ):
        rows.append(row)
        print(" ".join(f"{k}={v:.4f}" if isinstance(v, float) else f"{k}={v}" for k, v in row.items()), flush=True)
        if given.out:
            pd.DataFrame(rows).to_csv(given.out, index=False)
    frame = pd.DataFrame(rows)
    keys = [c for c in frame if c not in ("seed", "MASE", "sMAPE", "seconds")]
    print(
        frame.groupby(keys, dropna=False)[["MASE", "sMAPE", "seconds"]].mean().sort_values(["set", "MASE"]).to_string()
    )


if __name__ == "__main__":
    main()
