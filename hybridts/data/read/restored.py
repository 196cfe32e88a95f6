"""Give results the names, the types and the time zone of the user's own columns, so that tables join."""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hybridts.data.read.columns import Columns
from hybridts.data.read.options import ReadOptions
from hybridts.data.read.table import Table


class Given(NamedTuple):
    """How the columns of id and time were given.

    Attributes:
        id: name of the id column; empty for none.
        time: name of the time column; empty for a Panel.
        id_type: numpy type of whole numbers as ids, such as "int64"; empty for text.
        zone: time zone of the times; empty for none.
        local: True where whole days were kept as written, False where times were converted to UTC.
        decimal, thousands: marks of the numbers in text, where they were given or shown.
        date_format: the option of that name; order: "dayfirst" or "monthfirst", where it was given or shown.
    """

    id: str = ""
    time: str = ""
    id_type: str = ""
    zone: str = ""
    local: bool = False
    decimal: str = ""
    thousands: str = ""
    date_format: str = ""
    order: str = ""

    def options(self) -> ReadOptions:
        """Return how to read text that is written like the data: what one row shows, another need not."""
        return ReadOptions(
            decimal=self.decimal or None,
            thousands=self.thousands or None,
            date_format=self.date_format or None,
            dayfirst=self.order == "dayfirst",
            monthfirst=self.order == "monthfirst",
        )


#: For data of which nothing is known.
NOTHING = Given()


def given_by(table: Table, roles: Columns) -> Given:
    """Return how the columns of a table were given; times must have been read before."""
    id_type = _whole_type(table, table.frame[roles.id]) if roles.id else ""
    options = table.options
    order = table.order or ("dayfirst" if options.dayfirst else "monthfirst" if options.monthfirst else "")
    return Given(
        id=roles.id or "",
        time=roles.time or "",
        id_type=id_type,
        zone=table.zone,
        local=table.local_days,
        decimal=options.decimal or ("," if table.decimal_commas else ""),
        thousands=options.thousands or "",
        date_format=options.date_format or "",
        order=order,
    )


def _whole_type(table: Table, column: pd.Series[Any]) -> str:
    """Return the type of whole numbers as ids; empty for text. In a text file they are read as text, to keep zeros."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.categories.to_series()
    if column.dtype.kind in "iu" and not column.isna().any():
        kind: Any = column.dtype
        return str(np.dtype(getattr(kind, "numpy_dtype", kind)))
    if table.lines is None or column.dtype.kind != "O":
        return ""
    labels = pd.Series(column.dropna().unique(), dtype=object).astype(str).str.strip()
    return "int64" if len(labels) and labels.str.fullmatch(r"0|-?[1-9][0-9]{0,17}").all() else ""


def restored(frame: pd.DataFrame, given: Given) -> pd.DataFrame:
    """Return a table of forecasts (columns unique_id, ds, ...) with the user's names, types and time zone.

    A table without an id column keeps the column unique_id, which names the target.
    """
    frame = with_types(frame, given)
    names = {"unique_id": given.id or "unique_id", "ds": given.time or "ds"}
    taken = [new for old, new in names.items() if new != old and new in frame.columns]
    return frame if taken else frame.rename(columns=names)


def with_types(frame: pd.DataFrame, given: Given) -> pd.DataFrame:
    """Return a table with the user's types and time zone in its columns unique_id, ds and cutoff, if it has them."""
    new: dict[str, Any] = {name: in_zone(frame[name], given) for name in ("ds", "cutoff") if name in frame}
    if given.id_type and "unique_id" in frame:
        ids = frame["unique_id"].astype(object)
        with contextlib.suppress(ValueError, OverflowError):  # new rows brought a series whose name is a word
            new["unique_id"] = ids.astype(np.dtype(given.id_type).type)
    return frame.assign(**new)


def in_zone(times: pd.Series[Any], given: Given) -> pd.Series[Any]:
    """Return times in the zone in which they were given; those without one, and whole numbers, as they are."""
    if not given.zone or not pd.api.types.is_datetime64_dtype(times):  # has a zone already, or none
        return times
    if given.local:  # a midnight that clocks skip is the first moment of its day
        local: pd.Series[Any] = times.dt.tz_localize(given.zone, nonexistent="shift_forward", ambiguous=True)
    else:
        local = times.dt.tz_localize("UTC").dt.tz_convert(given.zone)
    return local
