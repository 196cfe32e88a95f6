"""Write the tables of a run from its finished stages, one model and window at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from hybridts.data import calendar
from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.data.read.restored import NOTHING, Given, in_zone
from hybridts.data.seasonal import last_value, seasonal_error
from hybridts.engine.engine import Finished
from hybridts.engine.graph import CorrectTask, PriorTask, Task, closure
from hybridts.engine.stage_record import MISSING
from hybridts.evaluation.adaptive_levels import AdaptiveLevels
from hybridts.evaluation.board_names import own_parts
from hybridts.evaluation.manifest import manifest_of
from hybridts.evaluation.naive2 import with_naive2
from hybridts.evaluation.rolling_origin import Window
from hybridts.evaluation.run import RunWriter
from hybridts.evaluation.series_notices import series_notices
from hybridts.evaluation.study import PlannedStudy, Repeat
from hybridts.evaluation.tables import CellMetrics, ModelForecasts, WindowRows, forecasts_schema, metrics_schema
from hybridts.evaluation.user_metrics import CalledPerCell, stored_metrics
from hybridts.hybrids.intervals import monotone
from hybridts.hybrids.upstream import BaseFit, MemberAverage, StageOutput, Upstream
from hybridts.models.forecast import Forecast
from hybridts.names.recipe import Recipe, settings_in

#: Note of an ensemble -> why the members it names are left out.
_LEFT_OUT = {
    "members_left_out": "no forecast",
    "members_unproven": "too few hindcasts compared with the other members",
}
#: Class of a task -> its kind in the table of stages.
_STAGE_KINDS = {"PriorTask": "prior", "FitTask": "fit", "CorrectTask": "correct", "CombineTask": "combine"}
#: Most members of an ensemble that a notice names.
LISTED = 5


def write_results(
    planned: PlannedStudy,
    finished: Sequence[Finished],
    files: RunWriter,
    notices: Sequence[str],
    *,
    float32: bool = False,
) -> dict[str, Any]:
    """Write the tables of a finished execution and return its manifest, without tables and times.

    Args:
        planned: the study.
        finished: its finished stages, then those of its repeats under other seeds.
        files: the files to write.
        notices: sentences for the reader of the run, before those that the stages add.
        float32: store forecasts and actuals with seven digits.
    """
    results, *repeats = _results_of(planned, finished)
    study = planned.study
    cells = cells_of(planned.panel, planned.windows, study.metric_season, planned.given)
    if "OWA" in (*study.metrics, study.rank_by):
        cells = with_naive2(cells, planned.panel, planned.windows, study.schedule)
    metrics = CellMetrics(cells, stored_metrics((*study.metrics, study.rank_by)))
    schema = forecasts_schema(planned.panel, results.levels(), given=planned.given, float32=float32)

    def scored_tables() -> Iterator[pa.Table]:
        for window in planned.windows:
            for own in (results, *repeats):
                for forecasts in own.forecasts(window):
                    metrics.add(forecasts)
                    yield forecasts.table(schema)

    files.write_groups("forecasts", schema, scored_tables())
    files.write_groups("metrics", metrics_schema(metrics.metrics), metrics.tables())
    files.write_frame("cells", cells)
    files.write_frame("failures", pd.concat([own.failures() for own in (results, *repeats)], ignore_index=True))
    files.write_frame("stages", results.stages())
    models = [entry for own in (results, *repeats) for entry in own.models(metrics.answered, len(cells))]
    failed = [m.failed for m in metrics.metrics.values() if isinstance(m, CalledPerCell) and m.failed]
    return {**manifest_of(planned, (*notices, *failed, *results.notices())), "models": models}


def cells_of(
    panel: Panel, windows: Sequence[Window], season: int | None = None, given: Given = NOTHING
) -> pd.DataFrame:
    """Return one row per window and series: cutoff, training rows, metric scales from all data up to the cutoff.

    Columns: window, unique_id, cutoff, length, mase_scale (units of the data), rmsse_scale (their square), last (the
    last known value). `season` is that of the scales; None is the panel's. Cutoffs are in the zone that was `given`.
    """
    season = season or panel.season
    parts = []
    for window in windows:
        origins = window.origins()
        cutoffs = pd.Series(calendar.to_pandas(panel.times[panel.rows(origins)], panel.freq))
        parts.append(
            pd.DataFrame(
                {
                    "window": window.index,
                    "unique_id": np.asarray(panel.ids, dtype=object)[origins.series],
                    "cutoff": in_zone(cutoffs, given),
                    "length": origins.position + 1,
                    "mase_scale": seasonal_error(panel, origins, season),
                    "rmsse_scale": seasonal_error(panel, origins, season, power=2),
                    "last": last_value(panel, origins),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _results_of(planned: PlannedStudy, finished: Sequence[Finished]) -> list[_Results]:
    """Return the results of a study and of its repeats."""
    repeats = zip(planned.repeats, finished[1:], strict=True)
    return [_Results(planned, finished[0]), *(_Results(planned, found, repeat) for repeat, found in repeats)]


class _Results:
    """Rows of a run, from its finished stages; those of a repeat have labels for names."""

    def __init__(self, planned: PlannedStudy, finished: Finished, repeat: Repeat | None = None) -> None:
        self.planned = planned
        self.repeat = repeat
        self.finished = finished
        self.outcome = finished.outcome
        self.plan = finished.plan
        self.recipes = (*planned.recipes, *planned.parts.values()) if repeat is None else tuple(repeat.job.recipes)
        fitted_at = planned.study.schedule.fitted_at
        self.group_of = {w.index: self.plan.refit_windows[fitted_at(w.index)] for w in planned.windows}
        self.adaptive = AdaptiveLevels(planned.study.levels.probabilities, planned.study.schedule)
        self.without: dict[tuple[str, str], list[int]] = {}  # name and reason -> windows without intervals
        self.flat: set[str] = set()  # series without a scale

    # -- forecasts ----------------------------------------------------------------------------------------------
    def label(self, name: str) -> str:
        """Return what the tables call a name: itself, or in a repeat the name with its seed."""
        return name if self.repeat is None else self.repeat.labels[name]

    def forecasts(self, window: Window) -> Iterator[ModelForecasts]:
        """Yield the forecasts of every model that has some in a window."""
        panel, schedule = self.planned.panel, self.planned.study.schedule
        group = self.group_of[window.index]
        origins, own = _answered_origins(window, group.cut.first, group.origins)
        rows = WindowRows.of(panel, window, origins, schedule, self.planned.given)
        for recipe in self.recipes:
            if self.finished.failure(recipe.name, group.index) is None:
                found = self.finished.forecast(recipe.name, own, group.index)
                quantiles = {**found.quantiles, **self._quantiles(recipe.name, window, found, origins, rows)}
                yield ModelForecasts(self.label(recipe.name), rows, found.mean, quantiles)

    def _quantiles(
        self, name: str, window: Window, found: Forecast, origins: Origins, rows: WindowRows
    ) -> dict[float, FloatArray]:
        """Return the quantiles that were asked for; windows come in order, for levels adapt to earlier ones."""
        wanted = self.planned.study.levels.probabilities
        if not wanted:
            return {}
        group, asked = self.group_of[window.index], self.adaptive.asked(name, window.position)
        quantiles = monotone(self.finished.quantiles(name, found, asked, group.index))
        self.adaptive.add(name, origins.series, origins.position, rows.y, quantiles)
        self._note_without(name, window, group.index, next(iter(quantiles.values())), origins)
        return {p: quantiles[p] for p in wanted}

    def _note_without(self, name: str, window: Window, group: int, quantile: FloatArray, origins: Origins) -> None:
        """Note why a name, or some of its series, has no intervals in a window."""
        why, none = self.finished.intervals(name, group).reason, np.isnan(quantile).any(axis=1)
        if why:
            self.without.setdefault((name, why), []).append(window.index)
        elif none.any():
            self.flat |= {self.planned.panel.ids[i] for i in origins.series[none]}

    def levels(self) -> list[float]:
        """Return the quantile levels that any name forecasts, rising."""
        finals = {source.final for source in self.plan.answers.values() if isinstance(source, BaseFit)}
        settings = [getattr(self.plan.tasks[key], "forecaster", None) for key in finals]
        networks = [getattr(forecaster, "training", None) for forecaster in settings]
        own = {level for training in networks for level in getattr(training, "quantiles", ())}
        return sorted(own | set(self.planned.study.levels.probabilities))

    # -- failures and stages ------------------------------------------------------------------------------------
    def failures(self) -> pd.DataFrame:
        """Return one row per failed stage of a model and window, and per series without a forecast."""
        rows = []
        for window in self.planned.windows:
            for recipe in self.recipes:
                rows += self._failures_of(recipe.name, window)
        columns = ["model", "stage", "window", "unique_id", "error", "message", "traceback"]
        return pd.DataFrame([(self.label(str(row[0])), *row[1:]) for row in rows], columns=columns)

    def _failures_of(self, name: str, window: Window) -> list[tuple[object, ...]]:
        group = self.group_of[window.index]
        broken = self.finished.failure(name, group.index)
        if broken is not None:
            if broken["status"] == "not_applicable":
                return []
            stage = broken.get("root", broken["stage"])
            return [(name, stage, window.index, "", broken["error"], broken["message"], broken["traceback"])]
        rows: list[tuple[object, ...]] = []
        for key in dict.fromkeys(self._final_stages(self.plan.answers[name, group.index])):
            record = self.outcome.records[key]
            for series, why in self._missing_series(key, window).items():
                rows.append((name, record["stage"], window.index, series, "SeriesFailure", why, ""))
        return rows

    def _missing_series(self, key: str, window: Window) -> dict[str, str]:
        """Return series id -> why this fit has no forecast for it in this window; other windows may have one."""
        failures: Mapping[str, str] = self.outcome.records[key].get("failures", {})
        if not failures:
            return {}
        group = self.group_of[window.index]
        _, own = _answered_origins(window, group.cut.first, group.origins)
        missing = BaseFit(key).forecast(own, self.finished.store).missing
        names = {self.planned.panel.ids[i] for i in own.series[missing]}
        return {series: why for series, why in failures.items() if series in names}

    def _final_stages(self, source: Upstream) -> list[str]:
        """Return keys of the final base fits and learned ensembles whose series failures are failures of the name."""
        if isinstance(source, MemberAverage):
            return [key for member in source.members for key in self._final_stages(member)]
        if isinstance(source, BaseFit):
            return [source.final]
        task = self.plan.tasks[source.key]
        return self._final_stages(task.source) if isinstance(task, CorrectTask) else [task.key]

    def stages(self) -> pd.DataFrame:
        """Return one row per executed stage."""
        rows = []
        for key, record in self.outcome.records.items():
            task = self.plan.tasks[key]
            rows.append(
                {
                    "key": key,
                    "stage": task.stage,
                    "kind": _STAGE_KINDS[record["role"]],
                    "window": self._window_of(task),
                    "seconds": float(record["seconds"]),
                    "reused": key in self.outcome.reused,
                    "status": record["status"],
                    "names": json.dumps(list(self.plan.uses.get(key, ()))),
                    "notes": json.dumps(record.get("notes", {}), default=str),
                }
            )
        return pd.DataFrame(rows)

    def _window_of(self, task: Task) -> int:
        """Return the window whose training part the task is fitted on; -1 for a prior or a fold between windows."""
        for window, group in self.group_of.items():
            if not isinstance(task, PriorTask) and group.cut is task.cut:
                return window
        return -1

    # -- notices ------------------------------------------------------------------------------------------------
    def notices(self) -> list[str]:
        """Return what the stages found that a reader of the run must know, each sentence once."""
        found: dict[str, None] = {}
        for key, record in self.outcome.records.items():
            for text in record.get("notes", {}).get("notices", ()):
                found[f"{self._stage_label(key)}: {text}"] = None
            if lost := self._lost_folds(key, record):
                found[lost] = None
            for note, why in _LEFT_OUT.items():
                if note in record.get("notes", {}):
                    found[self._left_out(key, record["notes"][note], why)] = None
        records = self.outcome.records
        final = [k for k, task in self.plan.tasks.items() if k in records and self._window_of(task) >= 0]
        noted = [(self._stage_label(k), records[k].get("notes", {})) for k in final]
        return [*found, *series_notices(noted, len(self.planned.panel)), *self._interval_notices()]

    def _interval_notices(self) -> list[str]:
        """Return which names and series have no intervals, and why."""
        shown = {recipe.name for recipe in self.planned.recipes}
        by_reason: dict[tuple[str, tuple[int, ...]], list[str]] = {}
        for (name, why), windows in self.without.items():
            if name in shown and self.repeat is None:
                by_reason.setdefault((why, tuple(windows)), []).append(name)
        texts = []
        for (why, where_not), names in by_reason.items():
            where = "" if len(where_not) == len(self.planned.windows) else f" in {len(where_not)} windows"
            more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
            has = "have" if len(names) > 1 else "has"
            texts.append(f"{', '.join(names[:LISTED])}{more} {has} no intervals{where}: {why}.")
        if self.flat and self.repeat is None:
            texts.append(
                f"{len(self.flat)} series have no intervals, first {min(self.flat)!r}: no seasonal difference of their "
                "past is known or other than zero, so that the size of an error has no scale."
            )
        return texts

    def _lost_folds(self, key: str, record: Mapping[str, Any]) -> str:
        """Return a notice if the stage learned from fewer hindcasts because fits on folds failed, else ""."""
        task = self.plan.tasks[key]
        finals = {k for member in getattr(task, "members", ()) for k in member.required()} | set(task.required())
        lost = [k for k in record.get(MISSING, ()) if k not in finals]
        if not lost:
            return ""
        first, folds = self.outcome.records[lost[0]], set(task.needs()) - finals
        what = f"{self._stage_label(key)} learned from fewer hindcasts: {len(lost)} of {len(folds)} fits on older data"
        return f"{what} have none, the first ({first['stage']}): {first['message']}"

    def _left_out(self, key: str, names: Sequence[str], why: str) -> str:
        """Return a notice on the members that an ensemble leaves out."""
        direct = [name for (name, _), source in self.plan.answers.items() if source == StageOutput(key)]
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        own = direct[0] if direct else self.plan.tasks[key].stage
        return f"{own} leaves out {', '.join(names[:LISTED])}{more}: {why}."

    def _stage_label(self, key: str) -> str:
        """Return the stage, after the names that use it if it is not one of them."""
        stage, names = self.plan.tasks[key].stage, self.plan.uses.get(key, ())
        return stage if not names or stage in names else f"{', '.join(names)} ({stage})"

    # -- models -------------------------------------------------------------------------------------------------
    def models(self, answered: Mapping[str, int], cells: int) -> list[dict[str, Any]]:
        """Return the manifest's entries of all models.

        Args:
            answered: model -> number of cells with at least one forecast.
            cells: number of cells of the run.
        """
        entries = []
        for recipe in self.recipes:
            facts = self.planned.described(recipe)
            label = self.label(recipe.name)
            status, reason = self._status(recipe.name, answered.get(label, 0), cells)
            indices = sorted(self.plan.refit_windows)
            needs = [k for i in indices for k in closure(self.plan.answers[recipe.name, i], self.plan.tasks)]
            last = [k for i in indices for k in self.plan.last[recipe.name, i]]
            entries.append(
                {
                    "name": label,
                    "family": facts["family"],
                    "expression": facts["expression"],
                    "stages": [s["name"] for s in facts["stages"]],
                    "settings": settings_in(recipe),
                    "baseline": self.repeat is None and recipe.name in self.planned.baselines,
                    "asked": self.repeat is None and recipe.name in self.planned.asked,
                    "shown": self.repeat is None and recipe.name not in self.planned.parts,
                    "status": status,
                    "reason": reason,
                    "parts": self._own_parts(recipe),
                    "needs": list(dict.fromkeys(needs)),
                    "last": list(dict.fromkeys(last)),
                }
            )
            if self.repeat is not None:  # its stages are not in the table of stages, and it is no part of a hybrid
                entries[-1] |= {"seed_of": recipe.name, "seed": self.repeat.seed, "parts": [], "needs": [], "last": []}
        return entries

    def _own_parts(self, recipe: Recipe) -> list[str]:
        by_root = {r.root: r.name for r in self.recipes}
        return list(dict.fromkeys(by_root[p] for p in own_parts(recipe.root) if p in by_root))

    def _status(self, name: str, answered: int, cells: int) -> tuple[str, str]:
        """Return the status of a name (complete, partial, failed, not_applicable) and the reason."""
        broken = [b for i in sorted(self.plan.refit_windows) if (b := self.finished.failure(name, i)) is not None]
        if any(b["status"] == "failed" for b in broken):
            first = next(b for b in broken if b["status"] == "failed")
            return ("partial" if answered else "failed"), str(first["message"])
        if broken and not answered:
            return "not_applicable", str(broken[0]["message"])
        if answered < cells:
            why = [str(b["message"]) for b in broken] or self._missing_reasons(name)
            return "partial", f"{cells - answered} of {cells} cells are missing" + "".join(f": {w}" for w in why[:1])
        return "complete", ""

    def _missing_reasons(self, name: str) -> list[str]:
        """Return why series have no forecast, in the order of windows."""
        rows = [row for window in self.planned.windows for row in self._failures_of(name, window)]
        return [str(row[5]) for row in rows]


def _answered_origins(window: Window, first: IntArray | None, fitted: Origins) -> tuple[Origins, Origins]:
    """Return the origins of a window that its fit answers, in positions of the panel and in positions of the fit.

    Args:
        window: the window.
        first: [N] first row of each series in the training part; None where it is the first row of the panel.
        fitted: the origins that the fit answers, in its own positions.
    """
    origins = window.origins()
    shift = 0 if first is None else first[origins.series]
    own = Origins(origins.series, origins.position - shift)
    keep = np.isin(own.code(), fitted.code())
    return origins[keep], own[keep]
