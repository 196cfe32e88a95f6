"""What cuts of one panel show, each as a short text, in time that grows with the series and not with their rows.

A plan asks for the fingerprint of every training part and of everything that a stage is shown when it answers:
hundreds of cuts of the same rows. So every row is mixed to 64 bits once, with its time, and the sum of a range is the
difference of two running sums. The mixing is one-to-one in the value: a single changed value always changes the sum.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hybridts.data.panel import FloatArray, Panel

_Bits = npt.NDArray[np.uint64]


class Fingerprints:
    """Of panels that were cut, trimmed or taken from one panel (they share its rows)."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel

    def of(self, shown: Panel) -> str:
        """A hash of everything that a panel cut from this one shows; equal for equal content, however it was cut."""
        head = (len(shown), shown.season, shown.freq, shown.step, sorted(shown.columns.items()))
        digest = hashlib.blake2b(repr(head).encode(), digest_size=16)
        whole = shown.ids is self.panel.ids
        names = self._names if whole else self._names[[self.panel.index[name] for name in shown.ids]]
        sums = self._target[shown.stops] - self._target[shown.starts]
        ahead = self._future[shown.reach] - self._future[shown.starts]
        for part in (names, shown.lengths, shown.reach - shown.starts, sums, ahead, shown.static):
            digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()

    @cached_property
    def _names(self) -> _Bits:
        """[N] of each series' name and group."""
        groups = self.panel.groups or [None] * len(self.panel)
        named = zip(self.panel.ids, groups, strict=True)
        texts = (hashlib.blake2b(repr(pair).encode(), digest_size=8).digest() for pair in named)
        return np.frombuffer(b"".join(texts), np.uint64)

    @cached_property
    def _target(self) -> _Bits:
        """[total + 1] running sum over rows: times, values and past columns."""
        return self._summed(self.panel.values[:, None], self.panel.past)

    @cached_property
    def _future(self) -> _Bits:
        """[total + 1] the same of known-future columns."""
        return self._summed(self.panel.future)

    def _summed(self, *tables: FloatArray) -> _Bits:
        time = _mixed(self.panel.times.view(np.uint64))
        total = np.zeros(len(time) + 1, np.uint64)
        number = np.uint64(0)
        for column in (table[:, c] for table in tables if table.size for c in range(table.shape[1])):
            number += np.uint64(1)
            bits = np.ascontiguousarray(column, np.float64).view(np.uint64)
            total[1:] += _mixed(bits ^ _mixed(time + number))
        return np.cumsum(total, dtype=np.uint64)


def _mixed(bits: Any) -> _Bits:
    """Sixty-four bits scrambled one-to-one (Steele, Lea and Flood 2014, SplitMix: its output function)."""
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: _Bits = bits ^ (bits >> np.uint64(31))
    return found
