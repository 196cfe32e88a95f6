"""Undo a plugin that fails while it is loaded, and raise an error with file, line and what to change."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from hybridts.errors import HybridtsError, UserError
from hybridts.names.registry import Registry


class PluginSource(NamedTuple):
    """Where a plugin is loaded from.

    Attributes:
        label: name of the plugin in messages, with the path as the user wrote it.
        module: dotted name of its module.
        file: its path; None if it is not a file.
        advice: sentence at the end of every message.
    """

    label: str
    module: str
    file: Path | None
    advice: str = ""


@contextmanager
def undo_on_error(plugin: PluginSource, table: Registry) -> Iterator[None]:
    """Undo all registrations of the block if it raises.

    Raises:
        UserError: the block raised; the message has file, line and what to change.
    """
    tables = {name: dict(held) for name, held in vars(table).items()}
    modules = set(sys.modules)
    try:
        yield
    except (Exception, SystemExit) as cause:
        for name, held in tables.items():
            vars(table)[name] = held
        root = plugin.module.partition(".")[0]
        for name in set(sys.modules) - modules:
            if plugin.file is None and name.partition(".")[0] == root:
                del sys.modules[name]  # so that the next import runs, and registers, again
        where = _location(cause, plugin)
        correct = "Correct that line." if where else "Correct it."
        raise UserError(f"{plugin.label}{where}: {_problem(cause, plugin, correct)}{plugin.advice}") from cause


def _location(cause: BaseException, plugin: PluginSource) -> str:
    """Return the line of the plugin that raised, and its file if that is not in the label; empty if unknown."""
    if isinstance(cause, SyntaxError) and cause.filename:
        places = [(cause.filename, cause.lineno)]
    else:
        home = _source_root(plugin)
        frames = [f for f in traceback.extract_tb(cause.__traceback__) if not f.filename.startswith("<")]
        places = [(f.filename, f.lineno) for f in frames if home and Path(f.filename).resolve().is_relative_to(home)]
    if not places:
        return ""
    file, line = places[-1]
    in_label = plugin.file is not None and Path(file).resolve() == plugin.file.resolve()
    return f", line {line}" if in_label else f" ({file}, line {line})"


def _source_root(plugin: PluginSource) -> Path | None:
    """Return the plugin's file, or the folder of the package that it belongs to."""
    if plugin.file is not None:
        return plugin.file.resolve()
    try:
        spec = importlib.util.find_spec(plugin.module.partition(".")[0])
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or ())
    return Path(folders[0] if folders else spec.origin or plugin.module).resolve()


def _problem(cause: BaseException, plugin: PluginSource, correct: str) -> str:
    """Return what is wrong and what to change."""
    if isinstance(cause, HybridtsError):
        return str(cause)
    if isinstance(cause, SyntaxError):
        text = f" in {cause.text.strip()!r}" if cause.text else ""
        return f"Python cannot read it: {cause.msg}{text}. {correct}"
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        return _missing_module(cause.name, plugin)
    text = str(cause).rstrip(".")
    return f"it raised {type(cause).__name__}{': ' if text else ''}{text}. {correct}"


def _missing_module(module: str, plugin: PluginSource) -> str:
    """Return what to do about a module that cannot be found."""
    top = module.partition(".")[0]
    folder = Path() if plugin.file is None else plugin.file.parent
    beside = folder / f"{top}.py"
    if plugin.file is None and f"{plugin.module}.".startswith(f"{module}."):
        instead = f"give the path of the file: {beside}" if beside.is_file() else "give the path of a .py file"
        return f"there is no module {module!r} that can be imported here. Install it, or {instead}."
    if beside.is_file():
        return (
            f"it imports {top!r}, and the folder of {beside} is not searched for modules. Set PYTHONPATH to that "
            "folder, or put both into one file."
        )
    return (
        f"it imports {module!r}, which is not installed here. Install the package that holds it (perhaps: pip install "
        f"{top}), or remove the import."
    )
