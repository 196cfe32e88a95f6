"""What do ensembles of the 100 names gain, with weights learned on hindcasts alone?

    python -m experiments.ensembles.run --sets m3_monthly,m3_other --out FOLDER [--official] [--sample N] [--jobs N]

Runs every published name and the ensembles of all of them on the last horizon of each set, then prints errors: every
ensemble, the single name that hindcasts prefer (`best`), and the name that was best in hindsight. Run directories stay
in FOLDER, so that a stopped run goes on. `--table` prints only.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from experiments.benchmark_sets import SETS, load
from hybridts.app.progress import Progress
from hybridts.engine.resources import Workers
from hybridts.errors import StoreError
from hybridts.evaluation.backtester import RunLocation, run_backtest
from hybridts.evaluation.leaderboard import leaderboard
from hybridts.evaluation.rolling_origin import Schedule
from hybridts.evaluation.run import Run, load_run
from hybridts.evaluation.study import Study, names_of, plan_study
from hybridts.names.explain import describe
from hybridts.names.plugins import registry

ENSEMBLES = ("best", "greedy", "stacked", "weighted", "median", "mean")
METRICS = ("MASE", "sMAPE")
#: sMAPE and MASE of Naive2 on the official part of M4 hourly, the competition's own figures, for its OWA.
NAIVE2 = {"m4_hourly": (18.383, 2.395)}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--models", default="seed-100")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--data")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--table", action="store_true", help="only print what the folder holds")
    given = parser.parse_args()
    rows = []
    for name in given.sets.split(","):
        path = given.out / f"{name}.{'official' if given.official else 'inner'}.{given.sample or 'all'}"
        if not given.table:
            run_set(name, path, given)
        try:
            rows.append(summary(name, load_run(path)))
        except StoreError as missing:
            print(missing)
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.3f"))


def run_set(name: str, path: Path, given: argparse.Namespace) -> None:
    """Run one set on one window, its last horizon."""
    bench = load(name, given.official, given.data, given.sample)
    known = registry()
    study = Study(
        (*names_of(given.models), *ENSEMBLES), Schedule(bench.horizon, 1, align="per_series"), {}, "full", METRICS
    )
    drawn = plan_study(study, bench.panel, known, lambda recipe: describe(recipe, known))
    with Progress() as progress:
        run = run_backtest(drawn, RunLocation(path), Workers(given.jobs), progress)
    table = leaderboard(run)
    table.to_csv(path / "leaderboard.csv", index=False)


def summary(name: str, run: Run) -> dict[str, object]:
    """Return MASE of the ensembles and of the best single name, and sMAPE of greedy."""
    table = leaderboard(run).set_index("model")
    short = {m["name"]: m for m in run.manifest["models"]}
    single = table.loc[[n for n in table.index if short[n]["family"] != "ensemble" and not short[n]["baseline"]]]
    best = single["MASE"].idxmin()
    row: dict[str, object] = {"set": name, "series": run.manifest["data"]["series"], "seconds": _seconds(run)}
    row |= {how: float(table.at[how, "MASE"]) for how in ENSEMBLES}
    row |= {"best in hindsight": float(single.at[best, "MASE"]), "which": best}
    smape = float(table.at["greedy", "sMAPE"])
    row["greedy sMAPE"] = smape
    if name in NAIVE2:
        row["greedy OWA"] = (smape / NAIVE2[name][0] + float(row["greedy"]) / NAIVE2[name][1]) / 2
    return row


def _seconds(run: Run) -> float:
    return float(run.manifest["wall_seconds"])


if __name__ == "__main__":
    main()
