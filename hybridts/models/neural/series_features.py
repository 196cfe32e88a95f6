"""What the whole past of an origin says beside its window, in numbers that know neither level nor unit.

A window is divided by its own size, so that a network cannot tell a wild stretch from a calm one, nor a steady trend
from a passing one. These facts tell it. Why they are there: experiments/neural_defaults.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.data.seasonal import last_value, pasts, seasonal_error

#: Facts that `History.facts` makes.
FACTS = 5
#: Facts are clipped here: beyond it they say nothing more.
LARGEST = 5.0


class History(NamedTuple):
    """The past of M origins, each up to and including itself.

    Attributes:
        last: [M] newest known value; 0 where there is none.
        floor: [M] mean absolute seasonal difference (the scale of MASE), NaN where unknown.
        rough: [M] mean absolute change from row to row, NaN where unknown.
        drift: [M] mean change a row, from the first known value to the newest.
        echo: [M] first autocorrelation of the changes: above 0 where they go on, below 0 where they turn back.
    """

    last: FloatArray
    floor: FloatArray
    rough: FloatArray
    drift: FloatArray
    echo: FloatArray

    @classmethod
    def of(cls, panel: Panel, origins: Origins) -> History:
        """Of origins of a panel, in any order."""
        last = last_value(panel, origins)
        last = np.where(np.isfinite(last), last, 0.0)
        floor = seasonal_error(panel, origins, panel.season)
        rough = floor if panel.season == 1 else seasonal_error(panel, origins, 1)
        drift, echo = np.zeros(len(origins)), np.zeros(len(origins))
        for rows, line, values in pasts(panel, origins):
            at = origins.position[rows]
            drift[rows] = _drift(values, line, at, last[rows])
            echo[rows] = _echo(values)[line, at]
        return cls(last, floor, rough, drift, echo)

    def take(self, rows: np.ndarray) -> History:
        """These origins."""
        return History(*(fact[rows] for fact in self))

    def facts(self, scale: FloatArray) -> FloatArray:
        """[M, FACTS] what a network reads; `scale` [M] is what its windows are divided by.

        Factors bring each to about the size of the window's values.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = (
                10 * self.drift / scale,
                3 * self.drift / self.rough,
                np.log(scale / self.floor),
                np.log(self.rough / scale),
                3 * self.echo,
            )
        known = np.nan_to_num(np.stack(parts, axis=1), posinf=0.0, neginf=0.0)
        facts: FloatArray = np.clip(known, -LARGEST, LARGEST)
        return facts


def _drift(values: FloatArray, line: IntArray, at: IntArray, last: FloatArray) -> FloatArray:
    """[m] mean change a row from the first known value of a line to the newest one at `at`."""
    start = np.argmax(np.isfinite(values), axis=1)
    first = np.nan_to_num(values[np.arange(len(values)), start])[line]
    elapsed = at - start[line]
    drift: FloatArray = np.where(elapsed > 0, (last - first) / np.maximum(elapsed, 1), 0.0)
    return drift


def _echo(values: FloatArray) -> FloatArray:
    """[n, T] first autocorrelation, up to each row, of the changes from row to row, around zero."""
    change = np.diff(values, axis=1, prepend=np.nan)
    echo = np.zeros_like(values)
    with np.errstate(over="ignore", invalid="ignore"):  # beyond 1e150 the fact is lost, not the series
        product = change[:, 1:] * change[:, :-1]
        both = np.isfinite(product)
        together = np.cumsum(np.where(both, product, 0.0), axis=1)
        alone = np.cumsum(np.where(both, change[:, 1:] ** 2, 0.0), axis=1)
        np.divide(together, alone, out=echo[:, 1:], where=alone > 0)
    return echo
