"""Features of covariates: values at the target, lags, and differences to the origin and to the same season.

A tree cannot subtract: what changed since the origin, and since the value that a seasonal-naive forecast repeats, is
therefore a column of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel

#: Rows before the target at which a past column is read, where the origin knows it.
LEADS = (1, 2, 3, 4, 6)
#: Most columns of a kind that have more than their plain features.
MOST_COLUMNS = 12
#: Most classes of a static column that have a feature each.
MOST_CLASSES = 24

#: Of each static column its values, if they are few whole numbers.
Classes = tuple[tuple[float, ...], ...]


class Covariates(NamedTuple):
    """Columns of the covariates of rows.

    Attributes:
        values: [R, C]; NaN where not known.
        names: C of them.
    """

    values: FloatArray
    names: list[str]


def classes_of(panel: Panel) -> Classes:
    """Return the classes of the static columns of a panel: more than two, few, and whole numbers."""
    if not panel.static.size:
        return ()
    found = []
    for column in panel.static.T:
        values = np.unique(column)
        few = 2 < len(values) <= MOST_CLASSES and bool((values == np.round(values)).all())
        found.append(tuple(map(float, values)) if few else ())
    return tuple(found)


def nominal_columns(panel: Panel, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return those features that are the categories of a text column -> the names of these."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in ("past", "future", "static"):
        given = _names(panel, kind)
        for k, labels in panel.nominal(kind).items():
            own = given[k]
            forms = {own, f"{own}_before", *(f"{own}_lead_{lead}" for lead in LEADS)}
            found |= dict.fromkeys((name for name in names if name in forms), labels)
    return found


def covariate_features(panel: Panel, origins: Origins, ahead: IntArray, classes: Classes) -> Covariates:
    """Return the features of R rows.

    Args:
        panel: the data; of past columns nothing after an origin is read.
        origins: [R] one per row.
        ahead: [R] rows from the origin to the target.
        classes: of the static columns.
    """
    parts = [_future(panel, origins, ahead), _past(panel, origins, ahead), _static(panel, origins, classes)]
    values = np.concatenate([part.values for part in parts], axis=1)
    return Covariates(values, [name for part in parts for name in part.names])


def _future(panel: Panel, origins: Origins, ahead: IntArray) -> Covariates:
    """Return known-future columns at the target and the row before, and changes since the origin and the season."""
    if not panel.future.size:
        return Covariates(np.empty((len(origins), 0)), [])
    names = _names(panel, "future")
    at = _read(panel, panel.future, origins, ahead, panel.reach)
    if len(names) > MOST_COLUMNS:
        return Covariates(at, names)
    before = _read(panel, panel.future, origins, ahead - 1, panel.reach)
    since = at - _read(panel, panel.future, origins, np.zeros_like(ahead), panel.reach)
    parts, named = [at, before, since], [*names, *(f"{n}_before" for n in names), *(f"{n}_change" for n in names)]
    if panel.season > 1:
        parts.append(at - _read(panel, panel.future, origins, _same_season(panel.season, ahead), panel.reach))
        named += [f"{n}_season_change" for n in names]
    return Covariates(np.concatenate(parts, axis=1), named)


def _past(panel: Panel, origins: Origins, ahead: IntArray) -> Covariates:
    """Return past columns at the origin, their changes, and their values some rows before the target."""
    if not panel.past.size:
        return Covariates(np.empty((len(origins), 0)), [])
    names, none = _names(panel, "past"), np.zeros_like(ahead)
    now = _read(panel, panel.past, origins, none, panel.stops)
    if len(names) > MOST_COLUMNS:
        return Covariates(now, names)
    parts, named = [now], list(names)
    for lag in sorted({1, panel.season}):
        parts.append(now - _read(panel, panel.past, origins, none - lag, panel.stops))
        named += [f"{n}_change_{lag}" for n in names]
    for lead in LEADS:
        at = np.where(ahead - lead <= 0, ahead - lead, -(2**40))  # after the origin: not known
        parts.append(_read(panel, panel.past, origins, at, panel.stops))
        named += [f"{n}_lead_{lead}" for n in names]
    return Covariates(np.concatenate(parts, axis=1), named)


def _static(panel: Panel, origins: Origins, classes: Classes) -> Covariates:
    """Return static columns, and an indicator of each class."""
    if not panel.static.size:
        return Covariates(np.empty((len(origins), 0)), [])
    names, values = _names(panel, "static"), panel.static[origins.series]
    parts, named = [values], list(names)
    for k, (name, known) in enumerate(zip(names, classes or ((),) * len(names), strict=True)):
        parts += [(values[:, k] == value)[:, None].astype(float) for value in known]
        named += [f"{name}={value:g}" for value in known]
    return Covariates(np.concatenate(parts, axis=1), named)


def _same_season(season: int, ahead: IntArray) -> IntArray:
    """Return where the seasonal-naive forecast of a target comes from, in rows from the origin: 0 or less."""
    return np.asarray(ahead - -(-ahead // season) * season)


def _read(panel: Panel, table: FloatArray, origins: Origins, offset: IntArray, end: IntArray) -> FloatArray:
    """Return [R, columns] of a table, `offset` [R] rows after each origin; NaN outside the series."""
    position = origins.position + offset
    row = panel.starts[origins.series] + position
    seen = (position >= 0) & (row < end[origins.series])
    return np.where(seen[:, None], table[np.where(seen, row, 0)], np.nan)


def _names(panel: Panel, kind: str) -> list[str]:
    given = panel.columns.get(kind, ())
    table: FloatArray = getattr(panel, kind)
    return [f"{kind}_{given[k] if k < len(given) else k + 1}" for k in range(table.shape[1])]
