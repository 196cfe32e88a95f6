"""The Model Confidence Set has the p-values of the package arch on equal draws, and keeps the best."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from arch.bootstrap import MCS

from hybridts.evaluation.confidence_set import confidence_set, p_values
from hybridts.evaluation.independent_units import units_of


def bootstrap_statistic(losses, indices):
    """Return T_max from bootstrap means of the losses [T, K], as Hansen, Lunde and Nason define it."""
    errors = losses - losses.mean(axis=0)
    draws = np.stack([errors[i].mean(axis=0) for i in indices])

    def statistic(members):
        own = draws[:, members] - draws[:, members].mean(axis=1, keepdims=True)
        sd = np.sqrt(np.square(own).mean(axis=0))
        mean = losses[:, members].mean(axis=0)
        return (mean - mean.mean()) / sd, (own / sd).max(axis=1)

    return statistic


@pytest.mark.parametrize("seed", range(4))
def test_it_eliminates_as_arch_does(seed):
    rng = np.random.default_rng(seed)
    losses = rng.normal(size=(60, 1)) + rng.normal(np.linspace(0, 0.6, 8), 1, (60, 8))
    known = MCS(losses, size=0.1, reps=500, block_size=4, method="max", bootstrap="stationary", seed=seed)
    known.compute()
    wanted = known.pvalues["Pvalue"].sort_index().to_numpy()
    found = p_values(8, bootstrap_statistic(losses, known._bootstrap_indices))
    assert found == pytest.approx(wanted, abs=1e-12)
    assert set(np.flatnonzero(found > 0.1)) == set(known.included)


def test_with_many_windows_rotations_and_bootstrap_agree():
    rng = np.random.default_rng(9)
    losses = rng.normal(size=(200, 1)) + rng.normal(np.linspace(0, 0.3, 6), 1, (200, 6))
    known = MCS(losses, size=0.1, reps=3000, block_size=1, method="max", bootstrap="circular", seed=1)
    known.compute()
    found = confidence_set(list("abcdef"), losses.T, windows(200))
    assert list(found.p.values()) == pytest.approx(known.pvalues["Pvalue"].sort_index().to_numpy(), abs=0.04)


def windows(count):
    cells = pd.DataFrame({"window": range(count), "unique_id": "s", "cutoff": range(count)})
    return units_of(cells, np.ones(count, dtype=bool), 1, 1, None)


@pytest.mark.parametrize("count", [4, 25])
def test_equal_names_are_all_kept_nine_times_of_ten(count):
    rng, kept = np.random.default_rng(3), 0
    for _ in range(200):
        losses = rng.normal(size=(1, count)) + rng.normal(size=(6, count))
        kept += len(confidence_set(list("abcdef"), losses, windows(count)).names) == 6
    assert kept >= 0.9 * 200 - 2 * np.sqrt(0.09 * 200)


def test_the_best_and_its_equals_are_kept_and_the_bad_leave():
    rng = np.random.default_rng(5)
    base = rng.normal(size=30)
    losses = np.stack([base, base, base + 2 + 0.1 * rng.normal(size=30)])
    found = confidence_set(["MLP", "MLP-SVM", "Naive"], losses, windows(30))
    assert found.names == ("MLP", "MLP-SVM") and found.p["Naive"] < 0.01 and "90 %" in found.words
    assert confidence_set(["MLP"], losses[:1], windows(30)).names == ("MLP",)
    none = confidence_set(["MLP", "Naive"], losses[:2, :2], windows(2))
    assert none.names == () and none.words.startswith("no test: 2 windows")
