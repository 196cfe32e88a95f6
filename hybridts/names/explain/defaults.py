"""The settings of a component and their defaults, read from its source so that nothing heavy is imported."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

from hybridts.models.settings import setting_names
from hybridts.names.registry import Component

#: Stands for a setting without a default.
REQUIRED = "required"

_PACKAGE = Path(__file__).parents[2]


def defaults_of(component: Component) -> dict[str, Any] | None:
    """Setting -> default, or None where neither the source nor the class says."""
    if not isinstance(component.target, str):
        return _from_class(component.target)
    module, _, attribute = component.target.partition(":")
    if module.startswith("hybridts."):
        return from_source(module, attribute)
    try:
        return _from_class(component.load())
    except ImportError:
        return None


def from_source(module: str, attribute: str) -> dict[str, Any] | None:
    """The annotated fields of a class in our own source, its bases in the same file first."""
    classes = _classes_in(module)
    return dict(_fields_of(attribute, classes)) if attribute in classes else None


def aliases_from_source(component: Component) -> dict[str, str]:
    """Return setting -> alias of a component of ours (see `hybridts.models.setting_aliases`); else empty."""
    if not isinstance(component.target, str) or not component.target.startswith("hybridts."):
        return {}
    module, _, attribute = component.target.partition(":")
    for line in _classes_in(module)[attribute].body:
        if isinstance(line, ast.AnnAssign) and ast.unparse(line.target) == "setting_aliases" and line.value:
            return {name: alias for alias, name in ast.literal_eval(line.value).items()}
    return {}


def _classes_in(module: str) -> dict[str, ast.ClassDef]:
    """Return the classes of one of our own modules by name; empty where it has no file."""
    path = _PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
    if not path.is_file():
        return {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}


def _fields_of(name: str, classes: dict[str, ast.ClassDef]) -> Iterator[tuple[str, Any]]:
    for base in classes[name].bases:
        if isinstance(base, ast.Name) and base.id in classes:
            yield from _fields_of(base.id, classes)
    for line in classes[name].body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            if "ClassVar" not in ast.unparse(line.annotation) and not _hidden(line.value):
                yield line.target.id, _value(line.value)


def _hidden(node: ast.expr | None) -> bool:
    """Whether a field is none of the user's: `field(init=False)`, or marked by the registry's INTERNAL."""
    if not isinstance(node, ast.Call):
        return False
    given = {k.arg: ast.unparse(k.value) for k in node.keywords}
    return given.get("init") == "False" or given.get("metadata") == "INTERNAL"


def _value(node: ast.expr | None) -> Any:
    if node is None:
        return REQUIRED
    if isinstance(node, ast.Call):
        given = {k.arg: k.value for k in node.keywords}
        return _value(given["default"]) if "default" in given else ast.unparse(node)
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def _from_class(kind: Any) -> dict[str, Any] | None:
    if not is_dataclass(kind):
        return _from_signature(inspect.unwrap(kind))
    allowed = setting_names(kind) or ()
    return {f.name: REQUIRED if f.default is MISSING else f.default for f in fields(kind) if f.name in allowed}


def _from_signature(kind: Any) -> dict[str, Any] | None:
    """What a class or function of a user's says in its constructor; its None is no rule of ours."""
    try:
        given = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return None
    named = [p for p in given if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    if not named and any(p.kind is p.VAR_KEYWORD for p in given):
        return None
    shown = {p.name: "None" if p.default is None else p.default for p in named}
    return {name: REQUIRED if value is inspect.Parameter.empty else value for name, value in shown.items()}
