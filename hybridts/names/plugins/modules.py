"""Load plugin modules and files once, and remember the names they register."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from hybridts.errors import UserError, did_you_mean
from hybridts.names.grammar import is_name
from hybridts.names.plugins.active_registry import registry
from hybridts.names.plugins.errors_while_loading import PluginSource, undo_on_error
from hybridts.names.registry import Registry


def load_plugins(modules: Iterable[str], folder: Path | None = None) -> None:
    """Import modules, or run files, that register components and combos when they are imported.

    The registrations of one that fails are undone, so that it can be corrected and loaded again.

    Args:
        modules: dotted names, or paths of .py files.
        folder: folder that relative paths are looked up in, before the current one.

    Raises:
        UserError: a plugin cannot be loaded; the message has file, line and what to change.
    """
    for module in modules:
        _load(module, folder)


class _Loaded(NamedTuple):
    """A loaded plugin.

    Attributes:
        module: its module.
        names: the names it registered.
    """

    module: ModuleType
    names: tuple[str, ...]


#: Registry -> its plugins by full path of the file, or dotted name.
_LOADED: WeakKeyDictionary[Registry, dict[str, _Loaded]] = WeakKeyDictionary()


def loaded_plugins(table: Registry) -> list[str]:
    """Return the plugins of a registry, as full paths of files and dotted names, in the order of loading."""
    return list(_LOADED.get(table, ()))


def _load(module: str, folder: Path | None = None) -> _Loaded:
    """Load one plugin into the registry in use, unless it is loaded there already."""
    file = _file(module, folder)
    key = module if file is None else str(file.resolve())
    table = registry()
    loaded_here = _LOADED.setdefault(table, {})
    if key not in loaded_here:
        before = set(table.names())
        with undo_on_error(PluginSource(f"plugin {module}", module, file), table):
            loaded = importlib.import_module(module) if file is None else _run_file(file)
        loaded_here[key] = _Loaded(loaded, tuple(n for n in table.names() if n not in before))
    return loaded_here[key]


def _file(module: str, folder: Path | None) -> Path | None:
    """Return the file of a plugin; None for a dotted name."""
    if not module.endswith(".py"):
        if not all(part.isidentifier() for part in module.split(".")):
            raise UserError(f"plugin {module!r} is neither the path of a .py file nor a dotted module name.")
        return None
    given = Path(module).expanduser()
    found = [path for path in ((folder or Path()) / given, given) if path.is_file()]
    if not found:
        at = dict.fromkeys(str(path.resolve()) for path in ((folder or Path()) / given, given))
        raise UserError(f"there is no plugin file {' nor '.join(at)}. Correct the path, or give a dotted module name.")
    return found[0]


def _run_file(file: Path) -> ModuleType:
    """Run a file as a module with a unique name, because a plugin numpy.py must not replace numpy."""
    digest = hashlib.blake2b(str(file.resolve()).encode(), digest_size=4).hexdigest()
    name = f"{file.stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    # Worker processes cannot import the file by this name: send them its classes by value (loky uses cloudpickle).
    importlib.import_module("cloudpickle").register_pickle_by_value(module)
    return module


def resolve(target: str) -> Any:
    """Return the registered name, or else the class, behind "module:object" or "file.py:object".

    Raises:
        UserError: the module cannot be loaded, or has neither a class nor a name of this spelling.
    """
    module, _, wanted = target.rpartition(":") if ":" in target else (target, "", "")
    loaded = _load(module)
    listing = ", ".join(loaded.names) or "none"
    if not wanted:
        raise UserError(f"{target!r} does not say what to check. Write {module}:NAME; names it registers: {listing}.")
    table = registry()
    kind = getattr(loaded.module, wanted, None)
    if callable(kind):
        names = (c.name for c in table.components() if getattr(c.target, "__wrapped__", c.target) is kind)
        return next(names, kind)
    if not is_name(wanted, table) and table.combo(wanted) is None:
        classes = [name for name, held in vars(loaded.module).items() if inspect.isclass(held)]
        hint = did_you_mean(wanted, [*loaded.names, *classes])
        raise UserError(f"{module} has no class or name {wanted!r}.{hint} Names it registers: {listing}.")
    return wanted
