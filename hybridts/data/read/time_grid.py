"""Rows of many series -> a Panel on a regular grid, gaps filled with missing values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from hybridts.data.calendar import agrees, anchored, parse, season_of
from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.data.read.frequency import Spacing, common_residue, infer
from hybridts.data.read.rows import Rows, constants, in_order, refuse_duplicates, trimmed
from hybridts.data.read.times import show_time

MAX_GROWTH = 10  # filling gaps may multiply the rows by this much; more is a misread time column
MAX_ROWS = 10_000_000  # ... unless the panel stays small


def to_panel(rows: Rows, freq: str | None, season: int | None) -> Panel:
    """The panel of these rows; everything that was repaired becomes a notice. Raises DataError."""
    rows = in_order(rows)
    refuse_duplicates(rows)
    rows = trimmed(rows)
    static, groups = constants(rows)
    spacing, ordinal, residue = _on_grid(rows, freq)
    filled, stops, reach = _fill(rows, spacing, ordinal, residue)
    _refuse_unknown_covariates(filled, stops, reach)
    return Panel(
        values=filled.values,
        times=filled.times,
        starts=filled.starts,
        stops=stops,
        reach=reach,
        ids=rows.ids,
        season=_season(rows, spacing, season),
        freq=spacing.freq,
        step=spacing.step,
        past=filled.past if rows.columns["past"] else np.empty((0, 0)),
        future=filled.future if rows.columns["future"] else np.empty((0, 0)),
        static=static if rows.columns["static"] else np.empty((0, 0)),
        groups=groups,
        columns=rows.columns,
    )


def _on_grid(rows: Rows, freq: str | None) -> tuple[Spacing, IntArray, IntArray]:
    """(spacing, ordinals of the rows, residue of each series). Raises DataError for rows off the grid."""
    found = infer(rows.times, rows.code, rows.dates)
    if freq is not None and not rows.dates:
        raise rows.table.error(
            f"freq {freq!r} was given, but the time column holds integers such as {rows.times[0]}. "
            "Leave freq out, or give dates."
        )
    spacing = found if freq is None else Spacing(parse(freq).alias)
    if spacing is None:
        if rows.dates:
            raise rows.table.error(
                "no series has two rows, so the frequency cannot be seen. Say it with --freq "
                "(freq=...): h, D, W, MS, QS, YS."
            )
        spacing = Spacing(None)
    ordinal, residue = spacing.split(rows.times)
    common = common_residue(rows.code, residue)
    _refuse_off_grid(rows, spacing, found, residue != common[rows.code])
    _refuse_other_spacing(rows, spacing, found, ordinal, freq is not None)
    return _with_anchor(rows, spacing, common), ordinal, common


def _with_anchor(rows: Rows, spacing: Spacing, residue: IntArray) -> Spacing:
    """'W' and 'QS' take the weekday or month of the data; one that was named must be the data's."""
    if spacing.freq is None:
        return spacing
    wrong = [i for i, r in enumerate(np.unique(residue)) if not agrees(spacing.freq, int(r))]
    if wrong:
        series = int(np.flatnonzero(residue == np.unique(residue)[wrong[0]])[0])
        seen = anchored(spacing.freq, int(residue[series]))
        raise rows.table.error(
            f"freq {spacing.freq!r} does not fit {rows.name(int(rows.starts[series]))}, which lies on "
            f"{seen!r}. Say --freq {seen}, or leave freq out."
        )
    if len(np.unique(residue)) == 1:
        return Spacing(anchored(spacing.freq, int(residue[0])))
    return spacing


def _refuse_off_grid(rows: Rows, spacing: Spacing, found: Spacing | None, off: Any) -> None:
    bad = np.flatnonzero(off)
    if not len(bad):
        return
    shown = "; ".join(rows.name(int(r)) for r in bad[:3])
    more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
    other = f" Judged by the most common spacing they are {found}." if found and found.freq != spacing.freq else ""
    raise rows.table.error(
        f"{len(bad)} of {len(off)} rows are off the grid of the others ({spacing}): {shown}{more}.{other} "
        "Correct these times, resample the data to a regular spacing, or say the spacing with --freq "
        "(freq=...)."
    )


