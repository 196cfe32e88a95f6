"""Tabular learners: each learns, is reproducible and keeps its row cap; wrong predictions are refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge

from hybridts.app.api import plan_of
from hybridts.data.datasets import damaged, synthetic_panel
from hybridts.data.seasonal import seasonal_naive
from hybridts.errors import BadSetting, StageFailure
from hybridts.models.learners._svr_solvers import KernelSVR, NystroemSVR, squared_tube
from hybridts.models.learners.ann import ANN
from hybridts.models.learners.boosting import OBJECTIVES, XGBoost
from hybridts.models.learners.design_matrix import unit_at
from hybridts.models.learners.forest import RF
from hybridts.models.learners.own_regressor import MedianImputed, SklearnRegressor
from hybridts.models.learners.reduction import (
    DirectRegressionForecaster,
    LearnerSettings,
    RegressionCorrection,
)
from hybridts.models.learners.svm import EXACT_ROWS, SVM
from hybridts.models.protocols import Hindcasts
from hybridts.models.setting_aliases import with_aliases
from tests.fakes.panels import changed_after, origins_at, panel_of
from tests.fakes.runs import frame_of

#: Small enough for a test, large enough to learn from.
LEARNERS: dict[str, LearnerSettings] = {
    "SVM": SVM(),
    "RF": RF(trees=30),
    "XGBoost": XGBoost(trees=80, rate=0.1),
    "ANN": ANN(),
}
EVERY = pytest.mark.parametrize("settings", LEARNERS.values(), ids=LEARNERS)


def table(rows, seed=0):
    """Return features of which two matter, some of them missing, and a smooth function of these two."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, (rows, 5)).astype(np.float32)
    y = 2 * X[:, 0] + np.sin(3 * X[:, 1])
    X[rng.random(X.shape) < 0.02] = np.nan
    return X, y


def explained(settings, rows):
    learner = settings.build(3, rows)
    learner.fit(*table(rows))
    X, y = table(500, seed=1)
    return 1 - np.var(y - learner.predict(X)) / np.var(y)


@EVERY
def test_every_learner_fits_a_simple_function_with_missing_values(settings):
    assert explained(settings, 1500) > 0.85


@pytest.mark.parametrize("constant", [False, True])
def test_the_exact_svm_is_the_one_of_scikit_learn(constant):
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    X, y = table(700)
    X = np.ones_like(X) if constant else X
    ours: Any = SVM(C=2.0, epsilon=0.05).build(0, len(X))
    ours.fit(X[:400], y[:400])
    theirs = make_pipeline(SimpleImputer(), StandardScaler(), SVR(C=2.0, epsilon=0.05)).fit(X[:400], y[:400])
    # Both solvers stop at a tolerance of 0.001, on either side of the optimum.
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=5e-3)


@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(2, 300),
    columns=st.integers(1, 12),
    C=st.sampled_from([0.01, 1.0, 100.0]),
    epsilon=st.sampled_from([0.0, 0.1, 2.0]),
)
@trials(max_examples=40, deadline=None)
def test_the_mapped_svm_is_the_linear_one_of_scikit_learn(seed, rows, columns, C, epsilon):
    from sklearn.svm import LinearSVR

    rng = np.random.default_rng(seed)
    Z = np.column_stack([rng.normal(size=(rows, columns)), np.ones(rows)])
    y = Z[:, 0] + rng.standard_t(2, size=rows)
    machine = {"C": C, "epsilon": epsilon, "loss": "squared_epsilon_insensitive", "dual": False, "fit_intercept": False}
    theirs = LinearSVR(**machine, tol=1e-10, max_iter=100_000).fit(Z, y).coef_
    np.testing.assert_allclose(squared_tube(Z, y, C, epsilon), theirs, rtol=1e-4, atol=1e-5)


def test_the_approximate_svm_fits_it_too_and_is_used_beyond_the_rows_an_exact_one_can_bear():
    exact: Any = SVM().build(0, EXACT_ROWS)
    mapped: Any = SVM().build(0, EXACT_ROWS + 1)
    assert (type(exact), type(mapped)) == (KernelSVR, NystroemSVR)
    mapped = SVM(components=100).build(0, EXACT_ROWS + 1)
    mapped.fit(*table(2000))
    X, y = table(500, seed=1)
    assert 1 - np.var(y - mapped.predict(X)) / np.var(y) > 0.85


