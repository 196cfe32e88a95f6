"""Checks of a user's class by the signatures of its methods, with messages on what is missing."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from hybridts.errors import UserError

LEARNER = "a learner needs fit(X, y) and predict(X)"
FORECASTER = (
    "a forecaster needs fit(y) and predict(h), or fit(panel, horizon, gap, seed) that answers an object with "
    "forecast(panel, origins), or, where it is trained already, predict(contexts, horizon) alone"
)


def made_of(name: str, kind: Any) -> Any:
    """Make an object with default settings, since every token alone is a name that must work.

    Raises:
        UserError: `kind` cannot be called, or raises without arguments.
    """
    if not callable(kind):
        given = type(kind).__name__
        if kind is None or isinstance(kind, (str, int, float, list, dict)):
            raise UserError(
                f"{name}: expected a class, a function that makes the model, or an object with fit, found {kind!r}."
            )
        raise UserError(
            f"{name}: expected a class, found an object of {given}. Give the class itself, {given}, if it can be made "
            f"without arguments (settings stand beside the name, as settings={{{name!r}: {{...}}}}), or a function "
            f"that makes such an object: def make(): return {given}(...)."
        )
    try:
        return kind()
    except Exception as cause:  # a user's constructor may raise anything
        raise UserError(
            f"{name}: {label_of(kind)}() without arguments raised {type(cause).__name__}: {cause}. Give every "
            f"parameter of the constructor a default (settings={{{name!r}: {{...}}}} override them), or register a "
            f"function that makes it: def make(): return {label_of(kind)}(...)."
        ) from cause


def check_method(name: str, made: Any, call: tuple[str, ...], needs: str) -> None:
    """Check that `made` has a method that takes these arguments.

    Args:
        name: token of the class.
        made: an object of the class.
        call: name of the method, then its arguments by position.
        needs: end of the message on a refusal.

    Raises:
        UserError: it has no such method, or the method takes other arguments.
    """
    method, *arguments = call
    found = getattr(made, method, None)
    label = type(made).__name__
    who = label if label == name else f"{name}: {label}"
    later = 0
    if not callable(found):  # scikit-learn shows some methods only once the estimator is fitted
        found, later = getattr(type(made), method, None), 1
    if not callable(found):
        raise UserError(f"{who} has no method {method!r}; {needs}.")
    if not takes(found, len(arguments) + later):
        raise UserError(
            f"{who}.{method}{inspect.signature(found)} cannot be called as {method}({', '.join(arguments)}); {needs}."
        )


def takes(function: Callable[..., Any], count: int) -> bool:
    """Return whether a function takes `count` arguments by position; True for compiled code without a signature."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def speaks_protocol(name: str, made: Any) -> bool:
    """Return whether the class has fit(panel, horizon, gap, seed), the form of `Forecaster`.

    Raises:
        UserError: its fit needs further arguments.
    """
    taken = parameters(getattr(made, "fit", None))
    if taken[:4] == ("panel", "horizon", "gap", "seed"):
        check_method(name, made, ("fit", *taken[:4]), FORECASTER)
        return True
    return False


def parameters(function: Any) -> tuple[str, ...]:
    """Return the names of a function's parameters; empty where it has no signature."""
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()


def is_object(kind: Any) -> bool:
    """Return whether this is an object with fit, rather than a class or a function that makes one."""
    return not inspect.isclass(kind) and not inspect.isroutine(kind) and callable(getattr(kind, "fit", None))


def is_zero_shot(kind: Any) -> bool:
    """Return whether a class or object has predict(contexts, horizon) and no fit."""
    predict: Any = getattr(kind, "predict", None)
    bound = 1 if inspect.isclass(kind) else 0  # a class shows its method with `self`
    return callable(predict) and not callable(getattr(kind, "fit", None)) and takes(predict, 2 + bound)


def is_learner(kind: Any) -> bool:
    """Return whether a class fits a table, fit(X, y), rather than a series or a panel."""
    fit: Any = getattr(made_of(label_of(kind), kind), "fit", None)
    names = parameters(fit)
    return names[:1] == ("X",) or (names[:1] != ("panel",) and not takes(fit, 1) and takes(fit, 2))


def label_of(kind: Any) -> str:
    """Return the name of a class or function for messages."""
    return getattr(kind, "__name__", None) or repr(kind)
