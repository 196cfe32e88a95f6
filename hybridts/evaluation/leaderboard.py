"""The leaderboard: all shown names in one table, best first, with tests of the differences.

Names are ranked by their mean MASE over the cells (series x window). A name that misses cells keeps its metrics on
the cells it has, is flagged, comes after the ranked names and has no rank. Gains compare two names on the cells that
both have; positive is better. `significance` chooses the test; p-values are two-sided and Holm-corrected over all names
shown. The best baseline and the best own part are chosen on the cells that they are compared on, which can
only lower the gains.
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
FEW_WINDOWS = 10  # with fewer, a notice says that a test over windows depends on its assumptions
ROUNDING = 1e-12  # losses whose relative difference is smaller count as equal


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A run with its forecasts indexed once, for the leaderboard and the report.

    Attributes:
        run: the finished backtest.
    """

    run: Run

    @cached_property
    def cases(self) -> Cases:
        """Return the forecasts with a known actual."""
        return cases_of(self.run.forecasts, self.run.cells)

    @cached_property
    def entries(self) -> dict[str, dict[str, Any]]:
        """Return the manifest's models by name, in its order."""
        return {str(m["name"]): m for m in self.run.manifest["models"]}

    @cached_property
    def shown(self) -> list[str]:
        """Return the names on the board: models and baselines, without parts of hybrids."""
        return [name for name, entry in self.entries.items() if entry.get("shown", True)]

    @cached_property
    def measure(self) -> str:
        """Return the metric that ranks: MASE, or MAE where MASE is defined in no cell."""
        scale = self.cases.scale("mase_scale")
        return "MASE" if (self.expected & ~np.isnan(scale)).any() else "MAE"

    @cached_property
    def loss(self) -> FloatArray:
        """Return the metric that ranks, [models, cells]."""
        return METRICS[self.measure](self.cases)

    @cached_property
    def undefined(self) -> BoolArray:
        """Return whether MASE is undefined in an answered cell, [models, cells]."""
        return self.cases.answered & np.isnan(mase(self.cases))

    @cached_property
    def expected(self) -> BoolArray:
        """Return whether any model answered a cell, [cells]; other cells do not count as missing."""
        return np.asarray(self.cases.answered.any(axis=0), dtype=bool)

    @cached_property
    def seconds(self) -> dict[str, float]:
        """Return the seconds of every stage that ran, by key."""
        stages = self.run.stages.drop_duplicates("key")
        return dict(zip(stages["key"], stages["seconds"], strict=True))

    @cached_property
    def row(self) -> dict[str, int]:
        """Return name -> row in [models, cells], for models that have forecasts."""
        return {name: i for i, name in enumerate(self.cases.models)}

    def losses(self, name: str) -> FloatArray:
        """Return the losses of one name, [cells]; NaN where it has none."""
        return self.loss[self.row[name]] if name in self.row else np.full(len(self.cases.cells), np.nan)

    def missing(self, name: str) -> int:
        """Return the number of cells that another name answered and this one did not."""
        answered = int(self.cases.answered[self.row[name]].sum()) if name in self.row else 0
        return int(self.expected.sum()) - answered

    def complete(self, name: str) -> bool:
        """Return whether a name answered every expected cell."""
        return name in self.row and bool(self.expected.any()) and self.missing(name) == 0

    @cached_property
    def best_baseline(self) -> str | None:
        """Return the baseline with the lowest mean loss; one that misses cells only where all do. None without one."""
        baselines = [n for n in self.shown if self.entries[n].get("baseline") and n in self.row]
        pool = [n for n in baselines if self.complete(n)] or baselines
        scored = [(_mean(self.losses(n)), n) for n in pool]
        return min(((m, n) for m, n in scored if not math.isnan(m)), default=(0.0, None))[1]

    @cached_property
    def test(self) -> PairedTest:
        """Return the test of differences that this run's windows and series allow."""
        cells = self.cases.cells
        window = np.unique(cells["window"].to_numpy(), return_inverse=True)[1].ravel()
        series = pd.factorize(cells["unique_id"])[0]
        manifest = self.run.manifest
        used = self.expected & ~np.isnan(self.loss).all(axis=0)  # a constant series has cells but no MASE
        used = used if used.any() else self.expected
        span = int(manifest["gap"]) + int(manifest["horizon"])
        chosen = paired_test(window[used], series[used], span, int(manifest["step"]))
        unit = series if chosen.kind == "wilcoxon" else window
        return replace(chosen, unit=unit)

    def compare(self, name: str, other: str) -> tuple[float, float]:
        """Return the gain of `name` over `other` in percent (positive is better) and the p of "no difference".

        Both are computed on the cells that both names have, and are NaN where there is none.
        """
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
        return gain + 0.0, self.test(difference).p  # + 0.0 turns -0.0 into 0.0

    def best_part(self, name: str) -> str | None:
        """Return the own part with the lowest mean loss on the cells that the name and all its parts have.

        None for a name without own parts or without such cells.
        """
        parts: list[str] = [p for p in self.entries[name].get("parts", ()) if p in self.row and p != name]
        if not parts or name not in self.row:
            return None
        table = np.stack([self.losses(p) for p in (name, *parts)])
        shared = ~np.isnan(table).any(axis=0)
        if not shared.any():
            return None
        return parts[int(np.argmin(table[1:, shared].mean(axis=1)))]


