"""Small files of every kind for the tests of reading, generated, and the panel they all hold."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from tests.fakes.tables import days


def sales(n: int = 8, *, freq: str = "D") -> pd.DataFrame:
    """Two series with fractions, negative numbers and one missing value."""
    y = np.array([12.5, -3.25, 1234.75, 0.1, 7.0, np.nan, 2.0 / 3.0, 99.0] * (n // 8 + 1))[:n]
    y[-1] = 5.5
    frames = [
        pd.DataFrame({"shop": name, "date": days(n, freq=freq), "sales": y * k}) for k, name in enumerate("ab", 1)
    ]
    return pd.concat(frames, ignore_index=True)


def text_of(frame: pd.DataFrame, separator: str = ",", end: str = "\n", decimal: str = ".") -> str:
    """Write a frame as separated text; numbers keep all digits."""
    return frame.to_csv(index=False, sep=separator, lineterminator=end, decimal=decimal)


def zipped(data: bytes, *names: str) -> bytes:
    """Return a zip archive that holds the same data under each name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("inner.csv",):
            archive.writestr(name, data)
    return out.getvalue()


def zstandard(data: bytes) -> bytes:
    """Return data compressed by zstandard."""
    return bytes(pa.compress(data, "zstd", asbytes=True))


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard,
    ".zip": zipped,
}


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """Write a workbook of these sheets, given by rows."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def json_lines(frame: pd.DataFrame) -> str:
    """Write one JSON object per row; missing values are null."""
    rows = frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d %H:%M:%S")).astype(object).where(frame.notna(), None)
    return "".join(json.dumps(row) + "\n" for row in rows.to_dict("records"))


def sqlite(path: Path, **tables: pd.DataFrame) -> Path:
    """Write a SQLite file of these tables."""
    import sqlite3

    connection = sqlite3.connect(path)
    for name, frame in tables.items():
        frame.to_sql(name, connection, index=False)
    connection.close()
    return path


def duckdb(path: Path, **tables: pd.DataFrame) -> Path:
    """Write a DuckDB file of these tables."""
    import duckdb as library

    with library.connect(str(path)) as connection:
        for name, frame in tables.items():
            connection.register("made", frame)
            connection.execute(f'create table "{name}" as select * from made')
    return path
