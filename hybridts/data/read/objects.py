"""Turn pandas, polars, Arrow and numpy objects into a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
import pandas as pd
import pyarrow as pa

from hybridts.data.read.columnar import arrow_table
from hybridts.data.read.options import ReadOptions
from hybridts.data.read.table import Table, shown
from hybridts.errors import BadSetting, DataError

if TYPE_CHECKING:
    import polars as pl

_YEARS = ("0001-01-02", "9999-12-30")  # a day less, so that time zones stay inside

#: What can be read, for messages.
FORMATS = (
    "CSV and its kind (also compressed), Parquet, Feather, Excel, JSON lines, SQLite and DuckDB files, pandas, polars, "
    "Arrow and numpy"
)


def read_object(source: object, options: ReadOptions) -> Table:
    """Return the table of an object in memory.

    Raises:
        DataError: an object of this type cannot be read.
        BadSetting: an option that only files know was given.
    """
    for name in ("delimiter", "encoding", "sheet", "header", "query"):
        if getattr(options, name) is not None:
            raise BadSetting(f"{name} is an option for files, but the data is an object in memory. Leave it out.", name)
    table = _table(source)
    table.options = options
    return table


def _table(source: object) -> Table:
    if _is_polars(source):
        table = _table(source.lazy().collect().to_pandas())
        table.name = "the polars DataFrame"
        return table
    if isinstance(source, pd.Series):
        return from_frame(source.to_frame(name="y" if source.name is None else source.name))
    if isinstance(source, pd.DataFrame):
        return from_frame(source)
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if hasattr(source, "__arrow_c_stream__"):
        return _from_stream(source)
    raise DataError(f"data of type {type(source).__name__!r} cannot be read. hybridts reads {FORMATS}.")


def from_frame(source: pd.DataFrame) -> Table:
    """Return the table of a pandas frame; an index of dates, and a named index, become columns."""
    if source.columns.nlevels > 1:
        source = source.set_axis([" ".join(str(p) for p in c if str(p)) for c in source.columns], axis=1)
    index = source.index
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) or any(name is not None for name in index.names):
        if index.nlevels == 1 and index.name is None:
            source = source.rename_axis("ds" if "ds" not in source.columns else "index")
        taken = [str(n) for n in source.index.names if n in source.columns]
        # Drop an index that repeats a column; any other index becomes a column.
        source = source.reset_index(drop=bool(taken)) if index.nlevels == 1 or not taken else source
    frame = source.reset_index(drop=True)
    for place, dtype in enumerate(frame.dtypes):
        # Lists and other containers cannot be compared or counted; their text can.
        if dtype.kind == "O" and any(map(_is_container, frame.iloc[:, place])):
            frame.isetitem(place, frame.iloc[:, place].astype(str).to_numpy())
        elif dtype.kind == "M":
            _refuse_far_dates(frame.iloc[:, place])
    frame.columns = pd.Index([str(c) for c in frame.columns])
    return Table(frame, "the DataFrame")


def _refuse_far_dates(column: pd.Series[Any]) -> None:
    """Raise DataError for a date beyond the years 1 to 9999: damaged data, at which pandas ends the process."""
    unit = re.search(r"\[(s|ms|us)\b", str(column.dtype))
    if unit is None:
        return  # nanoseconds end in 2262
    number = column.dropna().astype("int64").to_numpy()
    low, high = np.array(_YEARS, dtype=f"datetime64[{unit[1]}]").astype(np.int64)
    if len(number) and (number.min() < low or number.max() > high):
        raise DataError(
            f"the column {shown(column.name)} holds dates beyond the years 1 to 9999. Correct or drop them."
        )


def _is_polars(source: object) -> TypeGuard[pl.DataFrame | pl.LazyFrame]:
    """Recognise a polars frame without importing polars."""
    return type(source).__module__.partition(".")[0] == "polars" and hasattr(source, "lazy")


def _is_container(cell: object) -> bool:
    return isinstance(cell, list | dict | set | np.ndarray)


def _from_array(source: np.ndarray[Any, Any]) -> Table:
    """Return a structured array as its columns, and one dimension of numbers as a series that counts its rows."""
    if source.dtype.names:
        table = from_frame(pd.DataFrame({name: source[name] for name in source.dtype.names}))
    elif source.ndim == 1 and source.dtype.kind in "iuf":
        table = from_frame(pd.DataFrame({"ds": np.arange(len(source)), "y": source}))
    else:
        raise DataError(
            f"a numpy array of shape {source.shape} and type {source.dtype} cannot be read: give one dimension of "
            "numbers (one series), a structured array, or a DataFrame with a time column."
        )
    table.name = "the array"
    return table


def _from_stream(source: Any) -> Table:
    """Return a frame of any library that shares Arrow data, such as a pyarrow table or a DuckDB relation."""
    name = f"the {type(source).__name__}"
    try:
        table, notices = arrow_table(pa.RecordBatchReader.from_stream(source).read_all(), name)
    except DataError:
        raise
    except Exception as cause:  # every library has errors of its own
        raise DataError(f"{name} cannot be read as Arrow data ({str(cause)[:300]}).") from cause
    made = from_frame(table)
    made.name, made.notices = name, notices
    return made
