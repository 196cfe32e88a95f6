"""One pandas table with the place of every row in its source."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from hybridts.data.panel import BoolArray, IntArray
from hybridts.data.read.options import ReadOptions
from hybridts.errors import DataError

#: Longest cell or name in a message, in characters.
SHOWN = 60


def shown(cell: object) -> str:
    """Write a cell or a name for a message, cut where it is long.

    >>> shown("12 kg"), len(shown("9" * 100_000))
    ("'12 kg'", 62)
    """
    text = str(cell)
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}...")


@dataclass
class Table:
    """A frame with rows 0..n-1, and how messages name the source and its rows.

    Attributes:
        frame: the data.
        name: the file's name, or the kind of object that was given.
        lines: [n] 1-based line of each row in a file; None where rows are counted from 0.
        separator: separator of a text file, "" otherwise.
        notices: decisions made while reading, in sentences.
        unseen: those of them on categories without a known target.
        decimal_commas: number columns written with decimal commas.
        fractions: of each number column of a text file, what its points show (see `number_text.fractions`).
        single: True where no column names the series.
        group: name of the group column, "" for none.
        options: how to read what the content does not show.
        word: what a place in the source is called: "line" in a text file, "row" in a workbook.
        freq: the frequency that the user gave, which decides what 2018-1 means.
        skipped: columns of a typed file that were not read, because no role can need them.
        order: "dayfirst" or "monthfirst" where the dates show it.
        zone: time zone of the times, once they are read; empty for none.
        local_days: True where whole days were kept as written and only their zone was dropped.
    """

    frame: pd.DataFrame
    name: str
    lines: IntArray | None = None
    separator: str = ""
    notices: list[str] = field(default_factory=list)
    decimal_commas: list[str] = field(default_factory=list)
    fractions: dict[str, str] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)
    single: bool = False
    group: str = ""
    options: ReadOptions = field(default_factory=ReadOptions)
    word: str = "line"
    freq: str | None = None
    skipped: list[str] = field(default_factory=list)
    order: str = ""
    zone: str = ""
    local_days: bool = False

    @property
    def clock(self) -> str:
        """Return the zone in which times are shown; empty where they are kept as written."""
        return "" if self.local_days else self.zone

    def where(self, row: int) -> str:
        """Return the place of a row in the source, in words."""
        return f"row {row} (counted from 0)" if self.lines is None else f"{self.word} {self.lines[row]}"

    def error(self, message: str) -> DataError:
        """Return a DataError that names the source."""
        return DataError(f"{self.name}: {message}")

    def show(self) -> str:
        """Return the columns with their first values, for messages that offer a choice."""
        more = f"\n  and {self.frame.shape[1] - 30} more columns" if self.frame.shape[1] > 30 else ""
        listing = "\n".join(f"  {name[:SHOWN]}: {', '.join(self._first(name))}" for name in self.frame.columns[:30])
        return listing + more

    def columns_text(self) -> str:
        """Return the names of the columns in one line, the first of many."""
        names = [str(name)[:SHOWN] for name in self.frame.columns]
        return ", ".join(names[:30]) + (f" and {len(names) - 30} more" if len(names) > 30 else "")

    def _first(self, name: str) -> list[str]:
        values = self.frame[name].dropna().iloc[:3]
        return [str(v)[:40] for v in values] or ["(empty)"]

    def filtered(self, keep: BoolArray) -> Table:
        """Return the rows where `keep` [n] is true, with their lines in the source."""
        lines = np.arange(len(self.frame)) if self.lines is None else self.lines
        return replace(self, frame=self.frame[keep].reset_index(drop=True), lines=lines[keep])


def without_row_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop unnamed columns that are empty or count rows, which `to_csv` and trailing separators produce."""
    unused = [
        place
        for place, name in enumerate(frame.columns)
        if name.startswith("Unnamed: ") and (frame.iloc[:, place].isna().all() or _is_row_count(frame.iloc[:, place]))
    ]
    return frame.iloc[:, [place for place in range(frame.shape[1]) if place not in unused]] if unused else frame


def _is_row_count(column: pd.Series[Any]) -> bool:
    if column.dtype.kind not in "if" or column.isna().any():
        return False
    values = column.to_numpy()
    return len(values) > 1 and bool((np.diff(values) == 1).all()) and values[0] in (0, 1)