def _refuse_other_spacing(rows: Rows, spacing: Spacing, found: Spacing | None, ordinal: IntArray, given: bool) -> None:
    """Refuse to make up most of a series: a wrong freq, or a monthly series among daily ones."""
    inside = np.diff(rows.code) == 0
    series = rows.code[1:][inside]
    gap = np.diff(ordinal)[inside]
    if given and len(gap) and not (gap == 1).any():
        raise rows.table.error(
            f"with freq {spacing.freq!r} no two rows are neighbours. The data look like {found}: say "
            "that with --freq, or leave freq out."
        )
    size = len(rows.ids)
    neighbours = np.bincount(series, weights=gap == 1, minlength=size)
    pairs = np.bincount(series, minlength=size)
    odd = np.flatnonzero((pairs >= 2) & (neighbours < pairs / 2))
    if len(odd) and not given:
        row = int(rows.starts[odd[0]])
        more = f" (and {len(odd) - 1} more series)" if len(odd) > 1 else ""
        raise rows.table.error(
            f"the spacing of most rows is {spacing}, but the rows of series "
            f"{rows.ids[odd[0]]!r}{more} lie {int(np.median(gap[series == odd[0]]))} steps apart, from "
            f"{rows.name(row)}. Load series of different frequency separately, or confirm the spacing with "
            "--freq to fill the gaps."
        )


def _fill(rows: Rows, spacing: Spacing, ordinal: IntArray, residue: IntArray) -> tuple[Rows, IntArray, IntArray]:
    """(rows without gaps, stops, reach)."""
    at = ordinal - ordinal[rows.starts][rows.code]
    lasts = np.append(rows.starts[1:], len(at)) - 1
    lengths = at[lasts] + 1
    total = float(lengths.astype(float).sum())
    if total > max(MAX_GROWTH * len(at), MAX_ROWS):
        worst = int(np.argmax(lengths))
        raise rows.table.error(
            f"filling the gaps of {spacing} would make {total:.3g} rows of {len(at)}; series "
            f"{rows.ids[worst]!r} alone runs from {rows.name(int(rows.starts[worst]))} to "
            f"{rows.name(int(lasts[worst]))}. Check these times, or say the spacing with --freq (freq=...)."
        )
    known = np.maximum.reduceat(np.where(np.isfinite(rows.values), at, -1), rows.starts)
    starts = np.cumsum(lengths) - lengths
    if int(total) == len(at):
        return rows, rows.starts + known + 1, lasts + 1
    _tell_gaps(rows, at)
    code = np.repeat(np.arange(len(lengths)), lengths)
    within = np.arange(len(code)) - starts[code]
    times = spacing.join(ordinal[rows.starts][code] + within, residue[code])
    place = starts[rows.code] + at
    values, past, future = (_spread(v, place, len(code)) for v in (rows.values, rows.past, rows.future))
    filled = replace(rows, code=code, times=times, starts=starts, values=values, past=past, future=future)
    return filled, starts + known + 1, starts + lengths


def _spread(values: FloatArray, place: IntArray, size: int) -> FloatArray:
    result = np.full((size, *values.shape[1:]), np.nan)
    result[place] = values
    return result


def _tell_gaps(rows: Rows, at: IntArray) -> None:
    inside = np.diff(rows.code) == 0
    missing = np.where(inside, np.diff(at) - 1, 0)
    first = int(np.argmax(missing > 0))
    series = len(np.unique(rows.code[1:][missing > 0]))
    where = show_time(int(rows.times[first]), rows.dates)
    rows.table.notices.append(
        f"{int(missing.sum())} missing timestamps in {series} series filled with missing values (first: "
        f"series {rows.ids[rows.code[first]]!r} after {where})."
    )


def _refuse_unknown_covariates(rows: Rows, stops: IntArray, reach: IntArray) -> None:
    within = np.arange(len(rows.code))
    for role, limit in (("past", stops), ("future", reach)):
        values: FloatArray = getattr(rows, role)
        for k, name in enumerate(rows.columns[role]):
            bad = np.flatnonzero(np.isnan(values[:, k]) & (within < limit[rows.code]))
            if len(bad):
                row = int(bad[0])
                more = f" and {len(bad) - 1} more rows" if len(bad) > 1 else ""
                raise rows.table.error(
                    f"the {role} covariate {name!r} is missing for series "
                    f"{rows.ids[rows.code[row]]!r} at {show_time(int(rows.times[row]), rows.dates)}{more}. "
                    "Covariates must be known wherever they are used: fill the cell (or add the row), or "
                    "leave the column out."
                )


def _season(rows: Rows, spacing: Spacing, season: int | None) -> int:
    if season is not None:
        return season
    if spacing.freq is None:
        rows.table.notices.append("integer time carries no season; give --season (season=...).")
    return season_of(spacing.freq)
