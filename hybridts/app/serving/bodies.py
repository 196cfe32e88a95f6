"""The body of a request: rows as JSON or Arrow become frames; what cannot be used is refused with a status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hybridts.app.serving.arrow_messages import is_compressed

if TYPE_CHECKING:
    import pandas as pd

ARROW = "application/vnd.apache.arrow.stream"
JSON = "application/json"
_KEYS = ("rows", "future", "horizon", "levels", "quantiles")
#: Kinds of values that a cell of JSON may have.
_CELL = (str, int, float, bool, type(None))


class Refused(Exception):
    """A request that cannot be answered.

    Attributes:
        status: of the answer, 4xx or 5xx.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a request asks for.

    Attributes:
        rows: new rows; None: forecast from the data of the model.
        future: known-future columns of the next rows; None without any.
        options: horizon, levels, quantiles, where they were given.
    """

    rows: pd.DataFrame | None
    future: pd.DataFrame | None
    options: Mapping[str, Any]


def wanted(body: bytes, kind: str, query: Mapping[str, str]) -> Wanted:
    """Return what a body and the query ask for.

    Args:
        body: of the request; empty: forecast from the data of the model.
        kind: its content type.
        query: horizon and levels (comma separated), for Arrow bodies.

    Raises:
        Refused: with status 400, 415 or 422.
    """
    unknown = sorted(set(query) - {"horizon", "levels", "quantiles"})
    if unknown:
        raise Refused(422, f"unknown parameter {unknown[0]!r}; there are horizon, levels and quantiles.")
    given = {name: _from_query(name, text) for name, text in query.items()}
    kind = kind.partition(";")[0].strip().casefold()
    if not body:
        return Wanted(None, None, given)
    if kind == ARROW:
        return Wanted(_from_arrow(body), None, given)
    if kind != JSON:
        found = f"found {kind!r}" if kind else "none was given"
        raise Refused(415, f"the content type must be {JSON} or {ARROW}, {found}.")
    content = _from_json(body)
    if isinstance(content, list):
        content = {"rows": content}
    if not isinstance(content, dict):
        raise Refused(422, f"the body must be an object with the keys {', '.join(_KEYS)}, or a list of rows.")
    for key in content:
        if key not in _KEYS:
            raise Refused(422, f"unknown key {key[:60]!r}; there are {', '.join(_KEYS)}.")
    options = {name: content[name] for name in ("horizon", "levels", "quantiles") if content.get(name) is not None}
    for name, value in options.items():
        _check_option(name, value)
    return Wanted(_frame(content.get("rows"), "rows"), _frame(content.get("future"), "future"), {**given, **options})


def _from_query(name: str, text: str) -> Any:
    try:
        return int(text) if name == "horizon" else [float(part) for part in text.split(",")]
    except ValueError as cause:
        example = "12" if name == "horizon" else "80,95" if name == "levels" else "0.1,0.9"
        raise Refused(422, f"{name} must be as {example}, found {text[:60]!r}.") from cause


def _check_option(name: str, value: Any) -> None:
    numbers = value if isinstance(value, list) and name != "horizon" else [value]
    if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in numbers):
        what = "a number" if name == "horizon" else "a list of numbers"
        raise Refused(422, f"{name} must be {what}, found {str(value)[:60]}.")


def _from_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError as cause:
        raise Refused(400, f"the body is not UTF-8 text (byte {cause.start}).") from cause
    except RecursionError as cause:
        raise Refused(400, "the body is nested too deeply.") from cause
    except ValueError as cause:
        raise Refused(400, f"the body is not JSON: {str(cause)[:200]}.") from cause


def _no_number(name: str) -> Any:
    """Read NaN and infinities, which JSON does not have but Python writes, as missing values."""
    del name


def _frame(given: Any, key: str) -> pd.DataFrame | None:
    """Return rows as a frame: a list of objects, or an object of lists of equal length.

    Raises:
        Refused: they are neither, or a cell is itself a list or an object.
    """
    import pandas as pd

    if given is None:
        return None
    if isinstance(given, list) and given and all(isinstance(row, dict) for row in given):
        names = list(dict.fromkeys(name for row in given for name in row))
        if len(names) * len(given) > 50_000_000:
            raise Refused(413, f"{key}: {len(given)} rows with {len(names)} different keys are too many cells.")
        columns = {name: [row.get(name) for row in given] for name in names}
    elif isinstance(given, dict) and given and all(isinstance(column, list) for column in given.values()):
        columns = given
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise Refused(422, f"{key}: the columns have different lengths: {dict(list(lengths.items())[:6])}.")
    else:
        example = '[{"unique_id": "a", "ds": "2024-01-01", "y": 1.5}, ...]'
        raise Refused(422, f"{key} must be a list of rows as {example}, or an object of columns; it must not be empty.")
    for name, column in columns.items():
        bad = next((i for i, cell in enumerate(column) if not isinstance(cell, _CELL)), None)
        if bad is not None:
            found = type(column[bad]).__name__
            raise Refused(422, f"{key}: row {bad + 1}, column {name[:60]!r} holds a {found}; give a number or text.")
    try:
        return pd.DataFrame({name: _column(column) for name, column in columns.items()})
    except (ValueError, OverflowError, TypeError) as cause:
        raise Refused(422, f"{key} cannot be read as columns: {str(cause)[:200]}.") from cause


def _column(cells: list[Any]) -> Any:
    """Return a column; whole numbers too large for the machine become fractions."""
    if any(isinstance(cell, int) and abs(cell) >= 2**63 for cell in cells):
        return [float(cell) if isinstance(cell, int) else cell for cell in cells]
    return cells


def _from_arrow(body: bytes) -> pd.DataFrame:
    """Return the rows of an Arrow stream.

    Raises:
        Refused: it is damaged, empty or compressed.
    """
    import pyarrow as pa

    try:
        if is_compressed(body):
            raise Refused(415, "compressed Arrow streams are not read, as their size is not known; send a plain one.")
        with pa.ipc.open_stream(pa.BufferReader(body)) as reader:
            table = reader.read_all()
        table.validate(full=True)
        frame: pd.DataFrame = table.to_pandas()
    except (pa.ArrowException, ValueError, OSError, KeyError, TypeError, NotImplementedError) as cause:
        raise Refused(400, f"the body is no Arrow stream: {str(cause).partition(chr(10))[0][:200]}.") from cause
    if frame.empty:
        raise Refused(422, "the Arrow stream has no rows.")
    return frame
