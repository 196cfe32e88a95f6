"""Classes of the user in a stored model: by the token under which they are registered, never by an import."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from hybridts.errors import DataError
from hybridts.names.registry import Component, Registry


class OwnClasses:
    """The classes and functions that a user registered, and those of the modules that define them.

    Args:
        registry: the components of this process.
    """

    def __init__(self, registry: Registry) -> None:
        own = (c for c in registry.components() if not (isinstance(c.target, str) and c.target.startswith("hybridts.")))
        self._components: dict[str, Component] = {c.name: c for c in own}

    def registered(self, token: str) -> Any:
        """Return the class or function behind a token.

        Raises:
            DataError: nothing is registered under it.
        """
        component = self._components.get(token)
        if component is None:
            raise DataError(f"it needs {token!r}, which is not registered here")
        target = component.load()
        return getattr(target, "__wrapped__", target)

    def token_of(self, kind: Any) -> str | None:
        """Return the token of a registered class, or of one in a module that defines a registered one; else None."""
        for token in self._components:
            if self.registered(token) is kind:
                return token
        for token in self._components:
            if _module(self.registered(token)) == _module(kind) is not None and _reachable(kind):
                return token
        return None

    def names_of(self, token: str) -> tuple[str, ...]:
        """Return the full names of the classes in the module of a token that are defined there."""
        registered = self.registered(token)
        module = sys.modules.get(_module(registered) or "")
        found = {k for k in vars(module).values() if isinstance(k, type)} if module is not None else set()
        found |= {registered} if isinstance(registered, type) else set()
        return tuple(sorted(f"{k.__module__}.{k.__qualname__}" for k in found if k.__module__ == _module(registered)))

    def class_of(self, token: str, name: str) -> type:
        """Return a class by its name in the module of a token.

        Raises:
            DataError: there is no such class.
        """
        registered = self.registered(token)
        if isinstance(registered, type) and registered.__qualname__ == name:
            return registered
        module = sys.modules.get(_module(registered) or "")
        found = getattr(module, name, None)
        if isinstance(found, type) and found.__module__ == _module(registered):
            return found
        raise DataError(f"it needs the class {name!r} beside {token!r}, which {_module(registered)} does not have")

    def described(self, token: str) -> dict[str, str]:
        """Return where the class of a token came from, for the message where it is absent."""
        registered = self.registered(token)
        calls = {"learner": "register_learner", "neural": "register_block"}
        call = calls.get(self._components[token].family, "register_forecaster")
        try:
            file = str(inspect.getsourcefile(registered) or "").replace("\\", "/").rpartition("/")[2]
        except (TypeError, OSError):
            file = ""
        return {
            "class": f"{_module(registered)}:{getattr(registered, '__qualname__', registered)}",
            "file": file,
            "by": call,
        }


def _module(kind: Any) -> str | None:
    return getattr(kind, "__module__", None)


def _reachable(kind: Any) -> bool:
    """Return whether a class can be found again by its name in its module."""
    return getattr(sys.modules.get(kind.__module__), kind.__qualname__, None) is kind
