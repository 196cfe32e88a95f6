"""Everything hybridts raises on purpose, as one tree.

HybridtsError                     catch this for anything we raise on purpose
├── UserError                     your input or configuration: fix it and run again (exit code 2)
│   ├── DataError                 a file, column, row or timestamp that cannot be used
│   ├── UnknownName               a model or token nobody registered; carries .name, .candidates
│   ├── NameTaken                 a registration that would change what a name means
│   └── BadSetting                a setting or option; carries .key, .value, .expected
├── NotApplicable                 the model has no meaning on this data (not a failure); carries the reason
├── StageFailure                  a stage raised, or answered with a wrong shape or with NaN
└── StoreError                    a run directory that cannot be read or written
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class HybridtsError(Exception):
    """Base of every error that hybridts raises on purpose."""


class UserError(HybridtsError):
    """The input or the configuration is wrong; the message says what was found, where, and what to do."""


class DataError(UserError):
    """A file, column, row or timestamp that cannot be used."""


class UnknownName(UserError):
    """A name that neither parses nor is registered."""

    def __init__(self, message: str, name: str, candidates: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.name = name
        self.candidates = tuple(candidates)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (str(self), self.name, self.candidates)


class NameTaken(UserError):
    """A registration that would change what an existing name means."""


class BadSetting(UserError):
    """A setting or option with an unknown key or a value that is not allowed."""

    def __init__(self, message: str, key: str, value: object = None, expected: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.value = value
        self.expected = expected

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (str(self), self.key, self.value, self.expected)


class NotApplicable(HybridtsError):
    """The model has no meaning on this data (VAR on one series, SARIMA at season 1); not a failure."""


class StageFailure(HybridtsError):
    """A stage could not be fitted, or its answer broke the contract."""


class StoreError(HybridtsError):
    """A run directory that cannot be read or written."""


class WrongPlace(StoreError, UserError):
    """A place that was named for a run or a store and cannot be used, said before anything runs."""


def nearest(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known words closest to `word`, ignoring case, closest first."""
    by_fold = {k.casefold(): k for k in known}
    return [by_fold[m] for m in difflib.get_close_matches(word.casefold(), by_fold, n=count, cutoff=0.5)]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence ending for an error: the nearest known words, or nothing."""
    close = nearest(word, known)
    return f" Did you mean {' or '.join(close)}?" if close else ""
