"""Read columns with types: Parquet, Feather and Arrow. Only columns of numbers, text, dates and categories are read."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.types as kinds

from hybridts.data.read.source import Source
from hybridts.errors import DataError

#: Chooses, by schema and number of rows, the columns that need not be read; raises DataError for too many cells.
Skip = Callable[[pa.Schema, int], set[str]]


def read_parquet(source: Source, skip: Skip) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame of a Parquet file without the columns to `skip`, and notices.

    Raises:
        DataError: the file is damaged, or too large.
    """
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(source.file()) as file:
            schema = file.schema_arrow
            left_out = skip(schema, file.metadata.num_rows)
            wanted = [name for name in schema.names if _readable(schema, name) and name not in left_out]
            table = file.read(columns=wanted)
        table = table.replace_schema_metadata(schema.metadata) if not _lost_index(schema, wanted) else table
        return arrow_table(table, source.name, schema)
    except DataError:
        raise
    except Exception as cause:  # the library raises errors of its own, and the remedy is the same
        raise _damaged(source, "Parquet", cause) from cause


def read_feather(source: Source, skip: Skip) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame of a Feather or Arrow file without the columns to `skip`, and notices.

    Raises:
        DataError: the file is damaged, or too large.
    """
    from pyarrow import feather

    try:
        table = feather.read_table(source.file(), memory_map=False)
        left_out = skip(table.schema, len(table)) & set(table.schema.names)
        return arrow_table(table.drop_columns(sorted(left_out)), source.name)
    except DataError:
        raise
    except Exception as cause:  # the library raises errors of its own, and the remedy is the same
        raise _damaged(source, "Feather", cause) from cause


def _damaged(source: Source, kind: str, cause: Exception) -> DataError:
    text = str(cause)[:300].rstrip(".")
    return DataError(f"{source.name}: this is not a readable {kind} file ({text}). Write it again.")


def _lost_index(schema: pa.Schema, wanted: list[str]) -> bool:
    return len(wanted) < len(schema.names)


def _readable(schema: pa.Schema, name: str) -> bool:
    at = schema.get_all_field_indices(name)
    return all(_allowed(schema.field(i).type) for i in at)


def _allowed(kind: pa.DataType) -> bool:
    """Return True for a type of numbers, text, dates, truth values, or categories of these."""
    if kinds.is_dictionary(kind):
        return _allowed(kind.value_type)
    tests = (
        *(kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_boolean, kinds.is_string, kinds.is_null),
        *(kinds.is_large_string, kinds.is_date, kinds.is_timestamp, kinds.is_string_view),
    )
    return any(test(kind) for test in tests)


def arrow_table(table: pa.Table, name: str, schema: pa.Schema | None = None) -> tuple[pd.DataFrame, list[str]]:
    """Return an Arrow table as a pandas frame, without columns of other types, and a notice that names those.

    Raises:
        DataError: no column is left.
    """
    table.validate(full=True)  # damaged offsets would end the process while they are converted
    schema = table.schema if schema is None else schema
    refused = [f"{field.name!r} ({str(field.type)[:40]})" for field in schema if not _allowed(field.type)]
    keep = [i for i, field in enumerate(table.schema) if _allowed(field.type)]
    if not keep:
        listing = ", ".join(refused[:8]) or "none"
        raise DataError(
            f"{name}: no column holds numbers, text or dates (its columns: {listing}). Write plain columns."
        )
    if len(keep) < len(table.schema):
        table = table.select(keep)
    notices = []
    if refused:
        text = ", ".join(refused[:8]) + (f" and {len(refused) - 8} more" if len(refused) > 8 else "")
        notices.append(f"{name}: not read, because a column must hold numbers, text or dates: {text}.")
    return _to_pandas(table), notices


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    """Return a frame; decimals become floats, and dates keep their unit, so that no year overflows."""
    plain = []
    for place, field in enumerate(table.schema):
        if kinds.is_decimal(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.float64()))
        elif kinds.is_date(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.timestamp("ms")))
        plain.append(field.name)
    try:
        frame: pd.DataFrame = table.to_pandas(ignore_metadata=False)
    except (pa.ArrowException, ValueError, TypeError, KeyError, IndexError):
        frame = table.replace_schema_metadata(None).to_pandas()
    return frame
