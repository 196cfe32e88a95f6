"""What do many windows of one frozen network cost, beside darts?

    python -m experiments.rolling_frozen.run [--windows 200] [--repeats 5]

ETTh1 (7 series), LSTM of 64 units, window 48, horizon 24, one thread, one process:

1. `hybridts.backtest(..., refit=False)` with one window and with 200: everything, fit included. Bar: at most 3 times.
2. Forecasts alone, at the same origins of the same series, of a network that is already fitted: ours against darts'
   `historical_forecasts(retrain=False)`, in turn, median of the repeats. Both forecast all 24 steps of every origin in
   the data's units. Bar: at least 5 times faster. Needs darts (`pip install darts pytorch-lightning`); without it, 1 only.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import numpy as np
import pandas as pd
import torch

import hybridts as ht

WINDOW, HORIZON, UNITS = 48, 24, 64
SETTINGS: dict[str, dict[str, Any]] = {"Network": {"window": WINDOW}, "LSTM": {"hidden": UNITS}}


def main() -> None:
    """Print both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--data", default=os.environ.get("HYBRIDTS_DATA"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    wide = pd.read_csv(f"{given.data}/ETTh1.csv", parse_dates=["date"]).iloc[: 16 * 30 * 24]
    rolling(wide, given.windows, given.repeats)
    compare(wide, given.windows, given.repeats)


def rolling(wide: pd.DataFrame, windows: int, repeats: int) -> None:
    """Time backtests without refit; the first, which also imports, is not counted."""

    def once(count: int) -> float:
        start = time.perf_counter()
        board = ht.backtest(
            wide, ["LSTM"], HORIZON, windows=count, refit=False, settings=SETTINGS, baselines="none", jobs=1
        )
        took = time.perf_counter() - start
        assert len(board.forecasts) == count * HORIZON * 7
        return took

    once(1)
    one, many = ([once(count) for _ in range(min(repeats, 3))] for count in (1, windows))
    ratio = statistics.median(many) / statistics.median(one)
    print(f"backtest: 1 window {statistics.median(one):.2f} s, {windows} {statistics.median(many):.2f} s: {ratio:.2f}x")


def compare(wide: pd.DataFrame, windows: int, repeats: int) -> None:
    """Time forecasts of a fitted network at the same origins."""
    values = wide.drop(columns="date").astype("float32")
    cutoff = len(wide) - windows * HORIZON
    for series in (["OT"], list(values)):
        answers = {"hybridts": ours(wide, series, cutoff, windows)}
        try:
            answers["darts"] = theirs(wide, series, cutoff)
        except ImportError as missing:
            print(f"darts is not installed ({missing}).")
        shapes = {name: answer() for name, answer in answers.items()}  # also warms up
        assert set(shapes.values()) == {(len(series), windows, HORIZON)}, shapes
        seconds: dict[str, list[float]] = {name: [] for name in answers}
        for _ in range(repeats):
            for name, answer in answers.items():
                start = time.perf_counter()
                answer()
                seconds[name].append(time.perf_counter() - start)
        middle = {name: statistics.median(each) for name, each in seconds.items()}
        shown = ", ".join(f"{name} {each:.3f} s" for name, each in middle.items())
        ratio = f": {middle['darts'] / middle['hybridts']:.1f}x" if "darts" in middle else ""
        print(f"{len(series)} series, {windows} origins each: {shown}{ratio}")


def ours(wide: pd.DataFrame, series: list[str], cutoff: int, windows: int) -> Callable[[], tuple[int, ...]]:
    """Fit on the past; return a function that forecasts at every origin."""
    from hybridts.data.panel import Origins

    past = wide.iloc[:cutoff][["date", *series]]
    settings = {**SETTINGS, "Network": {"window": WINDOW, "steps": 20}}
    fitted = ht.model("LSTM", settings).fit(past, HORIZON).fitted
    whole = ht.model("Naive").fit(wide[["date", *series]], HORIZON).loaded.panel
    position = cutoff - 1 + HORIZON * np.arange(windows)
    origins = Origins(np.repeat(np.arange(len(series)), windows), np.tile(position, len(series)))

    def answer() -> tuple[int, ...]:
        forecast = fitted.forecast(whole, origins)
        assert np.isfinite(forecast).all()
        return forecast.reshape(len(series), windows, HORIZON).shape

    return answer


def theirs(wide: pd.DataFrame, series: list[str], cutoff: int) -> Callable[[], tuple[int, ...]]:
    """Do the same with darts' BlockRNNModel, on the CPU without bars and logs."""
    from darts import TimeSeries
    from darts.models import BlockRNNModel

    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    trainer = {"accelerator": "cpu", "enable_progress_bar": False, "logger": False, "enable_model_summary": False}
    network = BlockRNNModel(
        model="LSTM",
        input_chunk_length=WINDOW,
        output_chunk_length=HORIZON,
        hidden_dim=UNITS,
        n_epochs=1,
        pl_trainer_kwargs=trainer,
        random_state=0,
    )
    whole = [TimeSeries.from_dataframe(wide, "date", name).astype("float32") for name in series]
    network.fit([one[cutoff - 2000 : cutoff] for one in whole])

    def answer() -> tuple[int, ...]:
        found = network.historical_forecasts(
            whole,
            start=cutoff,
            start_format="position",
            forecast_horizon=HORIZON,
            stride=HORIZON,
            retrain=False,
            last_points_only=False,
            verbose=False,
        )
        return np.stack([[window.values()[:, 0] for window in one] for one in found]).shape

    return answer


if __name__ == "__main__":
    main()
