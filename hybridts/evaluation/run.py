"""Write and read the tables and the manifest of a run; the tables are read on first use."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, overload

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from hybridts.engine.checked_json import object_of, with_sum, without_sum
from hybridts.engine.stage_store import FORMAT
from hybridts.errors import StoreError
from hybridts.evaluation.manifest_check import check_manifest
from hybridts.evaluation.run_format import EXTRA, MANIFEST, TABLES, TEXTS
from hybridts.evaluation.table_check import check_schema, check_values
from hybridts.files import (
    AnyPath,
    HashingWriter,
    UrlPath,
    content_of,
    digest_of,
    must_write,
    path_of,
    reading,
    reason,
    whole_file,
)

#: Notice on a run whose manifest has no checksum.
UNCHECKED = (
    "An older version wrote this run, without a checksum of its manifest: a change of that file would not be noticed. "
    "Running the backtest again adds it; finished stages are kept."
)
#: Errors of a file that holds anything.
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, NotImplementedError, pa.ArrowException, RecursionError)
_AGAIN = "Run the backtest again; finished stages are kept."

#: A table, or a function that reads it.
TableOrReader = pd.DataFrame | Callable[[], pd.DataFrame]


class LazyTable:
    """Descriptor of a table of a run: set to a frame, or to a function that is called once, on first use."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, run: None, owner: type) -> LazyTable: ...
    @overload
    def __get__(self, run: Run, owner: type) -> pd.DataFrame: ...
    def __get__(self, run: Run | None, owner: type) -> LazyTable | pd.DataFrame:
        if run is None:
            raise AttributeError(self.name)  # so that a dataclass finds no default
        value = vars(run)[self.name]
        if callable(value):
            value = vars(run)[self.name] = value()
        frame: pd.DataFrame = value
        return frame

    def __set__(self, run: Run, value: TableOrReader) -> None:
        vars(run)[self.name] = value


@dataclass(frozen=True, eq=False, repr=False)  # a repr would read all tables
class Run:
    """One finished backtest, read from its directory; reports need nothing else.

    The files and columns are documented in `run_format`.

    Attributes:
        path: the run directory.
        manifest: format, versions, seed, horizon, season, windows, models, notices.
        forecasts: one row per model, window, series and step; model and unique_id are categorical.
        cells: one row per window and series: cutoff and metric scales.
        failures: one row per failed stage of a model.
        stages: one row per executed stage.
    """

    path: AnyPath
    manifest: dict[str, Any]
    forecasts: LazyTable = LazyTable()
    cells: LazyTable = LazyTable()
    failures: LazyTable = LazyTable()
    stages: LazyTable = LazyTable()

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def save(self) -> None:
        """Write all tables and the manifest.

        Raises:
            StoreError: the directory cannot be written.
        """
        with writing(self.path) as files:
            for name in TABLES:
                files.write_frame(name, getattr(self, name))
            files.finish(self.manifest)


