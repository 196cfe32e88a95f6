"""The registry in use, and the doors through which users add to it: API, plugin modules, entry points."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from hybridts.catalog import default_registry
from hybridts.errors import HybridtsError, StageFailure, UserError, did_you_mean
from hybridts.grammar import is_name, parse
from hybridts.panel import FloatArray, Origins, Panel
from hybridts.protocols import Explaining, Fitted, Joining, PerSeries, Quantiled, Reusing, Warm, Weighted
from hybridts.registry import Combo, Component, Registry, Text, setting_names

ENTRY_POINTS = "hybridts.components"
_NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})
_LEARNER = "a learner needs fit(X, y) and predict(X)"
_FORECASTER = (
    "a forecaster needs fit(y) and predict(h), or fit(panel, horizon, gap, seed) that answers an object with "
    "forecast(panel, origins)"
)


# -- the registry of this process -----------------------------------------------------------------------------------
def registry() -> Registry:
    """The registry of this process: the catalogue, then what installed packages add.

    Raises:
        UserError: an installed plugin cannot be loaded; it is tried again at the next call.
    """
    table, waiting = _installed()
    # A plugin that registers while it is read asks for this very registry, and must find nothing left to read.
    todo = waiting[:]
    waiting.clear()
    while todo:
        try:
            _load_entry(todo[0], table)
        except UserError:
            waiting[:] = todo
            raise
        del todo[0]
    return table


@lru_cache(maxsize=1)
def _installed() -> tuple[Registry, list[metadata.EntryPoint]]:
    """The catalogue, and the entry points that are still to be read."""
    return default_registry(), list(metadata.entry_points(group=ENTRY_POINTS))


def _load_entry(entry: metadata.EntryPoint, table: Registry) -> None:
    """An entry point names a module that registers, a function that does, a Component, or a list of them."""
    package = f" of the installed package {entry.dist.name}" if entry.dist else ""
    advice = f" Until it is repaired: pip uninstall {entry.dist.name}." if entry.dist else ""
    label = f'plugin "{entry.name} = {entry.value}" ({ENTRY_POINTS}){package}'
    with _reading(_Plugin(label, entry.module, None, advice), table):
        found = entry.load()
        if isinstance(found, ModuleType):
            return  # it registered when it was imported
        if inspect.isclass(found):
            raise UserError(
                f"{entry.value} is a class, and an entry point has no place to say what it is. Name a module, or a "
                f"function without arguments, that calls register_learner or register_forecaster with it."
            )
        if callable(found):
            found(*([] if _takes(found, 0) else [table]))
            return
        components = list(found) if isinstance(found, (list, tuple)) else [found]
        if not all(isinstance(component, Component) for component in components):
            raise UserError(f"{entry.value} is {found!r}. Name a module that registers, or a function that does.")
        for component in components:
            table.add(component, lambda name: is_name(name, table))


# -- the Python door ------------------------------------------------------------------------------------------------
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
        kind: the class, or a function that makes the regressor; its parameters are the settings.
        summary: one line for `hybridts models`.
        version: change it when the same settings would give other numbers; empty hashes the source.

    Raises:
        NameTaken: the name is registered or already parses.
        UserError: it cannot be made without arguments, or its methods have other arguments.
    """
    made = _made(name, kind)
    if not hasattr(made, "build"):  # settings that build a learner themselves
        other = "; a class with fit(y) and predict(h) goes to register_forecaster"
        _check_method(name, made, ("fit", "X", "y"), _LEARNER + other)
        _check_method(name, made, ("predict", "X"), _LEARNER)
    _add(Component(name, "learner", kind, Text(name, name), Text(summary, summary), version=version))


def register_forecaster(name: str, kind: Any, *, summary: str = "", version: str = "") -> None:
    """Add a forecaster of your own as a token.

    Args:
        name: its token.
        kind: a class with ``fit(panel, horizon, gap, seed)`` whose result has ``forecast(panel, origins)``; or a
            plain class with ``fit(y)`` and ``predict(h)``, which is refitted at every origin.
        summary: one line for `hybridts models`.
        version: change it when the same settings would give other numbers; empty hashes the source.

    Raises:
        NameTaken: the name is registered or already parses.
        UserError: it cannot be made without arguments, or its methods have other arguments.
    """
    made = _made(name, kind)
    spoken = _speaks_protocol(name, made)
    if not spoken:
        other = "; a regressor with fit(X, y) and predict(X) goes to register_learner"
        _check_method(name, made, ("fit", "y"), _FORECASTER + other)
        _check_method(name, made, ("predict", "h"), _FORECASTER)
    target = UserKind(kind, Speaking.of if spoken else PerOrigin)
    _add(Component(name, "statistical", target, Text(name, name), Text(summary, summary), version=version))


