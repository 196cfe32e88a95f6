"""The registry of this process: the catalogue with what installed packages add."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib import metadata
from types import ModuleType

from hybridts.errors import UserError
from hybridts.models.custom.signatures import takes
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import is_name
from hybridts.names.plugins.errors_while_loading import PluginSource, undo_on_error
from hybridts.names.registry import Component, Registry

#: Group of entry points by which installed packages add names.
ENTRY_POINTS = "hybridts.components"


#: The registry that the innermost `using` put in place of that of the process.
_IN_USE: ContextVar[Registry | None] = ContextVar("registry in use", default=None)


@contextmanager
def using(registry: Registry) -> Iterator[Registry]:
    """Use this registry for every registration and look-up of a name in the block."""
    before = _IN_USE.set(registry)
    try:
        yield registry
    finally:
        _IN_USE.reset(before)


def registry() -> Registry:
    """Return the registry in use: by default the catalogue with what installed packages add.

    Raises:
        UserError: an installed plugin cannot be loaded; the next call tries again.
    """
    replaced = _IN_USE.get()
    return _process_registry() if replaced is None else replaced


def _process_registry() -> Registry:
    """Return the catalogue, after loading the entry points that are not loaded yet."""
    table, pending = _catalogue()
    # A plugin that registers while it is loaded calls this function again, which must then load nothing.
    todo = pending[:]
    pending.clear()
    while todo:
        try:
            _load_entry(todo[0], table)
        except UserError:
            pending[:] = todo
            raise
        del todo[0]
    return table


@lru_cache(maxsize=1)
def _catalogue() -> tuple[Registry, list[metadata.EntryPoint]]:
    """Return the registry of this process and the entry points that are not loaded yet; both are changed in place."""
    return default_registry(), list(metadata.entry_points(group=ENTRY_POINTS))


def _load_entry(entry: metadata.EntryPoint, table: Registry) -> None:
    """Load an entry point: a module that registers, a function that does, a Component, or a list of them."""
    package = f" of the installed package {entry.dist.name}" if entry.dist else ""
    advice = f" Until it is repaired: pip uninstall {entry.dist.name}." if entry.dist else ""
    label = f'plugin "{entry.name} = {entry.value}" ({ENTRY_POINTS}){package}'
    with undo_on_error(PluginSource(label, entry.module, None, advice), table):
        found = entry.load()
        if isinstance(found, ModuleType):
            return  # the import has registered its names
        if inspect.isclass(found):
            raise UserError(
                f"{entry.value} is a class, and an entry point does not tell what kind it is. Name a module, or a "
                f"function without arguments, that calls register_learner or register_forecaster with it."
            )
        if callable(found):
            found(*([] if takes(found, 0) else [table]))
            return
        components = list(found) if isinstance(found, (list, tuple)) else [found]
        if not all(isinstance(component, Component) for component in components):
            raise UserError(f"{entry.value} is {found!r}. Name a module that registers, or a function that does.")
        for component in components:
            table.add(component, lambda name: is_name(name, table))
