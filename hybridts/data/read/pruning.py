"""Choose the columns of a typed file that need not be read, and refuse a file that memory cannot hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import psutil
import pyarrow as pa
import pyarrow.types as kinds

from hybridts.data.read.columns import EVERY, ID_NAMES, TIME_NAMES, Columns
from hybridts.errors import DataError

#: Bytes of memory for one cell while a file is read and brought into order: measured 28 to 47 on 10 million rows.
BYTES_PER_CELL = 40


def unneeded(schema: pa.Schema, asked: Columns) -> set[str]:
    """Return the columns that no role can need: of those without a role, the numbers where the target is named.

    Whatever might be the time or the name of the series stays, unless both are named.

    >>> numbers = [("y", pa.float64()), ("x", pa.float64())]
    >>> schema = pa.schema([("ds", pa.timestamp("ns")), ("shop", pa.string()), *numbers])
    >>> unneeded(schema, Columns(target=("y",)))
    {'x'}
    """
    named = {column for _, column in asked.named()}
    if not asked.target or asked.target == (EVERY,) or not named <= set(schema.names):
        return set()  # a name that is missing is refused with all columns in the message
    if any(name.startswith("__index_level_") for name in schema.names):
        return set()  # an index of pandas, which is found by the file's own description of all columns
    free = [field for field in schema if field.name not in named]
    if asked.time and asked.id:
        return {field.name for field in free}
    usual = {"ds", *TIME_NAMES, *ID_NAMES}
    numbers = [field for field in free if kinds.is_floating(field.type) or kinds.is_decimal(field.type)]
    return {field.name for field in numbers if field.name.casefold() not in usual}


def refuse_too_large(name: str, rows: int, columns: Sequence[str]) -> None:
    """Refuse a file whose rows need more memory than there is: the system would end the process without a word.

    Raises:
        DataError: naming the sizes and what to do.
    """
    need, free = rows * len(columns) * BYTES_PER_CELL, free_memory()
    if need > free:
        raise DataError(
            f"{name}: {rows:,} rows of {len(columns)} columns need about {_giga(need)} of memory, and {_giga(free)} "
            "are free. Name the columns to use with --time, --id, --target, --past and --future (others are not read "
            "then), or give a part of the rows: a file for each group of series, or --query on a DuckDB file."
        )


def free_memory() -> int:
    """Return the bytes that this process may still take: of the machine, and of its own limit (`ulimit -v`)."""
    free = int(psutil.virtual_memory().available)
    if sys.platform == "win32":
        return free
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return (
        free if limit == resource.RLIM_INFINITY else max(0, min(free, limit - int(psutil.Process().memory_info().vms)))
    )


def _giga(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