def _add(component: Component) -> None:
    table = registry()
    table.add(component, lambda name: is_name(name, table))


def _made(name: str, kind: Any) -> Any:
    """One of its kind with default settings: every token alone is a name that must work."""
    if not callable(kind):
        given = type(kind).__name__
        raise UserError(
            f"{name}: expected a class, found an object of {given}. Give the class itself, {given}; settings stand "
            f"beside the name, as settings={{{name!r}: {{...}}}}."
        )
    try:
        return kind()
    except Exception as cause:  # whatever a constructor of somebody else's raises
        raise UserError(
            f"{name}: {_label(kind)}() without arguments raised {type(cause).__name__}: {cause}. Give every parameter "
            f"of the constructor a default; settings={{{name!r}: {{...}}}} override them."
        ) from cause


def _check_method(name: str, made: Any, call: tuple[str, ...], needs: str) -> None:
    """Refuse an object on which a method cannot be called like this: its name, then its arguments by position."""
    method, *arguments = call
    found = getattr(made, method, None)
    label = type(made).__name__
    who = label if label == name else f"{name}: {label}"
    if not callable(found):
        raise UserError(f"{who} has no method {method!r}; {needs}.")
    if not _takes(found, len(arguments)):
        raise UserError(
            f"{who}.{method}{inspect.signature(found)} cannot be called as {method}({', '.join(arguments)}); {needs}."
        )


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Whether it can be called with so many arguments by position; compiled code that does not say is believed."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def _speaks_protocol(name: str, made: Any) -> bool:
    taken = _parameters(getattr(made, "fit", None))
    if taken[:4] == ("panel", "horizon", "gap", "seed"):
        _check_method(name, made, ("fit", *taken[:4]), _FORECASTER)
        return True
    return False


def _parameters(function: Any) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()


def is_learner(kind: Any) -> bool:
    """Whether a class fits a table, fit(X, y), rather than a series or a panel."""
    fit: Any = getattr(_made(_label(kind), kind), "fit", None)
    names = _parameters(fit)
    return names[:1] == ("X",) or (names[:1] != ("panel",) and not _takes(fit, 1) and _takes(fit, 2))


def _label(kind: Any) -> str:
    return getattr(kind, "__name__", None) or repr(kind)


# -- forecasters of users -------------------------------------------------------------------------------------------
class UserKind:
    """A user's class as a component: calling it with settings makes the wrapped forecaster."""

    def __init__(self, kind: Any, wrap: Callable[[Any, Mapping[str, Any]], Any]) -> None:
        self.wrap = wrap
        self.__wrapped__ = kind  # where `inspect` looks for the source that a stage's key hashes
        self.__name__ = _label(kind)
        names = setting_names(kind)
        if names is not None:
            self.setting_names = names

    def __call__(self, **settings: Any) -> Any:
        try:
            self.__wrapped__(**settings)  # wrong settings are refused now
        except (TypeError, ValueError):
            raise
        except Exception as cause:
            raise ValueError(f"{type(cause).__name__}: {cause}") from cause
        return self.wrap(self.__wrapped__, settings)


@dataclass(frozen=True)
class Speaking:
    """A class that speaks the protocol; what its fit answers is looked at before anybody relies on it."""

    model: Any

    @classmethod
    def of(cls, kind: Any, settings: Mapping[str, Any]) -> Any:
        """The class with settings; one that speaks an optional protocol as well knows what it does."""
        model = kind(**settings)
        return model if isinstance(model, (Reusing, Warm, PerSeries)) else cls(model)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> Fitted:
        """The class's own fit.

        Raises:
            StageFailure: it answers nothing that forecasts.
        """
        fitted: Any = self.model.fit(panel, horizon, gap, seed)
        if not callable(getattr(fitted, "forecast", None)):
            raise StageFailure(
                f"{type(self.model).__name__}.fit answered {type(fitted).__name__}, which has no forecast(panel, "
                "origins). Return an object that has it, such as self."
            )
        full = isinstance(fitted, (Explaining, Joining, Quantiled, Weighted))
        return fitted if full else Spoken(fitted, getattr(fitted, "notes", {}), getattr(fitted, "failures", {}))


