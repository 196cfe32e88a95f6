"""How do time and memory of all published names grow with the number of series?

    python -m experiments.growth.run --out FOLDER [--sizes 100,400,1428] [--jobs N]

M3 monthly (official split: the last 18 months are the one window), written as a long table; then the real command on a
seeded sample of each size with all 100 names and the full baselines. Run directories stay in FOLDER, where the command
goes on if it was stopped (the time then is that of the last start: delete the directory to measure). Writes
`growth.csv` and `growth.png` beside this file. Bars: 90 minutes and 4 GB for 1428, no faster than linear growth.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.benchmark_sets import Benchmark, load
from experiments.speed.measure import measured

HERE = Path(__file__).parent


def main() -> None:
    """Measure every size, write the table and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", default="100,400,1428")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for size in map(int, given.sizes.split(",")):
        rows.append({"series": size, **cost(size, given.out, given.jobs)})
        print(rows[-1], flush=True)
        table = pd.DataFrame(rows)
        table.to_csv(HERE / "growth.csv", index=False, float_format="%.1f")
    draw(table)


def cost(size: int, folder: Path, jobs: int) -> dict[str, float]:
    """Return wall seconds, memory and the seconds inside stages of one run."""
    file, run = folder / f"{size}.parquet", folder / f"run{size}"
    bench = load("m3_monthly", official=True, sample=size)
    long_table(bench).to_parquet(file, index=False)
    rolling = ["--horizon", str(bench.horizon), "--windows", "1", "--align", "per-series", "--season", "12"]
    wall, _, together, code = measured(
        ["backtest", str(file), "--models", "seed-100", *rolling, "--jobs", str(jobs), "--out", str(run)]
    )
    if code:
        raise SystemExit(f"the run of {size} series ended with {code}")
    stages = pd.read_parquet(run / "stages.parquet")
    return {"seconds": wall, "stage_seconds": float(stages["seconds"].sum()), "megabytes": together}


def long_table(bench: Benchmark) -> pd.DataFrame:
    """Return the set as a table of unique_id, ds, y."""
    panel = bench.panel
    sizes = panel.stops - panel.starts
    return pd.DataFrame({"unique_id": np.repeat(panel.ids, sizes), "ds": panel.times, "y": panel.values})


def draw(table: pd.DataFrame) -> None:
    """Draw time over series beside the line through the origin and the first point."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(table["series"], table["seconds"] / 60, marker="o", label="measured")
    linear = table["seconds"][0] / table["series"][0] * table["series"] / 60
    axes.plot(table["series"], linear, linestyle="--", color="grey", label="linear in series")
    axes.set(xlabel="series of M3 monthly", ylabel="minutes, 100 names, 2 workers", xlim=0, ylim=0)
    axes.legend()
    figure.savefig(HERE / "growth.png", dpi=110)


if __name__ == "__main__":
    main()
