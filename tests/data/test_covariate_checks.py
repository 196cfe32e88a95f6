"""Covariates that look wrong are told, and good ones are not."""

from __future__ import annotations

import numpy as np
import pytest

from hybridts.data.covariate_checks import covariate_notices
from tests.fakes.panels import panel_of

RNG = np.random.default_rng(0)
Y = 50 + RNG.normal(size=(3, 80)).cumsum(axis=1)


def told(reach=4, **columns):
    """Return the notices on columns given as kind=[N, T] arrays, named after their kind."""
    tables = {kind: np.asarray(values, float).reshape(-1, 1) for kind, values in columns.items()}
    names = {kind: (f"my_{kind}",) for kind in columns}
    return covariate_notices(panel_of(*Y, season=7, **tables, columns=names), reach)


def shifted(rows):
    """Return the target `rows` later, noise where there is none."""
    moved = np.roll(Y, -rows, axis=1)
    if rows > 0:
        moved[:, -rows:] = RNG.normal(size=(3, rows))
    return moved


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"future": Y}, "'my_future' looks like a leak: as a known-future column it is the target of the same row"),
        ({"future": 3 * Y - 7}, "the target of the same row"),
        ({"future": shifted(-2)}, "the target 2 rows earlier"),
        ({"future": shifted(1)}, "the target 1 row later"),
        ({"past": shifted(3)}, "'my_past' looks like a leak: as a past column it is the target 3 rows later"),
    ],
)
def test_a_column_that_is_the_target_is_a_leak(columns, words):
    (notice,) = told(**columns)
    assert words in notice and "leave it out, or shift it" in notice


def test_what_a_forecast_may_know_is_no_leak():
    assert told(past=Y) == []  # the target itself, up to the origin
    assert told(past=shifted(-5)) == []
    assert told(future=shifted(-4)) == []  # known at the last of four steps
    assert told(future=Y + RNG.normal(0, 0.5, Y.shape)) == []
    assert told(future=RNG.normal(size=Y.shape), past=RNG.normal(size=Y.shape)) == []
    assert covariate_notices(panel_of(*Y), 4) == []


def test_constant_columns_are_told():
    (notice,) = told(future=np.ones(Y.shape))
    assert "'my_future' is constant" in notice
    same = panel_of(*Y, static=np.ones((3, 1)), columns={"static": ("size",)})
    assert "'size' is constant" in covariate_notices(same, 4)[0]


def test_collinear_columns_are_told():
    x = RNG.normal(size=240)
    pair = panel_of(*Y, future=np.stack([x, 5 - 2 * x], axis=1), columns={"future": ("a", "b")})
    assert "'a' and 'b' are collinear" in covariate_notices(pair, 4)[0]
    z = RNG.normal(size=240)
    three = panel_of(*Y, future=np.stack([x, z, x + z], axis=1), columns={"future": ("a", "b", "c")})
    assert "'a', 'b', 'c' are collinear together" in covariate_notices(three, 4)[0]


def test_values_that_are_missing_ahead_are_told():
    future = RNG.normal(size=(240, 1))
    panel = panel_of(*Y, future=future, columns={"future": ("price",)})
    assert covariate_notices(panel.cut(np.full(3, 70), 4), 4) == []
    holes = future.copy()
    holes[72] = np.nan
    panel = panel_of(*Y, future=holes, columns={"future": ("price",)})
    (notice,) = covariate_notices(panel.cut(np.full(3, 70), 4), 4)
    assert "'price' has no value at 1 of 12 rows to be forecast (first in series 's0')" in notice
    (short,) = covariate_notices(panel.cut(np.full(3, 77), 4), 4)
    assert "6 of 12 rows" in short
