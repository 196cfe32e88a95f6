"""A block that a user registered: a torch module [B, T, C] -> [B, T', C'] of their own, and its settings.

The constructor of the module is given what it needs to know of its input: a parameter without a default (or with the
default None) whose name says channels or rows gets their number. All other parameters are settings of the block.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from hybridts.errors import StageFailure, UserError
from hybridts.models.neural.blocks.shape import Built, Shape
from hybridts.models.settings import NO_SETTINGS, FrozenSettings

if TYPE_CHECKING:
    from hybridts.models.neural.layers import Module

#: What a parameter of the constructor is told: C, T, or whether the head reads the output.
Told = Literal["channels", "length", "last"]
_CHANNELS = (
    "c channels inchannels inputchannels nchannels numchannels cin inputsize inputdim indim din dinput nin infeatures "
    "inputfeatures nfeatures numfeatures features"
)
_LENGTH = (
    "t length window rows seqlen seqlength sequencelength inputlength inputlen timesteps nsteps contextlength lookback"
)
#: Name of a parameter in lower case, without underscores -> what it is told.
TOLD: Mapping[str, Told] = {
    **dict.fromkeys(_CHANNELS.split(), "channels"),
    **dict.fromkeys(_LENGTH.split(), "length"),
    "last": "last",
}
#: Names that a first parameter without a default may not have: they are settings, and have nothing to do with C.
_SIZES = ("hidden", "unit", "filter", "kernel", "layer", "depth", "dropout", "head", "out", "rate", "rank", "expan")


@dataclass(frozen=True, kw_only=True)
class OwnBlock:
    """Settings of a registered block.

    Attributes:
        name: its token.
        kind: its class, or the function that makes it.
        settings: arguments of the constructor.
        code: identifies the code of the module, so that other code never uses its prior; "" if it cannot be read.
    """

    name: str
    kind: Any
    settings: FrozenSettings = NO_SETTINGS
    code: str = ""

    @property
    def stepwise(self) -> bool:
        """Return whether the class says that it reads its input step by step (``stepwise = True``)."""
        return bool(getattr(self.kind, "stepwise", False))

    def plain(self) -> dict[str, Any]:
        """Return the block as JSON-ready data; other code is another block."""
        return {"block": self.name, "settings": self.settings.arguments(), "code": self.code}

    def build(self, shape: Shape, last: bool) -> Built:
        """See `Block`.

        Raises:
            StageFailure: the module cannot be made for this input, or does not answer [B, T', C'].
        """
        from hybridts.models.neural.layers.own import output_of

        module = self.made(shape, last)
        length, channels = output_of(self.name, module, shape.length, shape.channels)
        return module, Shape(length, channels)

    def made(self, shape: Shape, last: bool) -> Module:
        """Return the module for this input, unchecked; raises as `build`."""
        from hybridts.models.neural.layers.own import made

        known = {"channels": shape.channels, "length": shape.length, "last": last}
        given = {name: known[what] for name, what in told(self.kind).items()}
        return made(self.name, self.kind, {**given, **self.settings.arguments()})

    def on_example(self, length: int, channels: int) -> Module:
        """Return the module for windows of an example."""
        return self.made(Shape(length, channels), last=True)


class OwnBlockKind:
    """A user's module as a component: calling it with settings makes an `OwnBlock`.

    Args:
        name: its token.
        kind: a subclass of `torch.nn.Module`, or a function that makes one.

    Raises:
        UserError: a parameter of its constructor has no default, and its name does not say what it is.
    """

    def __init__(self, name: str, kind: Any) -> None:
        self.name = name
        self.__wrapped__ = kind  # where `inspect` looks for the source that a stage's key hashes
        self.__name__ = name
        names = _settings_of(name, kind)
        if names is not None:
            self.setting_names = names
        self._checked: set[FrozenSettings] = set()

    def __call__(self, **settings: Any) -> OwnBlock:
        """Return the block.

        Raises:
            ValueError: the module cannot be made with these settings.
        """
        block = OwnBlock(name=self.name, kind=self.__wrapped__, settings=FrozenSettings(settings))
        if block.settings not in self._checked:
            from hybridts.models.neural.layers.own import check_constructor

            check_constructor(block.on_example)
            self._checked.add(block.settings)
        return block


def check_block(kind: OwnBlockKind) -> None:
    """Check a module with default settings on an example window.

    Raises:
        UserError: it cannot be made, or does not map [B, T, C] to [B, T', C'].
    """
    from hybridts.models.neural.layers.own import check_module

    try:
        check_module(kind.name, OwnBlock(name=kind.name, kind=kind.__wrapped__).on_example)
    except StageFailure as cause:
        raise UserError(str(cause)) from cause


def is_module(kind: Any) -> bool:
    """Return whether this is a class of torch modules; torch is not imported for it."""
    return inspect.isclass(kind) and any(
        base.__name__ == "Module" and base.__module__.startswith("torch.nn") for base in kind.__mro__
    )


def told(kind: Any) -> dict[str, Told]:
    """Return parameter of the constructor -> what it is told of its input.

    By name; a first parameter without a default whose name says nothing gets the channels.
    """
    found: dict[str, Told] = {}
    required = []
    for parameter in _parameters(kind):
        if parameter.default is None or parameter.default is parameter.empty:
            what = TOLD.get(parameter.name.replace("_", "").casefold())
            if what is not None and what not in found.values():
                found[parameter.name] = what
            elif parameter.default is parameter.empty:
                required.append(parameter.name)
    if required and "channels" not in found.values() and not any(size in required[0].casefold() for size in _SIZES):
        found[required[0]] = "channels"
    return found


def _parameters(kind: Any) -> list[inspect.Parameter]:
    """Return the parameters that have a name."""
    if _without_constructor(kind):
        return []
    try:
        given = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in given if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _settings_of(name: str, kind: Any) -> tuple[str, ...] | None:
    """Return the settings; None if the constructor accepts any."""
    filled = told(kind)
    others = [p for p in _parameters(kind) if p.name not in filled]
    for parameter in others:
        if parameter.default is parameter.empty:
            raise UserError(
                f"{name}: the parameter {parameter.name!r} of its constructor has no default. Give it one (settings="
                f"{{{name!r}: {{{parameter.name!r}: ...}}}} override it); the number of input channels is given to a "
                "parameter named `channels`, the number of rows to one named `length`."
            )
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise UserError(f"{name}: the parameter {parameter.name!r} of its constructor must be usable by keyword.")
    if _without_constructor(kind):
        return ()
    try:
        open_ended = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(kind).parameters.values())
    except (TypeError, ValueError):
        open_ended = True
    return None if open_ended else tuple(p.name for p in others)


def _without_constructor(kind: Any) -> bool:
    """Return whether a class of modules has no constructor of its own; that of torch shows no parameters."""
    return is_module(kind) and kind.__init__.__module__ == "torch.nn.modules.module"
