"""Covariates that look wrong: leaks of the target, constant or collinear columns, values that will be missing.

Each is told in a sentence; nothing is changed. Everything is judged on rows up to a cutoff, and on known-future rows
after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.errors import DataError
from hybridts.text import listed

#: Correlation from which two columns are taken for the same thing.
SAME = 0.9999
#: Rows that both columns must show.
LEAST_ROWS = 12
#: Rows that are compared at most, and columns.
MOST_ROWS, MOST_COLUMNS = 200_000, 60
#: Rows ahead, at most, at which a column is compared with the target.
FARTHEST = 400


def covariate_notices(panel: Panel, reach: int) -> list[str]:
    """Return sentences on covariates that look wrong.

    Args:
        panel: cut at a cutoff, with known-future rows after it.
        reach: gap + horizon.
    """
    if not (panel.past.size or panel.future.size or panel.static.size) or not len(panel):
        return []
    return [*_leaks(panel, reach), *_constant(panel), *_collinear(panel), *_missing_ahead(panel, reach)]


def check_rows_ahead(panel: Panel, origins: Origins, horizon: int) -> None:
    """Refuse a panel in which a series to forecast has fewer known-future rows than the horizon.

    A forecast without them would take the columns to be as usual, and look like any other.

    Args:
        panel: with known-future rows, also those of holidays, where it has such columns.
        origins: where the series to forecast end.
        horizon: rows to forecast.

    Raises:
        DataError: rows are missing.
    """
    if not panel.future.size:
        return
    ahead = panel.reach - panel.stops
    short = origins.series[ahead[origins.series] < horizon]
    if len(short):
        i = int(short[0])
        raise DataError(
            f"the model was fitted with known-future columns ({listed(panel.columns.get('future', ()))}): series "
            f"{panel.ids[i]!r} has {max(int(ahead[i]), 0)} of the {horizon} rows needed after its last target. Give "
            "them as `future`, a frame or file with id, time and these columns (on the command line: --future FILE)."
        )


def _table(panel: Panel, kind: str) -> tuple[FloatArray, list[str]]:
    table: FloatArray = getattr(panel, kind)
    given = panel.columns.get(kind, ())
    count = table.shape[1] if table.size else 0
    names = [repr(given[k]) if k < len(given) else f"{k + 1} ({kind})" for k in range(count)]
    return table, names


def _rows(panel: Panel) -> Origins:
    """Return the visible rows of series, from the first one on, up to `MOST_ROWS`."""
    keep = np.searchsorted(np.cumsum(panel.lengths), MOST_ROWS) + 1
    last = np.where(np.arange(len(panel)) < keep, panel.lengths - 1, -1)
    return Origins.between(np.zeros(len(panel), np.int64), last)


def _leaks(panel: Panel, reach: int) -> Iterator[str]:
    """Yield columns that hold values of the target that a forecast does not know."""
    rows = _rows(panel)
    y = panel.values[panel.rows(rows)]
    for kind in ("future", "past"):
        table, names = _table(panel, kind)
        for k, name in enumerate(names[:MOST_COLUMNS]):
            x = table[panel.rows(rows), k]
            ahead = min(reach + panel.season, FARTHEST)
            shifts = range(-ahead, min(reach, FARTHEST) if kind == "future" else 0)
            found = next((s for s in sorted(shifts, key=abs) if _same_changes(rows, y, x, s)), None)
            if found is not None:
                yield _leak_text(kind, name, found)


def _leak_text(kind: str, name: str, shift: int) -> str:
    ahead = f"the target {-shift} row{'s' if shift < -1 else ''} later" if shift < 0 else "the target of the same row"
    ahead = f"the target {shift} row{'s' if shift > 1 else ''} earlier" if shift > 0 else ahead
    given = "a known-future column" if kind == "future" else "a past column"
    return (
        f"Covariate {name} looks like a leak: as {given} it is {ahead}, up to a factor and a constant, which nobody "
        "knows at the cutoff. Forecasts that use it are too good to be true: leave it out, or shift it."
    )


def _same_changes(rows: Origins, y: FloatArray, x: FloatArray, shift: int) -> bool:
    """Return whether the changes of a column follow those of the target exactly: x_t = a y_(t - shift) + b."""
    count = len(y) - abs(shift)
    if count < LEAST_ROWS:
        return False
    of_x = slice(max(shift, 0), max(shift, 0) + count)
    of_y = slice(max(-shift, 0), max(-shift, 0) + count)
    same = rows.series[of_x] == rows.series[of_y]
    dx, dy = np.diff(x[of_x]), np.diff(y[of_y])
    known = np.isfinite(dx) & np.isfinite(dy) & same[1:] & same[:-1] & (np.diff(rows.series[of_x]) == 0)
    if known.sum() < LEAST_ROWS:
        return False
    return bool(abs(_correlation(dx[known], dy[known])) > SAME)


def _correlation(a: FloatArray, b: FloatArray) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / size) if size > 0 else 0.0


def _constant(panel: Panel) -> Iterator[str]:
    rows = panel.rows(_rows(panel))
    still = []
    for kind in ("past", "future"):
        table, names = _table(panel, kind)
        still += [n for k, n in enumerate(names) if len(np.unique(table[rows, k][np.isfinite(table[rows, k])])) == 1]
    table, names = _table(panel, "static")
    still += [n for k, n in enumerate(names) if len(panel) > 1 and len(np.unique(table[:, k])) == 1]
    if still:
        verb = "is" if len(still) == 1 else "are"
        yield f"Covariate {listed(still)} {verb} constant up to the last cutoff: nothing can be learned from it."


def _collinear(panel: Panel) -> Iterator[str]:
    """Yield columns that others determine: pairs that move alike, or a set that adds up."""
    rows = panel.rows(_rows(panel))
    columns, labels = [], []
    for kind in ("past", "future"):
        table, names = _table(panel, kind)
        for k, name in enumerate(names[:MOST_COLUMNS]):
            x = table[rows, k]
            if np.isfinite(x).sum() > LEAST_ROWS and np.nanstd(x) > 0:
                columns.append(np.nan_to_num((x - np.nanmean(x)) / np.nanstd(x)))
                labels.append(name)
    pairs = [
        (labels[i], labels[j])
        for i, j in combinations(range(len(columns)), 2)
        if abs(_correlation(columns[i], columns[j])) > SAME
    ]
    for one, other in pairs[:3]:
        yield f"Covariates {one} and {other} are collinear: they say the same, and their effects cannot be told apart."
    if not pairs and len(columns) > 2:
        matrix = np.stack(columns, axis=1)
        if np.linalg.matrix_rank(matrix.T @ matrix / len(matrix), tol=1e-8, hermitian=True) < len(columns):
            yield (
                f"Covariates {listed(labels)} are collinear together: one is a sum of others, so that their effects "
                "cannot be told apart."
            )


def _missing_ahead(panel: Panel, reach: int) -> Iterator[str]:
    """Yield known-future columns without a value at a row to be forecast."""
    table, names = _table(panel, "future")
    for k, name in enumerate(names):
        series = np.repeat(np.arange(len(panel)), reach)
        row = panel.stops[series] + np.tile(np.arange(reach), len(panel))
        given = row < panel.reach[series]
        missing = ~given | ~np.isfinite(table[np.where(given, row, 0), k])
        missing &= panel.lengths[series] > 0
        if missing.any() and given.any():
            first = panel.ids[int(series[missing][0])]
            yield (
                f"Known-future column {name} has no value at {int(missing.sum())} of {len(missing)} rows to be "
                f"forecast (first in series {first!r}): learners and networks take it to be as usual there."
            )
