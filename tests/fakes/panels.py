"""Panels that many tests share: built from plain lists, or drawn by Hypothesis with gaps and unequal lengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel


def panel_of(*series, season=1, ends=None, **more):
    """Build a panel on integer time; `ends` are the times of the last rows (default: every series starts at 0)."""
    length = np.array([len(y) for y in series], dtype=np.int64)
    starts = np.cumsum(length) - length
    first = np.zeros_like(length) if ends is None else np.asarray(ends) - length + 1
    times = [f + np.arange(n) for f, n in zip(first, length, strict=True)]
    fields = {
        "values": np.concatenate([np.asarray(y, dtype=float) for y in series]) if len(series) else np.empty(0),
        "times": np.concatenate(times).astype(np.int64) if len(series) else np.empty(0, np.int64),
        "starts": starts,
        "stops": starts + length,
        "reach": starts + length,
        "ids": tuple(f"s{i}" for i in range(len(series))),
        "season": season,
    }
    return Panel(**{**fields, **more})


def origins_at(*pairs):
    """Make origins from (series, position) pairs."""
    table = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    return Origins(table[:, 0].copy(), table[:, 1].copy())


def changed_after(panel: Panel, position: IntArray, seed: int = 0) -> Panel:
    """Replace the values after position[i] of series i by large random ones, some of them missing."""
    random = np.random.default_rng(seed).normal(0, 1e4, len(panel.values))
    random[::5] = np.nan
    return panel.replace_after(position, random)


@dataclass(frozen=True, eq=False)
class Lists:
    """A panel as plain lists, one of visible values and one of times per series, to compare with."""

    values: list[list[float]]
    times: list[list[int]]

    @staticmethod
    def of(panel: Panel) -> Lists:
        """Copy the visible values and times of a panel."""
        count = range(len(panel))
        return Lists([panel.series(i).tolist() for i in count], [panel.times_of(i).tolist() for i in count])

    def value(self, series: int, position: int) -> float:
        """Return the value at a position; NaN before the start and after the end."""
        y = self.values[series]
        return y[position] if 0 <= position < len(y) else np.nan


VALUES = st.one_of(st.integers(-50, 50).map(float), st.just(float("nan")))


@st.composite
def ragged(draw, least=1, most=12, series=4):
    """Draw a panel with gaps and unequal lengths, whose series end at the same time or not."""
    count = draw(st.integers(1, series))
    drawn = [draw(st.lists(VALUES, min_size=least, max_size=most)) for _ in range(count)]
    ends = [draw(st.integers(20, 23)) for _ in range(count)]
    return panel_of(*drawn, season=draw(st.integers(1, 4)), ends=ends)


@st.composite
def with_origins(draw, panels=None, most=6):
    """Draw a panel and some of its origins, in any order and with repeats."""
    panel = draw(panels if panels is not None else ragged())
    pairs = []
    for _ in range(draw(st.integers(1, most))):
        i = draw(st.integers(0, len(panel) - 1))
        pairs.append((i, draw(st.integers(0, int(panel.lengths[i]) - 1))))
    return panel, origins_at(*pairs)


def same(a: FloatArray, b: FloatArray) -> None:
    """Check that two arrays are equal, missing values included."""
    np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-12, atol=1e-12)
