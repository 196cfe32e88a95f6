"""How often does a hybrid harm its base under a gate rule, and how much does it gain? Reads the files of collect.py.

python -m experiments.gate_rules.judge FOLDER [FOLDER ...] [--rules "now;always;..."] [--pairs RULE]

A pair is (set, base, learner); its MASE is the mean over origins, seeds and series. --pairs prints every pair under one
rule, with a bootstrap interval over series.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import numpy as np
from scipy import stats

from hybridts.hybrids.gate import WEIGHT_GRID

File = dict[str, np.ndarray]
DRAWS = 500


@dataclass(frozen=True)
class Rule:
    """A gate rule.

    Attributes:
        folds: evidence of the "newest" fold only, or of "all" folds a correction was held out from.
        own: weight of a step's own curve beside the one pooled over steps.
        half: pieces of evidence at which the best share is halved.
        confidence: of the one-sided lower bound of the gain; 0 asks for none.
        least: gain, relative to the base's error, that must be reached.
        agree: every fold's own gain must be above zero too.
        trend: what the newest fold gained less than the one before it is taken off once more: bases grow stronger.
        most: largest share.
        rises: the largest share rises to one for corrections that remove a fifth to two fifths of the error.
        squares: the share by least squares instead of absolute errors.
        blocks: of a global base evidence counts in blocks of time, at least so many: its series share its weights, and
            so its errors; 0 counts series apart.
        noise: shares of local bases are shrunk by what their gain may owe to chance (see single_series).
    """

    folds: str = "newest"
    own: float = 0.5
    half: float = 4.0
    confidence: float = 0.9
    least: float = 0.0
    agree: bool = False
    trend: bool = False
    most: float = 1.0
    rises: bool = False
    squares: bool = False
    blocks: int = 0
    noise: bool = False


RULES: dict[str, Rule | None] = {
    "never": None,
    "always": Rule(most=-1),
    "now": Rule(),
    "no test": Rule(confidence=0),
    "95 %": Rule(confidence=0.95),
    "99 %": Rule(confidence=0.99),
    "all folds": Rule(folds="all"),
    "all folds, 99 %": Rule(folds="all", confidence=0.99),
    "all folds, squares": Rule(folds="all", squares=True),
    "all folds, pooled": Rule(folds="all", own=0.0),
    "all folds, agree": Rule(folds="all", agree=True),
    "all folds, trend": Rule(folds="all", trend=True),
    "newest, gain 2 %": Rule(least=0.02),
    "newest, gain 3 %": Rule(least=0.03),
    "all folds, gain 2 %": Rule(folds="all", least=0.02),
    "all folds, gain 3 %": Rule(folds="all", least=0.03),
    "all folds, gain 4 %": Rule(folds="all", least=0.04),
    "trend, gain 1 %": Rule(folds="all", trend=True, least=0.01),
    "trend, gain 2 %": Rule(folds="all", trend=True, least=0.02),
    "trend, gain 3 %": Rule(folds="all", trend=True, least=0.03),
    "trend, gain 2 %, 99 %": Rule(folds="all", trend=True, least=0.02, confidence=0.99),
    "trend, gain 2 %, at most 0.7": Rule(folds="all", trend=True, least=0.02, most=0.7),
    **{f"blocks {n}": Rule(folds="all", blocks=n, half=1) for n in (3, 4, 5, 6)},
    "blocks 4, at most 0.7": Rule(folds="all", blocks=4, half=1, most=0.7),
    "blocks 4, at most 0.5": Rule(folds="all", blocks=4, half=1, most=0.5),
    "blocks 3, at most 0.5": Rule(folds="all", blocks=3, half=1, most=0.5),
    "blocks 3, newest, at most 0.5": Rule(blocks=3, half=1, most=0.5),
    "blocks 3, newest, half 4, at most 0.5": Rule(blocks=3, half=4, most=0.5),
    "blocks 3, newest, half 4, at most 0.6": Rule(blocks=3, half=4, most=0.6),
    "taken: blocks 3, newest, half 4, at most 0.5, more from 20 %": Rule(blocks=3, half=4, most=0.5, rises=True),
    "since: shares of local bases shrunk by noise": Rule(blocks=3, half=4, most=0.5, rises=True, noise=True),
    "blocks 4, newest, at most 0.5": Rule(blocks=4, half=1, most=0.5),
    "blocks 4, 95 %, at most 0.5": Rule(folds="all", blocks=4, half=1, most=0.5, confidence=0.95),
    "blocks 4, half 4, at most 0.5": Rule(folds="all", blocks=4, half=4, most=0.5),
    "blocks 4, pooled, at most 0.5": Rule(folds="all", blocks=4, half=1, most=0.5, own=0.0),
    "blocks 4, agree, at most 0.7": Rule(folds="all", blocks=4, half=1, most=0.7, agree=True),
    "blocks 4, 99 %": Rule(folds="all", blocks=4, half=1, confidence=0.99),
    "blocks 4, gain 2 %, at most 0.7": Rule(folds="all", blocks=4, half=1, most=0.7, least=0.02),
    "blocks 4, newest, at most 0.7": Rule(blocks=4, half=1, most=0.7),
    "newest, gain 2 %, 99 %, at most 0.7": Rule(least=0.02, confidence=0.99, most=0.7),
}


def gate(rule: Rule | None, file: File, local: bool) -> tuple[np.ndarray, float]:
    """Return the share [H] and the relative gain on the evidence."""
    horizon = file["test_error"].shape[1]
    nothing = np.zeros(horizon), 0.0
    if rule is None or not len(file["fold"]):
        return nothing
    if rule.most < 0:
        return np.ones(horizon), 0.0
    fold, error, change = file["fold"], file["error"].astype(float), file["change"].astype(float)
    error = np.where(np.isfinite(error), error, np.nan)  # a series without a scale
    held = fold >= (fold.max() if rule.folds == "newest" else fold.min() + 1)
    held &= np.isfinite(change).all(axis=1)
    error, change, fold = error[held], change[held], fold[held]
    piece = file["series"][held] * 2**20 + file["position"][held] // int(file["reach"])
    if rule.blocks and not local:
        newest = np.full(int(file["series"].max()) + 1, -1)
        np.maximum.at(newest, file["series"], file["position"])
        piece = ((newest[file["series"]] - file["position"]) // int(file["reach"]))[held]
        if len(np.unique(piece)) < rule.blocks:
            return nothing
    pieces = len(np.unique(piece))
    if held.sum() < 2 * horizon or pieces < 3:
        return nothing
    best = least_squares(error, change, rule.own) if rule.squares else least_absolute(error, change, rule.own)
    share = best * pieces / (pieces + rule.half)
    share = np.minimum(share, largest(rule, error, change * share))
    mean, bound = gain(error, change * share, piece, rule.confidence)
    base = float(np.nanmean(np.abs(error)))
    relative = mean / base if base > 0 else 0.0
    if rule.trend:
        relative = followed(relative, error, change * share, piece, fold)
    if not share.any() or bound <= 0 or relative <= rule.least:
        return nothing
    if rule.agree and any(gain(*(x[fold == k] for x in (error, change * share, piece)), 0)[0] <= 0 for k in set(fold)):
        return nothing
    if rule.noise and local:
        share = share * (1 - (1 - bound / mean) ** 2)
    return share, relative


def largest(rule: Rule, error: np.ndarray, change: np.ndarray) -> float:
    """Return the largest share that the rule allows of this correction."""
    removed = 1 - np.nanmean(np.abs(error - change)) / np.nanmean(np.abs(error))
    return np.clip(rule.most + (1 - rule.most) * (removed - 0.2) / 0.2, rule.most, 1.0) if rule.rises else rule.most


def followed(relative: float, error: np.ndarray, change: np.ndarray, piece: np.ndarray, fold: np.ndarray) -> float:
    """Return the newest fold's relative gain less its fall since the fold before; `relative` if there is one fold."""
    ages = sorted(set(fold))
    each = [gain(*(x[fold == k] for x in (error, change, piece)), 0)[0] for k in ages]
    sizes = [float(np.nanmean(np.abs(error[fold == k]))) for k in ages]
    newest = each[-1] / sizes[-1]
    return newest + min(newest - each[-2] / sizes[-2], 0.0) if len(ages) > 1 else relative


