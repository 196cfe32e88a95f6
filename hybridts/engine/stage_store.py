"""Store of finished stages by key: files in one folder, or in several layers of folders."""

from __future__ import annotations

import contextlib
import json
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from hybridts.errors import StoreError, WrongPlace
from hybridts.files import (
    AnyPath,
    HashingWriter,
    UrlPath,
    checksum,
    digest_of,
    must_write,
    reading,
    reason,
    whole_file,
    why_not_writable,
    write_json,
)

FORMAT = 2
_MARK = "FORMAT"
_LINEAGE = ".series"
_BEFORE_ZIP = (1980, 1, 1, 0, 0, 0)  # one date for all, so that equal arrays are equal bytes
DAY = 86_400  # seconds
_Arrays = Mapping[str, np.ndarray]
_UNREADABLE = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile)


@dataclass(frozen=True)
class StageResult:
    """Result of a finished stage.

    Attributes:
        arrays: by name: origins, forecasts, and what later stages need.
        record: JSON-ready facts (see `stage_record`).
    """

    arrays: Mapping[str, np.ndarray]
    record: Mapping[str, Any]


class StageStore:
    """Finished stages by key, written to the folder `stages` of a run, or to the first of several layers.

    Attributes:
        path: the folder to write to.
        layers: the folders to read from, in order; the first is `path`.
        damaged: key -> file name of the stages found damaged, and dropped, since this store was opened.
    """

    def __init__(self, run: AnyPath, layers: Sequence[AnyPath] = ()) -> None:
        self.layers: tuple[AnyPath, ...] = tuple(layers) or (run / "stages",)
        self.path = self.layers[0]
        self.damaged: dict[str, str] = {}
        self._suspect: dict[str, str] = {}
        self._forgotten: set[str] = set()
        if not isinstance(self.path, UrlPath):
            self.path.mkdir(parents=True, exist_ok=True)

    @property
    def own_process_only(self) -> bool:
        """Return whether worker processes cannot read it."""
        return any(isinstance(layer, UrlPath) and layer.own_process_only for layer in self.layers)

    def has(self, key: str) -> bool:
        """Return whether the stage has finished; its record is written last, after the arrays."""
        return self._holder(key) is not None

    def save(self, key: str, result: StageResult) -> None:
        """Write arrays, then the record; keep a stage that another process has finished meanwhile.

        Raises:
            StoreError: no space, or no permission.
        """
        if self._intact(key):
            return
        arrays = self.path / f"{key}.npz"
        with must_write(arrays), whole_file(arrays) as file:
            tally = HashingWriter(file)
            _pack(tally, result.arrays)
        facts = {"format": FORMAT, "arrays_bytes": tally.bytes, "arrays_blake2b": tally.digest, **result.record}
        record = self.path / f"{key}.json"
        with must_write(record):
            write_json(record, {**facts, "record_blake2b": _sum_of(facts)})
        if facts.get("lineage"):
            mark = self.path / f"{facts['lineage']}.{key}{_LINEAGE}"
            with must_write(mark), whole_file(mark):
                pass

    def lineages(self) -> dict[str, list[str]]:
        """Return lineage (see `FitTask`) -> keys of the finished stages that have it."""
        found: dict[str, set[str]] = {}
        for layer in self.layers:
            for mark in layer.glob(f"*{_LINEAGE}"):
                lineage, key = mark.name.removesuffix(_LINEAGE).split(".")
                found.setdefault(lineage, set()).add(key)
        return {lineage: sorted(keys) for lineage, keys in found.items()}

    def load(self, key: str) -> StageResult:
        """Read a finished stage.

        Raises:
            StoreError: the files are missing or damaged.
        """
        return self._read(self._layer(key), key, _unpack)

    def checked(self, key: str) -> dict[str, Any]:
        """Return the record of a finished stage, after checking that its arrays are undamaged.

        Raises:
            StoreError: the files are missing or damaged.
        """
        return dict(self._read(self._layer(key), key, _check_file).record)

    def record(self, key: str) -> dict[str, Any]:
        """Return the record of a finished stage, without reading its arrays.

        Raises:
            StoreError: the file is missing or damaged.
        """
        return self._record(self._layer(key), key)

    def drop(self, key: str) -> None:
        """Remove a damaged stage, and note its file name."""
        self.damaged[key] = self._suspect.pop(key, _short(self.path / f"{key}.npz"))
        self.forget(key)

    def forget(self, key: str) -> None:
        """Remove a stage; ignore it in the other layers from now on."""
        self._forgotten.add(key)
        for suffix in (".json", ".npz"):
            file = self.path / f"{key}{suffix}"
            with must_write(file):
                file.unlink(missing_ok=True)

    def _holder(self, key: str) -> AnyPath | None:
        """Return the first layer that has the stage; a removed stage may remain in the read-only layers."""
        layers = self.layers[:1] if key in self._forgotten else self.layers
        return next((layer for layer in layers if (layer / f"{key}.json").exists()), None)

    def _layer(self, key: str) -> AnyPath:
        """Return the layer to read a stage from."""
        return self.path if len(self.layers) == 1 else self._holder(key) or self.path

    def _read(self, layer: AnyPath, key: str, unpack: Callable[[AnyPath, Mapping[str, Any]], _Arrays]) -> StageResult:
        record = self._record(layer, key)
        file = layer / f"{key}.npz"
        try:
            return StageResult(unpack(file, record), record)
        except _UNREADABLE as cause:
            self._suspect[key] = _short(file)
            raise StoreError(f"{file} cannot be read ({_first(cause)}); delete it and run again.") from cause

    def _record(self, layer: AnyPath, key: str) -> dict[str, Any]:
        file = layer / f"{key}.json"
        try:
            return _checked(json.loads(file.read_text(encoding="utf-8")))
        except _UNREADABLE as cause:
            self._suspect[key] = _short(file)
            raise StoreError(f"{file} cannot be read ({_first(cause)}); delete it and run again.") from cause

    def _intact(self, key: str) -> bool:
        if not (self.path / f"{key}.json").exists():
            return False
        try:
            self._read(self.path, key, _check_file)
        except StoreError:
            return False
        return True


