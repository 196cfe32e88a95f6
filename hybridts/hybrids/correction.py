"""Chain and ensemble: the two ways to combine.

A chain is base + gate(1) x correction(1) + ... Every correction learns from honest rows only, is gated on rows newer
than those it learned from, and hands honest rows on to the next one: a row at an origin is built without any value
after that origin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import StageFailure
from hybridts.hybrids.gate import Gate, closed, held_open, learn_gate, too_little
from hybridts.hybrids.hindcast_rows import (
    EVERY,
    ForecastSpec,
    Wanted,
    first_origins,
    known_until,
    rows_at,
)
from hybridts.hybrids.settings import Rules
from hybridts.hybrids.upstream import FinishedStages, Upstream, out_of_fold_arrays, with_forecast
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import Corrector, FittedCorrection, Hindcasts, RowByRow

# -- rows ---------------------------------------------------------------------------------------------------------


# -- one correction -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Learned:
    """A correction with its gate; no model is kept where the gate is closed."""

    gate: Gate
    correction: FittedCorrection | None

    def after(self, panel: Panel, rows: Hindcasts, wanted: Wanted = EVERY) -> FloatArray:
        """[wanted, H] forecast so far + gate x correction; exactly the forecast so far where the gate is closed."""
        so_far = rows.forecast[wanted]
        if self.correction is None or not self.gate.open or not len(so_far):
            return so_far
        return so_far + self.gate.share * _changes(self.correction, panel, rows, wanted)

    def notes(self) -> dict[str, Any]:
        """JSON-ready facts for the report."""
        model = {} if self.correction is None else dict(self.correction.notes)
        return {**self.gate.notes(), **model}


def learn(
    corrector: Corrector, panel: Panel, rows: Hindcasts, frame: ForecastSpec, *, own: bool, open_gate: bool = False
) -> Learned:
    """Gate from the newest rows, then the correction refitted on all rows.

    Args:
        corrector: the stage.
        panel: cut at the cutoff; nothing later is visible.
        rows: honest rows up to the cutoff.
        frame: horizon, gap, seed.
        own: every stage before this one fits each series alone.
        open_gate: the correction is used in full, whatever the evidence (an ablation).
    """
    if len(rows) == 0:
        return Learned(closed(frame.horizon, "too little data for a fold: no honest errors to learn from"), None)
    if not np.isfinite(rows.target).any():
        return Learned(closed(frame.horizon, "too little data: no honest error is known yet"), None)
    if open_gate:
        return Learned(held_open(frame.horizon), corrector.fit(panel, rows, frame.horizon, frame.gap, frame.seed))
    first = _gate_start(panel, rows)
    older, newer = _split(rows, first, frame)
    if not np.isfinite(older.target).any():
        return Learned(closed(frame.horizon, "too little data: no honest errors older than the gate's"), None)
    lack = too_little(rows[newer], frame.reach, apart=own)
    if lack:
        return Learned(closed(frame.horizon, lack), None)
    trial = corrector.fit(panel.cut(first, frame.reach), older, frame.horizon, frame.gap, frame.seed)
    change = _changes(trial, panel, rows, newer)
    gate = learn_gate(rows[newer], change, frame.reach, apart=own)
    if not gate.open:
        return Learned(gate, None)
    return Learned(gate, corrector.fit(panel, rows, frame.horizon, frame.gap, frame.seed))


def _changes(correction: FittedCorrection, panel: Panel, rows: Hindcasts, wanted: Wanted) -> FloatArray:
    """[wanted, H] what a correction says of some rows; the others are its history, shown unless it looks at none."""
    if isinstance(correction, RowByRow):
        return correction.correct(panel, rows[wanted])
    return correction.correct(panel, rows)[wanted]


def _gate_start(panel: Panel, rows: Hindcasts) -> IntArray:
    """[N] the first origin the gate is judged on, per series: the newest fold, or the newer half of the only one."""
    newest = rows.fold == rows.fold.max()
    first = first_origins(panel, rows.origins[newest])
    if newest.all():
        last = np.full(len(panel), -1)
        np.maximum.at(last, rows.origins.series, rows.origins.position)
        first = np.where(last >= 0, (first + last + 1) // 2, first)
    return first


def _split(rows: Hindcasts, first: IntArray, frame: ForecastSpec) -> tuple[Hindcasts, np.ndarray]:
    """Older rows, purged of every target after the first gate origin of their series, and which rows are newer."""
    start = first[rows.origins.series]
    newer = rows.origins.position >= start
    older = rows[~newer]
    return known_until(older, first, frame), newer


def corrected_rows(
    corrector: Corrector, panel: Panel, rows: Hindcasts, frame: ForecastSpec, *, own: bool, open_gate: bool = False
) -> Hindcasts:
    """Honest rows after a correction, for the next stage: fold k is corrected by what older folds taught."""
    forecast = rows.forecast.copy()
    for k in np.unique(rows.fold)[1:]:
        mine = rows.fold == k
        start = np.minimum(first_origins(panel, rows.origins[mine]), panel.lengths - 1)
        then = panel.cut(start, frame.reach)
        earlier = known_until(rows[rows.fold < k], start, frame)
        try:
            learned = learn(corrector, then, earlier, frame, own=own, open_gate=open_gate)
        except MemoryError:
            raise
        except Exception as cause:  # a learner of anyone's, on fewer rows than the correction itself has
            learned = Learned(closed(frame.horizon, str(cause)), None)
        upto = rows[rows.fold <= k]
        forecast[mine] = learned.after(panel, upto, upto.fold == k)
    return replace(rows, forecast=forecast)


# -- fitted forms -------------------------------------------------------------------------------------------------


# -- a correction as a stage --------------------------------------------------------------------------------------
class CorrectionResult(NamedTuple):
    """What a correction leaves.

    Attributes:
        learned: the correction with its gate.
        forecast: [M, H] the corrected forecast at the origins asked for.
        arrays: stored out-of-fold forecasts, where later stages need them.
        notes: JSON-ready facts.
    """

    learned: Learned
    forecast: Forecast
    arrays: dict[str, np.ndarray]
    notes: dict[str, Any]


@dataclass(frozen=True, eq=False)
class CorrectionStage:
    """A correction to be learned at one cutoff.

    Attributes:
        label: its name in messages.
        corrector: fits the correction.
        upstream: what it corrects; own: every stage there fits each series alone.
        rules: settings of its chain.
        spec: horizon, gap, seed.
        deeper: later stages need its out-of-fold forecasts.
    """

    label: str
    corrector: Corrector
    upstream: Upstream
    own: bool
    rules: Rules
    spec: ForecastSpec
    deeper: bool


def correct(
    stage: CorrectionStage, seen: Panel, visible: Panel, origins: Origins, stages: FinishedStages
) -> CorrectionResult:
    """Learn a correction on out-of-fold forecasts and add it to the forecast so far.

    Args:
        stage: the correction.
        seen: the panel at the cutoff: what may be learned from.
        visible: the panel up to the last of `origins`.
        origins: [M] where forecasts are asked for.
        stages: the finished stages.

    Raises:
        StageFailure: the correction is not finite where the forecast before it is.
    """
    corrector, spec, open_gate = stage.corrector, stage.spec, stage.rules.gate == "open"
    rows = with_forecast(stage.upstream.out_of_fold(seen, stages, spec))
    learned = learn(corrector, seen, rows, spec, own=stage.own, open_gate=open_gate)
    before = stage.upstream.forecast(origins, stages).mean
    answers = rows_at(visible, origins, before, np.full(len(origins), -1), spec)
    forecast = Forecast(origins, learned.after(visible, answers))
    _refuse_new_gaps(forecast.mean, before, stage.label)
    arrays = {}
    if stage.deeper:
        corrected = corrected_rows(corrector, seen, rows, spec, own=stage.own, open_gate=open_gate)
        arrays = out_of_fold_arrays(corrected)
    notes = learned.notes()
    warnings = [*notes.get("notices", ()), *stage.rules.warnings()]
    return CorrectionResult(learned, forecast, arrays, notes | ({"notices": warnings} if warnings else {}))


def _refuse_new_gaps(forecast: FloatArray, before: FloatArray, label: str) -> None:
    """A correction may not turn a finite forecast into one that is not."""
    bad = (~np.isfinite(forecast) & np.isfinite(before)).any(axis=1)
    if bad.any():
        raise StageFailure(f"{label}: the correction is not finite at {int(bad.sum())} origins.")
