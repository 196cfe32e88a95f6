"""Put settings on a recipe: each key means a part of the name, any other key is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hybridts.errors import BadSetting, did_you_mean
from hybridts.hybrids.settings import COMBINE_METHODS, ChainSettings, EnsembleSettings
from hybridts.models.neural.training_settings import Training
from hybridts.models.setting_aliases import canonical_settings
from hybridts.models.settings import FrozenSettings, check_settings, setting_names
from hybridts.names.recipe import (
    CHAIN,
    NETWORK,
    Chain,
    Ensemble,
    Net,
    Node,
    Settings,
    Stage,
    Token,
)
from hybridts.names.registry import Component, Registry


def apply_settings(root: Node, settings: Settings, registry: Registry, owner: str, *, under: bool = False) -> Node:
    """Return the tree with these settings; with `under`, settings that a combo of the tree has already stay.

    Raises:
        BadSetting: a key that no part has, an unknown setting or a wrong value.
    """
    if not settings:
        return root
    if not isinstance(settings, Mapping):
        example = "{'RF': {'trees': 200}}"
        why = f"settings must be a mapping from token to its settings, as {example}, found {settings!r}."
        raise BadSetting(why, "settings", settings)
    return _SettingsBinder(settings, registry, owner, under).bind(root)


#: Deepest nesting of settings.
_DEEPEST = 50


def plain(value: Any, depth: int = 0) -> Any:
    """Return the value with numpy scalars and arrays as Python numbers and lists.

    Raises:
        BadSetting: the value contains itself, or is nested deeper than any setting.
    """
    if depth > _DEEPEST:
        raise BadSetting(f"settings are nested deeper than {_DEEPEST} levels, or contain themselves.", "settings")
    if isinstance(value, Mapping):
        return {key: plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(plain(inner, depth + 1) for inner in value) if type(value) in (list, tuple) else value
    if isinstance(value, np.ndarray):
        return plain(value.tolist(), depth + 1)
    return value.item() if isinstance(value, np.generic) else value


class _SettingsBinder:
    """Walk a tree left to right, count its tokens, and put each setting on the part of its key."""

    def __init__(self, settings: Settings, registry: Registry, owner: str, under: bool) -> None:
        self.registry = registry
        self.owner = owner
        self.under = under
        self.seen: dict[str, int] = {}
        self.used: set[str] = set()
        self.settings: dict[str, dict[str, Any]] = {}
        for key, values in settings.items():
            if not isinstance(values, Mapping):
                raise BadSetting(
                    f"settings of {key!r} must be a mapping such as {{{key}: {{hidden: 64}}}}, found {values!r}.",
                    key,
                    values,
                )
            name = self.canonical(key)
            if name in self.settings:
                why = f"settings of {name!r} are given twice; join them under one key."
                raise BadSetting(why, key, values)
            self.settings[name] = (
                canonical_settings(NETWORK, Training, plain(values)) if name == NETWORK else plain(values)
            )

    def canonical(self, key: str) -> str:
        token, _, number = key.partition("@")
        component = self.registry.component(token)
        shared = next((key for key in (NETWORK, CHAIN) if key.casefold() == token.casefold()), None)
        name = shared or (component.name if component else token)
        name = token.casefold() if token.casefold() in COMBINE_METHODS else name
        return f"{name}@{number}" if number not in ("", "1") else name

    def bind(self, root: Node) -> Node:
        bound = self.node(root)
        unused = [k for k in self.settings if k not in self.used and k != NETWORK]
        if unused:
            has = sorted(self.seen)
            raise BadSetting(
                f"settings for {unused[0]!r}, but {self.owner} has no such part."
                f"{did_you_mean(unused[0], has)} Its parts: {', '.join(has)}.",
                unused[0],
                expected=", ".join(has),
            )
        return bound

    def joined(self, before: FrozenSettings, given: Mapping[str, Any]) -> dict[str, Any]:
        """Merge the settings that a part has already with those it is given now."""
        has = before.arguments()
        return {**given, **has} if self.under else {**has, **given}

    def node(self, node: Node) -> Node:
        if isinstance(node, Ensemble):
            return self.ensemble(node)
        stages: list[Stage | Ensemble] = []
        for s in node.stages:
            bound = self.stage(s) if isinstance(s, Stage) else self.node(s)
            assert not isinstance(bound, Chain)
            stages.append(bound)
        return self.ruled(Chain(tuple(stages), node.rules, node.said))

    def ruled(self, chain: Chain) -> Chain:
        """Return the chain with the rules of the settings; a base alone keeps its own."""
        if len(chain.stages) < 2 or CHAIN not in self.settings:
            return chain
        self.used.add(CHAIN)
        given = self.settings[CHAIN]
        check_settings(CHAIN, ChainSettings, given)
        stays = chain.said if self.under else frozenset()
        rules = ChainSettings(**{**chain.rules.given(), **{k: v for k, v in given.items() if k not in stays}})
        return Chain(chain.stages, rules, chain.said | given.keys())

    def ensemble(self, node: Ensemble) -> Ensemble:
        """Bind the members, and the settings of a learned combination under its word."""
        members = tuple(self.node(m) for m in node.members)
        key = self.numbered(node.how) if node.learned else ""
        if key not in self.settings:
            return replace(node, members=members)
        self.used.add(key)
        merged = self.joined(node.settings, self.settings[key])
        check_settings(node.how, EnsembleSettings, merged)
        EnsembleSettings(**merged)
        return replace(node, members=members, settings=FrozenSettings(merged))

    def numbered(self, name: str) -> str:
        """Return the key of the next part of this name: NAME, then NAME@2."""
        self.seen[name] = self.seen.get(name, 0) + 1
        return name if self.seen[name] == 1 else f"{name}@{self.seen[name]}"

    def stage(self, stage: Stage) -> Stage:
        training = dict(self.settings.get(NETWORK, {}))
        body = self.net(stage.body, training)
        network = self.joined(stage.network, training) if stage.kind == "neural" else {}
        if network:
            self.check_training(stage, network)
        return Stage(stage.kind, body, FrozenSettings(network))

    def check_training(self, stage: Stage, network: Mapping[str, Any]) -> None:
        """Refuse wrong training settings now, before anything is planned, naming the block that has the setting."""
        blocks = {t.name: self.registry.component(t.name) for t in stage.tokens()}
        for key in network.keys() - set(setting_names(Training) or ()):
            takers = [name for name, c in blocks.items() if c and key in (setting_names(c.load()) or ())]
            if takers:
                example = f"{{{takers[0]}: {{{key}: {network[key]}}}}}"
                raise BadSetting(
                    f"{NETWORK} has no setting {key!r}: {key} is a setting of {' and '.join(takers)}: {example}.",
                    key,
                    network[key],
                )
        check_settings(f"{stage} (training)", Training, network)
        try:
            Training(**network)
        except (TypeError, ValueError) as cause:
            raise BadSetting(f"{stage}: {NETWORK} settings: {cause}.", NETWORK, dict(network)) from cause

    def net(self, net: Net, training: dict[str, Any]) -> Net:
        if not isinstance(net, Token):
            return type(net)(tuple(self.net(p, training) for p in net.parts))
        key = self.numbered(net.name)
        if key not in self.settings:
            return net
        self.used.add(key)
        component = self.registry.component(net.name)
        assert component is not None
        own = canonical_settings(component.name, component.load(), self.settings[key])
        if component.family == "neural":
            shared, its_own = setting_names(Training) or (), setting_names(component.load()) or ()
            of_network = {
                k: own.pop(k) for k in list(own) if k in (*shared, *Training.setting_aliases) and k not in its_own
            }
            training |= canonical_settings(component.name, Training, of_network)
            _check_block(component, own, shared)
        merged = self.joined(net.settings, own)
        component.create({k: tuple(v) if isinstance(v, list) else v for k, v in merged.items()})
        return Token(net.name, FrozenSettings(merged))


def _check_block(component: Component, settings: Mapping[str, Any], shared: tuple[str, ...]) -> None:
    """Refuse a setting that neither a block nor the training of its network has, listing both."""
    allowed = setting_names(component.load())
    for key in settings:
        if allowed is not None and key not in allowed:
            listing = f"{', '.join(sorted(allowed)) or 'none'}; those of every network: {', '.join(sorted(shared))}"
            close = did_you_mean(key, (*allowed, *shared))
            why = f"{component.name} has no setting {key!r}.{close} Its settings: {listing}."
            raise BadSetting(why, key, settings[key], listing)
