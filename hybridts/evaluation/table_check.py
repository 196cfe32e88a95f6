"""Check the tables of a run against their schema and against its manifest: they are data of a stranger until then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api import types

from hybridts.engine.checked_json import value_of
from hybridts.evaluation.cases import QUANTILE_COLUMN
from hybridts.text import shortened


def _columns(text: str) -> dict[str, str]:
    """Return column -> kind from "kind: columns, kind: columns"."""
    parts = [part.split(":") for part in text.split(", ")]
    return {name: kind for kind, names in parts for name in names.split()}


#: Table -> its columns and their kinds; those with a "?" may be absent, because older runs have none.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "forecasts": _columns("text: model unique_id, whole: window step, time: ds cutoff, number: y yhat"),
    "cells": _columns(
        "text: unique_id, whole: window length, time: cutoff, number: mase_scale rmsse_scale, "
        "number?: last naive2_smape naive2_mase"
    ),
    "failures": _columns("text: model stage unique_id error message traceback, whole: window"),
    "stages": _columns(
        "text: key stage kind names notes, whole: window, number: seconds, yes or no: reused, text?: status"
    ),
    "metrics": _columns("text: model unique_id, whole: window"),
}
_MOST_ROWS = 10**9


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


_KINDS: Mapping[str, Callable[[pa.DataType], bool]] = {
    "text": lambda kind: _is_text(kind.value_type) if pa.types.is_dictionary(kind) else _is_text(kind),
    "whole": lambda kind: bool(pa.types.is_signed_integer(kind)),
    "number": lambda kind: bool(pa.types.is_floating(kind)),
    "time": lambda kind: bool(pa.types.is_signed_integer(kind) or pa.types.is_timestamp(kind)),
    "yes or no": lambda kind: bool(pa.types.is_boolean(kind)),
}


def check_schema(name: str, schema: pa.Schema, rows: int) -> None:
    """Refuse a table with a missing, repeated or wrongly typed column; one without rows may have no types.

    Raises:
        ValueError: naming the column.
    """
    repeated = [column for column in schema.names if schema.names.count(column) > 1]
    if repeated:
        raise ValueError(f"the column {shortened(repeated[0])!r} occurs twice")
    for column, kind in COLUMNS[name].items():
        if column not in schema.names:
            if not kind.endswith("?"):
                raise ValueError(f"it has no column {column!r}")
        elif (rows or not pa.types.is_null(schema.field(column).type)) and not _KINDS[kind.rstrip("?")](
            schema.field(column).type
        ):
            raise ValueError(f"the column {column!r} is {schema.field(column).type}, not {kind.rstrip('?')}")
    for column in schema.names:
        if (
            name == "forecasts"
            and QUANTILE_COLUMN.fullmatch(column)
            and not _KINDS["number"](schema.field(column).type)
        ):
            raise ValueError(f"the column {column!r} is {schema.field(column).type}, not number")


def check_values(name: str, frame: pd.DataFrame, manifest: Mapping[str, Any]) -> None:
    """Refuse a table whose values cannot be those of the run with this manifest.

    Raises:
        ValueError: naming the column and what is wrong.
    """
    for column, kind in COLUMNS[name].items():
        empty = column in frame and kind.rstrip("?") != "number" and bool(frame[column].isna().any())
        if empty:
            raise ValueError(f"the column {column!r} has an empty cell")
    if len(frame):
        _CHECKS[name](frame, manifest)


def _check_forecasts(frame: pd.DataFrame, manifest: Mapping[str, Any]) -> None:
    _known(frame, "model", (entry["name"] for entry in manifest["models"]))
    _known(frame, "window", (window["index"] for window in manifest["windows"]))
    _same_time(frame, manifest)
    _within(frame, "step", 1, int(manifest["horizon"]))
    if not np.isfinite(frame["yhat"].to_numpy(dtype=float)).all():
        raise ValueError("the column 'yhat' has a value that is not finite")
    if np.isinf(frame["y"].to_numpy(dtype=float)).any():
        raise ValueError("the column 'y' has a value that is not finite")
    _once(frame, ["model", "window", "unique_id", "step"])


def _check_cells(frame: pd.DataFrame, manifest: Mapping[str, Any]) -> None:
    _known(frame, "window", (window["index"] for window in manifest["windows"]))
    _same_time(frame, manifest)
    _within(frame, "length", 1, _MOST_ROWS)
    _once(frame, ["window", "unique_id"])


def _check_failures(frame: pd.DataFrame, manifest: Mapping[str, Any]) -> None:
    _known(frame, "model", (entry["name"] for entry in manifest["models"]))


def _check_stages(frame: pd.DataFrame, _: Mapping[str, Any]) -> None:
    seconds = frame["seconds"].to_numpy(dtype=float)
    if not (np.isfinite(seconds) & (seconds >= 0)).all():
        raise ValueError("the column 'seconds' has a value that is no duration")
    for text in frame["names"].unique():
        names = value_of(text) if text else []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError("the column 'names' has a cell that is no JSON list of names")
    for text in frame["notes"].unique():
        if text and not isinstance(value_of(text), dict):
            raise ValueError("the column 'notes' has a cell that is no JSON object")


_CHECKS: Mapping[str, Callable[[pd.DataFrame, Mapping[str, Any]], None]] = {
    "forecasts": _check_forecasts,
    "cells": _check_cells,
    "failures": _check_failures,
    "stages": _check_stages,
    "metrics": _check_failures,
}


def _known(frame: pd.DataFrame, column: str, known: Iterable[object]) -> None:
    allowed = set(known)
    strange = [value for value in frame[column].unique() if value not in allowed]
    if strange:
        raise ValueError(f"the {column} {shortened(str(strange[0]))!r} is not in the manifest")


def _within(frame: pd.DataFrame, column: str, least: int, most: int) -> None:
    low, high = int(frame[column].min()), int(frame[column].max())
    if low < least or high > most:
        raise ValueError(f"the column {column!r} has the value {low if low < least else high}")


def _same_time(frame: pd.DataFrame, manifest: Mapping[str, Any]) -> None:
    """Refuse times that are dates where the run has whole numbers, or the other way round."""
    for column in {"ds", "cutoff"} & set(frame):
        if types.is_integer_dtype(frame[column].dtype) != (manifest.get("freq") is None):
            raise ValueError(f"the column {column!r} is {frame[column].dtype}, which does not fit the frequency")
        zone = getattr(frame[column].dtype, "tz", None)
        if zone is not None and not (manifest.get("data") or {}).get("zone"):
            raise ValueError(f"the column {column!r} has a time zone ({shortened(str(zone))}), but the run has none")


def _once(frame: pd.DataFrame, columns: list[str]) -> None:
    """Refuse rows with equal keys."""
    code = np.zeros(len(frame), dtype=np.int64)
    for column in columns:
        part, values = pd.factorize(frame[column])
        code = code * max(len(values), 1) + part
    if len(pd.unique(code)) < len(frame):
        raise ValueError(f"two rows have the same {', '.join(columns)}")
