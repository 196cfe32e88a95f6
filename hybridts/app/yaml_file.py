"""Read a YAML file from a stranger: any error is one sentence, and aliases cannot make it grow without end."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import yaml

from hybridts.errors import DataError
from hybridts.files import reason

#: Largest file in bytes, and most values after aliases are replaced by what they stand for.
MAX_BYTES, MAX_VALUES = 4 << 20, 200_000
MAX_DEPTH = 60


class _Loader(yaml.SafeLoader):
    """The safe loader, which keeps dates as text: no option of a study is a date."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file.

    Raises:
        DataError: it cannot be read, is not UTF-8 text or not YAML, or its aliases repeat too much.
    """
    return yaml_of(_bytes(path), path)


def yaml_of(data: bytes, path: Path | str) -> Any:
    """Return the content of a YAML file whose bytes are `data`.

    Raises:
        DataError: as `read_yaml`; the message names `path`.
    """
    text = _text(data, path)
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _check(path, node)
        return loader.construct_document(node)
    except yaml.YAMLError as cause:
        raise DataError(f"{path} is not valid YAML: {_where(cause)}") from cause
    except RecursionError as cause:
        raise DataError(f"{path} is nested too deeply for a study. Write it plainly.") from cause
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as cause:
        # a tag such as !!int before a text that is none
        raise DataError(f"{path} is not valid YAML: a value does not fit its tag ({cause!r}).") from cause
    finally:
        if loader is not None:
            loader.dispose()


def _where(cause: yaml.YAMLError) -> str:
    """Return what is wrong with its line, in one line."""
    mark = getattr(cause, "problem_mark", None)
    problem = getattr(cause, "problem", None)
    if mark is None or not problem:
        return " ".join(str(cause).split())
    return f"{problem} in line {mark.line + 1}, column {mark.column + 1}."


def _bytes(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DataError(f"{path} is not a regular file. Give a YAML file of a study.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as cause:
        raise DataError(f"{str(path)[:300]} cannot be read: {reason(cause)}.") from cause
    except ValueError as cause:
        raise DataError(f"{str(path)[:300]!r} is not a path ({cause}).") from cause
    return data


def _text(data: bytes, path: Path | str) -> str:
    if len(data) > MAX_BYTES:
        raise DataError(f"{path} is larger than {MAX_BYTES:,} bytes: that is no study.")
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as cause:
        line = data.count(b"\n", 0, cause.start) + 1
        raise DataError(
            f"{path}: byte {cause.start} (line {line}) is not UTF-8 text. Save the file as UTF-8."
        ) from cause


def _check(path: Path | str, node: yaml.Node) -> None:
    """Raise DataError where a value contains itself, or aliases stand for too many values."""
    sizes: dict[int, int] = {}
    if _size(path, node, sizes, ()) > MAX_VALUES:
        raise DataError(
            f"{path} stands for more than {MAX_VALUES:,} values: aliases (*name) repeat too much. Write less."
        )


def _refuse_folded(path: Path | str, node: yaml.ScalarNode) -> None:
    """Raise DataError for a plain text over several lines, which YAML joins: a deeper "- RF" below "- Theta" is one."""
    first, last = node.start_mark.line + 1, node.end_mark.line + 1
    if node.style is None and last > first:
        raise DataError(
            f"{path}: the value in line {first} goes on in line {last}, and YAML reads both as {node.value[:60]!r}. "
            "Indent the items of a list equally, or put the text into quotes on one line."
        )


def _refuse_repeated(path: Path | str, node: yaml.MappingNode) -> None:
    """Raise DataError for a key that occurs twice, of which only the last would count."""
    seen: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
            if key.value in seen:
                raise DataError(f"{path}: the key {key.value[:60]!r} occurs again in line {key.start_mark.line + 1}.")
            seen.add(key.value)


def _size(path: Path | str, node: yaml.Node, sizes: dict[int, int], above: tuple[int, ...]) -> int:
    """Return the number of values that a node stands for; every node is counted once."""
    key = id(node)
    if key in above:
        raise DataError(
            f"{path}: the alias in line {node.start_mark.line + 1} contains itself. Write the value plainly."
        )
    if len(above) > MAX_DEPTH:
        raise DataError(f"{path} is nested deeper than {MAX_DEPTH} levels, which no study needs. Write it plainly.")
    if key not in sizes:
        inner: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            _refuse_repeated(path, node)
            inner = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            inner = node.value
        elif isinstance(node, yaml.ScalarNode):
            _refuse_folded(path, node)
        sizes[key] = 1 + sum(_size(path, part, sizes, (*above, key)) for part in inner)
    return sizes[key]
