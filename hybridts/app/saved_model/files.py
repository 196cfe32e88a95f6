"""A stored model as files: one folder, or one .zip with the same files. Every file has its checksum in model.json."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hybridts.engine.checked_json import CHECKSUM, object_of, sum_of, with_sum
from hybridts.errors import DataError, StoreError
from hybridts.files import checksum, must_write, reading, reason, whole_file

#: Errors of an archive that holds anything: damaged, encrypted, or packed in a way that is not known.
UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
FORMAT = 1
HEAD = "model.json"
#: What model.json says it is, so that another folder is not taken for a model.
WHAT = "hybridts model"
#: Files of a model are at most so large in all, so that an archive cannot fill the memory.
LARGEST = 8 << 30


def write_files(path: Path, head: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Write a model; a folder or archive that holds a model already is replaced, and nothing else ever is.

    Args:
        path: a folder, or a file that ends in .zip.
        head: content of model.json, without the checksums.
        files: name -> content of the others.

    Raises:
        StoreError: the path cannot be written, or holds something that is no model.
    """
    tally = {n: {"bytes": len(data), "blake2b": checksum(data).hexdigest()} for n, data in sorted(files.items())}
    facts = {**head, "files": tally}
    every = {HEAD: json.dumps(with_sum(facts), indent=1, ensure_ascii=False, allow_nan=False).encode(), **files}
    _refuse_other(path)
    with must_write(path):
        if path.suffix.casefold() == ".zip":
            with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in every.items():
                    archive.writestr(name, data)
        else:
            _write_folder(path, every)


def _write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a new folder beside the old one and take its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    old = Path(f"{fresh}.old")
    try:
        os.chmod(fresh, 0o777 & ~_umask())
        for name, data in files.items():
            (fresh / name).write_bytes(data)
        if path.exists():
            path.rename(old)
        fresh.rename(path)
    except BaseException:
        if old.exists() and not path.exists():
            old.rename(path)
        raise
    finally:
        for folder in (fresh, old):
            shutil.rmtree(folder, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _refuse_other(path: Path) -> None:
    """Raise where a model would replace something else."""
    if path.is_dir() and any(path.iterdir()) and not (path / HEAD).is_file():
        raise StoreError(f"{path} is a folder with other files; give a new folder for the model, or a name in .zip.")
    if path.is_file() and path.suffix.casefold() != ".zip":
        raise StoreError(f"{path} is a file; give a folder for the model, or a name that ends in .zip.")
    if path.is_file():
        with contextlib.suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
            if HEAD in archive.namelist():
                return
        raise StoreError(f"{path} is a file that holds no model; give another name.")


def read_files(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read a model: model.json, and the other files by name. Nothing of it is run.

    Raises:
        DataError: there is no model, or one that is damaged or newer; the message names the file and the remedy.
    """
    try:
        source = _open(path)
        head = _head(path, source.pop(HEAD, None))
        named = head["files"]
        files = {}
        for name in named:
            if name not in source:
                raise DataError(f"{path}: the file {name!r} of the model is missing. Copy or save the model again.")
            files[name] = source[name]
            if checksum(files[name]).hexdigest() != named[name]["blake2b"]:
                raise DataError(f"{path}: the file {name!r} is damaged or was changed. Copy or save the model again.")
    except UNREADABLE as cause:
        why = reason(cause) if isinstance(cause, OSError) else str(cause)
        raise DataError(f"{path} cannot be read as a model: {why}. Give a folder or .zip that `save` wrote.") from cause
    return head, files


def _open(path: Path) -> dict[str, bytes]:
    """Return the files of a folder or archive by name, without those in folders below."""
    if not path.exists():
        raise DataError(f"there is no model {str(path)!r}. Give the folder or .zip that model.save(...) wrote.")
    if path.is_dir():
        if not (path / HEAD).is_file():
            raise DataError(f"{path} holds no {HEAD}: it is no model. Give a folder that model.save(...) wrote.")
        return {p.name: _content(p) for p in path.iterdir() if p.is_file()}
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} is no model: neither a folder nor a .zip that model.save(...) wrote.")
    with reading(path) as file, zipfile.ZipFile(file) as archive:
        entries = [entry for entry in archive.infolist() if "/" not in entry.filename]
        if sum(entry.file_size for entry in entries) > LARGEST:
            raise DataError(f"{path} unpacks to more than {LARGEST >> 30} GB: it is no model.")
        if HEAD not in {entry.filename for entry in entries}:
            raise DataError(f"{path} holds no {HEAD}: it is no model. Give a .zip that model.save(...) wrote.")
        return {entry.filename: archive.read(entry) for entry in entries}


def _content(path: Path) -> bytes:
    """Return the content of one file, which no model has larger than `LARGEST`."""
    if path.stat().st_size > LARGEST:
        raise OSError(errno.EFBIG, f"{path.name} is larger than {LARGEST >> 30} GB")
    with reading(path) as file:
        return file.read()


def _head(path: Path, data: bytes | None) -> dict[str, Any]:
    """Return model.json, checked."""
    try:
        head = object_of(data or b"")
    except ValueError as cause:
        raise DataError(f"{path}: {HEAD} is damaged ({cause}). Copy or save the model again.") from cause
    if head.get("what") != WHAT:
        raise DataError(f"{path}: {HEAD} is that of something else, not of a hybridts model. Give another folder.")
    found = head.get("format")
    if not isinstance(found, int) or found > FORMAT:
        raise DataError(
            f"{path} has format {found}, written by hybridts {head.get('hybridts')}; this hybridts reads up to "
            f"{FORMAT}. Upgrade hybridts."
        )
    named = head.get("files")
    right = isinstance(named, dict) and all(isinstance(f, dict) and "blake2b" in f for f in named.values())
    if not right or head.get(CHECKSUM) != sum_of({k: v for k, v in head.items() if k != CHECKSUM}):
        raise DataError(f"{path}: {HEAD} is damaged or was changed. Copy or save the model again.")
    return head
