"""Ensemble as a stage: weigh the members that finished and combine their forecasts; leave the others out."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.errors import StageFailure
from hybridts.hybrids.ensemble_weights import EnsembleWeights, TowardsMedian, fixed_weights, learn_weights
from hybridts.hybrids.hindcast_rows import ForecastSpec, average_rows, combined_rows
from hybridts.hybrids.settings import LEARNED, CombineMethod, EnsembleSettings
from hybridts.hybrids.upstream import FinishedStages, Upstream, held_out_arrays, out_of_fold_arrays, with_forecast
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import Hindcasts

#: A member with fewer hindcasts than the largest count divided by this is left out of a learned ensemble, because
#: weights are learned at origins that all members have. Folds of networks are about half as wide as those of local
#: models.
FEWEST_OF = 4


@dataclass(frozen=True, eq=False)
class EnsembleStage:
    """An ensemble to combine at one cutoff.

    Attributes:
        label: its name in messages.
        how: mean, median, or a rule that learns weights; options: settings of that rule.
        members: where their forecasts come from; names: their names in notes.
        spec: horizon, gap, seed.
        needs_oof: later stages need its out-of-fold forecasts.
    """

    label: str
    how: CombineMethod
    options: EnsembleSettings
    members: tuple[Upstream, ...]
    names: tuple[str, ...]
    spec: ForecastSpec
    needs_oof: bool


class Combined(NamedTuple):
    """Indices of the members that an ensemble uses, and their weights."""

    members: tuple[int, ...]
    weights: EnsembleWeights


class EnsembleResult(NamedTuple):
    """Result of an ensemble.

    Attributes:
        combined: the members in use, with weights.
        forecast: [M, H] at the origins of the stage.
        arrays: out-of-fold forecasts to store, where later stages need them.
        notes: JSON-ready facts; failures: series id -> why it has no forecast.
    """

    combined: Combined
    forecast: Forecast
    arrays: dict[str, np.ndarray]
    notes: dict[str, Any]
    failures: dict[str, str]


def combine(stage: EnsembleStage, seen: Panel, origins: Origins, stages: FinishedStages) -> EnsembleResult:
    """Combine the members that finished; learn their weights first where the rule learns them.

    Args:
        stage: the ensemble.
        seen: the panel at the cutoff.
        origins: [M] origins to forecast from.
        stages: the finished stages.

    Raises:
        StageFailure: no member finished.
    """
    finished = [i for i, m in enumerate(stage.members) if all(stages.has(key) for key in m.required())]
    if not finished:
        raise StageFailure(f"{stage.label}: none of its {len(stage.members)} members finished; see their failures.")
    if stage.how in LEARNED:
        members, weights, arrays = _learned(stage, finished, seen, stages)
    else:
        weights = fixed_weights(stage.how, len(seen), len(finished))
        members, arrays = finished, _averaged(stage, finished, seen, stages) if stage.needs_oof else {}
    forecasts = [stage.members[i].forecast(origins, stages).mean for i in members]
    forecast = Forecast(origins, weights.apply(forecasts, origins.series))
    notes = _notes(stage, weights, finished, members)
    by_name = {stage.names[i]: values for i, values in zip(members, forecasts, strict=True)}
    gaps = _missing_somewhere(by_name, notes.get("weights", by_name), origins, seen)
    notes |= {"notices": gaps} if gaps else {}
    missing = np.unique(origins.series[forecast.missing])
    failures = {seen.ids[i]: f"Series {seen.ids[i]!r}: no member has a forecast; see theirs." for i in missing}
    return EnsembleResult(Combined(tuple(members), weights), forecast, arrays, notes, failures)


def _learned(
    stage: EnsembleStage, finished: Sequence[int], seen: Panel, stages: FinishedStages
) -> tuple[list[int], EnsembleWeights, dict[str, np.ndarray]]:
    """Return the members with enough hindcasts, their learned weights, and out-of-fold forecasts if needed."""
    found = [with_forecast(stage.members[i].out_of_fold(seen, stages, stage.spec)) for i in finished]
    used, rows = _with_enough(found)

    def learn_on(known: Sequence[Hindcasts]) -> EnsembleWeights:
        return learn_weights(stage.how, stage.options, known, len(seen), stage.spec.reach)

    arrays = out_of_fold_arrays(combined_rows(rows, seen, stage.spec, learn_on)) if stage.needs_oof else {}
    if stage.needs_oof and not any(map(len, rows)):  # equal weights
        arrays |= held_out_arrays(_average(stage, finished, seen, stages))
    weights = learn_on(rows)
    if isinstance(weights, TowardsMedian):  # the median needs no hindcasts, so it has all members
        return list(finished), weights.among(used, len(finished)), arrays
    return [finished[k] for k in used], weights, arrays


def _averaged(
    stage: EnsembleStage, finished: Sequence[int], seen: Panel, stages: FinishedStages
) -> dict[str, np.ndarray]:
    """Return the hindcasts of a mean or median, of the members that have enough of them, for intervals."""
    return held_out_arrays(_average(stage, finished, seen, stages))


def _average(stage: EnsembleStage, finished: Sequence[int], seen: Panel, stages: FinishedStages) -> Hindcasts:
    rows = _with_enough([with_forecast(stage.members[i].hindcasts(seen, stages, stage.spec)) for i in finished])[1]
    return average_rows(rows, "median" if stage.how == "median" else "mean")


def _with_enough(rows: Sequence[Hindcasts]) -> tuple[list[int], list[Hindcasts]]:
    """Return the indices and rows of the members that have enough hindcasts compared with the others."""
    most = max(map(len, rows))
    used = [k for k, r in enumerate(rows) if len(r) * FEWEST_OF >= most]
    return used, [rows[k] for k in used]


def _notes(
    stage: EnsembleStage, weights: EnsembleWeights, finished: Sequence[int], members: Sequence[int]
) -> dict[str, Any]:
    """Return the weights, and the members without: those that did not finish or have too few hindcasts."""
    left_out = [name for i, name in enumerate(stage.names) if i not in finished]
    unproven = [stage.names[i] for i in finished if i not in members]
    without = {"members_left_out": left_out, "members_unproven": unproven}
    weights_of = weights.notes([stage.names[i] for i in members])
    return {**weights_of, **{key: names for key, names in without.items() if names}}


def _missing_somewhere(
    forecasts: Mapping[str, FloatArray], weighted: Container[str], origins: Origins, panel: Panel
) -> list[str]:
    """Return a notice for every weighted member that lacks a forecast for some series."""
    found = []
    for name, forecast in forecasts.items():
        missing = np.unique(origins.series[~np.isfinite(forecast).all(axis=1)])
        if name in weighted and len(missing):
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            found.append(
                f"goes on without {name} for series {panel.ids[missing[0]]!r}{more}: it has no forecast there."
            )
    return found
