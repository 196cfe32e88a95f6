"""The Python door: combos, learners and forecasters by a call."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from hybridts.grammar import is_name, parse
from hybridts.plugins.signatures import FORECASTER, LEARNER, check_method, made_of, speaks_protocol
from hybridts.plugins.table import registry
from hybridts.plugins.users import PerOrigin, Speaking, UserKind
from hybridts.registry import Combo, Component, Text

_NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})


def register(
    name: str,
    expression: str,
    settings: Mapping[str, Mapping[str, Any]] = _NO_SETTINGS,
    summary: str = "",
    *,
    replace: bool = False,
) -> None:
    """Give an expression, with settings, a name of its own.

    Args:
        name: what users write; it must not mean anything yet.
        expression: such as ``"LSTM-XGBoost"`` or ``"(ARIMA + LSTM)-RF"``.
        settings: keyed by token, such as ``{"XGBoost": {"trees": 300}}``.
        summary: one line for `hybridts models`.
        replace: the name may mean another combo of yours until now. (The same one again is no error in any case.)

    Raises:
        NameTaken: the name is registered or already parses.
        UnknownName, BadSetting: the expression or a setting is wrong.
    """
    table = registry()
    parse(expression, table, settings)  # refuse a wrong combo now, not when it runs
    frozen = {token: dict(values) for token, values in settings.items()}
    combo = Combo(name, expression, frozen, Text(summary, summary))
    if table.combo(name) == combo:
        return
    if replace:
        table.forget(name)
    table.add_combo(combo, lambda text: is_name(text, table))


def register_learner(name: str, kind: Any, *, summary: str = "", version: str = "", replace: bool = False) -> None:
    """Add any scikit-learn regressor (a class with fit and predict) as a token.

    Args:
        name: its token, such as ``"LightGBM"``.
        kind: the class, or a function that makes the regressor; its parameters are the settings.
        summary: one line for `hybridts models`.
        version: change it when the same settings would give other numbers; empty hashes the source.
        replace: the name may mean another class of yours until now. (The same one again is no error in any case.)

    Raises:
        NameTaken: the name is registered or already parses.
        UserError: it cannot be made without arguments, or its methods have other arguments.
    """
    made = made_of(name, kind)
    if not hasattr(made, "build"):  # settings that build a learner themselves
        other = "; a class with fit(y) and predict(h) goes to register_forecaster"
        check_method(name, made, ("fit", "X", "y"), LEARNER + other)
        check_method(name, made, ("predict", "X"), LEARNER)
    _add(Component(name, "learner", kind, Text(name, name), Text(summary, summary), version=version), replace)


def register_forecaster(name: str, kind: Any, *, summary: str = "", version: str = "", replace: bool = False) -> None:
    """Add a forecaster of your own as a token.

    Args:
        name: its token.
        kind: a class with ``fit(panel, horizon, gap, seed)`` whose result has ``forecast(panel, origins)``; or a
            plain class with ``fit(y)`` and ``predict(h)``, which is refitted at every origin.
        summary: one line for `hybridts models`.
        version: change it when the same settings would give other numbers; empty hashes the source.
        replace: the name may mean another class of yours until now. (The same one again is no error in any case.)

    Raises:
        NameTaken: the name is registered or already parses.
        UserError: it cannot be made without arguments, or its methods have other arguments.
    """
    made = made_of(name, kind)
    spoken = speaks_protocol(name, made)
    if not spoken:
        other = "; a regressor with fit(X, y) and predict(X) goes to register_learner"
        check_method(name, made, ("fit", "y"), FORECASTER + other)
        check_method(name, made, ("predict", "h"), FORECASTER)
    target = UserKind(kind, Speaking.of if spoken else PerOrigin)
    _add(Component(name, "statistical", target, Text(name, name), Text(summary, summary), version=version), replace)


def _add(component: Component, replace: bool) -> None:
    table = registry()
    before = table.component(component.name)
    if replace or (before is not None and before.family == component.family and _is_again(before, component)):
        table.forget(component.name)
    table.add(component, lambda name: is_name(name, table))


def _is_again(before: Component, now: Component) -> bool:
    """Whether a script or a cell of a notebook ran twice: the same class, or the one made anew in the same place."""
    old, new = (getattr(c.target, "__wrapped__", c.target) for c in (before, now))
    return old is new or (_place(old) is not None and _place(old) == _place(new))


def _place(kind: Any) -> tuple[str, str] | None:
    """Module and name of a class or function; None for one without a name of its own."""
    name = getattr(kind, "__qualname__", "")
    return (kind.__module__, name) if name and "<" not in name else None
