"""The leaderboard: every shown name in one table, best first, with evidence beside each number.

Rank is by mean MASE over the cells (series x window) that every complete name answered. A name that misses
cells keeps its metrics on the cells it has, is flagged, stands below and has no rank. Gains compare two
names on the cells both have; positive is better. Which test gives the p-values is said in significance.py;
they are two-sided and Holm-corrected over all names shown. The best baseline and the best own part are
picked on the same cells they are compared on, which is hard on the challenger, never kind to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from hybridts.errors import BadSetting, UserError
from hybridts.evaluation.metrics import (
    DEFAULT_METRICS,
    METRICS,
    BoolArray,
    Cases,
    FloatArray,
    cases_of,
    mase,
    metric_names,
)
from hybridts.evaluation.run import Run
from hybridts.evaluation.significance import PairedTest, holm, paired_test

Missing = Literal["flag", "drop", "error"]
FEW_WINDOWS = 10  # below, a reader is told that a test over windows rests on its assumptions
ROUNDING = 1e-12  # losses nearer than this, relatively, are the same loss


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A run with its forecasts indexed once; leaderboard and report read the same one."""

    run: Run

    @cached_property
    def cases(self) -> Cases:
        """All forecasts that can be scored."""
        return cases_of(self.run.forecasts, self.run.cells)

    @cached_property
    def entries(self) -> dict[str, dict[str, Any]]:
        """The manifest's models by name, in its order."""
        return {str(m["name"]): m for m in self.run.manifest["models"]}

    @cached_property
    def shown(self) -> list[str]:
        """The names that were asked for, baselines included."""
        return [name for name, entry in self.entries.items() if entry.get("shown", True)]

    @cached_property
    def measure(self) -> str:
        """What ranks: MASE, or MAE where MASE is defined in no cell."""
        scale = self.cases.scale("mase_scale")
        return "MASE" if (self.expected & ~np.isnan(scale)).any() else "MAE"

    @cached_property
    def loss(self) -> FloatArray:
        """[M, C] the measure."""
        return METRICS[self.measure](self.cases)

    @cached_property
    def undefined(self) -> BoolArray:
        """[M, C] whether MASE is undefined in an answered cell."""
        return self.cases.answered & np.isnan(mase(self.cases))

    @cached_property
    def expected(self) -> BoolArray:
        """[C] whether any model answered the cell; one that nobody can answer is not missing."""
        return np.asarray(self.cases.answered.any(axis=0), dtype=bool)

    @cached_property
    def seconds(self) -> dict[str, float]:
        """Of every stage that ran, by key."""
        stages = self.run.stages.drop_duplicates("key")
        return dict(zip(stages["key"], stages["seconds"], strict=True))

    @cached_property
    def row(self) -> dict[str, int]:
        """The row of each model that has forecasts."""
        return {name: i for i, name in enumerate(self.cases.models)}

    def losses(self, name: str) -> FloatArray:
        """[C] the losses of one name; NaN where it has none."""
        return self.loss[self.row[name]] if name in self.row else np.full(len(self.cases.cells), np.nan)

    def missing(self, name: str) -> int:
        """How many cells this name did not answer though another did."""
        answered = int(self.cases.answered[self.row[name]].sum()) if name in self.row else 0
        return int(self.expected.sum()) - answered

    def complete(self, name: str) -> bool:
        """Whether a name has every cell."""
        return name in self.row and bool(self.expected.any()) and self.missing(name) == 0

    @cached_property
    def best_baseline(self) -> str | None:
        """The complete baseline with the lowest mean loss; an incomplete one only where no other is."""
        baselines = [n for n in self.shown if self.entries[n].get("baseline") and n in self.row]
        pool = [n for n in baselines if self.complete(n)] or baselines
        scored = [(_mean(self.losses(n)), n) for n in pool]
        return min(((m, n) for m, n in scored if not math.isnan(m)), default=(0.0, None))[1]

    @cached_property
    def test(self) -> PairedTest:
        """The test that this run's windows and series allow."""
        cells = self.cases.cells
        window = np.unique(cells["window"].to_numpy(), return_inverse=True)[1].ravel()
        series = pd.factorize(cells["unique_id"])[0]
        manifest = self.run.manifest
        used = self.expected & ~np.isnan(self.loss).all(axis=0)  # a series that never moved has cells, and no MASE
        used = used if used.any() else self.expected
        reach = int(manifest["gap"]) + int(manifest["horizon"])
        chosen = paired_test(window[used], series[used], reach, int(manifest["step"]))
        unit = series if chosen.kind == "wilcoxon" else window
        return replace(chosen, unit=unit)

    def compare(self, name: str, other: str) -> tuple[float, float]:
        """Gain of `name` over `other` in percent, positive is better, and the p of "no difference"."""
        a, b = self.losses(name), self.losses(other)
        both = ~np.isnan(a) & ~np.isnan(b)
        if not both.any():
            return math.nan, math.nan
        with np.errstate(invalid="ignore"):
            difference = np.where(both, a - b, np.nan)
            difference[np.abs(difference) <= ROUNDING * (np.abs(a) + np.abs(b))] = 0.0
            reference = float(b[both].mean())
            change = float(difference[both].mean())
        gain = -100.0 * change / reference if reference > 0 else (0.0 if change == 0 else math.nan)
        return gain + 0.0, self.test(difference).p  # + 0.0: no minus zero

    def best_part(self, name: str) -> str | None:
        """Its own part with the lowest mean loss on the cells that the name and all its parts have."""
        parts: list[str] = [p for p in self.entries[name].get("parts", ()) if p in self.row and p != name]
        if not parts or name not in self.row:
            return None
        table = np.stack([self.losses(p) for p in (name, *parts)])
        shared = ~np.isnan(table).any(axis=0)
        if not shared.any():
            return None
        return parts[int(np.argmin(table[1:, shared].mean(axis=1)))]


