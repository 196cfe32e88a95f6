"""Read JSON: one object per line, or one list of objects."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from hybridts.data.read.encoding import decoded
from hybridts.data.read.objects import from_frame
from hybridts.data.read.options import ReadOptions
from hybridts.data.read.source import Source
from hybridts.data.read.table import Table
from hybridts.errors import DataError


def read_json(source: Source, options: ReadOptions) -> Table:
    """Return the table of the objects in a file; their keys are the columns.

    Raises:
        DataError: a line is not a JSON object; the message names it.
    """
    text, note = decoded(source, source.read(), options.encoding)
    rows, lines = _list(source, text) if text.lstrip().startswith("[") else _lines(source, text)
    if not rows:
        raise DataError(f"{source.name}: there is no object in the file. It needs one per row.")
    columns: dict[str, list[Any]] = {name: [np.nan] * len(rows) for row in rows for name in row}
    for at, row in enumerate(rows):
        for name, value in row.items():
            columns[name][at] = np.nan if value is None else value
    table = from_frame(pd.DataFrame({name: _column(values) for name, values in columns.items()}))
    table.name, table.options = source.name, options
    table.lines = None if lines is None else np.asarray(lines, dtype=np.int64)
    table.notices = [*source.notices, *([note] if note else [])]
    return table


def _column(values: list[Any]) -> pd.Series[Any]:
    """Return numbers as floats or integers, anything else as it is."""
    known = [v for v in values if not (isinstance(v, float) and np.isnan(v))]
    if known and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
        if len(known) == len(values) and all(isinstance(v, int) and abs(v) < 2**62 for v in known):
            return pd.Series(values, dtype=np.int64)
        return pd.Series([_float(v) for v in values], dtype=np.float64)
    return pd.Series(values, dtype=object)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond the range of floats
        return np.inf if value > 0 else -np.inf


def _lines(source: Source, text: str) -> tuple[list[dict[str, Any]], list[int]]:
    rows, lines = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            rows.append(_object(source, _loads(source, line, number), f"line {number}"))
            lines.append(number)
    return rows, lines


def _list(source: Source, text: str) -> tuple[list[dict[str, Any]], None]:
    return [_object(source, row, f"item {i}") for i, row in enumerate(_loads(source, text, 1), 1)], None


def _loads(source: Source, text: str, line: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as cause:
        where = line + getattr(cause, "lineno", 1) - 1
        why = getattr(cause, "msg", "nested too deeply" if isinstance(cause, RecursionError) else str(cause)[:100])
        raise DataError(
            f"{source.name}: line {where} is not JSON ({why}). Write one object per line, such as "
            '{"ds": "2024-01-31", "y": 1.5}, or a list of such objects.'
        ) from cause


def _object(source: Source, row: Any, where: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise DataError(
            f"{source.name}: {where} is not a JSON object but {type(row).__name__}. Write one object per row, such as "
            '{"ds": "2024-01-31", "y": 1.5}.'
        )
    return row
