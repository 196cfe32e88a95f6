"""Small panels, and forecasts origin by origin, for all statistical tests."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hybridts.data.panel import Origins, Panel


def make(*series, season=1, past=None, groups=None, names=None, future=None):
    """Return a panel of series on integer time 0, 1, ...; `future` [total, F] are known-future columns c0, c1, ..."""
    length = np.array([len(y) for y in series], dtype=np.int64)
    starts = np.cumsum(length) - length
    return Panel(
        values=np.concatenate([np.asarray(y, dtype=float) for y in series]),
        times=np.concatenate([np.arange(n) for n in length]).astype(np.int64),
        starts=starts,
        stops=starts + length,
        reach=starts + length,
        ids=tuple(names or (f"s{i}" for i in range(len(series)))),
        season=season,
        groups=groups,
        past=np.empty((0, 0)) if past is None else past,
        future=np.empty((0, 0)) if future is None else future,
        columns={} if future is None else {"future": tuple(f"c{k}" for k in range(future.shape[1]))},
    )


def at(position, series=0):
    """Return origins of one series."""
    position = np.atleast_1d(np.asarray(position, dtype=np.int64))
    return Origins(np.full(len(position), series, dtype=np.int64), position)


def alone(fitted, panel, origins, ahead=0):
    """Return forecasts of each origin alone, on the panel cut at it (all series at the same position).

    Known-future columns reach `ahead` rows further.
    """
    rows = []
    for row in range(len(origins)):
        one = origins[np.array([row])]
        cut = panel.cut(np.full(len(panel), one.position[0]), ahead)
        rows.append(fitted.forecast(cut, one)[0])
    return np.array(rows)


def wave(length, season=4, seed=0, noise=0.5):
    """Return a positive seasonal random walk with drift."""
    rng = np.random.default_rng(seed)
    clock = np.arange(length)
    pattern = rng.normal(size=season)
    walk = rng.normal(size=length).cumsum() * 0.3
    return 50 + 3 * pattern[clock % season] + 0.05 * clock + walk + noise * rng.normal(size=length)


@pytest.fixture
def kit():
    """Provide the helpers above."""
    return SimpleNamespace(make=make, at=at, alone=alone, wave=wave)
