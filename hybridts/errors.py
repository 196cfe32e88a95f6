"""All errors that hybridts raises on purpose, as one tree.

HybridtsError                     base of all
├── UserError                     the input or configuration is wrong: correct it and run again (exit code 2)
│   ├── DataError                 a file, column, row or timestamp that cannot be used
│   ├── UnknownName               a model name or part that is not registered; has .name and .candidates
│   ├── NameTaken                 a registration that would change the meaning of a name
│   └── BadSetting                a setting or option; has .key, .value and .expected
├── NotApplicable                 the model does not apply to this data (not a failure)
├── StageFailure                  a stage raised, or returned a wrong shape or NaN
└── StoreError                    a run directory that cannot be read or written
    └── WrongPlace                a folder for a run or store that cannot be used; also a UserError
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: Longest message in characters: a name or a cell of 100 000 characters must not fill the screen.
LONGEST = 2000


def cut(message: str, most: int = LONGEST) -> str:
    """Return a message without its middle where it is longer than `most` characters; both ends stay readable.

    >>> cut("a" * 60 + "b" * 60, most=60)
    'aaaaaaaaaaaaaaa … (90 characters left out) … bbbbbbbbbbbbbbb'
    """
    if len(message) <= most:
        return message
    end = max(1, (most - 30) // 2)
    return f"{message[:end]} … ({len(message) - 2 * end} characters left out) … {message[-end:]}"


class HybridtsError(Exception):
    """Base of every error that hybridts raises on purpose."""


class UserError(HybridtsError):
    """The input or the configuration is wrong; the message names the finding, its place and the remedy."""

    def __init__(self, message: str = "") -> None:
        super().__init__(cut(str(message)))


class DataError(UserError):
    """A file, column, row or timestamp that cannot be used."""


class UnknownName(UserError):
    """A name that is not registered and cannot be parsed.

    Attributes:
        name: the name.
        candidates: registered names that are close to it.
    """

    def __init__(self, message: str, name: str, candidates: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.name = name
        self.candidates = tuple(candidates)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (str(self), self.name, self.candidates)


class NameTaken(UserError):
    """A registration that would change the meaning of an existing name."""


class BadSetting(UserError):
    """A setting or option with an unknown key, or a value that is not allowed.

    Attributes:
        key: the setting.
        value: the value found.
        expected: the values allowed, in words.
    """

    def __init__(self, message: str, key: str, value: object = None, expected: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.value = value
        self.expected = expected

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (str(self), self.key, self.value, self.expected)


class NotApplicable(HybridtsError):
    """The model does not apply to this data (VAR on one series, SARIMA at season 1); not a failure."""


class StageFailure(HybridtsError):
    """A stage could not be fitted, or returned a forecast with a wrong shape or with NaN."""


class StoreError(HybridtsError):
    """A run directory that cannot be read or written."""

    def __init__(self, message: str = "") -> None:
        super().__init__(cut(str(message)))


class WrongPlace(StoreError, UserError):
    """A folder for a run or a store that cannot be used; raised before anything runs."""


def nearest(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` known words close to `word`, ignoring case, closest first.

    >>> nearest("sarma", ["ARIMA", "SARIMA", "ETS"])
    ['SARIMA', 'ARIMA']
    """
    by_fold = {k.casefold(): k for k in known}
    return [by_fold[m] for m in difflib.get_close_matches(word.casefold(), by_fold, n=count, cutoff=0.5)]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return " Did you mean ...?" with the nearest known words; empty where none is close."""
    close = nearest(word, known)
    return f" Did you mean {' or '.join(close)}?" if close else ""
