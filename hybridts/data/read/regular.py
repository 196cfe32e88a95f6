"""Bring irregular times onto a regular grid by a rule that the user gave: rows of one step become one row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hybridts.data.calendar import join, parse, residue_of, split
from hybridts.data.panel import BoolArray, FloatArray, IntArray
from hybridts.data.read.rows import SeriesRows
from hybridts.text import plural

#: Rule -> what it makes of the values of one step.
RULES = {"sum": "their sum", "mean": "their mean", "last": "the last"}


def regularised(rows: SeriesRows, freq: str | None) -> SeriesRows:
    """Return the rows with times at the start of their step, one row a step, if a rule was given.

    The target and numeric covariates of a step become their sum, mean or last value, of the known ones; categories the
    last. A step without rows stays a gap, which is filled with missing values later.

    Args:
        rows: sorted by series and time, with `starts`.
        freq: spacing of the grid.

    Raises:
        DataError: no frequency was given, or the times are whole numbers.
    """
    rule = rows.table.options.regularise
    if rule is None:
        return rows
    if not rows.dates or freq is None:
        found = "give it with --freq (freq=...), such as h or D" if rows.dates else "whole numbers have none"
        raise rows.table.error(f"--regularise {rule} needs the frequency of the grid: {found}.")
    times = _step_of(rows.times, freq)
    first = np.flatnonzero(np.r_[True, (np.diff(rows.code) != 0) | (np.diff(times) != 0)])
    moved, merged = int((times != rows.times).sum()), len(times) - len(first)
    if moved or merged:
        text = f"regularised to {freq!r}: {plural(moved, 'row')} moved to the start of its step, and {merged} merged"
        rows.table.notices.append(
            f"{text}; several values of a step are {RULES[rule]}. The last step may be incomplete."
        )
    past, future = (_merged(getattr(rows, name), first, rule, _words(rows, name)) for name in ("past", "future"))
    values = _merged(rows.values[:, None], first, rule, np.zeros(1, dtype=bool))[:, 0]
    return replace(rows.pick(first), times=times[first], values=values, past=past, future=future).mark()


def _step_of(times: IntArray, freq: str) -> IntArray:
    """Return the time at which the step of each time starts; for frequencies at an end (ME), at which it ends."""
    if parse(freq).kind == "month":
        ordinal = split(times, freq)[0]
        return join(ordinal, np.full(len(times), residue_of(freq)), freq)
    if parse(freq).kind == "business":
        ordinal = split(times, freq)[0]
        return join(ordinal, np.zeros(len(times), dtype=np.int64), freq)
    size, anchor = parse(freq).size, residue_of(freq)
    return np.asarray((times - anchor) // size * size + anchor)


def _words(rows: SeriesRows, role: str) -> BoolArray:
    """Return which columns of a role are categories, [C]."""
    return np.array([name in rows.categories for name in rows.columns[role]], dtype=bool)


def _merged(values: FloatArray, first: IntArray, rule: str, words: BoolArray) -> FloatArray:
    """Return [steps, C] of values [n, C], whose steps begin at rows `first`; NaN where a step has no known value."""
    if not values.shape[1]:
        return values[first]
    known = np.isfinite(values)
    count = np.add.reduceat(known, first, axis=0)
    total = np.add.reduceat(np.where(known, values, 0.0), first, axis=0)
    row = np.maximum.reduceat(np.where(known, np.arange(len(values))[:, None], -1), first, axis=0)
    last = np.take_along_axis(values, np.maximum(row, 0), axis=0)
    made = last if rule == "last" else total / np.maximum(count, 1) if rule == "mean" else total
    return np.asarray(np.where(count > 0, np.where(words, last, made), np.nan))
