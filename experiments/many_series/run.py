"""How long do very many short series take, and how much memory?

    python -m experiments.many_series.run [--series 100000] [--out FOLDER]

Monthly series of 60 rows with level, trend, season and noise (seed 0), written as one Parquet file; then the real command
on it: Theta, MLP, MLP-XGBoost and the cheap baselines, horizon 12, one window. Bars: 20 minutes and 6 GB for 100 000.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.speed.measure import measured

ROWS, SEASON = 60, 12


def write(series: int, path: Path) -> None:
    """Write the panel as a long table."""
    rng = np.random.default_rng(0)
    time = np.arange(ROWS)
    level = rng.uniform(20, 200, (series, 1))
    season = level * 0.2 * np.sin(2 * np.pi * (time + rng.integers(0, SEASON, (series, 1))) / SEASON)
    values = level + rng.normal(0, 0.2, (series, 1)) * time + season + rng.normal(0, 0.1, (series, ROWS)) * level
    ids = np.repeat(np.array([f"s{i:06d}" for i in range(series)]), ROWS)
    ds = np.tile(pd.date_range("2019-01-01", periods=ROWS, freq="MS").to_numpy(), series)
    pd.DataFrame({"unique_id": ids, "ds": ds, "y": values.ravel()}).to_parquet(path, index=False)


def main() -> None:
    """Write the table, run the command and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--out", type=Path, default=Path(tempfile.mkdtemp(prefix="many-")))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    file = given.out / "many.parquet"
    write(given.series, file)
    names = ["--models", "Theta,MLP,MLP-XGBoost", "--horizon", "12", "--windows", "1", "--baselines", "cheap"]
    wall, largest, together, code = measured(["backtest", str(file), *names, "--out", str(given.out / "run")])
    print(
        f"{given.series} series: {wall:.0f} s, {largest:.0f} MB the largest process, {together:.0f} MB all, exit {code}"
    )


if __name__ == "__main__":
    main()
