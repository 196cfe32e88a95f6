"""While a plugin is read: what goes wrong takes back what was registered, and says file, line and what to change."""

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


class Plugin(NamedTuple):
    """A plugin that is being read.

    Attributes:
        label: what messages call it; the path as the user wrote it.
        module: its dotted name; file: its path, where it is a file.
        advice: what a message may end with.
    """

    label: str
    module: str
    file: Path | None
    advice: str = ""


@contextmanager
def reading(plugin: Plugin, table: Registry) -> Iterator[None]:
    """Whatever goes wrong inside takes back what was registered, and becomes a message with file and line."""
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
                del sys.modules[name]  # else the next import would not run, and register, it again
        place = _place(cause, plugin)
        correct = "Correct that line." if place else "Correct it."
        raise UserError(f"{plugin.label}{place}: {_problem(cause, plugin, correct)}{plugin.advice}") from cause


def _place(cause: BaseException, plugin: Plugin) -> str:
    """The plugin's line that the error came from; its file too, where the label does not say it."""
    if isinstance(cause, SyntaxError) and cause.filename:
        places = [(cause.filename, cause.lineno)]
    else:
        home = _home(plugin)
        frames = [f for f in traceback.extract_tb(cause.__traceback__) if not f.filename.startswith("<")]
        places = [(f.filename, f.lineno) for f in frames if home and Path(f.filename).resolve().is_relative_to(home)]
    if not places:
        return ""
    file, line = places[-1]
    said = plugin.file is not None and Path(file).resolve() == plugin.file.resolve()
    return f", line {line}" if said else f" ({file}, line {line})"


def _home(plugin: Plugin) -> Path | None:
    """The plugin's file, or the folder of the package that it is part of."""
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


def _problem(cause: BaseException, plugin: Plugin, correct: str) -> str:
    """What is wrong, and what to change."""
    if isinstance(cause, HybridtsError):
        return str(cause)
    if isinstance(cause, SyntaxError):
        text = f" in {cause.text.strip()!r}" if cause.text else ""
        return f"Python cannot read it: {cause.msg}{text}. {correct}"
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        return _missing(cause.name, plugin)
    said = str(cause).rstrip(".")
    return f"it raised {type(cause).__name__}{': ' if said else ''}{said}. {correct}"


def _missing(module: str, plugin: Plugin) -> str:
    """What to do about a module that is not there."""
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
