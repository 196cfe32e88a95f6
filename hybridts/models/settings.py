"""Settings of a component: which a user may give, and the refusal of others."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

from hybridts.errors import BadSetting, did_you_mean
from hybridts.models.setting_aliases import aliases_of, with_aliases

#: Metadata of a dataclass field that only our own code sets: it is no setting, so nothing lists it and no user may.
INTERNAL: Mapping[str, bool] = MappingProxyType({"internal": True})


def load_target(target: Any) -> Any:
    """The object behind "module:attribute"; anything else is the object itself."""
    if not isinstance(target, str):
        return target
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def setting_names(kind: Any) -> tuple[str, ...] | None:
    """The settings a user may give a component, or None when its signature does not say."""
    if is_dataclass(kind):
        return tuple(f.name for f in fields(kind) if f.init and not f.metadata.get("internal"))
    allowed = getattr(kind, "setting_names", None)
    if allowed is not None:
        return tuple(allowed)
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return tuple(p.name for p in parameters)


def check_settings(owner: str, kind: Any, settings: Mapping[str, Any]) -> None:
    """Refuse a setting that `kind` does not have, naming the nearest one it has."""
    allowed = setting_names(kind)
    for key in settings:
        if allowed is not None and key not in allowed:
            listing = ", ".join(with_aliases(kind, sorted(allowed))) or "none"
            close = did_you_mean(key, (*allowed, *aliases_of(kind)))
            raise BadSetting(
                f"{owner} has no setting {key!r}.{close} Its settings: {listing}.",
                key,
                settings[key],
                listing,
            )
