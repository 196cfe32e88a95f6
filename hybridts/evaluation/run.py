"""The tables and the manifest of a run: written together, read when they are asked for."""

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

from hybridts.engine.stage_store import FORMAT
from hybridts.errors import StoreError
from hybridts.files import HashingWriter, Place, Remote, digest_of, must_write, place_of, reading, reason, whole_file

TABLES = ("forecasts", "cells", "failures", "stages")
#: Written for readers without hybridts; nothing here needs it.
EXTRA = ("metrics",)
TEXTS = ["model", "unique_id"]
MANIFEST = "manifest.json"
_AGAIN = "Run the backtest again; finished stages are kept."

Frames = pd.DataFrame | Callable[[], pd.DataFrame]


class Late:
    """A table of a run: a frame, or how to read it, which then happens once."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, run: None, owner: type) -> Late: ...
    @overload
    def __get__(self, run: Run, owner: type) -> pd.DataFrame: ...
    def __get__(self, run: Run | None, owner: type) -> Late | pd.DataFrame:
        if run is None:
            raise AttributeError(self.name)  # so that a dataclass sees no default
        value = vars(run)[self.name]
        if callable(value):
            value = vars(run)[self.name] = value()
        frame: pd.DataFrame = value
        return frame

    def __set__(self, run: Run, value: Frames) -> None:
        vars(run)[self.name] = value


@dataclass(frozen=True, eq=False, repr=False)  # a repr would read all tables
class Run:
    """One finished backtest, read from its directory; reports are functions of this value alone.

    Tables are read when first asked for; each may be given as a frame or as a function that reads it.

    Attributes:
        path: the directory.
        manifest: format, versions, seed, horizon, season, windows, models, notices.
        forecasts: one row per model, window, series and step; model and unique_id are categorical.
        cells: one row per window and series: cutoff and metric scales.
        failures: one row per failed stage of a model.
        stages: one row per executed stage.
    """

    path: Place
    manifest: dict[str, Any]
    forecasts: Late = Late()
    cells: Late = Late()
    failures: Late = Late()
    stages: Late = Late()

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def save(self) -> None:
        """Write all tables and the manifest."""
        with writing(self.path) as files:
            for name in TABLES:
                files.frame(name, getattr(self, name))
            files.finish(self.manifest)


# -- writing ------------------------------------------------------------------------------------------------------
class Writing:
    """The files of a run while they are written; they appear under their names together, the manifest last."""

    def __init__(self, run: Place, files: dict[str, IO[bytes]]) -> None:
        self.run = run
        self.files = files
        self.facts: dict[str, dict[str, Any]] = {}

    def frame(self, name: str, frame: pd.DataFrame) -> None:
        """A table from memory."""
        table = pa.Table.from_pandas(frame, preserve_index=False)
        self.pieces(name, table.schema, [table])

    def pieces(self, name: str, schema: pa.Schema, pieces: Iterable[pa.Table]) -> None:
        """A table piece by piece, each a row group; no more than one is in memory."""
        tally, rows = HashingWriter(self.files[name]), 0
        words = [f.name for f in schema if not pa.types.is_floating(f.type)]
        with pq.ParquetWriter(tally, schema, use_dictionary=words) as writer:
            for piece in pieces:
                rows += len(piece)
                writer.write_table(piece, row_group_size=max(len(piece), 1))
        self.facts[f"{name}.parquet"] = {"rows": rows, "bytes": tally.bytes, "blake2b": tally.digest}

    def finish(self, manifest: dict[str, Any]) -> None:
        """The manifest, which learns the tables' checksums."""
        manifest["tables"] = self.facts
        self.files[MANIFEST].write(json.dumps(manifest, indent=1, ensure_ascii=False).encode())
        for file in self.files.values():
            file.flush()  # a full disk must show before the first file gets its name


@contextlib.contextmanager
def writing(run: Place, tables: Iterable[str] = TABLES) -> Iterator[Writing]:
    """All files of a run, or none where something is raised.

    Raises:
        StoreError: no room, or no permission.
    """
    with must_write(run), _alone(run), contextlib.ExitStack() as stack:
        # left in reverse order, so the manifest gets its name last
        files = {MANIFEST: stack.enter_context(whole_file(run / MANIFEST))}
        files |= {name: stack.enter_context(whole_file(run / f"{name}.parquet")) for name in tables}
        yield Writing(run, files)


