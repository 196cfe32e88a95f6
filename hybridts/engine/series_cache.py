"""Cache of series: a task that fits each series alone reuses the series that finished stages of other runs hold.

A finished stage of such a task stores a digest of every series (see `series_digests`). A task on other data takes the
forecasts of series with equal digests and fits only the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.engine import stage_record
from hybridts.engine.graph import FitTask, Task, fits_each_series
from hybridts.engine.series_digests import DIGEST, SERIES, digests
from hybridts.engine.stage_check import check_record
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_results import Done
from hybridts.errors import StoreError


@dataclass(frozen=True, eq=False)
class CachedSeries:
    """Results of a task for the series that other runs have fitted.

    Attributes:
        forecast: [M, H] at the task's origins; NaN for series that must be fitted.
        series: [n] indices of the cached series.
        notes: of these, by note and series id; facts: notes that are not by series.
        failures: of these, by series id.
    """

    forecast: FloatArray
    series: IntArray
    notes: Mapping[str, Mapping[str, Any]]
    facts: Mapping[str, Any]
    failures: Mapping[str, str]

    def remaining(self, task: FitTask, panel: Panel) -> FitTask | None:
        """Return the task on the other series; None if there are none."""
        with_data = task.cut.base(panel).cut(task.cut.position).lengths > 0
        fitted = np.flatnonzero(with_data) if task.cut.keep is None else task.cut.keep
        left = fitted[~np.isin(fitted, self.series)]
        is_left = ~np.isin(task.origins.series, self.series)
        if not len(left) and not is_left.any():
            return None
        return replace(task, cut=replace(task.cut, keep=left), origins=task.origins[is_left])

    def merged(self, task: FitTask, panel: Panel, store: StageStore, rest: Done | None) -> Done:
        """Return the result of the whole task, from the cached series and `rest`, the result on the other series.

        If the rest failed as a whole, that is the result.
        """
        if rest is not None and rest.record["status"] != "done":
            return rest
        forecast = self.forecast.copy()
        if rest is not None:
            at = np.searchsorted(task.origins.code(), Origins(rest.arrays["series"], rest.arrays["position"]).code())
            forecast[at] = rest.arrays["forecast"]
        arrays = {"series": task.origins.series, "position": task.origins.position, "forecast": forecast}
        record = self._record(task, panel, rest)
        return Done({**arrays, **digests(task, panel, store.load)}, record, None)

    def _record(self, task: FitTask, panel: Panel, rest: Done | None) -> stage_record.StageRecord:
        """Return the record of the whole task, with everything by series in the order of the panel."""
        order = {name: i for i, name in enumerate(panel.ids)}
        new = None if rest is None else rest.record
        notes = {**self.facts, **(new["notes"] if new else {})}
        for note, by_name in self.notes.items():
            both = {**by_name, **notes.get(note, {})}
            notes[note] = {name: both[name] for name in sorted(both, key=order.__getitem__)}
        failures = {**self.failures, **(new["failures"] if new else {})}
        return stage_record.success(
            task,
            new["seconds"] if new else 0.0,
            notes={**notes, "series_taken_over": len(self.series)},
            failures={name: failures[name] for name in sorted(failures, key=order.__getitem__)},
            by_series=sorted({*self.notes, *(new.get("by_series", ()) if new else ())}),
        )


class SeriesCache:
    """Series in the store that tasks outside this plan have fitted.

    Attributes:
        store: the finished stages.
        keys: lineage -> keys of finished stages outside this plan.
    """

    def __init__(self, store: StageStore, lineages: Mapping[str, Collection[str]], own: Collection[str]) -> None:
        self.store = store
        self.keys = {lineage: [k for k in keys if k not in own] for lineage, keys in lineages.items()}
        self._key_of: dict[str, dict[bytes, str]] = {}

    def find(self, task: Task, panel: Panel) -> CachedSeries | None:
        """Return the cached series of a task; None if there are none."""
        if not isinstance(task, FitTask) or not fits_each_series(task) or not self.keys.get(task.lineage):
            return None
        key_of = self._by_digest(task.lineage)
        own = digests(task, panel, self.store.load)
        index = {bytes(d): int(i) for i, d in zip(own[SERIES], own[DIGEST], strict=True)}
        by_key: dict[str, list[bytes]] = {}
        for digest in index:
            if digest in key_of:
                by_key.setdefault(key_of[digest], []).append(digest)
        found = [self._read(key, {d: index[d] for d in some}, task, panel) for key, some in sorted(by_key.items())]
        cached = [one for one in found if one is not None]
        return _union(cached) if cached else None

    def _by_digest(self, lineage: str) -> dict[bytes, str]:
        """Return digest -> key of a finished stage that holds the series."""
        if lineage not in self._key_of:
            key_of: dict[bytes, str] = {}
            for key in self.keys[lineage]:
                arrays = self._arrays(key)
                key_of.update((bytes(digest), key) for digest in arrays.get(DIGEST, ()))
            self._key_of[lineage] = key_of
        return self._key_of[lineage]

    def _arrays(self, key: str) -> Mapping[str, np.ndarray]:
        try:
            found = self.store.load(key)
            check_record(found.record)
        except (StoreError, ValueError):
            return {}  # damaged, foreign or deleted: its series are fitted again
        return found.arrays if _has_series(found.arrays) else {}

    def _read(self, key: str, index: Mapping[bytes, int], task: FitTask, panel: Panel) -> CachedSeries | None:
        """Return the series of one finished stage; `index` maps the digests to take to indices in the panel."""
        try:
            held = self.store.load(key)
        except StoreError:
            return None
        if held.arrays["forecast"].shape[1:] != (task.spec.horizon,):
            return None  # a foreign stage with this lineage
        marks = zip(held.arrays[SERIES], held.arrays[DIGEST], strict=True)
        here = {int(i): index[bytes(d)] for i, d in marks if bytes(d) in index}
        series = np.array([here.get(int(i), -1) for i in held.arrays["series"]], dtype=np.int64)
        rows = series >= 0
        code, held_code = task.origins.code(), Origins(series[rows], held.arrays["position"][rows]).code()
        if not np.isin(held_code, code).all():
            return None  # a foreign stage: equal digests mean equal origins
        at = np.searchsorted(code, held_code)
        forecast = np.full((len(task.origins), task.spec.horizon), np.nan)
        forecast[at] = held.arrays["forecast"][rows]
        names = {panel.ids[i] for i in here.values()}
        record, by_series = held.record, held.record.get("by_series", ())
        notes = {k: {n: v for n, v in record["notes"].get(k, {}).items() if n in names} for k in by_series}
        facts = {k: v for k, v in record["notes"].items() if k not in (*by_series, "series_taken_over")}
        failures = {n: text for n, text in record["failures"].items() if n in names}
        return CachedSeries(forecast, np.array(sorted(here.values())), notes, facts, failures)


def _has_series(arrays: Mapping[str, np.ndarray]) -> bool:
    """Return whether the arrays are a forecast of series with digests, rows that belong together."""
    names = ("series", "position", "forecast", SERIES, DIGEST)
    if any(name not in arrays for name in names):
        return False
    series, position, forecast, own, digest = (arrays[name] for name in names)
    rows = series.shape == position.shape == forecast.shape[:1] and own.shape == digest.shape[:1]
    kinds = all(array.dtype.kind in "iu" for array in (series, position, own)) and forecast.dtype.kind == "f"
    return rows and kinds and forecast.ndim == 2


def _union(stages: Sequence[CachedSeries]) -> CachedSeries:
    """Return the series of several finished stages, different ones in each, as one."""
    notes: dict[str, dict[str, Any]] = {}
    for one in stages:
        for note, by_name in one.notes.items():
            notes.setdefault(note, {}).update(by_name)
    forecast = stages[0].forecast
    for one in stages[1:]:
        forecast = np.where(np.isnan(forecast), one.forecast, forecast)
    failures = {name: text for one in stages for name, text in one.failures.items()}
    return CachedSeries(forecast, np.concatenate([one.series for one in stages]), notes, stages[0].facts, failures)
