"""A made panel of 20 daily stores: do names use the promotion, and would a retailer believe their forecasts?

    python -m experiments.covariates.retail [--names XGBoost,...] [--seeds 1] [--blind] [--irregular] [--levels 80]

With --irregular promotions are drawn week by week, so that no past of a series shows when the next one is; else they
alternate, which a name sees in the last two weeks too. Promotions and opening hours are known ahead; stores are closed on Sundays and holidays (1 January lies in the last
horizon), some days have no record, one store starts late. Beside the names stand twenty lines of scikit-learn.
"""

from __future__ import annotations

import argparse
import time

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

import hybridts as ht

STORES, HORIZON, WINDOWS = 20, 14, 3
NAMES = ("XGBoost", "RF", "MLP", "LSTM", "SARIMA", "SARIMA-XGBoost", "MLP-XGBoost", "Theta")
#: Days on which all stores are closed.
HOLIDAYS = ("01-01", "05-01", "10-03", "12-25", "12-26")
EASTER = (
    "2022-04-15",
    "2022-04-18",
    "2022-05-26",
    "2022-06-06",
    "2023-04-07",
    "2023-04-10",
    "2023-05-18",
    "2023-05-29",
)


def made(seed: int = 0, *, irregular: bool = False) -> pd.DataFrame:
    """Return unique_id, ds, y, promo, open; promotions are every other week, or of weeks drawn at random."""
    rng, days = np.random.default_rng(seed), pd.date_range("2022-03-07", "2024-01-07", freq="D")
    number, weekday = np.arange(len(days)), days.dayofweek.to_numpy()
    closed = np.isin(days.strftime("%m-%d"), HOLIDAYS) | np.isin(days.strftime("%Y-%m-%d"), EASTER)
    opened = ~(closed | (weekday == 6))
    eve = np.append(~opened[1:], False) & (weekday != 5)
    advent = (days.month == 12).astype(float) * np.clip((days.day.to_numpy() - 1) / 23, 0, 1) * (days.day <= 24)
    parts = []
    for i in range(STORES):
        level, lift = rng.lognormal(np.log(6000), 0.4), rng.uniform(0.2, 0.5)
        week = np.array([1.2, 1.0, 0.95, 0.95, 1.05, 1.15, 0.0]) * rng.lognormal(0, 0.06, 7)
        week_of = number // 7
        on = (
            np.random.default_rng([seed, i]).random(week_of[-1] + 1) < 0.5 if irregular else np.arange(200) % 2 == i % 2
        )
        promo = on[week_of] & (weekday < 5) & (rng.random(len(days)) > 0.02)
        drift = np.exp(rng.normal(0, 0.008, len(days)).cumsum())
        noise = rng.lognormal(0, 0.09, len(days))
        y = level * week[weekday] * drift * (1 + lift * promo) * (1 + 0.25 * eve) * (1 + 0.4 * advent) * noise * opened
        y = np.round(y)
        y[rng.random(len(days)) < 0.01] = np.nan
        first = len(days) - 150 if i == 7 else 0
        columns = {"y": y, "promo": promo.astype(int), "open": opened.astype(int)}
        parts.append(pd.DataFrame({"unique_id": f"store{i:02}", "ds": days, **columns})[first:])
    return pd.concat(parts, ignore_index=True)


def yardstick(frame: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Return the forecasts of twenty untuned lines: histogram boosting on lags, weekday, promotion and open."""
    frame = frame.sort_values(["unique_id", "ds"]).copy()
    frame.loc[frame.ds > cutoff, "y"] = np.nan
    by = frame.groupby("unique_id").y
    for lag in (14, 21, 28, 35, 42):
        frame[f"lag{lag}"] = by.shift(lag)
    frame["level"] = by.transform(lambda y: y.where(y > 0).shift(14).rolling(28, min_periods=7).mean())
    frame["weekday"], frame["store"] = frame.ds.dt.dayofweek, frame.unique_id.astype("category").cat.codes
    columns = [c for c in frame if c.startswith("lag")] + ["level", "weekday", "store", "promo", "open"]
    known = frame[frame.y.notna()]
    model = HistGradientBoostingRegressor(random_state=0).fit(known[columns], known.y)
    last = cutoff + pd.Timedelta(days=HORIZON)
    ahead = frame[(frame.ds > cutoff) & (frame.ds <= last)].copy()
    ahead["yardstick"] = model.predict(ahead[columns])
    return ahead[["unique_id", "ds", "yardstick"]].assign(cutoff=cutoff)


def main() -> None:
    """Print MASE, the lowest forecast, and the mean forecast of closed days in % of the mean sale."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", default=",".join(NAMES))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--blind", action="store_true", help="without the promotion")
    parser.add_argument("--irregular", action="store_true", help="promotions in weeks drawn at random")
    parser.add_argument("--levels", type=int, help="intervals of this level too")
    options = parser.parse_args()
    for seed in range(options.seeds):
        columns = ["open"] if options.blind else ["promo", "open"]
        _show(made(seed, irregular=options.irregular), options.names.split(","), columns, options.levels)


def _show(frame: pd.DataFrame, names: list[str], future: list[str], level: int | None) -> None:
    start = time.perf_counter()
    settings = {"horizon": HORIZON, "windows": WINDOWS, "future": future, "baselines": "none", "jobs": 1}
    settings |= {"levels": [level]} if level else {}
    ends = [f"-lo-{level}", f"-hi-{level}"] if level else []
    board = ht.backtest(frame, names, **settings)
    found = board.forecasts.merge(frame[["unique_id", "ds", "open", "promo"]], on=["unique_id", "ds"])
    other = pd.concat([yardstick(frame, cutoff) for cutoff in found.cutoff.unique()])
    found = found.merge(other, on=["unique_id", "ds", "cutoff"])
    scale = board.run.tables("cells") if hasattr(board.run, "tables") else _cells(board)
    found = found.merge(scale[["unique_id", "cutoff", "mase_scale"]], on=["unique_id", "cutoff"])
    sale, lines = float(frame.y[frame.y > 0].mean()), []
    for name in [n for n in (*names, "yardstick") if n in found]:
        error = (found[name] - found.y).abs() / found.mase_scale
        mase = error.groupby([found.unique_id, found.cutoff]).mean().mean()
        columns = [name, *(name + end for end in ends if name + end in found)]
        closed = 100 * found.loc[found.open == 0, columns].abs().max().max() / sale
        least = found[columns].min().min()
        lines.append([name, f"{mase:.3f}", *_by_promotion(found, name), f"{least:.0f}", f"{closed:.2f}"])
    print(f"{time.perf_counter() - start:.0f} s")
    table(
        ["name", "MASE", "with promotion", "without", "lowest forecast", "closed days, largest % of the mean sale"],
        sorted(lines, key=lambda x: x[1]),
    )


def _by_promotion(found: pd.DataFrame, name: str) -> list[str]:
    """Return the error of open days in units of MASE's scale, with promotion and without."""
    error = (found[name] - found.y).abs() / found.mase_scale
    return [f"{error[(found.open == 1) & (found.promo == on)].mean():.3f}" for on in (1, 0)]


def _cells(board: ht.Board) -> pd.DataFrame:
    return pd.read_parquet(f"{board.path}/cells.parquet")


if __name__ == "__main__":
    main()
