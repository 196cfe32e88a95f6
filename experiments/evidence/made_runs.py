"""Made runs whose truth is known: forecasts of equal names, or with one name better or worse by a known part.

Errors of a forecast are sums of shocks up to its step, as those of a random walk. A shock has a part that all names share
(they forecast the same series) and one of their own; both have a part that all series share, with share `correlation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hybridts.evaluation.run import Run

BASELINES = ("Naive", "SeasonalNaive", "Drift", "Theta")
MODELS = ("MLP", "MLP-SVM", "LSTM", "LSTM-RF", "ARIMA", "ARIMA-XGBoost")
SHARED = 0.7  # part of the variance of a shock that all names share


@dataclass(frozen=True)
class Panel:
    """A made run: size, dependence, and how far the errors of the best model are from those of the others.

    Attributes:
        windows, series, horizon, step: size; windows overlap where the step is shorter than the horizon.
        correlation: of the shocks of two series at one date.
        effect: the errors of "MLP-SVM" are multiplied by this.
        own_ends: every series ends at a date of its own, 11 rows after the one before.
        nested: "MLP-SVM" forecasts like MLP, with noise added: it knows nothing that MLP does not.
    """

    windows: int
    series: int
    horizon: int = 6
    step: int = 6
    correlation: float = 0.0
    effect: float = 1.0
    own_ends: bool = False
    nested: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return all names."""
        return (*BASELINES, *MODELS)


def made_run(panel: Panel, rng: np.random.Generator) -> Run:
    """Draw a run."""
    errors = errors_of(panel, rng, len(panel.names))  # [names, windows, series, horizon]
    errors[panel.names.index("MLP-SVM")] *= panel.effect
    if panel.nested:
        noise = rng.normal(size=errors.shape[1:])
        errors[panel.names.index("MLP-SVM")] = errors[panel.names.index("MLP")] + noise
    names, windows, series, horizon = errors.shape
    cells = cells_of(panel)
    step = np.tile(np.arange(1, horizon + 1), names * windows * series)
    forecasts = pd.DataFrame(
        {
            "model": pd.Categorical.from_codes(
                np.repeat(np.arange(names), windows * series * horizon), list(panel.names)
            ),
            "window": np.tile(np.repeat(np.arange(windows), series * horizon), names),
            "unique_id": pd.Categorical.from_codes(
                np.tile(np.repeat(np.arange(series), horizon), names * windows), [f"s{i}" for i in range(series)]
            ),
            "step": step,
            "y": 0.0,
            "yhat": errors.ravel(),
        }
    )
    empty = pd.DataFrame(columns=["model"])
    stages = pd.DataFrame({"key": [], "seconds": []})
    return Run(Path("made"), _manifest(panel), forecasts, cells, empty, stages)


def errors_of(panel: Panel, rng: np.random.Generator, names: int) -> np.ndarray:
    """Return errors [names, windows, series, horizon]."""
    late = _lateness(panel)
    rows = panel.windows * panel.step + panel.horizon + int(late.max())
    both = [_shocks(panel, rng, count, rows) for count in (1, names)]
    shocks = np.sqrt(SHARED) * both[0] + np.sqrt(1.0 - SHARED) * both[1]
    path = np.concatenate([np.zeros((*shocks.shape[:2], 1)), np.cumsum(shocks, axis=2)], axis=2)
    origin = (np.arange(panel.windows) * panel.step)[:, None] + late  # [windows, series]
    series = np.arange(panel.series)[:, None]
    ahead = path[:, series, origin[..., None] + np.arange(1, panel.horizon + 1)] - path[:, series, origin[..., None]]
    return np.ascontiguousarray(ahead)


def _lateness(panel: Panel) -> np.ndarray:
    """Return [series] rows by which a series ends later than the first."""
    apart = panel.horizon + 5 if panel.own_ends else 0
    return np.arange(panel.series) * apart


def _shocks(panel: Panel, rng: np.random.Generator, count: int, rows: int) -> np.ndarray:
    """Return [count, series, rows] shocks; series have `correlation` at one date."""
    common, own = rng.normal(size=(count, 1, rows)), rng.normal(size=(count, panel.series, rows))
    return np.sqrt(panel.correlation) * common + np.sqrt(1.0 - panel.correlation) * own


def cells_of(panel: Panel) -> pd.DataFrame:
    window = np.repeat(np.arange(panel.windows), panel.series)
    series = np.tile(np.arange(panel.series), panel.windows)
    months = window * panel.step + _lateness(panel)[series]
    cutoff = pd.PeriodIndex.from_ordinals(months + 360, freq="M").to_timestamp(how="end").normalize()
    return pd.DataFrame(
        {
            "window": window,
            "unique_id": [f"s{i}" for i in series],
            "cutoff": cutoff,
            "mase_scale": 1.0,
            "rmsse_scale": 1.0,
        }
    )


def _manifest(panel: Panel) -> dict[str, object]:
    models = [
        {
            "name": name,
            "expression": name,
            "family": "",
            "baseline": name in BASELINES,
            "asked": name in MODELS,
            "shown": True,
            "status": "complete",
            "stages": name.split("-"),
            "parts": [name.split("-")[0]] if "-" in name else [],
            "needs": [],
            "last": [],
        }
        for name in panel.names
    ]
    plan = {"horizon": panel.horizon, "gap": 0, "step": panel.step, "freq": "ME", "metrics": ["MASE"], "models": models}
    return {**plan, "windows": [], "notices": []}