def least_absolute(error: np.ndarray, change: np.ndarray, own: float) -> np.ndarray:
    """Return the share [H] with the smallest mean absolute error, weighting each step's own curve by `own`."""
    known = np.isfinite(error)
    clean, size = np.where(known, error, 0.0), np.abs(np.where(known, error, 0.0))
    curves = np.array([(np.abs(clean - s * np.where(known, change, 0)) - size).sum(axis=0) for s in WEIGHT_GRID])
    return WEIGHT_GRID[np.argmin(blended(curves, known.sum(axis=0), own), axis=0)]


def least_squares(error: np.ndarray, change: np.ndarray, own: float) -> np.ndarray:
    """Return the share [H] with the smallest mean squared error."""
    known = np.isfinite(error)
    e, c = np.where(known, error, 0.0), np.where(known, change, 0.0)
    count = known.sum(axis=0)
    top, bottom = (blended((x).sum(axis=0)[None], count, own)[0] for x in (e * c, c * c))
    return np.clip(top / np.maximum(bottom, 1e-12), 0.0, 1.0)


def blended(curves: np.ndarray, count: np.ndarray, own: float) -> np.ndarray:
    """Blend each step's smoothed curve with the pooled one; curves and result are [shares, H]."""
    steps = np.arange(curves.shape[1])
    kernel = np.exp(-0.5 * ((steps[:, None] - steps) / (1 + curves.shape[1] / 8)) ** 2)
    mine = (curves @ kernel) / np.maximum(count @ kernel, 1e-9)
    return own * mine + (1 - own) * curves.sum(axis=1, keepdims=True) / max(int(count.sum()), 1)


