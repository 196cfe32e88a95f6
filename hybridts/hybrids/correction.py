"""Corrections: a chain is base + gate(1) x correction(1) + gate(2) x correction(2) + ...

A correction learns from out-of-fold rows only, its gate from rows newer than those. It hands out-of-fold rows to the
next correction: the row of an origin uses no value after that origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import StageFailure
from hybridts.hybrids.gate import UNJUDGED, Gate, closed, held_open, lack_of_evidence, learn_gate
from hybridts.hybrids.hindcast_rows import (
    ALL_ROWS,
    ForecastSpec,
    RowMask,
    first_origins,
    known_until,
    rows_at,
)
from hybridts.hybrids.settings import ChainSettings
from hybridts.hybrids.upstream import FinishedStages, Upstream, held_out_arrays, out_of_fold_arrays, with_forecast
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import Corrector, FittedCorrection, Hindcasts, RowByRow


# -- one correction -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class GatedCorrection:
    """A fitted correction with its gate; None instead of a correction where the gate is closed."""

    gate: Gate
    correction: FittedCorrection | None

    def apply(self, panel: Panel, rows: Hindcasts, mask: RowMask = ALL_ROWS) -> FloatArray:
        """Return [M, H] forecast + gate x correction for the M rows in the mask; the forecast itself if closed."""
        forecast = rows.forecast[mask]
        if self.correction is None or not self.gate.open or not len(forecast):
            return forecast
        return forecast + self.gate.weight * _correct_rows(self.correction, panel, rows, mask)

    def change(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """Return [M, H] the correction of M rows before the gate; 0 if it is closed. `apply` adds gate x change."""
        if self.correction is None or not self.gate.open or not len(rows):
            return np.zeros_like(rows.forecast)
        return _correct_rows(self.correction, panel, rows, ALL_ROWS)

    def notes(self) -> dict[str, Any]:
        """Return JSON-ready facts for the report."""
        model = {} if self.correction is None else dict(self.correction.notes)
        return {**self.gate.notes(), **model}


def learn(
    corrector: Corrector, panel: Panel, rows: Hindcasts, spec: ForecastSpec, *, local: bool, open_gate: bool = False
) -> GatedCorrection:
    """Learn the gate on the newest rows, then fit the correction on all rows.

    Args:
        corrector: fits the correction.
        panel: cut at the cutoff.
        rows: out-of-fold rows up to the cutoff.
        spec: horizon, gap, seed.
        local: every stage before this one fits each series alone; so does every stage on a panel of one series.
        open_gate: use the correction in full, without evidence (an ablation).
    """
    return _learned_with_trials(corrector, panel, rows, spec, local=local, open_gate=open_gate)[0]


def _learned_with_trials(
    corrector: Corrector, panel: Panel, rows: Hindcasts, spec: ForecastSpec, *, local: bool, open_gate: bool
) -> tuple[GatedCorrection, FloatArray]:
    """Return what `learn` does, and [M, H] the corrections that its gate was learned from; NaN where none judged."""
    horizon, local = spec.horizon, local or len(panel) == 1
    change = np.full_like(rows.forecast, np.nan)
    if len(rows) == 0:
        why = "too little data for a fold: no out-of-fold errors to learn from"
        return GatedCorrection(closed(horizon, why), None), change
    if not np.isfinite(rows.target).any():
        why = "too little data: no out-of-fold error is known yet"
        return GatedCorrection(closed(horizon, why), None), change
    if open_gate:
        return GatedCorrection(held_open(horizon), corrector.fit(panel, rows, horizon, spec.gap, spec.seed)), change
    trials = _trials(panel, rows, spec)
    if not trials:
        why = "too little data: no out-of-fold errors older than those of the gate"
        return GatedCorrection(closed(horizon, why), None), change
    judged = np.any([trial.judged for trial in trials], axis=0)
    lack = lack_of_evidence(rows[judged], spec.reach, local=local)
    if lack:
        return GatedCorrection(closed(horizon, lack), None), change
    change = _held_out(corrector, trials, panel, rows, spec)
    judged &= np.isfinite(change).all(axis=1)
    gate = learn_gate(rows[judged], change[judged], spec.reach, local=local)
    if not gate.open:
        return GatedCorrection(gate, None), change
    return GatedCorrection(gate, corrector.fit(panel, rows, horizon, spec.gap, spec.seed)), change


def held_out_rows(
    corrector: Corrector, panel: Panel, rows: Hindcasts, spec: ForecastSpec, learned: tuple[GatedCorrection, FloatArray]
) -> Hindcasts:
    """Return the rows whose errors are those of a corrected forecast out of sample, for intervals.

    Under a closed gate these are all rows as they are. Else they are the rows that judged the correction, plus the
    gate times the trial's correction, which had not seen them; no correction is fitted again. With `gate: open`
    nothing was judged, so the trials are fitted here.
    """
    gated, change = learned
    if not len(rows) or gated.correction is None or not gated.gate.open:
        return rows
    if not np.isfinite(change).any():
        trials = _trials(panel, rows, spec)
        if not trials:
            return rows[np.zeros(len(rows), dtype=bool)]
        change = _held_out(corrector, trials, panel, rows, spec)
    judged = np.isfinite(change).all(axis=1)
    forecast = rows.forecast[judged] + gated.gate.weight * change[judged]
    return replace(rows[judged], forecast=forecast)


def _correct_rows(correction: FittedCorrection, panel: Panel, rows: Hindcasts, mask: RowMask) -> FloatArray:
    """Return [M, H] the correction of the M rows in the mask; the other rows serve as their history if it uses one."""
    if isinstance(correction, RowByRow):
        return correction.correct(panel, rows[mask])
    return correction.correct(panel, rows)[mask]


def _held_out(
    corrector: Corrector, trials: Sequence[_Trial], panel: Panel, rows: Hindcasts, spec: ForecastSpec
) -> FloatArray:
    """Return [M, H] the correction of each row by its trial; NaN where none judges it or its trial cannot be fitted.

    Raises:
        Exception: the newest trial, which knows the most, cannot be fitted either.
    """
    change = np.full_like(rows.forecast, np.nan)
    for trial in trials:
        try:
            fitted = corrector.fit(panel.cut(trial.first, spec.reach), trial.older, spec.horizon, spec.gap, spec.seed)
        except Exception as cause:
            if isinstance(cause, MemoryError) or trial is trials[-1]:
                raise
            continue  # too few rows: later trials know more
        change[trial.judged] = _correct_rows(fitted, panel, rows, trial.judged)
    return change


class _Trial(NamedTuple):
    """A correction fitted on older rows only, to be judged on newer ones.

    Attributes:
        first: [N] first origin that is judged.
        older: the rows to fit, without any target after `first`.
        judged: [M] which rows are judged.
    """

    first: IntArray
    older: Hindcasts
    judged: npt.NDArray[np.bool_]


def _trials(panel: Panel, rows: Hindcasts, spec: ForecastSpec) -> list[_Trial]:
    """Return the trials whose judged rows are the evidence of a gate, oldest first.

    One a fold, for all folds but the two oldest, which hold the least that a correction can learn from. With two folds
    the newer one is judged, with one its newer half.
    """
    folds = np.unique(rows.fold)
    if len(folds) == 1:
        middle = _middle_origins(panel, rows)
        judged = rows.origins.position >= middle[rows.origins.series]
        return _trials_with_targets([_Trial(middle, known_until(rows[~judged], middle, spec), judged)])
    found = []
    for fold in folds[min(UNJUDGED, len(folds) - 1) :]:
        judged = rows.fold == fold
        first = first_origins(panel, rows.origins[judged])
        found.append(_Trial(first, known_until(rows[rows.fold < fold], first, spec), judged))
    return _trials_with_targets(found)


def _trials_with_targets(trials: list[_Trial]) -> list[_Trial]:
    """Return the trials that have something to fit."""
    return [trial for trial in trials if np.isfinite(trial.older.target).any()]


def _middle_origins(panel: Panel, rows: Hindcasts) -> IntArray:
    """Return [N] the middle of the origins of each series."""
    first = first_origins(panel, rows.origins)
    last = np.full(len(panel), -1)
    np.maximum.at(last, rows.origins.series, rows.origins.position)
    return np.where(last >= 0, (first + last + 1) // 2, first)


def corrected_rows(
    corrector: Corrector, panel: Panel, rows: Hindcasts, spec: ForecastSpec, *, local: bool, open_gate: bool = False
) -> Hindcasts:
    """Return out-of-fold rows after a correction: fold k is corrected by a correction learned on older folds.

    The oldest fold stays as it is. Arguments as in `learn`.
    """
    forecast = rows.forecast.copy()
    for k in np.unique(rows.fold)[1:]:
        in_fold = rows.fold == k
        start = np.minimum(first_origins(panel, rows.origins[in_fold]), panel.lengths - 1)
        earlier_panel = panel.cut(start, spec.reach)
        earlier = known_until(rows[rows.fold < k], start, spec)
        try:
            learned = learn(corrector, earlier_panel, earlier, spec, local=local, open_gate=open_gate)
        except MemoryError:
            raise
        except Exception as cause:  # a user's learner may refuse fewer rows than the correction itself has
            learned = GatedCorrection(closed(spec.horizon, str(cause)), None)
        up_to = rows[rows.fold <= k]
        forecast[in_fold] = learned.apply(panel, up_to, up_to.fold == k)
    return replace(rows, forecast=forecast)


# -- a correction as a stage --------------------------------------------------------------------------------------
class CorrectionResult(NamedTuple):
    """Result of a correction.

    Attributes:
        learned: the correction with its gate.
        forecast: [M, H] the corrected forecast at the origins of the stage.
        arrays: out-of-fold forecasts to store, where later stages need them.
        notes: JSON-ready facts.
    """

    learned: GatedCorrection
    forecast: Forecast
    arrays: dict[str, np.ndarray]
    notes: dict[str, Any]


@dataclass(frozen=True, eq=False)
class CorrectionStage:
    """A correction to learn at one cutoff.

    Attributes:
        label: its name in messages.
        corrector: fits the correction.
        upstream: the stage to correct.
        local: every stage upstream fits each series alone.
        rules: settings of its chain.
        spec: horizon, gap, seed.
        needs_oof: later stages need its out-of-fold forecasts.
        held_out: intervals need its errors out of sample.
    """

    label: str
    corrector: Corrector
    upstream: Upstream
    local: bool
    rules: ChainSettings
    spec: ForecastSpec
    needs_oof: bool
    held_out: bool = False


def correct(
    stage: CorrectionStage, seen: Panel, visible: Panel, origins: Origins, stages: FinishedStages
) -> CorrectionResult:
    """Learn a correction on out-of-fold forecasts and add it to the forecast of its upstream.

    Args:
        stage: the correction.
        seen: the panel at the cutoff: all that may be learned from.
        visible: the panel up to the last of `origins`.
        origins: [M] origins to forecast from.
        stages: the finished stages.

    Raises:
        StageFailure: the correction is not finite where the forecast before it is.
    """
    corrector, spec, open_gate = stage.corrector, stage.spec, stage.rules.gate == "open"
    rows = with_forecast(stage.upstream.out_of_fold(seen, stages, spec))
    learned, change = _learned_with_trials(corrector, seen, rows, spec, local=stage.local, open_gate=open_gate)
    before = stage.upstream.forecast(origins, stages).mean
    to_correct = rows_at(visible, origins, before, np.full(len(origins), -1), spec)
    forecast = Forecast(origins, learned.apply(visible, to_correct))
    _refuse_new_gaps(forecast.mean, before, stage.label)
    arrays = {}
    if stage.needs_oof:
        corrected = corrected_rows(corrector, seen, rows, spec, local=stage.local, open_gate=open_gate)
        arrays = out_of_fold_arrays(corrected)
    if stage.held_out:
        known = rows if len(rows) else with_forecast(stage.upstream.hindcasts(seen, stages, spec))
        if stage.rules.residuals == "in_sample":  # these errors are smaller than those to come
            known = rows[np.zeros(len(rows), dtype=bool)]
        arrays |= held_out_arrays(held_out_rows(corrector, seen, known, spec, (learned, change)))
    notes = learned.notes()
    warnings = [*notes.get("notices", ()), *stage.rules.warnings()]
    return CorrectionResult(learned, forecast, arrays, notes | ({"notices": warnings} if warnings else {}))


def _refuse_new_gaps(forecast: FloatArray, before: FloatArray, label: str) -> None:
    """Raise if the correction made a finite forecast non-finite."""
    bad = (~np.isfinite(forecast) & np.isfinite(before)).any(axis=1)
    if bad.any():
        raise StageFailure(f"{label}: the correction is not finite at {int(bad.sum())} origins.")
