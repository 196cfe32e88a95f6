"""Do the six loads of ETTh1 help to forecast the oil temperature?

    python -m experiments.covariates.etth1 [--data FOLDER] [--names ...] [--rows 4320] [--windows 12] [--official]

Target OT, 24 hours ahead, one fit and frozen parameters at later cutoffs two and a half days apart, in the official
training part (inner) or, once, in the test part.
"""

from __future__ import annotations

import argparse

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import pandas as pd

import hybridts as ht
from experiments.benchmark_sets import ETTH1_TEST, ETTH1_TRAIN, _folder

NAMES = ("ARIMA-XGBoost", "Theta-XGBoost", "MLP-XGBoost", "LSTM-XGBoost", "ARIMA-RF", "ARIMA-MLP", "MLP", "XGBoost")


def main() -> None:
    """Print MASE with and without the columns."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data")
    parser.add_argument("--names", default=",".join(NAMES))
    parser.add_argument("--rows", type=int, default=4320)
    parser.add_argument("--windows", type=int, default=12)
    parser.add_argument("--official", action="store_true")
    options = parser.parse_args()
    frame = pd.read_csv(_folder(options.data) / "ETTh1.csv")
    stop = ETTH1_TEST + 4 * 30 * 24 if options.official else ETTH1_TRAIN
    frame = frame[stop - options.rows : stop]
    loads = [c for c in frame if c not in ("date", "OT")]
    found = {}
    for past in ([], loads):
        data = frame[["date", "OT", *past]]
        settings = {"horizon": 24, "windows": options.windows, "step": 60, "refit": False, "baselines": "none"}
        board = ht.backtest(data, options.names, target="OT", time="date", past=past, jobs=1, **settings)
        found[bool(past)] = board.table.set_index("model").MASE
    table(
        ["name", "MASE without", "MASE with the loads"],
        [[name, f"{found[False][name]:.4f}", f"{found[True][name]:.4f}"] for name in options.names.split(",")],
    )


if __name__ == "__main__":
    main()
