"""What a report picks out of a run: names worth drawing, typical series, the speed-accuracy front, gates."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.breakdown import group_table
from hybridts.evaluation.leaderboard import Evaluation


def kind_of(evaluation: Evaluation, name: str) -> str:
    """ "baseline", "hybrid" (more than one stage) or "single"."""
    entry = evaluation.entries[name]
    if entry.get("baseline"):
        return "baseline"
    return "hybrid" if len(entry.get("stages", ())) > 1 else "single"


def contenders(evaluation: Evaluation, board: pd.DataFrame, count: int) -> list[str]:
    """The best `count` names that differ in loss and are no baselines, then the best baseline."""
    chosen: list[str] = []
    seen: set[str] = set()
    level = board[board.attrs["measure"]]
    for name, loss in zip(board["model"], level, strict=True):
        key = f"{loss:.10g}"
        if evaluation.entries[name].get("baseline") or math.isnan(loss) or key in seen or len(chosen) == count:
            continue
        seen.add(key)
        chosen.append(name)
    baseline = evaluation.best_baseline
    return [*chosen, baseline] if baseline else chosen


def typical_series(evaluation: Evaluation, name: str, count: int) -> list[tuple[str, float]]:
    """Series from easy to hard for one name, evenly spaced in loss, with that loss."""
    table = group_table(evaluation, "unique_id")
    table = table[(table["model"] == name) & table[evaluation.measure].notna()]
    table = table.sort_values([evaluation.measure, "unique_id"], kind="stable").reset_index(drop=True)
    if table.empty:
        return []
    places = (np.arange(count) + 0.5) / count * len(table) if len(table) > count else np.arange(len(table))
    rows = table.iloc[places.astype(int)]
    return [(str(u), float(m)) for u, m in zip(rows["unique_id"], rows[evaluation.measure], strict=True)]


def pareto_front(seconds: Sequence[float], loss: Sequence[float]) -> list[int]:
    """Indices of the points that no other point beats in both, fastest first; NaN points are none."""
    points = sorted((s, x, i) for i, (s, x) in enumerate(zip(seconds, loss, strict=True)) if not math.isnan(s + x))
    front: list[int] = []
    best = math.inf
    for _, x, i in points:
        if x < best:
            front.append(i)
            best = x
    return front


def gates(evaluation: Evaluation) -> pd.DataFrame:
    """Of each correction and window that a shown name uses: stage, window, gate (a list), reason, gain (in MASE)."""
    used = {key for name in evaluation.shown for key in evaluation.entries[name].get("needs", ())}
    rows = []
    stages = evaluation.run.stages.drop_duplicates("key")
    stages = stages[stages["key"].isin(used)]
    for stage, window, text in zip(stages["stage"], stages["window"], stages["notes"], strict=True):
        notes = json.loads(text) if text else {}
        if notes.get("gate"):
            gate = [float(g) for g in notes["gate"]]
            gain = float(notes.get("gate_gain") or 0.0)
            reason = str(notes.get("gate_reason") or "")
            lost = notes.get("not_positive") or ()
            reason += f"; not used for {words.plural(len(lost), 'series')} with values of 0 or less" if lost else ""
            rows.append((str(stage), int(window), gate, reason, gain))
    return pd.DataFrame(sorted(rows), columns=["stage", "window", "gate", "reason", "gain"])


def mean_gates(table: pd.DataFrame) -> pd.DataFrame:
    """[stage, step] the mean gate over windows, the most open stage first."""
    if table.empty:
        return pd.DataFrame()
    wide = pd.DataFrame(table["gate"].tolist(), index=table["stage"]).groupby(level=0, sort=True).mean()
    wide.columns = pd.RangeIndex(1, wide.shape[1] + 1)
    return wide.loc[(-wide.mean(axis=1)).sort_values(kind="stable").index]


def sharing(evaluation: Evaluation) -> pd.DataFrame:
    """One row per distinct stage: stage, kind, names (a list), fits, reused, seconds, saved fits."""
    stages = evaluation.run.stages.drop_duplicates("key")
    rows = []
    for (stage, kind), group in stages.groupby(["stage", "kind"], sort=False):
        listed = [json.loads(text) if text else [] for text in group["names"]]
        names = list(dict.fromkeys(str(n) for names in listed for n in names))
        saved = sum(max(len(names) - 1, 0) for names in listed)
        rows.append((stage, kind, names, len(group), int(group["reused"].sum()), float(group["seconds"].sum()), saved))
    table = pd.DataFrame(rows, columns=["stage", "kind", "names", "fits", "reused", "seconds", "saved"])
    return table.sort_values(["saved", "stage"], ascending=[False, True], kind="stable").reset_index(drop=True)
