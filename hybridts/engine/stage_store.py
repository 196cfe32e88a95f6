"""Store of finished stages by key: files in one folder, or in several layers of folders."""

from __future__ import annotations

import contextlib
import re
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from hybridts.engine.checked_json import object_of, sum_of
from hybridts.errors import StoreError, WrongPlace
from hybridts.files import (
    AnyPath,
    HashingWriter,
    UrlPath,
    content_of,
    digest_of,
    must_write,
    reading,
    reason,
    whole_file,
    why_not_writable,
    write_json,
)
from hybridts.text import listed, visible

FORMAT = 2
_MARK = "FORMAT"
_LINEAGE = ".series"
_LINEAGE_MARK = re.compile(r"[0-9a-z-]+\.[0-9a-z-]+\.series")
_FILES = rf"{_MARK}|[0-9a-z-]+\.npz|[0-9a-z-]+\.json|{_LINEAGE_MARK.pattern}"
#: Names of temporary files that killed processes leave.
_TEMPORARY = re.compile(rf"\.({_FILES}|\.probe-[0-9a-f]+)\.[a-z0-9_]{{4,16}}|\.probe-[0-9a-f]+")
#: Names of all files of a store.
_OWN = re.compile(rf"{_FILES}|{_TEMPORARY.pattern}")
_BEFORE_ZIP = (1980, 1, 1, 0, 0, 0)  # one date for all, so that equal arrays are equal bytes
DAY = 86_400  # seconds
_DIGITS = 9
#: Most files of strangers that a notice names.
LISTED = 3
_Arrays = Mapping[str, np.ndarray]
_UNREADABLE = (OSError, ValueError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)


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
        facts = {"format": FORMAT, "arrays_bytes": tally.bytes, "arrays_blake2b": tally.digest, "key": key}
        facts |= result.record
        record = self.path / f"{key}.json"
        with must_write(record):
            write_json(record, {**facts, "record_blake2b": sum_of(facts)})
        if facts.get("lineage"):
            mark = self.path / f"{facts['lineage']}.{key}{_LINEAGE}"
            with must_write(mark), whole_file(mark):
                pass

    def lineages(self) -> dict[str, list[str]]:
        """Return lineage (see `FitTask`) -> keys of the finished stages that have it; other files are ignored."""
        found: dict[str, set[str]] = {}
        for layer in self.layers:
            for mark in layer.glob(f"*{_LINEAGE}"):
                if _LINEAGE_MARK.fullmatch(mark.name):
                    lineage, key = mark.name.removesuffix(_LINEAGE).split(".")
                    found.setdefault(lineage, set()).add(key)
        return {lineage: sorted(keys) for lineage, keys in found.items()}

    def strangers(self) -> list[str]:
        """Return the names of the files in the layers that no version of hybridts has written, sorted."""
        names = {file.name for layer in self.layers for file in layer.glob("*")}
        return sorted(name for name in names if not _OWN.fullmatch(name))

    def load(self, key: str) -> StageResult:
        """Read a finished stage.

        Raises:
            StoreError: the files are missing or damaged.
        """
        return self._read(self._layer(key), key, _unpack)

    def checked(self, key: str, wanted: Callable[[str], bool]) -> StageResult:
        """Read the record and some arrays of a finished stage, after checking that all its arrays are undamaged.

        Raises:
            StoreError: the files are missing or damaged.
        """
        return self._read(self._layer(key), key, lambda file, record: _unpack(file, record, wanted))

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
            return _checked(object_of(content_of(file)), key)
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


def _checked(record: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the record of a stage, after checking its checksum and its key; format 1 had no checksum.

    Raises:
        ValueError: the checksum differs, or the record is that of another stage.
    """
    found = record.pop("record_blake2b", None)
    if (found is not None or "arrays_blake2b" in record) and found != sum_of(record):
        raise ValueError("its checksum differs")
    if record.get("key") != key:
        raise ValueError("it is the record of another stage")
    return record


def _pack(file: HashingWriter, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as numpy.savez does, but so that equal arrays give equal bytes."""
    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", _BEFORE_ZIP), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def _unpack(place: AnyPath, record: Mapping[str, Any], wanted: Callable[[str], bool] = lambda _: True) -> _Arrays:
    """Return the arrays of a stage, or those with a wanted name, after checking the checksum of all."""
    with reading(place) as file:
        _check_sum(file, record)
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
            return {name: _array(archive, name) for name in names if wanted(name)}


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    with archive.open(f"{name}.npy") as member:
        found: np.ndarray = np.lib.format.read_array(member, allow_pickle=False)
    return found


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
    found, notices = _opened(run, store)
    strangers = found.strangers()
    if strangers:
        names = listed([visible(name) for name in strangers], LISTED)
        notices.append(f"Files among the stages that are not of hybridts are ignored: {names}.")
    return found, notices


def _opened(run: AnyPath, store: AnyPath | None) -> tuple[StageStore, list[str]]:
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
        if not mark.exists() or content_of(mark).strip() != str(FORMAT).encode():
            with whole_file(mark) as file:
                file.write(f"{FORMAT}\n".encode())
    if not isinstance(folder, UrlPath):
        _sweep(folder)
    return folder


def _sweep(folder: Path) -> None:
    """Delete temporary files of killed processes: those older than a day."""
    for left in folder.glob(".*"):
        with contextlib.suppress(OSError):
            if _TEMPORARY.fullmatch(left.name) and time.time() - left.stat().st_mtime > DAY:
                left.unlink()


def _refuse_newer(folder: AnyPath) -> None:
    mark = folder / _MARK
    try:
        found = content_of(mark).strip().decode(errors="replace") if mark.exists() else ""
    except OSError as cause:
        raise StoreError(f"{mark} cannot be read: {reason(cause)}. Change its permissions.") from cause
    if found.isascii() and found.isdigit() and (len(found) > _DIGITS or int(found) > FORMAT):
        raise StoreError(
            f"The stages in {folder} have format {found[:_DIGITS]}, this hybridts writes {FORMAT}. Upgrade "
            "hybridts, or give another --store or --out."
        )
