"""The order search: the stepwise search against brute force, the CSS criterion against exact fits, notes, budget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.models.statistical._arima.conditional_sum_of_squares import (
    Arma,
    ArmaResiduals,
    conditional_fit,
    criterion,
)
from hybridts.models.statistical._arima.stepwise import OrderLimits, StepwiseSearch
from hybridts.models.statistical.auto_arima import AutoARIMA, AutoSARIMA

orders = st.builds(Arma, *[st.integers(0, 2)] * 4, st.booleans())
FREE = OrderLimits(5, 5, 2, 2, True, 94)


def arma(length, seed=0):
    """Return w with (1 - 0.6 B)(1 + 0.4 B^12) w = (1 + 0.3 B) e, after a burn-in."""
    rng = np.random.default_rng(seed)
    e = rng.normal(size=length + 200)
    w = np.zeros(length + 200)
    for t in range(13, length + 200):
        w[t] = 0.6 * w[t - 1] - 0.4 * w[t - 12] + 0.24 * w[t - 13] + e[t] + 0.3 * e[t - 1]
    return w[200:]


@settings(max_examples=60, deadline=None)
@given(target=orders, weights=st.lists(st.floats(0.1, 3), min_size=4, max_size=4))
def test_the_walk_finds_the_bottom_of_a_bowl(target, weights):
    def bowl(order):
        gaps = np.array([order.p - target.p, order.q - target.q, order.seasonal_p - target.seasonal_p])
        rest = (order.seasonal_q - target.seasonal_q) ** 2 * weights[3] + (order.constant != target.constant)
        return float(gaps**2 @ weights[:3] + rest)

    walk = StepwiseSearch(bowl, FREE)
    assert walk.run()[0] == target
    assert not walk.stopped
    assert len(walk.tried) < 94


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), models=st.integers(5, 40), p=st.integers(0, 3), constant=st.booleans())
def test_the_walk_keeps_its_limits_tries_nothing_twice_and_ends_at_a_valley(seed, models, p, constant):
    rng = np.random.default_rng(seed)
    calls = []

    def rough(order):
        calls.append(order)
        return float(rng.normal()) if rng.random() < 0.9 else np.inf

    limits = OrderLimits(p, 2, 1, 1, constant, models)
    walk = StepwiseSearch(rough, limits)
    ranked = walk.run()
    assert len(calls) == len(set(calls)) == len(walk.tried) <= models
    assert all(limits.hold(order) for order in calls)
    assert [walk.tried[o] for o in ranked] == sorted(walk.tried[o] for o in ranked)
    assert walk.stopped is False or len(calls) == models


def test_a_walk_without_any_fit_ends_with_nothing():
    assert StepwiseSearch(lambda _: np.inf, FREE).run() == []


@settings(max_examples=25, deadline=None)
@given(order=orders, seed=st.integers(0, 99))
def test_the_derivatives_of_the_residuals_are_right(order, seed):
    rng = np.random.default_rng(seed)
    shape = ArmaResiduals(order, 12, arma(80, seed))
    x = 0.2 * rng.normal(size=order.size - 1 - order.constant)
    _, slopes = shape.residuals(x)
    for k in range(len(x)):
        step = 1e-6 * np.eye(len(x))[k]
        numeric = (shape.residuals(x + step)[0] - shape.residuals(x - step)[0]) / 2e-6
        np.testing.assert_allclose(slopes[k], numeric, atol=1e-6)


def test_the_quick_fit_finds_the_coefficients():
    found = conditional_fit(arma(3000), Arma(1, 1, 1, 0), 12)
    assert found is not None
    np.testing.assert_allclose(found.phi[[0, 11, 12]], [0.6, -0.4, 0.24], atol=0.05)
    np.testing.assert_allclose(found.theta, [0.3], atol=0.06)
    assert found.squares / 3000 == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("order", [Arma(1, 0, 0, 0), Arma(1, 1, 1, 0), Arma(0, 2, 0, 1), Arma(2, 0, 1, 0, True)])
def test_the_quick_criterion_is_just_above_that_of_the_exact_optimum(order):
    """The exact likelihood at nearly its optimum: never better than it, and seldom worse by a unit."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    w = arma(150, 3)
    z = w - w.mean() if order.constant else w
    seasonal = (order.seasonal_p, 0, order.seasonal_q, 12)
    exact = SARIMAX(z, order=(order.p, 0, order.q), seasonal_order=seasonal).fit(disp=False, maxiter=200)
    rows, size = len(w), order.size
    best = -2 * exact.llf - rows * (1 + np.log(2 * np.pi)) + 2 * size * rows / (rows - size - 1)
    assert -1e-3 < criterion(w, order, 12) - best < 1.0


def test_orders_without_room_or_with_a_unit_root_are_not_taken():
    assert criterion(np.arange(6.0), Arma(2, 2, 0, 0), 1) == np.inf
    assert criterion(arma(20), Arma(0, 0, 2, 0), 12) == np.inf
    assert criterion(1.02 ** np.arange(80.0), Arma(1, 0, 0, 0), 1) == np.inf


def test_the_notes_say_how_many_models_were_tried_and_whether_the_budget_bit(kit):
    panel = kit.make(kit.wave(90), np.full(90, 4.0), season=4)
    free = AutoSARIMA().fit(panel, 4, 0, 0)
    assert 5 <= free.notes["models_tried"]["s0"] < 94
    assert free.notes["models_tried"]["s1"] == 0
    assert "search_stopped" not in free.notes
    short = AutoSARIMA(max_models=6).fit(panel, 4, 0, 0)
    assert short.notes["models_tried"]["s0"] == 6
    assert short.notes["search_stopped"] == {"s0": "by the budget of 6 models"}


def test_one_finalist_trusts_the_walk_and_more_compare_exactly(kit):
    panel = kit.make(kit.wave(100, seed=5), season=4)
    for finalists in (1, 5):
        fitted = AutoSARIMA(finalists=finalists).fit(panel, 4, 0, 0)
        assert np.isfinite(fitted.forecast(panel, kit.at(99))).all()


@pytest.mark.parametrize(
    ("phi", "theta", "d"), [([0.8], [], 0), ([], [0.7], 0), ([0.5, -0.6], [], 0), ([0.5], [], 1), ([], [-0.5], 1)]
)
def test_the_order_that_made_the_data_or_a_close_one_is_found(phi, theta, d, kit):
    from statsmodels.tsa.arima_process import arma_generate_sample

    rng = np.random.default_rng(7)
    ar, ma = np.r_[1, -np.array(phi)], np.r_[1, theta]
    y = arma_generate_sample(ar, ma, 600, distrvs=lambda size: rng.normal(size=size), burnin=100)
    for _ in range(d):
        y = y.cumsum()
    panel = kit.make(y)
    found = AutoARIMA().fit(panel, 4, 0, 0).notes["orders"]["s0"]["order"]
    assert found[1] == d
    assert abs(found[0] - len(phi)) + abs(found[2] - len(theta)) <= 2


def test_explain_says_what_the_search_does():
    from hybridts.names.catalog import default_registry
    from hybridts.names.explain import explain

    text = explain("Auto-SARIMA", default_registry())
    for words in ("KPSS", "stepwise search", "finalists", "max_models", "exogenous", "harmonics"):
        assert words in text
    assert "逐步" in explain("Auto-SARIMA", default_registry(), "zh")
    assert "known-future columns are regressors" in explain("ARIMA-SVM", default_registry())
