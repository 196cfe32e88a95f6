"""Where a user's class may keep things between fits: class attributes, module variables, random states, files."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import cloudpickle
import numpy as np

from hybridts.audit.panels import AuditPanel
from hybridts.audit.runner import Answer, Target

#: Prefixes of modules whose state is not the user's.
_LIBRARIES = ("builtins", "abc", "typing", "numpy", "sklearn", "torch", "hybridts.models", "hybridts.data")


class Watched(NamedTuple):
    """An answer, and everything that its run left behind outside of the fitted object.

    Attributes:
        answer: at the earlier cutoff.
        kept: what changed, as text: class attributes, module variables, global random states.
        files: files it wrote.
    """

    answer: Answer
    kept: tuple[str, ...]
    files: tuple[str, ...]


def watched(target: Target, scene: AuditPanel) -> Watched:
    """Fit at the earlier cutoff and forecast, and note what the run leaves behind."""
    written: dict[str, None] = {}
    own = (os.path.join(tempfile.gettempdir(), "hybridts-"), "/dev/", "/proc/")
    active = True

    def note(event: str, details: tuple[Any, ...]) -> None:
        if active and event == "open":
            _note_file(written, own, *details)

    before = dict(_states(target))
    sys.addaudithook(note)
    try:
        (answer,) = target.at(scene, scene.early)
    finally:
        active = False
    after = dict(_states(target))
    kept = tuple(name for name, state in after.items() if before.get(name) != state)
    return Watched(answer, kept, tuple(written))


def _note_file(written: dict[str, None], own: tuple[str, ...], path: object, mode: object, flags: object) -> None:
    """Remember a file that is opened for writing, except for the engine's own and for devices."""
    writes = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    if not isinstance(path, (str, bytes, os.PathLike)) or not (
        writes or (isinstance(mode, str) and set(mode) & set("wax+"))
    ):
        return
    text = os.fsdecode(path)
    if not text.startswith(own) and "__pycache__" not in text:
        written[text] = None


def _states(target: Target) -> Iterator[tuple[str, bytes]]:
    """Yield (name, digest) of everything outside of fitted objects that a fit may change."""
    for kind in _kinds(target):
        yield from _states_of_class(kind)
    yield "numpy's global random state", _digest(np.random.get_state())
    yield "the global random state of Python", _digest(random.getstate())


def _kinds(target: Target) -> list[Any]:
    """Return the users' classes in a name."""
    found = []
    for stage in target.recipe.stages():
        for token in stage.tokens():
            component = target.registry.component(token.name)
            kind = None if component is None else component.target
            if kind is not None and not isinstance(kind, str):
                found.append(getattr(kind, "__wrapped__", kind))
    return found


def _states_of_class(kind: Any) -> Iterator[tuple[str, bytes]]:
    """Yield the attributes of a class and of its bases, and the variables that its methods use."""
    if isinstance(kind, partial):
        kind = kind.func
    functions: list[FunctionType] = [kind] if isinstance(kind, FunctionType) else []
    for base in getattr(kind, "__mro__", ()):
        if base is object or base.__module__.startswith(_LIBRARIES):
            continue
        for name, value in list(vars(base).items()):
            function = getattr(value, "__func__", value)
            if isinstance(function, FunctionType):
                functions.append(function)
                yield from _states_of_function(f"{base.__name__}.{name}", function)
            elif not name.startswith("__") and not _is_code(value):
                yield f"the class attribute {base.__name__}.{name}", _digest(value)
            if callable(getattr(value, "cache_info", None)):
                yield f"the cache of {base.__name__}.{name}", _digest(tuple(value.cache_info()))
    seen: dict[int, None] = {}
    for function in functions:
        if id(function.__globals__) not in seen:
            seen[id(function.__globals__)] = None
            yield from _states_of_module(function.__globals__)


def _states_of_function(name: str, function: FunctionType) -> Iterator[tuple[str, bytes]]:
    """Yield the defaults, the attributes and the closure of a function."""
    yield f"a default argument of {name}", _digest((function.__defaults__, function.__kwdefaults__))
    yield f"an attribute of the function {name}", _digest(vars(function))
    for variable, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if variable != "__class__":
            yield f"the variable {variable} around {name}", _digest_of_call(partial(getattr, cell, "cell_contents"))


def _states_of_module(variables: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield the variables of a module, and the attributes of other classes in it."""
    module = variables.get("__name__")
    for name, value in list(variables.items()):
        if callable(getattr(value, "cache_info", None)):
            yield f"the cache of {name}", _digest(tuple(value.cache_info()))
        elif isinstance(value, type) and value.__module__ == module:
            for attribute, held in list(vars(value).items()):
                if not attribute.startswith("__") and not _is_code(held):
                    yield f"the class attribute {name}.{attribute}", _digest(held)
        elif not name.startswith("__") and not _is_code(value):
            yield f"the module variable {name}", _digest(value)


def _is_code(value: Any) -> bool:
    """Return whether a value is code rather than data."""
    return isinstance(value, (type, ModuleType, FunctionType, staticmethod, classmethod, property)) or (
        callable(value) and not hasattr(value, "__dict__")
    )


def _digest(value: Any) -> bytes:
    return _digest_of_call(lambda: value)


def _digest_of_call(read: Callable[[], Any]) -> bytes:
    """Return the pickled value, or its text where it cannot be pickled or read."""
    try:
        blob: bytes = cloudpickle.dumps(read())
    except Exception as cause:  # an object of a user may raise anything
        return repr(cause).encode()
    return blob
