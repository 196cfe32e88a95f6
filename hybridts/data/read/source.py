"""Open what data is read from: a regular file, stdin or a URL; compressed content is unpacked in memory.

Nothing is opened twice, since a pipe gives its content only once, and only regular files are opened, since a pipe
without a writer or an endless device would never end.
"""

from __future__ import annotations

import io
import os
import stat
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import pyarrow as pa

from hybridts.errors import DataError, UserError, did_you_mean
from hybridts.files import path_of, reason

_BLOCK = 1 << 20

#: First bytes of compressed content -> codec of pyarrow, and the ending that names it.
_CODECS = {b"\x1f\x8b": ("gzip", ".gz"), b"BZh": ("bz2", ".bz2"), b"\x28\xb5\x2f\xfd": ("zstd", ".zst")}
_XZ = b"\xfd7zXZ\x00"
_ENDINGS = (".gz", ".gzip", ".bz2", ".xz", ".zst", ".zstd", ".zip", ".tar")
#: First bytes of content that cannot be read -> what it is, and what to do.
_ARCHIVES = {b"7z\xbc\xaf\x27\x1c": "a 7z archive", b"Rar!": "a RAR archive"}
_ZIPPED_WORKBOOK = ("[Content_Types].xml", "mimetype")


@dataclass(frozen=True)
class Source:
    """A file's content, or the path where it lies.

    Attributes:
        name: the name in messages.
        path: the local file; None for stdin, a URL and unpacked content.
        content: all bytes, where there is no path.
        limit: most bytes to read.
        notices: sentences for the user.
    """

    name: str
    path: Path | None
    content: bytes
    limit: int
    notices: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """Return the ending of the name in lower case, without that of a compression."""
        name = self.name.casefold()
        for ending in _ENDINGS:
            name = name.removesuffix(ending)
        return Path(name).suffix

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        if self.path is None:
            return self.content[:size]
        with self.path.open("rb") as file:
            return file.read(size)

    def read(self) -> bytes:
        """Return all bytes.

        Raises:
            DataError: there are more than `limit`.
        """
        if self.path is None:
            return self.content
        with self.path.open("rb") as file:
            return _limited(file, self.limit, self.name)

    def file(self) -> IO[bytes] | str:
        """Return a path, or a file to seek in, for libraries that take either."""
        return str(self.path) if self.path is not None else io.BytesIO(self.content)


def open_source(where: str | os.PathLike[str], limit: int) -> Source:
    """Open a path, "-" for stdin, or a URL, and unpack it where it is compressed.

    Raises:
        DataError: there is no such file, it is no regular file, is empty, too large, or cannot be read.
    """
    text = os.fspath(where)
    try:
        source = _open(text, limit)
        head = source.head(512)
        if not head:
            raise DataError(f"{source.name}: the file is empty. It needs a header line and at least one row.")
        return _unpacked(source, head)
    except OSError as cause:
        raise _not_opened(text, cause) from cause
    except ValueError as cause:  # a path with a NUL byte
        raise DataError(f"{text[:100]!r} is not a path ({cause}). Check the path.") from cause


def _open(text: str, limit: int) -> Source:
    if text == "-":
        return Source("stdin", None, _from_stdin(limit), limit)
    if "://" in text and not text.casefold().startswith(("file://", "local://")):
        return _from_url(text, limit)
    path = Path(str(path_of(text)) if "://" in text else text)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise _no_file(path) from None
    if stat.S_ISDIR(mode):
        raise DataError(f"{_shown(path)} is a folder. Give one file, such as a CSV.")
    if not stat.S_ISREG(mode):
        kind = "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
        raise DataError(
            f"{_shown(path)} is {kind}, not a regular file. Give a file, or send the data to stdin and write - for "
            "the path: cat data.csv | hybridts backtest - ..."
        )
    _check_size(path.name, path.stat().st_size, limit)
    return Source(path.name, path, b"", limit)


def _no_file(path: Path) -> DataError:
    """Return the error for a missing file, with names that are close to it."""
    try:
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError:
        siblings = []
    return DataError(f"there is no file {_shown(path)}.{did_you_mean(path.name, siblings)} Check the path.")


def _not_opened(text: str, cause: OSError) -> DataError:
    return DataError(f"{text[:100]!r} cannot be opened ({reason(cause)}). Check the path and its permissions.")


def _shown(path: Path) -> str:
    return repr(str(path)[:300])