@EVERY
def test_the_same_seed_gives_the_same_answer(settings):
    answers = []
    for seed in (7, 7, 8):
        learner = settings.build(seed, 800)
        learner.fit(*table(800))
        answers.append(learner.predict(table(100, seed=2)[0]))
    np.testing.assert_array_equal(answers[0], answers[1])
    # An exact SVM has no randomness; every other learner has.
    assert np.array_equal(answers[0], answers[2]) == (settings is LEARNERS["SVM"])


# -- settings -----------------------------------------------------------------------------------------------------
NAN, INF = float("nan"), float("inf")
#: What no whole number, no number, and no share may be.
NOT_WHOLE: list[Any] = ["lots", "12", -1, 0, 2.5, 3.0, True, None, NAN, INF, [8], np.bool_(True)]
NOT_NUMBER: list[Any] = ["a", "0.5", -0.1, True, None, NAN, INF, -INF, 10**400, [0.5], np.float64("nan")]
NOT_SHARE: list[Any] = [*NOT_NUMBER, 0, 0.0, 1.01, 2, np.float32(1.5)]
#: The same for settings of which None leaves the choice to the library.
GIVEN_WHOLE = [v for v in NOT_WHOLE if v is not None]
GIVEN = [v for v in NOT_NUMBER if v is not None]
WRONG: list[tuple[Any, str, list[Any], str]] = [
    *((kind, "max_rows", [*NOT_WHOLE, 1], "a whole number, 2 or more") for kind in (RF, XGBoost, SVM, ANN)),
    *((RF, key, NOT_WHOLE, "a whole number, 1 or more") for key in ("trees", "leaf")),
    (RF, "part", [*NOT_SHARE, "sqrt"], "a number above 0, 1 at most"),
    (RF, "features", [*NOT_SHARE, "cube"], "a number above 0, 1 at most, or sqrt or log2"),
    (RF, "depth", GIVEN_WHOLE, "a whole number, 1 or more"),
    (RF, "min_samples_split", [*NOT_WHOLE, 1], "a whole number, 2 or more"),
    (RF, "max_leaf_nodes", [*GIVEN_WHOLE, 1], "a whole number, 2 or more"),
    *((RF, key, NOT_NUMBER, "a number, 0 or more") for key in ("min_impurity_decrease", "ccp_alpha")),
    (RF, "bootstrap", [0, 1, None, "yes"], "true or false"),
    (XGBoost, "min_child_weight", NOT_NUMBER, "a number, 0 or more"),
    *((XGBoost, key, GIVEN, "a number, 0 or more") for key in ("reg_alpha", "gamma", "max_delta_step")),
    *(
        (XGBoost, key, [*GIVEN, 0, 2], "a number above 0, 1 at most")
        for key in ("colsample_bylevel", "colsample_bynode")
    ),
    (XGBoost, "max_leaves", [v for v in GIVEN_WHOLE if v != 0 or v is True], "a whole number, 0 or more"),
    (XGBoost, "max_bin", [*GIVEN_WHOLE, 1], "a whole number, 2 or more"),
    (XGBoost, "objective", ["count:poisson", 1], f"one of {', '.join(OBJECTIVES)}"),
    (SVM, "degree", NOT_WHOLE, "a whole number, 1 or more"),
    (RF, "criterion", ["poisson", 1, None], "one of squared_error, absolute_error, friedman_mse"),
    (XGBoost, "reg_lambda", GIVEN, "a number, 0 or more"),
    (XGBoost, "grow_policy", ["random", 1], "one of depthwise, lossguide"),
    (SVM, "gamma", [*NOT_NUMBER, 0, "small"], "a number above 0, or scale or auto"),
    (SVM, "kernel", ["cosine", None], "one of rbf, linear, poly, sigmoid"),
    (SVM, "coef0", ["a", None, NAN], "a number"),
    *((XGBoost, key, NOT_WHOLE, "a whole number, 1 or more") for key in ("trees", "depth")),
    *((XGBoost, key, NOT_SHARE, "a number above 0, 1 at most") for key in ("rate", "subsample", "columns")),
    (SVM, "C", [*NOT_NUMBER, 0, 0.0], "a number above 0"),
    (SVM, "epsilon", NOT_NUMBER, "a number, 0 or more"),
    (SVM, "components", NOT_WHOLE, "a whole number, 1 or more"),
    *((ANN, key, NOT_WHOLE, "a whole number, 1 or more") for key in ("hidden", "iterations")),
    (ANN, "decay", NOT_NUMBER, "a number, 0 or more"),
]


