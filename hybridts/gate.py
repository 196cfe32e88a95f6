"""The gate: how much of a correction is used, per step, by its own out-of-sample evidence in MASE's scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from hybridts.panel import FloatArray
from hybridts.protocols import Hindcasts

#: Shares of the correction that are tried.
SHARES = np.linspace(0.0, 1.0, 21)
#: Independent pieces of evidence at which the best share is halved.
HALF = 4.0
#: Confidence of the one-sided bound that must lie above zero before a gate opens.
CONFIDENCE = 0.9


@dataclass(frozen=True, eq=False)
class Gate:
    """The factor of a correction.

    Attributes:
        share: [H] in [0, 1]; all zero when closed.
        reason: why it is closed, or on what it opened.
        gain: mean improvement on the gate's rows, in units of MASE; 0 when closed.
        pieces: independent pieces of evidence (series x blocks of one horizon).
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


def learn_gate(rows: Hindcasts, correction: FloatArray, reach: int) -> Gate:
    """The gate from rows that the correction was not fitted on.

    The share of each step minimises the mean absolute error in MASE's scale, half of it from the step's own smoothed
    curve and half from all steps pooled; it is shrunk by the number of independent pieces, and the whole gate opens
    only if the one-sided lower bound of its gain is above zero.

    Args:
        rows: honest rows newer than everything the correction saw.
        correction: [M, H] what it would add.
        reach: gap + horizon; origins closer than that share targets and count as one piece.
    """
    horizon = correction.shape[1]
    usable = np.isfinite(rows.scale) & (rows.scale > 0)
    if usable.sum() < 2 * horizon:
        return closed(horizon, f"{int(usable.sum())} origins of evidence, fewer than two horizons ({2 * horizon})")
    scale = rows.scale[usable, None]
    error = (rows.target[usable] - rows.forecast[usable]) / scale  # [M, H], NaN after the cutoff
    change = correction[usable] / scale
    piece = rows.origins.series[usable] * 2**20 + rows.origins.position[usable] // reach
    pieces = len(np.unique(piece))
    if pieces < 3:
        return closed(horizon, f"{pieces} independent pieces of evidence, fewer than three")
    share = _best_shares(error, change) * pieces / (pieces + HALF)
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
    return mean, mean - float(stats.t.ppf(CONFIDENCE, len(each) - 1)) * spread
