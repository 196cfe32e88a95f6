"""Which folds and gate suit a panel of one short series? Collect out-of-fold errors, corrections and test errors.

    python -m experiments.single_series.collect --out FOLDER [--horizon 1] [--divisor 8] [--count 30]

Training parts of M1, M3 and M4 hourly only, and ETTh1's training year; every series is a panel of its own, and its last
rows are the test: 24 (12 where it has fewer than 72), forecast from rolling origins without refit. `judge.py` applies
rules. --divisor: rows between two edges of the folds are at most the series' length over it (folds.py: 8).
"""

from __future__ import annotations

import argparse
import math
import pickle
import sys
from pathlib import Path

import experiments.statistical_tools  # noqa: F401 - pins the threads, so before numpy  # isort: skip

import numpy as np

from experiments.benchmark_sets import load
from hybridts.data.panel import Origins, Panel
from hybridts.engine.executors.base import one_thread
from hybridts.hybrids import folds
from hybridts.hybrids.hindcast_rows import ForecastSpec, known_until, out_of_fold_rows, rows_at
from hybridts.names import build
from hybridts.names.grammar import parse
from hybridts.names.plugins import registry

SETS = ("m1_monthly", "m3_monthly", "m3_other", "m3_quarterly", "m4_hourly", "etth1")
BASES = ("ARIMA", "Theta")
LEARNERS = ("SVM", "RF", "XGBoost", "ANN")
#: Newest rows that are kept of a series: the question is about short ones.
MOST_ROWS = 400


def series_of(name: str, count: int) -> list[Panel]:
    """Return the longest series of the set's training part, each as a panel of one."""
    panel = load(name).panel
    order = np.argsort(-panel.lengths, kind="stable")
    return [panel.take(np.array([i])) for i in order[:count]]


def shortened(panel: Panel) -> Panel:
    """Keep its last rows."""
    return panel.trim(np.maximum(panel.lengths - MOST_ROWS, 0))


def evidence(panel: Panel, base: str, horizon: int) -> dict[str, dict[str, np.ndarray]]:
    """Return, by learner, errors and corrections on the hindcasts and on the test, in MASE's scale."""
    known, frame = registry(), ForecastSpec(horizon, 0, 0)
    model = build.forecaster(parse(base, known).root.stages[0], known)
    length = int(panel.lengths[0])
    cutoff = length - 1 - (24 if length >= 72 else 12)
    seen = panel.cut(np.array([cutoff]), horizon)
    cut = folds.folds_for(seen, horizon, 0, local=True)
    if not cut:
        return {}
    answers = []
    for fold in cut:
        fitted = model.fit(seen.cut(fold.position, horizon), horizon, 0, 0)
        answers.append(fitted.forecast(seen, fold.origins))
    rows = out_of_fold_rows(seen, cut, answers, frame)
    at = Origins.between(np.array([cutoff]), np.array([length - 1 - horizon]))
    asked = model.fit(seen, horizon, 0, 0).forecast(panel, at)
    test = rows_at(panel, at, asked, np.full(len(at), -1), frame)
    return {x: corrected(panel, seen, rows, test, x, frame) for x in LEARNERS}


def corrected(panel: Panel, seen: Panel, rows, test, learner: str, frame: ForecastSpec) -> dict[str, np.ndarray]:
    """Correct each fold by a learner fitted on the older ones, and the test by one fitted on all."""
    known = registry()
    corrector = build.corrector(parse(learner, known).root.stages[0], known)
    change = np.full_like(rows.forecast, np.nan)
    for fold in np.unique(rows.fold)[1:]:
        mine = rows.fold == fold
        first = np.array([rows.origins.position[mine].min()])
        older = known_until(rows[rows.fold < fold], first, frame)
        trial = corrector.fit(seen.cut(first, frame.reach), older, frame.horizon, 0, 0)
        change[mine] = trial.correct(seen, rows)[mine]
    after = corrector.fit(seen, rows, frame.horizon, 0, 0).correct(panel, test)
    return {
        "fold": rows.fold,
        "position": rows.origins.position,
        "error": (rows.target - rows.forecast) / rows.scale[:, None],
        "change": change / rows.scale[:, None],
        "test_error": (test.target - test.forecast) / test.scale[:, None],
        "test_change": after / test.scale[:, None],
    }


def main() -> None:
    """Write one file per set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--horizon", type=int, default=1)
    parser.add_argument("--divisor", type=float, default=8)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--sets", default=",".join(SETS))
    given = parser.parse_args()
    folds.span_for = with_divisor(given.divisor)
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.sets.split(","):
        file = given.out / f"{name}.{given.horizon}.{given.divisor:g}.pickle"
        if file.exists():
            continue
        found = []
        with one_thread():
            for panel in series_of(name, given.count):
                small = shortened(panel)
                found += [
                    (name, small.ids[0], base, x)
                    for base in BASES
                    for x in evidence(small, base, given.horizon).items()
                ]
        file.write_bytes(pickle.dumps(found))
        print(name, len(found), file=sys.stderr, flush=True)


def with_divisor(divisor: float):
    """Return `folds.span_for` with another part of the series as the largest span."""

    def span_for(panel: Panel, horizon: int, *, local: bool) -> int:
        del local
        median = float(np.median(panel.lengths[panel.lengths > 0]))
        doublings = math.floor(math.log2(max(median / (divisor * horizon), 1)))
        return int(horizon * 2 ** min(doublings, math.floor(math.log2(max(8, folds.ROWS // horizon)))))

    return span_for


if __name__ == "__main__":
    main()
