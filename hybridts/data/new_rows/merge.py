"""Lay new rows over a panel, series by series."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from hybridts.data.new_rows.source import NewRows, RowSource, picked
from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.data.read.frequency import Spacing, infer
from hybridts.errors import DataError


@dataclass(frozen=True)
class Extended:
    """A panel with new rows.

    Attributes:
        panel: the fitted series in their order, then series that are new.
        given: [G] indices of the series that the new rows hold.
        notices: what a reader must know, in sentences.
    """

    panel: Panel
    given: IntArray
    notices: tuple[str, ...] = ()


class _Grid(NamedTuple):
    """The rows of one series on its time grid, from its first row on.

    Attributes:
        values: [L]; past: [L, P]; future: [L, F]; times: [L].
        shown: rows with a visible target, the last of them known.
    """

    values: FloatArray
    past: FloatArray
    future: FloatArray
    times: IntArray
    shown: int


def merged(source: RowSource, rows: NewRows) -> Extended:
    """Lay rows over the panel, series by series."""
    panel = source.panel
    spacing = Spacing(panel.freq, panel.step)
    names = list(dict.fromkeys(rows.names.tolist()))
    fresh = [name for name in names if name not in panel.index]
    cuts = {name: np.flatnonzero(rows.names == name) for name in names} if len(names) < 50 else _cuts(rows.names)
    grids: list[_Grid] = []
    changed: dict[str, int] = {}
    for i, name in enumerate((*panel.ids, *fresh)):
        old = _old(panel, i) if i < len(panel) else None
        if name not in cuts:
            assert old is not None
            grids.append(old)
            continue
        grid, count = _overlaid(source, name, old, picked(rows, cuts[name]), spacing)
        grids.append(grid)
        if count:
            changed[name] = count
    if changed:
        source.notices.append(_revised(changed))
    ids = (*panel.ids, *fresh)
    whole = _joined(source, rows, ids, grids)
    index = {name: i for i, name in enumerate(ids)}
    return Extended(whole, np.array(sorted(index[n] for n in names), dtype=np.int64), tuple(source.notices))


def _cuts(names: np.ndarray) -> dict[str, IntArray]:
    """Return series -> its rows; the rows are sorted by series."""
    unique, first = np.unique(names.astype(str), return_index=True)
    bounds = np.append(np.sort(first), len(names))
    return {str(names[a]): np.arange(a, b) for a, b in itertools.pairwise(bounds.tolist())} if len(unique) else {}


def _revised(changed: Mapping[str, int]) -> str:
    name, count = next(iter(changed.items()))
    more = f", and of {len(changed) - 1} more series" if len(changed) > 1 else ""
    return (
        f"`new_rows`: {count} known values of series {name!r}{more} differ from those that the model was fitted on; "
        "the new ones are used."
    )


def _old(panel: Panel, i: int) -> _Grid:
    """Return the rows of series i."""
    at = slice(panel.starts[i], panel.reach[i])
    shown = int(panel.lengths[i])
    values = panel.values[at].copy()
    values[shown:] = np.nan
    empty = np.empty((len(values), 0))
    past = panel.past[at].copy() if panel.past.size else empty
    future = panel.future[at].copy() if panel.future.size else empty
    return _Grid(values, past, future, panel.times[at], shown)


def _overlaid(source: RowSource, name: str, old: _Grid | None, rows: NewRows, spacing: Spacing) -> tuple[_Grid, int]:
    """Return a series with the rows laid over it, and the number of known values that they change."""
    _refuse_twice(source, name, rows)
    ordinal, residue = spacing.split(rows.times)
    if old is None:
        old, rows, ordinal, residue = _new_series(source, name, rows, ordinal, residue)
    begin, phase = (int(part[0]) for part in spacing.split(old.times[:1]))
    off = np.flatnonzero(residue != phase)
    if len(off):
        place = _at(source, name, rows, int(off[0]))
        raise source.error(f"{place} is not on the time grid of the model{_spaced(rows, spacing)}.")
    at = ordinal - begin
    keep = at >= 0  # rows before the first one that the model knows
    at, rows = at[keep], picked(rows, np.flatnonzero(keep))
    _refuse_gap(source, name, old, at, rows, spacing)
    known = at < old.shown
    before = old.values[at[known]]
    differs = np.isfinite(rows.values[known]) & np.isfinite(before) & (rows.values[known] != before)
    if differs.any() and len(at) and at[0] > 0:
        k = int(np.flatnonzero(known)[np.flatnonzero(differs)[0]])
        raise source.error(
            f"{_at(source, name, rows, k)} is known already, with the value {old.values[at[k]]:g}, not "
            f"{rows.values[k]:g}. Give only the rows after it, or the whole history if values were revised."
        )
    length = max(len(old.values), int(at.max(initial=-1)) + 1)
    values, past, future = (_longer(part, length) for part in (old.values, old.past, old.future))
    for part, new in ((values, rows.values), (past, rows.columns["past"]), (future, rows.columns["future"])):
        part[at] = np.where(np.isfinite(new), new, part[at])
    last = np.flatnonzero(np.isfinite(values))
    shown = max(old.shown, int(last[-1]) + 1 if len(last) else 0)
    informative = np.flatnonzero(np.isfinite(future).any(axis=1)) if future.size else np.empty(0, np.int64)
    end = max(shown, int(informative[-1]) + 1 if len(informative) else 0)
    times = spacing.join(begin + np.arange(end), np.full(end, phase))
    grid = _Grid(values[:end], past[:end], future[:end], times, shown)
    _refuse_unknown(source, name, grid)
    return grid, int(differs.sum())


def _longer(values: FloatArray, length: int) -> FloatArray:
    longer = np.full((length, *values.shape[1:]), np.nan)
    longer[: len(values)] = values
    return longer


def _new_series(
    source: RowSource, name: str, rows: NewRows, ordinal: IntArray, residue: IntArray
) -> tuple[_Grid, NewRows, IntArray, IntArray]:
    """Return an empty grid from the first known value on, and the rows from there."""
    known = np.flatnonzero(np.isfinite(rows.values))
    if not len(known):
        raise source.error(f"series {name!r} is new and has no known value. Give its history, or leave it out.")
    first = known[0]
    rows, panel = picked(rows, np.arange(first, len(rows.values))), source.panel
    widths = (len(panel.columns.get(role, ())) if getattr(panel, role).size else 0 for role in ("past", "future"))
    past, future = (np.full((1, width), np.nan) for width in widths)
    return _Grid(np.full(1, np.nan), past, future, rows.times[:1], 0), rows, ordinal[first:], residue[first:]


def _refuse_twice(source: RowSource, name: str, rows: NewRows) -> None:
    same = np.flatnonzero(np.diff(rows.times) == 0)
    if len(same):
        k = int(same[0])
        one, other = (source.table.where(int(row)) for row in rows.place[k : k + 2])
        raise source.error(f"{_at(source, name, rows, k)} is there twice: {one} and {other}. Keep one of them.")


def _refuse_gap(source: RowSource, name: str, old: _Grid, at: IntArray, rows: NewRows, spacing: Spacing) -> None:
    """Raise where rows are missing after the last known one; gaps as long as those of the fit are as usual."""
    if source.what == "future" or old.shown == 0:
        return
    missing = np.flatnonzero(~np.isfinite(old.values[: old.shown]))
    runs = np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1)
    usual = max((len(run) for run in runs), default=0)
    later = np.append(old.shown - 1, at[at >= old.shown])
    gap = np.flatnonzero(np.diff(later) - 1 > usual)
    if len(gap):
        k = int(np.flatnonzero(at >= old.shown)[gap[0]])
        begin, phase = spacing.split(old.times[:1])
        first = int(spacing.join(begin + later[gap[0]] + 1, phase)[0])
        count = int(later[gap[0] + 1] - later[gap[0]] - 1)
        rows_ = "row is" if count == 1 else "rows are"
        raise source.error(
            f"{count} {rows_} missing before {_at(source, name, rows, k)}, from {source.when(first)} on"
            f"{_spaced(rows, spacing, only_if_other=True)}. Give them too, with an empty target where it is not known."
        )


def _spaced(rows: NewRows, spacing: Spacing, *, only_if_other: bool = False) -> str:
    """Return how rows are spaced and how the model expects them, as the end of a message."""
    try:
        found = infer(rows.times, np.zeros(len(rows.times), dtype=np.int64), rows.dates)
    except DataError:
        found = None
    if found is not None and found != spacing:
        more = "" if only_if_other else ". Bring them to that spacing, or fit again on the new one"
        return f" (the new rows are spaced {found}, the model was fitted on {spacing}){more}"
    return "" if only_if_other else f", {spacing}. Correct the time, or fit again on the new spacing"


def _refuse_unknown(source: RowSource, name: str, grid: _Grid) -> None:
    """Raise where a covariate is missing in a row that needs it."""
    for role, values, rows in (("past", grid.past, grid.shown), ("future", grid.future, len(grid.values))):
        bad = np.argwhere(np.isnan(values[:rows])) if values.size else np.empty((0, 2), np.int64)
        if len(bad):
            row, column = (int(n) for n in bad[0])
            raise source.error(
                f"the {role} covariate {source.panel.columns[role][column]!r} is missing for series {name!r} at "
                f"{source.when(grid.times[row])}. Give it, in every row up to the last that is to be read."
            )


def _at(source: RowSource, name: str, rows: NewRows, k: int) -> str:
    return f"series {name!r}, {source.when(rows.times[k])}"


def _joined(source: RowSource, rows: NewRows, ids: tuple[str, ...], grids: list[_Grid]) -> Panel:
    """Return the grids of all series as a panel."""
    panel = source.panel
    count = np.array([len(grid.values) for grid in grids], dtype=np.int64)
    starts = np.cumsum(count) - count
    fresh = ids[len(panel) :]
    own = [_static(source, rows, name) for name in fresh] if panel.static.size else []
    return replace(
        panel,
        values=np.concatenate([grid.values for grid in grids]),
        times=np.concatenate([grid.times for grid in grids]),
        starts=starts,
        stops=starts + np.array([grid.shown for grid in grids], dtype=np.int64),
        reach=starts + count,
        ids=ids,
        past=np.concatenate([grid.past for grid in grids]) if panel.past.size else panel.past,
        future=np.concatenate([grid.future for grid in grids]) if panel.future.size else panel.future,
        static=np.vstack([panel.static, *own]) if panel.static.size else panel.static,
        groups=None if panel.groups is None else (*panel.groups, *(_group(source, rows, name) for name in fresh)),
    )


def _static(source: RowSource, rows: NewRows, name: str) -> FloatArray:
    """Return [1, S] the static covariates of a new series."""
    own: FloatArray = rows.columns["static"][rows.names == name]
    bad = np.flatnonzero(~np.isfinite(own[0]) | (own != own[0]).any(axis=0))
    if len(bad):
        column = source.panel.columns["static"][int(bad[0])]
        raise source.error(
            f"series {name!r} is new and needs one value of the static column {column!r}, the same in all its rows."
        )
    return own[:1]


def _group(source: RowSource, rows: NewRows, name: str) -> str:
    """Return the group of a new series."""
    if rows.groups is None:
        wide = set(source.panel.groups or ())
        if len(wide) == 1:
            return next(iter(wide))
        raise source.error(f"series {name!r} is new and needs the group column {source.roles.group!r}.")
    return str(rows.groups[rows.names == name][0])
