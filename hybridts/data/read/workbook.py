"""Read a sheet of a workbook (.xlsx, .xls, .xlsb, .ods)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from hybridts.data.read.header import check_header, joined_names
from hybridts.data.read.options import ReadOptions, flag
from hybridts.data.read.source import Source
from hybridts.data.read.table import Table, without_row_numbers
from hybridts.errors import DataError

Cells = list[list[Any]]


def read_workbook(source: Source, as_text: set[str], options: ReadOptions) -> Table:
    """Return the table of a sheet.

    Raises:
        DataError: the file is damaged, or which sheet or row of names is meant is not clear.
    """
    cells, note = _cells(source, options)
    filled = [i for i, row in enumerate(cells) if any(cell != "" for cell in row)]
    if not filled:
        raise DataError(f"{source.name}: the sheet is empty. It needs a row of names and rows of data.")
    lines = options.header_lines()
    header = [filled[0]] if lines is None else [line - 1 for line in lines]
    if header and header[-1] >= len(cells):
        raise DataError(f"{source.name}: row {header[-1] + 1} is to hold the names, but the sheet ends before it.")
    if header:
        names = joined_names([[_text(cell) for cell in cells[row]] for row in header])
    else:
        names = [str(i + 1) for i in range(len(cells[filled[0]]))]
    rows = [i for i in filled if not header or i > header[-1]]
    if lines is None:
        sample = [[_text(cell) for cell in cells[i]] for i in rows[:50]]
        check_header(source.name, names, sample, (header[0] + 1, rows[0] + 1 if rows else 0), "row")
    frame = pd.DataFrame({k: _column([cells[i][k] for i in rows]) for k in range(len(names))})
    frame.columns = pd.Index([name.strip() or f"Unnamed: {i}" for i, name in enumerate(names)])
    for place, name in enumerate(frame.columns):
        if name.casefold() in as_text:
            texts = [np.nan if cells[i][place] == "" else _text(cells[i][place]) for i in rows]
            frame.isetitem(place, np.array(texts, dtype=object))
    table = Table(without_row_numbers(frame), source.name, np.asarray(rows, dtype=np.int64) + 1, word="row")
    table.notices = [*source.notices, *note]
    table.options = options
    return table


def _cells(source: Source, options: ReadOptions) -> tuple[Cells, list[str]]:
    """Return the cells of a sheet, "" where empty, and a notice where it is one of several."""
    try:
        from python_calamine import CalamineWorkbook
    except ImportError as cause:
        raise DataError(
            f"{source.name}: reading workbooks needs python-calamine: pip install python-calamine, or export the sheet "
            "as CSV."
        ) from cause
    try:
        import io

        book = CalamineWorkbook.from_filelike(io.BytesIO(source.read()))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except Exception as cause:  # the library raises errors of its own, and the remedy is the same
        raise DataError(
            f"{source.name}: this is not a readable workbook ({str(cause)[:200]}). Save it again, or export the "
            "sheet as CSV."
        ) from cause
    filled = [name for name, cells in sheets.items() if any(cell != "" for row in cells for cell in row)]
    chosen = _chosen(source, list(sheets), filled, options)
    note = [f"sheet {chosen!r} of {source.name}."] if len(sheets) > 1 else []
    return sheets[chosen], note


def _chosen(source: Source, names: Sequence[str], filled: Sequence[str], options: ReadOptions) -> str:
    """Return the sheet to read: the one that was asked for, or the only one that is not empty."""
    asked = options.sheet
    if asked is not None:
        if str(asked) in names:
            return str(asked)
        if str(asked).isdigit() and 1 <= int(asked) <= len(names):
            return names[int(asked) - 1]
        raise DataError(f"{source.name}: there is no sheet {str(asked)[:60]!r}. Its sheets: {', '.join(names[:20])}.")
    if len(filled) > 1:
        raise DataError(
            f"{source.name}: {len(filled)} sheets hold data ({', '.join(filled[:20])}). Choose one with "
            f"{flag('sheet', 'NAME')}."
        )
    return filled[0] if filled else names[0]


def _text(cell: Any) -> str:
    """Return a cell as text; a whole number has no decimals, since workbooks keep all numbers as floats."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _column(cells: Sequence[Any]) -> pd.Series[Any]:
    """Return a column: numbers and dates by type where all cells agree, else as text."""
    known = [cell for cell in cells if cell != ""]
    if known and all(isinstance(c, int | float) and not isinstance(c, bool) for c in known):
        values = [np.nan if c == "" else float(c) for c in cells]
        whole = len(known) == len(cells) and all(float(c).is_integer() and abs(c) < 2**53 for c in known)
        return pd.Series(values).astype(np.int64) if whole else pd.Series(values)
    if known and all(isinstance(c, datetime.date) for c in known):
        return pd.Series(np.array([None if c == "" else c for c in cells], dtype="datetime64[us]"))
    return pd.Series([np.nan if c == "" else _text(c) for c in cells], dtype=object)
