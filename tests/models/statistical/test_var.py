"""VAR: agreement with statsmodels, the groups it forms, and systems too large for their data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridts.data.panel import Origins
from hybridts.errors import BadSetting, DataError, NotApplicable, StageFailure
from hybridts.models.statistical._var.equations import fit_system
from hybridts.models.statistical.var import VAR


def system(length, columns=3, seed=0):
    rng = np.random.default_rng(seed)
    weights = 0.5 * np.eye(columns) + 0.2 * np.eye(columns, k=1)
    y = np.zeros((length, columns))
    for t in range(1, length):
        y[t] = weights @ y[t - 1] + rng.normal(size=columns)
    return y + 10


def test_forecasts_and_lag_equal_those_of_statsmodels(kit):
    from statsmodels.tsa.api import VAR as Reference

    y = system(200)
    panel = kit.make(*y.T)
    fitted = VAR(max_lag=4).fit(panel, 6, 0, 0)
    facts = fitted.notes["groups"]["s0"]
    reference = Reference(y).fit(facts["lag"])
    assert facts["lag"] == Reference(y).select_order(4).selected_orders["bic"]
    assert not facts["differenced"]
    for series in range(3):
        expected = reference.forecast(y, 6)[:, series]
        np.testing.assert_allclose(fitted.forecast(panel, kit.at(199, series))[0], expected, rtol=1e-8)
        earlier = reference.forecast(y[:150], 6)[:, series]
        np.testing.assert_allclose(fitted.forecast(panel, kit.at(149, series))[0], earlier, rtol=1e-8)


def test_coefficients_equal_those_of_statsmodels():
    from statsmodels.tsa.api import VAR as Reference

    y = system(150, seed=3)
    found = fit_system(y, 2)
    z = found.scaling.apply(y)
    np.testing.assert_allclose(found.weights, Reference(z).fit(found.lag).params, rtol=1e-8, atol=1e-10)


def test_integrated_columns_are_differenced_together(kit):
    y = np.random.default_rng(1).normal(size=(150, 3)).cumsum(axis=0)
    fitted = VAR().fit(kit.make(*y.T), 4, 0, 0)
    assert fitted.notes["groups"]["s0"]["differenced"]


def test_one_column_leads_another_and_var_uses_it(kit):
    rng = np.random.default_rng(0)
    lead = rng.normal(size=200)
    follow = np.r_[0.0, lead[:-1]] + 0.1 * rng.normal(size=200)
    panel = kit.make(lead, follow)
    fitted = VAR().fit(panel.cut(np.array([149, 149])), 1, 0, 0)
    answer = fitted.forecast(panel, kit.at(np.arange(150, 199), series=1))[:, 0]
    assert np.mean((answer - follow[151:]) ** 2) < 0.05


def test_groups_come_from_labels_then_calendar_then_covariates(kit):
    y = system(60, 4)
    labelled = VAR().fit(kit.make(*y.T, groups=("a", "b", "a", "b")), 2, 0, 0)
    assert [g["members"] for g in labelled.notes["groups"].values()] == [["s0", "s2"], ["s1", "s3"]]
    together = VAR().fit(kit.make(*y.T), 2, 0, 0)
    assert [g["members"] for g in together.notes["groups"].values()] == [["s0", "s1", "s2", "s3"]]
    past = np.vstack([y[:, 1:3], y[:, 1:3]])
    single = VAR().fit(kit.make(y[:, 0], past=past[:60]), 2, 0, 0)
    assert single.notes["groups"]["s0"]["columns"] == 3


def test_what_does_not_move_together_is_not_applicable(kit):
    y = system(60, 2)
    with pytest.raises(NotApplicable, match="one series without numeric covariates"):
        VAR().fit(kit.make(y[:, 0]), 2, 0, 0)
    with pytest.raises(NotApplicable, match="timestamps of the series do not coincide"):
        VAR().fit(kit.make(y[:, 0], y[:50, 1]), 2, 0, 0)
    with pytest.raises(NotApplicable, match="every group holds one series"):
        VAR().fit(kit.make(*y.T, groups=("a", "b")), 2, 0, 0)
    with pytest.raises(NotApplicable, match="more than 100"):
        VAR().fit(kit.make(*[y[:, 0]] * 101), 2, 0, 0)


def test_a_lonely_series_fails_alone(kit):
    y = system(60, 3)
    fitted = VAR().fit(kit.make(*y.T, groups=("a", "a", "b")), 2, 0, 0)
    panel = kit.make(*y.T, groups=("a", "a", "b"))
    assert list(fitted.failures) == ["s2"]
    answer = fitted.forecast(panel, panel.ends())
    assert np.isfinite(answer[:2]).all()
    assert np.isnan(answer[2]).all()


def test_more_coefficients_than_rows_are_shrunk(kit):
    y = np.random.default_rng(0).normal(size=(20, 40))
    y[:, 0] = 5.0
    y[3:6, 1] = np.nan
    panel = kit.make(*y.T)
    fitted = VAR().fit(panel, 12, 0, 0)
    facts = fitted.notes["groups"]["s0"]
    assert facts["ridge"] > 0
    assert facts["lag"] == 1
    answer = fitted.forecast(panel, panel.ends())
    assert np.abs(answer).max() < 10
    np.testing.assert_allclose(answer[0], 5.0)


def test_members_without_values_and_late_ones_fail_alone(kit):
    y = system(60, 5)
    holed = y.copy()
    holed[:, 0] = np.nan
    holed[:57, 2] = np.nan
    holed[:58, 4] = np.nan
    panel = kit.make(*holed.T)
    fitted = VAR().fit(panel, 3, 0, 0)
    assert set(fitted.failures) == {"s0", "s2", "s4"}
    assert "shows no value" in fitted.failures["s0"]
    assert "starts so late that its group shows 3 common rows, and VAR needs at least" in fitted.failures["s2"]
    assert "shows 2 common rows" in fitted.failures["s4"]
    facts = fitted.notes["groups"]["s1"]
    assert facts["members"] == ["s1", "s3"] and facts["columns"] == 2
    assert set(facts["left_out"]) == set(fitted.failures)
    answer = fitted.forecast(panel, panel.ends())
    assert np.isnan(answer[[0, 2, 4]]).all()
    alone = kit.make(*y[:, [1, 3]].T, names=["s1", "s3"])
    np.testing.assert_array_equal(answer[[1, 3]], VAR().fit(alone, 3, 0, 0).forecast(alone, alone.ends()))


def test_no_more_members_are_left_out_than_needed(kit):
    y = system(60, 3)
    y[:30, 2] = np.nan
    fitted = VAR().fit(kit.make(*y.T), 3, 0, 0)
    assert not fitted.failures
    assert "left_out" not in fitted.notes["groups"]["s0"]


def test_a_group_fails_only_where_fewer_than_two_columns_remain(kit):
    y = system(60, 4)
    y[:, 1] = np.nan
    fitted = VAR().fit(kit.make(*y.T, groups=("a", "a", "b", "b")), 3, 0, 0)
    assert set(fitted.failures) == {"s0", "s1"}
    assert "shows no value" in fitted.failures["s1"]
    assert "no other column of its group" in fitted.failures["s0"]
    short = VAR().fit(kit.make(*y[:4, [2, 3]].T, *y[:, [2, 3]].T, groups=("a", "a", "b", "b")), 3, 0, 0)
    assert set(short.failures) == {"s0", "s1"}
    assert all("shows 4 common rows; VAR needs at least" in text for text in short.failures.values())


def test_past_covariates_without_values_are_left_out_and_named(kit):
    y = system(60, 3)
    late = np.where(np.arange(60) < 57, np.nan, y[:, 2])
    empty, whole = np.full(60, np.nan), y[:, 1]
    panel = replace(kit.make(y[:, 0], past=np.column_stack([empty, whole, late])), columns={"past": ("e", "w", "l")})
    fitted = VAR().fit(panel, 3, 0, 0)
    assert not fitted.failures
    facts = fitted.notes["groups"]["s0"]
    assert facts["columns"] == 2 and set(facts["left_out"]) == {"e", "l"}
    plain = kit.make(y[:, 0], past=whole[:, None])
    expected = VAR().fit(plain, 3, 0, 0).forecast(plain, plain.ends())
    np.testing.assert_array_equal(fitted.forecast(panel, panel.ends()), expected)
    with pytest.raises(StageFailure, match="no other column of its group"):
        VAR().fit(kit.make(y[:, 0], past=empty[:, None]), 3, 0, 0)
    with pytest.raises(StageFailure, match="'s0': it starts so late"):
        VAR().fit(kit.make(late, past=y[:, :2]), 3, 0, 0)


def test_an_explosive_system_is_damped(kit):
    y = np.column_stack([1.08 ** np.arange(60.0), np.random.default_rng(0).normal(size=60)])
    found = fit_system(y, 2)
    answer = found.forecast(y, np.array([59]), 500)
    assert np.isfinite(answer).all()
    assert np.abs(answer).max() < 1e6


def test_units_do_not_matter(kit):
    y = system(80)
    plain, odd = kit.make(*y.T), kit.make(*(y * [1e12, 1.0, 1e-9]).T)
    first = VAR().fit(plain, 3, 0, 0).forecast(plain, plain.ends())
    second = VAR().fit(odd, 3, 0, 0).forecast(odd, odd.ends())
    np.testing.assert_allclose(second / np.array([[1e12], [1.0], [1e-9]]), first, rtol=1e-8)


def test_an_unseen_series_and_a_wrong_lag_are_refused(kit):
    fitted = VAR().fit(kit.make(*system(60, 2).T), 2, 0, 0)
    with pytest.raises(DataError, match="'stranger' was not in the fitted data"):
        fitted.forecast(kit.make(np.ones(9), names=["stranger"]), kit.at(8))
    with pytest.raises(BadSetting, match="a whole number, 1 or more"):
        VAR(max_lag=0)


def test_a_member_that_would_cost_its_group_most_rows_fails_alone(kit):
    first, second, late = kit.wave(120, season=4), kit.wave(120, season=4, seed=1), kit.wave(120, season=4, seed=2)
    late[:100] = np.nan
    panel = kit.make(first, second, late, groups=("g", "g", "g"))
    fitted = VAR(max_lag=2).fit(panel, 3, 0, 0)
    alone = VAR(max_lag=2).fit(kit.make(first, second, groups=("g", "g")), 3, 0, 0)
    assert set(fitted.failures) == {"s2"}
    assert "20 common rows, 120 without it: less than a quarter" in fitted.failures["s2"]
    (facts,) = fitted.notes["groups"].values()
    assert facts["rows"] == 120
    both = Origins(np.arange(2), np.array([119, 119]))
    np.testing.assert_array_equal(
        fitted.forecast(panel, both), alone.forecast(kit.make(first, second, groups=("g", "g")), both)
    )


def test_exogenous_columns_enter_one_row_earlier_too_where_errors_persist(kit):
    """A level that wanders plus 5 x: differences of y answer to x at both rows."""
    random = np.random.default_rng(0)
    x = random.normal(size=(304, 1))
    y = random.normal(0, 0.3, 304).cumsum() + 5 * x[:, 0]
    other = random.normal(0, 0.3, 304).cumsum()
    panel = kit.make(y, other, future=np.vstack([x, x]))
    errors = []
    for cutoff in range(279, 300, 4):
        seen = panel.cut(np.full(2, cutoff), 4)
        answer = VAR().fit(seen, 4, 0, 0).forecast(seen, seen.ends())[0]
        errors.append(np.abs(answer - y[cutoff + 1 : cutoff + 5]).mean())
    assert np.mean(errors) < 0.8  # without the earlier row 1.15


@pytest.mark.parametrize("seed", range(12))
def test_a_column_that_repeats_what_the_lags_repeat_is_believed_at_a_holiday(kit, seed):
    """A weekly `open` beside sales that nearly repeat: only a row without sales and a holiday ahead break it."""
    rng, length, ahead = np.random.default_rng(seed), 90 + 30 * (seed % 3), 10
    clock = np.arange(length + ahead)
    profile = rng.uniform(0.8, 1.3, (7, 2))
    profile[-1] = 0.0
    y = 3000 + 8000 * profile[clock % 7] * rng.lognormal(0, 10.0 ** rng.choice([-12, -4, -3, -2]), (len(clock), 2))
    is_open = (clock % 7 != 6).astype(float)
    is_open[length + rng.integers(0, ahead)] = 0.0
    missing = rng.integers(20, length - 10)
    y[missing] = np.nan
    is_open[missing] = 1 - is_open[missing]
    panel = kit.make(*y.T, future=np.tile(is_open[:, None], (2, 1)))
    cut = panel.cut(np.array([length - 1, length - 1]), ahead)
    answer = VAR().fit(cut, ahead, 0, 0).forecast(cut, cut.ends())
    known = y[:length]
    span = np.nanmax(known, axis=0) - np.nanmin(known, axis=0)
    assert (answer.T < np.nanmax(known, axis=0) + 0.5 * span).all()
    assert (answer.T > np.nanmin(known, axis=0) - 0.5 * span).all()
