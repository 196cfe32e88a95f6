"""Which members, and which rule of combination, on hindcasts that `collect` stored?

    .venv/bin/python -m experiments.auto.rules FOLDER --kind alone --members 'SARIMA|ARIMA,Theta,ETS,DNN,CNN,RNN' [--members ...]

Nothing is fitted. Prints a line for every set of members and rule: MASE by set, and the geometric mean over sets of MASE
divided by that of the best single member of the set in hindsight among SARIMA, ARIMA, Theta, ETS (`--beside`). "A|B" is A
where it has a forecast, else B.
"""

from __future__ import annotations

import argparse
import pickle
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.auto.collect import Evidence
from hybridts.hybrids.ensemble_weights import _errors_of, fixed_weights, learn_weights, shared_rows
from hybridts.hybrids.settings import EnsembleSettings

CLASSICAL = ("SARIMA", "ARIMA", "Theta", "ETS")
#: Blocks at which learned weights count for half, in rules that go from the median to learned weights.
HALF = (4, 8, 16)


def chosen(evidence: Evidence, wanted: str) -> list[int]:
    """Return the members of an expression such as "SARIMA|ARIMA,Theta"."""
    found = []
    for each in wanted.split(","):
        there = [name for name in each.split("|") if name in evidence.members]
        found += [evidence.members.index(there[0])] if there else []
    return found


def mase(evidence: Evidence, forecast: np.ndarray) -> float:
    """Return the mean over series of MASE of forecasts [N, H]."""
    error = np.abs(forecast - evidence.target).mean(axis=1) / np.where(evidence.scale > 0, evidence.scale, np.nan)
    return float(np.nanmean(error)) if np.isfinite(error).any() else np.nan


def rules(evidence: Evidence, members: list[int]) -> dict[str, float]:
    """Return rule -> MASE of one panel."""
    forecasts = evidence.forecasts[members]
    n = forecasts.shape[1]
    series = np.arange(n)
    middle = fixed_weights("median", n, len(members)).apply(list(forecasts), series)
    mean = fixed_weights("mean", n, len(members)).apply(list(forecasts), series)
    found = {"mean": mean, "median": middle}
    most = max(len(evidence.hindcasts[k]) for k in members)
    proven = [i for i, k in enumerate(members) if 4 * len(evidence.hindcasts[k]) >= max(most, 1)]
    rows = [evidence.hindcasts[members[i]] for i in proven]
    blocks = 0
    for how in ("best", "weighted", "stacked", "greedy"):
        learned = middle
        if len(rows) > 1:
            weights = learn_weights(how, EnsembleSettings(), rows, n, evidence.horizon)
            learned = weights.apply([forecasts[i] for i in proven], series)
            errors = _errors_of(shared_rows(rows), n, evidence.horizon)
            blocks = min(errors.n_blocks, 10 * errors.n_times)
        found[how] = learned
        if how == "best":
            continue
        found[f"{how}, half median"] = (learned + middle) / 2
        for half in HALF:
            share = blocks / (blocks + half)
            found[f"{how}, median by {half}"] = share * learned + (1 - share) * middle
    return {"blocks": blocks} | {rule: mase(evidence, forecast) for rule, forecast in found.items()}


def table(folder: Path, kind: str, members: list[str]) -> pd.DataFrame:
    """Return the mean of every rule by set."""
    columns: dict[str, dict[str, float]] = {}
    for path in sorted(folder.glob(f"*.{kind}.pkl")):
        every: list[Evidence] = pickle.loads(path.read_bytes())
        column: dict[str, float] = {}
        for name in dict.fromkeys(name for e in every for name in e.members):
            column[name] = float(
                np.nanmean([mase(e, e.forecasts[e.members.index(name)]) for e in every if name in e.members])
            )
        for wanted in members:
            each = pd.DataFrame([rules(e, chosen(e, wanted)) for e in every]).mean()
            column |= {f"[{wanted}] {rule}": value for rule, value in each.items()}
        columns[path.name.split(".")[0]] = column
    return pd.DataFrame(columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", choices=("alone", "panel"), default="panel")
    parser.add_argument("--members", action="append", required=True)
    given = parser.parse_args()
    found = table(given.folder, given.kind, given.members)
    best = found.loc[[name for name in CLASSICAL if name in found.index]].min()
    found["ratio"] = np.exp(np.log(found / best).mean(axis=1))
    print(found.round(3).to_string())


if __name__ == "__main__":
    main()
