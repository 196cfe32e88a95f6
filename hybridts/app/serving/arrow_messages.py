"""Whether a stream of Arrow messages is compressed, read from its headers: nothing is unpacked for it.

A few kilobytes can unpack to gigabytes, and the reader of Arrow has no limit. The header of a message is a Flatbuffers
table (format/Message.fbs): field 1 is the type of the message, field 2 the message; field 3 of a record batch is its
compression.
"""

from __future__ import annotations

import struct

#: Types of messages.
_DICTIONARY, _BATCH = 2, 3
_COMPRESSION = 3


def is_compressed(body: bytes) -> bool:
    """Return whether a record batch of a stream is compressed.

    Raises:
        pyarrow.ArrowException: the stream is damaged.
        ValueError: a header is damaged.
    """
    import pyarrow as pa

    messages = pa.ipc.MessageReader.open_stream(pa.BufferReader(body))
    for message in messages:
        header = message.metadata.to_pybytes()
        try:
            if _batch_is_compressed(header):
                return True
        except struct.error as cause:
            raise ValueError("the header of a message is damaged") from cause
    return False


def _batch_is_compressed(header: bytes) -> bool:
    (root,) = struct.unpack_from("<I", header, 0)
    kind, inner = _field(header, root, 1), _field(header, root, 2)
    if kind is None or inner is None or header[kind] not in (_DICTIONARY, _BATCH):
        return False
    batch = _target(header, inner)
    if header[kind] == _DICTIONARY:
        data = _field(header, batch, 1)
        if data is None:
            return False
        batch = _target(header, data)
    return _field(header, batch, _COMPRESSION) is not None


def _field(header: bytes, table: int, number: int) -> int | None:
    """Return where a field of a table is; None where it is not set."""
    (back,) = struct.unpack_from("<i", header, table)
    fields = table - back
    if fields < 0:
        raise struct.error("a table begins before its header")
    (size,) = struct.unpack_from("<H", header, fields)
    if 4 + 2 * number + 2 > size:
        return None
    (offset,) = struct.unpack_from("<H", header, fields + 4 + 2 * number)
    if offset and table + offset >= len(header):
        raise struct.error("a field lies behind its header")
    return table + offset if offset else None


def _target(header: bytes, place: int) -> int:
    (offset,) = struct.unpack_from("<I", header, place)
    return place + int(offset)
