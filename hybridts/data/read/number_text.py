"""Parse numbers in text: decimal points or commas, and marks between thousands. Two possible meanings are an error."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hybridts.data.panel import BoolArray, FloatArray
from hybridts.data.read.options import flag
from hybridts.data.read.table import Table, shown

_PLAIN = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_INFINITE = r"[+-]?(?:inf|infinity)"
_COMMA = r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,[0-9]+)?"  # decimal commas
_POINT = r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?"  # thousands with commas
_SPACES = "[ \u00a0\u202f'’]"
_SPACED = rf"[+-]?[0-9]{{1,3}}(?:{_SPACES}[0-9]{{3}})+(?:[.,][0-9]+)?"  # 1 234,5 and 1'234.5
#: A mark before exactly three digits: over a thousand in some countries, and near one in others. 0,123 is clear.
_EITHER = r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}"
_SHORT = r"[+-]?[0-9]{1,3}"  # needs no mark between thousands


def looks_like_number(text: pd.Series[str]) -> pd.Series[bool]:
    """Return [n] True where a text is a number in some spelling."""
    return text.str.fullmatch(f"(?:{_PLAIN})|(?:{_COMMA})|(?:{_POINT})|(?:{_SPACED})")


def as_numbers(table: Table, name: str, text: pd.Series[str]) -> FloatArray:
    """Return [k] the numbers of distinct texts, NaN where a text is none.

    Raises:
        DataError: a mark may separate decimals or thousands.
    """
    options = table.options
    if options.decimal is not None or options.thousands is not None:
        return _by_options(text, options.decimal, options.thousands)
    parsed = exact(text)
    if not np.isnan(parsed).any():
        if table.separator and len(text):
            table.fractions[name] = fractions(pa.array(text.to_list(), type=pa.large_string()))
        return parsed
    spaced = text.str.fullmatch(_SPACED).to_numpy(dtype=bool)
    if spaced.any():
        text = _without_spaces(table, name, text, spaced)
        parsed = exact(text)
    return _with_commas(table, name, text, parsed)


def exact(text: pd.Series[str]) -> FloatArray:
    """Return [k] the nearest float of each text with a decimal point, NaN where a text is no number."""
    ok = (text.str.fullmatch(_PLAIN) | text.str.fullmatch(_INFINITE, case=False)).to_numpy(dtype=bool)
    result = np.full(len(text), np.nan)
    known = pa.array(text[ok].astype(str).to_list(), type=pa.large_string())
    result[ok] = pc.cast(pc.utf8_ltrim(known, "+"), pa.float64()).to_numpy(zero_copy_only=False)
    return result


def _by_options(text: pd.Series[str], decimal: str | None, thousands: str | None) -> FloatArray:
    """Return [k] the numbers with the marks that the user named."""
    decimal = decimal or ("," if thousands == "." else ".")
    mark = re.escape(decimal)
    separator = "" if thousands is None else _SPACES if thousands in " '" else re.escape(thousands)
    whole = rf"(?:[0-9]+|[0-9]{{1,3}}(?:{separator}[0-9]{{3}})+)" if separator else r"[0-9]+"
    ok = text.str.fullmatch(rf"[+-]?(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?").to_numpy(dtype=bool)
    plain = text.str.replace(separator, "", regex=True) if separator else text
    return np.where(ok, exact(plain.str.replace(decimal, ".", regex=False)), np.nan)


def _without_spaces(table: Table, name: str, text: pd.Series[str], spaced: BoolArray) -> pd.Series[str]:
    """Return texts without the blanks between their thousands, which mean nothing else."""
    example = str(text[spaced].iloc[0])
    table.notices.append(f"column {shown(name)} has blanks or apostrophes between thousands, as in {shown(example)}.")
    return text.where(~spaced, text.str.replace(_SPACES, "", regex=True))


def _with_commas(table: Table, name: str, text: pd.Series[str], plain: FloatArray) -> FloatArray:
    """Parse numbers with commas, or several points, where one meaning fits the whole column; else return `plain`."""
    comma = text.str.contains(",", regex=False)
    groups = text.str.count(r"\.") > 1
    decimal = bool(text.str.fullmatch(_COMMA).all())
    thousands = bool(text.str.fullmatch(_POINT).all())
    if not (comma.any() or groups.any()) or not (decimal or thousands):
        return plain
    marked = comma if comma.any() else groups
    example = str(text[marked].iloc[0])
    if decimal and thousands:
        if text[comma].str.fullmatch(_EITHER).all():
            raise _either(table, name, example, ",")
        thousands = False  # 0,123 has no thousands
    if decimal:
        values = exact(text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False))
        kind = "decimal commas" if comma.any() else "points between thousands"
        table.decimal_commas.append(name)
    else:
        values = exact(text.str.replace(",", "", regex=False))
        kind = "commas between thousands"
    read = values[int(np.flatnonzero(marked.to_numpy())[0])]
    table.notices.append(f"column {shown(name)} has {kind}: {shown(example)} was read as {read}.")
    return values


def _either(table: Table, name: str, example: str, mark: str) -> Exception:
    """Return the error for a mark with two meanings."""
    other = "." if mark == "," else ","
    bare = example.replace(mark, "")
    word = "comma" if mark == "," else "point"
    return table.error(
        f"in column {shown(name)} the {word} of {shown(example)} may separate decimals or thousands, and no other cell "
        f"shows which. Say {flag('decimal', mark)} to read {example.replace(mark, '.')}, or "
        f"{flag('thousands', mark)} to read {bare} (then {other} is the decimal mark)."
    )


def check_points(table: Table, names: list[str]) -> None:
    """Check that the points in number columns of a text file can only be decimal points.

    A file that is not separated by commas may come from a country where 1.234 is over a thousand.

    Raises:
        DataError: every point in the file stands before three digits, or another column has decimal commas.
    """
    if table.lines is None or not table.separator or table.options.decimal or table.options.thousands:
        return
    points = [name for name in names if table.fractions.get(name)]
    if table.decimal_commas:
        _refuse_both(table, points)
    if table.separator == "," or any(seen == "clear" for seen in table.fractions.values()):
        return
    for name in points:
        raise _either(table, name, table.fractions[name], ".")


def _refuse_both(table: Table, points: list[str]) -> None:
    """Raise DataError where one column has decimal commas and another points."""
    if points:
        cell = table.fractions[points[0]]
        example = table.frame[points[0]].dropna().iloc[0] if cell == "clear" else cell
        raise table.error(
            f"column {shown(table.decimal_commas[0])} has decimal commas, but column {shown(points[0])} is written "
            f"with points ({example}): decimals or thousands? Say {flag('decimal', ',')} if its points separate "
            "thousands, or use decimal points in all columns."
        )


def fractions(text: pa.Array) -> str:
    """Return what the points in texts of one column show.

    Returns:
        "": no point; "clear": they can only be decimal points; else an example that may be thousands.
    """
    with_point = pc.filter(text, pc.match_substring(text, "."))
    if not len(with_point):
        return ""
    either = pc.match_substring_regex(with_point, r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$")
    bare = pc.filter(text, pc.invert(pc.match_substring(text, ".")))
    if not (_all(either) and _all(pc.match_substring_regex(bare, f"^{_SHORT}$"))):
        return "clear"
    return str(with_point[0].as_py())


def _all(found: pa.Array) -> bool:
    return bool(pc.all(found, min_count=0).as_py())
