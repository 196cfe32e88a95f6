"""Texts that a run holds in English, recognised by their shape, so that a report can say them in Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from hybridts.report.chinese import SENTENCES
from hybridts.report.chinese_found import FOUND, HEADINGS
from hybridts.report.language import Bilingual, in_language

_FIELD = re.compile(r"\{(\w+)\}|<([^<>{}]*\|[^<>{}]*)>")


def recognised(text: str) -> str:
    """Return a sentence, or lines of them, with its Chinese form, where its shape is known; else as it is.

    >>> recognised("no weight of the correction lowered the error").zh
    '修正的任何权重都没有降低误差'
    """
    if isinstance(text, Bilingual) or "\n" not in text:
        return text if isinstance(text, Bilingual) else _both(str(text), heading=False)
    lines = [_both(line, heading=False) for line in text.split("\n")]
    known = any(isinstance(line, Bilingual) for line in lines)
    return Bilingual(text, "\n".join(in_language(line, "zh") for line in lines)) if known else text


def recognised_heading(text: str) -> str:
    """Return the heading of a column with its Chinese form, where it is known; else as it is."""
    return text if isinstance(text, Bilingual) else _both(str(text), heading=True)


@lru_cache(maxsize=4096)
def _both(text: str, *, heading: bool) -> str:
    chinese = _chinese(text, HEADINGS if heading else FOUND)
    if chinese is None and heading:
        chinese = SENTENCES.get(text)
    return text if chinese is None else Bilingual(text, chinese)


def _chinese(text: str, table: Mapping[str, str]) -> str | None:
    if text in table:
        return table[text]
    for shape, form in _shapes(table is HEADINGS):
        found = shape.fullmatch(text)
        if found is not None:
            return form.format(**{name: _chinese(part, FOUND) or part for name, part in found.groupdict().items()})
    return None


@lru_cache(maxsize=2)
def _shapes(headings: bool) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the shapes with fields, the longest first, and their Chinese forms."""
    table = HEADINGS if headings else FOUND
    ordered = sorted((key for key in table if _FIELD.search(key)), key=lambda key: -len(_FIELD.sub("", key)))
    return tuple((re.compile(_pattern(key), re.DOTALL), table[key]) for key in ordered)


def _pattern(key: str) -> str:
    """Return a key as a regular expression: fields take as little as they can."""
    parts, end = [], 0
    for found in _FIELD.finditer(key):
        parts.append(re.escape(key[end : found.start()]))
        name, either = found.groups()
        parts.append(f"(?P<{name}>{_field(name)})" if name else f"(?:{_either(either)})")
        end = found.end()
    return "".join(parts) + re.escape(key[end:])


def _field(name: str) -> str:
    if name == "n":
        return r"[\d.,]+"
    return r"[\dTWQ:. -]+" if name.startswith("date") else ".+?"


def _either(words: str) -> str:
    return "|".join(map(re.escape, words.split("|")))
