"""Digests of series: sixteen bytes over all that decides the forecasts of one series in a fit of each series alone.

A digest covers settings and code (`FitTask.lineage`), the visible values, the origins, and the digest of the same
series in the fit whose orders are reused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from hybridts.data.panel import IntArray, Origins, Panel
from hybridts.engine.graph import FitTask
from hybridts.engine.stage_store import StageResult

#: Bytes of a digest.
SIZE = 16
#: Names of the arrays of a stage: [n] index of every fitted series, and [n, SIZE] bytes.
SERIES, DIGEST = "digest_series", "digest"


def digests(task: FitTask, panel: Panel, load: Callable[[str], StageResult]) -> dict[str, np.ndarray]:
    """Return the arrays `SERIES` [n] and `DIGEST` [n, SIZE] of the n fitted series.

    Args:
        task: a fit of each series alone.
        panel: the data.
        load: reads a finished stage.
    """
    seen = task.cut.visible(panel, task.origins, task.spec.reach)
    fitted = task.cut.base(panel).cut(task.cut.position)
    kept = fitted.lengths > 0
    if task.cut.keep is not None:
        kept &= np.isin(np.arange(len(kept)), task.cut.keep)
    series = np.flatnonzero(kept)
    before = _digests_of(load, task.earlier)
    positions = _positions(task.origins)
    head = repr((task.lineage, panel.season, panel.freq, panel.step, panel.labels)).encode()
    found = np.empty((len(series), SIZE), np.uint8)
    for row, i in enumerate(series.tolist()):
        digest = hashlib.blake2b(head, digest_size=SIZE)
        group = None if panel.groups is None else panel.groups[i]
        digest.update(repr((panel.ids[i], group, int(fitted.lengths[i]), before.get(i))).encode())
        for part in (*_visible(seen, i), positions.get(i, _NONE)):
            digest.update(np.ascontiguousarray(part).data)
        found[row] = np.frombuffer(digest.digest(), np.uint8)
    return {SERIES: series, DIGEST: found}


_NONE = np.empty(0, np.int64)


def _visible(panel: Panel, i: int) -> list[np.ndarray]:
    """Return all visible data of one series; sizes come first, so that no two series give the same bytes."""
    start, stop, reach = int(panel.starts[i]), int(panel.stops[i]), int(panel.reach[i])
    parts = [np.array([stop - start, reach - start]), panel.values[start:stop], panel.times[start:stop]]
    parts += [panel.past[start:stop]] if panel.past.size else []
    parts += [panel.future[start:reach]] if panel.future.size else []
    return [*parts, panel.static[i]] if panel.static.size else parts


def _positions(origins: Origins) -> dict[int, IntArray]:
    """Return series -> [m] positions of its origins; origins are ordered."""
    names, first = np.unique(origins.series, return_index=True)
    return dict(zip(names.tolist(), np.split(origins.position, first[1:]), strict=True)) if len(names) else {}


def _digests_of(load: Callable[[str], StageResult], key: str | None) -> dict[int, bytes]:
    """Return series -> digest of the fit whose orders are reused."""
    if key is None:
        return {}
    arrays = load(key).arrays
    if SERIES not in arrays:
        return {}
    return {int(i): bytes(d) for i, d in zip(arrays[SERIES], arrays[DIGEST], strict=True)}