@dataclass(frozen=True, eq=False)
class Spoken:
    """What a user's fit answered, with empty notes and failures where it has none."""

    fitted: Any
    notes: Mapping[str, Any]
    failures: Mapping[str, str]

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H], if the class keeps to it."""
        return _numbers(self.fitted.forecast(panel, origins), f"{type(self.fitted).__name__}.forecast")


def _numbers(answer: Any, who: str) -> FloatArray:
    try:
        return np.asarray(answer, dtype=float)
    except (TypeError, ValueError) as cause:
        raise StageFailure(f"{who} answered {type(answer).__name__}, which is no array of numbers: {cause}.") from cause


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
        """[M, H].

        Raises:
            StageFailure: the class raised, or answered something else than one number a step; says on which series.
        """
        answer = np.empty((len(origins), self.ahead[0]))
        for row, (series, position) in enumerate(zip(origins.series, origins.position, strict=True)):
            past = panel.series(int(series))[: position + 1].copy()
            try:
                answer[row] = self._one(past)
            except HybridtsError as cause:
                raise type(cause)(f"{cause} Series {panel.ids[int(series)]!r}, {len(past)} values.") from cause
            except Exception as cause:  # whatever a class of somebody else's raises
                where = f"on series {panel.ids[int(series)]!r}, {len(past)} values"
                text = f"{_label(self.kind)} raised {type(cause).__name__} {where}: {cause}"
                raise StageFailure(text) from cause
        return answer

    def _one(self, past: FloatArray) -> FloatArray:
        """[H] after these values."""
        horizon, gap = self.ahead
        model = self.kind(**self.settings)
        fitted = model.fit(past)
        answering = fitted if callable(getattr(fitted, "predict", None)) else model
        call = f"{_label(self.kind)}.predict({gap + horizon})"
        values = _numbers(answering.predict(gap + horizon), call).ravel()
        if len(values) != gap + horizon:
            raise StageFailure(f"{call} answered {len(values)} values, expected {gap + horizon}.")
        return values[gap:]


# -- plugin modules -------------------------------------------------------------------------------------------------
def load_plugins(modules: Iterable[str], folder: Path | None = None) -> None:
    """Import modules, or run files, that register components and combos when they are imported.

    One that fails leaves nothing behind: it can be corrected and loaded again.

    Args:
        modules: dotted names, or paths of .py files (relative ones from `folder`, else from the current one).
        folder: where relative paths start.

    Raises:
        UserError: naming the file, the line and what to change.
    """
    for module in modules:
        _load(module, folder)


class _Loaded(NamedTuple):
    """A plugin that was loaded, and the names it registered."""

    module: ModuleType
    names: tuple[str, ...]


#: By the file's full path, or the dotted name.
_LOADED: dict[str, _Loaded] = {}


class _Plugin(NamedTuple):
    """A plugin that is being read.

    Attributes:
        label: what messages call it; the path as the user wrote it.
        module: its dotted name; file: its path, where it is a file.
        advice: what a message may end with.
    """

    label: str
    module: str
    file: Path | None
    advice: str = ""


def _load(module: str, folder: Path | None = None) -> _Loaded:
    file = _file(module, folder)
    key = module if file is None else str(file.resolve())
    if key not in _LOADED:
        table = registry()
        before = set(table.names())
        with _reading(_Plugin(f"plugin {module}", module, file), table):
            loaded = importlib.import_module(module) if file is None else _run_file(file)
        _LOADED[key] = _Loaded(loaded, tuple(n for n in table.names() if n not in before))
    return _LOADED[key]


def _file(module: str, folder: Path | None) -> Path | None:
    """The file that a plugin's name means; None for a dotted name."""
    if not module.endswith(".py"):
        if not all(part.isidentifier() for part in module.split(".")):
            raise UserError(f"plugin {module!r} is neither the path of a .py file nor a dotted module name.")
        return None
    given = Path(module).expanduser()
    found = [path for path in ((folder or Path()) / given, given) if path.is_file()]
    if not found:
        at = dict.fromkeys(str(path.resolve()) for path in ((folder or Path()) / given, given))
        raise UserError(f"there is no plugin file {' nor '.join(at)}. Correct the path, or give a dotted module name.")
    return found[0]


def _run_file(file: Path) -> ModuleType:
    """Run a file as a module of a name of its own: numpy.py as a plugin must not become numpy for everybody."""
    digest = hashlib.blake2b(str(file.resolve()).encode(), digest_size=4).hexdigest()
    name = f"{file.stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    # Worker processes cannot import a file by its name; loky sends them what this package, its own, tells it to.
    importlib.import_module("cloudpickle").register_pickle_by_value(module)
    return module


