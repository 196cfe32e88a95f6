"""How many origins must a fold hold when the horizon is one step?

python -m experiments.short_horizons.run --data FOLDER [--rows 1,128]

One step ahead, 200 origins, no refit: ETTh1 (seven series, the first 8640 hours) and every 14th series of M4 hourly
(training parts only). `--rows`: values of `hybridts.hybrids.folds.ROWS`, rows between two edges of the folds where
the series is long enough; 1 leaves eight horizons. Hybrids run with their gate, and with the gate held open.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import pandas as pd

import hybridts as ht
from hybridts.hybrids import folds

BASES = ("ARIMA", "Theta", "MLP")
LEARNERS = ("SVM", "XGBoost", "ANN")
TRAIN = 8640


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    """Return long frames of unique_id, ds, y by set."""
    etth1 = pd.read_csv(folder / "ETTh1.csv", parse_dates=["date"])[:TRAIN].rename(columns={"date": "ds"})
    hourly = pd.read_parquet(folder / "m4_hourly.train.parquet")
    some = sorted(hourly["unique_id"].unique())[::14]
    return {
        "ETTh1": etth1.melt("ds", var_name="unique_id", value_name="y"),
        "M4 hourly": hourly[hourly["unique_id"].isin(some)],
    }


def main() -> None:
    """Print one line per set, base and learner."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("HYBRIDTS_DATA"))
    parser.add_argument("--rows", default="1,128")
    given = parser.parse_args()
    names = [f"{base}-{learner}" for base in BASES for learner in LEARNERS]
    for name in names:
        ht.register(f"Open-{name.replace('-', '')}", name, settings={"Chain": {"gate": "open"}})
    lines = []
    for where, frame in frames(Path(given.data)).items():
        for rows in map(int, given.rows.split(",")):
            folds.ROWS = rows
            every = [*names, *(f"Open-{n.replace('-', '')}" for n in names)]
            how = {"horizon": 1, "windows": 200, "step": 1, "refit": False, "baselines": "none", "season": 24}
            board = ht.backtest(frame, models=every, jobs=1, **how).table.set_index("model")
            for name in names:
                opened = board.loc[f"Open-{name.replace('-', '')}"]
                gain = board.loc[name, "gain_over_part"]
                lines.append(
                    (where, name, rows, board.loc[name, "MASE"], f"{gain:+.1f}", f"{opened.gain_over_part:+.1f}")
                )
    table(("set", "hybrid", "rows", "MASE", "gain %", "gain %, gate open"), lines)


if __name__ == "__main__":
    main()
