"""New rows for a panel that a model was fitted on: later values, columns known ahead, and series not seen before.

Every series keeps its first row, and fitted series keep their place, since fitted stages count positions and series.
"""

from __future__ import annotations

import numpy as np

from hybridts.data.new_rows.merge import Extended, merged
from hybridts.data.new_rows.source import frame_of, new_rows_of, picked, row_source
from hybridts.data.panel import Panel
from hybridts.data.read import Columns, DataSource
from hybridts.data.read.restored import NOTHING, Given
from hybridts.errors import DataError
from hybridts.text import listed

__all__ = ["Extended", "frame_of", "with_future", "with_new_rows"]


def with_new_rows(panel: Panel, roles: Columns, source: DataSource, written: Given = NOTHING) -> Extended:
    """Return the panel with later rows: only those, or the whole history up to now.

    A row without a target is one to come. A series that the panel does not have is added.

    Args:
        panel: the data of the fit.
        roles: names of their columns; usual names (unique_id, ds, y) are read too.
        source: the rows, as `load` reads them.
        written: how the data of the fit were written; times without a zone are in theirs.

    Raises:
        DataError: a column is missing; rows leave a gap, lie off the time grid, or contradict the panel.
    """
    given = row_source("new_rows", panel, roles, source, written)
    rows = new_rows_of(given, target=True)
    if not np.isfinite(rows.values).any() and not panel.columns.get("future"):
        raise given.error("no row has a target. Give the values that have become known since the fit.")
    return merged(given, rows)


def with_future(panel: Panel, roles: Columns, source: DataSource, written: Given = NOTHING) -> Extended:
    """Return the panel with known-future columns of the rows after it; a target among them is not read.

    Raises:
        DataError: a column is missing, or a series is unknown.
    """
    given = row_source("future", panel, roles, source, written)
    rows = new_rows_of(given, target=False)
    unknown = sorted(set(rows.names) - set(panel.index))
    if unknown:
        raise DataError(
            f"`future` has series {unknown[0]!r}, which the model was not fitted on{_known_series(panel)}. Leave it "
            "out, or fit on it too; its history by `new_rows` is enough where every stage is global."
        )
    place = np.array([panel.index[name] for name in rows.names], dtype=np.int64)
    after = rows.times > panel.times[panel.stops[place] - 1]
    return merged(given, picked(rows, np.flatnonzero(after)))


def _known_series(panel: Panel) -> str:
    return f" ({listed([repr(name) for name in panel.ids], most=3)})"
