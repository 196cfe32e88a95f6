"""Share of made series in which each test finds a season: see README.md."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.data.season_test import LONG, _autocorrelation, _peak

SIZES = ((4, 40), (7, 60), (12, 60), (12, 150), (24, 200), (52, 170), (52, 320), (52, 1000))
REPEATS = 200


def ar(noise: FloatArray, rho: float) -> FloatArray:
    """Return an autoregression of order 1."""
    made = np.zeros(len(noise))
    for i in range(1, len(noise)):
        made[i] = rho * made[i - 1] + noise[i]
    return made


def wave(size: int, period: float, rng: np.random.Generator) -> FloatArray:
    """Return a sine with a random phase."""
    return np.asarray(np.sin(2 * np.pi * np.arange(size) / period + rng.uniform(0, 6)))


KINDS: dict[str, Callable[[FloatArray, int, np.random.Generator], FloatArray]] = {
    "white": lambda e, _s, _r: e,
    "walk": lambda e, _s, _r: np.cumsum(e),
    "AR 0.9": lambda e, _s, _r: ar(e, 0.9),
    "AR 0.99": lambda e, _s, _r: ar(e, 0.99),
    "I(2)": lambda e, _s, _r: np.cumsum(np.cumsum(e)),
    "other sine": lambda e, s, r: 3 * wave(len(e), 1.4 * s, r) + e,
    "sine 3": lambda e, s, r: 3 * wave(len(e), s, r) + e,
    "sine 1": lambda e, s, r: wave(len(e), s, r) + e,
    "sine + walk": lambda e, s, r: 5 * wave(len(e), s, r) + np.cumsum(e * 0.5) + r.normal(size=len(e)),
    "peaks": lambda e, s, _r: 10.0 * (np.arange(len(e)) % s < 3) + e,
}


def found(values: FloatArray, season: int) -> tuple[bool, bool]:
    """Return whether differences alone, and the test in use, find the season."""
    change = np.diff(values)
    one, both = _peak(change - change.mean(), season, 0.0), _autocorrelation(values, season)
    return tuple(pair is not None and pair[0] > max(pair[1], 0.3) for pair in (one, both))  # type: ignore[return-value]


def main() -> None:
    """Print a row per kind and size."""
    rng = np.random.default_rng(1)
    print(f"| season, rows | series | differences | in use (values, too, from {LONG}) |")
    for season, size in SIZES:
        for kind, make in KINDS.items():
            hits = np.mean([found(make(rng.normal(size=size), season, rng), season) for _ in range(REPEATS)], axis=0)
            print(f"| {season}, {size} | {kind} | {hits[0]:.3f} | {hits[1]:.3f} |")


if __name__ == "__main__":
    main()
