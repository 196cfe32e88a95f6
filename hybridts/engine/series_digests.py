"""What a series was when a stage that fits each series alone fitted it, in sixteen bytes.

The digest covers all that its answers depend on: settings and code (`FitTask.lineage`), the values it could see, the
origins asked, and the same digest of the fit whose decisions it took over.
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
#: Arrays of a stage: the index of every fitted series, and [n, SIZE] bytes.
SERIES, DIGEST = "digest_series", "digest"


def digests(task: FitTask, panel: Panel, load: Callable[[str], StageResult]) -> dict[str, np.ndarray]:
    """The two arrays that say what each fitted series was; `load` reads a finished stage."""
    seen = task.cut.visible(panel, task.origins, task.frame.reach)
    fitted = task.cut.base(panel).cut(task.cut.position)
    kept = fitted.lengths > 0
    if task.cut.keep is not None:
        kept &= np.isin(np.arange(len(kept)), task.cut.keep)
    series = np.flatnonzero(kept)
    before = _digests_of(load, task.earlier)
    asked = _positions(task.origins)
    head = repr((task.lineage, panel.season, panel.freq, panel.step, sorted(panel.columns.items()))).encode()
    found = np.empty((len(series), SIZE), np.uint8)
    for row, i in enumerate(series.tolist()):
        digest = hashlib.blake2b(head, digest_size=SIZE)
        group = None if panel.groups is None else panel.groups[i]
        digest.update(repr((panel.ids[i], group, int(fitted.lengths[i]), before.get(i))).encode())
        for part in (*_shown(seen, i), asked.get(i, _NONE)):
            digest.update(np.ascontiguousarray(part).data)
        found[row] = np.frombuffer(digest.digest(), np.uint8)
    return {SERIES: series, DIGEST: found}


_NONE = np.empty(0, np.int64)


def _shown(panel: Panel, i: int) -> list[np.ndarray]:
    """All that a panel shows of one series, sizes first so that parts cannot run together."""
    start, stop, reach = int(panel.starts[i]), int(panel.stops[i]), int(panel.reach[i])
    parts = [np.array([stop - start, reach - start]), panel.values[start:stop], panel.times[start:stop]]
    parts += [panel.past[start:stop]] if panel.past.size else []
    parts += [panel.future[start:reach]] if panel.future.size else []
    return [*parts, panel.static[i]] if panel.static.size else parts


def _positions(origins: Origins) -> dict[int, IntArray]:
    """The positions asked for, by series; origins are ordered."""
    names, first = np.unique(origins.series, return_index=True)
    return dict(zip(names.tolist(), np.split(origins.position, first[1:]), strict=True)) if len(names) else {}


def _digests_of(load: Callable[[str], StageResult], key: str | None) -> dict[int, bytes]:
    """By series, of the task whose decisions are taken over."""
    if key is None:
        return {}
    arrays = load(key).arrays
    if SERIES not in arrays:
        return {}
    return {int(i): bytes(d) for i, d in zip(arrays[SERIES], arrays[DIGEST], strict=True)}
