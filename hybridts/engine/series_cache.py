"""Series that were fitted before: a stage that fits each series alone takes over what earlier runs found for them.

A finished task of such a stage holds a digest of every series (see digests.py). A task on other data takes the answers
with equal digests and fits only the other series.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.engine.graph import FitTask, Task, fits_each_series
from hybridts.engine.series_digests import DIGEST, SERIES, digests
from hybridts.engine.series_shards import join, split
from hybridts.engine.stage_store import StageResult, StageStore
from hybridts.engine.task_results import Done
from hybridts.errors import StoreError


@dataclass(frozen=True, eq=False)
class Known:
    """What earlier runs hold of a task.

    Attributes:
        forecast: [M, H] at the task's origins; NaN where the series must be fitted.
        series: [n] those that need not.
        notes: of these, by note and series id; facts: notes that are not by series.
        failures: of these, by series id.
    """

    forecast: FloatArray
    series: IntArray
    notes: Mapping[str, Mapping[str, Any]]
    facts: Mapping[str, Any]
    failures: Mapping[str, str]

    def rest(self, task: FitTask, panel: Panel) -> FitTask | None:
        """The task on the other series; None where there are none."""
        kept = task.cut.base(panel).cut(task.cut.position).lengths > 0
        fitted = np.flatnonzero(kept) if task.cut.keep is None else task.cut.keep
        left = fitted[~np.isin(fitted, self.series)]
        asked = ~np.isin(task.origins.series, self.series)
        if not len(left) and not asked.any():
            return None
        return replace(task, cut=replace(task.cut, keep=left), origins=task.origins[asked])

    def merged(self, task: FitTask, panel: Panel, store: StageStore, rest: Done | None) -> Done:
        """The whole task's result, with what the other series gave; a failure of theirs as a whole stays one."""
        if rest is not None and rest.result.record["status"] != "done":
            return rest
        forecast = self.forecast.copy()
        record: dict[str, Any] = {"key": task.key, "stage": task.stage, "kind": task.kind, "role": type(task).__name__}
        record |= {"status": "done", "seconds": 0.0} if rest is None else rest.result.record
        notes, failures = {**self.facts, **record.get("notes", {})}, {**self.failures, **record.get("failures", {})}
        if rest is not None:
            arrays = rest.result.arrays
            at = np.searchsorted(task.origins.code(), Origins(arrays["series"], arrays["position"]).code())
            forecast[at] = arrays["forecast"]
        order = {name: i for i, name in enumerate(panel.ids)}
        for note, by_name in self.notes.items():
            both = {**by_name, **notes.get(note, {})}
            notes[note] = {name: both[name] for name in sorted(both, key=order.__getitem__)}
        record |= {
            "notes": {**notes, "series_taken_over": len(self.series)},
            "failures": {name: failures[name] for name in sorted(failures, key=order.__getitem__)},
            "by_series": sorted({*self.notes, *record.get("by_series", ())}),
            "lineage": task.lineage,
        }
        arrays = {"series": task.origins.series, "position": task.origins.position, "forecast": forecast}
        return Done(StageResult({**arrays, **digests(task, panel, store.load)}, record), None)


class Memory:
    """Series in the store that tasks outside this plan fitted."""

    def __init__(self, store: StageStore, lineages: Mapping[str, Collection[str]], own: Collection[str]) -> None:
        self.store = store
        self.keys = {lineage: [k for k in keys if k not in own] for lineage, keys in lineages.items()}
        self._where: dict[str, dict[bytes, str]] = {}

    def of(self, task: Task, panel: Panel) -> Known | None:
        """What it holds of a task; None where that is nothing."""
        if not isinstance(task, FitTask) or not fits_each_series(task) or not self.keys.get(task.lineage):
            return None
        where = self._by_digest(task.lineage)
        own = digests(task, panel, self.store.load)
        index = {bytes(d): int(i) for i, d in zip(own[SERIES], own[DIGEST], strict=True)}
        wanted: dict[str, list[bytes]] = {}
        for digest in index:
            if digest in where:
                wanted.setdefault(where[digest], []).append(digest)
        found = [self._taken(key, {d: index[d] for d in some}, task, panel) for key, some in sorted(wanted.items())]
        held = [known for known in found if known is not None]
        return _together(held) if held else None

    def _by_digest(self, lineage: str) -> dict[bytes, str]:
        if lineage not in self._where:
            where: dict[bytes, str] = {}
            for key in self.keys[lineage]:
                arrays = self._arrays(key)
                where.update((bytes(digest), key) for digest in arrays.get(DIGEST, ()))
            self._where[lineage] = where
        return self._where[lineage]

    def _arrays(self, key: str) -> Mapping[str, np.ndarray]:
        try:
            return self.store.load(key).arrays
        except StoreError:
            return {}  # damaged or deleted: its series are fitted again

    def _taken(self, key: str, wanted: Mapping[bytes, int], task: FitTask, panel: Panel) -> Known | None:
        try:
            held = self.store.load(key)
        except StoreError:
            return None
        here = {int(i): wanted[bytes(d)] for i, d in zip(*_marks(held), strict=True) if bytes(d) in wanted}
        series = np.array([here.get(int(i), -1) for i in held.arrays["series"]], dtype=np.int64)
        rows = series >= 0
        at = np.searchsorted(task.origins.code(), Origins(series[rows], held.arrays["position"][rows]).code())
        forecast = np.full((len(task.origins), task.frame.horizon), np.nan)
        forecast[at] = held.arrays["forecast"][rows]
        names = {panel.ids[i] for i in here.values()}
        record, by_series = held.record, held.record.get("by_series", ())
        notes = {k: {n: v for n, v in record["notes"].get(k, {}).items() if n in names} for k in by_series}
        facts = {k: v for k, v in record["notes"].items() if k not in (*by_series, "series_taken_over")}
        failures = {n: text for n, text in record["failures"].items() if n in names}
        return Known(forecast, np.array(sorted(here.values())), notes, facts, failures)


def _marks(held: StageResult) -> tuple[np.ndarray, np.ndarray]:
    return held.arrays[SERIES], held.arrays[DIGEST]


def _together(parts: list[Known]) -> Known:
    """What several tasks hold, of different series each."""
    notes: dict[str, dict[str, Any]] = {}
    for part in parts:
        for note, by_name in part.notes.items():
            notes.setdefault(note, {}).update(by_name)
    forecast = parts[0].forecast
    for part in parts[1:]:
        forecast = np.where(np.isnan(forecast), part.forecast, forecast)
    failures = {name: text for part in parts for name, text in part.failures.items()}
    return Known(forecast, np.concatenate([p.series for p in parts]), notes, parts[0].facts, failures)


# -- how a task is run then ---------------------------------------------------------------------------------------
def pieces(task: Task, known: Known | None, panel: Panel) -> list[FitTask]:
    """What is to be fitted of a task, in parts; empty where it is one piece of work, or all of it is known."""
    if known is None:
        return split(task, panel)
    assert isinstance(task, FitTask)
    rest = known.rest(task, panel)
    return [] if rest is None else split(rest, panel) or [rest]


def together(
    task: FitTask, parts: Sequence[FitTask], done: Sequence[Done], known: Known | None, panel: Panel, store: StageStore
) -> Done:
    """The task's result from those of its pieces and what is known."""
    if known is None:
        return join(task, parts, done, panel, store)
    rest = known.rest(task, panel)
    assert rest is not None
    return known.merged(task, panel, store, join(rest, parts, done, panel, store, whole=False))
