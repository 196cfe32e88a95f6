"""The Python door: combos, learners and forecasters by a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from hybridts.errors import BadSetting, UserError
from hybridts.models.custom.adapters import PerOrigin, Speaking, UserKind
from hybridts.models.custom.signatures import FORECASTER, LEARNER, check_method, made_of, speaks_protocol
from hybridts.names.grammar import is_name, parse
from hybridts.names.plugins.active_registry import registry
from hybridts.names.registry import Combo, Component, Registry, Text
from hybridts.names.settings import plain

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
    _check_text("name", name)
    parse(expression, table, settings)  # refuse a wrong combo now, not when it runs
    frozen = plain(settings)
    combo, before = Combo(name, expression, frozen, Text(summary, summary)), table.combo(name)
    if before == combo:
        return
    if replace:
        table.forget(name)
    table.add_combo(combo, lambda text: is_name(text, table))
    if before is not None and not is_name(expression, table):  # it was spelled with what it replaces
        table.forget(name)
        table.add_combo(before)
        raise BadSetting(f"{name!r} cannot be {expression!r}, which is made of {name!r} itself.", "expression", name)


class Spelled(Protocol):
    """A combo before it has a name: as a study writes it."""

    @property
    def expression(self) -> str:
        """What it stands for."""

    @property
    def settings(self) -> Mapping[str, Mapping[str, Any]]:
        """Keyed by token."""

    @property
    def summary(self) -> str:
        """One line."""


def register_all(combos: Mapping[str, Spelled]) -> None:
    """Register combos that may be made of one another, in whatever order they stand.

    Raises:
        UserError: as `register`, with the name in front.
    """
    waiting = dict(combos)
    while waiting:
        ready = [name for name, combo in waiting.items() if not named_in(combo.expression, set(waiting) - {name})]
        for name in ready or list(waiting):  # a circle is refused as what it is: names that mean nothing yet
            combo = waiting.pop(name)
            try:
                register(name, combo.expression, combo.settings, combo.summary)
            except UserError as cause:
                raise UserError(f"{name}: {cause}") from cause


def used_by(names: Iterable[str], table: Registry) -> list[Combo]:
    """Return the combos of users that these names are made of, directly or not; parts come first."""
    own = {combo.name: combo for combo in table.combos() if not combo.published}
    found: dict[str, Combo] = {}

    def visit(expression: str) -> None:
        for name in sorted(named_in(expression, own)):
            if name not in found:
                visit(own[name].expression)
                found[name] = own[name]

    for text in names:
        visit(text)
    return list(found.values())


def named_in(expression: str, combos: Iterable[str]) -> set[str]:
    """Which of these combos may be a part of an expression: those in parentheses there, or all of it."""
    text = "".join(expression.split()).casefold()
    folds = {name: "".join(name.split()).casefold() for name in combos}
    return {name for name, fold in folds.items() if f"({fold})" in text or fold == text}


def _check_text(what: str, given: object) -> None:
    if not isinstance(given, str):
        raise BadSetting(f"{what} must be text, found {given!r}.", what, given)


def register_learner(name: str, kind: Any, *, summary: str = "", version: str = "", replace: bool = False) -> None:
    """Add any scikit-learn regressor (a class with fit and predict) as a token.

    Args:
        name: its token, such as ``"LightGBM"``.
        kind: the class, or a function that makes the regressor (a pipeline, say); its parameters are the settings.
        summary: one line for `hybridts models`.
        version: change it when the same settings would give other numbers. Empty: the code of its module,
            and of your modules that it imports, is hashed.
        replace: the name may mean another class of yours until now. (The same one again is no error in any case.)

    Raises:
        NameTaken: the name is registered or already parses.
        UserError: it cannot be made without arguments, or its methods have other arguments.
    """
    _check_text("name", name)
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
        version: change it when the same settings would give other numbers. Empty: the code of its module,
            and of your modules that it imports, is hashed.
        replace: the name may mean another class of yours until now. (The same one again is no error in any case.)

    Raises:
        NameTaken: the name is registered or already parses.
        UserError: it cannot be made without arguments, or its methods have other arguments.
    """
    _check_text("name", name)
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