@contextmanager
def _reading(plugin: _Plugin, table: Registry) -> Iterator[None]:
    """Whatever goes wrong inside takes back what was registered, and becomes a message with file and line."""
    tables = {name: dict(held) for name, held in vars(table).items()}
    modules = set(sys.modules)
    try:
        yield
    except (Exception, SystemExit) as cause:
        for name, held in tables.items():
            vars(table)[name] = held
        root = plugin.module.partition(".")[0]
        for name in set(sys.modules) - modules:
            if plugin.file is None and name.partition(".")[0] == root:
                del sys.modules[name]  # else the next import would not run, and register, it again
        place = _place(cause, plugin)
        correct = "Correct that line." if place else "Correct it."
        raise UserError(f"{plugin.label}{place}: {_problem(cause, plugin, correct)}{plugin.advice}") from cause


def _place(cause: BaseException, plugin: _Plugin) -> str:
    """The plugin's line that the error came from; its file too, where the label does not say it."""
    if isinstance(cause, SyntaxError) and cause.filename:
        places = [(cause.filename, cause.lineno)]
    else:
        home = _home(plugin)
        frames = [f for f in traceback.extract_tb(cause.__traceback__) if not f.filename.startswith("<")]
        places = [(f.filename, f.lineno) for f in frames if home and Path(f.filename).resolve().is_relative_to(home)]
    if not places:
        return ""
    file, line = places[-1]
    said = plugin.file is not None and Path(file).resolve() == plugin.file.resolve()
    return f", line {line}" if said else f" ({file}, line {line})"


def _home(plugin: _Plugin) -> Path | None:
    """The plugin's file, or the folder of the package that it is part of."""
    if plugin.file is not None:
        return plugin.file.resolve()
    try:
        spec = importlib.util.find_spec(plugin.module.partition(".")[0])
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or ())
    return Path(folders[0] if folders else spec.origin or plugin.module).resolve()


def _problem(cause: BaseException, plugin: _Plugin, correct: str) -> str:
    """What is wrong, and what to change."""
    if isinstance(cause, HybridtsError):
        return str(cause)
    if isinstance(cause, SyntaxError):
        text = f" in {cause.text.strip()!r}" if cause.text else ""
        return f"Python cannot read it: {cause.msg}{text}. {correct}"
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        return _missing(cause.name, plugin)
    said = str(cause).rstrip(".")
    return f"it raised {type(cause).__name__}{': ' if said else ''}{said}. {correct}"


def _missing(module: str, plugin: _Plugin) -> str:
    """What to do about a module that is not there."""
    top = module.partition(".")[0]
    folder = Path() if plugin.file is None else plugin.file.parent
    beside = folder / f"{top}.py"
    if plugin.file is None and f"{plugin.module}.".startswith(f"{module}."):
        instead = f"give the path of the file: {beside}" if beside.is_file() else "give the path of a .py file"
        return f"there is no module {module!r} that can be imported here. Install it, or {instead}."
    if beside.is_file():
        return (
            f"it imports {top!r}, and the folder of {beside} is not searched for modules. Set PYTHONPATH to that "
            "folder, or put both into one file."
        )
    return (
        f"it imports {module!r}, which is not installed here. Install the package that holds it (perhaps: pip install "
        f"{top}), or remove the import."
    )


def resolve(target: str) -> Any:
    """What "module:object" (or "file.py:object") means, for `hybridts check`: a registered name, or a class.

    Raises:
        UserError: the module cannot be loaded, or holds nothing of that name.
    """
    module, _, wanted = target.rpartition(":") if ":" in target else (target, "", "")
    loaded = _load(module)
    listing = ", ".join(loaded.names) or "none"
    if not wanted:
        raise UserError(f"{target!r} does not say what to check. Write {module}:NAME; names it registers: {listing}.")
    table = registry()
    kind = getattr(loaded.module, wanted, None)
    if callable(kind):
        names = (c.name for c in table.components() if getattr(c.target, "__wrapped__", c.target) is kind)
        return next(names, kind)
    if not is_name(wanted, table) and table.combo(wanted) is None:
        classes = [name for name, held in vars(loaded.module).items() if inspect.isclass(held)]
        hint = did_you_mean(wanted, [*loaded.names, *classes])
        raise UserError(f"{module} has no class or name {wanted!r}.{hint} Names it registers: {listing}.")
    return wanted
