"""VAR at its edges: a hundred columns, and known-future columns as exogenous ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridts.errors import DataError, StageFailure
from hybridts.models.statistical.var import VAR


def pushed(length, kit, members=3, seed=0, walk=False):
    """Members that follow each other and one shared column u; panel with the same u for everyone."""
    rng = np.random.default_rng(seed)
    u = rng.normal(size=length + 8)
    y = np.zeros((length, members))
    for t in range(1, length):
        y[t] = 0.4 * y[t - 1] + 0.2 * np.roll(y[t - 1], 1) + 2.0 * u[t] + 0.3 * rng.normal(size=members)
    y = y.cumsum(axis=0) if walk else y + 10
    panel = kit.make(*y.T, future=np.tile(u[:length, None], (members, 1)))
    return panel, u


@pytest.mark.parametrize(("columns", "rows"), [(7, 60), (100, 60), (100, 20), (7, 500)])
@pytest.mark.parametrize("kind", ["walk", "noise", "factor"])
def test_narrow_and_wide_panels_work_and_stay_near_the_naive_forecast(columns, rows, kind, kit):
    rng = np.random.default_rng(columns + rows)
    steps = rng.normal(size=(rows + 6, columns))
    if kind == "factor":
        steps = rng.normal(size=(rows + 6, 2)) @ rng.normal(size=(2, columns)) + 0.3 * steps
    y = steps if kind == "noise" else steps.cumsum(axis=0)
    panel = kit.make(*y.T)
    fitted = VAR().fit(panel.cut(np.full(columns, rows - 1)), 6, 0, 0)
    answer = fitted.forecast(panel, panel.cut(np.full(columns, rows - 1)).ends())
    assert np.isfinite(answer).all()
    error = np.sqrt(np.mean((answer - y[rows:].T) ** 2))
    naive = np.sqrt(np.mean((y[rows - 1][:, None] - y[rows:].T) ** 2))
    assert error < 1.6 * naive  # one draw; a constant in short differences is a noisy drift
    facts = fitted.notes["groups"]["s0"]
    assert facts["ridge"] > 0 or columns == 7
    assert facts["columns"] == columns


@pytest.mark.parametrize("walk", [False, True])
def test_known_future_columns_enter_every_equation(walk, kit):
    panel, _ = pushed(200, kit, walk=walk)
    seen = panel.cut(np.full(3, 179), 4)
    fitted = VAR().fit(seen, 4, 0, 0)
    assert fitted.notes["groups"]["s0"]["exogenous"] == 1  # the same column in every member counts once
    origins = kit.at(np.arange(179, 196), series=1)
    truth = panel.targets(origins, 4)
    plain = VAR(exogenous=False).fit(seen, 4, 0, 0)
    assert "exogenous" not in plain.notes["groups"]["s0"]
    error = np.abs(fitted.forecast(panel, origins) - truth).mean()
    assert error < 0.5 * np.abs(plain.forecast(panel, origins) - truth).mean()


def test_levels_with_exogenous_columns_equal_statsmodels(kit):
    from statsmodels.tsa.api import VAR as Reference

    panel, u = pushed(150, kit)
    fitted = VAR(max_lag=2).fit(panel.cut(np.full(3, 145), 4), 4, 0, 0)
    facts = fitted.notes["groups"]["s0"]
    assert not facts["differenced"]
    y = np.column_stack([panel.series(i) for i in range(3)])
    reference = Reference(y[:146], exog=u[:146, None]).fit(facts["lag"])
    expected = reference.forecast(y[:146], 4, exog_future=u[146:150, None])
    for i in range(3):
        np.testing.assert_allclose(fitted.forecast(panel, kit.at(145, i))[0], expected[:, i], rtol=1e-7)


@pytest.mark.parametrize("walk", [False, True])
def test_all_origins_equal_each_alone_with_gaps(walk, kit):
    panel, _ = pushed(120, kit, walk=walk)
    values = panel.values.copy()
    values[[3, 4, 50, 130, 225]] = np.nan
    future = panel.future.copy()
    future[[0, 1, 60, 61]] = np.nan
    holed = replace(panel, values=values, future=future)
    fitted = VAR(max_lag=3).fit(holed.cut(np.full(3, 89), 6), 4, 2, 0)
    origins = kit.at([5, 40, 59, 89, 100, 113], series=1)
    together = fitted.forecast(holed, origins)
    assert np.isfinite(together).all()
    np.testing.assert_allclose(together, kit.alone(fitted, holed, origins, ahead=6), rtol=1e-8)


def test_a_missing_value_at_a_step_names_series_column_and_time(kit):
    panel, _ = pushed(120, kit)
    fitted = VAR().fit(panel.cut(np.full(3, 99), 4), 4, 0, 0)
    future = panel.future.copy()
    future[[112, 232, 352]] = np.nan
    holed = replace(panel, future=future)
    with pytest.raises(DataError, match=r"'s0'.*'c0' has no value at 112.*set exogenous: false"):
        fitted.forecast(holed, kit.at(110, series=2))
    assert np.isfinite(fitted.forecast(holed, kit.at([100, 112], series=2))).all()
    with pytest.raises(DataError, match="no value for row 121 of its group, behind its last one"):
        fitted.forecast(panel, kit.at(119))


def test_a_hole_among_given_future_rows_fails_its_group_at_once(kit):
    panel, _ = pushed(60, kit)
    future = panel.future.copy()
    future[[57, 117, 177]] = np.nan
    two = replace(panel, future=future, groups=("a", "a", "a"))
    wide = VAR().fit(panel.cut(np.full(3, 55), 4), 4, 0, 0)
    assert not wide.failures
    with pytest.raises(StageFailure, match="has no value at 57"):
        VAR().fit(two.cut(np.full(3, 55), 4), 4, 0, 0)


def test_a_model_can_be_fitted_before_the_future_is_known(kit):
    panel, _ = pushed(80, kit)
    fitted = VAR().fit(panel, 4, 0, 0)
    assert np.isfinite(fitted.forecast(panel, kit.at([70, 79]))).all()  # no future row given: newest values


def test_constant_and_huge_columns_do_no_harm(kit):
    panel, _ = pushed(100, kit)
    odd = np.column_stack([panel.future, np.full(300, 5.0), panel.future[:, 0] * 1e12])
    wide = replace(panel, future=odd, columns={"future": ("u", "five", "big")})
    plain = VAR().fit(panel.cut(np.full(3, 89), 6), 6, 0, 0).forecast(panel, kit.at(89))
    fitted = VAR().fit(wide.cut(np.full(3, 89), 6), 6, 0, 0)
    np.testing.assert_allclose(fitted.forecast(wide, kit.at(89)), plain, rtol=0.05)


def test_many_coefficients_are_shrunk_before_they_outnumber_half_of_the_rows(kit):
    """77 rows of 30 columns suffice for one lag, but least squares there forecasts noise."""
    rng = np.random.default_rng(0)
    y = np.zeros((83, 30))
    for t in range(1, 83):
        y[t] = 0.5 * y[t - 1] + rng.normal(size=30)
    panel = kit.make(*y.T)
    fitted = VAR().fit(panel.cut(np.full(30, 76)), 6, 0, 0)
    assert fitted.notes["groups"]["s0"]["ridge"] > 0
    answer = np.array([fitted.forecast(panel, kit.at(76, i))[0] for i in range(30)])
    assert np.sqrt(np.mean((answer - y[77:].T) ** 2)) < 1.15 * y[77:].std()
