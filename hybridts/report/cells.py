"""Data frames as tables of a report."""

from __future__ import annotations

import pandas as pd

from hybridts import text as words
from hybridts.report.section_parts import Cell, Column, Row, Table


def table_of(name: str, data: pd.DataFrame) -> Table:
    """Return a table of values as they are, one column per column of `data`."""
    columns = [Column(str(c), words=not pd.api.types.is_numeric_dtype(data[c])) for c in data.columns]
    rows = [Row([Cell(str(v), str(v)) for v in row]) for row in data.itertuples(index=False, name=None)]
    return Table(name, columns, rows, data)


def losses_of(name: str, data: pd.DataFrame) -> Table:
    """Return a table of losses; the first column of `data` names its rows."""
    columns = [Column(str(c), words=k == 0) for k, c in enumerate(data.columns)]
    rows = [
        Row([Cell(str(label), str(label)), *(Cell(words.number(float(v)), key_of(v)) for v in values)])
        for label, *values in data.itertuples(index=False, name=None)
    ]
    return Table(name, columns, rows, data)


def key_of(value: object) -> str:
    """Return what a value sorts by: all its digits; empty where there is none."""
    return "" if value is None or value is pd.NA or value != value else str(value)
