"""Find the role of every column: given by the user, or shown by its name or content. Two candidates are an error."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd

from hybridts import text as words
from hybridts.data.read.cells import is_text, looks_numeric
from hybridts.data.read.column_kinds import difference, is_condition
from hybridts.data.read.date_text import looks_like_dates
from hybridts.data.read.options import flag
from hybridts.data.read.table import Table, shown
from hybridts.data.read.times import looks_like_time
from hybridts.errors import BadSetting, did_you_mean

TIME_NAMES = (
    "date",
    "datetime",
    "timestamp",
    "time",
    "period",
    "year",
    "month",
    "quarter",
    "week",
    "day",
    "t",
    "index",
)
ID_NAMES = ("unique_id", "series_id", "item_id", "series", "id")
#: As the target: every number column is a series.
EVERY = "*"
#: Labels of text columns that say yes or no, and name no series.
_YES_OR_NO = frozenset("yes no y n true false t f open closed on off ja nein oui non si 是 否".split())
OPTIONS = {"time": "--time COL", "target": "--target COL", "id": "--id COL"}


def as_names(option: str, value: object) -> tuple[str, ...]:
    """Return the names in a setting; a single name is a list of one.

    Raises:
        BadSetting: the value is neither text nor a list of texts.
    """
    names = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Iterable) else (value,)
    if not all(isinstance(name, str) for name in names):
        raise BadSetting(f"{option} must be a name or a list of names, found {value!r}.", option, value)
    return names


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The roles of the columns; time, target and id are found by name or content where they are not given.

    Attributes:
        time: dates or integers.
        target: the values to forecast; each of several names is a series of its own (wide table).
        id: the name of the series that a row belongs to (long table).
        group: label of series that belong together, constant per series.
        past: past covariates, known up to the origin.
        future: known-future covariates, known beyond the origin.
        static: covariates that are constant per series.
    """

    time: str | None = None
    target: tuple[str, ...] = ()
    id: str | None = None
    group: str | None = None
    past: tuple[str, ...] = ()
    future: tuple[str, ...] = ()
    static: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for role in ("target", "past", "future", "static"):
            value = getattr(self, role)
            object.__setattr__(self, role, () if value is None else as_names(role, value))
        for role in ("time", "id", "group"):
            value = getattr(self, role)
            if value is not None and not isinstance(value, str):
                raise BadSetting(f"{role} must be the name of a column, found {value!r}.", role, value)

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield (role, column) for every column with a role."""
        for item in fields(self):
            value = getattr(self, item.name)
            for column in (value,) if isinstance(value, str) else value or ():
                yield item.name, column


def resolve_columns(table: Table, asked: Columns) -> Columns:
    """Return the roles of all columns in use; time and target are always set.

    Raises:
        DataError: a column is missing or has two roles, or the roles are not clear.
    """
    every = asked.target == (EVERY,) and EVERY not in table.frame.columns
    asked = replace(asked, target=()) if every else asked
    _check_named(table, asked)
    time = asked.time or _find_time(table, asked)
    roles = replace(asked, time=time)
    roles = replace(roles, id=asked.id or _find_id(table, roles))
    if not roles.target:
        roles = replace(roles, target=_find_target(table, roles, every=every))
    _check_shape(table, roles)
    _add_notices(table, asked, roles)
    return roles


def _check_named(table: Table, asked: Columns) -> None:
    seen: dict[str, str] = {}
    for role, column in asked.named():
        if column not in table.frame.columns:
            raise table.error(
                f"there is no column {shown(column)} (given as {role})."
                f"{did_you_mean(column, table.frame.columns)} The columns are: {table.columns_text()}."
            )
        if column in seen:
            raise table.error(f"column {shown(column)} is given as {seen[column]} and as {role}. Give it one role.")
        seen[column] = role


def _free(table: Table, roles: Columns) -> list[str]:
    """Return the columns without a role."""
    used = {column for _, column in roles.named()}
    return [name for name in table.frame.columns if name not in used]


def _only_one(table: Table, found: list[str], role: str) -> str | None:
    """Return the only candidate for a role, or None; two candidates are an error."""
    if len(found) > 1:
        raise table.error(
            f"{' and '.join(shown(name) for name in found[:5])} could each be the {role} column. Choose one with "
            f"{OPTIONS[role]} (Columns({role}=...)). The columns begin:\n{table.show()}"
        )
    return found[0] if found else None


def _find_time(table: Table, asked: Columns) -> str:
    free = _free(table, asked)
    if "ds" in free:
        return "ds"
    dated = [name for name in free if looks_like_time(table.frame[name])]
    found = _only_one(table, dated, "time")
    if found is None:
        usual = [name for name in free if name.casefold() in ("ds", *TIME_NAMES)]
        found = _only_one(table, usual, "time")
    if found is None:
        raise table.error(
            f"no column looks like a time. Name it with {OPTIONS['time']} (Columns(time=...)): dates such "
            f"as 2024-01-31, or integers.{_elsewhere(table)} The columns begin:\n{table.show()}"
        )
    return found


def _elsewhere(table: Table) -> str:
    """Return the advice for a table of times across, and for a file whose names may stand in another line."""
    names = pd.Series(list(table.frame.columns), dtype=object)
    if len(names) > 2 and looks_like_dates(names[1:]):
        return f" The names of its columns are times ({shown(names.iloc[-1])}): write one row per time (transpose)."
    if table.lines is None:
        return ""
    return f" If the names of the columns are in another {table.word}, say {flag('header', 'N')}."


def _find_id(table: Table, roles: Columns) -> str | None:
    free = _free(table, roles)
    for name in ID_NAMES:
        found = [column for column in free if column.casefold() == name]
        # a column "id" that numbers the rows does not name series
        if found and (name != "id" or not table.frame[found[0]].is_unique):
            return found[0]
    text = [name for name in free if name != "y" and _is_label(table.frame[name])]
    if len(text) > 1:
        raise table.error(
            f"{len(text)} columns are text ({words.listed(text, most=8)}): which one names the series? Give it with "
            "--time COL, --target COL, --id COL, and list covariates with --static, --past or --future. "
            f"The columns begin:\n{table.show()}"
        )
    if not text or len(roles.target) > 1:
        return None
    _refuse_no_series(table, roles, text[0])
    if table.frame[text[0]].nunique() > 1 and table.frame[str(roles.time)].is_unique:
        raise table.error(
            f"column {shown(text[0])} is text, but no time occurs twice: it may name series or describe rows. "
            f"Use --id {words.shortened(text[0])} if it names series, --past, --future or --static if it is a "
            f"covariate, or drop it. The columns begin:\n{table.show()}"
        )
    return text[0]


def _refuse_no_series(table: Table, roles: Columns, name: str) -> None:
    """Raise DataError where the only text column cannot name the series: it says yes or no, or repeats a time."""
    column, time = table.frame[name], str(roles.time)
    labels = {str(label).strip().casefold() for label in column.dropna().unique()[:50]}
    repeated = table.frame.duplicated([name, time])
    if not (labels <= _YES_OR_NO or repeated.mean() > 0.2) or table.frame[time].is_unique:
        return
    if labels <= _YES_OR_NO:
        why = f"says {words.listed(sorted(labels))}, which names no series"
    else:
        row = int(repeated.to_numpy().argmax())
        why = f"is text, but has the same time twice ({table.where(row)}), so it does not name the series"
    others = [n for n in _free(table, roles) if n not in (name, "y") and _fits_as_id(table, n, time)]
    hint = f" (column {' or '.join(shown(n) for n in others[:3])} would fit)" if others else ""
    raise table.error(
        f"column {shown(name)} {why}. Name the column of the series with --id COL{hint}, and list {shown(name)} under "
        f"--past, --future or --static if it is a covariate. The columns begin:\n{table.show()}"
    )


def _named_series(table: Table, roles: Columns) -> str:
    """Return the advice to name the series where times repeat and a column tells their rows apart."""
    if table.frame[str(roles.time)].is_unique:
        return ""
    return f", and the series with --id {words.shortened(_series_column(table, roles) or 'COL')}"


def _series_column(table: Table, roles: Columns) -> str | None:
    """Return the first column that could name the series, where times repeat; None for no such column."""
    time = str(roles.time)
    if table.frame[time].is_unique:
        return None
    return next((name for name in _free(table, roles) if _fits_as_id(table, name, time)), None)


def _fits_as_id(table: Table, name: str, time: str) -> bool:
    """Return True where a column of whole numbers or labels and the time together are unique."""
    column = table.frame[name]
    few = column.nunique() <= len(column) / 2 and column.notna().all()
    return bool(few and column.dtype.kind in "iOT" and not table.frame.duplicated([name, time]).any())


def _is_label(column: pd.Series[Any]) -> bool:
    return is_text(column) and not looks_numeric(column) and not looks_like_time(column)


def _find_target(table: Table, roles: Columns, *, every: bool = False) -> tuple[str, ...]:
    free = [name for name in _free(table, roles) if name.casefold() != "id"]
    numeric = [name for name in free if looks_numeric(table.frame[name])]
    if "y" in free and not every:
        return ("y",)
    if not numeric:
        raise table.error(
            f"no numeric column is left for the target. Name it with {OPTIONS['target']} "
            f"(Columns(target=...)). The columns begin:\n{table.show()}"
        )
    if roles.id is not None:
        return (str(_only_one(table, numeric, "target")),)
    likely = [name for name in numeric if name != _series_column(table, roles)]
    why = (difference(table, likely) or difference(table, numeric)) if len(numeric) > 1 and not every else ""
    if why:
        example = next((name for name in likely if not is_condition(name)), numeric[0])
        raise table.error(
            f"{len(numeric)} columns hold numbers ({_quoted(numeric)}), but they differ in kind: {why}. Name what to "
            f"forecast with --target COL (such as --target {shlex.quote(words.shortened(example))}), and what is "
            f"known with --past, --future or --static"
            f"{_named_series(table, roles)}; "
            "--target '*' makes every column a series."
        )
    return tuple(numeric)


def _check_shape(table: Table, roles: Columns) -> None:
    if roles.id is not None and len(roles.target) > 1:
        raise table.error(
            f"{len(roles.target)} targets ({_quoted(roles.target)}) and the id column {roles.id!r}. A long "
            "table has one target: name one with --target COL and list the others as covariates."
        )
    for role, names in (("static", roles.static), ("group", (roles.group,) if roles.group else ())):
        if names and roles.id is None and len(roles.target) > 1:
            raise table.error(
                f"the {role} column {names[0]!r} needs a long table (one row per series and time), but "
                "every target column is a series here. Reshape the table to long, or leave the column out."
            )
    if roles.id is not None and len(table.frame) > 1 and _all_different(table, roles.id):
        raise table.error(
            f"every value of the id column {roles.id!r} occurs once, so it numbers rows and does not name "
            "series. Drop it, or name the right one with --id COL."
        )


def _all_different(table: Table, name: str) -> bool:
    return bool(table.frame[name].is_unique and table.frame[name].notna().all())


def _add_notices(table: Table, asked: Columns, roles: Columns) -> None:
    """Note the columns that were found without being named, and those that are not used."""
    usual = {"time": "ds", "id": "unique_id", "target": ("y",)}
    for role in ("time", "id"):
        name = getattr(roles, role)
        if name and name != usual[role] and not getattr(asked, role):
            table.notices.append(f"{role}: column {shown(name)}.")
    if not asked.target and len(roles.target) > 1:
        table.notices.append(f"target: every numeric column is a series ({_quoted(roles.target)}).")
    elif not asked.target and roles.target != usual["target"]:
        table.notices.append(f"target: column {shown(roles.target[0])}.")
    unused = [*_free(table, roles), *table.skipped]
    if unused:
        table.notices.append(
            f"not used: {_quoted(unused)}. List a column under past, future or static to use it as a covariate."
        )


def _quoted(names: Sequence[str]) -> str:
    return words.listed([repr(name) for name in names], most=8)


def is_wide(roles: Columns) -> bool:
    """Return True where every target column is a series of its own."""
    return roles.id is None and len(roles.target) > 1
