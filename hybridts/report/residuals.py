"""Diagnostics of forecast errors: autocorrelation, Ljung-Box and quantiles against those of a normal distribution.

The errors are out of sample: y minus forecast, over the cell's MASE scale so that series can be pooled. Errors of
one forecast path move together by construction (an h-step error contains the shocks of h steps), so the
diagnostics take one step at a time, by default the first: its errors in the order of the windows, which for a good
model are uncorrelated where windows do not overlap. Autocorrelations are pooled over series, r_k = sum e_t e_{t+k} /
sum e_t^2; Ljung-Box is computed for each series, and the share of series below 0.05 is compared with 5 %.

Source: Ljung and Box (1978), On a measure of lack of fit in time series models.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.metrics import FloatArray

FEWEST = 8  # errors of a series from which an autocorrelation says something
QUANTILES = 41


@dataclass(frozen=True)
class Diagnostics:
    """Diagnostics of the errors of one name at one step.

    Attributes:
        count: errors in all; series: with at least `FEWEST` of them; windows: of the longest series.
        lags: 1 .. K; autocorrelation: [K], pooled; band: half width of the 95 % band of no correlation.
        rejected: share of the series whose Ljung-Box p is below 0.05; NaN where none is long enough.
        p: the Ljung-Box p of the only series; NaN where there are several.
        normal: [Q] normal quantiles; found: [Q] quantiles of the errors, centred and in units of their deviation.
        mean: of the errors, in units of the scale; deviation: their standard deviation.
    """

    count: int
    series: int
    windows: int
    lags: tuple[int, ...]
    autocorrelation: FloatArray
    band: float
    rejected: float
    p: float
    normal: FloatArray
    found: FloatArray
    mean: float
    deviation: float


def residual_table(evaluation: Evaluation, name: str) -> pd.DataFrame:
    """Return the errors of a name: unique_id, ds, cutoff, step, residual (y - forecast), scaled (over MASE's scale)."""
    rows = evaluation.run.forecasts
    rows = rows[(rows["model"] == name) & rows["y"].notna()]
    keys = ["window", "unique_id"]
    scale = evaluation.run.cells[[*keys, "mase_scale"]].astype({"unique_id": object})
    table = rows.astype({"unique_id": object, "model": object}).merge(scale, on=keys, how="left")
    residual = table["y"] - table["yhat"]
    size = table["mase_scale"].where(table["mase_scale"] > 0)
    table = table.assign(residual=residual, scaled=residual / size)
    table = table.sort_values([*keys, "step"], kind="stable", ignore_index=True)
    return table[["unique_id", "ds", "cutoff", "step", "residual", "scaled"]]


def diagnostics(errors: list[FloatArray]) -> Diagnostics:
    """Return the diagnostics of one step's errors, an array per series in order of time; not finite ones are cut."""
    kept = [e[np.isfinite(e)] for e in errors]
    every = np.concatenate(kept) if kept else np.empty(0)
    long = [e for e in kept if len(e) >= FEWEST]
    windows = max((len(e) for e in kept), default=0)
    depth = min(10, max((len(e) for e in long), default=0) // 2)
    lags = tuple(range(1, depth + 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        power = sum(float(e @ e) for e in long)
        pooled = np.array([sum(float(e[k:] @ e[:-k]) for e in long) for k in lags]) / (power or math.nan)
    p = [ljung_box(e, min(depth, len(e) // 2)) for e in long]
    total = sum(len(e) for e in long)
    normal, found = _quantiles(every)
    return Diagnostics(
        count=len(every),
        series=len(long),
        windows=windows,
        lags=lags,
        autocorrelation=pooled,
        band=1.96 / math.sqrt(total) if total else math.nan,
        rejected=float(np.mean(np.array(p) < 0.05)) if p else math.nan,
        p=p[0] if len(p) == 1 else math.nan,
        normal=normal,
        found=found,
        mean=float(every.mean()) if len(every) else math.nan,
        deviation=float(every.std(ddof=1)) if len(every) > 1 else math.nan,
    )


def ljung_box(errors: FloatArray, lags: int) -> float:
    """Return the p of Ljung and Box's test of no autocorrelation up to a lag; the errors are centred first.

    >>> round(ljung_box(np.array([1.0, -1.0] * 10), 1), 4)
    0.0

    NaN for fewer errors than lags + 2, or constant ones.
    """
    n = len(errors)
    centred = errors - errors.mean() if n else errors
    power = float(centred @ centred)
    if n < lags + 2 or lags < 1 or power <= 0:
        return math.nan
    r = np.array([float(centred[k:] @ centred[:-k]) for k in range(1, lags + 1)]) / power
    statistic = n * (n + 2) * float((r**2 / (n - np.arange(1, lags + 1))).sum())
    return float(special.chdtrc(lags, statistic))


def _quantiles(errors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return normal quantiles and those of the standardised errors at the same probabilities; empty for too few."""
    if len(errors) < FEWEST or not errors.std():
        return np.empty(0), np.empty(0)
    at = (np.arange(1, QUANTILES + 1) - 0.5) / QUANTILES
    return special.ndtri(at), np.quantile((errors - errors.mean()) / errors.std(ddof=1), at)
