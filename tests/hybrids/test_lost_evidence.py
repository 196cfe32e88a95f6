"""A fold that cannot be fitted only means fewer rows; stages with missing inputs are computed again later."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.errors import NotApplicable
from hybridts.names.plugins import register_learner
from tests.fakes.runs import same

FEW = {"RF": {"trees": 5}}


def ragged(*lengths):
    """Return series of these lengths that end together."""
    ds = pd.date_range("2000-01-01", periods=max(lengths), freq="MS")
    rng = np.random.default_rng(0)
    parts = []
    for i, n in enumerate(lengths):
        y = 50 + 10 * i + 5 * np.sin(np.arange(n) / 2 + i) + np.cumsum(rng.normal(size=n)) / 2
        parts.append(pd.DataFrame({"unique_id": f"s{i}", "ds": ds[-n:], "y": y}))
    return pd.concat(parts, ignore_index=True)


def run(frame, models, **changed):
    given = {"horizon": 3, "windows": 1, "jobs": 1, "baselines": "none", "season": 1, "settings": FEW, **changed}
    return ht.backtest(frame, models, **given)


def status(board):
    return {m["name"]: m["status"] for m in board.run.manifest["models"]}


def combined(board):
    """Return the stages that are ensembles."""
    rows = board.run.stages
    return rows[rows["kind"] == "combine"]


# -- a fold that cannot be fitted -----------------------------------------------------------------------------------
@pytest.mark.parametrize("lengths", [(80, 30), (80, 30, 30)], ids=["does not apply", "fails"])
@pytest.mark.parametrize("name", ["VAR-RF", "(VAR + Naive)-RF"])
def test_a_base_that_fails_on_some_folds_is_corrected_from_the_others(lengths, name):
    board = run(ragged(*lengths), [name])
    assert status(board)[name] == "complete"
    (notice,) = [text for text in board.run.manifest["notices"] if "learned from fewer hindcasts" in text]
    assert notice.startswith(name) and "(VAR)" in notice


def test_without_any_fold_the_hybrid_is_its_base():
    board = run(ragged(80, 25), ["VAR-RF", "VAR"])
    gates = board.run.stages.set_index("stage")["notes"]
    assert "no out-of-fold errors to learn from" in gates["VAR-RF"]
    np.testing.assert_array_equal(board.forecasts["VAR-RF"], board.forecasts["VAR"])


def test_a_member_without_hindcasts_is_unproven_and_still_forecasts():
    board = run(ragged(80, 30), ["weighted(VAR, Naive, Drift)"])
    assert '"members_unproven": ["VAR"]' in combined(board)["notes"].item()
    assert status(board)["VAR"] == "complete"


# -- a longer chain does not change a shorter one -----------------------------------------------------
def test_a_third_stage_leaves_the_second_unchanged():
    frame = ragged(80, 38)
    alone, beside = run(frame, ["Naive-VAR"]), run(frame, ["Naive-VAR", "Naive-VAR-RF"])
    assert status(beside)["Naive-VAR-RF"] == "complete"
    np.testing.assert_array_equal(alone.forecasts["Naive-VAR"], beside.forecasts["Naive-VAR"])


def test_open_gates_learn_nothing_where_no_target_is_known():
    given = {"settings": {**FEW, "Chain": {"gate": "open"}}, "horizon": 1, "gap": 4}
    alone, beside = (run(ragged(30, 30), models, **given) for models in (["Naive-RF"], ["Naive-RF", "Naive-RF-SVM"]))
    assert set(status(beside).values()) == {"complete"}
    np.testing.assert_array_equal(alone.forecasts["Naive-RF"], beside.forecasts["Naive-RF"])


class Demanding:
    """A regressor that raises on few rows, as nearest neighbours do."""

    def fit(self, X, y):
        if len(y) < 150:
            raise ValueError("too few rows")
        self.mean = float(np.mean(y))

    def predict(self, X):
        return np.full(len(X), self.mean)


def test_a_learner_that_raises_on_few_rows_corrects_nothing_in_older_folds(own_registry):
    register_learner("Demanding", Demanding)
    given = {"settings": {**FEW, "Chain": {"gate": "open"}}}
    short, long = ["Naive-Demanding"], ["Naive-Demanding", "Naive-Demanding-RF"]
    alone, beside = (run(ragged(90, 90), models, **given) for models in (short, long))
    assert set(status(beside).values()) == {"complete"}
    np.testing.assert_array_equal(alone.forecasts["Naive-Demanding"], beside.forecasts["Naive-Demanding"])


# -- stages with missing inputs -------------------------------------------------------------------------------
class Moody:
    """A regressor that raises while `good` is False."""

    good: ClassVar[bool] = True

    def fit(self, X, y):
        if not Moody.good:
            raise RuntimeError("not today")
        self.mean = float(np.mean(y))

    def predict(self, X):
        return np.full(len(X), self.mean)


MIXED = ["weighted(Naive, Drift, Moody)", "weighted(Naive, Drift, Moody)-RF", "Drift"]


def test_an_ensemble_is_computed_again_when_a_missing_member_is_back(own_registry, tmp_path, monkeypatch):
    register_learner("Moody", Moody)
    frame = ragged(60, 60)
    monkeypatch.setattr(Moody, "good", False)
    before = run(frame, MIXED, store=tmp_path / "store")
    forecasts = before.forecasts[MIXED[0]].to_numpy()
    assert status(before)["Moody"] == "failed" and '"members_left_out": ["Moody"]' in combined(before)["notes"].iloc[0]
    monkeypatch.setattr(Moody, "good", True)
    after = run(frame, MIXED, store=tmp_path / "store")
    assert same(after, run(frame, MIXED))
    assert not np.array_equal(forecasts, after.forecasts[MIXED[0]])
    assert not any("damaged" in text for text in after.run.manifest["notices"])
    again = run(frame, MIXED, store=tmp_path / "store")
    assert again.run.stages["reused"].all() and same(again, after)


def test_a_stage_with_the_same_input_missing_again_is_reused(tmp_path):
    frame = ragged(60)
    models = ["weighted(Naive, Drift, VAR)", "weighted(Naive, Drift, VAR)-RF"]
    before, after = (run(frame, models, out=tmp_path / "run") for _ in range(2))
    rows = after.run.stages.set_index("stage")
    assert rows["status"].to_dict()["VAR"] == "not_applicable"
    assert rows.loc[models, "reused"].all() and same(before, after)


def test_a_fitted_model_learns_from_the_folds_that_can_be_fitted():
    fitted = ht.model("VAR-RF", FEW).fit(ragged(77, 21), 3, season=1, jobs=1)
    assert "too little data for a fold" in fitted.notes["VAR-RF"]["gate_reason"]
    with pytest.raises(NotApplicable, match="VAR needs columns"):
        ht.model("VAR-RF", FEW).fit(ragged(80), 3, season=1, jobs=1)
