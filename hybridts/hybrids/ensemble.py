"""An ensemble as a stage: members that finished, their weights, one forecast; it goes on without the others."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.errors import StageFailure
from hybridts.hybrids.ensemble_weights import Shares, fixed, learn_shares
from hybridts.hybrids.hindcast_rows import ForecastSpec, combined_rows
from hybridts.hybrids.settings import LEARNED, Combining, How
from hybridts.hybrids.upstream import FinishedStages, Upstream, out_of_fold_arrays, with_forecast
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import Hindcasts

#: A member with fewer hindcasts than the most any has, divided by this, is left out of a learned ensemble: weights are
#: learned on what all members answered. Folds of networks may be half as wide as those of local models, or little less.
FEWEST_OF = 4


@dataclass(frozen=True, eq=False)
class EnsembleStage:
    """An ensemble to be combined at one cutoff.

    Attributes:
        label: its name in messages.
        how: mean, median, or a rule that learns weights; options: settings of that rule.
        members: where their forecasts come from; names: what notes call them.
        spec: horizon, gap, seed.
        deeper: later stages need its out-of-fold forecasts.
    """

    label: str
    how: How
    options: Combining
    members: tuple[Upstream, ...]
    names: tuple[str, ...]
    spec: ForecastSpec
    deeper: bool


class Combined(NamedTuple):
    """Which members of an ensemble count, and their weights."""

    members: tuple[int, ...]
    shares: Shares


class EnsembleResult(NamedTuple):
    """What an ensemble leaves.

    Attributes:
        combined: the members that count, with weights.
        forecast: [M, H] at the origins asked for.
        arrays: stored out-of-fold forecasts, where later stages need them.
        notes: JSON-ready facts; failures: series id -> why it has no forecast.
    """

    combined: Combined
    forecast: Forecast
    arrays: dict[str, np.ndarray]
    notes: dict[str, Any]
    failures: dict[str, str]


def combine(stage: EnsembleStage, seen: Panel, origins: Origins, stages: FinishedStages) -> EnsembleResult:
    """Combine the members that finished; learn their weights first where the rule learns any.

    Args:
        stage: the ensemble.
        seen: the panel at the cutoff.
        origins: [M] where forecasts are asked for.
        stages: the finished stages.

    Raises:
        StageFailure: no member finished.
    """
    there = [i for i, m in enumerate(stage.members) if all(stages.has(key) for key in m.required())]
    if not there:
        raise StageFailure(f"{stage.label}: none of its {len(stage.members)} members finished; see their failures.")
    if stage.how in LEARNED:
        members, shares, arrays = _learned(stage, there, seen, stages)
    else:
        members, shares, arrays = there, fixed(stage.how, len(seen), len(there)), {}
    asked = [stage.members[i].forecast(origins, stages).mean for i in members]
    forecast = Forecast(origins, shares.apply(asked, origins.series))
    notes = _notes(stage, shares, there, members)
    used = {stage.names[i]: values for i, values in zip(members, asked, strict=True)}
    gaps = _missing_somewhere(used, notes.get("weights", used), origins, seen)
    notes |= {"notices": gaps} if gaps else {}
    silent = np.unique(origins.series[forecast.missing])
    failures = {seen.ids[i]: f"Series {seen.ids[i]!r}: no member has a forecast; see theirs." for i in silent}
    return EnsembleResult(Combined(tuple(members), shares), forecast, arrays, notes, failures)


def _learned(
    stage: EnsembleStage, there: Sequence[int], seen: Panel, stages: FinishedStages
) -> tuple[list[int], Shares, dict[str, np.ndarray]]:
    """Members that count, their weights from the hindcasts they have in common, out-of-fold forecasts if needed."""
    rows = [with_forecast(stage.members[i].out_of_fold(seen, stages, stage.spec)) for i in there]
    most = max(map(len, rows))
    used = [k for k, r in enumerate(rows) if len(r) * FEWEST_OF >= most]  # the others would hide most rows
    rows = [rows[k] for k in used]

    def learn_on(known: Sequence[Hindcasts]) -> Shares:
        return learn_shares(stage.how, stage.options, known, len(seen), stage.spec.reach)

    arrays = out_of_fold_arrays(combined_rows(rows, seen, stage.spec, learn_on)) if stage.deeper else {}
    return [there[k] for k in used], learn_on(rows), arrays


def _notes(stage: EnsembleStage, shares: Shares, there: Sequence[int], members: Sequence[int]) -> dict[str, Any]:
    """Return the weights, and the members without them: not finished, or with too few hindcasts."""
    left_out = [name for i, name in enumerate(stage.names) if i not in there]
    unproven = [stage.names[i] for i in there if i not in members]
    without = {"members_left_out": left_out, "members_unproven": unproven}
    weights = shares.notes([stage.names[i] for i in members])
    return {**weights, **{key: names for key, names in without.items() if names}}


def _missing_somewhere(
    forecasts: Mapping[str, FloatArray], weighed: Container[str], origins: Origins, panel: Panel
) -> list[str]:
    """Return a notice for every member with a weight that has no forecast for some series; the others share it."""
    found = []
    for name, forecast in forecasts.items():
        silent = np.unique(origins.series[~np.isfinite(forecast).all(axis=1)])
        if name in weighed and len(silent):
            more = f" and {len(silent) - 1} more" if len(silent) > 1 else ""
            found.append(f"goes on without {name} for series {panel.ids[silent[0]]!r}{more}: it has no forecast there.")
    return found
