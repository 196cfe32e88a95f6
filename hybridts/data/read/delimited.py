"""Read a text file of separated columns: CSV, TSV and their kind."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hybridts.data.panel import IntArray
from hybridts.data.read.encoding import decoded
from hybridts.data.read.header import check_header, joined_names
from hybridts.data.read.number_text import fractions
from hybridts.data.read.options import ReadOptions, flag
from hybridts.data.read.source import Source
from hybridts.data.read.table import Table, without_row_numbers
from hybridts.errors import DataError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
#: Lines that show the separator and whether there is a header.
_SAMPLE = 50
_WHOLE = r"^[+-]?(?:0|[1-9]\d{0,17})$"
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_TRUTH = {word: word.casefold() == "true" for word in ("True", "TRUE", "true", "False", "FALSE", "false")}
_CODE = r"^0\d+$"  # 007 is a code, or a date such as 01022023; its zero would be lost in a number


def read_delimited(source: Source, as_text: set[str], options: ReadOptions) -> Table:
    """Return the table of a text file.

    Args:
        source: the file.
        as_text: names of columns, in lower case, whose cells stay text.
        options: how to read it, where the content does not show it.

    Raises:
        DataError: the file holds no table; the message names the line and the remedy.
    """
    text, note = decoded(source, source.read(), options.encoding)
    if "\n" not in text:
        text = text.replace("\r", "\n")  # the ends of lines of old Macs
    try:
        return _table(source, text, note, as_text, options)
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, csv.Error) as cause:
        raise DataError(
            f"{source.name}: the rows do not fit the header ({_parser_message(cause)}). Correct that line, or name the "
            f"line of the header with {flag('header', 'N')} and the separator with {flag('delimiter')}."
        ) from cause


def _table(source: Source, text: str, note: str, as_text: set[str], options: ReadOptions) -> Table:
    filled = _filled_lines(source, text)
    lines = options.header_lines()
    first = lines[0] - 1 if lines else 0
    separator = options.delimiter or _separator(source, [line for at, line in filled if at >= first])
    if lines is None:
        header = [filled[0][0]]
    else:
        header = [line - 1 for line in lines]
    names = _names(source, text, header, separator)
    if lines is None:
        sample = list(csv.reader([line for _, line in filled[1:_SAMPLE]], delimiter=separator))
        check_header(source.name, names, sample, (header[0] + 1, filled[1][0] + 1 if len(filled) > 1 else 0))
    frame, points = _parsed(text, header[-1] + 1 if header else 0, separator, names, as_text, options)
    lines_of = _lines(text, header[-1] + 1 if header else 0, len(frame), separator)
    frame = without_row_numbers(frame)
    table = Table(frame, source.name, lines_of, separator, notices=[*source.notices, *([note] if note else [])])
    table.options, table.fractions = options, points
    if separator != "," and not options.delimiter:
        table.notices.append(f"{source.name} is separated by {SEPARATORS[separator]}.")
    if lines == ():
        table.notices.append(f"{source.name} has no header: its columns are named {', '.join(names[:8])}.")
    blank = frame.isna().all(axis=1).to_numpy()
    return table.filtered(~blank) if blank.any() else table


def _filled_lines(source: Source, text: str) -> list[tuple[int, str]]:
    """Return the first lines that are not blank, with their numbers from 0."""
    found = [(i, line) for i, line in enumerate(islice(io.StringIO(text, newline=None), 10_000)) if line.strip()]
    if not found:
        raise DataError(f"{source.name}: the file holds only blank lines. It needs a header line and rows.")
    if found[0][1].lstrip().casefold().startswith(("<!doctype", "<html", "<?xml", "%pdf-", "{\\rtf")):
        raise DataError(f"{source.name}: this is no table but a {_kind(found[0][1])} document. Export it as CSV.")
    return found


def _kind(line: str) -> str:
    start = line.lstrip().casefold()
    return "PDF" if start.startswith("%pdf") else "rich text" if start.startswith("{") else "web or XML"


def _separator(source: Source, sample: Sequence[str]) -> str:
    """Return the separator that splits the header into most cells.

    Raises:
        DataError: two separators fit equally well.
    """
    widths = {sep: [len(row) for row in csv.reader(sample[:_SAMPLE], delimiter=sep)] for sep in SEPARATORS}
    # The header decides; on a tie, the separator that makes every row as wide as the header.
    score = {sep: (widths[sep][0], len(set(widths[sep])) == 1) for sep in SEPARATORS if widths[sep]}
    best = max(score.values(), default=(0, False))
    fitting = [sep for sep in score if score[sep] == best]
    if len(fitting) > 1 and best[0] > 1:
        words = " or ".join(SEPARATORS[sep] for sep in fitting)
        raise DataError(
            f"{source.name}: the columns may be separated by {words}: both split the header into {best[0]} cells. Say "
            f"which with {flag('delimiter')}."
        )
    return fitting[0] if fitting else ","


def _names(source: Source, text: str, header: Sequence[int], separator: str) -> list[str]:
    """Return the names of the columns; several header lines are joined, and none makes names 1, 2, ..."""
    lines = text if not header else None
    if lines is not None:
        first = next((row for row in csv.reader(io.StringIO(text, newline=None), delimiter=separator) if any(row)), [])
        return [str(i + 1) for i in range(len(first))]
    rows = []
    for line in header:
        reader = csv.reader(islice(io.StringIO(text, newline=None), line, None), delimiter=separator)
        row = next(reader, None)
        if row is None or not any(cell.strip() for cell in row):
            raise DataError(f"{source.name}: line {line + 1} is to hold the names of the columns, but it is blank.")
        rows.append(row)
    return joined_names(rows)


def _parsed(
    text: str, skip: int, separator: str, names: Sequence[str], as_text: set[str], options: ReadOptions
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return all rows after the first `skip` lines, and what points show: numbers by type, other columns as text."""
    start = _offset(text, skip)
    with warnings.catch_warnings():
        # For rows wider than the header pandas would only warn, and drop the last cells.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        # All cells are read as text: the parser of numbers in pandas is not exact, and can crash.
        # "NA" may name a series, so only empty cells are missing here; number columns accept more words later.
        try:
            frame = pd.read_csv(
                _with_header(text[start:], len(names), separator),
                sep=separator,
                keep_default_na=False,
                na_values=[""],
                skip_blank_lines=False,
                index_col=False,
                dtype=str,
                low_memory=False,
            )
        except (pd.errors.ParserError, pd.errors.ParserWarning) as cause:
            raise type(cause)(_with_lines(str(cause), skip)) from cause
    # pandas renames a repeated column silently ("y.1"); with the names as written, the caller can refuse it
    frame.columns = pd.Index([name.strip() or f"Unnamed: {i}" for i, name in enumerate(names)])
    points = {}
    for i, name in enumerate(frame.columns):
        if name.casefold() not in as_text:
            column, points[name] = _typed(frame.iloc[:, i], options)
            frame.isetitem(i, column.to_numpy())
    return frame, points


