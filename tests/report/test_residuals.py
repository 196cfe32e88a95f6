"""Residual diagnostics equal those of statsmodels and find what is there."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox

from hybridts.report.residuals import diagnostics, ljung_box


@pytest.mark.parametrize(("count", "lags"), [(20, 5), (200, 10), (9, 4)])
def test_ljung_box_equals_that_of_statsmodels(count, lags):
    errors = np.random.default_rng(count).normal(1.0, 2.0, count)
    theirs = acorr_ljungbox(errors, lags=[lags])["lb_pvalue"].iloc[0]
    assert ljung_box(errors, lags) == pytest.approx(theirs, rel=1e-10)


def test_correlated_errors_are_found_and_white_ones_are_not():
    draw = np.random.default_rng(0)
    white = diagnostics([draw.normal(size=60) for _ in range(40)])
    walks = diagnostics([np.cumsum(draw.normal(size=60)) for _ in range(40)])
    assert white.rejected < 0.2 and walks.rejected == 1.0
    assert np.abs(white.autocorrelation).max() < 2 * white.band < walks.autocorrelation[0]


def test_quantiles_of_normal_errors_lie_on_the_line():
    found = diagnostics([stats.norm.ppf((np.arange(999) + 0.5) / 999) * 3 + 7])
    assert np.abs(found.found - found.normal).max() < 0.02
    assert found.mean == pytest.approx(7) and found.deviation == pytest.approx(3, rel=0.01)


def test_too_few_errors_say_nothing():
    found = diagnostics([np.array([1.0, 2.0]), np.array([np.nan, 1.0])])
    assert found.lags == () and len(found.normal) == 0 and np.isnan(found.rejected)
    assert np.isnan(ljung_box(np.ones(30), 5)) and np.isnan(ljung_box(np.empty(0), 1))
