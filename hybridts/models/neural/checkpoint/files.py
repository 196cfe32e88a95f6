"""Weights on disk: a pair of files, NAME.safetensors with the tensors and NAME.json with their description.

Reading them runs no code. The JSON holds the hash of the tensors, so that files of two pairs are noticed. A pair is
named by the path of either file, or by their common part.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hybridts.errors import DataError, StoreError

if TYPE_CHECKING:
    from torch import Tensor

#: Raised whenever older code could not read the files.
FORMAT = 1


class Saved(NamedTuple):
    """The content of a pair of files: JSON-ready facts, and tensors by name."""

    facts: Mapping[str, Any]
    tensors: Mapping[str, Tensor]


class Pair(NamedTuple):
    """The two files of one set of weights."""

    tensors: Path
    facts: Path


def pair_of(path: Path | str) -> Pair:
    """Return both files; `path` is either of them, or their common part."""
    stem = str(path)
    for ending in (".safetensors", ".json"):
        stem = stem.removesuffix(ending)
    return Pair(Path(stem + ".safetensors"), Path(stem + ".json"))


def write(path: Path | str, saved: Saved) -> Pair:
    """Write a pair, the facts last, for they hold the hash of the tensors.

    Raises:
        StoreError: the files cannot be written.
    """
    from safetensors import torch as safetensors

    from hybridts.files import whole_file, write_json

    pair = pair_of(path)
    data = safetensors.save({name: t.detach().cpu().contiguous().clone() for name, t in saved.tensors.items()})
    try:
        with whole_file(pair.tensors) as file:
            file.write(data)
        write_json(pair.facts, {"format": FORMAT, **saved.facts, "tensors": _hash(data)})
    except OSError as cause:
        raise StoreError(f"the weights {pair.tensors} cannot be written: {cause}.") from cause
    return pair


def read_facts(path: Path | str) -> dict[str, Any]:
    """Read the facts of a pair; its tensors are not read.

    Raises:
        DataError: a file is missing, damaged, or of a newer format; the message names it.
    """
    pair = pair_of(path)
    if Path(path).is_file() and Path(path) not in pair:
        raise DataError(
            f"{path} is no weights file. Weights are a pair, NAME.safetensors and NAME.json; make one with "
            "`model.fit(...).save_weights(path)`."
        )
    for file in pair:
        if not file.is_file():
            where = "" if file.is_absolute() else f" (looked for in {Path.cwd()})"
            raise DataError(
                f"no weights file {file}{where}. Weights are a pair, {pair.tensors.name} and {pair.facts.name}; "
                "make one with `model.fit(...).save_weights(path)`."
            )
    try:
        facts = json.loads(pair.facts.read_text(encoding="utf-8"))
        version = int(facts["format"])
    except (OSError, ValueError, TypeError, KeyError) as cause:
        raise DataError(f"{pair.facts} is not the description of weights ({cause!r}); save them again.") from cause
    if version > FORMAT:
        raise DataError(f"{pair.facts} has format {version}, this hybridts reads up to {FORMAT}. Upgrade hybridts.")
    return dict(facts)


def read(path: Path | str) -> Saved:
    """Read both files of a pair.

    Raises:
        DataError: as `read_facts`, or the tensors are damaged or belong to other facts.
    """
    from safetensors import SafetensorError
    from safetensors import torch as safetensors

    facts, pair = read_facts(path), pair_of(path)
    try:
        data = pair.tensors.read_bytes()
        tensors = safetensors.load(data)
    except (OSError, SafetensorError) as cause:
        raise DataError(f"{pair.tensors} cannot be read ({cause}); save the weights again.") from cause
    if _hash(data) != facts.get("tensors"):
        raise DataError(f"{pair.tensors} and {pair.facts} do not belong together; save the weights again.")
    return Saved(facts, tensors)


def content(path: Path | str) -> str:
    """Return a hash of the content of both files; their paths do not count.

    Raises:
        DataError: as `read_facts`.
    """
    read_facts(path)
    return _hash(b"".join(file.read_bytes() for file in pair_of(path)))


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
