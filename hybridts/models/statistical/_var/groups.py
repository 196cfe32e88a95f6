"""Groups of columns that a vector autoregression models together, and their common table on one time grid."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.errors import NotApplicable

MOST_COLUMNS = 100


@dataclass(frozen=True, kw_only=True)
class ColumnGroup:
    """Series that are modelled together, or one series with its past covariates.

    Attributes:
        members: ids of the series (indices differ between panels).
        covariates: indices of the past columns of its only member; empty with several members.
    """

    members: tuple[str, ...]
    covariates: tuple[int, ...] = ()

    def named(self, panel: Panel) -> list[str]:
        """Return the names of the columns of `table`: members, then covariates."""
        names = panel.columns.get("past") or ()
        return [*self.members, *(names[k] if k < len(names) else f"past column {k + 1}" for k in self.covariates)]

    def without(self, lost: Collection[int]) -> ColumnGroup:
        """Return the group without these columns of its `table`."""
        count = len(self.members)
        members = tuple(name for k, name in enumerate(self.members) if k not in lost)
        return ColumnGroup(
            members=members, covariates=tuple(c for k, c in enumerate(self.covariates, count) if k not in lost)
        )


def find_groups(panel: Panel, *, exogenous: bool = True) -> list[ColumnGroup]:
    """Return the groups of a panel: named by the user, or all series of a small aligned panel, or covariates.

    Groups of one series without covariates are returned too; they can be modelled with known-future columns only, which
    count where `exogenous`. Past covariates that are categories are no columns to be modelled, and are left out.

    Raises:
        NotApplicable: no group has two columns.
    """
    past = tuple(range(panel.past.shape[1])) if panel.past.size else ()
    past = tuple(k for k in past if k not in panel.nominal("past"))
    beside = bool(past or (exogenous and panel.future.size))
    if panel.groups is not None:
        members: dict[str, list[str]] = {}
        for name, label in zip(panel.ids, panel.groups, strict=True):
            members.setdefault(label, []).append(name)
        groups = [ColumnGroup(members=tuple(m), covariates=past if len(m) == 1 else ()) for m in members.values()]
        if not beside and all(len(g.members) == 1 for g in groups):
            raise NotApplicable("VAR needs series that move together, and every group holds one series only.")
        return groups
    if 1 < len(panel) <= MOST_COLUMNS and panel.aligned and _one_grid(panel):
        return [ColumnGroup(members=panel.ids)]
    if beside:
        return [ColumnGroup(members=(name,), covariates=past) for name in panel.ids]
    raise NotApplicable(f"VAR needs columns that move together: {_lack(panel)}.")


def _one_grid(panel: Panel) -> bool:
    """Return whether all series share their timestamps."""
    every = np.concatenate([panel.times_of(i) for i in range(len(panel))])
    return len(np.unique(every)) == int(panel.lengths.max())


def _lack(panel: Panel) -> str:
    """Return why a panel has no groups, for the message."""
    if len(panel) == 1:
        return "the panel is one series without numeric covariates"
    if len(panel) > MOST_COLUMNS:
        return f"no groups are named, and {len(panel)} series are more than {MOST_COLUMNS}"
    return "no groups are named, and the timestamps of the series do not coincide"


def table(panel: Panel, group: ColumnGroup) -> tuple[IntArray, FloatArray]:
    """Return times [T] and values [T, K] of the group's columns, as far as visible; NaN where a column has no value."""
    indices = [panel.index[name] for name in group.members if name in panel.index]
    times = np.unique(np.concatenate([panel.times_of(i) for i in indices]))
    values = np.full((len(times), len(group.members)), np.nan)
    for column, name in enumerate(group.members):
        if name in panel.index:
            i = panel.index[name]
            values[np.searchsorted(times, panel.times_of(i)), column] = panel.series(i)
    if group.covariates:
        i = indices[0]
        values = np.hstack([values, panel.past[panel.starts[i] : panel.stops[i], list(group.covariates)]])
    return times, values


def carry_forward(values: FloatArray, default: FloatArray) -> FloatArray:
    """Return values [T, K], gaps filled by the newest earlier value of a column; before the first by `default` [K]."""
    known = np.isfinite(values)
    row = np.where(known, np.arange(len(values))[:, None], -1)
    newest = np.maximum.accumulate(row, axis=0) if len(row) else row
    found = np.take_along_axis(values, np.maximum(newest, 0), axis=0)
    return np.where(newest >= 0, found, default)