@pytest.mark.parametrize(("kind", "key", "values", "allowed"), WRONG, ids=[f"{w[0].__name__}-{w[1]}" for w in WRONG])
def test_a_wrong_setting_is_refused_with_what_was_found_and_what_may_be(kind, key, values, allowed):
    for value in values:
        with pytest.raises(BadSetting) as caught:
            kind(**{key: value})
        name = with_aliases(kind, [key])[0]
        assert str(caught.value) == f"{name} is {value!r}; it must be {allowed}."
        assert (caught.value.key, caught.value.value, caught.value.expected) == (key, value, allowed)


def test_every_setting_of_every_learner_is_checked():
    checked = {(kind, key) for kind, key, _, _ in WRONG}
    assert checked == {(type(settings), key) for settings in LEARNERS.values() for key in vars(settings)}


WHOLE = st.integers(1, 10**6) | st.integers(1, 10**6).map(np.int64)
CAP = st.integers(2, 10**9)
SHARE = st.floats(0, 1, exclude_min=True) | st.sampled_from([1, np.float32(0.25), np.float64(1.0)])
ZERO_OR_MORE = st.floats(0, 1e300) | st.integers(0, 10**6) | st.sampled_from([np.float32(0.5), np.int32(3)])
SENSIBLE: dict[Any, dict[str, st.SearchStrategy[Any]]] = {
    RF: {"trees": WHOLE, "leaf": WHOLE, "features": SHARE, "part": SHARE, "max_rows": CAP},
    XGBoost: {
        **dict.fromkeys(("trees", "depth"), WHOLE),
        **dict.fromkeys(("rate", "subsample", "columns"), SHARE),
        "max_rows": CAP,
    },
    SVM: {"C": ZERO_OR_MORE.filter(bool), "epsilon": ZERO_OR_MORE, "components": WHOLE, "max_rows": CAP},
    ANN: {"hidden": WHOLE, "decay": ZERO_OR_MORE, "iterations": WHOLE, "max_rows": CAP},
}


@pytest.mark.parametrize("kind", SENSIBLE)
@given(data=st.data())
@trials(max_examples=40, deadline=None)
def test_sensible_settings_are_taken_as_they_are(kind, data):
    values = data.draw(st.fixed_dictionaries({}, optional=SENSIBLE[kind]))
    assert vars(kind(**values)) == {**vars(kind()), **values}