def _from_stdin(limit: int) -> bytes:
    """Return what stdin holds."""
    if sys.stdin is None or sys.stdin.closed:
        raise DataError("stdin is closed, but the data are to come from there (-). Give a file, or pipe the data.")
    if sys.stdin.isatty():
        raise DataError("stdin is a terminal, but the data are to come from there (-). Pipe a file: cat data.csv | ...")
    return _limited(sys.stdin.buffer, limit, "stdin")


def _from_url(url: str, limit: int) -> Source:
    """Return the object behind a URL."""
    from hybridts.files import UrlPath

    try:
        path = path_of(url)
    except UserError as cause:
        raise DataError(str(cause)) from cause
    assert isinstance(path, UrlPath)
    content = path.read_bytes()
    _check_size(path.name, len(content), limit)
    return Source(path.name, None, content, limit)


def _check_size(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise DataError(
            f"{name}: it holds more than {limit:,} bytes, the limit. Raise it with --max-size, such as --max-size "
            f"{-(-size // 10**9) + 1}GB."
        )


def _limited(file: IO[bytes], limit: int, name: str) -> bytes:
    """Return the content of a file up to the limit.

    Raises:
        DataError: it holds more.
    """
    blocks, size = [], 0
    while block := file.read(_BLOCK):
        size += len(block)
        _check_size(name, size, limit)
        blocks.append(block)
    return b"".join(blocks)


# -- compression --------------------------------------------------------------------------------------------------
def _unpacked(source: Source, head: bytes) -> Source:
    """Return the content without its compression, which its first bytes show, whatever the name says."""
    for magic, (codec, _) in _CODECS.items():
        if head.startswith(magic):
            return _decompressed(source, codec)
    if head.startswith(_XZ):
        return _decompressed(source, "xz")
    if head.startswith(b"PK\x03\x04"):
        return _unzipped(source)
    kind = next((what for magic, what in _ARCHIVES.items() if head.startswith(magic)), "")
    if kind or head[257:262] == b"ustar":
        raise DataError(f"{source.name}: this is {kind or 'a tar archive'}. Unpack it and give one of its files.")
    ending = next((e for e in _ENDINGS if source.name.casefold().endswith(e)), "")
    if ending and source.path is not None:
        text = f"{source.name} ends in {ending} but is not compressed; it was read as it is."
        return replace(source, notices=(*source.notices, text))
    return source


def _decompressed(source: Source, codec: str) -> Source:
    """Return the content of a compressed file."""
    try:
        if codec == "xz":
            import lzma

            with lzma.open(io.BytesIO(source.read())) as packed:
                content = _limited(packed, source.limit, source.name)
        else:
            with pa.CompressedInputStream(pa.BufferReader(source.read()), codec) as stream:
                content = _limited(stream, source.limit, source.name)
    except DataError:
        raise
    except Exception as cause:  # every codec has errors of its own, and the remedy is the same
        raise _damaged(source, cause) from cause
    return _inner(source, source.name, content)


def _unzipped(source: Source) -> Source:
    """Return the only file of a zip archive; a workbook, which is a zip archive too, stays as it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.read())) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir() and _is_data(i.filename)]
            if any(name in _ZIPPED_WORKBOOK for name in names):
                return source
            if len(names) != 1:
                listing = ", ".join(names[:5]) or "nothing"
                raise DataError(
                    f"{source.name}: the archive holds {len(names)} files ({listing}). Unpack it and give one file."
                )
            with archive.open(names[0]) as packed:
                content = _limited(packed, source.limit, source.name)
    except DataError:
        raise
    except Exception as cause:  # encrypted, damaged, or packed in an unknown way
        raise _damaged(source, cause) from cause
    return _inner(source, Path(names[0]).name, content)


def _is_data(name: str) -> bool:
    """Return False for files that systems add to archives."""
    return not name.startswith("__MACOSX/") and not name.rpartition("/")[2].startswith(".")


def _inner(source: Source, name: str, content: bytes) -> Source:
    """Return the unpacked content, which must not be packed again."""
    inner = Source(name, None, content, source.limit, source.notices)
    if not content:
        raise DataError(f"{source.name}: the compressed file is empty. It needs a header line and at least one row.")
    if content[257:262] == b"ustar":
        raise DataError(f"{source.name}: this is a tar archive. Unpack it and give one of its files.")
    return inner


def _damaged(source: Source, cause: Exception) -> DataError:
    text = str(cause) or type(cause).__name__
    return DataError(f"{source.name}: the compressed file is damaged ({text[:200]}). Make it again, or unpack it.")
