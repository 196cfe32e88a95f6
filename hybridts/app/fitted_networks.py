"""The trained networks of a fitted model, by the names of their stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hybridts.models.protocols import Fitted
from hybridts.names.recipe import Ensemble, Node, Recipe, Stage


def networks_of(recipe: Recipe, fitted: Fitted) -> dict[str, Any]:
    """Return the neural stages of a recipe and their fitted networks; None where a closed gate kept no network.

    A second stage of the same name is NAME@2, as in settings. Members that share one fit are listed once.
    """
    return _unique_names(_networks(recipe.root, fitted))


def _networks(node: Node | Stage, fitted: Any) -> Iterator[tuple[str, Any]]:
    """Yield every neural stage of a tree and its fitted network, left to right."""
    if isinstance(node, Stage):
        if node.kind == "neural":
            yield str(node), fitted
    elif isinstance(node, Ensemble):
        for member, each in zip(node.members, fitted.members, strict=True):
            yield from _networks(member, each)
    elif len(node.stages) == 1:
        yield from _networks(node.stages[0], fitted)
    else:
        yield from _networks(node.stages[0], fitted.base)
        for stage, learned in zip(node.stages[1:], fitted.corrections, strict=True):
            yield from _networks(stage, learned.correction)


def _unique_names(found: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Number equal names: NAME, NAME@2; leave out a fit that is listed already."""
    named: dict[str, Any] = {}
    count: dict[str, int] = {}
    for name, value in found:
        if value is not None and any(value is other for other in named.values()):
            continue
        count[name] = count.get(name, 0) + 1
        named[name if count[name] == 1 else f"{name}@{count[name]}"] = value
    return named
