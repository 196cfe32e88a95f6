"""One task: read what it stands on from the store, fit, answer, hand back arrays and facts. No hidden state."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.engine.graph import CombineTask, CorrectTask, FitTask, FromFit, FromMembers, FromStage, Source, Task
from hybridts.engine.series_digests import digests
from hybridts.engine.stage_store import StageResult
from hybridts.errors import HybridtsError, NotApplicable, StageFailure
from hybridts.hybrids.correction import Learned, corrected_rows, learn
from hybridts.hybrids.ensemble_weights import Shares, fixed, learn_shares
from hybridts.hybrids.fitted import FittedChain, FittedEnsemble, why
from hybridts.hybrids.hindcast_rows import Frame, combined_rows, honest_rows, joint_rows, middle, no_rows, rows_at
from hybridts.hybrids.settings import LEARNED
from hybridts.models.protocols import Fitted, Hindcasts, NotedBySeries, Reusing, Warm, Weighted, Weights

#: A member with fewer hindcasts than the most any has, divided by this, is left out of a learned ensemble: weights are
#: learned on what all members answered. Folds of networks may be half as wide as those of local models, or little less.
FEWEST_OF = 4
#: In the record of a task: the keys of what it needed and went on without.
MISSING = "missing"
#: Arrays of a stage whose names begin so are the weights of its model.
WEIGHT = "weight:"


class Results(Protocol):
    """Where finished stages are read from."""

    def has(self, key: str) -> bool:
        """Whether the stage has finished."""

    def load(self, key: str) -> StageResult:
        """A finished stage."""

    def record(self, key: str) -> Mapping[str, Any]:
        """Only its facts."""


class Done(NamedTuple):
    """What a task leaves: its result, and the fitted object for those who want to keep it."""

    result: StageResult
    fitted: Any


class Answer(NamedTuple):
    """A fitted base and what it says at a task's origins.

    Attributes:
        fitted: the model.
        forecast: [M, H], NaN where it has no answer.
        reasons: series id -> why it has none, apart from series it could not be fitted on.
    """

    fitted: Fitted
    forecast: FloatArray
    reasons: Mapping[str, str]


def run_task(task: Task, panel: Panel, results: Results) -> Done:
    """Run one task. Never raises for a model's fault: the record then says "failed" or "not_applicable"."""
    if isinstance(task, FitTask):
        return recorded(task, lambda: finished(task, panel, answer(task, panel, results), results))
    if isinstance(task, CombineTask):
        return recorded(task, lambda: _combine(task, panel, results))
    return recorded(task, lambda: _correct(task, panel, results))


def recorded(task: Task, compute: Callable[[], Done]) -> Done:
    """What `compute` answers, with the facts of its task; whatever it raises becomes a record that says so."""
    start = time.perf_counter()
    try:
        done = compute()
        arrays, record = done.result.arrays, {**done.result.record, "status": "done"}
        fitted = done.fitted
    except NotApplicable as reason:
        arrays, fitted = {}, None
        record = {
            "status": "not_applicable",
            "message": str(reason),
            "error": "NotApplicable",
            "traceback": "",
        }
    except Exception as cause:  # the one broad except: a model's fault is a row, never the end of a run
        arrays, fitted = {}, None
        record = {
            "status": "failed",
            "message": _advice(cause),
            "error": type(cause).__name__,
            "traceback": traceback.format_exc(limit=-6),
        }
    facts = {"key": task.key, "stage": task.stage, "kind": task.kind, "role": type(task).__name__}
    seconds = {"seconds": round(time.perf_counter() - start, 6)}
    return Done(StageResult(arrays, {**facts, **record, **seconds}), fitted)


def _advice(cause: Exception) -> str:
    """One line on what went wrong; errors of our own say what to do themselves."""
    text = str(cause) or type(cause).__name__
    return text if isinstance(cause, HybridtsError) else f"{type(cause).__name__}: {text}"


