"""The gate: how much of a correction is used, per step, by its own out-of-sample evidence in MASE's scale.

What counts as evidence was measured (experiments/gate_rules). Where a global model comes before the correction, gains
on hindcasts say nothing about gains to come unless they hold over several blocks of time: all series share its
weights, and so its errors. Where each series has a model of its own, each is evidence of its own; what its gain owes
to chance shrinks the share further (experiments/single_series: a dozen neighbouring rows of one series opened gates
to harm). And no more than half of an ordinary correction is used, for the model to be corrected has seen more data
than those whose errors taught it, and errs less; one that removes a great part of the error may be used whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from hybridts.data.panel import FloatArray, IntArray
from hybridts.models.protocols import Hindcasts

#: Shares of the correction that are tried.
SHARES = np.linspace(0.0, 1.0, 21)
#: Independent pieces of evidence at which the best share is halved.
HALF = 4.0
#: Independent pieces of evidence below which a gate stays shut.
FEWEST_PIECES = 3
#: Largest share that is used of a correction that removes less than a part of the error; whole from another part on.
MOST, ORDINARY, GREAT = 0.5, 0.2, 0.4
#: Confidence of the one-sided bound that must lie above zero before a gate opens.
CONFIDENCE = 0.9


@dataclass(frozen=True, eq=False)
class Gate:
    """The factor of a correction.

    Attributes:
        share: [H] in [0, 1]; all zero when closed.
        reason: why it is closed, or on what it opened.
        gain: mean improvement on the gate's rows, in units of MASE; 0 when closed.
        pieces: independent pieces of evidence (blocks of one horizon, of each series where series stand apart).
    """

    share: FloatArray
    reason: str
    gain: float = 0.0
    pieces: int = 0

    @property
    def open(self) -> bool:
        """Whether anything of the correction is used."""
        return bool((self.share > 0).any())

    def notes(self) -> Mapping[str, Any]:
        """JSON-ready facts for the report."""
        return {
            "gate": [round(float(s), 4) for s in self.share],
            "gate_reason": self.reason,
            "gate_gain": round(self.gain, 6),
            "gate_pieces": self.pieces,
        }


def closed(horizon: int, reason: str) -> Gate:
    """A gate of zeros: the chain stays what it was before the correction."""
    return Gate(np.zeros(horizon), reason)


def held_open(horizon: int) -> Gate:
    """A gate of ones that no evidence opened."""
    return Gate(np.ones(horizon), "held open by its settings, without evidence")


def too_little(rows: Hindcasts, reach: int, *, apart: bool) -> str:
    """Why no correction whatever could open a gate on these rows, empty if one could; arguments as in `learn_gate`.

    Known before anything is fitted, so that no time goes into a correction that nothing could let through.
    """
    usable, horizon = _usable(rows), rows.forecast.shape[1]
    if len(rows) and not (np.isfinite(rows.scale) & (rows.scale > 0)).any():
        return "no origin of the evidence has a scale for its errors: no series had moved by then"
    if usable.sum() < 2 * horizon:
        return f"{int(usable.sum())} origins of evidence, fewer than two horizons ({2 * horizon})"
    pieces = len(np.unique(_pieces(rows, reach, apart)[usable]))
    s = "" if pieces == 1 else "s"
    what = f"independent piece{s} of evidence" if apart else f"block{s} of time in the evidence, which all series share"
    return f"{pieces} {what}, fewer than three" if pieces < FEWEST_PIECES else ""


def learn_gate(rows: Hindcasts, correction: FloatArray, reach: int, *, apart: bool) -> Gate:
    """The gate from rows that the correction was not fitted on.

    The share of each step minimises the mean absolute error in MASE's scale, half of it from the step's own smoothed
    curve and half from all steps pooled; it is shrunk by the number of independent pieces and cut (see `MOST`), and
    the whole gate opens only if the one-sided lower bound of its gain is above zero.

    Args:
        rows: honest rows newer than everything the correction saw.
        correction: [M, H] what it would add.
        reach: gap + horizon; origins closer than that share targets and count as one piece.
        apart: each series has a model of its own, so that it is evidence of its own.
    """
    horizon = correction.shape[1]
    lack = too_little(rows, reach, apart=apart)
    if lack:
        return closed(horizon, lack)
    usable = _usable(rows)
    scale = rows.scale[usable, None]
    error = (rows.target[usable] - rows.forecast[usable]) / scale  # [M, H], NaN after the cutoff
    change = correction[usable] / scale
    piece = _pieces(rows, reach, apart)[usable]
    pieces = len(np.unique(piece))
    share = _best_shares(error, change) * pieces / (pieces + HALF)
    share = np.minimum(share, _most(error, change * share))
    gain, bound = _gain(error, change * share, piece)
    if apart and bound > 0:  # as an estimate is shrunk by the part of its square that is noise
        share = share * (1 - (1 - bound / gain) ** 2)
        gain, bound = _gain(error, change * share, piece)
    if not share.any():
        return Gate(np.zeros(horizon), "no share of the correction lowered the error", 0.0, pieces)
    if not bound > 0:
        return Gate(
            np.zeros(horizon),
            f"gain {gain:+.4f} MASE on {pieces} pieces is not above zero with {CONFIDENCE:.0%} confidence",
            0.0,
            pieces,
        )
    return Gate(share, f"gain {gain:+.4f} MASE on {pieces} pieces, lower bound {bound:+.4f}", gain, pieces)


def _most(error: FloatArray, change: FloatArray) -> float:
    """The largest share, by which part of the mean absolute error the change removes."""
    before = float(np.nanmean(np.abs(error))) if np.isfinite(error).any() else 0.0
    removed = 1 - float(np.nanmean(np.abs(error - change))) / before if before > 0 else 0.0
    return float(np.clip(MOST + (1 - MOST) * (removed - ORDINARY) / (GREAT - ORDINARY), MOST, 1.0))


def _usable(rows: Hindcasts) -> np.ndarray:
    """[M] whether an origin has an error that is known, and can be put in MASE's scale."""
    known = np.isfinite(rows.target).any(axis=1)
    return np.asarray(known & np.isfinite(rows.scale) & (rows.scale > 0))


