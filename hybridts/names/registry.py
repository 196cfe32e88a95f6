"""The registry: a table of components (tokens of the grammar) and a table of combos (whole names).

A name that is in either table, or that already parses, cannot be registered again, so every name has one meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hybridts.errors import BadSetting, NameTaken, UserError
from hybridts.hybrids.settings import COMBINE_METHODS
from hybridts.models.settings import check_settings, load_target
from hybridts.names.code_fingerprint import of_target
from hybridts.names.recipe import CHAIN, NETWORK, Settings
from hybridts.text import unseen, visible

Family = Literal["statistical", "neural", "learner", "baseline"]
FAMILIES: tuple[Family, ...] = ("statistical", "neural", "learner", "baseline")

_OURS = "hybridts."
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_.]*(-[A-Za-z0-9_.]+)*")


@dataclass(frozen=True)
class Text:
    """The same sentence in English and Chinese.

    Attributes:
        en: English; zh: Chinese.
    """

    en: str
    zh: str

    def get(self, lang: str) -> str:
        """Return the sentence in `lang`: "en" or "zh"."""
        return self.zh if lang == "zh" else self.en


_EMPTY = Text("", "")


@dataclass(frozen=True)
class Component:
    """A model or a neural block with a token of its own.

    Attributes:
        name: canonical spelling, unique ignoring case.
        family: statistical, neural, learner or baseline; it decides how the component combines with its neighbours.
        target: its settings class, or "module:attribute" that is imported on first use.
        full: full name; summary: one line; good, bad: when to use it and when not.
        source: publication that it comes from.
        aliases: other spellings of the token.
        version: changes whenever the same settings would give other numbers; "": the code itself is hashed.
    """

    name: str
    family: Family
    target: Any
    full: Text = _EMPTY
    summary: Text = _EMPTY
    good: Text = _EMPTY
    bad: Text = _EMPTY
    source: str = ""
    aliases: tuple[str, ...] = ()
    version: str = ""

    def load(self) -> Any:
        """Return the settings class; import it if necessary."""
        return load_target(self.target)

    def create(self, settings: Mapping[str, Any]) -> Any:
        """Return the component with these settings.

        Raises:
            BadSetting: an unknown key (the message suggests the nearest) or a value that the component refuses.
        """
        kind = self.load()
        check_settings(self.name, kind, settings)
        try:
            return kind(**settings)
        except BadSetting as cause:
            raise BadSetting(f"{self.name}: {cause}", cause.key, cause.value, cause.expected) from cause
        except (TypeError, ValueError) as cause:
            text = ", ".join(f"{k}={v!r}" for k, v in settings.items())
            raise BadSetting(f"{self.name}({text}): {cause}", self.name, dict(settings)) from cause

    def algorithm(self) -> str:
        """Return the declared version, else a fingerprint of the code; "" where the code cannot be read."""
        return self.version or of_target(self.target)


#: Means all published names in a list of models.
SEED_100 = "seed-100"


@dataclass(frozen=True)
class Combo:
    """A name with the meaning of an expression with settings.

    Attributes:
        name: the name; expression: its meaning.
        settings: settings by token.
        summary: one line.
        published: True for the published names of the catalogue.
        built_in: True for a combo of the catalogue that is not among them.
        candidates: its expression is an ensemble whose members are chosen by the data, see `names.auto`.
    """

    name: str
    expression: str
    settings: Settings = field(default_factory=dict)
    summary: Text = _EMPTY
    published: bool = False
    built_in: bool = False
    candidates: bool = False


_RESERVED = {
    NETWORK.casefold(): "it is the key of settings for every network",
    CHAIN.casefold(): "it is the key of settings for every chain",
    SEED_100: "it means the 100 published names",
}


@dataclass(frozen=True)
class UserMetric:
    """A metric that a user registered.

    Attributes:
        name: its name on the board.
        function: takes the actuals and the forecasts of one cell [steps], returns a number.
        larger_is_better: whether a larger value ranks first.
    """

    name: str
    function: Callable[..., float]
    larger_is_better: bool = False


class Registry:
    """Components and combos by name, ignoring case, and the metrics of users.

    Attributes:
        metrics: metrics of users by name in lower case.
    """

    def __init__(self, components: Iterable[Component] = (), combos: Iterable[Combo] = ()) -> None:
        self._components: dict[str, Component] = {}
        self._aliases: dict[str, str] = {}
        self._combos: dict[str, Combo] = {}
        self.metrics: dict[str, UserMetric] = {}
        for component in components:
            self.add(component)
        for combo in combos:
            self.add_combo(combo)

    # -- adding --------------------------------------------------------------------------------------------
    def add(self, component: Component, parses: Callable[[str], bool] | None = None) -> None:
        """Add a component.

        Args:
            component: the component.
            parses: returns whether the grammar already gives a name a meaning; None: not checked.

        Raises:
            NameTaken: the name or an alias is registered, or already parses.
            UserError: the name is not a token, or the family is unknown.
        """
        if component.family not in FAMILIES:
            known = ", ".join(FAMILIES)
            raise UserError(f"{component.name}: unknown family {component.family!r}; one of {known}.")
        for name in (component.name, *component.aliases):
            if not _TOKEN.fullmatch(name):
                raise UserError(
                    f"{name!r} cannot be a token: letters, digits, '_', '.' and inner '-' only, a letter first."
                )
            self._refuse_taken(name, parses)
        self._components[component.name.casefold()] = component
        for alias in component.aliases:
            self._aliases[alias.casefold()] = component.name

    def add_combo(self, combo: Combo, parses: Callable[[str], bool] | None = None) -> None:
        """Add a combo; `parses` as in `add`.

        The name of a published combo is an expression with the same meaning, so it may already parse.

        Raises:
            NameTaken: the name is registered or already parses.
            UserError: the name is empty, has a space at an end, or contains a character of the grammar or one that
                cannot be seen (a control character, a direction mark, a line end).
        """
        hidden = unseen(combo.name)
        if hidden:
            raise UserError(f"{visible(combo.name)!r} cannot be a combo's name: it holds {', '.join(hidden)}, unseen.")
        spaced = combo.name != combo.name.strip()
        if not combo.name or spaced or any(c in combo.name for c in "()|+>,{}"):
            why = "it has a space at an end" if spaced else "it is empty or holds one of ( ) | + > , { }"
            raise UserError(f"{combo.name!r} cannot be a combo's name: {why}.")
        if not combo.published:
            self._refuse_taken(combo.name, parses)
        self._combos[combo.name.casefold()] = combo

    def _refuse_taken(self, name: str, parses: Callable[[str], bool] | None) -> None:
        """Refuse a name that has a meaning already."""
        fold = name.casefold()
        if fold in COMBINE_METHODS:
            raise NameTaken(f"{name!r} is a way of combining names, as in {fold}(A, B). Choose another name.")
        if fold in _RESERVED:
            raise NameTaken(f"{name!r} is taken: {_RESERVED[fold]}. Choose another name.")
        tables = ((self._components, "a component"), (self._aliases, "an alias"), (self._combos, "a combo"))
        for table, what in tables:
            if fold in table:
                way = "" if self._built_in(fold) else ", or register it with replace=True"
                raise NameTaken(f"{name!r} is already registered as {what}. Choose another name{way}.")
        if parses is not None and parses(name):
            raise NameTaken(f"{name!r} already parses as a combination. Choose another name.")

    def forget(self, name: str) -> None:
        """Remove a component or combo that a user registered, if there is one of this name.

        Raises:
            NameTaken: the name is built in.
        """
        fold = name.casefold()
        if self._built_in(fold):
            raise NameTaken(f"{name!r} is built in and keeps its meaning. Choose another name.")
        self._combos.pop(fold, None)
        component = self._components.pop(fold, None)
        for alias in component.aliases if component is not None else ():
            self._aliases.pop(alias.casefold(), None)

    def _built_in(self, fold: str) -> bool:
        """Return whether a name in lower case belongs to the catalogue."""
        component, combo = self.component(fold), self._combos.get(fold)
        ours = component is not None and isinstance(component.target, str) and component.target.startswith(_OURS)
        return ours or (combo is not None and (combo.published or combo.built_in))

    # -- looking up ----------------------------------------------------------------------------------------
    def component(self, name: str) -> Component | None:
        """Return the component with this token or alias, in any case; None if there is none."""
        fold = name.casefold()
        fold = self._aliases.get(fold, fold).casefold()
        return self._components.get(fold)

    def combo(self, name: str) -> Combo | None:
        """Return the combo with this name, in any case; None if there is none."""
        return self._combos.get(name.strip().casefold())

    def tokens(self) -> list[str]:
        """Return all tokens and aliases, longest first."""
        spelled = [c.name for c in self._components.values()]
        spelled += [a for c in self._components.values() for a in c.aliases]
        return sorted(spelled, key=lambda s: (-len(s), s))

    def components(self) -> Iterator[Component]:
        """Iterate over all components in the order they were added."""
        return iter(self._components.values())

    def combos(self) -> Iterator[Combo]:
        """Iterate over all combos in the order they were added."""
        return iter(self._combos.values())

    def names(self) -> list[str]:
        """Return all names: combos, then components that are not combos too."""
        listed = [c.name for c in self._combos.values()]
        seen = {n.casefold() for n in listed}
        return listed + [c.name for c in self._components.values() if c.name.casefold() not in seen]
