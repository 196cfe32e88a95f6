"""Do hybrids beat their linear part on Zhang's (2003) data? Sunspots and lynx, his splits, one step ahead, ten seeds.

python -m experiments.zhang_2003.run [--seeds 10]

Parameters are fixed after the training part (refit=False); every error is a one-step one of the test part.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import numpy as np
import pandas as pd

import hybridts as ht
from hybridts.data.datasets import load_dataset
from hybridts.models.learners.ann import ANN

HYBRIDS = ("ARIMA-ANN", "ARIMA-SVM")
#: Residuals that a correction learns from, and its gate; the first is the default.
VARIANTS = (("cross_fit", "learned"), ("cross_fit", "open"), ("in_sample", "learned"), ("in_sample", "open"))
#: His hybrid without the package's: one row of the table, one column of the noise.
HAND = "AR of his order + ANN on lags of its in-sample errors, by hand"
#: MSE and MAE as printed in the paper: ARIMA, ANN, hybrid.
PUBLISHED = {
    "sunspots, 35": ((216.965, 11.319), (205.302, 10.243), (186.827, 10.831)),
    "sunspots, 67": ((306.082, 13.034), (351.194, 13.544), (280.160, 12.780)),
    "log10 lynx, 14": ((0.020486, 0.112255), (0.020466, 0.112109), (0.017233, 0.103972)),
}


@dataclass(frozen=True, eq=False)
class Case:
    """One of his series.

    Attributes:
        frame: ds and y.
        test: rows of the test part; splits: name of a test part -> how many of its first rows.
        orders: AR orders of the linear part, his own first.
        inputs, hidden: of his network.
    """

    frame: pd.DataFrame
    test: int
    splits: Mapping[str, int]
    orders: tuple[int, ...]
    inputs: int
    hidden: int

    def settings(self, lags: int, **more: Any) -> dict[str, dict[str, Any]]:
        """Return settings: an AR of so many lags for the linear part, his hidden units for the network."""
        return {"ARIMA": {"order": [lags, 0, 0], **more}, "ANN": {"hidden": self.hidden}}

    def with_levels(self) -> pd.DataFrame:
        """Return the frame with his inputs (the last values as they are) as past columns."""
        levels = {
            f"level_{i}": self.frame["y"].shift(i, fill_value=self.frame["y"].iloc[0]) for i in range(self.inputs)
        }
        return self.frame.assign(**levels)


def cases() -> tuple[Case, ...]:
    """Return sunspots 1700 to 1987 (221 rows to learn from) and log10 lynx 1821 to 1934 (100)."""
    spots = load_dataset("sunspots").panel.values[:288]
    lynx = np.log10(load_dataset("lynx").panel.values)
    return (
        Case(_frame(spots, 1700), 67, {"sunspots, 35": 35, "sunspots, 67": 67}, (9, 2), 4, 4),
        Case(_frame(lynx, 1821), 14, {"log10 lynx, 14": 14}, (12, 2), 7, 5),
    )


def _frame(y: np.ndarray, first: int) -> pd.DataFrame:
    return pd.DataFrame({"ds": np.arange(first, first + len(y)), "y": y})


# -- one backtest -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Result:
    """Errors of one name under one seed; share and reason of its gate, rows its correction learned from (if used)."""

    error: np.ndarray
    share: float = float("nan")
    reason: str = ""
    rows: int = 0

    @property
    def mse(self) -> float:
        """Mean squared error."""
        return float(np.mean(self.error**2))

    @property
    def mae(self) -> float:
        """Mean absolute error."""
        return float(np.mean(np.abs(self.error)))

    def first(self, rows: int) -> Result:
        """Return the result on the first rows of the test part."""
        return Result(self.error[:rows], self.share, self.reason, self.rows)


def backtest(
    case: Case, names: Sequence[str], settings: Mapping[str, Mapping[str, Any]], seed: int = 0, levels: bool = False
) -> dict[str, Result]:
    """Return, by name, one-step errors in the test part and the gate."""
    past = [f"level_{i}" for i in range(case.inputs)] if levels else []
    with tempfile.TemporaryDirectory() as folder:
        board = ht.backtest(
            case.with_levels() if levels else case.frame,
            names,
            horizon=1,
            windows=case.test,
            step=1,
            refit=False,
            time="ds",
            target="y",
            past=past,
            season=1,
            settings=settings,
            seed=seed,
            jobs=1,
            out=folder,
            baselines="none",
        )
        forecasts, gates = board.forecasts, dict(_gates(board.run.stages))
    truth = forecasts["y"].to_numpy()
    return {n: Result(forecasts[n].to_numpy() - truth, *gates.get(n, ())) for n in names}


def _gates(stages: pd.DataFrame) -> Iterator[tuple[str, tuple[float, str, int]]]:
    """Yield name, share and reason of its correction's gate, rows it learned from."""
    corrections = stages[stages["kind"] == "correct"]
    for name, text in zip(corrections["stage"], corrections["notes"], strict=True):
        notes = json.loads(text)
        yield name, (float(notes["gate"][0]), str(notes["gate_reason"]), int(notes.get("rows", 0)))


