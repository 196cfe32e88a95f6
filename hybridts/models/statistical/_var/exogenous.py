"""Known-future columns of a group on the group's own time grid, categories as dummies, equal columns once.

A wide file gives every series the same columns. The rule for gaps is that of `known_future`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray, IntArray, Panel
from hybridts.models.statistical._per_series.known_future import future_not_given, names_of, time_text
from hybridts.models.statistical._per_series.regressors import Regressors
from hybridts.models.statistical._var.groups import ColumnGroup, carry_forward


@dataclass(frozen=True, eq=False)
class ExogenousColumns:
    """The exogenous columns of a group's VAR.

    Attributes:
        picks: (member, index of its regressor) of each of E columns.
        regressors: of each member.
        usual: [E] value of a column before its first known one: its mean.
        until: time of the last fitted row; later gaps at forecast rows are errors.
        blind: no row beyond the fitted ones was given at the fit (see `future_not_given`).
    """

    picks: tuple[tuple[str, int], ...]
    regressors: Mapping[str, Regressors]
    usual: FloatArray
    until: int
    blind: bool

    def read(self, panel: Panel, group: ColumnGroup, times: IntArray, ahead: int) -> tuple[FloatArray, IntArray]:
        """Return the columns from the row before times[0] on, and the times of these rows.

        Args:
            panel: the data.
            group: whose columns they are.
            times: [T] of the group's table.
            ahead: number of rows after the table.

        Returns:
            Columns [1 + T + ahead, E], NaN where not known, and times [1 + T + ahead], -1 outside the grid.
        """
        grid = _grid(panel, group)
        rows = np.searchsorted(grid, times[0]) - 1 + np.arange(1 + len(times) + ahead) if len(times) else np.array([-1])
        inside = (rows >= 0) & (rows < len(grid))
        values = np.full((len(rows), len(self.picks)), np.nan)
        values[inside] = _read(panel, self.picks, self.regressors, grid)[rows[inside]]
        return values, np.where(inside, grid[np.clip(rows, 0, len(grid) - 1)], -1)

    def filled(self, columns: FloatArray) -> FloatArray:
        """Return columns [R, E] with every gap filled by the newest earlier value."""
        return carry_forward(columns, self.usual)

    def spares(self, panel: Panel, group: ColumnGroup) -> bool:
        """Return whether rows beyond the panel's own need no values."""
        return self.blind and _blind(panel, group)

    def gap(self, columns: FloatArray, times: IntArray, rows: IntArray) -> tuple[int, int] | None:
        """Return (row, column) of the first missing value among these rows after the fit; None where complete."""
        later = rows[(times[rows] > self.until) | (times[rows] < 0)]
        holes = np.argwhere(~np.isfinite(columns[later]))
        return (int(later[holes[0, 0]]), int(holes[0, 1])) if len(holes) else None

    def gap_message(self, panel: Panel, gap: tuple[int, int], times: IntArray) -> str:
        """Return the message on a missing value."""
        member, column = self.picks[gap[1]]
        name = names_of(panel)[self.regressors[member].sources[column]]
        time = int(times[gap[0]])
        place = f"at {time_text(panel, time)}" if time >= 0 else f"for row {gap[0]} of its group, behind its last one"
        return (
            f"Series {member!r}: known-future column {name!r} has no value {place}, a step to be forecast. "
            "Give the value, or set exogenous: false."
        )


def exogenous_of(panel: Panel, group: ColumnGroup, times: IntArray) -> tuple[ExogenousColumns, FloatArray] | None:
    """Return the distinct columns of a group, and their filled values [T, E] at its visible times; None without any."""
    if not panel.future.size:
        return None
    columns = {name: _columns_of(panel, name, times) for name in group.members}
    regressors = {
        name: Regressors.of(raw, known, names_of(panel), panel.nominal("future"))
        for name, (raw, known) in columns.items()
    }
    every = [(name, k) for name in group.members for k in range(len(regressors[name].names))]
    if not every:
        return None
    raw = _read(panel, tuple(every), regressors, times)
    marked = np.where(np.isfinite(raw), raw, np.inf)
    _, first = np.unique(marked, axis=1, return_index=True)
    kept = np.sort(first)
    raw = raw[:, kept]
    usual = np.nansum(raw, axis=0) / np.maximum(np.isfinite(raw).sum(axis=0), 1)
    picks = tuple(every[k] for k in kept)
    found = ExogenousColumns(picks, regressors, usual, int(times[-1]), _blind(panel, group))
    return found, found.filled(raw)


def _blind(panel: Panel, group: ColumnGroup) -> bool:
    """Return whether no member has a row after its last target."""
    return all(future_not_given(panel, panel.index[name]) for name in group.members if name in panel.index)


def _grid(panel: Panel, group: ColumnGroup) -> IntArray:
    """Return the times of all rows of the members, rows without a target yet included."""
    indices = [panel.index[name] for name in group.members if name in panel.index]
    return np.unique(np.concatenate([panel.times[panel.starts[i] : panel.reach[i]] for i in indices]))


def _read(
    panel: Panel, picks: tuple[tuple[str, int], ...], regressors: Mapping[str, Regressors], times: IntArray
) -> FloatArray:
    """Return the columns [T, E] at these times; NaN where a member has no row."""
    values = np.full((len(times), len(picks)), np.nan)
    done: dict[str, FloatArray] = {}
    for column, (name, k) in enumerate(picks):
        if name not in panel.index:
            continue
        if name not in done:
            raw, _ = _columns_of(panel, name, times)
            own = regressors[name]
            found = own.expand(raw)
            # a category whose effect was not learned counts as average, and only a missing cell is a gap
            done[name] = np.where(np.isfinite(raw[:, own.sources]) & np.isnan(found), own.usual, found)
        values[:, column] = done[name][:, k]
    return values


def _columns_of(panel: Panel, name: str, times: IntArray) -> tuple[FloatArray, BoolArray]:
    """Return the known-future columns [T, F] of a series at these times, and [T] where its value is known.

    The columns are NaN where it has no row.
    """
    i = panel.index[name]
    rows = np.arange(int(panel.starts[i]), int(panel.reach[i]))
    at = np.searchsorted(times, panel.times[rows])
    hit = (at < len(times)) & (times[np.minimum(at, len(times) - 1)] == panel.times[rows])
    values = np.full((len(times), panel.future.shape[1]), np.nan)
    values[at[hit]] = panel.future[rows[hit]]
    known = np.zeros(len(times), dtype=bool)
    known[at[hit]] = (rows[hit] < panel.stops[i]) & np.isfinite(panel.values[rows[hit]])
    return values, known
