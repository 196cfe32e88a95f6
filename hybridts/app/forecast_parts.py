"""A forecast taken apart: the base, each correction with its gate, members with their weights, and the limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybridts.hybrids.fitted import FittedChain, FittedEnsemble
from hybridts.models.protocols import Fitted
from hybridts.names.recipe import Chain, Ensemble, Node, Stage

if TYPE_CHECKING:
    from hybridts.data.panel import FloatArray, Origins, Panel

#: Columns of the table of parts after those of the series and the time.
COLUMNS = ("part", "kind", "factor", "value", "contribution", "forecast")


@dataclass(frozen=True, eq=False)
class Part:
    """One part of a forecast.

    Attributes:
        name: the stage or member, after the members that it is inside of.
        kind: "base", "member", "correction" or "limits".
        factor: [M, H] gate of a correction or weight of a member, times those of the members around it; 1 of a base.
        value: [M, H] before the factor, in the units of the data.
        contribution: [M, H] factor x value: the contributions of all parts add up to the forecast.
    """

    name: str
    kind: str
    factor: FloatArray
    value: FloatArray
    contribution: FloatArray


def parts_of(fitted: Fitted, root: Node, panel: Panel, origins: Origins, forecast: FloatArray) -> list[Part]:
    """Return the parts of a forecast in the order of the name; their contributions add up to it.

    Args:
        fitted: the fitted name.
        root: its expression.
        panel, origins: as in `Fitted.forecast`.
        forecast: [M, H] what was answered: the sum of all stages within the limits of the data.
    """
    found = list(_parts(fitted, root, panel, origins))
    total = _total(found)
    if (np.abs(forecast - total) > 1e-9 * np.maximum(np.abs(total), 1e-300)).any():
        one, cut = np.ones_like(total), forecast - total
        found.append(Part("limits", "limits", one, cut, cut))
    return _exact(found, forecast)


def _parts(fitted: Fitted, node: Node | Stage, panel: Panel, origins: Origins) -> Iterator[Part]:
    if isinstance(node, Chain):
        if len(node.stages) == 1:
            yield from _parts(fitted, node.stages[0], panel, origins)
            return
        assert isinstance(fitted, FittedChain)
        yield from _parts(fitted.base, node.stages[0], panel, origins)
        changes = fitted.changes(panel, origins)
        for stage, learned, change in zip(node.stages[1:], fitted.corrections, changes, strict=True):
            gate = np.broadcast_to(learned.gate.weight, change.shape)
            yield Part(str(stage), "correction", gate, change, gate * change)
    elif isinstance(node, Ensemble):
        assert isinstance(fitted, FittedEnsemble)
        yield from _of_members(fitted, node, panel, origins)
    else:
        value = fitted.forecast(panel, origins)
        yield Part(str(node), "base", np.ones_like(value), value, value)


def _of_members(fitted: FittedEnsemble, node: Ensemble, panel: Panel, origins: Origins) -> Iterator[Part]:
    """Yield the members' parts times their weights; a member without weight anywhere has one part."""
    forecasts, weights = fitted.shares(panel, origins)
    present = [(member, m) for member, m in zip(node.members, fitted.members, strict=True) if m is not None]
    for (member, own), forecast, weight in zip(present, forecasts, weights, strict=True):
        inner = list(_parts(own, member, panel, origins)) if np.any(weight > 0) else []
        if len(inner) < 2:
            yield Part(str(member), "member", weight, forecast, _times(weight, forecast))
            continue
        for part in inner:
            kind = "member" if part.kind == "base" else part.kind
            factor = weight * part.factor
            yield Part(f"{member}: {part.name}", kind, factor, part.value, _times(weight, part.contribution))


def _times(weight: FloatArray, value: FloatArray) -> FloatArray:
    """Return weight x value, 0 where the weight is 0 even of a member without a forecast."""
    return np.asarray(np.where(weight == 0, 0.0, weight * value))


def _total(parts: Sequence[Part]) -> FloatArray:
    """Return the sum of all contributions, added in order."""
    total = np.zeros_like(parts[0].contribution)
    for part in parts:
        total = total + part.contribution
    return total


def _exact(parts: list[Part], forecast: FloatArray) -> list[Part]:
    """Return the parts with the rounding of the sum moved into the last one, so that they add up to the last digit."""
    last = parts[-1].contribution
    for _ in range(4):
        rest = forecast - _total(parts)
        if not (np.isfinite(rest) & (rest != 0)).any():
            break
        last = np.where(np.isfinite(rest), last + rest, last)
        parts[-1] = Part(parts[-1].name, parts[-1].kind, parts[-1].factor, parts[-1].value, last)
    return parts