def _offset(text: str, lines: int) -> int:
    """Return where the line after the first `lines` lines begins."""
    at = 0
    for _ in range(lines):
        end = re.compile(r"\r\n|\r|\n").search(text, at)
        if end is None:
            return len(text)
        at = end.end()
    return at


def _with_header(text: str, width: int, separator: str) -> io.BytesIO:
    """Return rows under a plain header, since the parser counts cells by the header, whose own names may repeat."""
    # surrogates cannot be encoded; they come from a few encodings that allow them, and never in a number
    return io.BytesIO((separator.join(f"c{i}" for i in range(width)) + "\n" + text).encode("utf-8", "replace"))


def _with_lines(message: str, skip: int) -> str:
    """Count lines in a message of the parser from the start of the file."""
    return re.sub(r"line (\d+)", lambda found: f"line {int(found[1]) + skip - 1}", message)


def _typed(column: pd.Series[str], options: ReadOptions) -> tuple[pd.Series[Any], str]:
    """Return a column of plain numbers as integers or floats, exactly, and what its points show; others unchanged."""
    text = pc.utf8_trim_whitespace(pa.array(column, type=pa.large_string(), from_pandas=True)).drop_null()
    if not len(text) or pc.any(pc.match_substring_regex(text, _CODE)).as_py():
        return column, ""
    if len(text) == len(column) and set(pc.unique(text[:200]).to_pylist()) <= _TRUTH.keys():
        truth = column.str.strip().map(_TRUTH)
        return (column if truth.isna().any() else truth.astype(bool)), ""
    if pc.all(pc.match_substring_regex(text, _WHOLE)).as_py() and len(text) == len(column):
        return pd.Series(pc.cast(pc.utf8_ltrim(text, "+"), pa.int64()).to_numpy(zero_copy_only=False)), ""
    commas = options.decimal == "," or options.thousands == "."
    if commas or not pc.all(pc.match_substring_regex(text, _NUMBER)).as_py():
        return column, ""
    values = np.full(len(column), np.nan)
    values[column.notna().to_numpy()] = pc.cast(pc.utf8_ltrim(text, "+"), pa.float64()).to_numpy(zero_copy_only=False)
    return pd.Series(values), fractions(text)


def _lines(text: str, skip: int, rows: int, separator: str) -> IntArray:
    """Return [rows] the line of each row in the file, counted from 1."""
    plain = np.arange(rows, dtype=np.int64) + skip + 1
    if '"' not in text:
        return plain
    reader = csv.reader(io.StringIO(text[_offset(text, skip) :], newline=None), delimiter=separator)
    starts, before = [], 0
    for _ in reader:  # a cell in quotes may hold ends of lines
        starts.append(before + skip + 1)
        before = reader.line_num
    return np.asarray(starts[:rows], dtype=np.int64) if len(starts) >= rows else plain


def _parser_message(cause: Exception) -> str:
    return str(cause).replace("Error tokenizing data. C error: ", "").strip()
