"""Would four times the training steps and trees be better than the defaults?

    python -m experiments.more_work.run [--sets m1_yearly,m1_quarterly,m1_monthly] [--names MLP,LSTM,...] [--seeds 3]

Inner parts of M1 (the last horizon of the official training part held out), all series, one window. Networks: the steps
that the default rule chose, times four; forests and boosting: `trees` times four (boosting at the same rate and at a
quarter of it). Prints MASE of both and the change in %; bar: defaults within 1 % on M1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pandas as pd

import hybridts as ht
from experiments.benchmark_sets import load
from experiments.growth.run import long_table

NAMES = "MLP,LSTM,GRU,RNN,CNN,CNN-LSTM,RF,XGBoost,ARIMA-RF,ARIMA-XGBoost"
MORE: dict[str, dict[str, dict[str, Any]]] = {
    "RF": {"4x": {"trees": 400}},
    "XGBoost": {"4x": {"trees": 800}, "4x, slower": {"trees": 800, "rate": 0.0125}},
}


def main() -> None:
    """Print one line per set, name and variant, then the mean over sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default="m1_yearly,m1_quarterly,m1_monthly")
    parser.add_argument("--names", default=NAMES)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    rows = []
    for name in given.sets.split(","):
        bench = load(name)
        table, season = long_table(bench), bench.panel.season
        for model in given.names.split(","):
            rows += compared(name, model, table, (bench.horizon, season), given.seeds)
    found = pd.DataFrame(rows)
    print(found.to_string(index=False, float_format="%.3f"))
    print()
    print(found.groupby(["model", "variant"])["change"].mean().to_string(float_format="%+.2f"))


def compared(
    name: str, model: str, table: pd.DataFrame, how: tuple[int, int], seeds: int
) -> list[dict[str, float | str]]:
    """Compare the default with more work, as means over seeds."""
    few, steps = zip(*(run(table, model, {}, how, seed) for seed in range(seeds)), strict=True)
    learner = model.rpartition("-")[2]
    variants = {k: {learner: v} for k, v in MORE.get(learner, {}).items()} or {
        "4x": {"Network": {"steps": 4 * steps[0]}}
    }
    rows: list[dict[str, float | str]] = []
    for variant, settings in variants.items():
        many = [run(table, model, settings, how, seed)[0] for seed in range(seeds)]
        default, more = sum(few) / seeds, sum(many) / seeds
        rows.append({"set": name, "model": model, "variant": variant, "default": default, "more": more})
        rows[-1]["change"] = 100 * (more / default - 1)
        print(*rows[-1].values(), file=sys.stderr, flush=True)
    return rows


def run(
    table: pd.DataFrame, model: str, settings: dict[str, Any], how: tuple[int, int], seed: int
) -> tuple[float, int]:
    """Return the MASE, and the steps of the network (0 where there is none)."""
    horizon, season = how
    board = ht.backtest(
        table, [model], horizon, windows=1, align="per_series", season=season, settings=settings, seed=seed,
        baselines="none", jobs=1,
    )  # fmt: skip
    steps = json.loads(board.run.stages["notes"].iloc[-1]).get("steps", 0)
    return float(board.table.set_index("model").at[model, "MASE"]), int(steps)


if __name__ == "__main__":
    main()
