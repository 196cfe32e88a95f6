"""The recipe of a name: a frozen, hashable tree of stages that prints as an expression."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hybridts.hybrids.settings import DEFAULT_CHAIN, LEARNED, ChainSettings, CombineMethod
from hybridts.models.settings import NO_SETTINGS, FrozenSettings

Kind = Literal["statistical", "neural", "learner", "baseline"]
Settings = Mapping[str, Mapping[str, Any]]

#: Key of the settings of all networks of a name: window, steps, rate ...
NETWORK = "Network"

#: Key of the settings of all chains of a name: what later stages learn from, how they are combined.
CHAIN = "Chain"


@dataclass(frozen=True)
class Token:
    """One component and the settings given to it."""

    name: str
    settings: FrozenSettings = NO_SETTINGS

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Serial:
    """Neural blocks in sequence, trained end to end."""

    parts: tuple[Net, ...]

    def __str__(self) -> str:
        return "-".join(str(p) for p in self.parts)


@dataclass(frozen=True)
class Parallel:
    """Neural branches on the same input, their features concatenated."""

    parts: tuple[Net, ...]

    def __str__(self) -> str:
        return "(" + "|".join(str(p) for p in self.parts) + ")"


@dataclass(frozen=True)
class TwoStep:
    """Networks trained in turn: the left one is frozen, its features are the input of the right one."""

    parts: tuple[Net, ...]

    def __str__(self) -> str:
        return ">".join(str(p) for p in self.parts)


Net = Token | Serial | Parallel | TwoStep


@dataclass(frozen=True)
class Stage:
    """A model that is fitted: one component, or one network."""

    kind: Kind
    body: Net
    network: FrozenSettings = NO_SETTINGS  # training settings of a neural stage

    def __str__(self) -> str:
        return str(self.body)

    def tokens(self) -> list[Token]:
        """Return the tokens of this stage, left to right."""
        return list(tokens_of(self.body))

    def identity(self) -> str:
        """Return structure and settings as text: keys of stored results and random seeds are made of it."""
        settings = [f"{t.name}{t.settings}" for t in self.tokens()]
        return f"{self.kind}:{self.body}:{';'.join(settings)}:{self.network}"


@dataclass(frozen=True)
class Chain:
    """A base and the corrections after it; only the base may be an ensemble.

    Attributes:
        stages: the base, then the corrections.
        rules: of all corrections.
        said: names of the rules that settings have set, even to their defaults; not compared.
    """

    stages: tuple[Stage | Ensemble, ...]
    rules: ChainSettings = DEFAULT_CHAIN
    said: frozenset[str] = field(default=frozenset(), compare=False, repr=False)

    def __str__(self) -> str:
        return "-".join(self._spell(i) for i in range(len(self.stages)))

    def _spell(self, i: int) -> str:
        stage = self.stages[i]
        if isinstance(stage, Ensemble):
            return f"({stage})" if stage.how == "mean" else str(stage)
        beside = (*self.stages[max(i - 1, 0) : i], *self.stages[i + 1 : i + 2])
        closed = stage.kind == "neural" and any(isinstance(s, Stage) and s.kind == "neural" for s in beside)
        return f"({stage})" if closed else str(stage)

    def prefixes(self) -> list[Chain]:
        """Return this chain cut after its first, second ... last stage."""
        rules = [self.rules if i else DEFAULT_CHAIN for i in range(len(self.stages))]  # a base alone has no corrections
        return [Chain(self.stages[: i + 1], rules[i]) for i in range(len(self.stages))]


@dataclass(frozen=True)
class Ensemble:
    """Members and how they are combined: with fixed weights, or with weights learned from their hindcasts."""

    members: tuple[Node, ...]
    how: CombineMethod = "mean"
    settings: FrozenSettings = NO_SETTINGS  # of a learned combination
    loose: bool = False  # members without a forecast are left out, as in learned ones
    candidates: bool = False  # the data choose among the members, see `names.auto`

    def __str__(self) -> str:
        if self.how != "mean":
            return f"{self.how}({', '.join(map(str, self.members))})"
        return " + ".join(f"({m})" if isinstance(m, Ensemble) and m.how == "mean" else str(m) for m in self.members)

    @property
    def learned(self) -> bool:
        """Return whether its weights are learned from hindcasts."""
        return self.how in LEARNED


Node = Chain | Ensemble


@dataclass(frozen=True)
class Recipe:
    """A display name and the tree of stages that it means."""

    name: str
    root: Node

    def __str__(self) -> str:
        return self.name

    def stages(self) -> list[Stage]:
        """Return all stages of the tree, left to right."""
        return list(stages_of(self.root))


def tokens_of(net: Net) -> Iterator[Token]:
    """Yield the tokens of a network expression, left to right."""
    if isinstance(net, Token):
        yield net
    else:
        for part in net.parts:
            yield from tokens_of(part)


def settings_in(recipe: Recipe) -> dict[str, dict[str, Any]]:
    """Return part -> settings given to it: NAME, then NAME@2; those of networks and chains under their own keys."""
    found: dict[str, dict[str, Any]] = {}
    seen: Counter[str] = Counter()

    def note(name: str, values: Mapping[str, Any]) -> None:
        seen[name] += 1
        if values:
            found[name if seen[name] == 1 else f"{name}@{seen[name]}"] = dict(values)

    def visit(node: Node | Stage) -> None:
        if isinstance(node, Stage):
            for token in node.tokens():
                note(token.name, token.settings.arguments())
            if node.kind == "neural":
                note(NETWORK, node.network.arguments())
            return
        for part in _below(node):
            visit(part)
        if isinstance(node, Ensemble):
            note(node.how, node.settings.arguments())
        elif len(node.stages) > 1:
            note(CHAIN, node.rules.given())

    visit(recipe.root)
    return found


def combinations_in(node: Node | Stage) -> Counter[str]:
    """Count the ways of combining that a tree uses."""
    if isinstance(node, Stage):
        return Counter()
    own = Counter({str(node.how): 1} if isinstance(node, Ensemble) else {})
    return sum((combinations_in(part) for part in _below(node)), own)


def has_chain(node: Node | Stage) -> bool:
    """Return whether a tree has a stage that corrects another."""
    if isinstance(node, Chain) and len(node.stages) > 1:
        return True
    parts: tuple[Node | Stage, ...] = () if isinstance(node, Stage) else _below(node)
    return any(has_chain(part) for part in parts)


def _below(node: Node) -> tuple[Node | Stage, ...]:
    return node.members if isinstance(node, Ensemble) else node.stages


def stages_of(node: Node | Stage) -> Iterator[Stage]:
    """Yield the stages of a tree, left to right."""
    if isinstance(node, Stage):
        yield node
        return
    for part in _below(node):
        yield from stages_of(part)
