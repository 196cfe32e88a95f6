"""The stages of a run that its report speaks of, with what they found."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.models.findings import StageFindings, StageNote


def used_stages(evaluation: Evaluation) -> pd.DataFrame:
    """Return one row per distinct stage that a shown name needs, in the order of the run."""
    used = {key for name in evaluation.shown for key in evaluation.entries[name].get("needs", ())}
    stages = evaluation.run.stages.drop_duplicates("key")
    return stages[stages["key"].isin(used)]


def findings_of(notes: str) -> StageFindings:
    """Read what a stage found from its notes in the table of stages; without notes it found nothing."""
    found = json.loads(notes) if notes else {}
    return StageFindings.from_notes(found if isinstance(found, dict) else {})


def names_of(names: str) -> list[str]:
    """Read which names use a stage, from the table of stages."""
    return [str(name) for name in json.loads(names)] if names else []


def gates_of(evaluation: Evaluation) -> pd.DataFrame:
    """Return the gates of the corrections that shown names use, a row per correction and window.

    Columns: stage, window, gate (a list, [H]), reason, gain (in units of MASE).
    """
    rows = []
    stages = used_stages(evaluation)
    for stage, window, notes in zip(stages["stage"], stages["window"], stages["notes"], strict=True):
        findings = findings_of(notes)
        gate, lost = findings.gate, findings.notes.get("not_positive", StageNote()).by_series
        if gate is not None:
            unused = f"; not used for {words.plural(len(lost), 'series')} with values of 0 or less" if lost else ""
            rows.append((str(stage), int(window), list(gate.gate), gate.reason + unused, gate.gain))
    return pd.DataFrame(sorted(rows), columns=["stage", "window", "gate", "reason", "gain"])


def importances_of(evaluation: Evaluation) -> pd.DataFrame:
    """Return the feature importances of the learners that shown names use.

    Columns: stage, names (a list), window, feature, importance; the largest of each fit first.
    """
    rows = []
    stages = used_stages(evaluation)
    columns = (stages[c] for c in ("stage", "names", "window", "notes"))
    for stage, names, window, notes in zip(*columns, strict=True):
        found = findings_of(notes).importances
        for feature, value in (found.by_feature if found is not None else {}).items():
            rows.append((str(stage), names_of(names), int(window), feature, value))
    return pd.DataFrame(rows, columns=["stage", "names", "window", "feature", "importance"])


def curves_of(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the training curves that networks stored ("curve": mean losses of equal parts of the training).

    Keys: stage, window, steps (a list), losses (a list).
    """
    found: list[dict[str, Any]] = []
    stages = used_stages(evaluation)
    for stage, window, notes in zip(stages["stage"], stages["window"], stages["notes"], strict=True):
        findings = findings_of(notes)
        curve = findings.notes.get("curve", StageNote()).value
        if isinstance(curve, list) and len(curve) > 1 and all(isinstance(v, int | float) for v in curve):
            steps = findings.network.steps if findings.network is not None else len(curve)
            at = [steps * (k + 1) / len(curve) for k in range(len(curve))]
            found.append({"stage": str(stage), "window": int(window), "steps": at, "losses": [float(v) for v in curve]})
    return found