# -- writing ------------------------------------------------------------------------------------------------------
class RunWriter:
    """Write the files of a run; they get their names together when `writing` ends, the manifest last.

    Attributes:
        run: the run directory.
        files: open files by name of the table, and the manifest.
        checksums: rows, bytes and checksum of every table written, by file name.
        texts: bytes and checksum of every other file written but the manifest, by file name.
    """

    def __init__(self, run: AnyPath, files: dict[str, IO[bytes]]) -> None:
        self.run = run
        self.files = files
        self.checksums: dict[str, dict[str, Any]] = {}
        self.texts: dict[str, dict[str, Any]] = {}

    def write_text(self, name: str, text: str) -> None:
        """Write a file that is no table, such as config.yaml."""
        tally = HashingWriter(self.files[name])
        tally.write(text.encode())
        self.texts[name] = {"bytes": tally.bytes, "blake2b": tally.digest}

    def write_frame(self, name: str, frame: pd.DataFrame) -> None:
        """Write a table that is in memory."""
        table = pa.Table.from_pandas(frame, preserve_index=False)
        self.write_groups(name, table.schema, [table])

    def write_groups(self, name: str, schema: pa.Schema, groups: Iterable[pa.Table]) -> None:
        """Write a table one row group at a time, so that no more than one group is in memory."""
        tally, rows = HashingWriter(self.files[name]), 0
        dictionaries = [f.name for f in schema if not pa.types.is_floating(f.type)]
        with pq.ParquetWriter(tally, schema, use_dictionary=dictionaries) as writer:
            for group in groups:
                rows += len(group)
                writer.write_table(group, row_group_size=max(len(group), 1))
        self.checksums[f"{name}.parquet"] = {"rows": rows, "bytes": tally.bytes, "blake2b": tally.digest}

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest, with the checksums of the tables under "tables", of other files under "files"."""
        manifest["tables"] = self.checksums
        manifest["files"] = self.texts
        self.files[MANIFEST].write(json.dumps(with_sum(manifest), indent=1, ensure_ascii=False).encode())
        for file in self.files.values():
            file.flush()  # a full disk must fail here, before the first file gets its name


@contextlib.contextmanager
def writing(run: AnyPath, tables: Iterable[str] = TABLES, texts: Iterable[str] = ()) -> Iterator[RunWriter]:
    """Write all files of a run, or none if the block raises; `texts` are the names of those that are no tables.

    Raises:
        StoreError: the disk is full, or writing is not permitted.
    """
    with must_write(run), _locked(run), contextlib.ExitStack() as stack:
        # the stack is left in reverse order, so the manifest gets its name last
        files = {MANIFEST: stack.enter_context(whole_file(run / MANIFEST))}
        files |= {name: stack.enter_context(whole_file(run / name)) for name in texts}
        files |= {name: stack.enter_context(whole_file(run / f"{name}.parquet")) for name in tables}
        yield RunWriter(run, files)


@contextlib.contextmanager
def _locked(run: AnyPath) -> Iterator[None]:
    """Let one process at a time name the files of a local run; without file locks the checksums detect a mixture."""
    try:
        import fcntl
    except ImportError:  # Windows
        fcntl = None  # type: ignore[assignment]
    if fcntl is None or isinstance(run, UrlPath):
        yield
        return
    run.mkdir(parents=True, exist_ok=True)
    folder = os.open(run, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


# -- reading ------------------------------------------------------------------------------------------------------
def load_run(path: Path | str | AnyPath) -> Run:
    """Read a run directory.

    Raises:
        StoreError: the directory is not a run, or its run is unfinished, of a newer format, or damaged.
    """
    run = path_of(path)
    file = run / MANIFEST
    try:
        if not run.is_dir():
            text = f"{run} is not a directory; give the run directory that `hybridts backtest --out` made."
            raise StoreError(text)
        if not file.exists():
            raise StoreError(f"{run} holds no manifest.json: not a run, or one that has not finished. Run it again.")
        manifest = _manifest_of(run)
    except (OSError, ValueError) as cause:
        why = reason(cause) if isinstance(cause, OSError) else str(cause)
        raise StoreError(f"{file} is damaged or cannot be read: {why.rstrip('.')}. {_AGAIN}") from cause
    listed = [name.removesuffix(".parquet") for name in manifest.get("tables") or {}]
    for name in dict.fromkeys((*TABLES, *(name for name in listed if name in EXTRA))):
        _check_table(run / f"{name}.parquet", name, manifest)
    return Run(run, manifest, *(partial(_checked_table, run, name, manifest) for name in TABLES))


def _manifest_of(run: AnyPath) -> dict[str, Any]:
    """Return the manifest of a run, checked; one without a checksum, of an older version, gets a notice.

    Raises:
        OSError, ValueError: it cannot be read, or is damaged.
        StoreError: a newer version wrote it.
    """
    facts = object_of(content_of(run / MANIFEST))
    _check_format(run, facts)
    manifest, summed = without_sum(facts)
    check_manifest(manifest, unknown=summed)
    if manifest.get("tables") is not None and not {f"{name}.parquet" for name in TABLES} <= set(manifest["tables"]):
        raise ValueError("tables: one is missing")
    if not summed:
        manifest["notices"] = [*manifest.get("notices", ()), UNCHECKED]
    return manifest


def _checked_table(run: AnyPath, name: str, manifest: Mapping[str, Any]) -> pd.DataFrame:
    """Read a table of a run that may have been made by anybody."""
    place = run / f"{name}.parquet"
    frame = read_table(place)
    try:
        check_values(name, frame, manifest)
    except ValueError as cause:
        raise StoreError(f"{place} is damaged: {cause}. {_AGAIN}") from cause
    return frame


def lazy_run(run: AnyPath, manifest: dict[str, Any]) -> Run:
    """Return a run whose tables are read on first use."""
    return Run(run, manifest, *(partial(read_table, run / f"{name}.parquet") for name in TABLES))


def read_table(place: AnyPath) -> pd.DataFrame:
    """Read one table; columns of forecasts that repeat few texts are categorical.

    Raises:
        StoreError: the file cannot be read.
    """
    texts = list(TEXTS) if place.name == "forecasts.parquet" else []
    try:
        with reading(place) as file, pq.ParquetFile(file, read_dictionary=texts) as table:
            # column by column: the whole table at once would be in memory twice
            return pd.DataFrame({name: _column(table, name) for name in table.schema_arrow.names}, copy=False)
    except _UNREADABLE as cause:
        raise StoreError(f"{place} is damaged or cannot be read: {cause}. {_AGAIN}") from cause


def _column(table: pq.ParquetFile, name: str) -> pd.Series:
    column: pd.Series = table.read(columns=[name]).to_pandas(self_destruct=True)[name]
    return column


def existing_manifest(run: AnyPath) -> Mapping[str, Any]:
    """Return the manifest of a run that is about to be written again; empty where there is none.

    Raises:
        StoreError: a newer version of hybridts wrote the run.
    """
    try:
        return _manifest_of(run)
    except (OSError, ValueError):
        return {}  # none, or a damaged one that will be replaced


def damage_of(run: AnyPath) -> str:
    """Return why the manifest of a run cannot be used; empty where it can, or there is none."""
    try:
        if (run / MANIFEST).exists():
            _manifest_of(run)
    except (OSError, ValueError) as cause:
        return reason(cause) if isinstance(cause, OSError) else str(cause).rstrip(".")
    return ""


def _check_format(run: AnyPath, manifest: Mapping[str, Any]) -> None:
    """Refuse a manifest of a newer format."""
    found = manifest.get("format", 0)
    if isinstance(found, int) and found > FORMAT:
        raise StoreError(
            f"{run} has format {found}, this hybridts reads and writes up to {FORMAT}. Upgrade hybridts, or give "
            "another run directory."
        )


def _check_table(file: AnyPath, name: str, manifest: Mapping[str, Any]) -> None:
    """Refuse a table whose columns, size or checksum differ; format 1 has no checksums to compare."""
    wanted = (manifest.get("tables") or {}).get(file.name)
    try:
        with reading(file) as content:
            found = {} if wanted is None else {"blake2b": digest_of(content), "bytes": content.tell()}
            for fact, what in (("bytes", "its size"), ("blake2b", "its checksum")):
                if wanted is not None and found[fact] != wanted[fact]:
                    raise ValueError(f"{what} differs")
            content.seek(0)
            with pq.ParquetFile(content) as table:
                check_schema(name, table.schema_arrow, table.metadata.num_rows)
    except _UNREADABLE as cause:
        missing = isinstance(cause, FileNotFoundError)
        why = reason(cause) if isinstance(cause, OSError) else str(cause).rstrip(".")
        what = "is missing" if missing else f"is damaged or was changed: {why}"
        raise StoreError(f"{file} {what}. {_AGAIN}") from cause
