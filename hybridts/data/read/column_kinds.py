"""Tell whether the number columns of a wide table can all be series, or some are covariates of the others.

A temperature beside sales would become a series of its own, and its error would be averaged into the result.
"""

from __future__ import annotations

import re

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.data.read.table import Table, shown

#: Words in names of columns that describe conditions, not what is forecast.
_CONDITIONS = frozenset(
    "temp temperature celsius fahrenheit tmin tmax tavg ot humidity wind rain rainfall precipitation snow pressure "
    "weather holiday promo promotion open closed price discount event school month hour year week quarter weekend "
    "weekday dow dayofweek dayofyear doy weekofyear".split()
)
#: The same in Chinese and German, anywhere in a name.
_PARTS = ("温度", "气温", "湿度", "天气", "风速", "降水", "价格", "节假日", "促销", "temperatur", "feiertag", "wetter")
#: Ratio of the usual sizes of two columns beyond which they hardly have the same unit.
SCALES = 100.0


def difference(table: Table, names: list[str]) -> str:
    """Return in words why columns differ in kind; empty where all may be series of one kind."""
    named = [name for name in names if is_condition(name)]
    if named and len(named) < len(names):
        other = next(name for name in names if name not in named)
        return f"{shown(named[0])} sounds like a condition of {shown(other)} (weather, price, calendar)"
    values = {name: _numbers(table, name) for name in names}
    values = {name: column for name, column in values.items() if len(column)}
    flags = [name for name, column in values.items() if len(column) >= 8 and set(np.unique(column)) == {0.0, 1.0}]
    if flags and len(flags) < len(values):
        other = next(name for name in values if name not in flags)
        return f"{shown(flags[0])} is only 0 and 1, and {shown(other)} is not"
    return _by_count_of_rows(values) or _by_scale(values) or _by_fractions(values)


def is_condition(name: str) -> bool:
    """Return whether a name says weather, price or calendar."""
    name = name.casefold()
    return bool(_CONDITIONS & set(re.split(r"[^a-z0-9]+", name))) or any(part in name for part in _PARTS)


def _numbers(table: Table, name: str) -> FloatArray:
    """Return the known numbers of a column by type; none for text, which is parsed later."""
    column = table.frame[name]
    if column.dtype.kind not in "iuf":
        return np.empty(0)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(values[np.isfinite(values)])


def _by_count_of_rows(values: dict[str, FloatArray]) -> str:
    """Return that a column counts the rows, or repeats a short count as a weekday does, and others do not."""
    long = {name: column for name, column in values.items() if len(column) >= 20}
    for name, column in long.items():
        steps = np.unique(np.diff(column))
        others = [other for other in long.values() if other is not column and len(np.unique(np.diff(other))) > 2]
        counted = len(steps) == 1 and steps[0] != 0  # 1 2 3 4, or 1 2 3 1 2 3
        cycle = len(steps) == 2 and steps[1] == 1 and steps[0] == column.min() - column.max() < -1
        if (counted or cycle) and others:
            return f"{shown(name)} {'counts the rows' if counted else 'repeats a count'}, and others do not"
    return ""


def _by_scale(values: dict[str, FloatArray]) -> str:
    size = {name: float(np.median(np.abs(column))) for name, column in values.items() if len(column) >= 8}
    size = {name: value for name, value in size.items() if value > 0}
    if len(size) < 2:
        return ""
    low, high = min(size, key=size.__getitem__), max(size, key=size.__getitem__)
    if size[high] <= SCALES * size[low]:
        return ""
    return f"{shown(high)} is usually near {size[high]:.4g} and {shown(low)} near {size[low]:.4g}"


def _by_fractions(values: dict[str, FloatArray]) -> str:
    """Return the difference between counts and measurements below zero."""
    long = {name: column for name, column in values.items() if len(column) >= 20}
    counts = [name for name, column in long.items() if (column % 1 == 0).all() and (column >= 0).all()]
    shares = [n for n, c in long.items() if (c % 1 != 0).mean() > 0.5 and c.min() >= 0 and c.max() <= 1]
    large = [name for name in counts if np.median(long[name]) > 1]
    if large and shares:
        return f"{shown(large[0])} counts (whole numbers) and {shown(shares[0])} lies between 0 and 1"
    measured = [n for n, column in long.items() if (column % 1 != 0).mean() > 0.5 and (column < 0).any()]
    if counts and measured:
        return f"{shown(counts[0])} counts (whole, never below zero) and {shown(measured[0])} does not"
    return ""
