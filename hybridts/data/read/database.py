"""Read a table or a query of a SQLite or DuckDB file; nothing is written to it."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from hybridts.data.read.columnar import arrow_table
from hybridts.data.read.objects import from_frame
from hybridts.data.read.options import ReadOptions, flag
from hybridts.data.read.source import Source
from hybridts.data.read.table import Table
from hybridts.errors import DataError

#: Memory of a row of a few columns in Python.
_ROW_BYTES = 400
#: What a query may do in SQLite: read, select, recurse, call functions.
_READING = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)


def read_database(source: Source, options: ReadOptions, kind: str) -> Table:
    """Return the result of a query, or the only table.

    Args:
        source: the file.
        options: has the query.
        kind: "SQLite" or "DuckDB".

    Raises:
        DataError: the file is damaged, the query fails or would write, or there are several tables.
    """
    if source.path is not None:
        return _read(source, source.path, options, kind)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "database"
        path.write_bytes(source.content)
        return _read(source, path, options, kind)


def _read(source: Source, path: Path, options: ReadOptions, kind: str) -> Table:
    frame, notices = (_sqlite if kind == "SQLite" else _duckdb)(source, path, options.query)
    table = from_frame(frame)
    table.name, table.options, table.notices = source.name, options, [*source.notices, *notices]
    return table


def _sqlite(source: Source, path: Path, query: str | None) -> tuple[pd.DataFrame, list[str]]:
    most = source.limit // _ROW_BYTES  # a query that never ends must end
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    connection = None
    try:
        connection = sqlite3.connect(uri, uri=True)
        if query is None:
            listing = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%'"
            query, notices = _only_table(source, [row[0] for row in connection.execute(listing)])
        else:
            notices = []
            connection.set_authorizer(_only_reading)
        cursor = connection.execute(query)
        names = [item[0] for item in cursor.description or ()]
        rows = cursor.fetchmany(most + 1)
        if len(rows) > most:
            raise DataError(
                f"{source.name}: the query {query[:200]!r} returns more than {most:,} rows, the limit. Raise it with "
                f"{flag('max-size')}."
            )
        frame = pd.DataFrame.from_records(rows, columns=names)
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError) as cause:
        raise _failed(source, query, cause) from cause
    finally:
        if connection is not None:
            connection.close()
    return frame, notices


def _only_reading(action: int, *_: object) -> int:
    """Return whether SQLite may do something in a query."""
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _duckdb(source: Source, path: Path, query: str | None) -> tuple[pd.DataFrame, list[str]]:
    try:
        import duckdb
    except ImportError as cause:
        raise DataError(
            f"{source.name}: reading DuckDB files needs the package duckdb: pip install duckdb, or export the table to "
            "Parquet."
        ) from cause
    try:
        with duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"}) as connection:
            if query is None:
                listing = "select table_name from information_schema.tables where table_schema = 'main'"
                query, notices = _only_table(source, [row[0] for row in connection.execute(listing).fetchall()])
            else:
                notices = []
            relation = connection.sql(query)
            if relation is None:
                raise DataError(f"{source.name}: the query {query[:200]!r} failed, since it is no SELECT.")
            found, more = arrow_table(relation.to_arrow_table(), source.name)
    except duckdb.Error as cause:
        raise _failed(source, query, cause) from cause
    return found, [*notices, *more]


def _only_table(source: Source, names: Sequence[str]) -> tuple[str, list[str]]:
    """Return the query for the only table, and a notice that names it."""
    if len(names) != 1:
        listing = ", ".join(sorted(names)[:20]) or "none"
        raise DataError(
            f"{source.name}: the database has {len(names)} tables ({listing}). Choose with {flag('query')} "
            "'SELECT ... FROM ...'."
        )
    quoted = names[0].replace('"', '""')
    return f'SELECT * FROM "{quoted}"', [f"table {names[0]!r} of {source.name}."]


def _failed(source: Source, query: str | None, cause: Exception) -> DataError:
    what = f"the query {query[:200]!r} failed" if query else "the database cannot be read"
    return DataError(f"{source.name}: {what} ({str(cause)[:300].rstrip('.')}). Only SELECT is possible.")
