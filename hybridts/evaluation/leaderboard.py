"""The leaderboard: all shown names in one table, best first, with tests of the differences.

Names are ranked by their mean MASE (or the metric of the study's `rank_by`) over the cells (series x window). A name
that misses cells keeps its metrics on the cells it has, is flagged, comes after the ranked names and has no rank.
Gains compare two names on the cells that both have; positive is better. `independent_units` chooses what is tested,
`max_test` corrects p-values for the number of names and for the choice of the best baseline or part, `evidence` gives
the verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from hybridts.errors import BadSetting, UserError
from hybridts.evaluation.evidence import DISAGREE, Comparison
from hybridts.evaluation.indexed_run import Evaluation as Evaluation
from hybridts.evaluation.interval_metrics import INTERVAL_METRICS, widest_level
from hybridts.evaluation.metrics import DEFAULT_METRICS, FloatArray, metric_names, near_zero
from hybridts.evaluation.run import Run
from hybridts.text import listed

Missing = Literal["flag", "drop", "error"]
TOO_GOOD = 0.02  # a loss that is a smaller share of the best baseline's is told
FEW_WINDOWS = 10  # with fewer, a notice says that a test over windows depends on its assumptions


def leaderboard(run: Run, metrics: Iterable[str] | None = None, missing: Missing = "flag") -> pd.DataFrame:
    """Return the leaderboard: a row per shown name, best first.

    Args:
        run: a finished backtest.
        metrics: metric names in any case; None takes those of the run. MASE always comes first.
        missing: treatment of names that miss cells: "flag" puts them below the ranked names, "drop" leaves them out,
            "error" refuses.

    Returns:
        Columns rank, model, family, MASE, MASE_median, the other metrics (means over cells; where coverage is among
        them and there are several levels, coverage-80 and so on after it), MASE_sd (standard
        deviation over seeds, of the metric that ranks; only with several seeds), gain_over_part (%), part,
        p_part, vs_best_baseline (%), p, p_raw, verdict, verdict_part, in_best_set, seconds_alone, seconds_added, cells,
        missing, undefined, failures, status, reason. p and p_part are two-sided and hold for all names together and for
        the choice of the best baseline or part; p_raw is for one name alone. in_best_set: whether the name is in the
        Model Confidence Set at 90 % (missing without a test or a rank). ``attrs`` has the measure that ranks, the best
        baseline, the test and notices. Where MASE is defined in no cell, MAE ranks and is used for gains and tests, and
        a notice says so.

    Raises:
        BadSetting: an unknown metric or policy.
        UserError: cells are missing and the policy is "error".
    """
    return board(Evaluation(run), metrics, missing)


def board(evaluation: Evaluation, metrics: Iterable[str] | None = None, missing: Missing = "flag") -> pd.DataFrame:
    """Return `leaderboard` of a run that is already indexed."""
    wanted = metrics if metrics is not None else evaluation.run.manifest.get("metrics") or DEFAULT_METRICS
    names = metric_names(["MASE", *wanted, evaluation.measure], evaluation.user_metrics)
    shown = _names_shown(missing, evaluation)
    table = pd.DataFrame([_row_of(evaluation, name) for name in shown], columns=_COLUMNS)
    metric_table = _metric_columns(evaluation, shown, names)
    table = pd.concat([table, metric_table], axis=1)
    table = _ranked(evaluation, table)
    table = table[["rank", "model", "family", *metric_table.columns, *_COLUMNS[2:]]]
    table.attrs.update(
        measure=evaluation.measure,
        best_baseline=evaluation.best_baseline or "",
        test=evaluation.test.words,
        notices=_notices(evaluation, table),
    )
    return table


_COLUMNS = [
    *("model", "family", "gain_over_part", "part", "p_part", "vs_best_baseline", "p", "p_raw"),
    *("verdict", "verdict_part", "in_best_set"),
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
    entry, none = evaluation.entries[name], Comparison("", math.nan, math.nan, math.nan, "")
    part, lead = evaluation.against_parts.get(name, none), evaluation.against_baseline.get(name, none)
    gain = 0.0 if name == evaluation.best_baseline else lead.gain
    cases, known = evaluation.cases, name in evaluation.row
    cells = int(cases.answered[evaluation.row[name]].sum()) if known else 0
    undefined = int(evaluation.undefined[evaluation.row[name]].sum()) if known else 0
    failures = int((evaluation.run.failures["model"] == name).sum())
    best_set = evaluation.confidence_set
    return [
        *(name, str(entry.get("family", "")), part.gain, part.rival, part.p, gain, lead.p, lead.p_alone),
        *(lead.verdict, part.verdict, name in best_set.names if name in best_set.p else None),
        *(_seconds(evaluation, entry.get(keys, ())) + _tuning(evaluation, name) for keys in ("needs", "last")),
        *(cells, evaluation.missing(name), undefined, failures),
        *(_status(evaluation, name), entry.get("reason") or ""),
    ]


def _status(evaluation: Evaluation, name: str) -> str:
    """Return the manifest's status, but never "complete" for a name that misses cells."""
    status = str(evaluation.entries[name].get("status", "complete"))
    if status != "complete" or evaluation.complete(name):
        return status
    return "partial" if name in evaluation.row else "failed"


