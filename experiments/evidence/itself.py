"""Is an MLP told apart from itself under another seed?

    python -m experiments.evidence.itself [--panels 30] [--windows 3,6] [--correlation 0.6]

Made panels of 20 monthly series whose shocks are correlated. The MLP is fitted anew at every cutoff under two seeds, and
the two are compared as a board compares two names, and by the rule before (signed ranks over series). Nothing is to be
found, so at most 5 % of the panels should show something.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import pandas as pd

import hybridts as ht
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.run import Run
from hybridts.evaluation.significance import wilcoxon

SERIES, ROWS, HORIZON = 20, 120, 6
STEPS = 100  # of training, a fifth of the default


def made(seed: int, correlation: float) -> pd.DataFrame:
    """Return unique_id, ds, y: a season, and a level whose shocks the series share in part."""
    rng = np.random.default_rng(seed)
    common, own = rng.normal(size=(1, ROWS)), rng.normal(size=(SERIES, ROWS))
    shocks = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    month = np.arange(ROWS) % 12
    y = 100 + shocks.cumsum(axis=1) + 3 * rng.normal(size=(SERIES, 12))[:, month] + rng.normal(size=(SERIES, ROWS))
    times = pd.date_range("2010-01-01", periods=ROWS, freq="MS")
    ids = np.repeat([f"s{i:02}" for i in range(SERIES)], ROWS)
    return pd.DataFrame({"unique_id": ids, "ds": np.tile(times, SERIES), "y": y.ravel()})


def twice(frame: pd.DataFrame, windows: int) -> Run:
    """Return a run that holds the MLP under seed 0 as MLP, under seed 1 as MLP-1."""
    given = {"horizon": HORIZON, "windows": windows, "baselines": "cheap", "jobs": 1, "verbose": False}
    runs = [
        ht.backtest(frame, "MLP", seed=seed, settings={"Network": {"steps": STEPS}}, **given).run for seed in (0, 1)
    ]
    first, again = runs[0], runs[1].forecasts
    again = again[again["model"] == "MLP"].assign(model="MLP-1")
    entry = next(m for m in first.manifest["models"] if m["name"] == "MLP")
    manifest = {**first.manifest, "models": [*first.manifest["models"], {**entry, "name": "MLP-1"}]}
    rows = pd.concat([first.forecasts.astype({"model": object}), again.astype({"model": object})], ignore_index=True)
    return replace(first, forecasts=rows, manifest=manifest)


def compared(run: Run) -> dict[str, float]:
    """Return p of the board, p of the rule before, and the difference in percent."""
    evaluation = Evaluation(run)
    found = evaluation.head_to_head("MLP", "MLP-1")
    difference = evaluation.losses("MLP") - evaluation.losses("MLP-1")
    by_series = pd.Series(difference).groupby(evaluation.cases.cells["unique_id"].to_numpy()).mean()
    return {"p": float(found.p), "before": float(wilcoxon(by_series.to_numpy()).p), "gain": float(found.gain)}


def main() -> None:
    """Print a table: panels in which the two are told apart at 5 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--panels", type=int, default=30)
    parser.add_argument("--windows", default="3,6")
    parser.add_argument("--correlation", type=float, default=0.6)
    given = parser.parse_args()
    for windows in map(int, given.windows.split(",")):
        rows = [compared(twice(made(seed, given.correlation), windows)) for seed in range(given.panels)]
        table = pd.DataFrame(rows)
        told, before = int((table["p"] < 0.05).sum()), int((table["before"] < 0.05).sum())
        size = table["gain"].abs().median()
        print(
            f"{windows} windows, {len(table)} panels: told apart {told}, by the rule before {before}; "
            f"median difference {size:.2f} %",
            flush=True,
        )


if __name__ == "__main__":
    main()
