"""The registry of this process: the catalogue, and what installed packages add to it."""

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
from hybridts.names.plugins.errors_while_loading import Plugin, reading
from hybridts.names.registry import Component, Registry

ENTRY_POINTS = "hybridts.components"


#: The registry that `using` put in place of the process's own; the innermost counts.
_IN_USE: ContextVar[Registry | None] = ContextVar("registry in use", default=None)


@contextmanager
def using(registry: Registry) -> Iterator[Registry]:
    """Let everything that registers or looks up a name inside use this registry."""
    before = _IN_USE.set(registry)
    try:
        yield registry
    finally:
        _IN_USE.reset(before)


def registry() -> Registry:
    """Return the registry in use: by default the catalogue with what installed packages add.

    Raises:
        UserError: an installed plugin cannot be loaded; it is tried again at the next call.
    """
    replaced = _IN_USE.get()
    return _own() if replaced is None else replaced


def _own() -> Registry:
    table, waiting = _installed()
    # A plugin that registers while it is read asks for this very registry, and must find nothing left to read.
    todo = waiting[:]
    waiting.clear()
    while todo:
        try:
            _load_entry(todo[0], table)
        except UserError:
            waiting[:] = todo
            raise
        del todo[0]
    return table


@lru_cache(maxsize=1)
def _installed() -> tuple[Registry, list[metadata.EntryPoint]]:
    """The catalogue, and the entry points that are still to be read."""
    return default_registry(), list(metadata.entry_points(group=ENTRY_POINTS))


def _load_entry(entry: metadata.EntryPoint, table: Registry) -> None:
    """An entry point names a module that registers, a function that does, a Component, or a list of them."""
    package = f" of the installed package {entry.dist.name}" if entry.dist else ""
    advice = f" Until it is repaired: pip uninstall {entry.dist.name}." if entry.dist else ""
    label = f'plugin "{entry.name} = {entry.value}" ({ENTRY_POINTS}){package}'
    with reading(Plugin(label, entry.module, None, advice), table):
        found = entry.load()
        if isinstance(found, ModuleType):
            return  # it registered when it was imported
        if inspect.isclass(found):
            raise UserError(
                f"{entry.value} is a class, and an entry point has no place to say what it is. Name a module, or a "
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
