"""Second names of settings: the names that the library behind a component uses, as `n_estimators` for `trees`.

A component declares them as `setting_aliases`, a class attribute from alias to setting. Aliases are replaced before
anything else reads the settings, so that seeds, keys and results do not depend on which name was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hybridts.errors import BadSetting


def aliases_of(kind: Any) -> Mapping[str, str]:
    """Return alias -> setting of a component; empty where it declares none."""
    found = getattr(kind, "setting_aliases", None)
    return found if isinstance(found, Mapping) else {}


def canonical_settings(owner: str, kind: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with every alias replaced by the name of its setting.

    Raises:
        BadSetting: one setting is given by two names.
    """
    aliases, result = aliases_of(kind), {}
    written: dict[str, str] = {}
    for key, value in settings.items():
        name = aliases.get(key, key)
        if name in written:
            text = f"{owner}: {written[name]} and {key} are two names of one setting; give one of them."
            raise BadSetting(text, key, value)
        written[name], result[name] = key, value
    return result


def second_names(kind: Any) -> dict[str, str]:
    """Return setting -> its first alias."""
    found: dict[str, str] = {}
    for alias, name in aliases_of(kind).items():
        found.setdefault(name, alias)
    return found


def with_aliases(kind: Any, names: Iterable[str]) -> list[str]:
    """Return settings for a listing, aliases in parentheses: "trees (n_estimators)"."""
    second = second_names(kind)
    return [f"{name} ({second[name]})" if name in second else name for name in names]