def leaderboard(run: Run, metrics: Iterable[str] | None = None, missing: Missing = "flag") -> pd.DataFrame:
    """All shown names, best first.

    Args:
        run: a finished backtest.
        metrics: metric names; None takes those the run was asked for. MASE always comes first.
        missing: what to do with names that miss cells: "flag" shows them below the ranked ones, "drop"
            leaves them out, "error" refuses.

    Columns: rank, model, family, MASE, MASE_median, the other metrics (means over cells), gain_over_part
        (%), part, p_part, vs_best_baseline (%), p, p_raw, seconds_alone, seconds_added, cells, missing,
        undefined, failures, status, reason. ``attrs`` says the measure that ranks, the best baseline, the
        test and notices. Where MASE is defined in no cell, MAE ranks, gains and tests use it, and a notice
        says so.

    Raises:
        BadSetting: an unknown metric or policy.
        UserError: cells are missing and the policy is "error".
    """
    return board(Evaluation(run), metrics, missing)


def board(evaluation: Evaluation, metrics: Iterable[str] | None = None, missing: Missing = "flag") -> pd.DataFrame:
    """`leaderboard` of a run that is already indexed."""
    wanted = metrics if metrics is not None else evaluation.run.manifest.get("metrics") or DEFAULT_METRICS
    names = metric_names(["MASE", *wanted, *(["MAE"] if evaluation.measure == "MAE" else [])])
    shown = _apply(missing, evaluation)
    table = pd.DataFrame([_facts(evaluation, name) for name in shown], columns=_FACTS)
    table = pd.concat([table, _metric_columns(evaluation, shown, names)], axis=1)
    for column in ("p", "p_part"):
        table[column] = holm(table[column].to_numpy(dtype=float))
    table = _ranked(evaluation, table)
    table = table[["rank", "model", "family", "MASE", "MASE_median", *names[1:], *_FACTS[2:]]]
    table.attrs.update(
        measure=evaluation.measure,
        best_baseline=evaluation.best_baseline or "",
        test=evaluation.test.words,
        notices=_notices(evaluation, table),
    )
    return table


_FACTS = [
    *("model", "family", "gain_over_part", "part", "p_part", "vs_best_baseline", "p", "p_raw"),
    *("seconds_alone", "seconds_added", "cells", "missing", "undefined", "failures", "status", "reason"),
]


def _apply(missing: str, evaluation: Evaluation) -> list[str]:
    """The names to show under a policy for missing cells."""
    partial = [n for n in evaluation.shown if not evaluation.complete(n) and _status(evaluation, n) != "not_applicable"]
    if missing == "flag" or (missing == "error" and not partial):
        return evaluation.shown
    if missing == "drop":
        return [n for n in evaluation.shown if n not in partial]
    if missing != "error":
        raise BadSetting(
            f"missing={missing!r} is not a policy; use flag, drop or error.",
            "missing",
            missing,
            "flag, drop, error",
        )
    listed = ", ".join(f"{n} ({evaluation.missing(n)} cells)" for n in partial[:10])
    more = f" and {len(partial) - 10} more" if len(partial) > 10 else ""
    raise UserError(f"Forecasts are missing: {listed}{more}. Use missing='flag' to show them below, or 'drop'.")


