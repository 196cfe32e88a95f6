"""How often does Clark and West's test find knowledge in a hybrid that has none, and how often where there is some?

    python -m experiments.evidence.nested [--runs 2000] [--windows 3,5,10,40] [--kinds ...]

A base errs by a random walk of shocks; what the hybrid adds is one of: "noise", new at every step; "lasting", one wrong
curve for all windows; "gated", noise in a third of the windows and nothing in the others; "learned", the slope of a
column that means nothing, estimated anew on the 40 rows before each window; "knows", a tenth of the error and noise.
Errors go through the package's own test. Exits with 1 where a rate without knowledge is above 7 %.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import pandas as pd

from experiments.evidence.calibrate import KINDS
from experiments.evidence.made_runs import Panel, cells_of, errors_of
from hybridts.evaluation.independent_units import units_of
from hybridts.evaluation.significance import clark_west

ALLOWED = 0.07
ADDED = ("noise", "lasting", "gated", "learned", "knows")
MEMORY = 40


def added(word: str, error: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what a hybrid adds [windows, series, horizon] to the forecasts of a base with these errors."""
    windows, series, horizon = error.shape
    noise = rng.normal(size=error.shape)
    if word == "lasting":
        return np.broadcast_to(rng.normal(size=(1, series, horizon)), error.shape)
    if word == "gated":
        return noise * (np.arange(windows) % 3 == rng.integers(3))[:, None, None]
    if word == "learned":
        column = rng.normal(size=(series, windows * horizon + MEMORY))
        target = rng.normal(size=column.shape)
        start = np.arange(windows)[:, None] * horizon
        past, ahead = start + np.arange(MEMORY), start + MEMORY + np.arange(horizon)
        slope = (column[:, past] * target[:, past]).sum(axis=2) / np.square(column[:, past]).sum(axis=2)
        return np.asarray((slope[..., None] * column[:, ahead]).transpose(1, 0, 2))
    return 0.1 * -error + noise if word == "knows" else noise


def rates(panel: Panel, runs: int, seed: int) -> dict[str, float]:
    """Return how often p is below 0.05, by what is added; empty where nothing can be tested."""
    cells, rng = cells_of(panel), np.random.default_rng(seed)
    used = np.ones(len(cells), dtype=bool)
    test = units_of(cells, used, panel.horizon, panel.step, "ME")
    if test.kind == "none":
        return {}
    found = {word: 0 for word in ADDED}
    for _ in range(runs):
        error = errors_of(panel, rng, names=1)[0]
        for word in ADDED:
            wide = error + added(word, error, rng)
            found[word] += test.above_zero(clark_west(error, wide).mean(axis=2).ravel())[1] < 0.05
    return {"freedom": test.freedom, **{word: count / runs for word, count in found.items()}}


def main() -> None:
    """Print a table; exit with 1 where a rate without knowledge is too high."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--windows", default="3,5,10,40")
    parser.add_argument("--kinds", default=";".join(KINDS), help="kinds of panels, separated by ;")
    given = parser.parse_args()
    rows = []
    for i, (kind, options) in enumerate(KINDS.items()):
        for count in map(int, given.windows.split(",")) if kind in given.kinds.split(";") else ():
            panel = Panel(windows=count, **options)  # type: ignore[arg-type]
            row = {"panel": kind, "windows": count, **rates(panel, given.runs, 100 * i + count)}
            rows.append(row)
            print(row, flush=True)
    table = pd.DataFrame(rows)
    print((100 * table.set_index(["panel", "windows", "freedom"])).round(1).to_string())
    worst = float(table[[word for word in ADDED if word != "knows"]].max().max())
    print(f"highest rate without knowledge: {worst:.3f}")
    sys.exit(1 if worst > ALLOWED else 0)


if __name__ == "__main__":
    main()
