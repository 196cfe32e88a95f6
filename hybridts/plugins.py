"""The registry in use, and the doors through which users add to it: API, plugin modules, entry points."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from hybridts.catalog import default_registry
from hybridts.errors import DataError, HybridtsError, UserError
from hybridts.grammar import is_name, parse
from hybridts.panel import FloatArray, Origins, Panel
from hybridts.registry import Combo, Component, Registry, Text, setting_names

ENTRY_POINTS = "hybridts.components"
_NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})


@lru_cache(maxsize=1)
def registry() -> Registry:
    """The registry of this process: the catalogue, then what installed packages add."""
    table = default_registry()
    for entry in metadata.entry_points(group=ENTRY_POINTS):
        _load_entry(entry, table)
    return table


def _load_entry(entry: metadata.EntryPoint, table: Registry) -> None:
    """An entry point names a Component, a list of them, or a function that takes the registry."""
    try:
        found = entry.load()
        if callable(found) and not isinstance(found, Component):
            found(table)
        else:
            for component in [found] if isinstance(found, Component) else found:
                table.add(component, lambda name: is_name(name, table))
    except Exception as cause:
        raise UserError(
            f"the installed plugin {entry.value!r} (entry point {entry.name!r}) cannot be loaded: "
            f"{type(cause).__name__}: {cause}. Fix or uninstall it."
        ) from cause


def register(
    name: str, expression: str, settings: Mapping[str, Mapping[str, Any]] = _NO_SETTINGS, summary: str = ""
) -> None:
    """Give an expression, with settings, a name of its own.

    Args:
        name: what users write; it must not mean anything yet.
        expression: such as ``"LSTM-XGBoost"`` or ``"(ARIMA + LSTM)-RF"``.
        settings: keyed by token, such as ``{"XGBoost": {"trees": 300}}``.
        summary: one line for `hybridts models`.

    Raises:
        NameTaken: the name is registered or already parses.
        UnknownName, BadSetting: the expression or a setting is wrong.
    """
    table = registry()
    parse(expression, table, settings)  # refuse a wrong combo now, not when it runs
    frozen = {token: dict(values) for token, values in settings.items()}
    table.add_combo(Combo(name, expression, frozen, Text(summary, summary)), lambda text: is_name(text, table))


def register_learner(name: str, kind: Any, *, summary: str = "", version: str = "") -> None:
    """Add any scikit-learn regressor (a class with fit and predict) as a token.

    Args:
        name: its token, such as ``"LightGBM"``.
        kind: the class; its constructor's parameters are its settings.
        summary: one line for `hybridts models`.
        version: change it when the same settings would give other numbers; empty hashes the source.
    """
    for method in ("fit", "predict"):
        if not callable(getattr(kind, method, None)) and not hasattr(kind, "build"):
            raise UserError(
                f"{name}: {_label(kind)} has no method {method!r}; a learner needs fit(X, y) and predict(X)."
            )
    _add(Component(name, "learner", kind, Text(name, name), Text(summary, summary), version=version))


def register_forecaster(name: str, kind: Any, *, summary: str = "", version: str = "") -> None:
    """Add a forecaster of your own as a token.

    Args:
        name: its token.
        kind: a class with ``fit(panel, horizon, gap, seed)`` whose result has ``forecast(panel, origins)``; or a
            plain class with ``fit(y)`` and ``predict(h)``, which is refitted at every origin.
        summary: one line for `hybridts models`.
        version: change it when the same settings would give other numbers; empty hashes the source.
    """
    target = kind if _speaks_protocol(name, kind) else PlainKind(kind)
    _add(Component(name, "statistical", target, Text(name, name), Text(summary, summary), version=version))


def _add(component: Component) -> None:
    table = registry()
    table.add(component, lambda name: is_name(name, table))


def _speaks_protocol(name: str, kind: Any) -> bool:
    fit = getattr(kind, "fit", None)
    if not callable(fit):
        raise UserError(f"{name}: {_label(kind)} has no method 'fit'.")
    taken = [p for p in inspect.signature(fit).parameters if p != "self"]
    if taken[:4] == ["panel", "horizon", "gap", "seed"]:
        return True
    if not callable(getattr(kind, "predict", None)):
        raise UserError(
            f"{name}: {_label(kind)}.fit takes ({', '.join(taken)}) and there is no predict. Write either "
            "fit(panel, horizon, gap, seed) -> object with forecast(panel, origins), or fit(y) and predict(h)."
        )
    return False


def _label(kind: Any) -> str:
    return getattr(kind, "__name__", repr(kind))


# -- plain fit / predict classes ------------------------------------------------------------------------------------
class PlainKind:
    """A plain class as a component: calling it with settings makes the wrapped forecaster."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.__name__ = _label(kind)
        names = setting_names(kind)
        if names is not None:
            self.setting_names = names

    def __call__(self, **settings: Any) -> PerOrigin:
        self.kind(**settings)  # wrong settings are refused now
        return PerOrigin(self.kind, settings)


