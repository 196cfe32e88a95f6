"""Corrections of a fitted model that have no model of a series: local ones, of a series that the fit did not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hybridts.hybrids.multiplicative import FittedMultiplicative
from hybridts.models.protocols import Fitted
from hybridts.models.statistical.residual_series import FittedResiduals
from hybridts.names.recipe import Ensemble, Node, Recipe, Stage


def left_out(recipe: Recipe, fitted: Fitted, names: Sequence[str]) -> list[str]:
    """Return a sentence on every correction that leaves out one of these series."""
    sentences = []
    for stage, known in _local_corrections(recipe.root, fitted):
        unseen = [name for name in names if name not in known]
        if unseen:
            more = f" and {len(unseen) - 1} more" if len(unseen) > 1 else ""
            sentences.append(
                f"{recipe.name}: series {unseen[0]!r}{more} was not in the fit, so that the correction {stage}, which "
                "fits each series alone, is left out there. Fit again with this series."
            )
    return sentences


def _local_corrections(node: Node | Stage, fitted: Any) -> Iterator[tuple[str, Any]]:
    """Yield every open correction that fits series alone, with the series it knows."""
    if isinstance(node, Stage):
        return
    if isinstance(node, Ensemble):
        for member, each in zip(node.members, fitted.members, strict=True):
            if each is not None:
                yield from _local_corrections(member, each)
    elif len(node.stages) == 1:
        yield from _local_corrections(node.stages[0], fitted)
    else:
        yield from _local_corrections(node.stages[0], fitted.base)
        for stage, learned in zip(node.stages[1:], fitted.corrections, strict=True):
            found = learned.correction
            found = found.fitted if isinstance(found, FittedMultiplicative) else found
            if isinstance(found, FittedResiduals) and found.model is not None and learned.gate.open:
                yield str(stage), found.history
