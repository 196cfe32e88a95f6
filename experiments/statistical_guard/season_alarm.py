"""How often does the note on a season that a model does not hold come where there is none, and where there is one?

    python -m experiments.statistical_guard.season_alarm

Made series without a season (white noise, random walk with drift, AR(1) of 0.7 and -0.7, a line with noise, sparse counts
and heavy tails), and the training parts of M1 and M3, where nobody knows the truth.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from experiments.benchmark_sets import load
from hybridts.models.statistical._seasonal_adjustment import clear_season, filled, is_seasonal

DRAWS = 2000


def made(kind: str, length: int, random: np.random.Generator) -> np.ndarray:
    noise = random.normal(size=length)
    if kind == "white noise":
        return noise
    if kind == "random walk":
        return np.cumsum(noise + 0.1)
    if kind == "line":
        return 0.1 * np.arange(length) + noise
    if kind == "counts":
        return random.poisson(0.3, length).astype(float)
    if kind == "heavy tails":
        return random.standard_t(2, length)
    return np.asarray(lfilter([1.0], [1.0, -0.7 if kind == "AR(0.7)" else 0.7], noise))


def main() -> None:
    print("| series | season | cycles | clear, % | 90 % test of Theta, % |\n| --- | ---: | ---: | ---: | ---: |")
    for kind in ("white noise", "random walk", "line", "AR(0.7)", "AR(-0.7)", "counts", "heavy tails"):
        for season, cycles in ((4, 4), (7, 10), (12, 4), (12, 12), (24, 10)):
            random = np.random.default_rng(0)
            series = [made(kind, season * cycles, random) for _ in range(DRAWS)]
            clear = 100 * np.mean([clear_season(y, season) > 0 for y in series])
            weak = 100 * np.mean([is_seasonal(y, season) for y in series])
            print(f"| {kind} | {season} | {cycles} | {clear:.2f} | {weak:.1f} |")
    for name in ("m1_quarterly", "m1_monthly", "m3_quarterly", "m3_monthly"):
        bench = load(name)
        past = bench.panel.cut(bench.cutoffs[0])
        series = [filled(past.series(i))[0] for i in range(len(past))]
        clear = 100 * np.mean([clear_season(y, past.season) > 0 for y in series])
        weak = 100 * np.mean([is_seasonal(y, past.season) for y in series])
        print(f"| {name}, {len(past)} series | {past.season} | | {clear:.1f} | {weak:.1f} |")


if __name__ == "__main__":
    main()