def _pieces(rows: Hindcasts, reach: int, apart: bool) -> IntArray:
    """[M] the independent piece of evidence that an origin belongs to."""
    blocks = _blocks(rows, reach)
    return blocks + rows.origins.series * 2**20 if apart else blocks


def _blocks(rows: Hindcasts, reach: int) -> IntArray:
    """[M] which block of one reach an origin lies in, counted back from its series' newest one."""
    newest = np.full(int(rows.origins.series.max(initial=-1)) + 1, -1)
    np.maximum.at(newest, rows.origins.series, rows.origins.position)
    return np.asarray((newest[rows.origins.series] - rows.origins.position) // reach)


def _best_shares(error: FloatArray, change: FloatArray) -> FloatArray:
    """[H] the share with the smallest mean absolute error, per step, pooled and smoothed."""
    known = np.isfinite(error) & np.isfinite(change)
    size = np.abs(np.where(known, error, 0.0))
    curves = np.empty((len(SHARES), error.shape[1]))
    for i, share in enumerate(SHARES):
        after = np.abs(np.where(known, error - share * change, 0.0))
        curves[i] = (after - size).sum(axis=0)
    count = known.sum(axis=0)
    pooled = curves.sum(axis=1, keepdims=True) / max(int(count.sum()), 1)
    steps = np.arange(error.shape[1])
    width = 1.0 + error.shape[1] / 8.0
    kernel = np.exp(-0.5 * ((steps[:, None] - steps) / width) ** 2)
    own = (curves @ kernel) / np.maximum(count @ kernel, 1e-9)
    best: FloatArray = SHARES[np.argmin(0.5 * own + 0.5 * pooled, axis=0)]
    return best


def _gain(error: FloatArray, change: FloatArray, piece: np.ndarray) -> tuple[float, float]:
    """Mean improvement over pieces and its one-sided lower bound (Student)."""
    improved = np.abs(error) - np.abs(error - change)
    known = np.isfinite(improved)
    _, inverse = np.unique(piece, return_inverse=True)
    total = np.bincount(inverse, np.where(known, improved, 0.0).sum(axis=1))
    count = np.bincount(inverse, known.sum(axis=1))
    each = total[count > 0] / count[count > 0]
    if len(each) < 3:
        return 0.0, 0.0
    mean = float(each.mean())
    spread = float(each.std(ddof=1)) / np.sqrt(len(each))
    return mean, mean - float(stdtrit(len(each) - 1, CONFIDENCE)) * spread
