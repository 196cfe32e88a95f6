"""Turn cells into numbers, categories or labels; the error for a bad cell names its row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hybridts.data.panel import BoolArray, FloatArray
from hybridts.data.read.categories import AMBIGUOUS, Categories, categories_of
from hybridts.data.read.number_text import as_numbers, looks_like_number
from hybridts.data.read.table import Table, shown
from hybridts.text import and_more

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "<na>", "nat"})
MAX_CATEGORIES = 1000


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
    return text.empty or float(looks_like_number(text).mean()) > 0.5


def numbers(table: Table, name: str, role: str) -> FloatArray:
    """Return [n] the column as floats, NaN where missing.

    Raises:
        DataError: a cell is not a finite number; the message names its row.
    """
    column = table.frame[name]
    if pd.api.types.is_bool_dtype(column) and role == "target":
        raise table.error(f"the target column {shown(name)} holds true and false. A target must be numeric.")
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column):
        result = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        result = _from_text(table, name, role)
    infinite = np.flatnonzero(np.isinf(result))
    if len(infinite):
        raise table.error(
            f"the {role} column {shown(name)} is infinite in {table.where(int(infinite[0]))}"
            f"{and_more(len(infinite) - 1)}. Only finite numbers are allowed: leave the cell empty if the value is "
            "missing."
        )
    return result


def _from_text(table: Table, name: str, role: str) -> FloatArray:
    """Return [n] the numbers of a text column; every distinct text is parsed once."""
    codes, unique = pd.factorize(table.frame[name])
    text = pd.Series([str(u).strip().replace("−", "-") for u in unique], dtype=object)
    present = ~text.str.casefold().isin(MISSING).to_numpy(dtype=bool) if len(text) else np.zeros(0, dtype=bool)
    value = np.full(len(text) + 1, np.nan)
    value[:-1][present] = as_numbers(table, name, text[present])
    bad = np.isnan(value) & np.append(present, False)
    rows = np.flatnonzero(bad[codes])
    if len(rows):
        cell = table.frame[name].iloc[int(rows[0])]
        raise table.error(
            f"the {role} column {shown(name)} is not numeric: {shown(cell)} in {table.where(int(rows[0]))}"
            f"{and_more(len(rows) - 1)}. Write a plain number such as 1234.5, or leave the cell empty if it is "
            "missing."
        )
    return np.asarray(value[codes])


def categories_or_numbers(table: Table, name: str, role: str) -> Categories | FloatArray:
    """Return a covariate: categories of text, or [n] numbers; true and false are 1 and 0.

    Raises:
        DataError: the column holds dates or too many categories, or a number cannot be read.
    """
    column = table.frame[name]
    if pd.api.types.is_datetime64_any_dtype(column):
        raise table.error(
            f"the {role} column {shown(name)} holds dates. Covariates are numbers or categories: "
            "derive a number first, or leave the column out."
        )
    nominal = isinstance(column.dtype, pd.CategoricalDtype)
    if not nominal and not is_text(column):
        return numbers(table, name, role)
    found = categories_of(column)
    truth = _truth(found)
    if truth is not None:
        return truth
    words = bool(found.names) and all(name.casefold() in AMBIGUOUS for name in found.names)
    blank = not found.names and bool(column.notna().any())  # empty texts, not missing numbers: no category occurs yet
    if not nominal and not words and not blank and looks_numeric(column):
        return numbers(table, name, role)
    if len(found.names) > MAX_CATEGORIES:
        raise table.error(
            f"the {role} column {shown(name)} is text with {len(found.names)} different values "
            f"({', '.join(n[:20] for n in found.names[:3])}, ...). Up to {MAX_CATEGORIES} categories can be coded: "
            "give numbers instead."
        )
    return found


def _truth(found: Categories) -> FloatArray | None:
    """Return [n] 1 for true, 0 for false and NaN for an empty cell; None for any other column."""
    value = {"true": 1.0, "false": 0.0}
    if not found.names or any(name.casefold() not in value for name in found.names):
        return None
    return np.array([*(value[name.casefold()] for name in found.names), np.nan])[found.code]


def labels(table: Table, name: str, role: str) -> npt.NDArray[np.object_]:
    """Return [n] the column as text; 1.0 is the label 1 where all are whole numbers, or where 1 occurs too.

    Raises:
        DataError: a cell is empty; the message names its row.
    """
    column = table.frame[name]
    empty = np.flatnonzero(column.isna().to_numpy(dtype=bool))
    if len(empty):
        raise table.error(
            f"the {role} column {shown(name)} is empty in {table.where(int(empty[0]))}{and_more(len(empty) - 1)}. "
            f"Every row needs its {role}: fill the cell or drop the row."
        )
    if column.dtype.kind == "f" and bool((column % 1 == 0).all()):
        column = column.astype(np.int64)
    codes, unique = pd.factorize(column)
    return _one_label(table, name, np.array([str(u).strip() for u in unique], dtype=object))[codes]


def _one_label(table: Table, name: str, found: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return [k] labels in which 1 and 1.0 are one."""
    text = pd.Series(found, dtype=object)
    if not len(text) or not text.str.fullmatch(r"[+-]?\d+(?:\.\d+)?").all():
        return found
    whole = text.str.replace(r"\.0+$", "", regex=True)
    short = whole != text
    alike = short & (whole.isin(set(text[~short])) | bool((short | ~text.str.contains(".", regex=False)).all()))
    if not alike.any():
        return found
    first = int(np.flatnonzero(alike)[0])
    table.notices.append(f"column {shown(name)}: {shown(text[first])} is the label {shown(whole[first])}.")
    return np.asarray(whole.where(alike, text), dtype=object)
