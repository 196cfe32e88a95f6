"""Compute fingerprints of code: they are part of a stage's key, so that changed code never reuses old forecasts.

A fingerprint covers a module, every module of the same owner that it imports, directly or not, and the versions of
the libraries that these import. Comments, docstrings and layout do not count.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from hybridts.names.installed_code import is_installed, package_digest, package_version
from hybridts.names.source_code import SourceModule, digest, digest_of_bytes, parse_module

_PACKAGE = Path(__file__).parents[1]
_ROOT = _PACKAGE.name


def of_modules(names: Iterable[str]) -> str:
    """Return the fingerprint of modules of this package, by dotted name, with everything that they import."""
    return _of_closure(tuple(sorted(set(names))))


def of_file(name: str) -> str:
    """Return the fingerprint of one module of this package, without what it imports."""
    return _own_module(name).digest


def of_target(target: Any) -> str:
    """Return the fingerprint of a component: "module:attribute", a class, or a function that makes the model.

    Returns:
        "" where the code cannot be read (an interactive session, an object that a function closes over): results
        must then not be reused in another run.
    """
    if isinstance(target, str):
        module, _, attribute = target.partition(":")
        return _of_attribute(module, attribute, "-")
    target = inspect.unwrap(target)
    held = getattr(target, "estimator", getattr(target, "model", None))
    if held is not None and not inspect.isclass(target) and not inspect.isroutine(target):  # a registered object
        inner = of_object(held)
        return digest(of_target(type(target)), inner) if inner else ""
    if isinstance(target, functools.partial):
        inner, bound = of_target(target.func), _values((target.args, sorted(target.keywords.items())))
        return digest(inner, bound) if inner and bound else ""
    home: str | None = getattr(target, "__module__", None)
    held = [cell.cell_contents for cell in getattr(target, "__closure__", None) or ()]
    bound = _values(held) if held else "-"
    return _of_attribute(home, getattr(target, "__qualname__", ""), bound) if home and bound else ""


def of_object(held: Any, depth: int = 0) -> str:
    """Return the fingerprint of an object that is not fitted: of its class, and of its parameters or attributes.

    Returns:
        "" where it holds something whose content is not known.
    """
    kind, values = type(held), getattr(held, "get_params", None)
    try:
        state = values(deep=False) if callable(values) else vars(held)
    except Exception:  # the code of a user, or an object without attributes
        return ""
    code, inside = of_target(kind), _values(sorted(state.items()), depth + 1)
    return digest(code, kind.__qualname__, inside) if code and inside else ""


def _of_attribute(module: str, attribute: str, bound: str) -> str:
    code = of_modules([module]) if _is_ours(module) else _of_foreign(module)
    return digest(code, attribute, bound) if code else ""


#: Deepest nesting of registered objects.
_DEEPEST = 12


def _values(held: Any, depth: int = 0) -> str:
    """Return a text of plain values, classes, functions and objects of these; "" if there is any other value."""
    if depth > _DEEPEST:
        return ""
    if held is None or isinstance(held, (bool, int, float, str, bytes)):
        return repr(held)
    if isinstance(held, (list, tuple)):
        texts = [_values(value, depth + 1) for value in held]
        return f"[{','.join(texts)}]" if all(texts) else ""
    if isinstance(held, dict):
        return _values(sorted(held.items(), key=repr), depth + 1)
    if inspect.isclass(held) or inspect.isfunction(held):
        return of_target(held)
    return of_object(held, depth) if hasattr(held, "__dict__") or hasattr(held, "get_params") else ""


# -- modules of this package --------------------------------------------------------------------------------------
@functools.cache
def _of_closure(names: tuple[str, ...]) -> str:
    """Hash modules of this package, all that they import from it, and the versions of the libraries behind them."""
    modules: dict[str, SourceModule] = {}
    libraries: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in modules:
            continue
        modules[name] = _own_module(name)
        for imported in modules[name].imports:
            if _is_ours(imported):
                waiting += _own_files(imported)
            else:
                libraries.add(imported.partition(".")[0])
    return _joined({name: module.digest for name, module in modules.items()}, libraries)


def _own_files(name: str) -> Iterator[str]:
    """Yield the modules of this package that importing `name` runs, without the package itself."""
    parts = name.split(".")
    for length in range(2, len(parts) + 1):
        if _own_path(prefix := ".".join(parts[:length])) is not None:
            yield prefix


def _own_path(name: str) -> Path | None:
    base = _PACKAGE.joinpath(*name.split(".")[1:])
    return next((f for f in (base.with_suffix(".py"), base / "__init__.py") if f.is_file()), None)


@functools.cache
def _own_module(name: str) -> SourceModule:
    path = _own_path(name)
    assert path is not None, name
    return parse_module(path.read_bytes(), name, path.name == "__init__.py")


def _is_ours(name: str) -> bool:
    return name.startswith(f"{_ROOT}.")


# -- modules of users ---------------------------------------------------------------------------------------------
#: Modules already read, by name: an edited file counts only once Python imports the module again.
_READ: dict[str, tuple[ModuleSpec, SourceModule]] = {}


def _of_foreign(name: str) -> str:
    """Hash a user's module with the user's modules that it imports; an installed package by its record."""
    spec = _spec(name)
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        return ""
    if is_installed(Path(spec.origin)):
        return package_digest(name.partition(".")[0])
    modules: dict[str, str] = {}
    libraries: set[str] = set()
    ours: set[str] = set()
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        module = _foreign_module(current)
        if module is None:
            continue
        modules[current if current != name else ""] = module.digest  # without its name: a plugin file may be moved
        for imported in module.imports:
            if _is_ours(imported):
                ours |= set(_own_files(imported))
            elif _is_users(imported):
                waiting += _prefixes(imported)
            else:
                libraries.add(imported.partition(".")[0])
    if "" in modules.values():
        return ""
    package = {_ROOT: _of_closure(tuple(sorted(ours)))} if ours else {}
    return _joined({**modules, **package}, libraries - {_ROOT})


def _is_users(name: str) -> bool:
    """Return whether the top of a dotted name is a module that is neither installed nor part of Python."""
    top = name.partition(".")[0]
    if top == _ROOT or top in sys.stdlib_module_names:
        return False
    spec = _spec(top)
    if spec is None:
        return False
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    return bool(places) and not is_installed(Path(places[0]))


def _foreign_module(name: str) -> SourceModule | None:
    """Return a user's module; None if the name is an attribute or a folder, digest "" if there is no file to read."""
    spec = _spec(name)
    if spec is None or spec.origin is None:
        return None
    known = _READ.get(name)
    if known is not None and known[0] is spec:
        return known[1]
    path = Path(spec.origin)
    if not path.is_file():
        module = SourceModule("", frozenset())
    elif path.suffix == ".py":
        module = parse_module(path.read_bytes(), name, path.name == "__init__.py")
    else:
        module = SourceModule(digest_of_bytes(path.read_bytes()), frozenset())
    if name in sys.modules:
        _READ[name] = (spec, module)
    return module


def _spec(name: str) -> ModuleSpec | None:
    """Return the import spec of a module, None if there is no such module."""
    module = sys.modules.get(name)
    spec: ModuleSpec | None = getattr(module, "__spec__", None)
    if spec is not None:
        return spec
    file = getattr(module, "__file__", None)
    if file is not None:  # a script that was started
        return _script(name, str(Path(file).resolve()))
    if module is not None:
        return None
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None


@functools.cache
def _script(name: str, file: str) -> ModuleSpec | None:
    """Return the spec of a started script: cached, because `_READ` compares specs by identity."""
    return importlib.util.spec_from_file_location(name, file)


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _joined(modules: dict[str, str], libraries: Iterable[str]) -> str:
    """Hash modules by name and libraries by version; where they are on disk does not count."""
    versions = sorted(f"{top}=={package_version(top)}" for top in libraries if top not in sys.stdlib_module_names)
    return digest(*(f"{name}:{modules[name]}" for name in sorted(modules)), *versions)