def _short(file: AnyPath) -> str:
    return f"{file.parent.name}/{file.name}"


def _first(cause: BaseException) -> str:
    return str(cause) or type(cause).__name__


def _sum_of(facts: Mapping[str, Any]) -> str:
    """Return the checksum of facts as they will be read back."""
    plain = json.loads(json.dumps(facts, ensure_ascii=False))
    return checksum(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _checked(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a stage, after checking its checksum; format 1 had none.

    Raises:
        ValueError: the checksum differs.
    """
    found = record.pop("record_blake2b", None)
    if found is None and "arrays_blake2b" not in record:
        return record
    if found != _sum_of(record):
        raise ValueError("its checksum differs")
    return record


def _pack(file: HashingWriter, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as numpy.savez does, but so that equal arrays give equal bytes."""
    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", _BEFORE_ZIP), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def _unpack(place: AnyPath, record: Mapping[str, Any]) -> _Arrays:
    """Return the arrays of a stage, after checking their checksum."""
    with reading(place) as file:
        _check_sum(file, record)
        file.seek(0)
        with np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}


def _check_file(place: AnyPath, record: Mapping[str, Any]) -> _Arrays:
    """Check the arrays of a stage and return none; format 1 had no checksum, so its arrays are read."""
    if "arrays_blake2b" not in record:
        _unpack(place, record)
    else:
        with reading(place) as file:
            _check_sum(file, record)
    return {}


def _check_sum(file: IO[bytes], record: Mapping[str, Any]) -> None:
    expected = record.get("arrays_blake2b")
    if expected is not None and digest_of(file) != expected:
        raise ValueError("its checksum differs")


# -- folders of a run -------------------------------------------------------------------------------------------------
def open_stages(run: AnyPath, store: AnyPath | None = None) -> tuple[StageStore, list[str]]:
    """Return the store of a backtest into `run`, and notices for the reader.

    A shared store that cannot be written is only read; new stages then go to the run.

    Raises:
        StoreError: there is no place to write, or it has a newer format.
    """
    own = run / "stages"
    _refuse_unwritable(run)
    if store is None or store == own:
        return StageStore(run, [_ready(own)]), []
    cause = why_not_writable(store)
    if cause is None:
        return StageStore(run, [_ready(store), *([own] if own.is_dir() else [])]), []
    if not _readable(store):
        raise WrongPlace(
            f"The store {store} can be neither written nor read: {reason(cause)}. Give a --store that exists or can "
            "be made, or leave it out to keep the stages in the run."
        )
    _refuse_newer(store)
    text = f"The store {store} cannot be written ({reason(cause)}): it is read, and new stages are kept in {own}."
    return StageStore(run, [_ready(own), store]), [text]


def _refuse_unwritable(run: AnyPath) -> None:
    cause = why_not_writable(run)
    if cause is not None:
        raise WrongPlace(
            f"The run directory {run} cannot be written: {reason(cause)}. Give another --out, or change "
            "its permissions."
        )


def _readable(store: AnyPath) -> bool:
    try:
        if isinstance(store, UrlPath):
            return store.is_dir()
        return store.is_dir() and any(True for _ in store.iterdir())
    except OSError:
        return False


def _ready(folder: AnyPath) -> AnyPath:
    """Return the folder, after writing the file with its format and removing old temporary files."""
    _refuse_newer(folder)
    mark = folder / _MARK
    with must_write(mark):
        if not mark.exists() or mark.read_bytes().strip() != str(FORMAT).encode():
            with whole_file(mark) as file:
                file.write(f"{FORMAT}\n".encode())
    if not isinstance(folder, UrlPath):
        _sweep(folder)
    return folder


def _sweep(folder: Path) -> None:
    """Delete temporary files of killed processes: those older than a day."""
    for left in folder.glob(".*.*.*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > DAY:
                left.unlink()


def _refuse_newer(folder: AnyPath) -> None:
    mark = folder / _MARK
    try:
        found = mark.read_bytes().strip().decode(errors="replace") if mark.exists() else ""
    except OSError as cause:
        raise StoreError(f"{mark} cannot be read: {reason(cause)}. Change its permissions.") from cause
    if found.isdigit() and int(found) > FORMAT:
        raise StoreError(
            f"The stages in {folder} have format {found}, this hybridts writes {FORMAT}. Upgrade hybridts, or give "
            "another --store or --out."
        )