SMALLEST: list[LearnerSettings] = [
    RF(trees=1, leaf=1, features=1, part=1, max_rows=2),
    RF(trees=np.int64(2), features=np.float32(0.5)),  # type: ignore[arg-type]
    XGBoost(trees=1, depth=1, rate=1, subsample=1, columns=1, max_rows=2),
    XGBoost(trees=np.int64(2), rate=np.float32(0.5), columns=np.float64(0.01)),  # type: ignore[arg-type]
    SVM(C=1, epsilon=0, components=1, max_rows=2),
    SVM(C=np.int64(2), epsilon=np.float32(0.5)),  # type: ignore[arg-type]
    ANN(hidden=1, decay=0, iterations=1, max_rows=2),
    ANN(hidden=np.int64(2), decay=np.float32(0.5), iterations=np.int64(3)),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("settings", SMALLEST, ids=str)
def test_values_at_the_limits_and_of_numpy_can_be_learned_with(settings):
    panel = synthetic_panel(2, 40)
    fitted = DirectRegressionForecaster(learner=settings).fit(panel, 2, 0, 0)
    assert np.isfinite(fitted.forecast(panel, panel.ends())).all()


def test_a_share_of_1_is_all_features_also_when_it_is_written_as_a_whole_number():
    built = [RF(trees=5, features=one).build(0, 300) for one in (1, 1.0)]
    X, y = table(300)
    answers = [learner.fit(X, y).predict(X) for learner in built]
    np.testing.assert_array_equal(*answers)


@pytest.mark.parametrize("name", ["RF", "XGBoost", "ARIMA-RF"])
def test_a_backtest_refuses_a_wrong_setting_before_anything_is_estimated_or_run(name):
    learner = name.split("-")[-1]
    with pytest.raises(BadSetting, match=r"trees \(n_estimators\) is 'lots'; it must be a whole number, 1 or more\."):
        plan_of(frame_of(), models=[name], horizon=4, windows=2, settings={learner: {"trees": "lots"}})


# -- alone on lags ------------------------------------------------------------------------------------------------
def sine_waves(season=1):
    """Return sine waves of several periods and amplitudes that no seasonal-naive forecast of season 1 can follow."""
    t = np.arange(120)
    return panel_of(*(10**k * (3 + np.sin(2 * np.pi * t / (9 + k))) for k in range(3)), season=season)


@EVERY
def test_every_learner_alone_beats_its_anchor_on_what_lags_explain(settings):
    panel = sine_waves()
    fitted = DirectRegressionForecaster(learner=settings).fit(panel.cut(np.full(3, 99)), 4, 0, 5)
    origins = origins_at(*((i, p) for i in range(3) for p in range(99, 115)))
    target = panel.targets(origins, 4)
    size = unit_at(panel, origins)[:, None]
    anchor = np.abs(seasonal_naive(panel, origins, 4) - target) / size
    own = np.abs(fitted.forecast(panel, origins) - target) / size
    assert own.mean() < 0.4 * anchor.mean()


@EVERY
def test_a_learner_alone_repeats_itself_and_keeps_its_row_cap(settings):
    capped = type(settings)(**{**settings.__dict__, "max_rows": 150})
    panel = damaged(synthetic_panel(4, 60), missing=0.05, shortest=40)
    first, again = (DirectRegressionForecaster(learner=capped).fit(panel, 3, 0, 1) for _ in range(2))
    assert first.notes["rows"] == 150
    assert first.notes == again.notes and len(first.notes["features"]) > 10
    origins = panel.ends()
    answer = first.forecast(panel, origins)
    assert answer.shape == (4, 3) and np.isfinite(answer).all()
    np.testing.assert_array_equal(answer, again.forecast(panel, origins))
    assert DirectRegressionForecaster(learner=settings).fit(panel, 3, 0, 1).notes["rows"] > 150


@pytest.mark.parametrize("gap", [0, 2])
@EVERY
def test_origins_are_answered_each_as_if_alone_and_from_their_past_only(settings, gap):
    panel = damaged(synthetic_panel(3, 70), missing=0.05)
    fitted = DirectRegressionForecaster(learner=settings).fit(panel.cut(np.full(3, 50)), 3, gap, 1)
    origins = origins_at((0, 50), (0, 60), (1, 30), (2, 5))
    together = fitted.forecast(panel, origins)
    for row in range(len(origins)):
        one = origins[np.array([row])]
        position = np.full(3, -1)
        position[one.series[0]] = one.position[0]
        alone = fitted.forecast(changed_after(panel, position).cut(np.maximum(position, 0)), one)
        np.testing.assert_allclose(alone, together[row : row + 1], rtol=1e-9)


@pytest.mark.parametrize("settings", [LEARNERS["RF"], LEARNERS["XGBoost"]], ids=["RF", "XGBoost"])
@pytest.mark.parametrize(("a", "b", "season"), [(4.0, 1024.0, 1), (0.25, -512.0, 1), (1024.0, 0.0, 1), (4.0, 0.0, 4)])
def test_trees_follow_when_the_series_are_shifted_and_scaled(settings, a, b, season):
    # Whole numbers and powers of two: nothing is rounded differently, so that no split moves. Steps are odd, so that
    # every origin has a scale; with a season the first origin has none, and its substitute does not follow a shift.
    rng = np.random.default_rng(0)
    series = [np.cumsum(2.0 * rng.integers(-5, 5, 80) + 1) + 10.0 * (np.arange(80) % 4) for _ in range(3)]
    plain, moved = panel_of(*series, season=season), panel_of(*(a * y + b for y in series), season=season)
    answers = [
        DirectRegressionForecaster(learner=settings).fit(p, 4, 0, 2).forecast(p, p.ends()) for p in (plain, moved)
    ]
    np.testing.assert_allclose(answers[1], a * answers[0] + b, rtol=1e-6, atol=1e-6 * a)


@EVERY
def test_constant_and_short_series_are_answered_with_numbers(settings):
    panel = panel_of(np.full(30, 5.0), np.zeros(30), np.arange(30.0), [7.0, 8.0], season=4, ends=[29] * 4)
    fitted = DirectRegressionForecaster(learner=settings).fit(panel, 3, 0, 0)
    answer = fitted.forecast(panel, panel.ends())
    assert np.isfinite(answer).all()
    np.testing.assert_array_equal(answer[:2], [[5.0] * 3, [0.0] * 3])  # they never moved: no correction


@EVERY
def test_where_no_series_moves_nothing_is_learned_and_nothing_fails(settings):
    panel = panel_of(np.full(30, 5.0), np.zeros(30))
    fitted = DirectRegressionForecaster(learner=settings).fit(panel, 3, 0, 0)
    np.testing.assert_array_equal(fitted.forecast(panel, panel.ends()), [[5.0] * 3, [0.0] * 3])
    assert "no series has moved" in fitted.notes["still"]


@EVERY
def test_a_series_that_never_moved_is_not_corrected_by_what_others_teach(settings):
    panel = panel_of(*(synthetic_panel(3, 60).series(i) for i in range(3)), np.full(60, 100.0), season=12)
    rows = hindcasts(panel)
    still = rows.origins.series == 3
    rows.forecast[still] = 90.0  # an error that has no unit: the others' scales are not its own
    answer = RegressionCorrection(learner=settings).fit(panel, rows, 3, 0, 0).correct(panel, rows)
    assert (answer[still] == 0).all() and (answer[~still] > 0).any()


def test_without_any_known_target_there_is_nothing_to_learn_from():
    with pytest.raises(StageFailure, match="only 0 rows with a known target: too few to learn from"):
        DirectRegressionForecaster(learner=LEARNERS["RF"]).fit(panel_of([1.0], [2.0]), 3, 0, 0)


# -- as a correction ----------------------------------------------------------------------------------------------
def hindcasts(panel, horizon=3):
    """Return out-of-fold rows of a base that is always a third of a scale too low."""
    origins = origins_at(*((i, p) for i in range(len(panel)) for p in range(20, 56)))
    target = panel.targets(origins, horizon)
    scale = unit_at(panel, origins)
    return Hindcasts(origins, np.zeros(len(origins), int), target - scale[:, None] / 3, target, scale)


@EVERY
def test_a_correction_learns_a_constant_error_of_series_of_any_size(settings):
    panel = synthetic_panel(4, 60)
    rows = hindcasts(panel)
    rows.target[::7, 1] = np.nan  # a step that is not known yet
    fitted = RegressionCorrection(learner=settings).fit(panel, rows, 3, 0, 0)
    assert fitted.notes["rows"] == np.isfinite(rows.target).sum()
    answer = fitted.correct(panel, rows) / rows.scale[:, None]
    np.testing.assert_allclose(answer, 1 / 3, atol=0.12)


@EVERY
def test_a_correction_never_reads_what_came_true(settings):
    panel = synthetic_panel(3, 60)
    rows = hindcasts(panel)
    fitted = RegressionCorrection(learner=settings).fit(panel, rows, 3, 0, 0)
    blind = Hindcasts(rows.origins, rows.fold, rows.forecast, np.full_like(rows.target, np.nan), rows.scale)
    np.testing.assert_array_equal(fitted.correct(panel, rows), fitted.correct(panel, blind))


@pytest.mark.parametrize("settings", [LEARNERS["RF"], LEARNERS["XGBoost"]], ids=["RF", "XGBoost"])
def test_trees_say_which_features_mattered_most_first(settings):
    panel = synthetic_panel(4, 60)
    shares = list(DirectRegressionForecaster(learner=settings).fit(panel, 3, 0, 0).notes["importances"].values())
    assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 1.001


# -- other people's learners --------------------------------------------------------------------------------------
class Broken:
    """A regressor whose predictions are wrong in a chosen way."""

    def __init__(self, kind="shape"):
        self.kind = kind

    def fit(self, *_):
        return self

    def predict(self, X):
        return np.zeros((len(X), 1)) if self.kind == "shape" else np.full(len(X), self.kind)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("shape", r"Broken\.predict answered shape \(\d+, 1\) for \d+ rows\."),
        (np.nan, r"Broken\.predict answered 24 values that are not finite\."),
        (np.inf, r"Broken\.predict answered 24 values that are not finite\."),
    ],
)
def test_an_answer_of_the_wrong_shape_or_without_numbers_is_a_failed_stage(kind, message):
    panel = synthetic_panel(8, 60)
    fitted = DirectRegressionForecaster(learner=SklearnRegressor(Broken, {"kind": kind})).fit(panel, 3, 0, 0)
    with pytest.raises(StageFailure, match=message):
        fitted.forecast(panel, panel.ends())


