"""Format numbers and texts the same way in every report and message."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# A path: two or more components after a blank, a quote or a bracket: "/data/x.csv", "C:\data\x.csv"; not "MASE/RMSSE".
_PART = r"[/\\][^\s/\\'\"<>|:;,()]+"
_PATH = re.compile(rf"(?<![\w/:.\\])(?:[A-Za-z]:)?(?:{_PART})+({_PART})")


def number(value: float, digits: int = 3) -> str:
    """Format a number with `digits` decimals, and fewer where it is large; NaN is empty."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if size >= 1e6 or 0 < size < 0.5 * 10.0**-digits:
        return f"{value:.3g}"
    return f"{value:.{max(0, digits - max(0, len(str(int(size))) - 1))}f}"


def percent(value: float) -> str:
    """Format a signed percentage with one decimal, without the sign %; NaN is empty."""
    if math.isnan(value):
        return ""
    if math.isinf(value) or abs(value) >= 1e5:
        return "< -99999" if value < 0 else "> 99999"
    return "0.0" if abs(value) < 0.05 else f"{value:+.1f}"


def p_value(value: float) -> str:
    """Format a probability with two or three decimals; NaN is empty."""
    if math.isnan(value):
        return ""
    return "<0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def seconds(value: float) -> str:
    """Format a duration in seconds, without the unit; NaN is empty."""
    if math.isnan(value):
        return ""
    return "<0.01" if 0 <= value < 0.01 else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def duration(value: float) -> str:
    """Format a duration for a sentence, in seconds, minutes or hours."""
    if value < 120:
        return f"{seconds(value)} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"


def short(text: str, width: int = 36) -> str:
    """Cut a long text in its middle to `width` characters, so that both ends stay readable."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2 + (width - 1) % 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def settings(by_part: Mapping[str, Mapping[str, object]]) -> str:
    """Write settings in one line.

    >>> settings({"RF": {"trees": 5}, "Chain": {"gate": "open"}})
    'RF trees=5; Chain gate=open'
    """
    return "; ".join(
        f"{part} {', '.join(f'{key}={value}' for key, value in values.items())}"
        for part, values in by_part.items()
        if values
    )


def share(gates: Iterable[Iterable[float]]) -> str:
    """Format the mean of gates in percent; a small mean is "< 1 %" and never rounds to zero."""
    every = [g for gate in gates for g in gate]
    mean = 100 * sum(every) / len(every)
    return f"{mean:.0f} %" if mean == 0 or mean >= 1 else "< 1 %"


def first_fault(faults: Sequence[Mapping[str, Any]]) -> str:
    """Return the first fault that a schema found (`ValidationError.errors()` of pydantic), as "windows.0.index: why".

    >>> first_fault([{"loc": ("seed",), "msg": "Input should be a valid integer"}])
    'seed: input should be a valid integer'
    """
    place, why = ".".join(str(part) for part in faults[0]["loc"]), str(faults[0]["msg"])
    why = why.removeprefix("Value error, ")
    return f"{place}: {why[:1].lower()}{why[1:]}" if place else why


def without_paths(text: str) -> str:
    """Cut absolute paths to their last part, since a report is read on other machines too."""
    return _PATH.sub(lambda found: found.group(1)[1:], text)


def cutoff_ends(*cutoffs: str) -> list[str]:
    """List the times in cutoffs, in order ("first to last" holds two); without midnights where all are at midnight."""
    ends = [end.replace("T", " ") for cutoff in cutoffs for end in cutoff.split(" to ")]
    return without_midnight(ends)


def is_range(cutoff: str) -> bool:
    """Return True for "first to last", where the series of a window have different cutoffs."""
    return " to " in cutoff


def when(cutoff: str) -> str:
    """Write a cutoff in a sentence: "at" one time, or "between" the first and the last."""
    ends = cutoff_ends(cutoff)
    return f"between {ends[0]} and {ends[-1]}" if is_range(cutoff) else f"at {ends[0]}"


def plural(count: int, word: str) -> str:
    """Write a count and its noun, such as "1 model" or "3 models"; "series" has one form."""
    return f"{count:,} {word}{'' if count == 1 or word.endswith('series') else 's'}"


def without_midnight(texts: Sequence[str]) -> list[str]:
    """Drop the time of day from times that are all at midnight; else return them unchanged."""
    midnight = " 00:00:00"
    plain = all(text.endswith(midnight) or ":" not in text for text in texts)
    return [text.removesuffix(midnight) for text in texts] if plain else list(texts)


def shortened(text: str, most: int = 60) -> str:
    """Cut a text at `most` characters, such as the name of an ensemble with many members."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def listed(names: Sequence[str], most: int = 4) -> str:
    """List the first few of many names.

    >>> listed(["RF", "SVM", "MLP"], most=2)
    'RF, SVM and 1 more'
    """
    return ", ".join(shortened(name) for name in names[:most]) + and_more(len(names) - most)


def and_more(count: int, noun: str = "") -> str:
    """Write the end of a list that leaves out `count` items, such as " and 3 more"; empty for none."""
    return f" and {count} more{' ' if noun else ''}{noun}" if count > 0 else ""


#: Characters that change how other characters are shown, or end a line: controls, direction marks, separators.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
#: First characters that make a spreadsheet read a cell as a formula, and the full-width forms of four of them.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def visible(text: str) -> str:
    r"""Write control characters, direction marks and line ends as escapes, so that a text from data stays its own.

    >>> visible("a\x1b[31m\u202eb\n")
    'a\\x1b[31m\\u202eb\\n'
    """
    if text.isprintable():  # true of blanks, false of every kind below
        return text
    return "".join(repr(c)[1:-1] if unicodedata.category(c) in _UNSEEN else c for c in text)


def unseen(text: str) -> list[str]:
    r"""List the characters that `visible` would escape, as escapes.

    >>> unseen("a\x00b")
    ['\\x00']
    """
    return [repr(c)[1:-1] for c in text if unicodedata.category(c) in _UNSEEN]


def spreadsheet_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; what is a number stays one.

    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("-3.5")
    ("'=1+1", '-3.5')
    """
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text if text.strip() == text and text.isascii() else f"'{text}"
