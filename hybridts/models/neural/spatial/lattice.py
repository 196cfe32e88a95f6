"""Series as cells of a grid: row and column from their ids, one calendar for all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import IntArray, Panel
from hybridts.errors import DataError

#: Cells per series at most, beyond a few: sparser grids come from ids whose numbers are no rows and columns.
SPARSEST = 64

_FORMS = "r3c5, 3_5, 3-5, 3,5, (3, 5) or cell_3_5: the last two whole numbers are row and column"

_MINUS = " Minus signs are not read, a dash only parts two numbers: count rows and columns from 0."


@dataclass(frozen=True)
class Grid:
    """A lattice of rows and columns; cells may be empty.

    Attributes:
        first: row and column numbers of the first cell.
        step: distance between neighbouring rows and columns, in the ids' numbers.
        shape: rows and columns.
    """

    first: tuple[int, int]
    step: tuple[int, int]
    shape: tuple[int, int]

    @classmethod
    def of(cls, ids: Sequence[str]) -> Grid:
        """Return the smallest grid that holds these ids.

        Raises:
            DataError: an id carries no row and column, two ids are the same cell, or the ids lie far apart.
        """
        places = np.array([row_and_column(name) for name in ids])
        first, last = places.min(axis=0), places.max(axis=0)
        # Ids may count by tens: the greatest common divisor is one step. A missing row stays empty.
        step = np.maximum(np.gcd.reduce(places - first, axis=0), 1)
        rows, columns = (int(n) for n in (last - first) // step + 1)
        if rows * columns > SPARSEST * (len(ids) + 4):
            raise DataError(
                f"grid: the ids span {rows} x {columns} cells for {len(ids)} series; the farthest is "
                f"{ids[int(np.argmax(np.abs(places - np.median(places, axis=0)).max(axis=1)))]!r}. Number rows and "
                "columns without such gaps."
            )
        grid = cls(_pair(first), _pair(step), (rows, columns))
        grid.place(ids)
        return grid

    @property
    def cells(self) -> int:
        """Number of cells, empty ones included."""
        return self.shape[0] * self.shape[1]

    def place(self, ids: Sequence[str]) -> IntArray:
        """Return the flat cell of each id [N], row by row; -1 outside this grid.

        Raises:
            DataError: an id carries no row and column, or two ids are the same cell.
        """
        places = np.array([row_and_column(name) for name in ids], dtype=np.int64).reshape(-1, 2) - self.first
        at = places // self.step
        inside = ((places % self.step == 0) & (at >= 0) & (at < self.shape)).all(axis=1)
        cell = np.where(inside, at[:, 0] * self.shape[1] + at[:, 1], -1)
        taken: dict[int, str] = {}
        for name, c in zip(ids, cell.tolist(), strict=True):
            if c >= 0 and taken.setdefault(c, name) != name:
                row, column = row_and_column(name)
                raise DataError(
                    f"grid: ids {taken[c]!r} and {name!r} are both the cell of row {row}, column {column}."
                    f"{_MINUS if any('-' in each for each in (taken[c], name)) else ''}"
                )
        return cell


def _pair(values: IntArray) -> tuple[int, int]:
    return int(values[0]), int(values[1])


def row_and_column(name: str) -> tuple[int, int]:
    """Return the last two whole numbers of an id.

    Raises:
        DataError: the id has fewer than two.
    """
    numbers = re.findall(r"\d+", name)
    if len(numbers) < 2:
        raise DataError(f"grid: the id {name!r} carries no row and column. Write ids such as {_FORMS}.")
    return int(numbers[-2]), int(numbers[-1])


def check_calendar(panel: Panel) -> None:
    """Refuse series whose rows do not lie on the calendar of the series before them.

    Raises:
        DataError: naming the first such series.
    """
    shared = np.empty(0, dtype=np.int64)
    for i, name in enumerate(panel.ids):
        times = panel.times_of(i)
        if not len(times):
            continue
        joint = np.union1d(shared, times) if not np.array_equal(shared, times) else shared
        inside = np.searchsorted(joint, (times[0], times[-1]))
        if inside[1] - inside[0] + 1 != len(times):
            raise DataError(
                f"grid: the rows of {name!r} do not line up with those of the series before it. Every frame needs one "
                "value of each cell at the same time: put all series on one calendar."
            )
        shared = joint


def positions_at(panel: Panel, times: IntArray) -> IntArray:
    """Return the position of each series' row at each time [S, N]; -1 if it shows none."""
    found = np.full((len(times), len(panel)), -1, dtype=np.int64)
    for i in range(len(panel)):
        mine = panel.times_of(i)
        if len(mine):
            at = np.minimum(np.searchsorted(mine, times), len(mine) - 1)
            found[:, i] = np.where(mine[at] == times, at, -1)
    return found
