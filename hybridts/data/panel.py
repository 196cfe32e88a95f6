"""The panel: many series in flat read-only arrays. All slicing in time happens here.

Layout: the series lie one after the other. Series i owns the rows from ``starts[i]``; its target is visible up to
``stops[i]`` (exclusive), its known-future covariates up to ``reach[i]`` (exclusive). A cut moves ``stops`` and
``reach`` and copies no values. The time grid inside a series is regular, and missing values are NaN.
A *position* counts rows from the start of its series. A forecast *origin* is a series and the position of its last
visible value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_NO_COLUMNS = np.empty((0, 0))


@dataclass(frozen=True, eq=False)
class Origins:
    """M forecast origins: points in time to forecast from.

    Attributes:
        series: [M] index of the series in its panel.
        position: [M] position of the last visible value in that series; -1 where no value is visible.
    """

    series: IntArray
    position: IntArray

    def __len__(self) -> int:
        return len(self.series)

    def __getitem__(self, rows: BoolArray | IntArray) -> Origins:
        return Origins(self.series[rows], self.position[rows])

    def code(self) -> IntArray:
        """Return [M] integers that sort as (series, position) and are equal only for equal origins."""
        return (self.series << 40) + self.position + 1

    @staticmethod
    def from_code(code: IntArray) -> Origins:
        """Return the M origins of [M] codes; the inverse of `code`."""
        return Origins(code >> 40, (code & ((1 << 40) - 1)) - 1)

    @staticmethod
    def join(parts: Sequence[Origins]) -> Origins:
        """Return the origins of all parts, each once, ordered by series and position."""
        code = np.concatenate([p.code() for p in parts]) if parts else np.empty(0, np.int64)
        if not (code[1:] > code[:-1]).all():
            code = np.sort(code, kind="stable")  # fast: a stable sort merges parts, and most of them are sorted
            code = code[np.append(True, code[1:] > code[:-1])]
        return Origins.from_code(code)

    @staticmethod
    def between(first: IntArray, last: IntArray) -> Origins:
        """Return every position from first[i] to last[i] (inclusive) of every series i; none where last < first.

        >>> origins = Origins.between(np.array([2, 0]), np.array([3, 1]))
        >>> origins.series.tolist(), origins.position.tolist()
        ([0, 0, 1, 1], [2, 3, 0, 1])
        """
        count = np.maximum(last - first + 1, 0)
        series = np.repeat(np.arange(len(first)), count)
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return Origins(series, np.repeat(first, count) + within)


@dataclass(frozen=True, eq=False)
class Panel:
    """N series on regular time grids.

    Attributes:
        values: [total] target of every row, NaN where missing or not yet known.
        times: [total] int64 time of every row: nanoseconds since 1970 for dates, else the integer time itself.
        starts: [N] first row of each series.
        stops: [N] one past the last row whose target is visible.
        reach: [N] one past the last row whose known-future covariates are visible; at least `stops`.
        ids: N series names, unique.
        season: seasonal period in rows, 1 for none.
        freq: pandas frequency alias, or None for integer time.
        step: spacing of integer time; 1 for dates.
        past: [total, P] past covariates, known up to the origin.
        future: [total, F] known-future covariates, known up to gap + horizon after the origin.
        static: [N, S] static covariates, one row per series.
        groups: N labels of series that belong together, or None where none were given.
        columns: names of the covariates under the keys "past", "future" and "static".
        categories: name of a text covariate -> names of its categories. The value of the column is the index of a
            row's category: a label without size or order. A later category has a higher number than earlier ones.
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
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)

    # -- size -----------------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def lengths(self) -> IntArray:
        """Return [N] visible rows of each series."""
        return self.stops - self.starts

    @cached_property
    def index(self) -> dict[str, int]:
        """Map each series name to its index."""
        return {name: i for i, name in enumerate(self.ids)}

    @cached_property
    def aligned(self) -> bool:
        """Return True where all series that have visible rows end at the same time."""
        seen = self.lengths > 0
        return len(np.unique(self.times[self.stops[seen] - 1])) == 1

    def nominal(self, role: str) -> dict[int, tuple[str, ...]]:
        """Return index of each text column of a role ("past", "future", "static") -> names of its categories.

        >>> columns = {"future": ("price", "kind")}
        >>> panel = Panel(*[np.empty(0)] * 5, ids=(), columns=columns, categories={"kind": ("a",)})
        >>> panel.nominal("future")
        {1: ('a',)}
        """
        names = enumerate(self.columns.get(role, ()))
        return {k: self.categories[name] for k, name in names if name in self.categories}

    # -- reading --------------------------------------------------------------------------------------------------
    def series(self, i: int) -> FloatArray:
        """Return [T] the visible target of series i, a read-only view."""
        view = self.values[self.starts[i] : self.stops[i]]
        view.flags.writeable = False
        return view

    def times_of(self, i: int) -> IntArray:
        """Return [T] the times of the visible rows of series i."""
        return self.times[self.starts[i] : self.stops[i]]

    def ends(self) -> Origins:
        """Return the last visible row of every series that has one."""
        keep = np.flatnonzero(self.lengths > 0)
        return Origins(keep, self.lengths[keep] - 1)

    def rows(self, origins: Origins, offset: int = 0) -> IntArray:
        """Return [M] the flat row `offset` rows after each origin."""
        return self.starts[origins.series] + origins.position + offset

    def window(self, origins: Origins, length: int) -> FloatArray:
        """Return [M, length] the last values up to and including each origin; NaN before a series starts."""
        last = origins.position
        if len(self.values) < length:
            return self._checked_window(origins, length)
        inside = (last >= length - 1) & (last < self.lengths[origins.series])
        if not inside.any():
            return self._checked_window(origins, length)
        # Copying whole windows from a strided view is faster than gathering single values.
        view = np.lib.stride_tricks.sliding_window_view(self.values, length)
        found: FloatArray = view[np.where(inside, self.rows(origins) - length + 1, 0)]
        if not inside.all():
            found[~inside] = self._checked_window(origins[~inside], length)
        return found

    def _checked_window(self, origins: Origins, length: int) -> FloatArray:
        """Return `window` for origins whose window may cross an end of their series."""
        position = origins.position[:, None] + np.arange(1 - length, 1)
        seen = (position >= 0) & (position < self.lengths[origins.series][:, None])
        return take_where(seen, self.values, self.starts[origins.series][:, None] + position)

    def targets(self, origins: Origins, horizon: int, gap: int = 0) -> FloatArray:
        """Return [M, H] the values at origin + gap + 1..H; NaN where this panel does not show them."""
        position = origins.position[:, None] + gap + np.arange(1, horizon + 1)
        seen = (position >= 0) & (position < self.lengths[origins.series][:, None])
        return take_where(seen, self.values, self.starts[origins.series][:, None] + position)

    def future_window(self, origins: Origins, horizon: int, gap: int = 0) -> FloatArray:
        """Return [M, H, F] known-future covariates at origin + gap + 1..H; NaN where not given."""
        if not self.future.size:
            return np.empty((len(origins), horizon, 0))
        row = self.rows(origins)[:, None] + gap + np.arange(1, horizon + 1)
        return take_where(row < self.reach[origins.series][:, None], self.future, row)

    def past_window(self, origins: Origins, length: int) -> FloatArray:
        """Return [M, length, P] past covariates of the last rows up to each origin; NaN before the start."""
        if not self.past.size:
            return np.empty((len(origins), length, 0))
        position = origins.position[:, None] + np.arange(1 - length, 1)
        return take_where(position >= 0, self.past, self.starts[origins.series][:, None] + position)

    # -- slicing --------------------------------------------------------------------------------------------------
    def cut(self, position: IntArray, ahead: int = 0) -> Panel:
        """Return the panel with position[i] as the last visible row of series i (-1: no row).

        Known-future covariates stay visible `ahead` (= gap + horizon) rows longer.
        """
        stops = np.minimum(self.stops, self.starts + np.maximum(position, -1) + 1)
        return replace(self, stops=stops, reach=np.minimum(self.reach, stops + ahead))

    def trim(self, first: IntArray) -> Panel:
        """Return the panel without the rows before position first[i]; positions then count from first[i]."""
        starts = np.minimum(self.starts + np.maximum(first, 0), self.stops)
        return replace(self, starts=starts)

    def take(self, keep: IntArray) -> Panel:
        """Return the series with these indices, in this order; the flat arrays are shared."""
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
        """Return a copy with the target after position[i] of series i taken from `values`, for leak audits."""
        changed = self.values.copy()
        for i, p in enumerate(position):
            rows = slice(self.starts[i] + p + 1, self.stops[i])
            changed[rows] = values[rows]
        return replace(self, values=changed)

    # -- identity -------------------------------------------------------------------------------------------------
    @property
    def labels(self) -> list[object]:
        """Return the names of the covariates, and which of them are text, for hashes.

        The names of categories are left out: a category that first occurs later must not change an earlier cut.
        """
        return [*sorted(self.columns.items()), *sorted(self.categories)]

    @cached_property
    def fingerprint(self) -> str:
        """Hash everything that is visible: equal for equal panels, whatever panel they were cut from."""
        digest = hashlib.blake2b(digest_size=16)
        head = (self.ids, self.season, self.freq, self.step, self.groups, self.labels)
        digest.update(repr(head).encode())
        digest.update(np.ascontiguousarray(self.lengths).tobytes())
        digest.update(np.ascontiguousarray(self.reach - self.starts).tobytes())
        # Views of the bytes, since copying a slice takes longer than hashing it.
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


def take_where(seen: BoolArray, values: FloatArray, row: IntArray) -> FloatArray:
    """Return [*row.shape, ...] the rows of `values` where `seen`, and NaN elsewhere.

    Args:
        seen: mask of the shape of `row`, or one that broadcasts to it.
        values: [total] or [total, C].
        row: rows of `values`; any number where not seen.
    """
    found = values[np.where(seen, row, 0)]
    return np.where(seen if values.ndim == 1 else seen[..., None], found, np.nan)


def _bytes_of(array: npt.NDArray[np.generic]) -> memoryview:
    """Return the rows of an array as bytes, without a copy."""
    return np.ascontiguousarray(array).data
