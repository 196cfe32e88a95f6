"""Do hybrids on local bases help on panels of unequal series, if few of these are long enough for a fold?

    python -m experiments.gate_rules.local_folds [--sets m1_quarterly,...] [--series 200] [--enough 8] [--official]

Prints MASE of each base, and by how many percent a hybrid on it is better (-) or worse (+). `--enough` is the number of
series that a fold of a local base needs, or half of the panel if that is less: a large number is the rule of before.
"""

from __future__ import annotations

import argparse

from experiments.auto.collect import evidence_of  # pins the threads, so before numpy  # isort: skip
from experiments.auto.rules import mase
from experiments.benchmark_sets import load
from experiments.statistical_tools import table
from hybridts.hybrids import folds

BASES = ("ARIMA", "SARIMA", "Theta", "ETS")
LEARNERS = ("XGBoost", "RF", "SVM")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default="m1_yearly,m1_quarterly,m1_monthly,m3_yearly")
    parser.add_argument("--series", type=int, default=200)
    parser.add_argument("--enough", type=int, default=folds.ENOUGH_SERIES)
    parser.add_argument("--official", action="store_true")
    given = parser.parse_args()
    folds.ENOUGH_SERIES = given.enough
    lines = []
    for name in given.sets.split(","):
        bench = load(name, given.official, sample=given.series)
        bases = [base for base in BASES if base != "SARIMA" or bench.panel.season > 1]
        names = [*bases, *(f"{base}-{learner}" for base in bases for learner in LEARNERS)]
        found = evidence_of(name, bench.panel, bench.cutoffs[0], bench.horizon, tuple(names), 1)  # workers unpatched
        score = {n: mase(found, f) for n, f in zip(found.members, found.forecasts, strict=True)}
        for base in bases:
            change = [f"{100 * (score[f'{base}-{learner}'] / score[base] - 1):+.2f}" for learner in LEARNERS]
            lines.append([name, base, f"{score[base]:.3f}", *change])
    table(["set", "base", "MASE", *LEARNERS], lines)


if __name__ == "__main__":
    main()
