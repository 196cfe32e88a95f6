"""JSON of files that may hold anything: read into plain values or refused with a ValueError, with a checksum inside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hybridts.files import checksum

#: Key of the checksum of a JSON object, which covers all its other keys.
CHECKSUM = "blake2b"


def object_of(data: bytes) -> dict[str, Any]:
    """Return the object that a JSON file in UTF-8 holds.

    Raises:
        ValueError: it is no JSON, no object, nested too deep, or has text that is no Unicode.
    """
    found = value_of(data.decode("utf-8"))
    if not isinstance(found, dict):
        raise ValueError("it holds no JSON object")
    return found


def value_of(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is no JSON, nested too deep, or has text that is no Unicode (half of a surrogate pair).
    """
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError as cause:
        raise ValueError("it is nested too deep") from cause
    return found


def sum_of(facts: Mapping[str, Any]) -> str:
    """Return the checksum of an object as it will be read back; the order of keys does not count."""
    plain = json.loads(json.dumps(facts, ensure_ascii=False))
    return checksum(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def with_sum(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with its checksum as its last key."""
    own = {key: value for key, value in facts.items() if key != CHECKSUM}
    return {**own, CHECKSUM: sum_of(own)}


def without_sum(facts: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return an object without its checksum, and whether it had one.

    Raises:
        ValueError: the checksum differs.
    """
    own = {key: value for key, value in facts.items() if key != CHECKSUM}
    if CHECKSUM in facts and facts[CHECKSUM] != sum_of(own):
        raise ValueError("its checksum differs")
    return own, CHECKSUM in facts