def _tuning(evaluation: Evaluation, name: str) -> float:
    """Return the seconds of the search that found a name's settings; 0 without one."""
    facts = evaluation.run.manifest.get("tuned", {}).get(name, {})
    return float(facts.get("seconds", 0.0)) if isinstance(facts, dict) else 0.0


def _seconds(evaluation: Evaluation, keys: Sequence[str]) -> float:
    """Return the seconds of distinct stages; NaN where none of them ran."""
    used = [evaluation.seconds[key] for key in dict.fromkeys(keys) if key in evaluation.seconds]
    return float(sum(used)) if used else math.nan


def _metric_columns(evaluation: Evaluation, shown: list[str], names: list[str]) -> pd.DataFrame:
    """Return means over the cells of each name, and the median of MASE; column "undefined" counts what is left out."""
    columns: dict[str, list[float]] = {}
    if "coverage" in names:
        after = names.index("coverage") + 1
        names = [*names[:after], *evaluation.coverages, *names[after:]]
    for name in names:
        values = evaluation.metric(name)
        rows = [evaluation.over_seeds(values, model) for model in shown]
        columns[name] = [_mean(row) for row in rows]
        if name == "MASE":
            columns["MASE_median"] = [_median(row) for row in rows]
        spread = evaluation.seed_spread
        if name == evaluation.measure and len(spread):
            columns[f"{name}_sd"] = [float(spread["sd"].get(model, math.nan)) for model in shown]
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
    if evaluation.measure != evaluation.wanted_measure and total:
        why = " (its scale is zero or unknown)" if evaluation.wanted_measure == "MASE" else ""
        notices.append(f"{evaluation.wanted_measure} is defined in no cell{why}, so names are ranked by MAE.")
    elif without:
        notices.append(
            f"MASE is undefined in {without} of {total} cells (scale zero or unknown); its means leave them out."
        )
    if total and not table["rank"].notna().any():
        notices.append("No name answered every cell, so no name has a rank; each is scored on the cells it has.")
    notices += _on_metrics(evaluation, table)
    notices += _on_the_test(evaluation, table)
    notices += _on_hybrids(evaluation)
    notices += _too_good(evaluation, table)
    if winner := evaluation.cheap_winner:
        notices.append(f"{winner}, a cheap baseline that was not asked for, leads all names that were.")
    if not evaluation.best_baseline:
        notices.append("There is no baseline to compare with.")
    return notices


def _too_good(evaluation: Evaluation, table: pd.DataFrame) -> list[str]:
    """Return a warning where errors are so small beside the best baseline's that a column probably holds the target."""
    losses = table.set_index("model")[evaluation.measure]
    base = losses.get(evaluation.best_baseline or "", math.nan)
    names = [str(name) for name in losses.index[(losses < TOO_GOOD * base) & (losses >= 0)]]
    if not names:
        return []
    return [
        f"The {evaluation.measure} of {listed(names, 3)} is less than {100 * TOO_GOOD:g} % of that of "
        f"{evaluation.best_baseline}: check that no column holds the target or something that is made of it."
    ]


