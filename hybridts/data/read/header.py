"""Find out whether the first line of a table holds names: a file without a header must not lose its first row."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hybridts.data.read.options import flag
from hybridts.errors import DataError

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:[., ']\d{3})+|\d+)?(?:[.,]\d*)?(?:[eE][+-]?\d+)?\s*%?")
_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}([-/.]\d{1,2}.*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|\d{4}-?[QqWw]\d{1,2}"
    r"|\d{1,2} [A-Za-z]{3,9} \d{4}|\d{1,2}-[A-Za-z]{3}-\d{2,4}|[A-Za-z]{3} \d{1,2}, \d{4}|\d{1,2}:\d{2}(:\d{2})?)"
)


def kind_of(cell: str) -> str:
    """Return what a cell looks like: "blank", "date", "number" or "text"."""
    text = cell.strip()
    if not text:
        return "blank"
    if _DATE.fullmatch(text):
        return "date"
    return "number" if _NUMBER.fullmatch(text) and any(c.isdigit() for c in text) else "text"


def check_header(
    source: str, names: Sequence[str], rows: Sequence[Sequence[str]], lines: tuple[int, int], word: str = "line"
) -> None:
    """Check that the first line holds names and the second holds data.

    Args:
        source: name of the file for messages.
        names: cells of the first line.
        rows: cells of some lines below.
        lines: places of the first line and of the first of `rows`.
        word: what a line is called.

    Raises:
        DataError: the first line looks like data, or the second like more names.
    """
    line, second_line = lines
    below = [row for row in rows if len(row) == len(names)]
    if not below:
        return
    shown = ", ".join(name[:20] for name in names[:6]) + (", ..." if len(names) > 6 else "")
    if _is_data(names, below):
        raise DataError(
            f"{source}: {word} {line} ({shown}) looks like data, not like the names of columns. If there are no names, "
            f"say {flag('header', 'none')} (the columns are then named 1, 2, ...); if they stand elsewhere, "
            f"{flag('header', 'N')}; if these are the names, {flag('header', str(line))}."
        )
    second = [kind_of(cell) for cell in below[0]]
    third = [kind_of(cell) for cell in below[1]] if len(below) > 1 else []
    changed = [
        k for k, kind in enumerate(second) if kind in ("text", "blank") and third and third[k] in ("number", "date")
    ]
    if (
        third
        and not {"number", "date"} & set(second)
        and len(changed) >= max(1, len(names) // 2)
        and _settled(below[1:])
    ):
        units = ", ".join(cell[:20] for cell in below[0][:6])
        if [k for k, kind in enumerate(kind_of(name) for name in names) if kind != "blank"] == [0]:
            raise DataError(
                f"{source}: {word} {line} ({names[0][:40]}) looks like a title, and {word} {second_line} ({units}) "
                f"like the names of columns. Say {flag('header', str(second_line))} to use these names."
            )
        raise DataError(
            f"{source}: {word} {second_line} ({units}) looks like a second line of names or units. Say "
            f"{flag('header', f'{line},{second_line}')} to join both lines, {flag('header', str(second_line))} to use "
            f"the second, or delete that {word}."
        )


def _settled(rows: Sequence[Sequence[str]]) -> bool:
    """Return True where most rows hold a number or a date."""
    return sum(any(kind_of(c) in ("number", "date") for c in row) for row in rows) > len(rows) / 2


def _is_data(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return True where the cells of the first line are of the kinds of the cells below it."""
    first = [kind_of(name) for name in names]
    kinds = [[kind_of(row[k]) for row in below] for k in range(len(names))]
    same = [k for k, kind in enumerate(first) if kind in ("date", "number") and kinds[k].count(kind) > len(below) / 2]
    if any(first[k] == "date" for k in same):
        return True
    if not any(kind == "number" and "number" in kinds[k] for k, kind in enumerate(first)):
        return False
    if all(kind == "number" for kind in first):
        return True
    # x, 1, 5.3 above x, 2, 5.4: the words of the first line occur again below it
    words = [k for k, kind in enumerate(first) if kind == "text"]
    return bool(words) and all(any(row[k] == names[k] for row in below) for k in words) and "blank" not in first


def joined_names(rows: Sequence[Sequence[str]]) -> list[str]:
    """Join lines of names: a blank cell of an upper line takes the name on its left (merged cells).

    >>> joined_names([["date", "north", "", "south"], ["", "sales", "stock", "sales"]])
    ['date', 'north sales', 'north stock', 'south sales']
    """
    width = max(len(row) for row in rows)
    parts: list[list[str]] = [[] for _ in range(width)]
    for level, row in enumerate(rows):
        last = ""
        for k in range(width):
            cell = row[k].strip() if k < len(row) else ""
            last = cell or (last if level < len(rows) - 1 else "")
            if last:
                parts[k].append(last)
    return [" ".join(part) for part in parts]
