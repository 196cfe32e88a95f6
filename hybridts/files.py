"""Where files lie: a local path, or an object store behind a URL. Either way a file is there whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hybridts.errors import BadSetting, StoreError

BLOCK = 1 << 20


@dataclass(frozen=True)
class Remote:
    """A folder or an object behind a URL, with the few methods of `pathlib.Path` that a store needs.

    Whatever the service raises arrives as an OSError.
    """

    url: str

    def __truediv__(self, name: str) -> Remote:
        return Remote(f"{self.url.rstrip('/')}/{name}")

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.url.rstrip("/").rpartition("/")[2]

    @property
    def parent(self) -> Remote:
        """One level up."""
        return Remote(self.url.rstrip("/").rpartition("/")[0])

    @property
    def own_process_only(self) -> bool:
        """Whether no other process sees what this one writes there."""
        return self.url.partition("://")[0].casefold() == "memory"

    def exists(self) -> bool:
        """Whether there is an object, or anything below."""
        with _as_os_error():
            fs, path = self._open()
            return bool(fs.exists(path))

    def is_dir(self) -> bool:
        """Whether there is anything below."""
        with _as_os_error():
            fs, path = self._open()
            return bool(fs.isdir(path))

    def is_file(self) -> bool:
        """Whether there is an object."""
        with _as_os_error():
            fs, path = self._open()
            return bool(fs.isfile(path))

    def glob(self, pattern: str) -> Iterator[Remote]:
        """What lies directly below and fits a pattern, in order."""
        with _as_os_error():
            fs, path = self._open()
            names = sorted(str(found).rpartition("/")[2] for found in fs.glob(f"{path.rstrip('/')}/{pattern}"))
        return (self / name for name in names)

    def read_bytes(self) -> bytes:
        """The whole object."""
        with _as_os_error():
            fs, path = self._open()
            return bytes(fs.cat_file(path))

    def read_text(self, encoding: str = "utf-8") -> str:
        """The whole object as text."""
        return self.read_bytes().decode(encoding)

    def put(self, file: Path) -> None:
        """Make the object from a local file."""
        with _as_os_error():
            fs, path = self._open()
            fs.put_file(str(file), path)

    def unlink(self, missing_ok: bool = False) -> None:
        """Delete the object."""
        with _as_os_error():
            fs, path = self._open()
            if not missing_ok or fs.exists(path):
                fs.rm_file(path)

    def _open(self) -> tuple[Any, str]:
        """The file system, cached by fsspec, and the path in it."""
        from fsspec.core import url_to_fs

        # a cached listing would hide what other processes write
        fs, path = url_to_fs(self.url, use_listings_cache=False)
        return fs, str(path)


Place = Path | Remote


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise
    except Exception as cause:  # every service has exceptions of its own
        raise OSError(f"{type(cause).__name__}: {cause}") from cause


def place_of(where: str | os.PathLike[str] | Place) -> Place:
    """A local path, or the place behind a URL.

    Raises:
        BadSetting: a URL of a kind that nothing installed can open.
    """
    if isinstance(where, Remote):
        return where
    text = os.fspath(where)
    protocol, mark, rest = text.partition("://")
    if not mark:
        return Path(text)
    if protocol.casefold() in ("file", "local"):
        return Path(rest)
    _require(text, protocol.partition("::")[0])
    return Remote(text.rstrip("/") if rest.strip("/") else text)


def _require(url: str, protocol: str) -> None:
    """Refuse a URL that fsspec cannot open here."""
    from fsspec import get_filesystem_class

    try:
        get_filesystem_class(protocol)
    except ImportError as cause:
        install = "in the checkout of hybridts, pip install -e '.[s3]'"
        advice = install if protocol in ("s3", "s3a") else "install what the message names"
        raise BadSetting(f"{url} cannot be opened: {cause}. To use it, {advice}.", "out", url) from cause
    except ValueError as cause:
        text = f"{url}: no file system is known for {protocol}://. Give a local path, or a URL such as s3://bucket/run."
        raise BadSetting(text, "out", url) from cause


# -- reading ------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def reading(place: Place) -> Iterator[IO[bytes]]:
    """A file to read and to seek in."""
    if isinstance(place, Remote):
        yield io.BytesIO(place.read_bytes())
        return
    with place.open("rb") as file:
        yield file


def digest_of(file: IO[bytes]) -> str:
    """The checksum of a file from where it stands."""
    tally = checksum()
    while block := file.read(BLOCK):
        tally.update(block)
    return tally.hexdigest()


def checksum(data: bytes = b"") -> hashlib.blake2b:
    """The hash that every checksum of a run is made with."""
    return hashlib.blake2b(data, digest_size=16)


# -- writing ------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def whole_file(place: Place) -> Iterator[IO[bytes]]:
    """A file that appears under its name only when it is complete."""
    folder = None if isinstance(place, Remote) else place.parent
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    handle = tempfile.NamedTemporaryFile(dir=folder, prefix=f".{place.name}.", delete=False)
    try:
        with handle:
            yield handle
        if isinstance(place, Remote):
            place.put(Path(handle.name))
            os.unlink(handle.name)
        else:
            os.chmod(handle.name, 0o666 & ~_umask())
            os.replace(handle.name, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(handle.name)
        raise


def _umask() -> int:
    """The process's umask; temporary files ignore it, results should not."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(place: Place, value: Any) -> None:
    """JSON, whole or not at all."""
    with whole_file(place) as file:
        file.write(json.dumps(value, indent=1, ensure_ascii=False).encode())


class Tally:
    """A file to write into that counts and sums up what goes through; it does not seek.

    Once it has failed it swallows the rest, since those who write tables write their ends all the same.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.bytes = 0
        self.closed = False
        self._failed = False
        self._sum = checksum()

    def write(self, data: Any) -> int:
        """Write and count."""
        size = memoryview(data).nbytes
        if self._failed:
            return size
        try:
            self.file.write(data)
        except BaseException:
            self._failed = True
            raise
        self.bytes += size
        self._sum.update(data)
        return size

    def flush(self) -> None:
        """Nothing: the file is flushed when all is written."""

    def close(self) -> None:
        """End of writing; the file itself stays open."""
        self.closed = True

    @property
    def digest(self) -> str:
        """The checksum so far."""
        return self._sum.hexdigest()


@contextlib.contextmanager
def must_write(place: Place) -> Iterator[None]:
    """A failure to write becomes an error that says where and what to do."""
    try:
        yield
    except OSError as cause:
        raise StoreError(
            f"{place} cannot be written: {reason(cause)}. Make room or choose another place, then run the same "
            "command again: finished stages are kept."
        ) from cause


def reason(cause: OSError) -> str:
    """The system's words, without number and file name."""
    return (cause.strerror or str(cause)).rstrip(".")


def why_not_writable(folder: Place) -> OSError | None:
    """What stands against writing into a folder, which is made if need be; tried, since permissions do not tell."""
    probe = folder / f".probe-{uuid.uuid4().hex}"
    try:
        with whole_file(probe) as file:
            file.write(b"probe")
        probe.unlink()
    except OSError as cause:
        return cause
    return None
