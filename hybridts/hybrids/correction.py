"""Chain and ensemble: the two ways to combine.

A chain is base + gate(1) x correction(1) + ... Every correction learns from honest rows only, is gated on rows newer
than those it learned from, and hands honest rows on to the next one: a row at an origin is built without any value
after that origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel, seasonal_error
from hybridts.hybrids.ensemble_weights import Shares, shared_rows
from hybridts.hybrids.folds import Fold
from hybridts.hybrids.gate import Gate, closed, held_open, learn_gate, too_little
from hybridts.models.protocols import Corrector, Explaining, Fitted, FittedCorrection, Hindcasts, RowByRow
from hybridts.names.recipe import How

#: Which rows are asked for: [M] booleans, or all of them.
Wanted = np.ndarray | slice
EVERY = slice(None)


@dataclass(frozen=True)
class Frame:
    """What every stage of one chain shares: steps per forecast, steps left out, seed."""

    horizon: int
    gap: int
    seed: int

    @property
    def reach(self) -> int:
        """Rows after an origin until its last target."""
        return self.gap + self.horizon


# -- rows ---------------------------------------------------------------------------------------------------------
def rows_at(panel: Panel, origins: Origins, forecast: FloatArray, fold: IntArray, frame: Frame) -> Hindcasts:
    """Rows with what the panel shows of their targets and scale, ordered by series and position."""
    order = np.argsort(origins.code(), kind="stable")
    origins = origins[order]
    return Hindcasts(
        origins,
        fold[order],
        forecast[order],
        panel.targets(origins, frame.horizon, frame.gap),
        seasonal_error(panel, origins, panel.season),
    )


def honest_rows(panel: Panel, folds: Sequence[Fold], answers: Sequence[FloatArray], frame: Frame) -> Hindcasts:
    """The hindcasts of all folds as rows; `answers[j]` [M_j, H] belongs to `folds[j].origins`."""
    if not folds:
        return no_rows(frame.horizon)
    series = np.concatenate([f.origins.series for f in folds])
    position = np.concatenate([f.origins.position for f in folds])
    fold = np.concatenate([np.full(len(f.origins), f.index) for f in folds])
    return rows_at(panel, Origins(series, position), np.concatenate(answers), fold, frame)


def no_rows(horizon: int) -> Hindcasts:
    """Rows of a chain whose data are too short for any fold."""
    nothing = np.empty(0, dtype=np.int64)
    return Hindcasts(Origins(nothing, nothing), nothing, np.empty((0, horizon)), np.empty((0, horizon)), np.empty(0))


def joint_rows(members: Sequence[Hindcasts], how: How) -> Hindcasts:
    """The mean or median of members' rows, on the origins that all of them answered."""
    rows = shared_rows(members)
    return replace(rows[0], forecast=middle([r.forecast for r in rows], how))


def middle(forecasts: Sequence[FloatArray], how: How) -> FloatArray:
    """[M, H] of members' [M, H]: their mean or median; NaN where one of them is."""
    found: FloatArray = np.median(forecasts, axis=0) if how == "median" else np.mean(forecasts, axis=0)
    return found


def combined_rows(
    members: Sequence[Hindcasts], panel: Panel, frame: Frame, learn_on: Callable[[Sequence[Hindcasts]], Shares]
) -> Hindcasts:
    """Honest rows of an ensemble with learned weights: fold k by what older folds taught, the first with equal ones.

    Args:
        members: honest rows of each, seen at the cutoff.
        panel: cut at the cutoff.
        frame: horizon, gap, seed.
        learn_on: weights from the members' rows given to it.
    """
    rows = shared_rows(members)
    forecast = rows[0].forecast.copy()
    for k in np.unique(rows[0].fold):
        mine = rows[0].fold == k
        start = np.minimum(first_origins(panel, rows[0].origins[mine]), panel.lengths - 1)
        earlier = [known_until(r[r.fold < k], start, frame) for r in rows]
        shares = learn_on(earlier)
        forecast[mine] = shares.apply([r.forecast[mine] for r in rows], rows[0].origins.series[mine])
    return replace(rows[0], forecast=forecast)


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
    corrector: Corrector, panel: Panel, rows: Hindcasts, frame: Frame, *, own: bool, open_gate: bool = False
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


def first_origins(panel: Panel, origins: Origins) -> IntArray:
    """[N] the first of these origins in each series; in a series without one the same moment on a common calendar,
    for what happened to others by then must stay unknown there too; else its end."""
    first = panel.lengths.copy()
    np.minimum.at(first, origins.series, origins.position)
    if panel.aligned and len(origins):
        back = int((panel.lengths - first).max())
        without = np.setdiff1d(np.arange(len(first)), origins.series)
        first[without] = np.maximum(panel.lengths[without] - back, 0)
    return first


