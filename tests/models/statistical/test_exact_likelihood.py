"""The optimum of the exact likelihood: as high as statsmodels', with gaps and means too, and the same filter."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.models.statistical._arima.conditional_sum_of_squares import Arma
from hybridts.models.statistical._arima.exact_likelihood import maximise, maximise_levels
from hybridts.models.statistical._arima.order import Order, difference

SERIES = ("wave", "walk", "noise")


def changed(kind, length, seed=0):
    rng = np.random.default_rng(seed)
    e = rng.normal(size=length + 12)
    if kind == "wave":
        return (e + 0.6 * np.roll(e, 1) - 0.5 * np.roll(e, 12) - 0.3 * np.roll(e, 13))[12:]
    return e[12:] if kind == "noise" else 0.2 * e.cumsum()[12:] + e[12:]


def reference(w, order, unit):
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    column = np.full(len(w), unit) if order.constant else None
    seasonal = (order.seasonal_p, 0, order.seasonal_q, 12)
    model = SARIMAX(w, exog=column, order=(order.p, 0, order.q), seasonal_order=seasonal, concentrate_scale=True)
    return model, model.fit(disp=False, maxiter=300).llf


@pytest.mark.parametrize("gaps", [(), (0, 7, 8, 60, 61, 118)])
@pytest.mark.parametrize("kind", SERIES)
@pytest.mark.parametrize(
    "order",
    [
        Arma(1, 1, 0, 1),
        Arma(2, 0, 1, 0, True),
        Arma(0, 1, 0, 1),
        Arma(2, 2, 0, 0),
        Arma(0, 0, 0, 0, True),
        Arma(3, 0, 0, 0),
    ],
)
def test_no_coefficients_of_statsmodels_are_likelier(order, kind, gaps):
    w = changed(kind, 120)
    w[list(gaps)] = np.nan
    best = maximise(w, order, 12, 2.0)
    assert best is not None
    ar, seasonal_ar, ma, seasonal_ma = best.parts
    model, optimum = reference(w, order, 2.0)
    mean = [best.mean] if order.constant else []
    ours = model.loglike(np.concatenate([mean, ar, ma, seasonal_ar, seasonal_ma]))
    hills = kind == "noise" and order.p > 0 and order.q > 0  # factors cancel: the likelihood has several optima
    assert ours > optimum - (1.0 if hills else 0.05)
    count = np.isfinite(w).sum()
    assert ours == pytest.approx(-0.5 * (best.neg2_loglik + count * (1 + np.log(2 * np.pi))), abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(
    order=st.builds(Arma, st.integers(0, 3), st.integers(0, 3), st.integers(0, 1), st.integers(0, 1), st.booleans()),
    seed=st.integers(0, 999),
    factor=st.sampled_from([1e-3, 1.0, 1e3]),
)
def test_units_do_not_matter_and_a_richer_order_is_never_less_likely(order, seed, factor):
    w = changed("wave", 90, seed)
    best = maximise(w, order, 12)
    scaled = maximise(factor * w, order, 12)
    assert best is not None and scaled is not None
    if not min(order.p, order.q) + min(order.seasonal_p, order.seasonal_q):
        # Where AR and MA factors can cancel there are several optima, and rounding may decide between them.
        assert scaled.neg2_loglik == pytest.approx(best.neg2_loglik + 2 * 90 * np.log(factor), abs=0.05)
    bare = maximise(w, Arma(0, 0, 0, 0), 12)
    assert bare is not None and best.neg2_loglik <= bare.neg2_loglik + 1e-6


def test_too_few_values_have_no_optimum():
    assert maximise(np.array([1.0, np.nan, 2.0]), Arma(1, 1, 0, 0), 1) is None


LEVELS = [
    Order(plain=(1, 1, 1), seasonal=(0, 1, 1), season=12),
    Order(plain=(0, 1, 1), season=12, constant=True),
    Order(plain=(2, 1, 0), season=12),
    Order(plain=(0, 2, 1), season=12),
    Order(plain=(1, 0, 0), seasonal=(0, 1, 1), season=12, constant=True),
]


def seasonal_walk(length, seed):
    rng = np.random.default_rng(seed)
    pattern = 3 * rng.normal(size=12)
    return pattern[np.arange(length) % 12] + rng.normal(size=length).cumsum() + 0.5 * rng.normal(size=length)


@pytest.mark.parametrize("order", LEVELS, ids=str)
def test_without_gaps_levels_and_differences_have_one_optimum(order):
    y = seasonal_walk(120, 0)
    (p, _, q), (sp, _, sq) = order.plain, order.seasonal
    unit = float(difference(np.arange(120.0), order)[0]) if order.constant else 1.0
    plain = maximise(difference(y, order), Arma(p, q, sp, sq, order.constant), 12, unit)
    levels = maximise_levels(y, order)
    assert plain is not None
    assert levels is not None
    assert levels.neg2_loglik == pytest.approx(plain.neg2_loglik, abs=0.05)
    np.testing.assert_allclose(np.concatenate(levels.parts), np.concatenate(plain.parts), atol=0.02)
    assert levels.mean == pytest.approx(plain.mean, abs=5e-3)


@pytest.mark.parametrize("share", [0.1, 0.4])
@pytest.mark.parametrize("order", LEVELS, ids=str)
def test_with_gaps_no_coefficients_of_statsmodels_are_likelier(order, share):
    """Scored by statsmodels with its exact diffuse start, so that no finite prior matters."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    y = seasonal_walk(120, 1)
    y[np.random.default_rng(2).random(120) < share] = np.nan
    column = np.arange(120.0) if order.constant else None
    seasonal = (*order.seasonal, 12 if any(order.seasonal) else 0)
    model = SARIMAX(y, exog=column, order=order.plain, seasonal_order=seasonal, use_exact_diffuse=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = model.fit(disp=False, maxiter=200)
    best = maximise_levels(y, order)
    assert best is not None
    ar, seasonal_ar, ma, seasonal_ma = best.parts
    parts = [[best.mean] if order.constant else [], ar, ma, seasonal_ar, seasonal_ma]
    variance = theirs.params[-1]
    ours = max(model.loglike(np.concatenate([*parts, [variance * k]])) for k in np.linspace(0.7, 1.4, 29))
    assert ours > theirs.llf - 0.1