def gain(error: np.ndarray, change: np.ndarray, piece: np.ndarray, confidence: float) -> tuple[float, float]:
    """Return the mean improvement over pieces and its one-sided lower bound."""
    better = np.abs(error) - np.abs(error - change)
    known = np.isfinite(better)
    _, inverse = np.unique(piece, return_inverse=True)
    total, count = np.bincount(inverse, np.where(known, better, 0).sum(axis=1)), np.bincount(inverse, known.sum(axis=1))
    each = total[count > 0] / count[count > 0]
    mean = float(each.mean()) if len(each) else 0.0
    if confidence <= 0 or len(each) < 3:
        return mean, mean
    return mean, mean - stats.t.ppf(confidence, len(each) - 1) * float(each.std(ddof=1)) / np.sqrt(len(each))


def outcome(file: File, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return [N] MASE of the base and [N] of the hybrid, NaN for a series without a scale."""
    error = file["test_error"]
    with np.errstate(invalid="ignore"):
        return np.abs(error).mean(axis=1), np.abs(error - share * file["test_change"]).mean(axis=1)


Judge = Callable[[File], tuple[np.ndarray, float]]


def pairs_under(rule: Rule | None, files: dict[tuple[str, ...], list[File]]) -> dict[tuple[str, ...], dict]:
    """Apply the rule to every pair and return its errors, gate and share."""
    found = {}
    for pair, several in files.items():
        before, after, opened, hoped = [], [], [], []
        series = []
        for file in several:
            share, relative = gate(rule, file, pair[1].startswith("Auto"))
            base, hybrid = outcome(file, share)
            fine = np.isfinite(base) & (np.abs(base) < 1e6)
            before.append(base[fine])
            after.append(hybrid[fine])
            series.append(file["test_series"][fine])
            opened.append(float(share.mean()))
            hoped.append(relative)
        found[pair] = {
            "before": np.concatenate(before),
            "after": np.concatenate(after),
            "series": np.concatenate(series),
            "open": float(np.mean(np.array(opened) > 0)),
            "share": float(np.mean(opened)),
            "hoped": float(np.mean(hoped)),
        }
    return found


def change_of(facts: dict) -> float:
    """Return the change of MASE in %; negative is better."""
    return 100 * (facts["after"].mean() / facts["before"].mean() - 1)


def interval(facts: dict) -> tuple[float, float]:
    """Return the 90 % interval of that change, bootstrapped over series."""
    ids, inverse = np.unique(facts["series"], return_inverse=True)
    before, after = np.bincount(inverse, facts["before"]), np.bincount(inverse, facts["after"])
    draws = np.random.default_rng(0).integers(0, len(ids), (DRAWS, len(ids)))
    ratio = 100 * (after[draws].sum(axis=1) / before[draws].sum(axis=1) - 1)
    return float(np.quantile(ratio, 0.05)), float(np.quantile(ratio, 0.95))


def summary(name: str, found: dict) -> tuple:
    """Return one line of the table of rules."""
    change = np.array([change_of(f) for f in found.values()])
    opened = np.array([f["open"] > 0 for f in found.values()])
    chosen = defaultdict(list)
    for (where, base, _), f in found.items():
        chosen[where, base].append((-f["hoped"], change_of(f)))
    preferred = np.array([min(options)[1] for options in chosen.values()])
    room = change[opened]
    return (
        name,
        len(change),
        f"{100 * np.mean(change > 0.5):.0f} %",
        f"{change.max():+.2f}",
        int(opened.sum()),
        f"{100 * np.mean(room <= -0.5):.0f} %" if len(room) else "-",
        f"{-np.median(room):.2f}" if len(room) else "-",
        f"{-change.mean():.2f}",
        f"{100 * np.mean(preferred > 0):.0f} %",
        f"{preferred.max():+.2f}",
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rules", default=None)
    parser.add_argument("--pairs")
    given = parser.parse_args()
    files: dict[tuple[str, ...], list[File]] = defaultdict(list)
    for folder in given.folders:
        for path in sorted(folder.glob("*.npz")):
            pair = tuple(path.name.split(".")[:3])
            files[pair].append(dict(np.load(path)))
    if given.pairs:
        rows = []
        for pair, f in sorted(pairs_under(RULES[given.pairs], files).items()):
            low, high = interval(f)
            rows.append(
                (
                    " ".join(pair),
                    f["before"].mean(),
                    f["after"].mean(),
                    f"{change_of(f):+.2f}",
                    f"{low:+.2f} to {high:+.2f}",
                    f["open"],
                    f["share"],
                )
            )
        table(("pair", "base", "hybrid", "change %", "90 %", "open", "share"), rows)
        return
    names = given.rules.split(";") if given.rules else list(RULES)
    head = ("rule", "pairs", "> 0.5 % worse", "worst %", "open", "open and 0.5 % better", "median gain of open %")
    table(
        (*head, "mean gain %", "preferred worse", "worst preferred %"),
        [summary(name, pairs_under(RULES[name], files)) for name in names],
    )


if __name__ == "__main__":
    main()