def _gate_start(panel: Panel, rows: Hindcasts) -> IntArray:
    """[N] the first origin the gate is judged on, per series: the newest fold, or the newer half of the only one."""
    newest = rows.fold == rows.fold.max()
    first = first_origins(panel, rows.origins[newest])
    if newest.all():
        last = np.full(len(panel), -1)
        np.maximum.at(last, rows.origins.series, rows.origins.position)
        first = np.where(last >= 0, (first + last + 1) // 2, first)
    return first


def _split(rows: Hindcasts, first: IntArray, frame: Frame) -> tuple[Hindcasts, np.ndarray]:
    """Older rows, purged of every target after the first gate origin of their series, and which rows are newer."""
    start = first[rows.origins.series]
    newer = rows.origins.position >= start
    older = rows[~newer]
    return known_until(older, first, frame), newer


def known_until(rows: Hindcasts, position: IntArray, frame: Frame) -> Hindcasts:
    """The rows as they looked when position[i] was the last visible value of series i: later targets are unknown."""
    at = rows.origins.position[:, None] + frame.gap + np.arange(1, frame.horizon + 1)
    seen = at <= position[rows.origins.series][:, None]
    return replace(rows, target=np.where(seen, rows.target, np.nan))


def corrected_rows(
    corrector: Corrector, panel: Panel, rows: Hindcasts, frame: Frame, *, own: bool, open_gate: bool = False
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
@dataclass(frozen=True, eq=False)
class FittedChain:
    """Base and learned corrections, ready to forecast from any origin at or after the cutoff.

    Attributes:
        base: the fitted first stage.
        corrections: the learned later stages, in order.
        position: [N] the cutoff: last position that was visible in fitting.
        frame: horizon, gap, seed.
    """

    base: Fitted
    corrections: tuple[Learned, ...]
    position: IntArray
    frame: Frame
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failures(self) -> Mapping[str, str]:
        """Series that the base could not be fitted on."""
        return self.base.failures

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`: a correction never takes a forecast away, so the reasons are the base's."""
        return why(self.base, panel, origins)

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`."""
        return lacks(self.base, panel, origins)

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H]."""
        wanted = dense_origins(origins, self.position) if self.corrections else origins
        rows = rows_at(panel, wanted, self.base.forecast(panel, wanted), np.full(len(wanted), -1), self.frame)
        for learned in self.corrections:
            rows = replace(rows, forecast=learned.after(panel, rows))
        return rows.forecast[np.searchsorted(rows.origins.code(), origins.code())]


@dataclass(frozen=True, eq=False)
class FittedEnsemble:
    """Fitted members and how they are combined.

    Attributes:
        members: in the order of the name; None for one that did not finish and that learned weights leave out.
        how: mean or median where nothing was learned.
        shares: learned weights of the members that are there.
    """

    members: tuple[Fitted | None, ...]
    how: How = "mean"
    shares: Shares | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def present(self) -> list[Fitted]:
        """The members that finished."""
        return [m for m in self.members if m is not None]

    @property
    def failures(self) -> Mapping[str, str]:
        """Series that any member could not be fitted on (with learned weights: that none could)."""
        every = {name: text for m in self.present for name, text in m.failures.items()}
        if self.shares is None:
            return every
        return {name: text for name, text in every.items() if all(name in m.failures for m in self.present)}

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`: a mean is as silent as any of its members."""
        return {name: text for m in self.present for name, text in why(m, panel, origins).items()}

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`."""
        return {name: text for m in self.present for name, text in lacks(m, panel, origins).items()}

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H]."""
        forecasts = [m.forecast(panel, origins) for m in self.present]
        return middle(forecasts, self.how) if self.shares is None else self.shares.apply(forecasts, origins.series)


def why(fitted: Fitted, panel: Panel, origins: Origins) -> Mapping[str, str]:
    """Series id -> why a model's answers are not finite at these origins (where they are not), as far as it says so."""
    return fitted.why(panel, origins) if isinstance(fitted, Explaining) else {}


def lacks(fitted: Fitted, panel: Panel, origins: Origins) -> Mapping[str, str]:
    """Series id -> which known-future value a model needs and does not find at these origins."""
    return fitted.lacks(panel, origins) if isinstance(fitted, Explaining) else {}


def dense_origins(origins: Origins, position: IntArray) -> Origins:
    """The origins, and every position between the cutoff and the latest of them.

    A residual state after the cutoff is filtered on one-step errors there, so they must all be answered; asking for
    all of them always makes an answer independent of what else was asked.
    """
    last = np.full(len(position), -1)
    np.maximum.at(last, origins.series, origins.position)
    between = Origins.between(np.where(last >= 0, position, 0), np.where(last >= 0, last, -1))
    return Origins.join([origins, between])
