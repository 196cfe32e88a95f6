"""How a report writes numbers and texts, so that every format writes them alike."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Two or more components after a blank, a quote or a bracket: "/data/x.csv", "C:\data\x.csv"; not "MASE/RMSSE".
_PART = r"[/\\][^\s/\\'\"<>|:;,()]+"
_PATH = re.compile(rf"(?<![\w/:.\\])(?:[A-Za-z]:)?(?:{_PART})+({_PART})")


def number(value: float, digits: int = 3) -> str:
    """A number with `digits` figures behind the point where that is little, fewer where it is large."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if size >= 1e6 or 0 < size < 0.5 * 10.0**-digits:
        return f"{value:.3g}"
    return f"{value:.{max(0, digits - max(0, len(str(int(size))) - 1))}f}"


def percent(value: float) -> str:
    """A signed percentage: positive is better."""
    if math.isnan(value):
        return ""
    if math.isinf(value) or abs(value) >= 1e5:
        return "< -99999" if value < 0 else "> 99999"
    return "0.0" if abs(value) < 0.05 else f"{value:+.1f}"


def p_value(value: float) -> str:
    """A probability with two or three figures."""
    if math.isnan(value):
        return ""
    return "<0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def seconds(value: float) -> str:
    """A duration in seconds."""
    if math.isnan(value):
        return ""
    return "<0.01" if 0 <= value < 0.01 else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def duration(value: float) -> str:
    """A duration for a sentence: seconds, minutes or hours."""
    if value < 120:
        return f"{seconds(value)} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"


def short(text: str, width: int = 36) -> str:
    """A text cut in its middle, so that both ends of a long name stay readable."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2 + (width - 1) % 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def settings(by_part: Mapping[str, Mapping[str, Any]]) -> str:
    """Settings in one line, as "RF trees=5; Chain gate=open"."""
    return "; ".join(
        f"{part} {', '.join(f'{key}={value}' for key, value in values.items())}"
        for part, values in by_part.items()
        if values
    )


def share(gates: Iterable[Iterable[float]]) -> str:
    """The mean of gates, in percent; a little is never written as nothing."""
    every = [g for gate in gates for g in gate]
    mean = 100 * sum(every) / len(every)
    return f"{mean:.0f} %" if mean == 0 or mean >= 1 else "< 1 %"


def without_paths(text: str) -> str:
    """The text with absolute paths cut to their last part: reports travel, directory trees do not."""
    return _PATH.sub(lambda found: found.group(1)[1:], text)


def cutoff_ends(*cutoffs: str) -> list[str]:
    """The times that cutoffs name, in order ("first to last" names two); without a time of day where all lack one."""
    ends = [end.replace("T", " ") for cutoff in cutoffs for end in cutoff.split(" to ")]
    return without_midnight(ends)


def is_range(cutoff: str) -> bool:
    """Whether the series of a window have cutoffs of their own."""
    return " to " in cutoff


def when(cutoff: str) -> str:
    """A cutoff in a sentence: "at" one time, or "between" the first and the last series' own."""
    ends = cutoff_ends(cutoff)
    return f"between {ends[0]} and {ends[-1]}" if is_range(cutoff) else f"at {ends[0]}"


def plural(count: int, word: str) -> str:
    """A count and its noun; "series" has one form."""
    return f"{count:,} {word}{'' if count == 1 or word.endswith('series') else 's'}"


def without_midnight(texts: Sequence[str]) -> list[str]:
    """Times in words: without a time of day where none has one, as they are where one has."""
    midnight = " 00:00:00"
    plain = all(text.endswith(midnight) or ":" not in text for text in texts)
    return [text.removesuffix(midnight) for text in texts] if plain else list(texts)


def shortened(text: str, most: int = 60) -> str:
    """A stage's name for a line of text: an ensemble of a hundred members does not fit."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def listed(names: Sequence[str], most: int = 4) -> str:
    """The first few of many names."""
    shown = ", ".join(shortened(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
