"""Read any source into one pandas table with the place of every row in that source."""

from __future__ import annotations

import csv
import os
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import numpy as np
import pandas as pd

from hybridts.data.panel import BoolArray, IntArray
from hybridts.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

    from hybridts.data.panel import Panel

#: Everything that data is read from.
DataSource: TypeAlias = "str | os.PathLike[str] | pd.DataFrame | pd.Series[Any] | pl.DataFrame | pl.LazyFrame | Panel"

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_FORMATS = "CSV (comma, semicolon or tab), Parquet, pandas and polars"


@dataclass
class Table:
    """A frame with rows 0..n-1, and how messages name the source and its rows.

    Attributes:
        frame: the data.
        name: the file's name, or the kind of object that was given.
        lines: [n] 1-based line of each row in a CSV file; None where rows are counted from 0.
        separator: separator of a CSV file, "" otherwise.
        notices: decisions made while reading, in sentences.
        unseen: those of them on categories without a known target.
        decimal_commas: number columns written with decimal commas.
        single: True where no column names the series.
        group: name of the group column, "" for none.
    """

    frame: pd.DataFrame
    name: str
    lines: IntArray | None = None
    separator: str = ""
    notices: list[str] = field(default_factory=list)
    decimal_commas: list[str] = field(default_factory=list)
    single: bool = False
    group: str = ""
    unseen: list[str] = field(default_factory=list)

    def where(self, row: int) -> str:
        """Return the place of a row in the source, in words."""
        return f"row {row} (counted from 0)" if self.lines is None else f"line {self.lines[row]}"

    def error(self, message: str) -> DataError:
        """Return a DataError that names the source."""
        return DataError(f"{self.name}: {message}")

    def show(self) -> str:
        """Return the columns with their first values, for messages that offer a choice."""
        return "\n".join(f"  {name}: {', '.join(self._first(name))}" for name in self.frame.columns[:30])

    def _first(self, name: str) -> list[str]:
        values = self.frame[name].dropna().iloc[:3]
        return [str(v)[:40] for v in values] or ["(empty)"]

    def filtered(self, keep: BoolArray) -> Table:
        """Return the rows where `keep` [n] is true, with their lines in the source."""
        lines = np.arange(len(self.frame)) if self.lines is None else self.lines
        return Table(
            self.frame[keep].reset_index(drop=True),
            self.name,
            lines[keep],
            self.separator,
            self.notices,
            self.decimal_commas,
        )


def read(source: DataSource, as_text: Iterable[str]) -> Table:
    """Read a path or a frame.

    Args:
        source: path of a CSV or Parquet file, or a pandas or polars frame.
        as_text: columns of a CSV file whose cells stay text.

    Raises:
        DataError: the source cannot be read, has no rows, or repeats a column.
    """
    if isinstance(source, str | os.PathLike):
        table = _from_path(Path(source), {name.casefold() for name in as_text})
    else:
        table = _from_object(source)
    repeated = [str(n) for n, count in Counter(table.frame.columns).items() if count > 1]
    if repeated:
        raise table.error(f"the column {repeated[0]!r} appears more than once. Rename or drop one of them.")
    if not len(table.frame):
        raise table.error(
            f"there are columns ({', '.join(map(str, table.frame.columns))}) but no rows. "
            "At least one row of data is needed."
        )
    return table


def _from_object(source: object) -> Table:
    if _is_polars(source):
        table = _from_object(source.lazy().collect().to_pandas())
        table.name = "the polars DataFrame"
        return table
    if isinstance(source, pd.Series):
        source = source.to_frame(name="y" if source.name is None else source.name)
    if not isinstance(source, pd.DataFrame):
        raise DataError(f"data of type {type(source).__name__!r} cannot be read. hybridts reads {_FORMATS}.")
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
    frame.columns = pd.Index([str(c) for c in frame.columns])
    return Table(frame, "the DataFrame")


def _is_polars(source: object) -> TypeGuard[pl.DataFrame | pl.LazyFrame]:
    """Recognise a polars frame without importing polars."""
    return type(source).__module__.partition(".")[0] == "polars" and hasattr(source, "lazy")


def _is_container(cell: object) -> bool:
    return isinstance(cell, list | dict | set | np.ndarray)


