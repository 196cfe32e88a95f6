"""From finished stages to the tables and the manifest of a run, one model and window at a time."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd

from hybridts.data import calendar
from hybridts.data.panel import Origins, Panel
from hybridts.data.seasonal import seasonal_error
from hybridts.engine.engine import Finished
from hybridts.engine.graph import CorrectTask, Task, closure
from hybridts.engine.stage_record import MISSING
from hybridts.engine.stage_store import FORMAT
from hybridts.evaluation.rolling_origin import Window, align_of, overlap
from hybridts.evaluation.run import Writing
from hybridts.evaluation.study import PlannedStudy, own_parts
from hybridts.evaluation.tables import SCORES, Index, Piece, Scores, schema_of
from hybridts.hybrids.upstream import BaseFit, StageOutput
from hybridts.names.recipe import Recipe, settings_in
from hybridts.text import without_midnight

_LEFT_OUT = {
    "members_left_out": "no forecast",
    "members_unproven": "too few hindcasts beside those of the others",
}
#: Members of an ensemble that a notice names.
LISTED = 5
PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "statsforecast", "scikit-learn", "xgboost", "torch")


def collect(
    planned: PlannedStudy,
    finished: Finished,
    files: Writing,
    notices: Sequence[str],
    *,
    float32: bool = False,
) -> dict[str, Any]:
    """Write the tables of a finished execution; back comes its manifest."""
    collector = _Collector(planned, finished)
    cells = cells_of(planned.panel, planned.windows)
    scores = Scores(cells)
    schema = schema_of(planned.panel, float32=float32)
    files.pieces("forecasts", schema, (scores.noted(piece).table(schema) for piece in collector.pieces()))
    files.pieces("metrics", SCORES, scores.tables())
    files.frame("cells", cells)
    files.frame("failures", collector.failures())
    files.frame("stages", collector.stages())
    models = collector.models(scores.have, len(cells))
    return {**manifest_of(planned, (*notices, *collector.notices())), "models": models}


def cells_of(panel: Panel, windows: Sequence[Window]) -> pd.DataFrame:
    """One row per window and series: cutoff, training rows, metric scales from all data up to the cutoff."""
    parts = []
    for window in windows:
        origins = window.origins()
        parts.append(
            pd.DataFrame(
                {
                    "window": window.index,
                    "unique_id": np.asarray(panel.ids, dtype=object)[origins.series],
                    "cutoff": calendar.to_pandas(panel.times[panel.rows(origins)], panel.freq),
                    "length": origins.position + 1,
                    "mase_scale": seasonal_error(panel, origins, panel.season),
                    "rmsse_scale": seasonal_error(panel, origins, panel.season, power=2),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def manifest_of(planned: PlannedStudy, notices: Sequence[str]) -> dict[str, Any]:
    """What a reader needs to know about the run, apart from its tables."""
    study, panel, schedule = planned.study, planned.panel, planned.study.schedule
    align = align_of(panel, schedule)
    behind = overlap(panel, planned.windows, align)
    return {
        "format": FORMAT,
        "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "versions": {**{p: metadata.version(p) for p in PACKAGES}},
        "seed": study.seed,
        "data": {"fingerprint": panel.fingerprint, "series": len(panel), "rows": int(panel.lengths.sum())},
        "horizon": schedule.horizon,
        "gap": schedule.gap,
        "step": schedule.every,
        "season": panel.season,
        "metric_season": panel.season,
        "freq": panel.freq,
        "align": align,
        "scheme": schedule.scheme,
        "refit": schedule.refit,
        "baselines": study.baselines,
        "metrics": list(study.metrics),
        "settings": {k: dict(v) for k, v in study.settings.items()},
        "windows": [
            {
                "index": w.index,
                "cutoff": _cutoff_text(panel, w),
                "series": len(w.origins()),
                "left_out": [{"id": i, "found": f, "needed": n} for i, f, n in w.left_out],
                "overlap": b,
            }
            for w, b in zip(planned.windows, behind, strict=True)
        ],
        "notices": list(notices),
    }


def _cutoff_text(panel: Panel, window: Window) -> str:
    """The time of a cutoff, or "first to last" where series have their own; both with a time of day, or neither."""
    times = np.unique(panel.times[panel.rows(window.origins())])
    shown = [str(t) for t in calendar.to_pandas(times[[0, -1]][: len(times)], panel.freq)]
    return " to ".join(without_midnight(shown))


class _Collector:
    """From finished tasks to the rows of a run."""

    def __init__(self, planned: PlannedStudy, finished: Finished) -> None:
        self.planned = planned
        self.finished = finished
        self.outcome = finished.outcome
        self.plan = finished.plan
        self.recipes = (*planned.recipes, *planned.parts.values())
        fitted_at = planned.study.schedule.fitted_at
        self.group_of = {w.index: self.plan.refit_windows[fitted_at(w.index)] for w in planned.windows}

    # -- forecasts ----------------------------------------------------------------------------------------------
    def pieces(self) -> Iterator[Piece]:
        """What every model said in every window, window by window."""
        panel, schedule = self.planned.panel, self.planned.study.schedule
        for window in self.planned.windows:
            group = self.group_of[window.index]
            origins, own = _shared_origins(window, group.cut.first, group.origins)
            index = Index.of(panel, window, origins, schedule)
            for recipe in self.recipes:
                if self.finished.failure(recipe.name, group.index) is None:
                    yield Piece(recipe.name, index, self.finished.forecast(recipe.name, own, group.index).mean)

    # -- facts --------------------------------------------------------------------------------------------------
    def failures(self) -> pd.DataFrame:
        rows = []
        for window in self.planned.windows:
            for recipe in self.recipes:
                rows += self._failures_of(recipe.name, window)
        columns = ["model", "stage", "window", "unique_id", "error", "message", "traceback"]
        return pd.DataFrame(rows, columns=columns)

    def _failures_of(self, name: str, window: Window) -> list[tuple[object, ...]]:
        group = self.group_of[window.index]
        broken = self.finished.failure(name, group.index)
        if broken is not None:
            if broken["status"] == "not_applicable":
                return []
            stage = broken.get("root", broken["stage"])
            return [(name, stage, window.index, "", broken["error"], broken["message"], broken["traceback"])]
        rows: list[tuple[object, ...]] = []
        for key in dict.fromkeys(self._finals(self.plan.answers[name, group.index])):
            record = self.outcome.records[key]
            for series, why in self._silent(key, window).items():
                rows.append((name, record["stage"], window.index, series, "SeriesFailure", why, ""))
        return rows

    def _silent(self, key: str, window: Window) -> dict[str, str]:
        """Series id -> why this fit has no answer for it in this window; a fit may answer others of its windows."""
        failures: Mapping[str, str] = self.outcome.records[key].get("failures", {})
        if not failures:
            return {}
        group = self.group_of[window.index]
        _, own = _shared_origins(window, group.cut.first, group.origins)
        missing = BaseFit(key).forecast(own, self.finished.store).missing
        silent = {self.planned.panel.ids[i] for i in own.series[missing]}
        return {series: why for series, why in failures.items() if series in silent}

    def _finals(self, source: Any) -> list[str]:
        """Keys of the final base fits (and learned ensembles) whose series failures are the name's own."""
        if hasattr(source, "members"):
            return [k for m in source.members for k in self._finals(m)]
        if hasattr(source, "final"):
            return [source.final]
        task = self.plan.tasks[source.key]
        return self._finals(task.source) if isinstance(task, CorrectTask) else [task.key]

    def _silent_reasons(self, name: str) -> list[str]:
        """Why series have no forecast, the first of them first."""
        rows = [row for window in self.planned.windows for row in self._failures_of(name, window)]
        return [str(row[5]) for row in rows]

    def stages(self) -> pd.DataFrame:
        rows = []
        for key, record in self.outcome.records.items():
            task = self.plan.tasks[key]
            rows.append(
                {
                    "key": key,
                    "stage": task.stage,
                    "kind": {"FitTask": "fit", "CorrectTask": "correct"}.get(record["role"], "combine"),
                    "window": self._window_of(task),
                    "seconds": float(record["seconds"]),
                    "reused": key in self.outcome.reused,
                    "status": record["status"],
                    "names": json.dumps(list(self.plan.uses.get(key, ()))),
                    "notes": json.dumps(record.get("notes", {}), default=str),
                }
            )
        return pd.DataFrame(rows)

    def notices(self) -> list[str]:
        """What fits found that a reader of the run must know, each once."""
        found: dict[str, None] = {}
        for key, record in self.outcome.records.items():
            for text in record.get("notes", {}).get("notices", ()):
                found[f"{self._whose(key)}: {text}"] = None
            if lost := self._lost_folds(key, record):
                found[lost] = None
            for note, why in _LEFT_OUT.items():
                if note in record.get("notes", {}):
                    found[self._left_out(key, record["notes"][note], why)] = None
        return list(found)

    def _lost_folds(self, key: str, record: Mapping[str, Any]) -> str:
        """That a stage learned from fewer hindcasts, because fits on older data have none; empty where it did not."""
        task = self.plan.tasks[key]
        finals = {k for member in getattr(task, "members", ()) for k in member.required()} | set(task.required())
        lost = [k for k in record.get(MISSING, ()) if k not in finals]
        if not lost:
            return ""
        first, folds = self.outcome.records[lost[0]], set(task.needs()) - finals
        what = f"{self._whose(key)} learned from fewer hindcasts: {len(lost)} of {len(folds)} fits on older data"
        return f"{what} have none, the first ({first['stage']}): {first['message']}"

    def _left_out(self, key: str, out: Sequence[str], why: str) -> str:
        """Which members an ensemble goes on without."""
        direct = [name for (name, _), source in self.plan.answers.items() if source == StageOutput(key)]
        more = f" and {len(out) - LISTED} more" if len(out) > LISTED else ""
        own = direct[0] if direct else self.plan.tasks[key].stage
        return f"{own} goes on without {', '.join(out[:LISTED])}{more}: {why}."

    def _whose(self, key: str) -> str:
        """The stage, and which names use it where it bears none of theirs."""
        stage, names = self.plan.tasks[key].stage, self.plan.uses.get(key, ())
        return stage if not names or stage in names else f"{', '.join(names)} ({stage})"

    def _window_of(self, task: Task) -> int:
        """The window whose training part this is; -1 for a fold between windows."""
        for window, group in self.group_of.items():
            if group.cut is task.cut:
                return window
        return -1

    def models(self, have: Mapping[str, int], cells: int) -> list[dict[str, Any]]:
        """The manifest's entries; `have` counts the cells that each model said anything about."""
        described = []
        for recipe in self.recipes:
            facts = self.planned.described(recipe)
            status, reason = self._status(recipe.name, have.get(recipe.name, 0), cells)
            indices = sorted(self.plan.refit_windows)
            needs = [k for i in indices for k in closure(self.plan.answers[recipe.name, i], self.plan.tasks)]
            last = [k for i in indices for k in self.plan.last[recipe.name, i]]
            described.append(
                {
                    "name": recipe.name,
                    "family": facts["family"],
                    "expression": facts["expression"],
                    "stages": [s["name"] for s in facts["stages"]],
                    "settings": settings_in(recipe),
                    "baseline": recipe.name in self.planned.baselines,
                    "shown": recipe.name not in self.planned.parts,
                    "status": status,
                    "reason": reason,
                    "parts": self._own_parts(recipe),
                    "needs": list(dict.fromkeys(needs)),
                    "last": list(dict.fromkeys(last)),
                }
            )
        return described

    def _own_parts(self, recipe: Recipe) -> list[str]:
        by_root = {r.root: r.name for r in self.recipes}
        return list(dict.fromkeys(by_root[p] for p in own_parts(recipe.root) if p in by_root))

    def _status(self, name: str, have: int, wanted: int) -> tuple[str, str]:
        broken = [b for i in sorted(self.plan.refit_windows) if (b := self.finished.failure(name, i)) is not None]
        if any(b["status"] == "failed" for b in broken):
            first = next(b for b in broken if b["status"] == "failed")
            return ("partial" if have else "failed"), str(first["message"])
        if broken and not have:
            return "not_applicable", str(broken[0]["message"])
        if have < wanted:
            why = [str(b["message"]) for b in broken] or self._silent_reasons(name)
            return "partial", f"{wanted - have} of {wanted} cells are missing" + "".join(f": {w}" for w in why[:1])
        return "complete", ""


def _shared_origins(window: Window, first: Any, held: Origins) -> tuple[Origins, Origins]:
    """The window's origins that its fit answers: in the panel's positions, and in the fit's own."""
    origins = window.origins()
    shift = 0 if first is None else first[origins.series]
    own = Origins(origins.series, origins.position - shift)
    keep = np.isin(own.code(), held.code())
    return origins[keep], own[keep]