def by_hand(case: Case, seed: int) -> Result:
    """Compute his hybrid by hand: an AR by least squares, a network on lags of its in-sample errors, in full."""
    y, lags = case.frame["y"].to_numpy(), case.orders[0]
    train = len(y) - case.test
    design = np.column_stack([np.ones(len(y) - lags), _lagged(y, lags)])
    weights = np.linalg.lstsq(design[: train - lags], y[lags:train], rcond=None)[0]
    error = y[lags:] - design @ weights
    rows, known = _lagged(error, case.inputs), train - lags - case.inputs
    network = ANN(hidden=case.hidden).build(seed, known)
    scale = error[: train - lags].std()
    network.fit(rows[:known] / scale, error[case.inputs : train - lags] / scale)
    return Result(np.asarray(network.predict(rows[known:] / scale)) * scale - error[train - lags :])


def _lagged(x: np.ndarray, lags: int) -> np.ndarray:
    """Return [n - lags, lags]: the values before each value, newest first."""
    return np.column_stack([x[lags - k : len(x) - k] for k in range(1, lags + 1)])


# -- everything that is run ---------------------------------------------------------------------------------------
#: Name -> its results, one a seed (one in all where it has none).
Runs = dict[str, list[Result]]
#: (test part, AR order of the base, name, rules) -> results.
Found = dict[tuple[str, int, str, str], list[Result]]


def fixed(case: Case) -> Runs:
    """Run the models without a seed."""
    found: Runs = {}
    names = ("Naive", "Auto-ARIMA", "ARIMA")
    alone = backtest(case, names, {})
    found |= {{"ARIMA": "ARIMA(1,1,1), the default"}.get(n, n): [alone[n]] for n in names}
    for lags in case.orders:
        found[f"AR({lags}), least squares"] = [backtest(case, ["ARIMA"], case.settings(lags, estimator="ols"))["ARIMA"]]
        found[f"ARIMA({lags},0,0)"] = [backtest(case, ["ARIMA"], case.settings(lags))["ARIMA"]]
    return found


def seeded(case: Case, seeds: range) -> Runs:
    """Run learners and networks alone, and his hybrid by hand, one result a seed."""
    found: Runs = {}
    network = {"ANN": {"hidden": case.hidden}}
    for seed in seeds:
        alone = backtest(case, ["ANN", "SVM", "MLP"], network, seed)
        levels = backtest(case, ["ANN"], network, seed, levels=True)
        for name, result in (*alone.items(), ("ANN, levels beside", levels["ANN"]), (HAND, by_hand(case, seed))):
            found.setdefault(name, []).append(result)
    return found