def _facts(evaluation: Evaluation, name: str) -> list[object]:
    """One row of `_FACTS`."""
    entry, baseline, part = evaluation.entries[name], evaluation.best_baseline, evaluation.best_part(name)
    gain, p_part = evaluation.compare(name, part) if part else (math.nan, math.nan)
    lead, p = evaluation.compare(name, baseline) if baseline and baseline != name else (math.nan, math.nan)
    if name == baseline:
        lead = 0.0
    cases, known = evaluation.cases, name in evaluation.row
    cells = int(cases.answered[evaluation.row[name]].sum()) if known else 0
    undefined = int(evaluation.undefined[evaluation.row[name]].sum()) if known else 0
    failures = int((evaluation.run.failures["model"] == name).sum())
    return [
        *(name, str(entry.get("family", "")), gain, part or "", p_part, lead, p, p),
        *(_seconds(evaluation, entry.get("needs", ())), _seconds(evaluation, entry.get("last", ()))),
        *(cells, evaluation.missing(name), undefined, failures),
        *(_status(evaluation, name), entry.get("reason") or ""),
    ]


def _status(evaluation: Evaluation, name: str) -> str:
    """The manifest's word, except that a name with missing cells is never called complete."""
    status = str(evaluation.entries[name].get("status", "complete"))
    if status != "complete" or evaluation.complete(name):
        return status
    return "partial" if name in evaluation.row else "failed"


def _seconds(evaluation: Evaluation, keys: Sequence[str]) -> float:
    """Seconds of distinct stages; NaN where none of them ran."""
    used = [evaluation.seconds[key] for key in dict.fromkeys(keys) if key in evaluation.seconds]
    return float(sum(used)) if used else math.nan


def _metric_columns(evaluation: Evaluation, shown: list[str], names: list[str]) -> pd.DataFrame:
    """Means over the cells each name has, and the median of MASE; undefined cells are counted elsewhere."""
    columns: dict[str, list[float]] = {}
    for name in names:
        values = METRICS[name](evaluation.cases)
        rows = {model: values[i] for model, i in evaluation.row.items()}
        none = np.full(values.shape[1], np.nan)
        columns[name] = [_mean(rows.get(model, none)) for model in shown]
        if name == "MASE":
            columns["MASE_median"] = [_median(rows.get(model, none)) for model in shown]
    return pd.DataFrame(columns)


def _ranked(evaluation: Evaluation, table: pd.DataFrame) -> pd.DataFrame:
    """Sort and rank: complete, incomplete, failed, not applicable; equal losses share a rank."""
    measure = [_mean(evaluation.losses(name)) for name in table["model"]]
    level = [float(f"{m:.12g}") for m in measure]
    whole = np.array([evaluation.complete(n) for n in table["model"]], dtype=bool) & ~np.isnan(level)
    last = {"failed": 2, "not_applicable": 3}
    group = [
        0 if w else 1 if c else last.get(s, 2) for w, c, s in zip(whole, table["cells"], table["status"], strict=True)
    ]
    stages = [len(evaluation.entries[n].get("stages", ())) for n in table["model"]]
    order = pd.DataFrame({"group": group, "level": level, "stages": stages, "model": table["model"]})
    order = order.sort_values(["group", "level", "stages", "model"], kind="stable")
    rank = pd.Series(level).where(whole).rank(method="min").astype("Int64")
    return table.assign(rank=rank).loc[order.index].reset_index(drop=True)


def _notices(evaluation: Evaluation, table: pd.DataFrame) -> list[str]:
    """What a reader must know about the ranks."""
    notices = []
    scale = evaluation.cases.scale("mase_scale")
    without = int((evaluation.expected & np.isnan(scale)).sum())
    total = int(evaluation.expected.sum())
    if evaluation.measure == "MAE" and total:
        notices.append("MASE is defined in no cell (its scale is zero or unknown), so names are ranked by MAE.")
    elif without:
        notices.append(
            f"MASE is undefined in {without} of {total} cells (scale zero or unknown); its means leave them out."
        )
    if total and not table["rank"].notna().any():
        notices.append("No name answered every cell, so no name has a rank; each is scored on the cells it has.")
    tests = int(table["p"].notna().sum())
    least = min(1.0, tests * evaluation.test.smallest)
    if least >= 0.05:
        notices.append(
            f"Too few series to tell {tests} names from the best baseline: corrected for that many tests, "
            f"no p can fall below {least:.2g}. Compare fewer names; p_raw (p alone in the report) is a hint only."
        )
    if evaluation.test.kind == "dm" and evaluation.test.units < FEW_WINDOWS and tests:
        notices.append(
            f"The test rests on {evaluation.test.units} windows: with so few, p holds only if their differences are "
            "normal, which nothing here can show. Add windows, or series."
        )
    if not evaluation.best_baseline:
        notices.append("There is no baseline to compare with.")
    return notices


def _mean(values: FloatArray) -> float:
    defined = values[~np.isnan(values)]
    with np.errstate(invalid="ignore"):
        return float(defined.mean()) if len(defined) else math.nan


def _median(values: FloatArray) -> float:
    defined = values[~np.isnan(values)]
    return float(np.median(defined)) if len(defined) else math.nan
