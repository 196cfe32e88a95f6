"""Turn cells into numbers, categories or labels; the error for a bad cell names its row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hybridts.data.panel import BoolArray, FloatArray
from hybridts.data.read.categories import AMBIGUOUS, Categories, categories_of
from hybridts.data.read.table import Table
from hybridts.text import and_more

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "<na>", "nat"})
MAX_CATEGORIES = 1000

_DECIMAL_POINT = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_DECIMAL_COMMA = r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?"
_THOUSANDS = r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?"
_AMBIGUOUS = r"[+-]?\d{1,3},\d{3}"  # 1,234 is over a thousand in some countries and near one in others


def is_text(column: pd.Series[Any]) -> bool:
    """Return True for a column that holds neither numbers nor dates by type."""
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))


def is_missing(column: pd.Series[Any]) -> BoolArray:
    """Return [n] True where a cell is empty or one of the usual words for a missing value."""
    empty = column.isna().to_numpy(dtype=bool)
    if not is_text(column):
        return empty
    codes, unique = pd.factorize(column)
    words = np.array([str(u).strip().casefold() in MISSING for u in unique] + [True])
    return np.asarray(empty | words[codes])


def looks_numeric(column: pd.Series[Any]) -> bool:
    """Return True where most cells are numbers in some spelling, so that one bad cell does not hide a target."""
    if pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_bool_dtype(column):
        return False
    if not is_text(column):
        return True
    text = column[~is_missing(column)].iloc[:200].astype(str).str.strip()
    if text.empty:
        return True
    pattern = f"(?:{_DECIMAL_POINT})|(?:{_DECIMAL_COMMA})|(?:{_THOUSANDS})"
    return float(text.str.fullmatch(pattern).mean()) > 0.5


def numbers(table: Table, name: str, role: str) -> FloatArray:
    """Return [n] the column as floats, NaN where missing.

    Raises:
        DataError: a cell is not a finite number; the message names its row.
    """
    column = table.frame[name]
    if pd.api.types.is_bool_dtype(column) and role == "target":
        raise table.error(f"the target column {name!r} holds true and false. A target must be numeric.")
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column):
        result = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        result = _from_text(table, name, role)
    infinite = np.flatnonzero(np.isinf(result))
    if len(infinite):
        raise table.error(
            f"the {role} column {name!r} is infinite in {table.where(int(infinite[0]))}"
            f"{and_more(len(infinite) - 1)}. Only finite numbers are allowed: leave the cell empty if the value is "
            "missing."
        )
    return result


def _from_text(table: Table, name: str, role: str) -> FloatArray:
    """Return [n] the numbers of a text column; every distinct text is parsed once."""
    codes, unique = pd.factorize(table.frame[name])
    text = pd.Series([str(u).strip() for u in unique], dtype=object).replace("−", "-", regex=True)
    present = ~text.str.casefold().isin(MISSING).to_numpy(dtype=bool)
    known = text[present]
    value = np.full(len(text) + 1, np.nan)
    parsed = pd.to_numeric(known, errors="coerce").to_numpy(dtype=np.float64)
    if np.isnan(parsed).any():
        parsed = _with_commas(table, name, known, parsed)
    value[:-1][present] = parsed
    bad = np.isnan(value) & np.append(present, False)
    rows = np.flatnonzero(bad[codes])
    if len(rows):
        cell = table.frame[name].iloc[int(rows[0])]
        raise table.error(
            f"the {role} column {name!r} is not numeric: {str(cell)!r} in {table.where(int(rows[0]))}"
            f"{and_more(len(rows) - 1)}. Write a plain number such as 1234.5, or leave the cell empty if it is "
            "missing."
        )
    return np.asarray(value[codes])


def _with_commas(table: Table, name: str, text: pd.Series[str], plain: FloatArray) -> FloatArray:
    """Parse numbers with commas where one meaning of the comma fits the whole column; else return `plain`."""
    comma = text.str.contains(",", regex=False)
    decimal = bool(text.str.fullmatch(_DECIMAL_COMMA).all())
    thousands = bool(text.str.fullmatch(_THOUSANDS).all())
    if not comma.any() or not (decimal or thousands):
        return plain
    example = str(text[comma].iloc[0])
    if decimal and thousands:
        assert text[comma].str.fullmatch(_AMBIGUOUS).all()
        raise table.error(
            f"in column {name!r} the comma of {example!r} may separate decimals or thousands, and no "
            "other cell shows which. Write the numbers without thousands separators and with a decimal point."
        )
    if decimal:
        text = text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        table.notices.append(
            f"column {name!r} has decimal commas: {example!r} was read as {float(text[comma].iloc[0])}."
        )
        table.decimal_commas.append(name)
    else:
        text = text.str.replace(",", "", regex=False)
        table.notices.append(
            f"column {name!r} has commas between thousands: {example!r} was read as {float(text[comma].iloc[0])}."
        )
    return np.asarray(text.astype(float), dtype=np.float64)


def check_one_decimal_mark(table: Table, names: list[str]) -> None:
    """Check that number columns of a text file do not mix decimal commas and decimal points.

    Raises:
        DataError: one column has decimal commas and another decimal points.
    """
    for name in names if table.decimal_commas and table.lines is not None else ():
        column = table.frame[name]
        if column.dtype.kind == "f" and not column.isna().any():  # pandas parses only points as floats
            raise table.error(
                f"column {table.decimal_commas[0]!r} has decimal commas, but column {name!r} is written "
                f"with points ({column.iloc[0]}): decimals or thousands? Use decimal points in all columns."
            )


def categories_or_numbers(table: Table, name: str, role: str) -> Categories | FloatArray:
    """Return a covariate: categories of text, or [n] numbers; true and false are 1 and 0.

    Raises:
        DataError: the column holds dates or too many categories, or a number cannot be read.
    """
    column = table.frame[name]
    if pd.api.types.is_datetime64_any_dtype(column):
        raise table.error(
            f"the {role} column {name!r} holds dates. Covariates are numbers or categories: "
            "derive a number first, or leave the column out."
        )
    found = categories_of(column)
    truth = _truth(found)
    if truth is not None:
        return truth
    words = bool(found.names) and all(name.casefold() in AMBIGUOUS for name in found.names)
    nominal = isinstance(column.dtype, pd.CategoricalDtype) or words
    if not nominal and (looks_numeric(column) or pd.api.types.is_bool_dtype(column)):
        return numbers(table, name, role)
    if len(found.names) > MAX_CATEGORIES:
        raise table.error(
            f"the {role} column {name!r} is text with {len(found.names)} different values "
            f"({', '.join(found.names[:3])}, ...). Up to {MAX_CATEGORIES} categories can be coded: give numbers "
            "instead."
        )
    return found


def _truth(found: Categories) -> FloatArray | None:
    """Return [n] 1 for true, 0 for false and NaN for an empty cell; None for any other column."""
    value = {"true": 1.0, "false": 0.0}
    if not found.names or any(name.casefold() not in value for name in found.names):
        return None
    return np.array([*(value[name.casefold()] for name in found.names), np.nan])[found.code]


def labels(table: Table, name: str, role: str) -> npt.NDArray[np.object_]:
    """Return [n] the column as text.

    Raises:
        DataError: a cell is empty; the message names its row.
    """
    column = table.frame[name]
    empty = np.flatnonzero(column.isna().to_numpy(dtype=bool))
    if len(empty):
        raise table.error(
            f"the {role} column {name!r} is empty in {table.where(int(empty[0]))}{and_more(len(empty) - 1)}. "
            f"Every row needs its {role}: fill the cell or drop the row."
        )
    if column.dtype.kind == "f" and bool((column % 1 == 0).all()):
        column = column.astype(np.int64)
    codes, unique = pd.factorize(column)
    return np.array([str(u).strip() for u in unique], dtype=object)[codes]