@dataclass(frozen=True)
class PerOrigin:
    """A class with fit(y) and predict(h), refitted at every origin: honest, and as slow as that sounds."""

    kind: Any
    settings: Mapping[str, Any] = field(default_factory=dict)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedPerOrigin:
        """Nothing is learned before an origin is known."""
        del panel, seed
        notes = {"refit": "at every origin, because the class only knows fit(y) and predict(h)"}
        return FittedPerOrigin(self.kind, self.settings, (horizon, gap), notes)


@dataclass(frozen=True, eq=False)
class FittedPerOrigin:
    """Answers each origin by a fresh fit on the values up to it."""

    kind: Any
    settings: Mapping[str, Any]
    ahead: tuple[int, int]
    notes: Mapping[str, Any]
    failures: Mapping[str, str] = field(default_factory=dict)

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H]."""
        horizon, gap = self.ahead
        answer = np.empty((len(origins), horizon))
        for row, (series, position) in enumerate(zip(origins.series, origins.position, strict=True)):
            model = self.kind(**self.settings)
            past = panel.series(int(series))[: position + 1].copy()
            fitted = model.fit(past)
            values = np.asarray((model if fitted is None else fitted).predict(gap + horizon), dtype=float).ravel()
            if len(values) != gap + horizon:
                raise DataError(f"{_label(self.kind)}.predict({gap + horizon}) answered {len(values)} values.")
            answer[row] = values[gap:]
        return answer


# -- plugin modules -------------------------------------------------------------------------------------------------
def load_plugins(modules: Iterable[str], folder: Path | None = None) -> None:
    """Import modules, or run files, that register components and combos when they are imported.

    Args:
        modules: dotted names, or paths of .py files (relative ones from `folder`).
        folder: where relative paths start.

    Raises:
        UserError: naming the module and what to change.
    """
    for module in modules:
        if module in _LOADED:
            continue
        try:
            _import(module, folder)
        except HybridtsError as cause:
            raise UserError(f"plugin {module!r}: {cause}") from cause
        except Exception as cause:
            raise UserError(f"plugin {module!r} raised {type(cause).__name__} when imported: {cause}") from cause
        _LOADED.add(module)


_LOADED: set[str] = set()


def _import(module: str, folder: Path | None) -> None:
    if not module.endswith(".py"):
        importlib.import_module(module)
        return
    path = (folder or Path()) / module
    if not path.exists():
        raise UserError(f"there is no file {path}. Give a dotted module name or the path of a .py file.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = loaded
    spec.loader.exec_module(loaded)


def resolve(target: str) -> Any:
    """The object behind "module:object" (or "file.py:object"), for `hybridts check`."""
    module, _, attribute = target.partition(":")
    load_plugins([module])
    name = Path(module).stem if module.endswith(".py") else module
    try:
        return getattr(sys.modules[name], attribute)
    except AttributeError as cause:
        raise UserError(f"module {module!r} has no {attribute!r}.") from cause