# -- bases --------------------------------------------------------------------------------------------------------
def answer(task: FitTask, panel: Panel, results: Results) -> Answer:
    """Fit the base and ask it."""
    return ask(task, panel, fit(task, panel, results))


def fit(task: FitTask, panel: Panel, results: Results) -> Fitted:
    """The base, with the decisions or weights that it takes over from another fit."""
    frame = task.frame
    model = task.forecaster
    if task.earlier is not None and isinstance(model, Reusing):
        model = model.reuse(results.record(task.earlier).get("notes", {}))
    seen = task.cut.training(panel, frame.reach)
    if task.start is not None and isinstance(model, Warm):
        return model.fit_from(_weights(results.load(task.start)), seen, frame.horizon, frame.gap, frame.seed)
    return model.fit(seen, frame.horizon, frame.gap, frame.seed)


def ask(task: FitTask, panel: Panel, fitted: Fitted) -> Answer:
    """What a base says at the task's origins, and why where that is not finite.

    Raises:
        StageFailure: the answer has a wrong shape.
    """
    visible = task.cut.visible(panel, task.origins, task.frame.reach)
    forecast = fitted.forecast(visible, task.origins)
    wanted = (len(task.origins), task.frame.horizon)
    if np.shape(forecast) != wanted:
        raise StageFailure(f"{task.stage} answered shape {np.shape(forecast)}, expected {wanted} (origins, horizon).")
    silent = np.flatnonzero(~np.isfinite(forecast).all(axis=1))
    if not len(silent):
        return Answer(fitted, forecast, {})
    reasons = why(fitted, visible, task.origins[silent])
    named = dict.fromkeys(panel.ids[i] for i in task.origins.series[silent])
    return Answer(fitted, forecast, {n: reasons[n] for n in named if n in reasons and n not in fitted.failures})


def finished(task: FitTask, panel: Panel, found: Answer, results: Results) -> Done:
    """The result of a base; where each series stands alone, with what another run needs to take some of them over.

    Raises:
        StageFailure: its answer is not finite for a series without a reason.
    """
    fitted = found.fitted
    failures = {**fitted.failures, **found.reasons}
    _check(found.forecast, task, failures, panel)
    arrays = {"series": task.origins.series, "position": task.origins.position, "forecast": found.forecast}
    if task.warm and isinstance(fitted, Weighted):
        arrays |= {f"{WEIGHT}{name}": values for name, values in fitted.weights().items()}
    record: dict[str, Any] = {"notes": dict(fitted.notes), "failures": failures}
    if task.lineage and isinstance(fitted, NotedBySeries):
        arrays |= digests(task, panel, results.load)
        record |= {"lineage": task.lineage, "by_series": sorted(fitted.found)}
    return Done(StageResult(arrays, record), fitted)


def _weights(result: StageResult) -> Weights:
    """The weights that a warm fit left for the next; none where it failed."""
    return {name.removeprefix(WEIGHT): a for name, a in result.arrays.items() if name.startswith(WEIGHT)}


def _check(forecast: FloatArray, task: Task, failures: Mapping[str, str], panel: Panel) -> None:
    """Refuse numbers that are not finite where no failure was declared."""
    bad = np.flatnonzero(~np.isfinite(forecast).all(axis=1))
    named = [panel.ids[task.origins.series[row]] for row in bad]
    unsaid = [name for name in dict.fromkeys(named) if name not in failures]
    if unsaid:
        raise StageFailure(
            f"{task.stage} answered values that are not finite on {len(unsaid)} series, first {unsaid[0]!r}."
        )