def hybrids(case: Case, lags: int, rules: tuple[str, str], seeds: range) -> Runs:
    """Run the hybrids on an AR of so many lags, under one pair of rules."""
    chain = {"Chain": {"residuals": rules[0], "gate": rules[1]}} if rules != VARIANTS[0] else {}
    found: Runs = {}
    for seed in seeds:
        for name, result in backtest(case, HYBRIDS, case.settings(lags) | chain, seed).items():
            found.setdefault(name, []).append(result)
    return found


# -- tables -------------------------------------------------------------------------------------------------------
def figure(x: float) -> str:
    """Format four digits."""
    return f"{x:.4g}" if x < 1 else f"{x:.1f}"


def small(x: float) -> str:
    """Format two digits, or one after the point."""
    return f"{x:.2g}" if x < 1 else f"{x:.1f}"


def spread(values: Sequence[float]) -> str:
    """Format mean, standard deviation, smallest and largest; one number where they do not differ."""
    if np.ptp(values) < 1e-9 * abs(values[0]):
        return figure(values[0])
    mean, sd = float(np.mean(values)), float(np.std(values, ddof=1))
    return f"{figure(mean)} ± {small(sd)} ({figure(min(values))} to {figure(max(values))})"


def scored(runs: Sequence[Result], rows: int) -> tuple[str, str]:
    """Return the MSE with its spread, and the mean MAE."""
    part = [r.first(rows) for r in runs]
    return spread([r.mse for r in part]), f"{np.mean([r.mae for r in part]):.4g}"


def print_models(all_cases: Sequence[Case], runs: Sequence[Runs]) -> None:
    """Print every model beside the published figures."""
    splits = [(case, found, name) for case, found in zip(all_cases, runs, strict=True) for name in case.splits]
    rows = []
    for i, name in enumerate(("ARIMA", "ANN", "hybrid")):
        cells = [(figure(PUBLISHED[s][i][0]), f"{PUBLISHED[s][i][1]:.4g}") for _, _, s in splits]
        rows.append((f"published: {name}", *(c for pair in cells for c in pair)))
    known = dict.fromkeys(label for found in runs for label in found)
    labels = sorted(known, key=lambda label: max(len(found.get(label, ())) for found in runs) > 1)  # no seed: first
    for label in labels:
        cells = [scored(f[label], c.splits[s]) if label in f else ("", "") for c, f, s in splits]
        rows.append((label, *(c for pair in cells for c in pair)))
    head = [h for _, _, s in splits for h in (f"{s}: MSE", "MAE")]
    table(("model", *head), rows)


def print_gates(found: Found, all_cases: Sequence[Case]) -> None:
    """Print what the learned gates decided over the seeds, and why."""
    rows = []
    for case in all_cases:
        split = list(case.splits)[-1]
        for lags in case.orders:
            for name in HYBRIDS:
                base = found[split, lags, "ARIMA", ""][0].mse
                honest, other = (found[split, lags, name, f"{r} learned"] for r in ("cross_fit", "in_sample"))
                closed = [re.sub(r"[+-][\d.]+ MASE ", "", r.reason) for r in honest if not r.share > 0]
                why = "; ".join(f"{closed.count(c)} x {c}" for c in dict.fromkeys(closed))
                rows.append((split, f"{name} on AR({lags})", *_opened(honest, base), why, *_opened(other, base)))
    head = [f"{r}: {what}" for r in ("cross_fit", "in_sample") for what in ("open", "shares", "better, worse")]
    table(("test part", "hybrid", *head[:3], "why closed", *head[3:]), rows)


def _opened(runs: Sequence[Result], base: float) -> tuple[str, str, str]:
    """Return how many gates opened, how far, and in how many seeds the hybrid was better and worse than its base."""
    shares = [r.share for r in runs if r.share > 0]
    better, worse = sum(r.mse < base for r in runs), sum(r.mse > base for r in runs)
    shown = f"{min(shares):.2f} to {max(shares):.2f}" if shares else ""
    return f"{len(shares)} of {len(runs)}", shown, f"{better}, {worse}"


