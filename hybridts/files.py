"""Files on a local path or in an object store behind a URL. A file appears complete or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import stat
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from hybridts.errors import BadSetting, StoreError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from fsspec import AbstractFileSystem

#: Bytes read at once.
BLOCK = 1 << 20
#: Most bytes of a file of facts, such as a manifest or the record of a stage.
LARGEST = 1 << 30


@dataclass(frozen=True)
class UrlPath:
    """A folder or an object behind a URL, with those methods of `pathlib.Path` that a store needs.

    Every error of the service is raised as an OSError.
    """

    url: str

    def __truediv__(self, name: str) -> UrlPath:
        return UrlPath(f"{self.url.rstrip('/')}/{name}")

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.url.rstrip("/").rpartition("/")[2]

    @property
    def parent(self) -> UrlPath:
        """Return the folder one level up."""
        return UrlPath(self.url.rstrip("/").rpartition("/")[0])

    @property
    def own_process_only(self) -> bool:
        """Return True where other processes cannot read what this one writes (a URL memory://)."""
        return self.url.partition("://")[0].casefold() == "memory"

    def exists(self) -> bool:
        """Return True for an object, and for a folder that is not empty."""
        with _as_os_error():
            fs, path = self._open()
            return bool(fs.exists(path))

    def is_dir(self) -> bool:
        """Return True for a folder that is not empty."""
        with _as_os_error():
            fs, path = self._open()
            return bool(fs.isdir(path))

    def is_file(self) -> bool:
        """Return True for an object."""
        with _as_os_error():
            fs, path = self._open()
            return bool(fs.isfile(path))

    def glob(self, pattern: str) -> Iterator[UrlPath]:
        """Yield the paths directly below that match a pattern, sorted."""
        with _as_os_error():
            fs, path = self._open()
            names = sorted(str(found).rpartition("/")[2] for found in fs.glob(f"{path.rstrip('/')}/{pattern}"))
        return (self / name for name in names)

    def read_bytes(self) -> bytes:
        """Return the content of the object."""
        with _as_os_error():
            fs, path = self._open()
            return bytes(fs.cat_file(path))

    def read_text(self, encoding: str = "utf-8") -> str:
        """Return the content of the object as text."""
        return self.read_bytes().decode(encoding)

    def put(self, file: Path) -> None:
        """Upload a local file as the object."""
        with _as_os_error():
            fs, path = self._open()
            fs.put_file(str(file), path)

    def unlink(self, missing_ok: bool = False) -> None:
        """Delete the object."""
        with _as_os_error():
            fs, path = self._open()
            if not missing_ok or fs.exists(path):
                fs.rm_file(path)

    def _open(self) -> tuple[AbstractFileSystem, str]:
        """Return the file system, which fsspec caches, and the path in it."""
        from fsspec.core import url_to_fs

        # a cached listing would hide what other processes write
        fs, path = url_to_fs(self.url, use_listings_cache=False)
        return fs, str(path)


AnyPath = Path | UrlPath


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    """Raise any error inside as an OSError."""
    try:
        yield
    except OSError:
        raise
    except Exception as cause:  # every service has exceptions of its own
        raise OSError(f"{type(cause).__name__}: {cause}") from cause


def path_of(where: str | os.PathLike[str] | AnyPath) -> AnyPath:
    """Return a local path as a Path, and a URL as a UrlPath.

    Raises:
        BadSetting: it is empty, or no installed package can open this kind of URL.
    """
    if isinstance(where, UrlPath):
        return where
    text = os.fspath(where)
    if not text.strip():
        raise BadSetting("The path of a folder is empty. Give one, such as runs/first.", "out", text)
    protocol, mark, rest = text.partition("://")
    if not mark:
        return _local(text)
    if protocol.casefold() in ("file", "local"):
        return Path(rest)
    _require(text, protocol.partition("::")[0])
    return UrlPath(text.rstrip("/") if rest.strip("/") else text)


def _local(text: str) -> Path:
    """Return a local path, with ~ at its start replaced by the user's home as a shell does."""
    if "\0" in text:
        raise BadSetting(f"{text[:200]!r} is not a path: it has a NUL character.", "out", text)
    try:
        return Path(text).expanduser()
    except RuntimeError as cause:
        why = f"{text[:200]!r} names a home folder that is not known. Write the path in full, or ./~ for that name."
        raise BadSetting(why, "out", text) from cause


def _require(url: str, protocol: str) -> None:
    """Raise BadSetting for a URL that fsspec cannot open."""
    from fsspec import get_filesystem_class

    try:
        get_filesystem_class(protocol)
    except ImportError as cause:
        install = "in the checkout of hybridts, pip install -e '.[s3]'"
        advice = install if protocol in ("s3", "s3a") else "install the package that the message names"
        raise BadSetting(f"{url} cannot be opened: {cause}. To use it, {advice}.", "out", url) from cause
    except ValueError as cause:
        text = f"{url}: no file system is known for {protocol}://. Give a local path, or a URL such as s3://bucket/run."
        raise BadSetting(text, "out", url) from cause


# -- reading ------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def reading(path: AnyPath) -> Iterator[IO[bytes]]:
    """Open a regular file to read and to seek in; anything else, such as a pipe that nobody writes, is an OSError."""
    if isinstance(path, UrlPath):
        yield io.BytesIO(path.read_bytes())
        return
    with open(path, "rb", opener=_regular) as file:
        yield file


def _regular(path: str, flags: int) -> int:
    """Open a regular file without waiting for the other end of a pipe."""
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return handle
    os.close(handle)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError(errno.EINVAL, "it is not a regular file", path)


def content_of(path: AnyPath) -> bytes:
    """Return the content of a regular file that should be small.

    Raises:
        OSError: it cannot be read, is no regular file, or is larger than `LARGEST`.
    """
    with reading(path) as file:
        if file.seek(0, os.SEEK_END) > LARGEST:
            raise OSError(errno.EFBIG, f"it is larger than {LARGEST >> 20} MB", str(path))
        file.seek(0)
        return file.read()


def digest_of(file: IO[bytes]) -> str:
    """Return the checksum of a file from its current position to its end."""
    found = checksum()
    while block := file.read(BLOCK):
        found.update(block)
    return found.hexdigest()


def checksum(data: bytes = b"") -> hashlib.blake2b:
    """Return the hash of every checksum of a run: BLAKE2b of 16 bytes."""
    return hashlib.blake2b(data, digest_size=16)


# -- writing ------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def whole_file(path: AnyPath) -> Iterator[IO[bytes]]:
    """Open a file to write, which appears under its name only when it is complete."""
    folder = None if isinstance(path, UrlPath) else path.parent
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    handle = tempfile.NamedTemporaryFile(dir=folder, prefix=f".{path.name}.", delete=False)
    try:
        with handle:
            yield handle
        if isinstance(path, UrlPath):
            path.put(Path(handle.name))
            os.unlink(handle.name)
        else:
            os.chmod(handle.name, 0o666 & ~_umask())
            os.replace(handle.name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(handle.name)
        raise


def _umask() -> int:
    """Return the umask of the process, which temporary files ignore and results must follow."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(path: AnyPath, value: object) -> None:
    """Write a value as a complete JSON file."""
    with whole_file(path) as file:
        file.write(json.dumps(value, indent=1, ensure_ascii=False).encode())


class HashingWriter:
    """A file to write to, without seeking, that counts bytes and computes their checksum.

    After a failed write later data is ignored, because table writers write their footer even after an error.

    Attributes:
        file: the file that receives the data.
        bytes: number of bytes written.
        closed: True after `close`, which leaves `file` open.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.bytes = 0
        self.closed = False
        self._failed = False
        self._hash = checksum()

    def write(self, data: ReadableBuffer) -> int:
        """Write and count; return the number of bytes."""
        size = memoryview(data).nbytes
        if self._failed:
            return size
        try:
            self.file.write(data)
        except BaseException:
            self._failed = True
            raise
        self.bytes += size
        self._hash.update(data)
        return size

    def flush(self) -> None:
        """Do nothing: the file is flushed when all is written."""

    def close(self) -> None:
        """Mark the end of writing; the file stays open."""
        self.closed = True

    @property
    def digest(self) -> str:
        """Return the checksum of the data so far."""
        return self._hash.hexdigest()


@contextlib.contextmanager
def must_write(path: AnyPath) -> Iterator[None]:
    """Raise an OSError inside as a StoreError that names the path and the remedy."""
    try:
        yield
    except OSError as cause:
        raise StoreError(
            f"{path} cannot be written: {reason(cause)}. Make room or choose another folder, then run the same "
            "command again: finished stages are kept."
        ) from cause


def reason(cause: OSError) -> str:
    """Return the message of the system, without number and file name."""
    return (cause.strerror or str(cause)).rstrip(".")


def why_not_writable(folder: AnyPath) -> OSError | None:
    """Return the error of writing into a folder, or None; the folder is made if needed.

    A file is written to find out, because permissions alone do not show it.
    """
    probe = folder / f".probe-{uuid.uuid4().hex}"
    try:
        with whole_file(probe) as file:
            file.write(b"probe")
        probe.unlink()
    except OSError as cause:
        return cause
    return None
