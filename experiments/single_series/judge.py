"""What would each gate rule have done to single series? Reads the files of collect.py.

    python -m experiments.single_series.judge FOLDER

One line a rule: pairs (series, base, learner) that it opens, change of MASE over all pairs and over the opened ones, how
many of the opened were harmed by more than 2 %; then of (set, base, learner) on average how many were harmed by more
than 0.5 %, and the worst. With r the part of the gain that is not certain, (gain - lower bound) / gain, the share is
shrunk by sqrt(1 - r) ("root"), 1 - r ("bound") or 1 - r^2 ("noise").
"""

from __future__ import annotations

import argparse
import itertools
import pickle
from collections import defaultdict
from pathlib import Path

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import numpy as np
from scipy import stats

from experiments.gate_rules.judge import least_absolute
from hybridts.hybrids.gate import LARGE_REDUCTION, MAX_WEIGHT_ORDINARY, ORDINARY_REDUCTION

#: Weight of a step's own curve beside the one pooled over steps, as in the package's gate.
OWN = 0.5
SHRINK = {"": np.ones_like, "root": lambda r: (1 - r) ** 0.5, "bound": lambda r: 1 - r, "noise": lambda r: 1 - r * r}


def gate(file: dict, rule: tuple[str, float, float, str]) -> np.ndarray | None:
    """Return the share [H], None where the gate stays shut."""
    which, half, confidence, shrink = rule
    fold = file["fold"]
    held = fold == fold.max() if which == "newest" else fold > fold.min()
    held &= np.isfinite(file["change"]).all(axis=1)
    error, change, position = file["error"][held], file["change"][held], file["position"][held]
    horizon = error.shape[1]
    piece = (position.max() - position) // horizon
    pieces = len(np.unique(piece))
    if len(error) < 2 * horizon or pieces < 3:
        return None
    share = least_absolute(error, change, OWN) * pieces / (pieces + half)
    removed = 1 - np.nanmean(np.abs(error - change * share)) / np.nanmean(np.abs(error))
    least, part = MAX_WEIGHT_ORDINARY, (removed - ORDINARY_REDUCTION) / (LARGE_REDUCTION - ORDINARY_REDUCTION)
    share = np.minimum(share, np.clip(least + (1 - least) * part, least, 1.0))
    better = np.nanmean(np.abs(error) - np.abs(error - share * change), axis=1)
    each = np.array([np.nanmean(better[piece == k]) for k in np.unique(piece)])
    bound = each.mean() - stats.t.ppf(confidence, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each))
    return share * SHRINK[shrink](1 - bound / each.mean()) if share.any() and bound > 0 else None


def outcome(found: list, rule: tuple | None) -> tuple:
    """Return the line of one rule."""
    before, after, opened = [], [], []
    groups: dict[tuple, list[tuple[float, float]]] = defaultdict(list)
    for name, _, base, (learner, file) in found:
        share = np.ones(file["test_error"].shape[1]) if rule is None else gate(file, rule)
        error = np.abs(file["test_error"]).mean()
        if not np.isfinite(error):
            continue
        now = error if share is None else np.abs(file["test_error"] - share * file["test_change"]).mean()
        before.append(error), after.append(now), opened.append(share is not None)
        groups[name, base, learner].append((error, now))
    b, a, o = np.array(before), np.array(after), np.array(opened)
    worst = {k: 100 * (np.sum([x[1] for x in v]) / np.sum([x[0] for x in v]) - 1) for k, v in groups.items()}
    change = 100 * (a / b - 1)
    most = max(worst, key=worst.__getitem__)
    return (
        int(o.sum()), len(o), f"{100 * (a.sum() / b.sum() - 1):+.2f}",
        f"{100 * (a[o].sum() / b[o].sum() - 1):+.2f}" if o.any() else "-",
        f"{100 * np.mean(change[o] > 2):.0f} %" if o.any() else "-",
        f"{100 * np.mean(np.array(list(worst.values())) > 0.5):.0f} %",
        f"{worst[most]:+.1f} {' '.join(most)}",
    )  # fmt: skip


def main() -> None:
    """Print one table, a block of lines per kind of file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    kinds: dict[str, list] = defaultdict(list)
    for path in sorted(given.folder.glob("*.pickle")):
        kinds[path.stem.partition(".")[2]] += pickle.loads(path.read_bytes())
    rules = [*itertools.product(("newest", "all"), (4.0, 16.0), (0.9, 0.95), [""])]
    rules += [*itertools.product(["newest"], [4.0], (0.9, 0.95), ("root", "bound", "noise"))]
    head = (
        "horizon.divisor",
        "evidence",
        "half",
        "confidence",
        "shrunk by",
        "open",
        "of",
        "all %",
        "opened %",
        "harmed",
    )
    rows = []
    for kind, found in kinds.items():
        rows.append((kind, "none: open", "", "", "", *outcome(found, None)))
        rows += [(kind, *rule, *outcome(found, rule)) for rule in rules]
    table((*head, "groups harmed", "worst group"), rows)


if __name__ == "__main__":
    main()