def leaderboard(run: Run, metrics: Iterable[str] | None = None, missing: Missing = "flag") -> pd.DataFrame:
    """Return the leaderboard: a row per shown name, best first.

    Args:
        run: a finished backtest.
        metrics: metric names in any case; None takes those of the run. MASE always comes first.
        missing: treatment of names that miss cells: "flag" puts them below the ranked names, "drop" leaves them out,
            "error" refuses.

    Returns:
        Columns rank, model, family, MASE, MASE_median, the other metrics (means over cells), gain_over_part (%), part,
        p_part, vs_best_baseline (%), p, p_raw, seconds_alone, seconds_added, cells, missing, undefined, failures,
        status, reason. ``attrs`` has the measure that ranks, the best baseline, the test and notices. Where MASE is
        defined in no cell, MAE ranks and is used for gains and tests, and a notice says so.

    Raises:
        BadSetting: an unknown metric or policy.
        UserError: cells are missing and the policy is "error".
    """
    return board(Evaluation(run), metrics, missing)


def board(evaluation: Evaluation, metrics: Iterable[str] | None = None, missing: Missing = "flag") -> pd.DataFrame:
    """Return `leaderboard` of a run that is already indexed."""
    wanted = metrics if metrics is not None else evaluation.run.manifest.get("metrics") or DEFAULT_METRICS
    names = metric_names(["MASE", *wanted, *(["MAE"] if evaluation.measure == "MAE" else [])])
    shown = _names_shown(missing, evaluation)
    table = pd.DataFrame([_row_of(evaluation, name) for name in shown], columns=_COLUMNS)
    table = pd.concat([table, _metric_columns(evaluation, shown, names)], axis=1)
    for column in ("p", "p_part"):
        table[column] = holm(table[column].to_numpy(dtype=float))
    table = _ranked(evaluation, table)
    table = table[["rank", "model", "family", "MASE", "MASE_median", *names[1:], *_COLUMNS[2:]]]
    table.attrs.update(
        measure=evaluation.measure,
        best_baseline=evaluation.best_baseline or "",
        test=evaluation.test.words,
        notices=_notices(evaluation, table),
    )
    return table


_COLUMNS = [
    *("model", "family", "gain_over_part", "part", "p_part", "vs_best_baseline", "p", "p_raw"),
    *("seconds_alone", "seconds_added", "cells", "missing", "undefined", "failures", "status", "reason"),
]


def _names_shown(missing: str, evaluation: Evaluation) -> list[str]:
    """Return the names to show under a policy for missing cells."""
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


def _row_of(evaluation: Evaluation, name: str) -> list[object]:
    """Return the values of `_COLUMNS` for one name."""
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
    """Return the manifest's status, but never "complete" for a name that misses cells."""
    status = str(evaluation.entries[name].get("status", "complete"))
    if status != "complete" or evaluation.complete(name):
        return status
    return "partial" if name in evaluation.row else "failed"


def _seconds(evaluation: Evaluation, keys: Sequence[str]) -> float:
    """Return the seconds of distinct stages; NaN where none of them ran."""
    used = [evaluation.seconds[key] for key in dict.fromkeys(keys) if key in evaluation.seconds]
    return float(sum(used)) if used else math.nan


def _metric_columns(evaluation: Evaluation, shown: list[str], names: list[str]) -> pd.DataFrame:
    """Return means over the cells of each name, and the median of MASE; column "undefined" counts what is left out."""
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
    """Sort by complete, incomplete, failed, not applicable and then by loss; equal losses share a rank."""
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
    """Return what a reader must know about the ranks, in sentences."""
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
            f"no p can be below {least:.2g}. Compare fewer names; p_raw (p alone in the report) is a hint only."
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
    """Return the mean without NaN; NaN for no value."""
    defined = values[~np.isnan(values)]
    with np.errstate(invalid="ignore"):
        return float(defined.mean()) if len(defined) else math.nan


def _median(values: FloatArray) -> float:
    """Return the median without NaN; NaN for no value."""
    defined = values[~np.isnan(values)]
    return float(np.median(defined)) if len(defined) else math.nan