def print_ablation(found: Found, all_cases: Sequence[Case]) -> None:
    """Print the four ways to learn a correction: MSE over the seeds, and its mean change against the base."""
    rows = []
    for case in all_cases:
        for lags in case.orders:
            for name in HYBRIDS:
                for split in case.splits:
                    base = found[split, lags, "ARIMA", ""][0].mse
                    four = [found[split, lags, name, " ".join(rules)] for rules in VARIANTS]
                    learned_from = " / ".join(str(max(r.rows for r in runs) or "") for runs in four[1::2])
                    cells = [_against([r.mse for r in runs], base) for runs in four]
                    rows.append((split, f"{name} on AR({lags})", figure(base), *cells, learned_from))
    table(("test part", "hybrid", "its base", *(f"{r}, {g}" for r, g in VARIANTS), "rows learned from (open)"), rows)


def _against(mse: Sequence[float], base: float) -> str:
    change = float(np.mean(mse)) / base - 1
    return spread(mse) if abs(change) < 1e-9 else f"{spread(mse)}, {change:+.0%}"


def print_noise(found: Found, runs: Sequence[Runs], all_cases: Sequence[Case]) -> None:
    """Print the published gain beside what another seed changes, and beside a plain AR."""
    rows = []
    for case, alone in zip(all_cases, runs, strict=True):
        for split, length in case.splits.items():
            (arima, _), _, (hybrid, _) = PUBLISHED[split]
            hand = [r.first(length) for r in alone[HAND]]
            three = [
                found[split, case.orders[0], "ARIMA-ANN", " ".join(rules)] for rules in (VARIANTS[0], VARIANTS[-1])
            ]
            noise = [_noise([r.mse for r in some]) for some in (*three, hand)]
            plain = {k.split(",")[0]: v[0].first(length) for k, v in alone.items() if k.endswith("least squares")}
            best = min(plain, key=lambda k: plain[k].mse)
            tie = f"{best}: {figure(plain[best].mse)} ({plain[best].mse / hybrid - 1:+.1%})"
            paired = [r.error**2 - plain[f"AR({case.orders[0]})"].error ** 2 for r in hand]
            by_test = float(np.mean([d.std(ddof=1) / np.sqrt(length) for d in paired]))
            rows.append((split, f"{figure(arima - hybrid)} ({1 - hybrid / arima:.1%})", *noise, small(by_test), tie))
    ways = ("ARIMA-ANN", "in_sample, open", "by hand")
    head = ("test part", "published gain", *(f"seeds, {w}: sd, range" for w in ways), "test points, by hand: s.e.")
    table((*head, "best plain AR (to the published hybrid)"), rows)


def _noise(mse: Sequence[float]) -> str:
    return f"{small(float(np.std(mse, ddof=1)))}, {small(float(np.ptp(mse)))}"


def main() -> None:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="seeds 0, 1, ... of everything that has one")
    seeds = range(parser.parse_args().seeds)
    start = time.perf_counter()
    all_cases = cases()
    runs: list[Runs] = []
    found: Found = {}
    for case in all_cases:
        alone = fixed(case) | seeded(case, seeds)
        for lags in case.orders:
            for rules in VARIANTS:
                both = hybrids(case, lags, rules, seeds)
                for split, length in case.splits.items():
                    found[split, lags, "ARIMA", ""] = [alone[f"ARIMA({lags},0,0)"][0].first(length)]
                    for name, results in both.items():
                        found[split, lags, name, " ".join(rules)] = [r.first(length) for r in results]
                if rules == VARIANTS[0] and lags == case.orders[0]:
                    alone |= both
        runs.append(alone)
        print(f"{case.test} rows of test done after {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    print_models(all_cases, runs)
    print_gates(found, all_cases)
    print_ablation(found, all_cases)
    print_noise(found, runs, all_cases)
    print(f"{len(seeds)} seeds, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