class Seeing:
    """A regressor that keeps what it was built with and given."""

    def __init__(self, random_state=None, n_jobs=None, size=3):
        self.built = (random_state, n_jobs, size)

    def fit(self, X, y):
        self.seen = X, y
        return self

    def predict(self, X):
        return np.zeros(len(X))


def test_any_regressor_is_built_afresh_with_its_settings_one_thread_and_the_seed():
    plain = SklearnRegressor(Seeing, {"size": 9})
    built: Any = plain.build(2**31 + 5, 10)
    assert built.learner.built == (5, 1, 9)
    assert plain.build(1, 10) is not plain.build(1, 10)
    boosting: Any = SklearnRegressor(HistGradientBoostingRegressor, {"max_iter": 2}).build(0, 1)
    assert isinstance(boosting.learner, HistGradientBoostingRegressor)  # which reads missing values
    ridge: Any = SklearnRegressor(Ridge).build(4, 1)
    assert ridge.learner.learner.random_state == 4  # behind medians, because it does not read missing values


def test_a_learner_is_given_errors_in_units_of_the_scale_without_wild_ones():
    t = np.arange(60.0)
    y = np.where(t == 40, 1e6, 10 * (t % 2))
    fitted = DirectRegressionForecaster(learner=SklearnRegressor(Seeing)).fit(panel_of(y, season=1), 2, 0, 0)
    learner: Any = fitted.regression.learner
    X, errors = learner.learner.seen
    assert X.shape == (len(errors), len(fitted.notes["features"]))
    assert np.abs(errors).max() == 10.0
    assert set(np.round(errors[:30], 6).tolist()) <= {-1.0, 0.0, 1.0}


