"""The run directory: everything about one backtest, in files that open without hybridts.

    RUN/
      config.yaml          the resolved study
      manifest.json        format and package versions, seed, data fingerprint, windows, models, notices
      forecasts.parquet    model, window, unique_id, ds, cutoff, step, y, yhat
      cells.parquet        window, unique_id, cutoff, length, mase_scale, rmsse_scale
      failures.parquet     model, stage, window, unique_id, error, message, traceback
      stages.parquet       key, stage, kind, window, seconds, reused, names, notes (JSON)
      stages/KEY.npz       what one finished stage answered, content-addressed; KEY.json beside it says what it is

Every file is written beside its place and renamed, so that a killed run leaves whole files only.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from hybridts.errors import StoreError

FORMAT = 1
TABLES = ("forecasts", "cells", "failures", "stages")


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)
    try:
        with handle:
            yield handle
        os.chmod(handle.name, 0o666 & ~_umask())
        os.replace(handle.name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(handle.name)
        raise


def _umask() -> int:
    """The process's umask; temporary files ignore it, results should not."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(path: Path, value: Any) -> None:
    """JSON, whole or not at all."""
    with whole_file(path) as file:
        file.write(json.dumps(value, indent=1, ensure_ascii=False).encode())


@dataclass(frozen=True)
class StageResult:
    """What one finished stage left behind.

    Attributes:
        arrays: named arrays: origins and forecasts, gates.
        record: JSON-ready facts: stage, seconds, notes, failures.
    """

    arrays: Mapping[str, np.ndarray]
    record: Mapping[str, Any]


class StageStore:
    """Finished stages by key, in one directory."""

    def __init__(self, path: Path) -> None:
        self.path = path / "stages"
        self.path.mkdir(parents=True, exist_ok=True)

    def has(self, key: str) -> bool:
        """Whether this stage is finished; the record is written last, so it vouches for the arrays."""
        return (self.path / f"{key}.json").exists()

    def save(self, key: str, result: StageResult) -> None:
        """Write arrays, then the record."""
        with whole_file(self.path / f"{key}.npz") as file:
            np.savez(file, allow_pickle=False, **dict(result.arrays))
        write_json(self.path / f"{key}.json", dict(result.record))

    def load(self, key: str) -> StageResult:
        """Read a finished stage.

        Raises:
            StoreError: the files are missing or damaged.
        """
        try:
            with np.load(self.path / f"{key}.npz", allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (OSError, ValueError, EOFError, KeyError) as cause:
            raise StoreError(f"{self.path / key}.npz cannot be read ({cause}); delete it and run again.") from cause
        return StageResult(arrays, self.record(key))

    def record(self, key: str) -> dict[str, Any]:
        """Only the facts of a finished stage."""
        try:
            record: dict[str, Any] = json.loads((self.path / f"{key}.json").read_text())
        except (OSError, ValueError) as cause:
            raise StoreError(f"{self.path / key}.json cannot be read ({cause}); delete it and run again.") from cause
        return record

    def drop(self, key: str) -> None:
        """Forget a stage whose files are damaged."""
        for suffix in (".json", ".npz"):
            (self.path / f"{key}{suffix}").unlink(missing_ok=True)


@dataclass(frozen=True, eq=False)
class Run:
    """One finished backtest, read from its directory; reports are functions of this value alone.

    Attributes:
        path: the directory.
        manifest: format, versions, seed, horizon, season, windows, models, notices.
        forecasts: one row per model, window, series and step.
        cells: one row per window and series: cutoff and metric scales.
        failures: one row per failed stage of a model.
        stages: one row per executed stage.
    """

    path: Path
    manifest: dict[str, Any]
    forecasts: pd.DataFrame
    cells: pd.DataFrame
    failures: pd.DataFrame
    stages: pd.DataFrame

    def save(self) -> None:
        """Write all tables, the manifest last: it vouches for them."""
        for name in TABLES:
            with whole_file(self.path / f"{name}.parquet") as file:
                getattr(self, name).to_parquet(file, index=False)
        write_json(self.path / "manifest.json", self.manifest)


def load_run(path: Path | str) -> Run:
    """Read a run directory.

    Raises:
        StoreError: it is not a run, not finished, of a newer format, or damaged.
    """
    path = Path(path)
    file = path / "manifest.json"
    if not path.is_dir():
        raise StoreError(f"{path} is not a directory; give the run directory that `hybridts backtest --out` made.")
    if not file.exists():
        raise StoreError(f"{path} holds no manifest.json: not a run, or one that has not finished. Run it again.")
    try:
        manifest = json.loads(file.read_text())
        if manifest.get("format", 0) > FORMAT:
            raise StoreError(f"{path} has format {manifest['format']}, this hybridts reads up to {FORMAT}. Upgrade it.")
        tables = {name: pd.read_parquet(path / f"{name}.parquet") for name in TABLES}
    except (OSError, ValueError) as cause:
        raise StoreError(f"{path} is damaged: {cause}. Run the backtest again; finished stages are kept.") from cause
    return Run(path, manifest, **tables)
