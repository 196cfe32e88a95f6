"""Settings of a component: those a user may give, the refusal of others, and what was given, made immutable."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

from hybridts.errors import BadSetting, did_you_mean
from hybridts.models.setting_aliases import aliases_of, with_aliases

#: Metadata of a dataclass field that only our own code sets: it is no setting, is not listed, and users may not set it.
INTERNAL: Mapping[str, bool] = MappingProxyType({"internal": True})


class FrozenSettings(Mapping[str, Any]):
    """Settings as they were given: an immutable, hashable mapping of plain values.

    Values are numbers, text, true, false, None, and tuples and mappings of these. Two are equal if they print the same
    JSON, so that 1 and 1.0 differ; keys of stored results and random seeds are made of this text.
    """

    __slots__ = ("_text", "_values")

    def __init__(self, values: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Take over the values.

        Raises:
            BadSetting: a value that JSON does not have.
        """
        given = values.arguments() if isinstance(values, FrozenSettings) else dict(values)
        try:
            text = json.dumps(given, sort_keys=True)
        except TypeError as cause:
            why = f"settings must be plain values (numbers, text, lists): {cause}"
            raise BadSetting(why, "settings", values) from cause
        self._text = text
        self._values = {name: _frozen(value) for name, value in json.loads(text).items()}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, FrozenSettings) else self._values == other

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        """Return the settings as JSON with sorted keys."""
        return self._text

    def __repr__(self) -> str:
        return f"FrozenSettings({self._values})"

    def arguments(self) -> dict[str, Any]:
        """Return a fresh copy for a constructor: tuples for lists, as frozen dataclasses want them; inside, lists."""
        return {name: tuple(map(_thawed, v)) if isinstance(v, tuple) else _thawed(v) for name, v in self.items()}


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return FrozenSettings(value) if isinstance(value, dict) else value


def _thawed(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(map(_thawed, value))
    return {name: _thawed(inner) for name, inner in value.items()} if isinstance(value, FrozenSettings) else value


#: Nothing was given.
NO_SETTINGS = FrozenSettings()


def load_target(target: Any) -> Any:
    """Return the object behind "module:attribute"; anything else is the object itself."""
    if not isinstance(target, str):
        return target
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def setting_names(kind: Any) -> tuple[str, ...] | None:
    """Return the settings a user may give a component; None if its signature accepts any."""
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
    """Refuse a setting that `kind` does not have.

    Raises:
        BadSetting: naming the nearest setting it has.
    """
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
