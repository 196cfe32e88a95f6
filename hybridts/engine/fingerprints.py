"""Fingerprints of cuts of one panel, in time proportional to the number of series, not of rows.

A plan needs the fingerprint of every training slice and of all data visible to a forecast: hundreds of cuts of the
same rows. Every row is mixed with its time to 64 bits once; the sum of a range of rows is the difference of two running
sums. The mixing is one-to-one in the value, so a single changed value always changes the sum.
"""

from __future__ import annotations

import hashlib
from functools import cached_property

import numpy as np
import numpy.typing as npt

from hybridts.data.panel import FloatArray, Panel

_Bits = npt.NDArray[np.uint64]


class Fingerprints:
    """Fingerprints of panels that were cut, trimmed or taken from one panel and share its rows."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel

    def of(self, cut: Panel) -> str:
        """Return a hash of all visible content of a panel cut from this one; equal for equal content."""
        head = (len(cut), cut.season, cut.freq, cut.step, cut.labels)
        digest = hashlib.blake2b(repr(head).encode(), digest_size=16)
        whole = cut.ids is self.panel.ids
        names = self._names if whole else self._names[[self.panel.index[name] for name in cut.ids]]
        sums = self._target[cut.stops] - self._target[cut.starts]
        ahead = self._future[cut.reach] - self._future[cut.starts]
        for part in (names, cut.lengths, cut.reach - cut.starts, sums, ahead, cut.static):
            digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()

    @cached_property
    def _names(self) -> _Bits:
        """Return [N] hashes of the name and group of each series."""
        groups = self.panel.groups or [None] * len(self.panel)
        named = zip(self.panel.ids, groups, strict=True)
        texts = (hashlib.blake2b(repr(pair).encode(), digest_size=8).digest() for pair in named)
        return np.frombuffer(b"".join(texts), np.uint64)

    @cached_property
    def _target(self) -> _Bits:
        """Return [T + 1] the running sum over all T rows of times, values and past columns."""
        return self._summed(self.panel.values[:, None], self.panel.past)

    @cached_property
    def _future(self) -> _Bits:
        """Return [T + 1] the running sum over all T rows of times and known-future columns."""
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


def _mixed(bits: _Bits) -> _Bits:
    """Mix 64 bits one-to-one by the output function of SplitMix (Steele, Lea and Flood 2014)."""
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: _Bits = bits ^ (bits >> np.uint64(31))
    return found
