"""Compare rules for windows that overlap: how often each rejects two equal forecasts at nominal 5 %.

Two kinds of dependence: differences of absolute errors of two random walks with shocks of their own ("losses"), and moving
sums of shocks ("sums"), the most that windows which share targets can depend on each other.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from hybridts.evaluation.independent_units import cosines
from hybridts.evaluation.significance import diebold_mariano

CASES = ((10, 2), (20, 2), (40, 2), (20, 6), (40, 6), (40, 12), (80, 12))  # windows, lag


def sums(rng: np.random.Generator, runs: int, windows: int, lag: int) -> np.ndarray:
    """Return [runs, windows] moving sums of `lag` shocks."""
    path = np.cumsum(rng.normal(size=(runs, windows + lag)), axis=1)
    return path[:, lag:] - path[:, :-lag]


def losses(rng: np.random.Generator, runs: int, windows: int, lag: int) -> np.ndarray:
    """Return [runs, windows] differences of mean absolute errors over `lag` steps, one row apart."""
    paths = np.cumsum(rng.normal(size=(2, runs, windows + lag)), axis=2)
    now = np.arange(windows)
    ahead = [np.abs(paths[..., now + k] - paths[..., now]) for k in range(1, lag + 1)]
    mean = np.mean(ahead, axis=0)
    return mean[0] - mean[1]


def by_cosines(values: np.ndarray, lag: int, per_observation: float) -> np.ndarray:
    """Return p [runs] of the t-test over the slowest cosines."""
    count = values.shape[1]
    kept = int(count / (per_observation * lag))
    if kept < 2:
        return np.full(len(values), np.nan)
    rows = cosines(count, kept) @ values.T
    t = rows[0] / np.sqrt(np.square(rows[1:]).mean(axis=0))
    return 2.0 * special.stdtr(kept, -np.abs(t))


def by_blocks(values: np.ndarray, lag: int, per_block: float) -> np.ndarray:
    """Return p [runs] of the t-test over means of blocks of windows (Ibragimov and Mueller 2010)."""
    count = int(values.shape[1] / (per_block * lag))
    if count < 2:
        return np.full(len(values), np.nan)
    means = np.stack([part.mean(axis=1) for part in np.array_split(values, count, axis=1)], axis=1)
    t = means.mean(axis=1) / (means.std(axis=1, ddof=1) / np.sqrt(count))
    return 2.0 * special.stdtr(count - 1, -np.abs(t))


def main() -> None:
    """Print a table of rejections, in percent."""
    print("| dependence | windows | lag | Diebold-Mariano | cosines 1.0 | cosines 1.5 | blocks 1.5 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for draw in (losses, sums):
        for windows, lag in CASES:
            values = draw(np.random.default_rng(windows * lag), 2000, windows, lag)
            p = [np.array([diebold_mariano(row, lag).p for row in values])]
            p += [by_cosines(values, lag, c) for c in (1.0, 1.5)] + [by_blocks(values, lag, 1.5)]
            shown = ["" if np.isnan(q).all() else f"{100 * np.mean(q < 0.05):.1f}" for q in p]
            print(f"| {draw.__name__} | {windows} | {lag} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()
