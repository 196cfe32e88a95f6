"""Gate of a correction: one weight per step in [0, 1], learned from out-of-fold errors in MASE's scale.

Errors within one reach (gap + horizon) share targets, so evidence is counted in blocks of one reach. Where a global
model precedes the correction, all series share its weights and therefore its errors: a block of time counts once for
all of them. Where every model before is local, a block of each series counts, and the weight is shrunk by the part of
the gain that may be chance. An ordinary correction gets a weight of at most one half, because the model in use
is trained on more data than the models of the folds and errs less; a correction that removes a large part of the error
may be used in full. These rules were measured in experiments/gate_rules and experiments/single_series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from hybridts.data.panel import FloatArray, IntArray
from hybridts.models.findings import GateEvidence
from hybridts.models.protocols import Hindcasts

#: Weights that are compared.
WEIGHT_GRID = np.linspace(0.0, 1.0, 21)
#: Number of blocks at which the best weight is halved: where a global model precedes, and where all models before are
#: local, whose weight is shrunk further by the part of the gain that may be chance.
SHRINKAGE_BLOCKS, SHRINKAGE_BLOCKS_LOCAL = 4.0, 1.0
#: Number of blocks below which a gate stays closed.
MIN_BLOCKS = 3
#: Oldest folds whose rows no gate is learned from: a correction that knows less is not the one in use.
UNJUDGED = 2
#: Largest weight of an ordinary correction.
MAX_WEIGHT_ORDINARY = 0.5
#: Part of the mean absolute error up to which a correction is ordinary, and from which it may have a weight of 1.
ORDINARY_REDUCTION, LARGE_REDUCTION = 0.2, 0.4
#: Confidence of the one-sided lower bound of the gain, which must be above zero to open a gate.
CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Gate:
    """Weight of a correction at every step.

    Attributes:
        weight: [H] in [0, 1]; all zero when closed.
        reason: why it is closed, or the evidence that opened it.
        gain: mean improvement on the rows of the gate, in units of MASE; 0 when closed.
        n_blocks: number of independent blocks of evidence.
    """

    weight: FloatArray
    reason: str
    gain: float = 0.0
    n_blocks: int = 0

    @property
    def open(self) -> bool:
        """Return whether any step has a weight above zero."""
        return bool((self.weight > 0).any())

    def evidence(self) -> GateEvidence:
        """Return the gate and its evidence as a finding."""
        weights = tuple(round(float(w), 4) for w in self.weight)
        return GateEvidence(weights, self.reason, round(self.gain, 6), self.n_blocks)

    def notes(self) -> Mapping[str, Any]:
        """Return JSON-ready facts for the report."""
        return self.evidence().to_notes()


def closed(horizon: int, reason: str) -> Gate:
    """Return a gate of zeros: the correction is not used."""
    return Gate(np.zeros(horizon), reason)


def held_open(horizon: int) -> Gate:
    """Return a gate of ones, set without evidence."""
    return Gate(np.ones(horizon), "held open by its settings, without evidence")


def lack_of_evidence(rows: Hindcasts, reach: int, *, local: bool) -> str:
    """Return why no correction at all could open a gate on these rows; empty if one could.

    Called before anything is fitted, to save the fit. Arguments as in `learn_gate`.
    """
    usable, horizon = _usable(rows), rows.forecast.shape[1]
    if len(rows) and not (np.isfinite(rows.scale) & (rows.scale > 0)).any():
        return "no origin has a scale for its errors: every series was constant until then"
    if usable.sum() < 2 * horizon:
        return f"{int(usable.sum())} origins of evidence, fewer than two horizons ({2 * horizon})"
    n_blocks = len(np.unique(_blocks(rows, reach, local)[usable]))
    s = "" if n_blocks == 1 else "s"
    kind = f"independent block{s} of errors" if local else f"block{s} of time, shared by all series"
    return f"{n_blocks} {kind}, fewer than {MIN_BLOCKS}" if n_blocks < MIN_BLOCKS else ""


def learn_gate(rows: Hindcasts, correction: FloatArray, reach: int, *, local: bool) -> Gate:
    """Learn a gate from rows that the correction was not fitted on.

    The weight of a step minimises the mean absolute error in MASE's scale; one half of the criterion is the smoothed
    curve of the step itself, the other half that of all steps pooled. The weight is shrunk by the number of blocks and
    limited (`_max_weight`). The gate opens only if the one-sided lower bound of its gain is above zero.

    Args:
        rows: [M] out-of-fold rows, newer than everything the correction was fitted on.
        correction: [M, H] the correction of each row.
        reach: gap + horizon; the length of a block.
        local: every model before the correction fits each series alone.

    >>> import numpy as np
    >>> from hybridts.data.panel import Origins
    >>> origins = Origins(np.zeros(12, dtype=int), np.arange(12))
    >>> error = np.array([[1.0], [-2.0]] * 6)
    >>> rows = Hindcasts(origins, np.zeros(12, dtype=int), np.zeros((12, 1)), error, np.ones(12))
    >>> gate = learn_gate(rows, correction=error, reach=1, local=False)
    >>> gate.weight.tolist(), gate.n_blocks
    ([0.75], 12)
    """
    horizon = correction.shape[1]
    lack = lack_of_evidence(rows, reach, local=local)
    if lack:
        return closed(horizon, lack)
    usable = _usable(rows)
    scale = rows.scale[usable, None]
    error = (rows.target[usable] - rows.forecast[usable]) / scale  # [M, H], NaN after the cutoff
    change = correction[usable] / scale
    block = _blocks(rows, reach, local)[usable]
    n_blocks = len(np.unique(block))
    shrinkage = SHRINKAGE_BLOCKS_LOCAL if local else SHRINKAGE_BLOCKS
    weight = _best_weights(error, change) * n_blocks / (n_blocks + shrinkage)
    weight = np.minimum(weight, _max_weight(error, change * weight))
    gain, bound = _gain(error, change * weight, block)
    if local and bound > 0:  # shrinks by the noise part of the squared gain
        weight = weight * (1 - (1 - bound / gain) ** 2)
        gain, bound = _gain(error, change * weight, block)
    if not weight.any():
        return Gate(np.zeros(horizon), "no weight of the correction lowered the error", 0.0, n_blocks)
    if not bound > 0:
        why = f"gain {gain:+.4f} MASE on {n_blocks} blocks is not above zero with {CONFIDENCE:.0%} confidence"
        return Gate(np.zeros(horizon), why, 0.0, n_blocks)
    return Gate(weight, f"gain {gain:+.4f} MASE on {n_blocks} blocks, lower bound {bound:+.4f}", gain, n_blocks)


def _max_weight(error: FloatArray, change: FloatArray) -> float:
    """Return the largest weight allowed, by the part of the mean absolute error that the change removes."""
    before = float(np.nanmean(np.abs(error))) if np.isfinite(error).any() else 0.0
    removed = 1 - float(np.nanmean(np.abs(error - change))) / before if before > 0 else 0.0
    least = MAX_WEIGHT_ORDINARY
    raised = least + (1 - least) * (removed - ORDINARY_REDUCTION) / (LARGE_REDUCTION - ORDINARY_REDUCTION)
    return float(np.clip(raised, least, 1.0))


def _usable(rows: Hindcasts) -> npt.NDArray[np.bool_]:
    """Return [M] whether an error of the origin is known and has a scale."""
    known = np.isfinite(rows.target).any(axis=1)
    return np.asarray(known & np.isfinite(rows.scale) & (rows.scale > 0))


def _blocks(rows: Hindcasts, reach: int, local: bool) -> IntArray:
    """Return [M] the block of each origin; with local models, different series have different blocks."""
    blocks = _time_blocks(rows, reach)
    return blocks + rows.origins.series * 2**20 if local else blocks


def _time_blocks(rows: Hindcasts, reach: int) -> IntArray:
    """Return [M] the number of whole reaches between each origin and the newest one of its series."""
    newest = np.full(int(rows.origins.series.max(initial=-1)) + 1, -1)
    np.maximum.at(newest, rows.origins.series, rows.origins.position)
    return np.asarray((newest[rows.origins.series] - rows.origins.position) // reach)


def _best_weights(error: FloatArray, change: FloatArray) -> FloatArray:
    """Return [H] the weights of smallest mean absolute error for errors and changes [M, H].

    Half of the criterion is smoothed over neighbouring steps, half is pooled over all steps.
    """
    known = np.isfinite(error) & np.isfinite(change)
    size = np.abs(np.where(known, error, 0.0))
    curves = np.empty((len(WEIGHT_GRID), error.shape[1]))
    for i, weight in enumerate(WEIGHT_GRID):
        after = np.abs(np.where(known, error - weight * change, 0.0))
        curves[i] = (after - size).sum(axis=0)
    count = known.sum(axis=0)
    pooled = curves.sum(axis=1, keepdims=True) / max(int(count.sum()), 1)
    steps = np.arange(error.shape[1])
    width = 1.0 + error.shape[1] / 8.0
    kernel = np.exp(-0.5 * ((steps[:, None] - steps) / width) ** 2)
    smoothed = (curves @ kernel) / np.maximum(count @ kernel, 1e-9)
    best: FloatArray = WEIGHT_GRID[np.argmin(0.5 * smoothed + 0.5 * pooled, axis=0)]
    return best


def _gain(error: FloatArray, change: FloatArray, block: IntArray) -> tuple[float, float]:
    """Return the mean improvement over blocks and its one-sided lower bound (Student's t)."""
    improved = np.abs(error) - np.abs(error - change)
    known = np.isfinite(improved)
    _, inverse = np.unique(block, return_inverse=True)
    total = np.bincount(inverse, np.where(known, improved, 0.0).sum(axis=1))
    count = np.bincount(inverse, known.sum(axis=1))
    each = total[count > 0] / count[count > 0]
    if len(each) < 3:
        return 0.0, 0.0
    mean = float(each.mean())
    spread = float(each.std(ddof=1)) / np.sqrt(len(each))
    return mean, mean - float(stdtrit(len(each) - 1, CONFIDENCE)) * spread