def test_many_rows_are_predicted_in_pieces_without_changing_the_answer(monkeypatch):
    panel = synthetic_panel(5, 60)
    fitted = DirectRegressionForecaster(learner=LEARNERS["XGBoost"]).fit(panel, 3, 0, 0)
    origins = origins_at(*((i, p) for i in range(5) for p in range(30, 50)))
    whole = fitted.forecast(panel, origins)
    monkeypatch.setattr("hybridts.models.learners.reduction.AT_ONCE", 7)
    np.testing.assert_array_equal(fitted.forecast(panel, origins), whole)


def test_lightgbm_is_told_to_be_quiet_and_others_are_not_told_anything_they_do_not_know():
    class LikeLightGBM:
        def __init__(self, boosting_type="gbdt", random_state=None, n_jobs=None, **kwargs):
            self.given = {"random_state": random_state, "n_jobs": n_jobs, **kwargs}

    class Bare:
        def __init__(self, depth=2):
            self.given = {"depth": depth}

    built = SklearnRegressor(LikeLightGBM, {"max_depth": 3}).build(7, 10)
    assert isinstance(built, MedianImputed)
    assert vars(built.learner)["given"] == {"random_state": 7, "n_jobs": 1, "verbosity": -1, "max_depth": 3}
    bare = SklearnRegressor(Bare).build(7, 10)
    assert isinstance(bare, MedianImputed)
    assert vars(bare.learner)["given"] == {"depth": 2}
