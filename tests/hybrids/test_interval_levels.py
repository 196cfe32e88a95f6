"""Levels and quantiles: what is allowed, what is refused with a sentence, and which columns they name."""

from __future__ import annotations

import numpy as np
import pytest

from hybridts.errors import BadSetting
from hybridts.hybrids.interval_levels import Levels, check_levels, quantile_name


@pytest.mark.parametrize(
    "given", [[80, 95], (95, 80), "80,95", "80%, 95 %", "[80, 95]", np.array([80, 95]), ["80", 95.0]]
)
def test_levels_may_be_numbers_or_text_in_any_order(given):
    assert check_levels(given) == Levels(levels=(80.0, 95.0))


@pytest.mark.parametrize("given", [0.1, [0.1], "0.1", np.float64(0.1)])
def test_one_quantile_is_a_list_of_one(given):
    assert check_levels(None, given) == Levels(quantiles=(0.1,))


@pytest.mark.parametrize(
    ("levels", "why"),
    [
        ([0], "0, which is not between 0 and 100"),
        ([100], "100, which is not between"),
        ([-5], "-5, which is not between"),
        ([80, 80.0], "80 twice"),
        ("80,abc", "'abc', which is not a number"),
        ([True], "True, which is not a number"),
        ([float("nan")], "nan, which is not between"),
        ([None], "None, which is not a number"),
        ({"a": 1}, "not a number"),
        ([], "empty"),
        ("", "empty"),
        ([0.8], "Did you mean 80"),
        ([99.99999999999], "too near"),
    ],
)
def test_a_wrong_level_is_refused_with_what_is_allowed(levels, why):
    with pytest.raises(BadSetting, match=why) as refused:
        check_levels(levels)
    assert "80,95" in str(refused.value)


@pytest.mark.parametrize(
    ("quantiles", "why"),
    [([80], "Did you mean 0.8"), ([0], "not between 0 and 1"), ([1], "not between"), ([0.1, 0.1], "twice")],
)
def test_a_wrong_quantile_is_refused_with_what_is_allowed(quantiles, why):
    with pytest.raises(BadSetting, match=why):
        check_levels(None, quantiles)


def test_both_are_refused():
    with pytest.raises(BadSetting, match="both given"):
        check_levels([80], [0.1])


def test_columns_have_the_names_of_the_ecosystem():
    assert list(Levels(levels=(80.0, 99.5)).columns("A")) == ["A-lo-80", "A-hi-80", "A-lo-99.5", "A-hi-99.5"]
    assert list(Levels(quantiles=(0.1, 0.25)).columns("A")) == ["A-q0.1", "A-q0.25"]
    assert quantile_name(0.00005) == "q0.00005"
