"""How many windows a second does training take, beside neuralforecast, and what share of a step is not torch?

    pip install neuralforecast    (in an environment of its own that also holds this checkout)
    python -m experiments.neural_speed.run [--repeats 5] [--threads 2] [--device cpu]

LSTM (1 layer of 64) and MLP (2 layers of 128) on M3 monthly: the same window, horizon, batch and steps on both sides,
trained in turns. Windows a second come from the difference between a long and a short fit, so that neither side pays
for its start; whole fits are printed beside it.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch

from experiments.benchmark_sets import load
from hybridts.data.panel import Panel
from hybridts.models.neural.blocks import LSTM, MLP
from hybridts.models.neural.forecaster import NeuralForecaster
from hybridts.models.neural.training_settings import Training

WINDOW, HORIZON, BATCH = 24, 18, 128
SHORT, LONG = 50, 250
BLOCKS = {"MLP": MLP(hidden=128, layers=2), "LSTM": LSTM(hidden=64, layers=1)}


def ours(name: str, panel: Panel, device: str) -> Callable[[int], None]:
    def fit(steps: int) -> None:
        training = Training(window=WINDOW, batch=BATCH, steps=steps, device=device)  # type: ignore[arg-type]
        NeuralForecaster(expression=BLOCKS[name], training=training).fit(panel, HORIZON, 0, 0)

    return fit


def theirs(name: str, frame: pd.DataFrame, device: str) -> Callable[[int], None]:
    from neuralforecast import NeuralForecast, models

    quiet = {
        "logger": False,
        "enable_progress_bar": False,
        "enable_checkpointing": False,
        "enable_model_summary": False,
    }
    own = {
        "MLP": {"num_layers": 2, "hidden_size": 128},
        "LSTM": {"encoder_n_layers": 1, "encoder_hidden_size": 64, "decoder_layers": 1, "decoder_hidden_size": 64},
    }[name]

    def fit(steps: int) -> None:
        model = getattr(models, name)(
            h=HORIZON,
            input_size=WINDOW,
            max_steps=steps,
            batch_size=32,
            windows_batch_size=BATCH,
            accelerator="gpu" if device == "cuda" else "cpu",
            **own,
            **quiet,
        )
        NeuralForecast([model], freq=1).fit(frame, verbose=False)

    return fit


def seconds(fit: Callable[[int], None], steps: int) -> float:
    began = time.perf_counter()
    fit(steps)
    return time.perf_counter() - began


def outside_torch(name: str, panel: Panel) -> float:
    """Return the share of a step's time in which no kernel of torch runs, on one thread.

    A kernel is an operation that calls no other. Both sums come from the same profiled steps: the time between the
    first and the last event, and the time inside kernels.
    """
    from torch.profiler import ProfilerActivity, profile

    torch.set_num_threads(1)
    fit = ours(name, panel, "cpu")
    fit(SHORT)
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        fit(LONG)
    steps = sorted((e for e in seen.events() if e.name.startswith("Optimizer.step")), key=lambda e: e.time_range.start)
    first, last = steps[SHORT].time_range.start, steps[-1].time_range.start
    inside = sum(
        e.self_cpu_time_total
        for e in seen.events()
        if e.name.startswith("aten::") and first <= e.time_range.start < last
    )
    return 1 - inside / (last - first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--alone", action="store_true", help="do not run neuralforecast")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    os.environ["NIXTLA_ID_AS_COL"] = "1"
    panel = load("m3_monthly").panel
    sizes = panel.lengths
    frame = pd.DataFrame({"unique_id": np.repeat(panel.ids, sizes), "ds": panel.times, "y": panel.values})
    print(f"{os.cpu_count()} cores, {given.threads} threads, torch {torch.__version__}, device {given.device}")
    print(
        "| network | ours: windows a second | neuralforecast | ratio | whole fit ours / theirs (s) |\n| --- | ---: | ---: | ---: | ---: |"
    )
    for name in BLOCKS:
        sides = [ours(name, panel, given.device)] + ([] if given.alone else [theirs(name, frame, given.device)])
        torch.set_num_threads(given.threads)
        rates: list[list[float]] = [[] for _ in sides]
        whole: list[list[float]] = [[] for _ in sides]
        for fit in sides:
            fit(SHORT)  # loads libraries on first use, which is not training
        for _ in range(given.repeats):
            for i, fit in enumerate(sides):
                short, long = seconds(fit, SHORT), seconds(fit, LONG)
                rates[i].append((LONG - SHORT) * BATCH / (long - short))
                whole[i].append(long)
        middle = [statistics.median(r) for r in rates]
        ratio = statistics.median(a / b for a, b in zip(rates[0], rates[-1], strict=True))
        print(
            f"| {name} | {middle[0]:,.0f} | {middle[-1]:,.0f} | {ratio:.2f} | "
            f"{statistics.median(whole[0]):.2f} / {statistics.median(whole[-1]):.2f} |",
            flush=True,
        )
    if given.device == "cpu":
        print("\nshare of a step outside torch's kernels, one thread:")
        for name in BLOCKS:
            print(f"  {name}: {outside_torch(name, panel):.1%}")


if __name__ == "__main__":
    main()
