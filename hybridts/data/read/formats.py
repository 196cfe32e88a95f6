"""Read any source into one table: its content decides how, not its name."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd
import pyarrow as pa

from hybridts.data.read.columnar import Skip, read_feather, read_parquet
from hybridts.data.read.database import read_database
from hybridts.data.read.delimited import read_delimited
from hybridts.data.read.json_lines import read_json
from hybridts.data.read.objects import FORMATS, from_frame, read_object
from hybridts.data.read.options import DATABASE_ONLY, TEXT_ONLY, WORKBOOK_ONLY, ReadOptions
from hybridts.data.read.pruning import refuse_too_large
from hybridts.data.read.source import Source, open_source
from hybridts.data.read.table import Table, shown
from hybridts.data.read.workbook import read_workbook
from hybridts.errors import BadSetting, DataError

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    from hybridts.data.panel import Panel

#: Everything that data is read from.
DataSource: TypeAlias = (
    "str | os.PathLike[str] | pd.DataFrame | pd.Series[Any] | pl.DataFrame | pl.LazyFrame | np.ndarray[Any, Any] "
    "| Panel"
)

_UNREADABLE = {
    b"\x89HDF": "an HDF5 file",
    b"%PDF": "a PDF document",
    b"PARE": "an encrypted Parquet file",
    b"\x80\x04\x95": "a pickle",
    b"\x80\x05\x95": "a pickle",
    b"\x93NUMPY": "a numpy file",
    b"CDF": "a NetCDF file",
    b"Obj\x01": "an Avro file",
    b"ORC": "an ORC file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x7fELF": "a program",
}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def read(
    source: DataSource, as_text: Iterable[str], options: ReadOptions | None = None, skip: Skip | None = None
) -> Table:
    """Read a path or an object.

    Args:
        source: path of a file, "-" for stdin, a URL, or an object in memory.
        as_text: columns of a file whose cells stay text.
        options: how to read what the content does not show.
        skip: chooses the columns of a Parquet or Feather file that need not be read.

    Raises:
        DataError: the source cannot be read, has no rows, or repeats a column.
        BadSetting: an option that this kind of source does not know.
    """
    options = ReadOptions() if options is None else options
    if isinstance(source, str | os.PathLike):
        table = _from_file(
            open_source(source, options.size_limit()), {name.casefold() for name in as_text}, options, skip
        )
    else:
        table = read_object(source, options)
    repeated = [str(n) for n, count in Counter(table.frame.columns).items() if count > 1]
    if repeated:
        raise table.error(f"the column {shown(repeated[0])} appears more than once. Rename or drop one of them.")
    if not len(table.frame):
        raise table.error(
            f"there are columns ({table.columns_text()}) but no rows. At least one row of data is needed."
        )
    return table


def _from_file(source: Source, as_text: set[str], options: ReadOptions, skip: Skip | None) -> Table:
    head = source.head(64)
    kind, reader = _reader(source, head, as_text, options, skip)
    known = {"text": TEXT_ONLY, "workbook": WORKBOOK_ONLY, "database": DATABASE_ONLY, "JSON": ("encoding",)}.get(
        kind, ()
    )
    headed = kind in ("text", "workbook")
    for name in (*TEXT_ONLY, *WORKBOOK_ONLY, *DATABASE_ONLY, "header"):
        if getattr(options, name) is not None and name not in known and not (name == "header" and headed):
            raise BadSetting(f"{source.name} is a {kind} file, which has no {name}. Leave --{name} out.", name)
    return reader()


def _reader(
    source: Source, head: bytes, as_text: set[str], options: ReadOptions, skip: Skip | None
) -> tuple[str, Callable[[], Table]]:
    """Return the kind of a file and the function that reads it."""
    for magic, what in _UNREADABLE.items():
        if head.startswith(magic):
            raise DataError(f"{source.name}: this is {what}, which cannot be read. hybridts reads {FORMATS}.")
    if head.startswith(b"PAR1") or source.suffix in (".parquet", ".pq"):
        return "Parquet", lambda: _typed(source, read_parquet, options, skip)
    if head.startswith((b"ARROW1", b"FEA1")) or source.suffix in (".feather", ".arrow"):
        return "Feather", lambda: _typed(source, read_feather, options, skip)
    if head.startswith(b"SQLite format 3\x00"):
        return "database", lambda: read_database(source, options, "SQLite")
    if head[8:12] == b"DUCK":
        return "database", lambda: read_database(source, options, "DuckDB")
    if head.startswith((b"PK\x03\x04", _OLD_OFFICE)):
        return "workbook", lambda: read_workbook(source, as_text, options)
    if source.suffix in (".xlsx", ".xls", ".xlsb", ".ods") and b"\x00" in head:
        raise DataError(f"{source.name}: this is not a readable workbook. Save it again, or export the sheet as CSV.")
    start = b"".join(head.removeprefix(b"\xef\xbb\xbf").split())[:2]
    if start[:1] == b"{" or start == b"[{" or (start[:1] == b"[" and source.suffix in (".json", ".jsonl", ".ndjson")):
        return "JSON", lambda: read_json(source, options)
    return "text", lambda: read_delimited(source, as_text, options)


def _typed(
    source: Source,
    reader: Callable[[Source, Skip], tuple[pd.DataFrame, list[str]]],
    options: ReadOptions,
    skip: Skip | None,
) -> Table:
    skipped: list[str] = []

    def chosen(schema: pa.Schema, rows: int) -> set[str]:
        found = skip(schema, rows) if skip is not None else set()
        skipped.extend(name for name in schema.names if name in found)
        refuse_too_large(source.name, rows, [name for name in schema.names if name not in found])
        return found

    frame, notices = reader(source, chosen)
    table = from_frame(frame)
    table.skipped = skipped
    table.name, table.options, table.notices = source.name, options, [*source.notices, *notices]
    return table
