"""An order of the series of a panel that depends on their shape alone, so that renaming ids changes no fit.

Neither does another unit or level of a series: a network follows shifts and factors of its data exactly, and which
windows it draws must not change with them.
"""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel

#: Angle between the weights of neighbouring rows: the golden angle never comes back to a weight.
ANGLE = np.pi * (3 - np.sqrt(5))


def content_order(panel: Panel) -> IntArray:
    """Return the indices of the series [N] in the order of a number that describes what each shows.

    The number is the weighted mean of the deviations from the mean, relative to their absolute mean. Series of equal
    shape are ordered by their length, then as they stand.
    """
    return np.lexsort((panel.lengths, _shape(panel)))


def _shape(panel: Panel) -> FloatArray:
    """Return [N] one number for each series; 0 for a constant one."""
    lengths = panel.lengths
    shape = np.zeros(len(panel))
    shown = np.flatnonzero(lengths > 0)
    if not len(shown):
        return shape
    count = lengths[shown]
    begins = np.cumsum(count) - count
    position = np.arange(count.sum()) - np.repeat(begins, count)
    values = panel.values[np.repeat(panel.starts[shown], count) + position]
    known = np.isfinite(values)
    total = np.maximum(np.add.reduceat(known.astype(float), begins), 1)
    mean = np.add.reduceat(np.where(known, values, 0.0), begins) / total
    deviation = np.where(known, values - np.repeat(mean, count), 0.0)
    weighted = np.add.reduceat(np.cos(ANGLE * position) * deviation, begins)
    size = np.add.reduceat(np.abs(deviation), begins)
    shape[shown] = np.divide(weighted, size, out=np.zeros(len(shown)), where=size > 1e-9 * np.abs(mean) * total)
    return shape


def in_content_order(panel: Panel, origins: Origins) -> tuple[Panel, Origins, IntArray]:
    """Return the panel with its series in that order, origins [M] of its series ordered too, and where each was [M]."""
    order = content_order(panel)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    series = rank[origins.series]
    rows = np.lexsort((origins.position, series))
    return panel.take(order), Origins(series[rows], origins.position[rows]), rows
