"""Turn rows of many series into a Panel on a regular time grid, with gaps filled by missing values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hybridts.data.calendar import DAY, HOUR, agrees, anchored, season_of
from hybridts.data.panel import BoolArray, FloatArray, IntArray, Panel
from hybridts.data.read.frequency import Spacing, common_residue, infer
from hybridts.data.read.regular import regularised
from hybridts.data.read.rows import SeriesRows, constants, in_order, refuse_duplicates, trimmed
from hybridts.data.read.table import shown
from hybridts.data.read.times import show_time
from hybridts.text import and_more

#: Largest factor by which filling gaps may multiply the rows; beyond it a time was probably misread.
MAX_GROWTH = 10
#: Panels of up to this many rows are filled whatever the factor.
MAX_ROWS = 10_000_000


def to_panel(rows: SeriesRows, freq: str | None, season: int | None) -> Panel:
    """Build the panel of these rows; every repair becomes a notice.

    Args:
        rows: rows in any order.
        freq: canonical pandas alias; None to infer it.
        season: seasonal period in rows; None for the season of the frequency.

    Raises:
        DataError: rows that do not fit a regular time grid, or a covariate is missing.
    """
    rows = regularised(in_order(rows), freq)
    refuse_duplicates(rows)
    rows = trimmed(rows)
    static, groups = constants(rows)
    spacing, ordinal, residue = _on_grid(rows, freq)
    filled, stops, reach = _fill(rows, spacing, ordinal, residue)
    filled = _fill_future(filled, reach)
    _refuse_unknown_covariates(filled, stops, reach)
    return Panel(
        values=filled.values,
        times=filled.times,
        starts=filled.starts,
        stops=stops,
        reach=reach,
        ids=rows.ids,
        season=_season(spacing, season),
        freq=spacing.freq,
        step=spacing.step,
        past=filled.past if rows.columns["past"] else np.empty((0, 0)),
        future=filled.future if rows.columns["future"] else np.empty((0, 0)),
        static=static if rows.columns["static"] else np.empty((0, 0)),
        groups=groups,
        columns=rows.columns,
        categories=rows.categories,
    )


def _on_grid(rows: SeriesRows, freq: str | None) -> tuple[Spacing, IntArray, IntArray]:
    """Return the spacing, the [n] ordinals of the rows and the [N] residues of the series."""
    found = infer(rows.times, rows.code, rows.dates)
    if freq is not None and not rows.dates:
        raise rows.table.error(
            f"freq {freq!r} was given, but the time column holds integers such as {rows.times[0]}. "
            "Leave freq out, or give dates."
        )
    spacing = found if freq is None else Spacing(freq)
    if spacing is None:
        if rows.dates:
            raise rows.table.error(
                "no series has two rows, so the frequency cannot be inferred. Give it with --freq "
                "(freq=...): h, D, W, MS, QS, YS."
            )
        spacing = Spacing(None)
    ordinal, residue = spacing.split(rows.times)
    common = common_residue(rows.code, residue)
    _refuse_off_grid(rows, spacing, found, residue != common[rows.code])
    _refuse_other_spacing(rows, spacing, found, ordinal, freq is not None)
    return _with_anchor(rows, spacing, common), ordinal, common


def _with_anchor(rows: SeriesRows, spacing: Spacing, residue: IntArray) -> Spacing:
    """Add the weekday or month of the data to 'W' and 'QS'; one that the user gave must be that of the data."""
    if spacing.freq is None:
        return spacing
    wrong = [i for i, r in enumerate(np.unique(residue)) if not agrees(spacing.freq, int(r))]
    if wrong:
        series = int(np.flatnonzero(residue == np.unique(residue)[wrong[0]])[0])
        seen = anchored(spacing.freq, int(residue[series]))
        raise rows.table.error(
            f"freq {spacing.freq!r} does not fit {rows.name(int(rows.starts[series]))}, which lies on "
            f"{seen!r}. Use --freq {seen}, or leave freq out."
        )
    if len(np.unique(residue)) == 1:
        return Spacing(anchored(spacing.freq, int(residue[0])))
    return spacing


def _refuse_off_grid(rows: SeriesRows, spacing: Spacing, found: Spacing | None, off: BoolArray) -> None:
    """Raise DataError where a row does not lie on the time grid of its series."""
    bad = np.flatnonzero(off)
    if not len(bad):
        return
    shown = "; ".join(rows.name(int(r)) for r in bad[:3])
    other = f" By the most common spacing they are {found}." if found and found.freq != spacing.freq else ""
    advice = (
        _clock_change(rows, spacing)
        or _retail_months(rows)
        or "Correct these times, give the spacing with --freq (freq=...), or merge the rows of each step with --freq "
        "and --regularise sum, mean or last."
    )
    raise rows.table.error(
        f"{len(bad)} of {len(off)} rows are off the grid of the others ({spacing}): {shown}"
        f"{and_more(len(bad) - 3)}.{other} {advice}"
    )


def _clock_change(rows: SeriesRows, spacing: Spacing) -> str:
    """Return a hint where days are local midnights that were written in UTC, half of the year an hour earlier."""
    if spacing.freq != "D":
        return ""
    clock = np.unique(rows.times % DAY)
    if len(clock) != 2 or int(np.diff(clock)[0]) not in (HOUR, DAY - HOUR):
        return ""
    return (
        "They look like local midnights written in UTC, which a clock change moves by an hour: write the local dates, "
        "such as 2024-03-31, or times with their offset, such as 2024-03-31 00:00+01:00."
    )


def _retail_months(rows: SeriesRows) -> str:
    """Return what to do where the rows are months of 4-4-5 weeks, in any order, which no frequency of pandas is."""
    gap = np.diff(rows.times)[np.diff(rows.code) == 0] if rows.dates else np.empty(0, np.int64)
    weeks = gap[gap % (7 * DAY) == 0] // (7 * DAY)
    long = np.flatnonzero(weeks >= 5)
    known = len(gap) >= 6 and len(weeks) == len(gap) and np.isin(weeks, (4, 5, 6)).all()
    if not known or len(long) < 2 or not np.isin(np.diff(long), (2, 3, 4)).all():
        return ""
    return "They are months of 4-4-5 weeks: number them 1, 2, 3 ... in the time column, and give --season 12."


def _refuse_other_spacing(
    rows: SeriesRows, spacing: Spacing, found: Spacing | None, ordinal: IntArray, given: bool
) -> None:
    """Raise DataError where most of a series would be filled: a wrong freq, or a monthly series among daily ones."""
    inside = np.diff(rows.code) == 0
    series = rows.code[1:][inside]
    gap = np.diff(ordinal)[inside]
    if given and len(gap) and not (gap == 1).any():
        raise rows.table.error(
            f"with freq {spacing.freq!r} no two rows are neighbours. The data look like {found}: use "
            "that for --freq, or leave freq out."
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


def _fill(
    rows: SeriesRows, spacing: Spacing, ordinal: IntArray, residue: IntArray
) -> tuple[SeriesRows, IntArray, IntArray]:
    """Return the rows without gaps, and the [N] `stops` and `reach` of the panel."""
    at = ordinal - ordinal[rows.starts][rows.code]
    lasts = np.append(rows.starts[1:], len(at)) - 1
    lengths = at[lasts] + 1
    total = float(lengths.astype(float).sum())
    if total > max(MAX_GROWTH * len(at), MAX_ROWS):
        worst = int(np.argmax(lengths))
        raise rows.table.error(
            f"filling the gaps of {spacing} would make {total:.3g} rows of {len(at)}; series "
            f"{rows.ids[worst]!r} alone runs from {rows.name(int(rows.starts[worst]))} to "
            f"{rows.name(int(lasts[worst]))}. Check these times, or give the spacing with --freq (freq=...)."
        )
    known = np.maximum.reduceat(np.where(np.isfinite(rows.values), at, -1), rows.starts)
    starts = np.cumsum(lengths) - lengths
    if int(total) == len(at):
        return rows, rows.starts + known + 1, lasts + 1
    _note_gaps(rows, at)
    code = np.repeat(np.arange(len(lengths)), lengths)
    within = np.arange(len(code)) - starts[code]
    times = spacing.join(ordinal[rows.starts][code] + within, residue[code])
    place = starts[rows.code] + at
    values, past, future = (_spread(v, place, len(code)) for v in (rows.values, rows.past, rows.future))
    filled = replace(rows, code=code, times=times, starts=starts, values=values, past=past, future=future)
    return filled, starts + known + 1, starts + lengths


def _spread(values: FloatArray, place: IntArray, size: int) -> FloatArray:
    """Return [size, ...] with values[i] in row place[i], and NaN in the others."""
    result = np.full((size, *values.shape[1:]), np.nan)
    result[place] = values
    return result


def _note_gaps(rows: SeriesRows, at: IntArray) -> None:
    inside = np.diff(rows.code) == 0
    missing = np.where(inside, np.diff(at) - 1, 0)
    first = int(np.argmax(missing > 0))
    series = len(np.unique(rows.code[1:][missing > 0]))
    where = show_time(int(rows.times[first]), rows.dates, rows.table.clock)
    rows.table.notices.append(
        f"{int(missing.sum())} missing timestamps in {series} series filled with missing values (first: "
        f"series {rows.ids[rows.code[first]]!r} after {where}).{_skipped_hour(rows, missing)}"
    )


def _skipped_hour(rows: SeriesRows, missing: IntArray) -> str:
    """Return what to do where the only gaps are hours of nights in spring, in times without a zone."""
    gaps = np.flatnonzero(missing)
    after = rows.times[gaps]
    month = after.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    night = (after % DAY <= 3 * HOUR).all() and np.isin(month, (3, 4, 9, 10)).all()
    if not rows.dates or rows.table.zone or not night or (np.diff(rows.times)[gaps] > 2 * HOUR).any():
        return ""
    return " It looks like the hour that clocks skip in spring: times with their offset, or in UTC, have no such gap."


def _fill_future(rows: SeriesRows, reach: IntArray) -> SeriesRows:
    """Return the rows with the holes of known-future covariates filled, where the user gave a rule."""
    rule = rows.table.options.fill_future
    if rule is None or not rows.columns["future"]:
        return rows
    within = (np.arange(len(rows.code)) < reach[rows.code])[:, None]
    holes = np.isnan(rows.future) & within
    if rule == "zero":
        numbers = np.array([name not in rows.categories for name in rows.columns["future"]])
        values = np.where(holes & numbers, 0.0, rows.future)  # a category has no zero
    else:
        known = np.where(np.isnan(rows.future), 0, np.arange(len(rows.code))[:, None])
        before = np.maximum.accumulate(known, axis=0)
        same = rows.code[before] == rows.code[:, None]  # the row before may be of the series before
        values = np.where(holes & same, np.take_along_axis(rows.future, before, axis=0), rows.future)
    for k, name in enumerate(rows.columns["future"]):
        count = int((holes[:, k] & ~np.isnan(values[:, k])).sum())
        if count:
            how = "zero" if rule == "zero" else "the value before"
            rows.table.notices.append(f"{count} holes of the known-future column {shown(name)} filled with {how}.")
    return replace(rows, future=values)


def _refuse_unknown_covariates(rows: SeriesRows, stops: IntArray, reach: IntArray) -> None:
    """Raise DataError where a past or known-future covariate is missing in a visible row."""
    within = np.arange(len(rows.code))
    for role, limit in (("past", stops), ("future", reach)):
        values: FloatArray = getattr(rows, role)
        for k, name in enumerate(rows.columns[role]):
            bad = np.flatnonzero(np.isnan(values[:, k]) & (within < limit[rows.code]))
            if len(bad):
                row = int(bad[0])
                fill = ", fill them with --fill-future ffill or zero" if role == "future" else ""
                raise rows.table.error(
                    f"the {role} covariate {name!r} is missing for series "
                    f"{rows.ids[rows.code[row]]!r} at {show_time(int(rows.times[row]), rows.dates, rows.table.clock)}"
                    f"{and_more(len(bad) - 1, 'rows')}. Covariates must be known wherever they are used: "
                    f"fill the cell (or add the row){fill}, or leave the column out."
                )


def _season(spacing: Spacing, season: int | None) -> int:
    if season is not None:
        return season
    return season_of(spacing.freq)