# -- corrections --------------------------------------------------------------------------------------------------
def _correct(task: CorrectTask, panel: Panel, results: Results) -> Done:
    frame = task.frame
    base = task.cut.base(panel)
    seen = base.cut(task.cut.position, frame.reach)
    rows = _known_bases(honest(task.source, seen, results, frame))
    open_gate = task.rules.gate == "open"
    learned = learn(task.corrector, seen, rows, frame, own=task.own, open_gate=open_gate)
    asked = answered(task.source, task.origins, results)
    visible = task.cut.visible(panel, task.origins, frame.reach)
    answers = rows_at(visible, task.origins, asked, np.full(len(task.origins), -1), frame)
    forecast = learned.after(visible, answers)
    _refuse_new_gaps(forecast, asked, task)
    arrays = {"series": task.origins.series, "position": task.origins.position, "forecast": forecast}
    if task.deeper:
        arrays |= _kept(corrected_rows(task.corrector, seen, rows, frame, own=task.own, open_gate=open_gate))
    notes = learned.notes()
    warnings = [*notes.get("notices", ()), *task.rules.warnings()]
    notes |= {"notices": warnings} if warnings else {}
    return Done(StageResult(arrays, {"notes": notes, "failures": {}, **_missing(task, results)}), learned)


def _missing(task: Task, results: Results) -> dict[str, list[str]]:
    """What a task goes on without, for its record: another run may have it."""
    keys = [key for key in task.needs() if not results.has(key)]
    return {MISSING: keys} if keys else {}


def _kept(rows: Hindcasts) -> dict[str, np.ndarray]:
    """Honest rows as arrays of a stage."""
    return {
        "honest_series": rows.origins.series,
        "honest_position": rows.origins.position,
        "honest_fold": rows.fold,
        "honest_forecast": rows.forecast,
    }


def _refuse_new_gaps(forecast: FloatArray, before: FloatArray, task: Task) -> None:
    """A correction may not turn a finite forecast into one that is not."""
    bad = (~np.isfinite(forecast) & np.isfinite(before)).any(axis=1)
    if bad.any():
        raise StageFailure(f"{task.stage}: the correction is not finite at {int(bad.sum())} origins.")


def _known_bases(rows: Hindcasts) -> Hindcasts:
    """The rows whose forecast exists: a series that the base failed on teaches nothing."""
    return rows[np.isfinite(rows.forecast).all(axis=1)]


# -- ensembles that go on without members that did not finish -----------------------------------------------------
def _combine(task: CombineTask, panel: Panel, results: Results) -> Done:
    """One forecast of many; members that did not finish are left out."""
    there = [i for i, m in enumerate(task.members) if all(results.has(key) for key in m.finals())]
    if not there:
        raise StageFailure(f"{task.stage}: none of its {len(task.members)} members finished; see their failures.")
    if task.how in LEARNED:
        members, shares, arrays = _learned_shares(task, there, panel, results)
    else:
        members, shares, arrays = there, fixed(task.how, len(panel), len(there)), {}
    asked = [answered(task.members[i], task.origins, results) for i in members]
    forecast = shares.apply(asked, task.origins.series)
    arrays |= {"series": task.origins.series, "position": task.origins.position, "forecast": forecast}
    out = {
        "members_left_out": [name for i, name in enumerate(task.names) if i not in there],
        "members_unproven": [task.names[i] for i in there if i not in members],
    }
    notes = {**shares.notes([task.names[i] for i in members]), **{key: names for key, names in out.items() if names}}
    used = {task.names[i]: answer for i, answer in zip(members, asked, strict=True)}
    gaps = _without_for_some(used, notes.get("weights", used), task.origins, panel)
    notes |= {"notices": gaps} if gaps else {}
    silent = task.origins.series[~np.isfinite(forecast).all(axis=1)]
    failures = {
        panel.ids[i]: f"Series {panel.ids[i]!r}: no member has a forecast; see theirs." for i in np.unique(silent)
    }
    record = {"notes": notes, "failures": failures, **_missing(task, results)}
    return Done(StageResult(arrays, record), Combined(tuple(members), shares))


def _without_for_some(
    asked: Mapping[str, FloatArray], weighed: Container[str], origins: Origins, panel: Panel
) -> list[str]:
    """Which members with a weight have no forecast for some series; the others share it there."""
    found = []
    for name, forecast in asked.items():
        if name not in weighed:
            continue
        silent = np.unique(origins.series[~np.isfinite(forecast).all(axis=1)])
        if len(silent):
            more = f" and {len(silent) - 1} more" if len(silent) > 1 else ""
            found.append(f"goes on without {name} for series {panel.ids[silent[0]]!r}{more}: it has no forecast there.")
    return found


