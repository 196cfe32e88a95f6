"""A forecast taken apart: the base, each correction with its gate, members with their weights, and the limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybridts.app.forecast_table import table_of
from hybridts.engine.graph import CorrectTask
from hybridts.hybrids.ensemble_weights import median_shares
from hybridts.hybrids.fitted import FittedChain, FittedEnsemble
from hybridts.hybrids.upstream import MemberAverage, StageOutput, Upstream
from hybridts.models.protocols import Fitted
from hybridts.names.recipe import Chain, Ensemble, Node, Stage

if TYPE_CHECKING:
    import pandas as pd

    from hybridts.data.panel import FloatArray, Origins, Panel
    from hybridts.engine.engine import Finished
    from hybridts.models.forecast import Forecast

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
    return _complete(list(_parts(fitted, root, panel, origins)), forecast)


def parts_of_stages(finished: Finished, root: Node, name: str, forecast: Forecast) -> list[Part]:
    """Return the parts of a forecast from the finished stages of a run, whose models were not kept.

    An ensemble with learned weights is one part, for these are not stored for each series.

    Args:
        finished: the stages; name: in their plan.
        root: the expression of the name.
        forecast: what was answered.
    """
    source = finished.plan.answers[name, 0]
    return _complete(list(_of_stages(finished, root, source, forecast.origins)), forecast.mean)


def _of_stages(finished: Finished, node: Node | Stage, source: Upstream, origins: Origins) -> Iterator[Part]:
    if isinstance(node, Chain) and len(node.stages) == 1:
        yield from _of_stages(finished, node.stages[0], source, origins)
        return
    after = source.forecast(origins, finished.store).mean
    task = finished.plan.tasks[source.key] if isinstance(source, StageOutput) else None
    if isinstance(node, Chain) and isinstance(task, CorrectTask):
        yield from _of_stages(finished, Chain(node.stages[:-1], node.rules), task.source, origins)
        change = after - task.source.forecast(origins, finished.store).mean
        weights = finished.outcome.records[task.key].get("notes", {}).get("gate", ())
        gate = np.broadcast_to(np.asarray(weights, float) if len(weights) else np.ones(after.shape[1]), after.shape)
        value = np.divide(change, gate, out=np.zeros_like(change), where=gate > 0)
        yield Part(str(node.stages[-1]), "correction", gate, value, change)
    elif isinstance(node, Ensemble) and isinstance(source, MemberAverage):
        stacked = np.stack([member.forecast(origins, finished.store).mean for member in source.members])
        equal = np.full(stacked.shape, 1.0 / len(stacked))
        shares = median_shares(stacked) if source.how == "median" else equal
        for member, value, weight in zip(node.members, stacked, shares, strict=True):
            yield Part(str(member), "member", weight, value, _times(weight, value))
    else:
        yield Part(str(node), "base", np.ones_like(after), after, after)


def _complete(found: list[Part], forecast: FloatArray) -> list[Part]:
    """Return the parts with what the limits changed, adding up exactly."""
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


def table_of_parts(parts: Sequence[Part], panel: Panel, origins: Origins, forecast: FloatArray) -> pd.DataFrame:
    """Return unique_id, ds and `COLUMNS`: a row per series, step and part."""
    import pandas as pd

    tables = []
    for place, part in enumerate(parts):
        values = (part.factor, part.value, part.contribution, forecast)
        table = table_of(panel, origins, dict(zip(COLUMNS[2:], values, strict=True)))
        tables.append(table.assign(part=part.name, kind=part.kind, place=place, row=np.arange(len(table))))
    every = pd.concat(tables).sort_values(["row", "place"], kind="stable", ignore_index=True)
    return every[["unique_id", "ds", *COLUMNS]]
