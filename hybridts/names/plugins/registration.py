"""Register combos, learners and forecasters by a call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from hybridts.errors import BadSetting, UserError
from hybridts.models.custom.adapters import ObjectKind, PerOrigin, Speaking, UserKind
from hybridts.models.custom.signatures import (
    FORECASTER,
    LEARNER,
    check_method,
    is_object,
    is_zero_shot,
    made_of,
    speaks_protocol,
)
from hybridts.models.custom.zero_shot import SharedObject, ZeroShot
from hybridts.models.learners.own_regressor import RegressorLike
from hybridts.models.neural.blocks.own import OwnBlockKind, check_block, is_module
from hybridts.names.code_fingerprint import of_target
from hybridts.names.grammar import is_name, parse
from hybridts.names.plugins.active_registry import registry
from hybridts.names.recipe import Settings
from hybridts.names.registry import Combo, Component, Registry, Text
from hybridts.names.settings import plain

_NO_SETTINGS: Settings = MappingProxyType({})


def register(
    name: str,
    expression: str,
    settings: Settings = _NO_SETTINGS,
    summary: str = "",
    *,
    replace: bool = False,
) -> None:
    """Give an expression with settings a name.

    >>> import hybridts as ht
    >>> ht.register("Small-Hybrid", "MLP-RF", settings={"RF": {"trees": 50}})
    >>> str(ht.model("Small-Hybrid").recipe.root)
    'MLP-RF'

    Args:
        name: the new name.
        expression: names and components combined, such as ``"LSTM-XGBoost"`` or ``"(ARIMA + LSTM)-RF"``.
        settings: settings by token, such as ``{"XGBoost": {"trees": 300}}``.
        summary: one line for `hybridts models`.
        replace: allow the name to replace another combo that you registered. (Registering the same one again is always
            allowed.)

    Raises:
        NameTaken: the name is registered or already parses.
        UnknownName: the expression does not parse.
        BadSetting: a setting is wrong, or the expression contains the name itself.
    """
    table = registry()
    _check_text("name", name)
    parse(expression, table, settings)  # refuse a wrong combo now, not when it is used
    frozen = plain(settings)
    combo, before = Combo(name, expression, frozen, Text(summary, summary)), table.combo(name)
    if before == combo:
        return
    if replace:
        table.forget(name)
    table.add_combo(combo, lambda text: is_name(text, table))
    if before is not None and not is_name(expression, table):  # the expression contains the name that it replaces
        table.forget(name)
        table.add_combo(before)
        raise BadSetting(f"{name!r} cannot be {expression!r}, which is made of {name!r} itself.", "expression", name)


class ComboDefinition(Protocol):
    """Definition of a combo without its name, as in a study file."""

    @property
    def expression(self) -> str:
        """Return the expression."""

    @property
    def settings(self) -> Settings:
        """Return the settings by token."""

    @property
    def summary(self) -> str:
        """Return one line for `hybridts models`."""


def register_all(combos: Mapping[str, ComboDefinition]) -> None:
    """Register combos that may contain one another, in any order.

    Raises:
        UserError: as `register`, with the name in front.
    """
    remaining = dict(combos)
    while remaining:
        ready = [name for name, combo in remaining.items() if not named_in(combo.expression, set(remaining) - {name})]
        for name in ready or list(remaining):  # names in a circle: `register` refuses the first as unknown
            combo = remaining.pop(name)
            try:
                register(name, combo.expression, combo.settings, combo.summary)
            except UserError as cause:
                raise UserError(f"{name}: {cause}") from cause


def used_by(names: Iterable[str], table: Registry) -> list[Combo]:
    """Return the combos of users that these names contain, directly or not; a combo comes after its parts."""
    own = {combo.name: combo for combo in table.combos() if not (combo.published or combo.built_in)}
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
    """Return the combos that an expression contains: in parentheses, or as the whole expression.

    >>> named_in("( mine) + Theta", ["Mine", "Yours"])
    {'Mine'}
    """
    text = "".join(expression.split()).casefold()
    folds = {name: "".join(name.split()).casefold() for name in combos}
    return {name for name, fold in folds.items() if f"({fold})" in text or fold == text}


def _check_text(what: str, given: object) -> None:
    if not isinstance(given, str):
        raise BadSetting(f"{what} must be text, found {given!r}.", what, given)


def register_learner(
    name: str, kind: Callable[..., object], *, summary: str = "", version: str = "", replace: bool = False
) -> None:
    """Register a regressor, such as any of scikit-learn, as a component; ARIMA-NAME then works too.

    >>> import hybridts as ht
    >>> from sklearn.linear_model import Ridge
    >>> ht.register_learner("Ridge", Ridge)
    >>> ht.model("Naive-Ridge", settings={"Ridge": {"alpha": 2.0}}).recipe.name
    'Naive-Ridge'

    Args:
        name: its token in names, such as ``"LightGBM"``.
        kind: a class with ``fit(X, y)`` and ``predict(X)``, where X is [rows, F] and y is [rows]; a function that
            returns such an object; or an estimator of scikit-learn, such as a pipeline, of which every fit gets a copy.
            Its parameters are the settings. X is a frame with named columns, text covariates as categories where the
            estimator reads them, for estimators of scikit-learn, LightGBM, XGBoost and CatBoost and for classes with
            ``takes_frame = True``; an array for others.
        summary: one line for `hybridts models`.
        version: change it when the same settings would give other numbers. Empty: a hash of the code of its module,
            and of your modules that it imports.
        replace: allow the name to replace another class that you registered. (Registering the same one again is always
            allowed.)

    Raises:
        NameTaken: the name is registered or already parses.
        UserError: the object cannot be made without arguments, or its methods have other arguments.
    """
    _check_text("name", name)
    _refuse_module(name, kind)
    if is_object(kind) and callable(getattr(kind, "get_params", None)):
        kind = RegressorLike(kind)
    made = made_of(name, kind)
    if not hasattr(made, "build"):  # an object with `build` is a settings class that makes the learner itself
        other = "; a class with fit(y) and predict(h) goes to register_forecaster"
        check_method(name, made, ("fit", "X", "y"), LEARNER + other)
        check_method(name, made, ("predict", "X"), LEARNER)
    _add(Component(name, "learner", kind, Text(name, name), Text(summary, summary), version=version), replace)


def register_forecaster(
    name: str, kind: Callable[..., object], *, summary: str = "", version: str = "", replace: bool = False
) -> None:
    """Register a forecaster of your own as a component; NAME-XGBoost then works too.

    >>> import hybridts as ht
    >>> class LastYear:
    ...     def fit(self, y):
    ...         self.season = y[-12:]
    ...
    ...     def predict(self, h):
    ...         return [self.season[step % 12] for step in range(h)]
    >>> ht.register_forecaster("LastYear", LastYear)
    >>> ht.model("LastYear").fit("dataset:airpassengers", horizon=2, jobs=1).predict()["LastYear"].tolist()
    [417.0, 391.0]

    Args:
        name: its token in names.
        kind: a class, or an object of it, with ``fit(y)`` and ``predict(h)``, where y is [T] and the forecast is [h] or
            a mapping that has it under "mean" (as the models of statsforecast), which is fitted again at every origin;
            or a class with ``fit(panel, horizon, gap, seed)`` whose result has
            ``forecast(panel, origins)`` that returns [M, H]; or a class or object that is trained already (a
            zero-shot model), with ``predict(contexts, horizon)`` alone: contexts are N arrays [T] of values up to an
            origin, missing ones NaN, and the forecast is [N, horizon]. Give an object where it is slow to make.
        summary: one line for `hybridts models`.
        version: change it when the same settings would give other numbers. Empty: a hash of the code of its module,
            and of your modules that it imports.
        replace: allow the name to replace another class that you registered. (Registering the same one again is always
            allowed.)

    Raises:
        NameTaken: the name is registered or already parses.
        UserError: the object cannot be made without arguments, or its methods have other arguments.
    """
    _check_text("name", name)
    _refuse_module(name, kind)
    if is_object(kind):
        kind = ObjectKind(kind)
    elif is_zero_shot(kind) and not inspect.isclass(kind):
        kind = SharedObject(kind)
    made = made_of(name, kind)
    by_protocol = speaks_protocol(name, made)
    if is_zero_shot(made):
        _add_forecaster(name, UserKind(kind, ZeroShot), summary, version, replace)
        return
    if not by_protocol:
        other = "; a regressor with fit(X, y) and predict(X) goes to register_learner"
        check_method(name, made, ("fit", "y"), FORECASTER + other)
        check_method(name, made, ("predict", "h"), FORECASTER)
    _add_forecaster(name, UserKind(kind, Speaking.of if by_protocol else PerOrigin), summary, version, replace)


def _add_forecaster(name: str, target: UserKind, summary: str, version: str, replace: bool) -> None:
    _add(Component(name, "statistical", target, Text(name, name), Text(summary, summary), version=version), replace)


def register_block(
    name: str, kind: Callable[..., object], *, summary: str = "", version: str = "", replace: bool = False
) -> None:
    """Register a torch module of your own as a block of networks; NAME-LSTM, CNN-NAME and (NAME|GRU) then work too.

    >>> import hybridts as ht
    >>> from torch import nn
    >>> class Mixer(nn.Module):
    ...     def __init__(self, channels, hidden=16):
    ...         super().__init__()
    ...         self.mix = nn.Linear(channels, hidden)
    ...
    ...     def forward(self, x):  # [B, T, C] -> [B, T, hidden]
    ...         return self.mix(x).relu()
    >>> ht.register_block("Mixer", Mixer)
    >>> ht.model("Mixer-LSTM-RF", settings={"Mixer": {"hidden": 8}}).recipe.name
    'Mixer-LSTM-RF'

    Args:
        name: its token in names.
        kind: a subclass of ``torch.nn.Module`` that maps [B, T, C] to [B, T', C'], or a function that returns one. Its
            constructor is given C as ``channels`` and T as ``length`` where it has parameters of these names (or
            ``in_channels``, ``seq_len`` ...) without a default; lazy layers need neither. All other parameters are
            settings. The last row of the output is what the next stage of the network, or its head, reads last.
        summary: one line for `hybridts models`.
        version: change it when the same settings would give other numbers. Empty: a hash of the code of its module,
            and of your modules that it imports. Where that code cannot be read (an interactive session), the network
            starts from random weights, not from a prior.
        replace: allow the name to replace another class that you registered. (Registering the same one again is always
            allowed.)

    Raises:
        NameTaken: the name is registered or already parses.
        UserError: the module cannot be made, or does not keep the contract on an example window.
    """
    _check_text("name", name)
    if not callable(kind) or (not inspect.isclass(kind) and callable(getattr(kind, "forward", None))):
        raise UserError(
            f"{name}: expected a class of torch.nn.Module or a function that makes one, found "
            f"{f'an object of {type(kind).__name__}' if callable(kind) else repr(kind)}. Every fit trains a network of "
            "its own, so give the class itself; its parameters are settings."
        )
    target = OwnBlockKind(name, kind)
    check_block(target)
    _add(Component(name, "neural", target, Text(name, name), Text(summary, summary), version=version), replace)


def _refuse_module(name: str, kind: object) -> None:
    """Refuse a torch module that is registered as a model of its own, unless it has methods of one."""
    if is_module(kind) and not callable(getattr(kind, "fit", None)) and not is_zero_shot(kind):
        raise UserError(
            f"{name}: {getattr(kind, '__name__', kind)} is a torch.nn.Module, which hybridts trains: register it as a "
            f"block of networks, ht.register_block({name!r}, {getattr(kind, '__name__', 'MyModule')})."
        )


def _add(component: Component, replace: bool) -> None:
    """Add a component to the registry in use, in place of the one with its name if that may be replaced."""
    table = registry()
    before = table.component(component.name)
    if replace or (before is not None and before.family == component.family and _same_definition(before, component)):
        table.forget(component.name)
    table.add(component, lambda name: is_name(name, table))


def _same_definition(before: Component, now: Component) -> bool:
    """Return whether a script or a notebook cell ran twice: the same class, or one defined again in the same place."""
    old, new = (getattr(c.target, "__wrapped__", c.target) for c in (before, now))
    if isinstance(old, SharedObject) and isinstance(new, SharedObject) and old.model is new.model:
        return True
    if isinstance(old, (RegressorLike, ObjectKind, SharedObject)) and type(old) is type(new):
        code = of_target(old)
        return code != "" and code == of_target(new)
    return old is new or (_qualified_name(old) is not None and _qualified_name(old) == _qualified_name(new))


def _qualified_name(kind: Any) -> tuple[str, str] | None:
    """Return module and name of a class or function; None for a lambda or a class inside a function."""
    name = getattr(kind, "__qualname__", "")
    return (kind.__module__, name) if name and "<" not in name else None
