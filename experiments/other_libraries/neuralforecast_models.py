"""A network of neuralforecast, fitted once to all series, by the panel protocol. Needs `pip install neuralforecast`."""

import numpy as np
import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.models import NHITS

import hybridts as ht

QUIET = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}


def frame(values):
    """Return series as a long frame with whole numbers as times."""
    parts = [pd.DataFrame({"unique_id": i, "ds": np.arange(len(y)), "y": y}) for i, y in enumerate(values)]
    return pd.concat(parts, ignore_index=True)


class Nhits:
    def __init__(self, steps=100, window=24):
        self.steps, self.window = steps, window

    def fit(self, panel, horizon, gap, seed):
        more = {"max_steps": self.steps, "random_seed": seed + 1, "accelerator": "cpu", **QUIET}
        self.gap = gap
        self.model = NeuralForecast([NHITS(h=gap + horizon, input_size=self.window, **more)], freq=1)
        self.model.fit(frame([panel.series(i) for i in range(len(panel))]))
        return self

    def forecast(self, panel, origins):  # the window before each origin is a series of its own: no refit
        found = self.model.predict(frame(panel.window(origins, self.window)))
        return found["NHITS"].to_numpy().reshape(len(origins), -1)[:, self.gap :]


ht.register_forecaster("NHITS", Nhits)
board = ht.backtest(
    "dataset:airpassengers", ["NHITS", "NHITS-RF"], horizon=12, windows=2, baselines="cheap", jobs=1, verbose=False
)
print(board.table[["rank", "model", "MASE"]])