def _on_hybrids(evaluation: Evaluation) -> list[str]:
    """Return how many hybrids differ from their base, and by how much."""
    gains = evaluation.gains_over_bases
    if not gains:
        return []
    moved = sorted(gain for gain in gains.values() if gain)
    many = f"{len(gains)} hybrid{'s' if len(gains) > 1 else ''}"
    if not moved:
        return [f"Of {many}, none differs from its base: all gates are shut."]
    if len(moved) == 1:
        return [f"Of {many}, 1 differs from its base: its {evaluation.measure} is {_lower(moved[0])}."]
    lower = f"{_lower(float(np.median(moved)))} in the median (from {_lower(moved[0])} to {_lower(moved[-1])})"
    return [f"Of {many}, {len(moved)} differ from their base: their {evaluation.measure} is {lower}."]


def _lower(gain: float) -> str:
    return f"{abs(gain):.1f} % {'lower' if gain >= 0 else 'higher'}"


def _on_metrics(evaluation: Evaluation, table: pd.DataFrame) -> list[str]:
    """Return which metrics are undefined where, and of which interval they are."""
    found, cases = [], evaluation.cases
    if "MAPE" in table.columns:
        cells = np.flatnonzero(near_zero(cases).any(axis=0))
        if len(cells):
            first = str(cases.cells["unique_id"].to_numpy()[cells[0]])
            found.append(
                f"MAPE is refused in {len(cells)} of {len(cases.cells)} cells, first of series {first!r}: an actual is "
                "zero or near it, and would decide the mean. Its means leave these cells out; WAPE has them."
            )
    if "OWA" in table.columns and table["OWA"].isna().all():
        found.append("OWA is unknown: this run has no forecasts of Naive2. Run it again with OWA among its metrics.")
    shown = [name for name in INTERVAL_METRICS if name in table.columns]
    if shown and not cases.quantiles:
        found.append(
            f"No name forecasts quantiles, so {', '.join(shown)} {'is' if len(shown) == 1 else 'are'} unknown."
        )
    elif set(shown) & {"coverage", "Winkler", "MSIS"} and not math.isnan(widest_level(cases)):
        found.append(f"Coverage, Winkler and MSIS are of the {100 * widest_level(cases):.10g} % interval.")
    return found


def _on_the_test(evaluation: Evaluation, table: pd.DataFrame) -> list[str]:
    """Return what a reader must know about the p-values, in sentences."""
    test, found = evaluation.test, []
    if test.kind == "none" and evaluation.best_baseline and len(evaluation.row) > 1:
        found.append(f"{test.words[0].upper()}{test.words[1:]}: differences may be chance.")
    elif test.what == "windows" and test.freedom + 1 < FEW_WINDOWS and table["p"].notna().any():
        found.append(
            f"The test rests on {test.freedom + 1} independent windows: only large differences can be told from "
            "chance, and p holds only if their means are about normal. Add windows."
        )
    contrary = table.loc[table["verdict"] == DISAGREE, "model"]
    if len(contrary):
        more = f" and {len(contrary) - 3} more" if len(contrary) > 3 else ""
        found.append(
            f"For {', '.join(contrary[:3])}{more} the mean loss and the majority of series disagree, so neither is "
            "called better or worse: a few series decide the mean."
        )
    return found


def _mean(values: FloatArray) -> float:
    """Return the mean without NaN; NaN for no value."""
    defined = values[~np.isnan(values)]
    with np.errstate(invalid="ignore"):
        return float(defined.mean()) if len(defined) else math.nan


def _median(values: FloatArray) -> float:
    """Return the median without NaN; NaN for no value."""
    defined = values[~np.isnan(values)]
    return float(np.median(defined)) if len(defined) else math.nan
