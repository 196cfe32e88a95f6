"""A run with its forecasts indexed once: losses of every name, and comparisons of names, each made on first use."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from hybridts.errors import BadSetting
from hybridts.evaluation import evidence
from hybridts.evaluation.confidence_set import ConfidenceSet, confidence_set
from hybridts.evaluation.evidence import Comparison, CriticalDifference, HeadToHead, Losses
from hybridts.evaluation.independent_units import PairedTest, units_of
from hybridts.evaluation.interval_metrics import coverages
from hybridts.evaluation.metrics import METRICS, BoolArray, Cases, FloatArray, IntArray, as_loss, cases_of, mase
from hybridts.evaluation.run import Run, read_table
from hybridts.evaluation.significance import clark_west, holm


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
        """Return the metric that ranks: that of the study, or MAE where it is defined in no cell."""
        wanted = self.wanted_measure
        if wanted == "MASE":
            scale = self.cases.scale("mase_scale")
            return "MASE" if (self.expected & ~np.isnan(scale)).any() else "MAE"
        return wanted if (~np.isnan(self.metric(wanted))).any() else "MAE"

    @property
    def wanted_measure(self) -> str:
        """Return the metric that the study ranks by."""
        return str(self.run.manifest.get("rank_by") or "MASE")

    @cached_property
    def user_metrics(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the facts on metrics of users that the run stored, by name."""
        found: Mapping[str, Mapping[str, Any]] = self.run.manifest.get("user_metrics") or {}
        return found

    def metric(self, name: str) -> FloatArray:
        """Return the values of a metric or of a column of `coverages`, [models, cells].

        Those of a user's metric are read from the run.

        Raises:
            BadSetting: the metric is a user's, and the run did not store it.
        """
        if name not in self._metrics:
            own = METRICS.get(name)
            by_level = self._coverages.get(name) if own is None else None
            self._metrics[name] = (
                own(self.cases) if own is not None else self._stored_metric(name) if by_level is None else by_level
            )
        return self._metrics[name]

    @cached_property
    def _coverages(self) -> dict[str, FloatArray]:
        return coverages(self.cases)

    @property
    def coverages(self) -> list[str]:
        """Return the columns of coverage by level, the narrowest interval first; none where there is only one."""
        return list(self._coverages) if len(self._coverages) > 1 else []

    @cached_property
    def _metrics(self) -> dict[str, FloatArray]:
        """Return the metrics computed so far."""
        return {}

    def _stored_metric(self, name: str) -> FloatArray:
        if name not in self.user_metrics:
            stored = ", ".join(self.user_metrics) or "none"
            why = f"{name!r} is not a metric that this run stored (of users': {stored}). Run it again with the metric."
            raise BadSetting(why, "metrics", name)
        table = read_table(self.run.path / "metrics.parquet")
        cells = pd.MultiIndex.from_frame(self.cases.cells[["window", "unique_id"]].astype({"unique_id": object}))
        own = pd.MultiIndex.from_frame(table[["window", "unique_id"]].astype({"unique_id": object}))
        row = pd.Index(self.cases.models).get_indexer(pd.Index(table["model"].astype(object)))
        column = cells.get_indexer(own)
        values = np.full(self.cases.answered.shape, np.nan)
        known = (row >= 0) & (column >= 0)
        values[row[known], column[known]] = table[name].to_numpy(dtype=float)[known]
        return values

    @cached_property
    def loss(self) -> FloatArray:
        """Return the metric that ranks as a loss, lower is better, [models, cells]."""
        larger = bool(self.user_metrics.get(self.measure, {}).get("larger_is_better", False))
        return as_loss(self.measure, self.cases, self.metric(self.measure), larger_is_better=larger)

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

    @cached_property
    def seed_rows(self) -> dict[str, list[int]]:
        """Return name -> its rows in [models, cells], one for every seed under which it answered every cell it has."""
        rows = {name: [row] for name, row in self.row.items()}
        for label, entry in self.entries.items():
            name, row = entry.get("seed_of"), self.row.get(label)
            if (
                name in rows
                and row is not None
                and (self.cases.answered[row] >= self.cases.answered[rows[name][0]]).all()
            ):
                rows[name].append(row)
        return rows

    def over_seeds(self, values: FloatArray, name: str) -> FloatArray:
        """Return the mean over seeds of one name's row of `values` [models, cells]; NaN where it has none."""
        rows = self.seed_rows.get(name)
        return np.full(values.shape[1], np.nan) if rows is None else np.asarray(values[rows].mean(axis=0))

    def losses(self, name: str) -> FloatArray:
        """Return the losses of one name, [cells], their means over seeds; NaN where it has none."""
        return self.over_seeds(self.loss, name)

    def losses_by_seed(self, name: str) -> FloatArray:
        """Return the losses of one name under every seed, [seeds, cells]."""
        return self.loss[self.seed_rows[name]] if name in self.row else self.losses(name)[None]

    @cached_property
    def seed_spread(self) -> pd.DataFrame:
        """Return, by name, the spread over seeds of its mean loss: seeds, mean, sd, low, high; empty for one seed."""
        found = {n: [_mean(row) for row in self.losses_by_seed(n)] for n in self.shown if n in self.row}
        rows = {
            n: (len(means), float(np.mean(means)), float(np.std(means, ddof=1)), min(means), max(means))
            for n, means in found.items()
            if len(means) > 1
        }
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["seeds", "mean", "sd", "low", "high"])
        table.index.name = "model"
        return table

    def missing(self, name: str) -> int:
        """Return the number of cells that another name answered and this one did not."""
        answered = int(self.cases.answered[self.row[name]].sum()) if name in self.row else 0
        return int(self.expected.sum()) - answered

    def complete(self, name: str) -> bool:
        """Return whether a name answered every expected cell."""
        return name in self.row and bool(self.expected.any()) and self.missing(name) == 0

    # -- rivals -------------------------------------------------------------------------------------------------
    @cached_property
    def baselines(self) -> list[str]:
        """Return the baselines with forecasts; those that miss cells only where all do."""
        found = [n for n in self.shown if self.entries[n].get("baseline") and n in self.row]
        pool = [n for n in found if self.complete(n)] or found
        return [n for n in pool if not math.isnan(_mean(self.losses(n)))]

    @cached_property
    def best_baseline(self) -> str | None:
        """Return the baseline with the lowest mean loss; None without one."""
        return min(((_mean(self.losses(n)), n) for n in self.baselines), default=(0.0, None))[1]

    def own_parts(self, name: str) -> list[str]:
        """Return the parts of a name that have forecasts."""
        return [p for p in self.entries[name].get("parts", ()) if p in self.row and p != name]

    def best_part(self, name: str) -> str | None:
        """Return the own part with the lowest mean loss on the cells that the name and all its parts have.

        None for a name without own parts or without such cells.
        """
        parts = self.own_parts(name)
        if not parts or name not in self.row:
            return None
        table = np.stack([self.losses(p) for p in (name, *parts)])
        shared = ~np.isnan(table).any(axis=0)
        if not shared.any():
            return None
        return parts[int(np.argmin(table[1:, shared].mean(axis=1)))]

    # -- comparisons --------------------------------------------------------------------------------------------
    @cached_property
    def test(self) -> PairedTest:
        """Return the test of differences that this run's windows and series allow."""
        manifest = self.run.manifest
        used = self.expected & ~np.isnan(self.loss).all(axis=0)  # a constant series has cells but no MASE
        used = used if used.any() else self.expected
        span = int(manifest["gap"]) + int(manifest["horizon"])
        return units_of(self.cases.cells, used, span, int(manifest["step"]), manifest.get("freq"))

    @cached_property
    def comparable(self) -> Losses:
        """Return the losses of every name with the units that a test of them may use."""
        series: IntArray = pd.factorize(self.cases.cells["unique_id"])[0].astype(np.int64)
        return Losses(self.losses, self.losses_by_seed, series, self.test)

    @cached_property
    def against_baseline(self) -> dict[str, Comparison]:
        """Return name -> comparison with the best baseline, for every shown name but that baseline."""
        best = self.best_baseline
        if best is None:
            return {}
        names = [n for n in self.shown if n != best and n in self.row]
        rivals = {n: self.baselines for n in names}
        return evidence.compare_all(self.comparable, rivals, dict.fromkeys(names, best), one_best=True)

    @cached_property
    def against_parts(self) -> dict[str, Comparison]:
        """Return name -> comparison with its best own part, for every shown name that has parts."""
        best = {n: part for n in self.shown if (part := self.best_part(n))}
        return evidence.compare_all(self.comparable, {n: self.own_parts(n) for n in best}, best, one_best=False)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """Return the verdicts by name, against the best baseline and the best own part; "" without one."""
        columns = {
            "baseline": {n: c.verdict for n, c in self.against_baseline.items()},
            "part": {n: c.verdict for n, c in self.against_parts.items()},
        }
        return pd.DataFrame(columns, index=pd.Index(self.shown, name="model"), dtype=object).fillna("")

    def compare(self, name: str, other: str) -> tuple[float, float]:
        """Return the gain of `name` over `other` in percent (positive is better) and the p of "no difference".

        Both are computed on the cells that both names have, and are NaN where there is none. p is that of this pair
        alone, chosen without looking at its losses.
        """
        found = self.head_to_head(name, other)
        return found.gain, found.p

    def head_to_head(self, name: str, other: str) -> HeadToHead:
        """Compare two names that were not chosen by their losses."""
        return evidence.head_to_head(self.comparable, name, other)

    # -- all names together -------------------------------------------------------------------------------------
    @cached_property
    def ranked(self) -> list[str]:
        """Return the shown names that answered every cell and have a finite mean loss, best first."""
        scored = [(_mean(self.losses(n)), i, n) for i, n in enumerate(self.shown) if self.complete(n)]
        return [n for mean, _, n in sorted(scored) if math.isfinite(mean)]

    @cached_property
    def _ranked_losses(self) -> FloatArray:
        """Return the losses of the ranked names, [names, cells]; NaN in cells without a loss."""
        return np.stack([self.losses(n) for n in self.ranked]) if self.ranked else np.empty((0, 0))

    @cached_property
    def confidence_set(self) -> ConfidenceSet:
        """Return the names that cannot be told from the best, at 90 %."""
        return confidence_set(self.ranked, self._ranked_losses, self.test)

    @cached_property
    def critical_difference(self) -> CriticalDifference:
        """Return mean ranks over the units and their critical difference."""
        return evidence.critical_difference(self.ranked, self._ranked_losses, self.test)

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """Return 95 % intervals of mean loss, skill over the best baseline and rank of the ranked names."""
        table = evidence.intervals(self.ranked, self._ranked_losses, self.test, self.best_baseline)
        table.attrs["measure"] = self.measure
        return table

    @cached_property
    def win_rates(self) -> pd.DataFrame:
        """Return the share of cells in which the row is better than the column, for names with forecasts."""
        return evidence.win_rates([n for n in self.shown if n in self.row], self.comparable)

    @cached_property
    def clark_west(self) -> pd.DataFrame:
        """Return, by hybrid, whether it knows anything that the base it nests does not: part, statistic, p, p_holm.

        A hybrid whose corrections are noise loses to its base, because it estimates more; the test of Clark and West
        takes that loss out. A small p does not say that the hybrid forecasts better.
        """
        rows = {}
        for name in self.shown:
            base = self._nested(name)
            if base is not None and name in self.row:
                rows[name] = (base, *self._clark_west(name, base))
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["part", "statistic", "p"])
        table.index.name = "model"
        table["p_holm"] = holm(table["p"].to_numpy(dtype=float))
        return table

    def _nested(self, name: str) -> str | None:
        """Return the longest chain with forecasts that a name continues, such as ARIMA-SVM of ARIMA-SVM-RF."""
        own = str(self.entries[name].get("expression", name))
        found = [p for p in self.own_parts(name) if own.startswith(f"{self.entries[p].get('expression', p)}-")]
        return max(found, key=lambda p: len(str(self.entries[p].get("expression", p))), default=None)

    def _clark_west(self, name: str, base: str) -> tuple[float, float]:
        """Return statistic and one-sided p, of squared errors over the scale of RMSSE."""
        wide, narrow = (self._errors(n) for n in (name, base))
        scale = self.cases.scale("rmsse_scale")
        cells = len(scale)
        suffixes = ("_wide", "_narrow")
        both = wide.merge(narrow, how="inner", left_index=True, right_index=True, suffixes=suffixes)
        adjusted = clark_west(both["error_narrow"].to_numpy(), both["error_wide"].to_numpy())
        cell = both.index.get_level_values("cell").to_numpy()
        count = np.bincount(cell, minlength=cells)
        total = np.bincount(cell, weights=adjusted, minlength=cells)
        with np.errstate(invalid="ignore", divide="ignore"):
            per_cell = np.where(count > 0, total / count, np.nan) / scale
        if self.test.kind == "none" or np.isnan(per_cell).all():
            return math.nan, math.nan
        if not np.nan_to_num(per_cell).any():
            return 0.0, 1.0
        return self.test.above_zero(per_cell)

    def _errors(self, name: str) -> pd.DataFrame:
        """Return the errors of a name in the cells it answered: index cell, step; column error."""
        cases, row, count = self.cases, self.row[name], len(self.cases.cells)
        own = np.flatnonzero(cases.code // count == row) if count else np.empty(0, np.int64)
        cell = cases.code[own] % count if count else own
        index = pd.MultiIndex.from_arrays([cell, cases.step[own]], names=["cell", "step"])
        frame = pd.DataFrame({"error": cases.yhat[own] - cases.y[own]}, index=index)
        kept: pd.DataFrame = frame.loc[cases.answered[row][cell]]
        return kept

    # -- equal forecasts ----------------------------------------------------------------------------------------
    @cached_property
    def equal_groups(self) -> list[tuple[str, ...]]:
        """Return the names, hidden parts included, that make the same forecasts, simplest first."""
        cases, count = self.cases, len(self.cases.cells)
        if not count:
            return []
        order = np.lexsort((cases.step, cases.code))
        model = cases.code[order] // count
        starts = np.searchsorted(model, np.arange(len(cases.models) + 1))
        rows = [order[a:b] for a, b in itertools.pairwise(starts)]
        whole = [i for i, name in enumerate(cases.models) if self.complete(name)]
        forecasts = {cases.models[i]: cases.yhat[rows[i]] for i in whole}
        simple = sorted(
            (n for n, e in self.entries.items() if "seed_of" not in e),
            key=lambda n: len(self.entries[n].get("stages", ())),
        )
        return evidence.equal_groups(forecasts, simple)

    @cached_property
    def credited(self) -> dict[str, str]:
        """Return name -> the simplest name that makes the same forecasts: itself, another, or a hidden part."""
        simplest = {n: group[0] for group in self.equal_groups for n in group}
        return {n: simplest.get(n, n) for n in self.shown}

    @cached_property
    def gains_over_bases(self) -> dict[str, float]:
        """Return hybrid -> how much lower its mean loss is than that of the chain it continues, in %.

        0 for one that makes the same forecasts; only hybrids that answered every cell, as their base did.
        """
        same = {n: set(group) for group in self.equal_groups for n in group}
        gains = {}
        for name in self.shown:
            base = self._nested(name)
            if base is None or not (self.complete(name) and self.complete(base)):
                continue
            before, after = _mean(self.losses(base)), _mean(self.losses(name))
            equal = base in same.get(name, set())
            if equal or before > 0:
                gains[name] = 0.0 if equal else 100 * (before - after) / before
        return gains

    @cached_property
    def cheap_winner(self) -> str | None:
        """Return the baseline nobody asked for that leads all names that were asked; None where there is none."""
        if not self.ranked:
            return None
        first = self.ranked[0]
        entry = self.entries[first]
        asked = any(self.entries[n].get("asked") for n in self.ranked)  # an older run does not say
        return first if asked and entry.get("baseline") and not entry.get("asked") else None


def _mean(values: FloatArray) -> float:
    """Return the mean without NaN; NaN for no value."""
    defined = values[~np.isnan(values)]
    with np.errstate(invalid="ignore"):
        return float(defined.mean()) if len(defined) else math.nan
