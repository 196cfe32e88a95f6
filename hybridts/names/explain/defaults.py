"""The settings of a component and their defaults."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from hybridts.models.setting_aliases import second_names
from hybridts.models.settings import setting_names
from hybridts.names.registry import Component

#: Stands for a setting without a default.
REQUIRED = "required"


def defaults_of(component: Component) -> dict[str, Any] | None:
    """Return setting -> default; None if the class cannot be imported or does not list its settings."""
    try:
        return defaults_of_class(component.load())
    except ImportError:
        return None


def second_names_of(component: Component) -> dict[str, str]:
    """Return setting -> its second name (see `hybridts.models.setting_aliases`); empty where there are none."""
    try:
        return second_names(component.load())
    except ImportError:
        return {}


def defaults_of_class(kind: Any) -> dict[str, Any] | None:
    """Return setting -> default of a class of settings, or of a function; None if it does not list them."""
    if not is_dataclass(kind):
        return _from_signature(inspect.unwrap(kind), setting_names(kind))
    allowed = setting_names(kind) or ()
    return {f.name: _default(f) for f in fields(kind) if f.name in allowed}


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return REQUIRED if field.default is MISSING else field.default


def _from_signature(kind: Any, allowed: tuple[str, ...] | None) -> dict[str, Any] | None:
    """Read the constructor of a user's class, of which `allowed` are settings (None: all).

    Its None is shown as it is: it need not mean that a rule decides.
    """
    try:
        given = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return None
    named = [p for p in given if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    if allowed is not None:
        named = [p for p in named if p.name in allowed]
        return _shown(named)
    if not named and any(p.kind is p.VAR_KEYWORD for p in given):
        return None
    return _shown(named)


def _shown(named: list[inspect.Parameter]) -> dict[str, Any]:
    shown = {p.name: "None" if p.default is None else p.default for p in named}
    return {name: REQUIRED if value is inspect.Parameter.empty else value for name, value in shown.items()}
