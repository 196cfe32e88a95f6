"""Text columns: which word is a category, and the number that stands for it.

Numbers follow the time of the first occurrence, so that a category that first occurs later changes no other number,
whatever its name. They name categories and have no size: a model reads them by `Panel.categories`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hybridts.data.panel import BoolArray, FloatArray, IntArray
from hybridts.text import listed

#: Texts for an empty cell in a column of categories. Other words for a missing value ("none", "NA") are categories.
EMPTY = frozenset({"", "nan", "<na>", "nat", "#n/a"})
#: Words that are missing values in a column of numbers and categories in a column of text.
AMBIGUOUS = frozenset({"none", "null", "na", "n/a"})
#: Name of the category of empty cells.
EMPTY_NAME = "(empty)"
_SHOWN = 6


class Categories(NamedTuple):
    """A text column.

    Attributes:
        code: [n] index into `names`; -1 for an empty cell.
        names: in any order, each once.
    """

    code: IntArray
    names: tuple[str, ...]


def categories_of(column: pd.Series[Any]) -> Categories:
    """Return the categories of a text column: its texts without spaces around them."""
    code, unique = pd.factorize(column)
    text = [str(value).strip() for value in unique]
    names = tuple(sorted({t for t in text if t.casefold() not in EMPTY}))
    place = {name: k for k, name in enumerate(names)}
    found = np.array([*(place.get(t, -1) for t in text), -1], dtype=np.int64)
    return Categories(found[code], names)


def with_empty(found: Categories, known: BoolArray) -> Categories:
    """Return the categories with empty cells as one of their own, where some row with a `known` [n] target has one.

    Such a cell says "nothing of all this" (no holiday). Where only rows without a target are empty, values are missing.
    """
    empty = found.code < 0
    if not (empty & known).any():
        return found
    return Categories(np.where(empty, len(found.names), found.code), (*found.names, EMPTY_NAME))


def numbered(found: Categories, times: IntArray, first: Sequence[str] = ()) -> tuple[FloatArray, tuple[str, ...]]:
    """Number categories by the time of their first occurrence, then by name.

    Args:
        found: a column [n].
        times: [n] of its rows.
        first: names that have the first numbers, in this order, whether they occur or not.

    Returns:
        The numbers [n], NaN for an empty cell, and the names by number.
    """
    begin = np.full(len(found.names), np.iinfo(np.int64).max)
    filled = found.code >= 0
    np.minimum.at(begin, found.code[filled], times[filled])
    later = sorted((int(t), name) for t, name in zip(begin, found.names, strict=True) if name not in first)
    names = (*first, *(name for _, name in later))
    place = {name: float(k) for k, name in enumerate(names)}
    number = np.array([*(place[name] for name in found.names), np.nan])
    return number[found.code], names


def notice(name: str, names: Sequence[str]) -> str:
    """Return the notice on a text column and its categories."""
    count = f"{len(names)} categories" if len(names) != 1 else "1 category"
    parts = [f"column {name!r} is text with {count}: {listed(list(names), most=_SHOWN)}."]
    words = [repr(word) for word in names if word.casefold() in AMBIGUOUS]
    if words:
        parts.append(
            f"The word {' and '.join(words)} is a category like the others; leave a cell empty to say nothing."
        )
    if EMPTY_NAME in names:
        parts.append(f"Its empty cells are a category of their own, {EMPTY_NAME}.")
    return " ".join(parts)


def unseen_notice(name: str, names: Sequence[str]) -> str:
    """Return the notice on categories that no row with a known target shows."""
    shown = listed([repr(n) for n in names], most=_SHOWN)
    return (
        f"column {name!r}: {shown} first {'occur' if len(names) > 1 else 'occurs'} in rows without a known target, so "
        "no model can know the effect: statistical models count such a row as average."
    )
