"""Fingerprints of code: a stage's key holds them, so that changed code never answers with old forecasts.

A fingerprint covers a module, every module of the same owner that it imports, directly or not, and the versions of
the libraries that these import. Comments, docstrings and layout do not count.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import inspect
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parents[1]
_ROOT = _PACKAGE.name
#: Import name -> distribution, where they differ and looking through every installed package would be slow.
_DISTRIBUTIONS = {"sklearn": "scikit-learn", "yaml": "PyYAML", "dateutil": "python-dateutil"}
#: Folders of the interpreter and of installed packages.
_INSTALLED = tuple(Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "platstdlib", "purelib", "platlib"))


def of_modules(names: Iterable[str]) -> str:
    """Fingerprint of modules of this package, given by their dotted names, with everything that they import."""
    return _of_closure(tuple(sorted(set(names))))


def of_file(name: str) -> str:
    """Fingerprint of one module of this package alone, without what it imports."""
    return _own_module(name).digest


def of_target(target: Any) -> str:
    """Fingerprint of a component: "module:attribute", a class, or a function that makes the model.

    Returns:
        "" where the code cannot be read (an interactive session, a value that a function closes over): whoever asks
        must then not reuse results in another run.
    """
    if isinstance(target, str):
        module, _, attribute = target.partition(":")
        return _of_attribute(module, attribute, "-")
    target = inspect.unwrap(target)
    if isinstance(target, functools.partial):
        inner, bound = of_target(target.func), _values((target.args, sorted(target.keywords.items())))
        return _digest(inner, bound) if inner and bound else ""
    home: str | None = getattr(target, "__module__", None)
    held = [cell.cell_contents for cell in getattr(target, "__closure__", None) or ()]
    bound = _values(held) if held else "-"
    return _of_attribute(home, getattr(target, "__qualname__", ""), bound) if home and bound else ""


def _of_attribute(module: str, attribute: str, bound: str) -> str:
    code = of_modules([module]) if _is_ours(module) else _of_foreign(module)
    return _digest(code, attribute, bound) if code else ""


def _values(held: Any) -> str:
    """Text of plain values and of the classes and functions among them; "" if anything else is there."""
    if held is None or isinstance(held, (bool, int, float, str, bytes)):
        return repr(held)
    if isinstance(held, (list, tuple)):
        texts = [_values(value) for value in held]
        return f"[{','.join(texts)}]" if all(texts) else ""
    return of_target(held) if inspect.isclass(held) or inspect.isfunction(held) else ""


# -- modules ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Module:
    """One file: the hash of its code, and the dotted names that it imports (a name may be an attribute's)."""

    digest: str
    imports: frozenset[str]


@functools.cache
def _of_closure(names: tuple[str, ...]) -> str:
    """Modules of this package and all that they import from it, with the versions of the libraries behind them."""
    modules: dict[str, _Module] = {}
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
    """The modules of this package that importing this name runs; the package itself only re-exports."""
    parts = name.split(".")
    for length in range(2, len(parts) + 1):
        if _own_path(prefix := ".".join(parts[:length])) is not None:
            yield prefix


def _own_path(name: str) -> Path | None:
    base = _PACKAGE.joinpath(*name.split(".")[1:])
    return next((f for f in (base.with_suffix(".py"), base / "__init__.py") if f.is_file()), None)


@functools.cache
def _own_module(name: str) -> _Module:
    path = _own_path(name)
    assert path is not None, name
    return _parsed(path.read_bytes(), name, path.name == "__init__.py")


def _is_ours(name: str) -> bool:
    return name.startswith(f"{_ROOT}.")


# -- plugins ------------------------------------------------------------------------------------------------------
#: Modules already read, by name: editing a file changes nothing until Python reads the module again.
_READ: dict[str, tuple[Any, _Module]] = {}


def _of_foreign(name: str) -> str:
    """A user's module with the modules of the user's that it imports; an installed package by what was installed."""
    spec = _spec(name)
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        return ""
    if _is_installed(Path(spec.origin)):
        return _installed(name.partition(".")[0])
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
        modules[current if current != name else ""] = module.digest  # a plugin file may lie anywhere
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
    """Whether the top of a dotted name is a module or package that is neither installed nor part of Python."""
    top = name.partition(".")[0]
    if top == _ROOT or top in sys.stdlib_module_names:
        return False
    spec = _spec(top)
    if spec is None:
        return False
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    return bool(places) and not _is_installed(Path(places[0]))


def _foreign_module(name: str) -> _Module | None:
    """A user's module; None if the name is an attribute or a folder, digest "" if it has no file to read."""
    spec = _spec(name)
    if spec is None or spec.origin is None:
        return None
    known = _READ.get(name)
    if known is not None and known[0] is spec:
        return known[1]
    path = Path(spec.origin)
    if not path.is_file():
        module = _Module("", frozenset())
    elif path.suffix == ".py":
        module = _parsed(path.read_bytes(), name, path.name == "__init__.py")
    else:
        module = _Module(hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest(), frozenset())
    if name in sys.modules:
        _READ[name] = (spec, module)
    return module


def _spec(name: str) -> Any:
    """Where a module comes from; None if there is no such module."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
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
def _script(name: str, file: str) -> Any:
    """The same object each time, as a module's own spec is."""
    return importlib.util.spec_from_file_location(name, file)


def _is_installed(path: Path) -> bool:
    resolved = path.resolve()
    if {"site-packages", "dist-packages"} & set(resolved.parts):
        return True
    return any(resolved.is_relative_to(folder) for folder in _INSTALLED)


def _installed(top: str) -> str:
    """An installed package: its version and what its installer wrote down of every file; "" for Python's own."""
    distribution = _distribution(top)
    if distribution is None:
        return ""
    record = distribution.read_text("RECORD") or ""
    files = sorted(line for line in record.splitlines() if ",sha256=" in line and ".dist-info/" not in line)
    return _digest(distribution.metadata["Name"], distribution.version, *files)


def _distribution(top: str) -> metadata.Distribution | None:
    """The installed distribution that holds this top-level module."""
    try:
        return metadata.distribution(_DISTRIBUTIONS.get(top, top))
    except metadata.PackageNotFoundError:
        holders = _packages().get(top, ())
        return metadata.distribution(holders[0]) if holders else None


@functools.lru_cache(maxsize=1)
def _packages() -> Any:
    return metadata.packages_distributions()


@functools.cache
def _version(top: str) -> str:
    distribution = _distribution(top)
    return "" if distribution is None else distribution.version


# -- one file -----------------------------------------------------------------------------------------------------
def _parsed(source: bytes, name: str, is_package: bool) -> _Module:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # imported only where it is not needed
        return _Module(hashlib.blake2b(source, digest_size=16).hexdigest(), frozenset())
    package = name if is_package else name.rpartition(".")[0]
    imports = frozenset(_imports(tree, package))
    text = ast.dump(_Stripped().visit(tree))
    return _Module(hashlib.blake2b(text.encode(), digest_size=16).hexdigest(), imports)


class _Stripped(ast.NodeTransformer):
    """Takes out texts that stand alone: docstrings, and those after an attribute."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Drop a text; keep anything else."""
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else self.generic_visit(node)


def _imports(node: ast.AST, package: str) -> Iterator[str]:
    """Dotted names that are imported anywhere in the code, except those for type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for other in child.orelse:
                yield from _imports(other, package)
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from _imported_from(child, package)
        else:
            yield from _imports(child, package)


def _imported_from(node: ast.ImportFrom, package: str) -> Iterator[str]:
    """`from a import b`: the module, and b in case it is a module too."""
    base = node.module or ""
    if node.level:
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join([*above, base] if base else above)
    yield base
    yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _joined(modules: dict[str, str], libraries: Iterable[str]) -> str:
    """One hash of modules and of the versions of libraries; names count, places on disk do not."""
    versions = sorted(f"{top}=={_version(top)}" for top in libraries if top not in sys.stdlib_module_names)
    return _digest(*(f"{name}:{modules[name]}" for name in sorted(modules)), *versions)


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