@contextlib.contextmanager
def _alone(run: Place) -> Iterator[None]:
    """Only one process at a time gives a local run its files; without such locks the checksums still tell."""
    try:
        import fcntl
    except ImportError:  # Windows
        fcntl = None  # type: ignore[assignment]
    if fcntl is None or isinstance(run, Remote):
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
def load_run(path: Path | str | Place) -> Run:
    """Read a run directory.

    Raises:
        StoreError: it is not a run, not finished, of a newer format, or damaged.
    """
    run = place_of(path)
    file = run / MANIFEST
    try:
        if not run.is_dir():
            text = f"{run} is not a directory; give the run directory that `hybridts backtest --out` made."
            raise StoreError(text)
        if not file.exists():
            raise StoreError(f"{run} holds no manifest.json: not a run, or one that has not finished. Run it again.")
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise StoreError(f"{file} is damaged or cannot be read: {cause}. {_AGAIN}") from cause
    _refuse(run, manifest)
    for name in TABLES if "tables" not in manifest else manifest["tables"]:
        _verify(run / (name if name.endswith(".parquet") else f"{name}.parquet"), manifest)
    return stored_run(run, manifest)


def stored_run(run: Place, manifest: dict[str, Any]) -> Run:
    """A run whose tables are read when they are asked for."""
    return Run(run, manifest, *(partial(read_table, run / f"{name}.parquet") for name in TABLES))


def read_table(place: Place) -> pd.DataFrame:
    """One table; columns of forecasts that repeat few texts are categorical.

    Raises:
        StoreError: it cannot be read.
    """
    texts = TEXTS if place.name == "forecasts.parquet" else []
    try:
        with reading(place) as file, pq.ParquetFile(file, read_dictionary=texts) as table:
            # a column at a time, since the whole table would lie in memory twice
            return pd.DataFrame({name: _column(table, name) for name in table.schema_arrow.names}, copy=False)
    except (OSError, ValueError) as cause:
        raise StoreError(f"{place} is damaged or cannot be read: {cause}. {_AGAIN}") from cause


def _column(table: Any, name: str) -> pd.Series:
    column: pd.Series = table.read(columns=[name]).to_pandas(self_destruct=True)[name]
    return column


def refuse_newer(run: Place) -> Mapping[str, Any]:
    """The manifest of a run that will be written again, empty where there is none; refuse one of a newer version.

    Raises:
        StoreError: it is newer.
    """
    try:
        manifest = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # none, or a damaged one that will be replaced
    _refuse(run, manifest)
    found: Mapping[str, Any] = manifest
    return found


def _refuse(run: Place, manifest: Any) -> None:
    if not isinstance(manifest, dict):
        raise StoreError(f"{run / MANIFEST} is damaged: it holds no JSON object. {_AGAIN}")
    found = manifest.get("format", 0)
    if not isinstance(found, int) or found > FORMAT:
        raise StoreError(
            f"{run} has format {found}, this hybridts reads and writes up to {FORMAT}. Upgrade hybridts, or give "
            "another run directory."
        )


def _verify(file: Place, manifest: dict[str, Any]) -> None:
    """Refuse a table that is not the one the manifest vouches for; format 1 has no checksums to compare."""
    wanted = manifest.get("tables", {}).get(file.name)
    try:
        with reading(file) as content:
            if wanted is None:
                pq.ParquetFile(content).metadata  # noqa: B018 - reads the footer, which a truncated file has not
                return
            found = {"blake2b": digest_of(content), "bytes": content.tell()}
    except (OSError, ValueError) as cause:
        missing = isinstance(cause, FileNotFoundError)
        what = "is missing" if missing else f"is damaged: {reason(cause) if isinstance(cause, OSError) else cause}"
        raise StoreError(f"{file} {what}. {_AGAIN}") from cause
    if found["bytes"] != wanted["bytes"]:
        raise StoreError(f"{file} is damaged: it has {found['bytes']} of {wanted['bytes']} bytes. {_AGAIN}")
    if found["blake2b"] != wanted["blake2b"]:
        raise StoreError(f"{file} is damaged or was changed: its checksum differs. {_AGAIN}")
