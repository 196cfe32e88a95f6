"""How a file is read where its content does not show it: the options beside the roles of the columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from hybridts.errors import BadSetting, did_you_mean

#: Most bytes of a file, or of what a compressed file or stdin holds, unless `max_size` says another number.
MAX_SIZE = 4 << 30

_WORDS = {"space": " ", "comma": ",", "point": ".", "dot": ".", "tab": "\t", "semicolon": ";", "pipe": "|", "\\t": "\t"}
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


#: Option -> its words.
_RULES = {"fill_future": ("ffill", "zero"), "regularise": ("sum", "mean", "last")}


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """Options for reading; what is None or False is decided by the data.

    Attributes:
        decimal: decimal mark of numbers in text, "." or ",".
        thousands: mark between thousands of numbers in text: one of . , ' or space.
        dayfirst: dates such as 01/02/2023 begin with the day.
        monthfirst: dates such as 01/02/2023 begin with the month.
        date_format: how times are written: a format of strptime, with %q for a quarter (`%Y-%q`) and %G-%V for ISO
            weeks; "unix" for Unix times; "integer" to keep numbers as they are.
        delimiter: separator of the columns of a text file.
        encoding: encoding of a text file.
        sheet: name or place (1, 2, ...) of a sheet of a workbook.
        header: line of the column names, counted from 1; several lines ("1,2") are joined, and "none" means that there
            are no names.
        query: SELECT statement for a database file.
        max_size: most bytes to read, such as "8GB".
        fill_future: fill holes of known-future covariates: "ffill" with the value before, or "zero".
        regularise: bring irregular times onto the grid of `freq`: rows of a step become their "sum", "mean" or "last".

    Raises:
        BadSetting: an option has a value that is not allowed.
    """

    decimal: str | None = None
    thousands: str | None = None
    dayfirst: bool = False
    monthfirst: bool = False
    date_format: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | int | None = None
    header: str | int | None = None
    query: str | None = None
    max_size: str | int | None = None
    fill_future: str | None = None
    regularise: str | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("decimal", ".,"), ("thousands", ".,' ")):
            self._set(name, _mark(name, getattr(self, name), allowed))
        if self.decimal is not None and self.decimal == self.thousands:
            raise BadSetting(f"decimal and thousands are both {self.decimal!r}. Give two marks.", "decimal")
        for name in ("dayfirst", "monthfirst"):
            if not isinstance(getattr(self, name), bool):
                raise BadSetting(f"{name} must be true or false, found {getattr(self, name)!r}.", name)
        if self.dayfirst and self.monthfirst:
            raise BadSetting("dayfirst and monthfirst cannot both be true. Give one.", "dayfirst")
        for name in ("date_format", "encoding", "query"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or not value.strip()):
                raise BadSetting(f"{name} must be a text, found {value!r}.", name, value)
        if self.delimiter is not None:
            self._set("delimiter", _one_character("delimiter", self.delimiter))
        self._check_rules()
        self.header_lines()
        self.size_limit()

    def _check_rules(self) -> None:
        for name, words in _RULES.items():
            value = getattr(self, name)
            if value is not None and value not in words:
                raise BadSetting(f"{name} must be {' or '.join(words)}, found {value!r}.", name, value)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def header_lines(self) -> tuple[int, ...] | None:
        """Return the lines of the names, counted from 1; none for a file without names, None to find them."""
        if self.header is None:
            return None
        text = str(self.header).strip().casefold()
        if text == "none":
            return ()
        if not isinstance(self.header, bool) and re.fullmatch(r"[1-9]\d{0,5}(\s*,\s*[1-9]\d{0,5}){0,4}", text):
            return tuple(sorted({int(part) for part in text.split(",")}))
        raise BadSetting(
            f"header must be a line counted from 1, several such as 1,2, or none, found {self.header!r}.", "header"
        )

    def size_limit(self) -> int:
        """Return the most bytes to read."""
        if self.max_size is None:
            return MAX_SIZE
        match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,3})?)\s*([KMGT]?B)?", str(self.max_size).strip(), re.IGNORECASE)
        if isinstance(self.max_size, bool) or not match or float(match[1]) <= 0:
            raise BadSetting(f"max_size must be a size such as 500MB or 8GB, found {self.max_size!r}.", "max_size")
        return int(float(match[1]) * _UNITS[(match[2] or "").upper()])

    def given(self) -> dict[str, Any]:
        """Return the options that were given."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if value is not None and value is not False}


#: The options that only one kind of source knows.
TEXT_ONLY = ("delimiter", "encoding")
WORKBOOK_ONLY = ("sheet",)
DATABASE_ONLY = ("query",)


def read_options(given: Mapping[str, Any] | ReadOptions | None) -> ReadOptions:
    """Return the options of a mapping.

    Raises:
        BadSetting: an unknown key, or a value that is not allowed.
    """
    if given is None:
        return ReadOptions()
    if isinstance(given, ReadOptions):
        return given
    if not isinstance(given, Mapping):
        raise BadSetting(f"reading must be a mapping such as {{'decimal': ','}}, found {given!r}.", "reading", given)
    known = [item.name for item in fields(ReadOptions)]
    for name in given:
        if name not in known:
            hint = did_you_mean(str(name), known)
            raise BadSetting(f"unknown key {name!r} in reading.{hint} Known keys: {', '.join(known)}.", str(name))
    return ReadOptions(**given)


def flag(name: str, value: str = "") -> str:
    """Write an option as a flag of the command line, for messages.

    >>> flag("date_format", "%d.%m.%Y")
    '--date-format %d.%m.%Y'
    """
    return f"--{name.replace('_', '-')}{' ' if value else ''}{value}"


def _mark(name: str, value: object, allowed: str) -> str | None:
    """Return a mark of one character; words such as "space" stand for one."""
    if value is None:
        return None
    mark = _WORDS.get(str(value).strip().casefold(), str(value))
    if len(mark) != 1 or mark not in allowed:
        shown = " ".join("space" if m == " " else m for m in allowed)
        raise BadSetting(f"{name} must be one of {shown}, found {value!r}.", name, value)
    return mark


def _one_character(name: str, value: object) -> str:
    mark = _WORDS.get(str(value).casefold(), str(value))
    if len(mark) != 1 or mark in '\r\n"\0' or ord(mark) > 127:
        raise BadSetting(f"{name} must be one ASCII character, or the word tab, found {value!r}.", name, value)
    return mark
