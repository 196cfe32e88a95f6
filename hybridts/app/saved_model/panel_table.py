"""The data of a stored model: a row a time in data.parquet, a row a series in series.parquet."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hybridts.data import calendar
from hybridts.data.panel import Panel
from hybridts.models.checks import is_whole

DATA, SERIES = "data.parquet", "series.parquet"
_ROLES = ("past", "future", "static")
_ID, _TIME, _TARGET, _SHOWN, _GROUP = "unique_id", "ds", "y", "rows", "group"


def tables_of(panel: Panel) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return both files, and the JSON-ready rest of a panel.

    A row after the last known target has the known-future columns alone. Covariates are named ROLE:NAME.
    """
    rows = np.concatenate([np.arange(a, b) for a, b in zip(panel.starts, panel.reach, strict=True)] or [_NOTHING])
    count = panel.reach - panel.starts
    ids = pa.array(panel.ids, pa.string())
    times = panel.times[rows] if panel.freq is None else panel.times[rows].astype("datetime64[ns]")
    place = pa.array(np.repeat(np.arange(len(panel)), count), pa.int32())
    data = {_ID: pa.DictionaryArray.from_arrays(place, ids), _TIME: times, _TARGET: panel.values[rows]}
    data |= {f"{role}:{name}": column[rows] for role in _ROLES[:2] for name, column in _columns(panel, role)}
    series = {_ID: ids, _SHOWN: panel.lengths, "reach": count}
    series |= {f"static:{name}": column for name, column in _columns(panel, "static")}
    if panel.groups is not None:
        series[_GROUP] = pa.array(panel.groups, pa.string())
    rest = {
        "season": panel.season,
        "freq": panel.freq,
        "step": panel.step,
        "columns": {role: list(panel.columns.get(role, ())) for role in _ROLES if role in panel.columns},
        "categories": {name: list(words) for name, words in panel.categories.items()},
    }
    return {DATA: _bytes(data), SERIES: _bytes(series)}, rest


_NOTHING = np.empty(0, dtype=np.int64)


def _columns(panel: Panel, role: str) -> list[tuple[str, np.ndarray]]:
    values: np.ndarray = getattr(panel, role)
    return [(name, values[:, k]) for k, name in enumerate(panel.columns.get(role, ()))] if values.size else []


def _bytes(columns: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    arrays = {name: pa.array(c) if isinstance(c, np.ndarray) else c for name, c in columns.items()}
    pq.write_table(pa.table(arrays), buffer)
    return buffer.getvalue()


def panel_of(files: dict[str, bytes], rest: dict[str, Any]) -> Panel:
    """Return the panel that `tables_of` stored.

    Raises:
        LookupError, TypeError, ValueError: the files are not those of a panel.
    """
    data, series = (_table(files[name]) for name in (DATA, SERIES))
    count, shown = _numbers(series, "reach", "iu"), _numbers(series, _SHOWN, "iu")
    starts = np.cumsum(count) - count
    columns = {role: _texts(names) for role, names in rest["columns"].items() if role in _ROLES}
    _check_rest(rest)
    groups = _texts(series[_GROUP].to_pylist()) if _GROUP in series.column_names else None
    panel = Panel(
        values=_numbers(data, _TARGET, "f"),
        times=_numbers(data, _TIME, "i" if rest["freq"] is None else "M").astype(np.int64),
        starts=starts,
        stops=starts + shown,
        reach=starts + count,
        ids=_texts(series[_ID].to_pylist()),
        season=rest["season"],
        freq=rest["freq"],
        step=rest["step"],
        past=_matrix(data, columns, "past"),
        future=_matrix(data, columns, "future"),
        static=_matrix(series, columns, "static"),
        groups=groups,
        columns=columns,
        categories={name: _texts(words) for name, words in rest["categories"].items()},
    )
    if len(panel.values) != int(count.sum()) or (shown > count).any() or (shown < 0).any():
        raise ValueError(f"{DATA} and {SERIES} do not belong together")
    return panel


def _table(data: bytes) -> pa.Table:
    # without threads: those that read_table starts abort a process that has torch loaded and ends at once
    with pq.ParquetFile(io.BytesIO(data), pre_buffer=False) as file:
        return file.read(use_threads=False)


def _check_rest(rest: dict[str, Any]) -> None:
    """Raise for a season, step or frequency that no panel has."""
    if rest["freq"] is not None:
        calendar.parse(rest["freq"])
    for name in ("season", "step"):
        if not is_whole(rest[name], 1):
            raise ValueError(f"the panel has the {name} {rest[name]!r}")


def _texts(values: list[Any]) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(text, str) for text in values):
        raise TypeError("a list of names holds something else")
    return tuple(values)


def _numbers(table: pa.Table, name: str, kinds: str = "f") -> np.ndarray:
    """Return a column without empty cells as an array of one of some kinds of numpy."""
    found = np.array(table[name].combine_chunks().to_numpy(zero_copy_only=False))
    if found.dtype.kind not in kinds:
        raise TypeError(f"the column {name!r} is {found.dtype}")
    return found


def _matrix(table: pa.Table, columns: dict[str, tuple[str, ...]], role: str) -> np.ndarray:
    names = [f"{role}:{name}" for name in columns.get(role, ())]
    if not names or names[0] not in table.column_names:
        return np.empty((0, 0))
    return np.column_stack([_numbers(table, name) for name in names])