def _learned_shares(
    task: CombineTask, there: Sequence[int], panel: Panel, results: Results
) -> tuple[list[int], Shares, dict[str, np.ndarray]]:
    """Which of the members count, their weights from what their hindcasts have in common, honest rows if asked for."""
    seen = task.cut.base(panel).cut(task.cut.position, task.frame.reach)
    rows = [_known_bases(honest(task.members[i], seen, results, task.frame)) for i in there]
    most = max(map(len, rows))
    used = [k for k, r in enumerate(rows) if len(r) * FEWEST_OF >= most]  # the others would hide most rows
    rows = [rows[k] for k in used]

    def learn_on(known: Sequence[Hindcasts]) -> Shares:
        return learn_shares(task.how, task.options, known, len(seen), task.frame.reach)

    kept = _kept(combined_rows(rows, seen, task.frame, learn_on)) if task.deeper else {}
    return [there[k] for k in used], learn_on(rows), kept


class Combined(NamedTuple):
    """Which members of an ensemble count, and their weights."""

    members: tuple[int, ...]
    shares: Shares


def honest(source: Source, seen: Panel, results: Results, frame: Frame) -> Hindcasts:
    """The honest rows of a source, as seen at the cutoff."""
    if isinstance(source, FromMembers):
        return joint_rows([honest(m, seen, results, frame) for m in source.members], source.how)
    if isinstance(source, FromFit):
        there = [(k, f) for k, f in zip(source.keys, source.folds, strict=True) if results.has(k)]
        answers = [_pick(results.load(k), f.origins) for k, f in there]
        return honest_rows(seen, [f for _, f in there], answers, frame)
    arrays = results.load(source.key).arrays
    if not len(arrays["honest_series"]):
        return no_rows(frame.horizon)
    origins = Origins(arrays["honest_series"], arrays["honest_position"])
    return rows_at(seen, origins, arrays["honest_forecast"], arrays["honest_fold"], frame)


def answered(source: Source, origins: Origins, results: Results) -> FloatArray:
    """[M, H] the forecast so far at these origins."""
    if isinstance(source, FromMembers):
        return middle([answered(m, origins, results) for m in source.members], source.how)
    key = source.final if isinstance(source, FromFit) else source.key
    return _pick(results.load(key), origins)


def _pick(result: StageResult, origins: Origins) -> FloatArray:
    """The stored forecasts at these origins; the store holds every origin that the plan asked for."""
    held = Origins(result.arrays["series"], result.arrays["position"]).code()
    at = np.searchsorted(held, origins.code())
    picked: FloatArray = result.arrays["forecast"][at]
    return picked


# -- keeping the models -------------------------------------------------------------------------------------------
def assemble(source: Source, tasks: Mapping[str, Task], kept: Callable[[str], Any]) -> Fitted:
    """The fitted form of a planned name, from the objects its tasks kept."""
    if isinstance(source, FromFit):
        base: Fitted = kept(source.final)
        return base
    if isinstance(source, FromMembers):
        return FittedEnsemble(tuple(assemble(m, tasks, kept) for m in source.members), source.how)
    task = tasks[source.key]
    if isinstance(task, CombineTask):
        found: Combined = kept(source.key)
        there = (assemble(m, tasks, kept) if i in found.members else None for i, m in enumerate(task.members))
        return FittedEnsemble(tuple(there), shares=found.shares)
    assert isinstance(task, CorrectTask)
    learned: Learned = kept(source.key)
    inner = assemble(task.source, tasks, kept)
    if isinstance(inner, FittedChain) and isinstance(task.source, FromStage):
        return replace(inner, corrections=(*inner.corrections, learned))
    return FittedChain(inner, (learned,), task.cut.position, task.frame)
