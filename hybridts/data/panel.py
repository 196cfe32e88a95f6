"""The panel: many series in one frozen, columnar value, and the only place where time is sliced.

Layout. All series lie one after the other in flat arrays. Series i owns the rows from ``starts[i]``; its target is
visible up to ``stops[i]`` (exclusive), its known-future covariates up to ``reach[i]``. A cut moves ``stops`` and
``reach`` and copies no values. Inside one series the time grid is regular, missing values are NaN.
A *position* counts rows from the start of its series; an *origin* is (series, position of the last visible value).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


_NO_COLUMNS = np.empty((0, 0))


@dataclass(frozen=True, eq=False)
class Origins:
    """Points in time to forecast from: the last visible value of a series.

    Attributes:
        series: [M] index of the series in its panel.
        position: [M] position of the last visible value in that series; -1 is "nothing visible".
    """

    series: IntArray
    position: IntArray

    def __len__(self) -> int:
        return len(self.series)

    def __getitem__(self, rows: npt.NDArray[np.bool_] | IntArray) -> Origins:
        return Origins(self.series[rows], self.position[rows])

    def code(self) -> IntArray:
        """One sortable integer per origin, equal exactly where series and position are."""
        return (self.series << 40) + self.position + 1

    @staticmethod
    def from_code(code: IntArray) -> Origins:
        """The inverse of `code`."""
        return Origins(code >> 40, (code & ((1 << 40) - 1)) - 1)

    @staticmethod
    def join(parts: Sequence[Origins]) -> Origins:
        """All origins of all parts, each once, ordered by series and position."""
        code = np.concatenate([p.code() for p in parts]) if parts else np.empty(0, np.int64)
        if not (code[1:] > code[:-1]).all():
            code = np.sort(code, kind="stable")  # merges parts that are in order already, which they mostly are
            code = code[np.append(True, code[1:] > code[:-1])]
        return Origins.from_code(code)

    @staticmethod
    def between(first: IntArray, last: IntArray) -> Origins:
        """Every position from first[i] to last[i] (inclusive) of every series i; empty where last < first."""
        count = np.maximum(last - first + 1, 0)
        series = np.repeat(np.arange(len(first)), count)
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return Origins(series, np.repeat(first, count) + within)


@dataclass(frozen=True, eq=False)
class Panel:
    """Many series on regular time grids.

    Attributes:
        values: [total] target of every row, NaN where missing or not yet known.
        times: [total] int64 time of every row: nanoseconds since 1970 (datetime) or the integer time itself.
        starts: [N] first row of each series.
        stops: [N] one past the last row whose target is visible.
        reach: [N] one past the last row whose known-future covariates are visible; at least `stops`.
        ids: N series names, unique.
        season: seasonal period in rows, 1 for none.
        freq: pandas frequency alias, or None for integer time.
        step: spacing of integer time; 1 for datetime.
        past: [total, P] covariates known up to the origin only.
        future: [total, F] covariates known up to gap + horizon past the origin.
        static: [N, S] one row of constants per series.
        groups: N labels of series that move together, or None when nothing was said.
        columns: names of the covariates, keyed "past", "future", "static".
    """

    values: FloatArray
    times: IntArray
    starts: IntArray
    stops: IntArray
    reach: IntArray
    ids: tuple[str, ...]
    season: int = 1
    freq: str | None = None
    step: int = 1
    past: FloatArray = field(default_factory=lambda: _NO_COLUMNS)
    future: FloatArray = field(default_factory=lambda: _NO_COLUMNS)
    static: FloatArray = field(default_factory=lambda: _NO_COLUMNS)
    groups: tuple[str, ...] | None = None
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    # -- size ---------------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def lengths(self) -> IntArray:
        """[N] number of visible rows of each series."""
        return self.stops - self.starts

    @cached_property
    def index(self) -> dict[str, int]:
        """Series name -> its index."""
        return {name: i for i, name in enumerate(self.ids)}

    @cached_property
    def aligned(self) -> bool:
        """True when the last visible rows of all series that show any carry the same time."""
        seen = self.lengths > 0
        return len(np.unique(self.times[self.stops[seen] - 1])) == 1

    # -- reading ------------------------------------------------------------------------------------------------
    def series(self, i: int) -> FloatArray:
        """The visible target of series i, a read-only view."""
        view = self.values[self.starts[i] : self.stops[i]]
        view.flags.writeable = False
        return view

    def times_of(self, i: int) -> IntArray:
        """The times of the visible rows of series i."""
        return self.times[self.starts[i] : self.stops[i]]

    def ends(self) -> Origins:
        """The last visible row of every series that has one."""
        keep = np.flatnonzero(self.lengths > 0)
        return Origins(keep, self.lengths[keep] - 1)

    def rows(self, origins: Origins, offset: int = 0) -> IntArray:
        """[M] flat row of each origin, `offset` rows later."""
        return self.starts[origins.series] + origins.position + offset

    def window(self, origins: Origins, length: int) -> FloatArray:
        """[M, length] the last `length` values up to and including each origin; NaN before a series starts."""
        last = origins.position
        whole = (
            (last >= length - 1) & (last < self.lengths[origins.series]) if len(self.values) >= length else last < -1
        )
        if not whole.any():
            return self._cornered(origins, length)
        lines = np.lib.stride_tricks.sliding_window_view(self.values, length)  # copied a line at a time, not a value
        found: FloatArray = lines[np.where(whole, self.rows(origins) - length + 1, 0)]
        if not whole.all():
            found[~whole] = self._cornered(origins[~whole], length)
        return found

    def _cornered(self, origins: Origins, length: int) -> FloatArray:
        """`window` where it may reach over an end of its series."""
        position = origins.position[:, None] + np.arange(1 - length, 1)
        return self._gather(origins, position, origins.position[:, None])

    def targets(self, origins: Origins, horizon: int, gap: int = 0) -> FloatArray:
        """[M, H] the values at origin + gap + 1..H; NaN where this panel does not show them."""
        position = origins.position[:, None] + gap + np.arange(1, horizon + 1)
        return self._gather(origins, position, self.lengths[origins.series][:, None] - 1)

    def _gather(self, origins: Origins, position: IntArray, last: IntArray) -> FloatArray:
        row = self.starts[origins.series][:, None] + position
        seen = (position >= 0) & (position <= last) & (position < self.lengths[origins.series][:, None])
        return np.where(seen, self.values[np.where(seen, row, 0)], np.nan)

    def future_window(self, origins: Origins, horizon: int, gap: int = 0) -> FloatArray:
        """[M, H, F] known-future covariates at origin + gap + 1..H; NaN where none were given."""
        if not self.future.size:
            return np.empty((len(origins), horizon, 0))
        row = self.rows(origins)[:, None] + gap + np.arange(1, horizon + 1)
        seen = row < self.reach[origins.series][:, None]
        return np.where(seen[..., None], self.future[np.where(seen, row, 0)], np.nan)

    def past_window(self, origins: Origins, length: int) -> FloatArray:
        """[M, length, P] past covariates of the last `length` rows up to each origin; NaN before the start."""
        if not self.past.size:
            return np.empty((len(origins), length, 0))
        position = origins.position[:, None] + np.arange(1 - length, 1)
        seen = position >= 0
        row = np.where(seen, self.starts[origins.series][:, None] + position, 0)
        return np.where(seen[..., None], self.past[row], np.nan)

    # -- slicing ------------------------------------------------------------------------------------------------
    def cut(self, position: IntArray, ahead: int = 0) -> Panel:
        """The panel as it looked when position[i] was the last row of series i (-1: nothing of it).

        Known-future covariates stay visible `ahead` (= gap + horizon) rows further.
        """
        stops = np.minimum(self.stops, self.starts + np.maximum(position, -1) + 1)
        return replace(self, stops=stops, reach=np.minimum(self.reach, stops + ahead))

    def trim(self, first: IntArray) -> Panel:
        """The panel without the rows before position first[i]; positions count from there on."""
        starts = np.minimum(self.starts + np.maximum(first, 0), self.stops)
        return replace(self, starts=starts)

    def take(self, keep: IntArray) -> Panel:
        """The series with these indices, in this order; the flat arrays are shared."""
        groups = None if self.groups is None else tuple(self.groups[i] for i in keep)
        static = self.static[keep] if self.static.size else self.static
        return replace(
            self,
            starts=self.starts[keep],
            stops=self.stops[keep],
            reach=self.reach[keep],
            ids=tuple(self.ids[i] for i in keep),
            static=static,
            groups=groups,
        )

    def replace_after(self, position: IntArray, values: FloatArray) -> Panel:
        """A copy whose target after position[i] of series i is taken from `values` (for leak audits)."""
        changed = self.values.copy()
        for i, p in enumerate(position):
            rows = slice(self.starts[i] + p + 1, self.stops[i])
            changed[rows] = values[rows]
        return replace(self, values=changed)

    # -- identity -----------------------------------------------------------------------------------------------
    @cached_property
    def fingerprint(self) -> str:
        """Hash of everything this panel shows: equal panels, equal text, whatever they were cut from."""
        digest = hashlib.blake2b(digest_size=16)
        head = (self.ids, self.season, self.freq, self.step, self.groups, sorted(self.columns.items()))
        digest.update(repr(head).encode())
        digest.update(np.ascontiguousarray(self.lengths).tobytes())
        digest.update(np.ascontiguousarray(self.reach - self.starts).tobytes())
        # Views of the bytes: a copy of every slice would cost more than hashing it.
        values, times, past, future = map(_bytes_of, (self.values, self.times, self.past, self.future))
        for start, stop, reach in zip(self.starts.tolist(), self.stops.tolist(), self.reach.tolist(), strict=True):
            digest.update(values[start:stop])
            digest.update(times[start:stop])
            if self.past.size:
                digest.update(past[start:stop])
            if self.future.size:
                digest.update(future[start:reach])
        digest.update(np.ascontiguousarray(self.static).data)
        return digest.hexdigest()


def _bytes_of(array: npt.NDArray[Any]) -> memoryview:
    """The rows of an array, readable without a copy."""
    return np.ascontiguousarray(array).data
