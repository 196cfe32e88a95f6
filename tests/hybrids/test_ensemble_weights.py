"""Learned ensemble weights: each rule is right, uses older folds only, and needs no new fit of a member."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridts as ht
from hybridts.data.datasets import synthetic_panel
from hybridts.data.panel import Origins
from hybridts.engine.graph import CombineTask, FitTask
from hybridts.engine.planner import Planner
from hybridts.errors import BadSetting, NameTaken, NotApplicable, UserError
from hybridts.evaluation.rolling_origin import Schedule, rolling
from hybridts.evaluation.study import groups_of
from hybridts.hybrids.ensemble_weights import EnsembleWeights, fixed_weights, learn_weights
from hybridts.hybrids.fitted import FittedEnsemble
from hybridts.hybrids.hindcast_rows import ForecastSpec, combined_rows
from hybridts.hybrids.settings import LEARNED, EnsembleSettings
from hybridts.models.protocols import Hindcasts
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse
from hybridts.names.plugins import register_forecaster

HORIZON, SERIES = 3, 2
REGISTRY = default_registry()
OPTIONS = EnsembleSettings()


def rows_with(errors, folds=1):
    """Out-of-fold rows of one member of two series with these errors [M, H], targets 0 and scale 1."""
    count = len(errors)
    position = np.tile(np.arange(count // SERIES), SERIES)
    series = np.repeat(np.arange(SERIES), count // SERIES)
    fold = position * folds // (count // SERIES)
    return Hindcasts(Origins(series, position), fold, -errors, np.zeros_like(errors), np.ones(count))


def rows_of_series(errors, series):
    """Out-of-fold rows of one member of several series of equal length with these errors [M, H]."""
    count = len(errors)
    position = np.tile(np.arange(count // series), series)
    owner = np.repeat(np.arange(series), count // series)
    nothing = np.zeros(count, dtype=np.int64)
    return Hindcasts(Origins(owner, position), nothing, -errors, np.zeros_like(errors), np.ones(count))


def members(sizes, count=80, seed=0, folds=1):
    rng = np.random.default_rng(seed)
    return [rows_with(size * rng.normal(size=(count, HORIZON)), folds) for size in sizes]


def weights_of(how, rows, options=OPTIONS):
    return learn_weights(how, options, rows, SERIES, HORIZON).by_series


@given(sizes=st.lists(st.floats(0.1, 10), min_size=2, max_size=5), how=st.sampled_from(sorted(LEARNED)))
@settings(max_examples=40, deadline=None)
def test_weights_are_not_negative_and_sum_to_one(sizes, how):
    for scope in ("panel", "series"):
        weights = weights_of(how, members(sizes), EnsembleSettings(scope=scope))
        assert weights.shape == (SERIES, len(sizes))
        assert (weights >= 0).all()
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-9)


@pytest.mark.parametrize("how", sorted(LEARNED))
def test_a_member_without_errors_gets_nearly_everything(how):
    weights = weights_of(how, members([1.0, 1e-9, 2.0]))
    assert (weights[:, 1] > 0.8).all()


def test_inverse_errors_are_in_proportion():
    weights = weights_of("weighted", [rows_with(np.full((8, HORIZON), size)) for size in (1.0, 2.0)])
    np.testing.assert_allclose(weights, [[0.8, 0.2]] * SERIES)


@given(seed=st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_greedy_is_no_worse_than_the_best_on_its_own_rows(seed):
    rows = members([1.0, 1.2, 0.9, 3.0], seed=seed)
    loss = {
        how: np.abs(EnsembleWeights(weights, "").apply([r.forecast for r in rows], rows[0].origins.series)).mean()
        for how, weights in {
            "selected": weights_of("greedy", rows, EnsembleSettings(pull=0.0)),
            "best": weights_of("best", rows),
        }.items()
    }
    assert loss["selected"] <= loss["best"] + 1e-12
    halves = [weights_of("greedy", rows, EnsembleSettings(pull=0.0)), weights_of("stacked", rows)]
    np.testing.assert_allclose(weights_of("greedy", rows), np.mean(halves, axis=0))


def test_many_series_on_one_calendar_count_little_more_than_a_few():
    """Stacking shrinks towards equal weights by the number of blocks of time, not of series."""
    rng = np.random.default_rng(0)
    few, many = [
        [rows_of_series(size * rng.normal(size=(count * 8, HORIZON)), count) for size in (1.0, 1.5)]
        for count in (10, 200)
    ]
    first = [learn_weights("stacked", OPTIONS, rows, count, HORIZON) for rows, count in ((few, 10), (many, 200))]
    assert [weights.reason.split(", ")[1] for weights in first] == ["30 independent blocks"] * 2
    assert abs(first[0].by_series[0, 0] - first[1].by_series[0, 0]) < 0.1


@pytest.mark.parametrize("how", sorted(LEARNED))
def test_members_with_equal_errors_count_as_one(how):
    one, other, third = members([1.0, 1.3, 0.8])
    once = weights_of(how, [one, other, third])[0]
    twice = weights_of(how, [one, other, one, third, one])[0]
    np.testing.assert_allclose(twice, [once[0], once[1], 0.0, once[2], 0.0])


@pytest.mark.parametrize("wrong", [{"pull": 1.5}, {"pull": "half"}, {"rounds": True}])
def test_settings_that_cannot_be_are_refused_by_name(wrong):
    with pytest.raises(BadSetting, match=next(iter(wrong))):
        EnsembleSettings(**wrong)


def test_stacking_uses_errors_that_cancel():
    """Two members have opposite errors, a third smaller ones: half of each of the first two is exact."""
    error = np.random.default_rng(0).normal(size=(400, HORIZON))
    weights = weights_of("stacked", [rows_with(error), rows_with(-error), rows_with(0.5 * error)])[0]
    assert abs(weights[0] + 0.5 * weights[2] - weights[1]) < 0.05


def test_each_series_may_have_its_own_weights():
    rng = np.random.default_rng(0)
    good, bad = 0.1 * rng.normal(size=(80, HORIZON)), rng.normal(size=(80, HORIZON))
    first = np.arange(160) < 80
    one = rows_with(np.where(first[:, None], np.tile(good, (2, 1)), np.tile(bad, (2, 1))))
    other = rows_with(np.where(first[:, None], np.tile(bad, (2, 1)), np.tile(good, (2, 1))))
    own = weights_of("best", [one, other], EnsembleSettings(scope="series"))
    assert own[0, 0] > 0.7
    assert own[1, 1] > 0.7


def test_too_few_rows_give_equal_weights_with_a_reason():
    weights = learn_weights("greedy", OPTIONS, members([1.0, 0.1], count=2), SERIES, HORIZON)
    assert (weights.by_series == 0.5).all()
    assert "too few to learn from" in weights.reason


def test_the_weight_of_a_member_without_a_forecast_goes_to_the_others():
    weights = EnsembleWeights(np.array([[0.5, 0.3, 0.2]]), "")
    row = [np.full((2, HORIZON), v) for v in (1.0, 2.0, 3.0)]
    row[0][1] = np.nan
    answer = weights.apply(row, np.array([0, 0]))
    np.testing.assert_allclose(answer[:, 0], [1.7, (0.3 * 2 + 0.2 * 3) / 0.5])
    nothing = weights.apply([np.full((1, HORIZON), np.nan)] * 3, np.array([0]))
    assert np.isnan(nothing).all()


def test_out_of_fold_rows_of_an_ensemble_use_weights_of_older_folds():
    panel = synthetic_panel(n_series=SERIES, length=60, seed=0)
    good, bad = members([0.1, 1.0], count=80, folds=2)
    # The better member differs between the folds: weights of the second fold must follow the first.
    late = good.fold == 1
    swapped = [rows_with(-np.where(late[:, None], b.forecast, a.forecast), 2) for a, b in ((good, bad), (bad, good))]
    newest_fold = []

    def learn_on(rows):
        newest_fold.append(max((int(r.fold.max(initial=-1)) for r in rows), default=-1))
        return learn_weights("best", OPTIONS, rows, SERIES, HORIZON)

    combined = combined_rows(swapped, panel, ForecastSpec(HORIZON, 0, 0), learn_on)
    assert newest_fold == [-1, 0]
    np.testing.assert_array_equal(combined.forecast[late], swapped[0].forecast[late])


def plan_of(names):
    panel = synthetic_panel(n_series=3, length=120, seed=0)
    schedule = Schedule(4, 1)
    windows = rolling(panel, schedule)
    planner = Planner(panel, REGISTRY, ForecastSpec(4, 0, 0))
    for window in groups_of(windows, [0], False):
        for name in names:
            planner.add(parse(name, REGISTRY), window)
    return planner.finish()


def test_an_ensemble_needs_no_new_fit_of_a_member():
    alone = plan_of(["ARIMA-RF", "MLP-RF"])
    with_it = plan_of(["ARIMA-RF", "MLP-RF", "greedy(ARIMA-RF, MLP-RF, ARIMA)", "median(ARIMA, MLP-RF)"])
    fits = [sorted(t.stage for t in plan.tasks.values() if isinstance(t, FitTask)) for plan in (alone, with_it)]
    assert fits[0] == fits[1]
    assert sum(isinstance(t, CombineTask) for t in with_it.tasks.values()) == 1


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    frame = pd.concat(
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": pd.date_range("2012-01-01", periods=90, freq="MS"),
                "y": 50 + 5 * np.sin(np.arange(90) / 6) + np.random.default_rng(k).normal(size=90).cumsum() * 0.3,
            }
        )
        for k, name in enumerate("ab")
    )
    names = ["ARIMA", "Theta", "RF", "greedy(ARIMA, Theta, VAR)", "median(ARIMA, Theta, RF)", "best", "stacked"]
    out = tmp_path_factory.mktemp("board") / "run"
    return ht.backtest(
        frame, names, 4, windows=2, jobs=1, baselines="none", out=out, settings={"greedy": {"rounds": 9}}
    )


def test_the_board_ranks_ensembles_and_the_run_keeps_their_weights(board):
    wide = board.forecasts
    expected = wide[["ARIMA", "Theta", "RF"]].median(axis=1)
    np.testing.assert_allclose(wide["median(ARIMA, Theta, RF)"], expected, rtol=1e-12)
    assert {"best", "stacked"} <= set(board.table["model"])
    same = [bool(np.allclose(wide["best"], wide[name])) for name in ("ARIMA", "Theta", "RF")]
    assert any(same) or wide["best"].notna().all()  # the best name may differ between cutoffs
    stages = board.run.stages
    notes = stages[stages["kind"] == "combine"]["notes"].tolist()
    assert notes
    assert all('"weights"' in text for text in notes)


def test_the_report_shows_the_weights(board, tmp_path):
    (path,) = [p for p in board.report(tmp_path, ["md"]) if p.suffix == ".md"]
    text = path.read_text()
    assert "greedy" in text
    assert "independent blocks" in text


def test_a_member_that_does_not_apply_is_left_out_and_named():
    frame = pd.DataFrame({"ds": pd.date_range("2012-01-01", periods=90, freq="MS"), "y": np.arange(90) % 7 + 1.0})
    made = ht.backtest(frame, ["greedy(ARIMA, Theta, VAR)"], 4, windows=1, jobs=1, baselines="none")
    assert made.forecasts["greedy(ARIMA, Theta, VAR)"].notna().all()
    stages = made.run.stages
    (notes,) = stages[stages["kind"] == "combine"]["notes"]
    assert '"members_left_out": ["VAR"]' in notes


def test_a_word_alone_leaves_out_members_that_do_not_apply_or_fail():
    frame = pd.DataFrame({"ds": pd.date_range("2012-01-01", periods=90, freq="MS"), "y": np.arange(90) % 7 + 1.0})
    made = ht.backtest(
        frame, ["ARIMA", "Theta", "Drift", "VAR", "mean", "median"], 4, windows=1, jobs=1, baselines="none"
    )
    members = made.forecasts[["ARIMA", "Theta", "Drift"]].to_numpy()
    np.testing.assert_allclose(made.forecasts["mean"], members.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(made.forecasts["median"], np.median(members, axis=1), rtol=1e-12)
    stages = made.run.stages
    notes = stages[stages["kind"] == "combine"]["notes"]
    assert sorted(json.loads(n)["combined"]["members"] for n in notes) == [
        "the mean of 3 members",
        "the median of 3 members",
    ]
    assert notes.str.contains('"members_left_out": ["VAR"]', regex=False).all()
    with pytest.raises(NotApplicable, match="VAR needs columns"):  # members written by the user are all required
        ht.model("median(ARIMA, VAR)").fit(frame, 4, jobs=1)


def test_the_median_leaves_out_forecasts_that_are_not_finite():
    members = [np.array([[1.0], [np.nan]]), np.full((2, 1), 3.0), np.full((2, 1), 4.0)]
    found = fixed_weights("median", 2, 3).apply(members, np.arange(2))
    assert found.tolist() == [[3.0], [3.5]]
    nothing = fixed_weights("median", 1, 2).apply([np.full((1, 2), np.nan)] * 2, np.zeros(1, dtype=int))
    assert np.isnan(nothing).all()


def test_a_fitted_ensemble_forecasts_like_the_board():
    frame = pd.DataFrame({"ds": pd.date_range("2012-01-01", periods=90, freq="MS"), "y": np.arange(90) % 7 + 1.0})
    model = ht.model("weighted(ARIMA, Theta)").fit(frame, 4, jobs=1)
    members = [ht.model(name).fit(frame, 4, jobs=1).predict()[name] for name in ("ARIMA", "Theta")]
    assert isinstance(model.fitted, FittedEnsemble)
    assert model.fitted.member_weights is not None
    weights = model.fitted.member_weights.by_series[0]
    expected = weights[0] * members[0] + weights[1] * members[1]
    np.testing.assert_allclose(model.predict()["weighted(ARIMA, Theta)"], expected, rtol=1e-9)


def test_words_cannot_name_components_and_need_two_members():
    with pytest.raises(NameTaken, match=r"'Median' is a way of combining names, as in median\(A, B\)"):
        ht.register("Median", "LSTM")
    frame = pd.DataFrame({"ds": pd.date_range("2012-01-01", periods=40, freq="MS"), "y": np.arange(40.0)})
    with pytest.raises(UserError, match=r"best alone combines all other models of the list .* there are 1"):
        ht.backtest(frame, ["ARIMA", "best"], 4)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"greedy": {"rounds": 0}}, "rounds is 0; it must be a whole number"),
        ({"greedy": {"scope": "all"}}, "scope is 'all'; use panel or series"),
        ({"greedy": {"round": 3}}, "greedy has no setting 'round'.*rounds"),
        ({"median": {"rounds": 3}}, "median"),
    ],
)
def test_wrong_settings_are_refused(values, why):
    with pytest.raises(BadSetting, match=why):
        parse("greedy(ARIMA, Theta)", REGISTRY, values)


@pytest.mark.parametrize("length", [84, 88, 92, 96])
def test_a_member_with_fewer_fold_rows_still_has_a_weight(length):
    """Folds of networks are half as wide as those of a local model on few series."""
    ds = pd.date_range("2012-01-01", periods=length, freq="MS")
    wave = np.sin(np.arange(length) / 3)
    frame = pd.concat([pd.DataFrame({"unique_id": f"s{i}", "ds": ds, "y": wave * (i + 1)}) for i in range(3)])
    given: dict[str, Any] = {"settings": {"Network": {"steps": 20}}, "windows": 1, "jobs": 1, "baselines": "none"}
    made = ht.backtest(frame, ["weighted(Drift, MLP)"], 4, **given)
    stages = made.run.stages
    (notes,) = map(json.loads, stages[stages["kind"] == "combine"]["notes"])
    assert set(notes["weights"]) == {"Drift", "MLP"} and not made.run.manifest["notices"][1:]


class OnlySmall:
    """A forecaster that raises on large values."""

    def fit(self, y):
        if y[0] > 1000:
            raise ValueError("too large")
        self.last = y[-1]

    def predict(self, h):
        return [self.last] * h


def test_a_member_without_a_forecast_for_one_series_is_named_with_it(own_registry):
    register_forecaster("OnlySmall", OnlySmall)
    frame = pd.DataFrame({"ds": pd.date_range("2012-01-01", periods=60, freq="MS")})
    parts = [frame.assign(unique_id=f"s{i}", y=np.sin(np.arange(60) / 3) + size) for i, size in enumerate((9, 9e3, 9))]
    models = ["Drift", "OnlySmall", "mean", "weighted"]
    made = ht.backtest(pd.concat(parts), models, 4, windows=1, jobs=1, baselines="none")
    table = made.table.set_index("model")
    for name in ("mean", "weighted"):
        assert table.loc[name, "status"] == "complete"
        notice = f"{name}: goes on without OnlySmall for series 's1': it has no forecast there."
        assert notice in made.run.manifest["notices"]
    reason = "1 of 3 cells are missing: OnlySmall raised ValueError on series 's1', 56 values: too large"
    assert dict(table.loc["OnlySmall", ["status", "reason"]]) == {"status": "partial", "reason": reason}
