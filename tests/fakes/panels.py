"""Panels that many tests share: a builder from plain lists, and ragged ones with holes for Hypothesis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel


def panel_of(*series, season=1, ends=None, **more):
    """A panel of these series on integer time; `ends` are the times of their last rows (default: all start at 0)."""
    length = np.array([len(y) for y in series], dtype=np.int64)
    starts = np.cumsum(length) - length
    first = np.zeros_like(length) if ends is None else np.asarray(ends) - length + 1
    times = [f + np.arange(n) for f, n in zip(first, length, strict=True)]
    facts = {
        "values": np.concatenate([np.asarray(y, dtype=float) for y in series]) if len(series) else np.empty(0),
        "times": np.concatenate(times).astype(np.int64) if len(series) else np.empty(0, np.int64),
        "starts": starts,
        "stops": starts + length,
        "reach": starts + length,
        "ids": tuple(f"s{i}" for i in range(len(series))),
        "season": season,
    }
    return Panel(**{**facts, **more})


def origins_at(*pairs):
    """Origins from (series, position) pairs."""
    table = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    return Origins(table[:, 0].copy(), table[:, 1].copy())


def changed_after(panel: Panel, position: IntArray, seed: int = 0) -> Panel:
    """The panel with wild other values after position[i] of series i, missing ones among them."""
    wild = np.random.default_rng(seed).normal(0, 1e4, len(panel.values))
    wild[::5] = np.nan
    return panel.replace_after(position, wild)


@dataclass(frozen=True, eq=False)
class Lists:
    """The naive twin of a panel: one list of visible values per series."""

    values: list[list[float]]
    times: list[list[int]]

    @staticmethod
    def of(panel: Panel) -> Lists:
        """What the panel shows, series by series."""
        count = range(len(panel))
        return Lists([panel.series(i).tolist() for i in count], [panel.times_of(i).tolist() for i in count])

    def value(self, series: int, position: int) -> float:
        """The value at a position; NaN before the start and after the end."""
        y = self.values[series]
        return y[position] if 0 <= position < len(y) else np.nan


VALUES = st.one_of(st.integers(-50, 50).map(float), st.just(float("nan")))


@st.composite
def ragged(draw, least=1, most=12, series=4):
    """Ragged panels with holes, on a common calendar or not, their flat arrays holding rows nobody shows."""
    count = draw(st.integers(1, series))
    drawn = [draw(st.lists(VALUES, min_size=least, max_size=most)) for _ in range(count)]
    ends = [draw(st.integers(20, 23)) for _ in range(count)]
    return panel_of(*drawn, season=draw(st.integers(1, 4)), ends=ends)


@st.composite
def with_origins(draw, panels=None, most=6):
    """A panel and some of its origins, in any order and repeated."""
    panel = draw(panels if panels is not None else ragged())
    pairs = []
    for _ in range(draw(st.integers(1, most))):
        i = draw(st.integers(0, len(panel) - 1))
        pairs.append((i, draw(st.integers(0, int(panel.lengths[i]) - 1))))
    return panel, origins_at(*pairs)


def same(a: FloatArray, b: FloatArray) -> None:
    """Equal, missing values included."""
    np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-12, atol=1e-12)
