"""Fitted stages as JSON and arrays, and back.

Encoding knows plain values, arrays, the dataclasses of `hybridts.models` and `hybridts.hybrids`, networks, boosters,
scikit-learn estimators, and objects of classes that the user registered. Anything else is refused while saving.

Decoding makes only objects of these kinds: a name in a file is looked up among the dataclasses of this package, in the
table of rules below, or among the components that are registered in this process. No name is imported from elsewhere,
and no function that a file names is called.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from hybridts.app.saved_model.own_classes import OwnClasses
from hybridts.errors import DataError, UserError
from hybridts.models.settings import FrozenSettings

#: Packages of this one whose dataclasses and named tuples may be stored.
HOMES = ("models.", "hybrids.", "names.recipe:")
#: Older places of classes -> today's, so that models stored before a move are opened.
MOVED: Mapping[str, str] = {}
#: Functions that fitted models hold.
RULES = {
    "last value": "hybridts.models.statistical.baselines:_repeat",
    "last season": "hybridts.data.seasonal:seasonal_naive",
    "line": "hybridts.models.statistical.baselines:_line",
}
_TAG = "$"
_PLACE = re.compile(r"[a-z_][a-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*")
_NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
#: Kinds of arrays that are stored.
_ARRAYS = "biuf"


class Parts(NamedTuple):
    """What a tree of JSON refers to.

    Attributes:
        arrays: by number.
        weights: arrays of networks, by number of the network and name.
        blobs: file name -> content, in formats of other libraries.
        needs: tokens of components of the user, which must be registered to open the model.
    """

    arrays: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    blobs: dict[str, bytes]
    needs: dict[str, dict[str, str]]


def no_parts() -> Parts:
    """Return empty parts, to be filled."""
    return Parts({}, {}, {}, {})


# -- writing ------------------------------------------------------------------------------------------------------
class Encoder:
    """Turns objects into JSON; arrays and files are collected in `parts`.

    Args:
        own: classes of the user.

    Attributes:
        parts: grows.
    """

    def __init__(self, own: OwnClasses) -> None:
        self.own = own
        self.parts = no_parts()
        self._nodes: dict[int, dict[str, Any]] = {}  # object -> its JSON, so that what is shared is stored once
        self._alive: list[Any] = []  # frozen forms, whose identity must not be used again
        self._count = 0

    def encode(self, value: Any, where: str) -> Any:
        """Return a value as JSON.

        Args:
            value: the value.
            where: its place, for messages.

        Raises:
            UserError: it cannot be stored without pickle.
        """
        if value is None or type(value) in (bool, str):
            return value
        if type(value) in (int, float):
            return _number(value)
        if isinstance(value, np.generic):
            return {_TAG: "scalar", "dtype": value.dtype.name, "value": _number(value.item())}
        if isinstance(value, np.ndarray):
            return self._array(value, where)
        return self._collection(value, where) if _is_collection(value) else self._shared(value, where)

    def _array(self, value: np.ndarray, where: str) -> Any:
        if value.dtype.kind not in _ARRAYS:
            if value.dtype.kind in "OU" and all(isinstance(item, str) for item in value.ravel()):
                return {_TAG: "texts", "shape": list(value.shape), "items": value.ravel().tolist()}
            raise UserError(f"{where} is an array of {value.dtype}, which cannot be stored; use numbers.")
        name = str(len(self.parts.arrays))
        by_columns = value.ndim > 1 and value.flags.f_contiguous and not value.flags.c_contiguous
        self.parts.arrays[name] = np.asarray(value, order="C")
        # a product of matrices depends on their layout in the last digit
        return {_TAG: "array", "at": name, **({"order": "F"} if by_columns else {})}

    def _collection(self, value: Any, where: str) -> Any:
        if isinstance(value, Mapping):
            plain = isinstance(value, (dict, FrozenSettings)) and all(type(k) is str for k in value)
            if isinstance(value, FrozenSettings):
                return {_TAG: "settings", "json": str(value)}
            if plain and _TAG not in value:
                return {k: self.encode(v, f"{where}[{k!r}]") for k, v in value.items()}
            pairs = [[self.encode(k, where), self.encode(v, f"{where}[{k!r}]")] for k, v in value.items()]
            return {_TAG: "mapping", "items": pairs}
        if isinstance(value, (set, frozenset)):
            return {_TAG: type(value).__name__, "items": [self.encode(v, where) for v in sorted(value)]}
        items = [self.encode(v, f"{where}[{i}]") for i, v in enumerate(value)]
        return items if isinstance(value, list) else {_TAG: "tuple", "items": items}

    def _shared(self, value: Any, where: str) -> Any:
        """Encode an object, or refer to where it was encoded before."""
        if id(value) in self._nodes:
            node = self._nodes[id(value)]
            if "#" not in node:
                self._count += 1
                node["#"] = self._count
            return {_TAG: "same", "as": node["#"]}
        node = self._object(value, where)
        self._nodes[id(value)] = node
        self._alive.append(value)
        return node

    def _object(self, value: Any, where: str) -> dict[str, Any]:
        kind = type(value)
        if callable(value) and not isinstance(value, type):
            for name, place in RULES.items():
                if value is _loaded(place):
                    return {_TAG: "rule", "name": name}
        if isinstance(value, type) or getattr(value, "__qualname__", None):
            return self._component(value, where)
        if f"{kind.__module__}:{kind.__name__}" == "hybridts.models.neural.network:Network":
            return self._network(value, where)
        if kind.__module__.startswith("hybridts.models.learners") and not _is_ours(kind):
            from hybridts.models.learners.stored import frozen

            form = frozen(value)
            if form is not value:
                return self._object(form, where)
        if _is_ours(kind):
            place = f"{kind.__module__.removeprefix('hybridts.')}:{kind.__qualname__}"
            return {_TAG: place, **{k: self.encode(v, f"{where}.{k}") for k, v in _fields(value)}}
        return self._foreign(value, where)

    def _network(self, value: Any, where: str) -> dict[str, Any]:
        from hybridts.models.neural.stored_network import arrays_of

        number = str(len({name.partition(".")[0] for name in self.parts.weights}))
        self.parts.weights.update({f"{number}.{name}": array for name, array in arrays_of(value).items()})
        return {_TAG: "network", "at": number, "blueprint": self.encode(value.blueprint, f"{where}.blueprint")}

    def _foreign(self, value: Any, where: str) -> dict[str, Any]:
        """Encode an object of another library or of the user."""
        from hybridts.models.learners import stored

        form = stored.frozen(value)
        if form is not value:
            return self._object(form, where)
        if stored.is_booster(value):
            return self._blob(f"booster-{len(self.parts.blobs)}.ubj", stored.booster_bytes(value), "booster")
        if stored.is_catboost(value):
            return self._blob(f"catboost-{len(self.parts.blobs)}.cbm", stored.catboost_bytes(value), "catboost")
        token = self.own.token_of(type(value))
        own = self.own.names_of(token) if token is not None else ()
        if stored.is_estimator(value):
            data = stored.estimator_bytes(value, own)
            node = self._blob(f"estimator-{len(self.parts.blobs)}.skops", data, "estimator")
            return node | ({} if token is None else {"token": self._need(token)})
        if token is None:
            raise UserError(
                f"{where} is of type {type(value).__module__}.{type(value).__qualname__}, which cannot be stored "
                "without pickle: keep numbers, texts, arrays, scikit-learn estimators, and objects of the module that "
                "you registered."
            )
        state = {k: self.encode(v, f"{where}.{k}") for k, v in vars(value).items()}
        return {_TAG: "own", "token": self._need(token), "class": type(value).__qualname__, "state": state}

    def _component(self, value: Any, where: str) -> dict[str, Any]:
        """Encode a class or a function that the user registered."""
        token = self.own.token_of(value)
        if token is None or self.own.registered(token) is not value:
            raise UserError(f"{where} is {value!r}, which cannot be stored: it is not registered under a name.")
        return {_TAG: "component", "token": self._need(token)}

    def _need(self, token: str) -> str:
        self.parts.needs[token] = self.own.described(token)
        return token

    def _blob(self, name: str, data: bytes, tag: str) -> dict[str, Any]:
        self.parts.blobs[name] = data
        return {_TAG: tag, "file": name}


def _is_collection(value: Any) -> bool:
    return isinstance(value, (Mapping, set, frozenset, list)) or type(value) is tuple


def _number(value: float | int | bool) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {_TAG: "number", "text": str(value)}
    return value


def _is_ours(kind: type) -> bool:
    """Return whether this is a dataclass or named tuple of our own that may be stored."""
    place = f"{kind.__module__.removeprefix('hybridts.')}:{kind.__qualname__}"
    home = kind.__module__.startswith("hybridts.") and place.startswith(HOMES)
    return home and (dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"))


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    names = getattr(value, "_fields", None) or [f.name for f in dataclasses.fields(value) if f.init]
    return ((name, getattr(value, name)) for name in names)


def _loaded(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


# -- reading ------------------------------------------------------------------------------------------------------
class Decoder:
    """Makes objects of JSON and parts; the inverse of `Encoder`.

    Args:
        parts: arrays and files.
        own: classes of the user that are registered in this process.
    """

    def __init__(self, parts: Parts, own: OwnClasses) -> None:
        self.parts = parts
        self.own = own
        self._shared: dict[int, Any] = {}
        self._tags: dict[Any, Callable[[Mapping[str, Any]], Any]] = {
            "number": lambda node: _NUMBERS[node["text"]],
            "scalar": lambda node: np.dtype(_known(node["dtype"])).type(self.decode(node["value"])),
            "array": lambda node: np.array(self.parts.arrays[node["at"]], order=node.get("order", "C")),
            "texts": lambda node: np.array([str(t) for t in node["items"]], dtype=object).reshape(node["shape"]),
            "tuple": lambda node: tuple(map(self.decode, node["items"])),
            "set": lambda node: set(map(self.decode, node["items"])),
            "frozenset": lambda node: frozenset(map(self.decode, node["items"])),
            "mapping": lambda node: {self.decode(k): self.decode(v) for k, v in node["items"]},
            "settings": _settings,
            "rule": lambda node: _loaded(RULES[node["name"]]),
            "network": self._network,
            "booster": self._booster,
            "catboost": self._catboost,
            "estimator": self._estimator,
            "component": lambda node: self.own.registered(str(node["token"])),
            "own": self._own,
            "same": lambda node: self._shared[node["as"]],
        }

    def decode(self, node: Any) -> Any:
        """Return the value of a node.

        Raises:
            DataError, or any of LookupError, TypeError, ValueError: the node is not one that `Encoder` makes.
        """
        if isinstance(node, list):
            return [self.decode(item) for item in node]
        if not isinstance(node, dict):
            return node
        tag: Any = node.get(_TAG)
        if tag is None:
            return {k: self.decode(v) for k, v in node.items()}
        make = self._tags.get(tag)
        made: Any = make(node) if make is not None else self._dataclass(tag, node)
        if "#" in node:
            self._shared[node["#"]] = made
        return made

    def _dataclass(self, tag: str, node: Mapping[str, Any]) -> Any:
        kind = our_class(tag)
        return kind(**{k: self.decode(v) for k, v in node.items() if k not in (_TAG, "#")})

    def _network(self, node: Mapping[str, Any]) -> Any:
        from hybridts.models.neural.stored_network import network_of

        prefix = f"{node['at']}."
        arrays = {n.removeprefix(prefix): a for n, a in self.parts.weights.items() if n.startswith(prefix)}
        return network_of(self.decode(node["blueprint"]), arrays)

    def _booster(self, node: Mapping[str, Any]) -> Any:
        from hybridts.models.learners.stored import booster_of

        return booster_of(self.parts.blobs[node["file"]])

    def _catboost(self, node: Mapping[str, Any]) -> Any:
        from hybridts.models.learners.stored import catboost_of

        return catboost_of(self.parts.blobs[node["file"]])

    def _estimator(self, node: Mapping[str, Any]) -> Any:
        from hybridts.models.learners.stored import estimator_of

        own = self.own.names_of(str(node["token"])) if "token" in node else ()
        return estimator_of(self.parts.blobs[node["file"]], own)

    def _own(self, node: Mapping[str, Any]) -> Any:
        kind = self.own.class_of(str(node["token"]), str(node["class"]))
        made: object = object.__new__(kind)
        for name, value in node["state"].items():
            object.__setattr__(made, name, self.decode(value))
        return made


def our_class(tag: str) -> Any:
    """Return the dataclass or named tuple of this package that a tag names.

    Raises:
        DataError: it names anything else.
    """
    place = MOVED.get(tag, tag)
    module, _, name = place.partition(":")
    if _PLACE.fullmatch(place) and place.startswith(HOMES) and importlib.util.find_spec(f"hybridts.{module}"):
        kind = getattr(importlib.import_module(f"hybridts.{module}"), name, None)
        if isinstance(kind, type) and kind.__module__ == f"hybridts.{module}" and _is_ours(kind):
            return kind
    raise DataError(f"it holds {tag!r}, which this hybridts does not know")


def _known(dtype: str) -> str:
    if np.dtype(dtype).kind not in _ARRAYS:
        raise DataError(f"it holds a number of type {dtype!r}")
    return dtype


def _settings(node: Mapping[str, Any]) -> FrozenSettings:
    import json

    return FrozenSettings(json.loads(node["json"]))
