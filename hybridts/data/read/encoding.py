"""Find the encoding of a text file by its bytes. Where two encodings fit, the names of the columns show the choice."""

from __future__ import annotations

import codecs
import re
import unicodedata

from hybridts.data.read.source import Source
from hybridts.errors import BadSetting, DataError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Encodings that a message offers, with what they are used for.
_OFFERED = ("gb18030", "big5", "shift_jis", "euc_kr", "cp1252", "cp1250", "cp1251")
_HIGH = re.compile(rb"[\x80-\xff]+")
_SYMBOLS = "°€£§µ²³–—’“”…«»©®±·"  # that stand beside letters and digits in Western European text
_SHOWN = 60


def decoded(source: Source, data: bytes, asked: str | None) -> tuple[str, str]:
    """Return the text of a file, and a sentence about its encoding, empty for UTF-8.

    Args:
        source: names the file in messages.
        data: its bytes.
        asked: the encoding given by the user; None to find it.

    Raises:
        BadSetting: `asked` is not an encoding of text.
        DataError: no encoding fits, several do, or the text holds NUL characters.
    """
    encoding, why = (_known(asked), "as given") if asked else _found(source, data)
    try:
        text = data.decode(encoding)
    except UnicodeError as cause:
        place = getattr(cause, "start", 0)
        line = data.count(b"\n", 0, place) + 1
        raise DataError(
            f"{source.name}: byte {place} (line {line}) is not {asked or encoding} text. "
            + ("Give another --encoding, or leave it out." if asked else "Give its encoding with --encoding.")
        ) from cause
    text = text.removeprefix("\ufeff")
    at = text.find("\0")
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        raise DataError(
            f"{source.name}: line {line} holds a NUL character, which no text has: the file is damaged or not text. "
            "Export it again; if it is UTF-16 text, say --encoding utf-16-le."
        )
    plain = encoding in ("utf-8", "utf-8-sig") and not asked
    return text, "" if plain else f"{source.name} is {encoding} text ({why}); another one is given by --encoding."


def _known(name: str) -> str:
    """Return the encoding under its usual name."""
    try:
        found = codecs.lookup(name.strip())
    except (LookupError, ValueError):
        found = None
    if (
        found is None
        or not found._is_text_encoding
        or found.name in ("idna", "punycode", "undefined", "unicode_escape")
    ):
        raise BadSetting(
            f"encoding {name[:60]!r} is not known. Examples: utf-8, utf-16, gbk, big5, cp1252, latin-1.",
            "encoding",
            name,
        )
    return "utf-8-sig" if found.name == "utf-8" else found.name


def _found(source: Source, data: bytes) -> tuple[str, str]:
    """Return the encoding of bytes, and the evidence in words."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, "by its byte order mark"
    wide = _without_mark(data[:4096])
    if wide:
        return wide, "every second byte is zero"
    try:
        data.decode("utf-8")
        return "utf-8", ""
    except UnicodeDecodeError as cause:
        _refuse_damaged(source, data, cause)
    runs = _HIGH.findall(data)
    if _is_gbk(runs):
        return "gb18030", f"all its {len(runs)} words outside ASCII are common Chinese characters in it"
    if _is_western(data, runs):
        return "cp1252", f"its {len(runs)} letters outside ASCII are Western European in it"
    raise _unclear(source, data)


def _without_mark(start: bytes) -> str:
    """Return the UTF-16 of text that begins without a mark: ASCII with a zero beside each character."""
    even, odd = start[0::2], start[1::2]
    if len(start) < 8:
        return ""
    if odd.count(0) > 0.8 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.8 * len(even) and odd.count(0) < 0.05 * len(odd) else ""


def _refuse_damaged(source: Source, data: bytes, cause: UnicodeDecodeError) -> None:
    """Raise DataError for text that is UTF-8 apart from a few bytes."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f") - broken
    if good > 2 * broken:
        line = data.count(b"\n", 0, cause.start) + 1
        raise DataError(
            f"{source.name}: byte {cause.start} (line {line}) is not UTF-8 text, although the rest is. Correct it, or "
            "give the encoding of the file with --encoding."
        ) from cause


def _is_gbk(runs: list[bytes]) -> bool:
    """Return True where all bytes outside ASCII are pairs, nearly all of them common characters (GB 2312, level 1)."""
    pairs = [run[i : i + 2] for run in runs if len(run) % 2 == 0 for i in range(0, len(run), 2)]
    if len(pairs) * 2 != sum(map(len, runs)) or any(p[1] < 0xA1 for p in pairs):
        return False
    common = sum(1 for p in pairs if 0xB0 <= p[0] <= 0xD7 or 0xA1 <= p[0] <= 0xA3)
    hanzi = sum(1 for p in pairs if 0xB0 <= p[0] <= 0xD7)
    return hanzi > 0 and common >= 0.9 * len(pairs)


def _is_western(data: bytes, runs: list[bytes]) -> bool:
    """Return True where the bytes outside ASCII are single letters inside Latin words, or usual symbols."""
    if max(map(len, runs)) > 2:
        return False
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    for found in re.finditer(r"[^\x00-\x7f]+", text):
        letters = found.group()
        beside = text[max(0, found.start() - 1) : found.start()] + text[found.end() : found.end() + 1]
        if all(c in _SYMBOLS for c in letters):
            continue
        if not all(c.isalpha() and unicodedata.name(c, "").startswith("LATIN") for c in letters):
            return False
        if not re.search("[A-Za-z]", beside):
            return False
    return True


def _unclear(source: Source, data: bytes) -> DataError:
    """Return the error that shows the first line with other than ASCII characters in several encodings."""
    line = next(row for row in data.splitlines() if _HIGH.search(row))
    shown = []
    for encoding in _OFFERED:
        try:
            data.decode(encoding)
            shown.append(f"  --encoding {encoding}: {line.decode(encoding)[:_SHOWN]}")
        except UnicodeDecodeError:
            continue
    listing = "\n".join(shown) or "  (none of the usual ones fits)"
    return DataError(
        f"{source.name}: this is not UTF-8 text, and its encoding is not clear. Save it as UTF-8, or choose the line "
        f"that reads well:\n{listing}"
    )