def _from_path(path: Path, as_text: set[str]) -> Table:
    try:
        if not path.exists():
            siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            raise DataError(f"there is no file {str(path)!r}.{did_you_mean(path.name, siblings)} Check the path.")
        if path.is_dir():
            raise DataError(f"{str(path)!r} is a folder. Give one file: hybridts reads {_FORMATS}.")
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as cause:
        shown = str(path)[:100]
        raise DataError(
            f"{shown!r} cannot be opened ({cause.strerror}). Check the path and its permissions."
        ) from cause
    if not start:
        raise DataError(f"{path.name}: the file is empty. It needs a header line and at least one row.")
    if start == b"PAR1" or path.suffix.lower() in {".parquet", ".pq"}:
        return _parquet(path)
    if path.suffix.lower() in {".xlsx", ".xls", ".json", ".feather", ".h5", ".zip"}:
        raise DataError(f"{path.name}: {path.suffix} files cannot be read. hybridts reads {_FORMATS}: export to CSV.")
    return _csv(path, as_text)


def _parquet(path: Path) -> Table:
    try:
        table = _from_object(pd.read_parquet(path))
    except DataError:
        raise
    except Exception as cause:  # the engines raise errors of their own, and the remedy is the same
        raise DataError(f"{path.name}: this is not a readable Parquet file ({cause}). Write it again.") from cause
    table.name = path.name
    return table


def _csv(path: Path, as_text: set[str]) -> Table:
    try:
        header, separator = _sniff(path)
        frame = _parse_csv(path, header, separator, as_text)
    except UnicodeDecodeError as cause:
        raise DataError(
            f"{path.name}: byte {cause.start} is not UTF-8 text. Save the file as UTF-8 (in Excel: CSV UTF-8)."
        ) from cause
    except (pd.errors.ParserError, pd.errors.ParserWarning, csv.Error) as cause:
        raise DataError(
            f"{path.name}: the rows do not fit the header ({_parser_message(cause)}). Correct that line."
        ) from cause
    frame = _without_row_numbers(frame)
    lines = np.arange(len(frame), dtype=np.int64) + header + 2
    table = Table(frame, path.name, lines, separator)
    if separator != ",":
        table.notices.append(f"{path.name} is separated by {_SEPARATORS[separator]}.")
    blank = frame.isna().all(axis=1).to_numpy()
    return table.filtered(~blank) if blank.any() else table


def _parse_csv(path: Path, header: int, separator: str, as_text: set[str]) -> pd.DataFrame:
    names = _header(path, header, separator)
    with warnings.catch_warnings():
        # For rows wider than the header pandas would only warn, and drop the last cells.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        # "NA" may name a series, so only empty cells are missing here; number columns accept more words later.
        frame = pd.read_csv(
            path,
            sep=separator,
            encoding="utf-8-sig",
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
            skiprows=header,
            index_col=False,
            dtype={name: str for name in names if name.strip().casefold() in as_text},
            low_memory=False,
        )
    # pandas renames a repeated column silently ("y.1"); with the names as written, the caller can refuse it
    frame.columns = pd.Index([name.strip() or f"Unnamed: {i}" for i, name in enumerate(names)])
    return frame


def _without_row_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop unnamed columns that are empty or count rows, which `to_csv` and trailing separators produce."""
    unused = [
        name
        for name in frame.columns
        if name.startswith("Unnamed: ") and (frame[name].isna().all() or _is_row_count(frame[name]))
    ]
    return frame.drop(columns=unused)


def _is_row_count(column: pd.Series[Any]) -> bool:
    values = column.to_numpy()
    return column.dtype.kind == "i" and len(values) > 1 and bool((np.diff(values) == 1).all()) and values[0] in (0, 1)


def _parser_message(cause: Exception) -> str:
    return str(cause).replace("Error tokenizing data. C error: ", "").strip()


def _sniff(path: Path) -> tuple[int, str]:
    """Return the number of blank lines before the header, and the separator that splits the header into most cells."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(islice(file, 50))
    filled = [i for i, line in enumerate(lines) if line.strip()]
    if not filled:
        raise DataError(f"{path.name}: the file holds only blank lines. It needs a header line and rows.")
    sample = [lines[i] for i in filled]
    widths = {sep: [len(row) for row in csv.reader(sample, delimiter=sep)] for sep in _SEPARATORS}
    # The header decides; on a tie, take the separator that makes every row as wide as the header.
    return filled[0], max(_SEPARATORS, key=lambda sep: (widths[sep][0], len(set(widths[sep])) == 1))


def _header(path: Path, skip: int, separator: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(islice(file, skip, None), delimiter=separator))
