"""What do cheaper settings of the learners cost in error?

    python -m experiments.learner_cost.run [--sets m1_quarterly,...] [--bases Theta,MLP] [--learners RF,ANN,SVM] [--sample 200]

Inner cutoffs only. Every variant corrects the same hindcasts of the same base. Two errors per variant, each as change of
the base's MASE in %: with the learned gate, and with half of the correction added whatever the evidence (a shut gate makes
the first zero); CPU seconds are those of trial, gate and final fit together.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import numpy as np

from experiments.benchmark_sets import load
from experiments.gate_rules.collect import base_fits, name_on, origins_of
from hybridts.data.panel import Origins
from hybridts.engine.executors.base import one_thread
from hybridts.engine.stage_store import StageStore
from hybridts.hybrids.correction import learn
from hybridts.hybrids.hindcast_rows import ForecastSpec, rows_at
from hybridts.hybrids.upstream import with_forecast
from hybridts.models.learners.ann import ANN
from hybridts.models.learners.boosting import XGBoost
from hybridts.models.learners.forest import RF
from hybridts.models.learners.reduction import RegressionCorrection
from hybridts.models.learners.svm import SVM

VARIANTS: dict[str, dict[str, Any]] = {
    "RF": {
        "leaf 5, part 0.3": RF(),
        "leaf 10, part 0.3": RF(leaf=10),
        "leaf 20, part 0.3": RF(leaf=20),
        "leaf 10, part 0.15": RF(leaf=10, part=0.15),
        "leaf 10, part 0.6": RF(leaf=10, part=0.6),
        "leaf 10, part 0.3, a fifth of the features": RF(leaf=10, features=0.2),
        "leaf 10, part 0.3, 50 trees": RF(leaf=10, trees=50),
    },
    "SVM": {
        "default": SVM(),
        "200 landmarks": SVM(components=200),
        "tube 0.2": SVM(epsilon=0.2),
        "tube 0.3": SVM(epsilon=0.3),
    },
    "ANN": {
        "default": ANN(),
        "50 passes": ANN(iterations=50),
        "half the passes": ANN(iterations=100),
    },
    "XGBoost": {
        "default": XGBoost(),
        "100 trees at 0.1": XGBoost(trees=100, rate=0.1),
        "100 trees at 0.05": XGBoost(trees=100),
    },
}


def main() -> None:
    """Print one line per set, base and variant, then means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default="m1_quarterly,m3_other,m3_quarterly,m1_monthly")
    parser.add_argument("--bases", default="Theta,MLP")
    parser.add_argument("--learners", default="RF,SVM,ANN,XGBoost")
    parser.add_argument("--only", default="", help="variants whose name holds this")
    parser.add_argument("--sample", type=int, default=200)
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in given.sets.split(","):
            for base in given.bases.split(","):
                found = variants(name, base, given, StageStore(Path(folder)))
                rows += found
                for row in found:
                    print(*row, file=sys.stderr, flush=True)
    table(("set", "base", "variant", "gated", "half", "seconds"), rows)
    print()
    table(("variant", "gated", "half", "seconds"), means(rows))


def variants(name: str, base: str, given: argparse.Namespace, store: StageStore) -> list[tuple]:
    """Measure every variant of every learner after one base."""
    bench = load(name, official=False, sample=given.sample)
    (cutoff,) = origins_of(bench, 1)
    frame = ForecastSpec(bench.horizon, 0, 0)
    source = base_fits(bench.panel, name_on(base, bench.panel.season), cutoff, frame, store, 1)
    seen = bench.panel.cut(cutoff, frame.reach)
    rows = with_forecast(source.out_of_fold(seen, store, frame))
    if not np.isfinite(rows.target).any():
        return []  # too short for a fold
    at = Origins(np.arange(len(seen)), cutoff)
    test = rows_at(bench.panel, at, source.forecast(at, store).mean, np.full(len(at), -1), frame)
    own = base not in ("MLP", "LSTM", "CNN", "CNN-LSTM", "GRU")
    made = []
    for learner in given.learners.split(","):
        for label, settings in ((k, v) for k, v in VARIANTS[learner].items() if given.only in k):
            start = time.process_time()
            with one_thread():
                corrector = RegressionCorrection(learner=settings)
                learned = learn(corrector, seen, rows, frame, local=own)
                seconds = time.process_time() - start
                whole = learned.correction or corrector.fit(seen, rows, frame.horizon, 0, 0)
                change = whole.correct(seen, test)
            before = mase(test.target, test.forecast, test.scale)
            gated = mase(test.target, test.forecast + learned.gate.weight * change, test.scale)
            half = mase(test.target, test.forecast + 0.5 * change, test.scale)
            facts = (f"{learner}: {label}", 100 * (gated / before - 1), 100 * (half / before - 1), seconds)
            made.append((name, base, *facts))
    return made


def mase(target: np.ndarray, forecast: np.ndarray, scale: np.ndarray) -> float:
    """Return the MASE over all series with a scale."""
    good = (scale > 0) & np.isfinite(forecast).all(axis=1)
    return float(np.nanmean(np.abs(target - forecast)[good] / scale[good, None]))


def means(rows: list[tuple]) -> list[tuple]:
    """Average each variant over sets and bases."""
    labels = dict.fromkeys(row[2] for row in rows)
    return [(x, *(float(np.mean([r[k] for r in rows if r[2] == x])) for k in (3, 4, 5))) for x in labels]


if __name__ == "__main__":
    main()
