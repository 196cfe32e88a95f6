"""ETS, Theta and the baselines against the libraries and formulas of their sources."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hybridts.errors import BadSetting
from hybridts.models.statistical._seasonal_adjustment import is_seasonal, seasonal_indices
from hybridts.models.statistical.baselines import Drift, Naive, SeasonalNaive
from hybridts.models.statistical.ets import ETS
from hybridts.models.statistical.mstl import MSTL
from hybridts.models.statistical.theta import Theta

PLAIN: list[tuple[str, bool | None]] = [(model, None) for model in ("ZZZ", "AAA", "MAM", "ANN", "MNM")]
DAMPED: list[tuple[str, bool | None]] = [(model, True) for model in ("ZZZ", "AAA", "MAM")]


@pytest.mark.parametrize(("model", "damped"), PLAIN + DAMPED)
def test_ets_forecasts_equal_the_librarys(model, damped, kit):
    from statsforecast.ets import ets_f, forecast_ets

    y = kit.wave(80, seed=2)
    panel = kit.make(y, season=4)
    ours = ETS(model=model, damped=damped).fit(panel, 9, 0, 0).forecast(panel, kit.at(79))[0]
    theirs = forecast_ets(ets_f(y, m=4, model=model, damped=damped), 9)["mean"]
    # a damped trend adds phi + phi^2 + ... here, as in the book; the library's second step adds phi once more
    np.testing.assert_allclose(ours, theirs, rtol=3e-4 if damped else 1e-8)


def test_ets_leaves_out_a_season_it_cannot_estimate(kit):
    panel = kit.make(kit.wave(200, season=52), season=52)
    fitted = ETS().fit(panel, 3, 0, 0)
    assert fitted.notes["season_left_out"] == 52
    assert fitted.notes["components"]["s0"].endswith("N")


@pytest.mark.parametrize(
    ("model", "damped", "rows", "fitted", "said"),
    [
        ("AAA", None, 15, "AAN", r"15 values are too few for AAA, season 12: AAN \(without season\)"),
        ("AAA", None, 18, "AAN", "18 values are too few"),
        ("AAA", None, 8, "ANN", r"without trend, season\)"),
        ("AAA", True, 8, "ANN", r"for AAdA, .*without trend, season, damping\)"),
        ("ZZZ", None, 15, None, "15 values are too few for season 12: no seasonal component was tried"),
        ("ZZZ", None, 10, None, "10 values are too few for season 12"),
        ("ZZZ", True, 7, None, "without damping"),
        ("AAN", None, 8, "ANN", "without trend"),
        ("ANN", None, 5, "ANN", "5 values are too few to estimate a weight"),
    ],
)
def test_ets_notes_what_a_short_series_could_not_have(model, damped, rows, fitted, said, kit):
    y = kit.wave(60, season=12, seed=3)
    panel = kit.make(y[:rows], y, season=12)
    notes = ETS(model=model, damped=damped).fit(panel, 3, 0, 0).notes
    assert list(notes["reduced"]) == ["s0"]
    assert re.search(said, notes["reduced"]["s0"])
    assert fitted is None or notes["components"]["s0"] == fitted
    assert notes["components"]["s0"][-1] == "N"


@pytest.mark.parametrize("rows", range(7, 26))
@pytest.mark.parametrize(
    ("model", "damped"), [("AAA", None), ("AAA", True), ("MAM", False), ("ZZA", None), ("ANA", None)]
)
def test_ets_fits_what_was_asked_or_says_so_at_every_length(model, damped, rows, kit):
    panel = kit.make(kit.wave(rows, season=4, seed=1), season=4)
    notes = ETS(model=model, damped=damped).fit(panel, 3, 0, 0).notes
    letters = notes["components"]["s0"]
    same = all(a in ("Z", b) for a, b in zip(model, letters.replace("d", ""), strict=True))
    same = same and (not damped or "d" in letters)
    assert same == ("reduced" not in notes)


def test_ets_says_where_a_season_has_no_meaning_or_nothing_varies(kit):
    y = kit.wave(40)
    assert "season 1 is none" in ETS(model="AAA").fit(kit.make(y), 3, 0, 0).notes["reduced"]["s0"]
    assert "reduced" not in ETS().fit(kit.make(y), 3, 0, 0).notes
    assert "reduced" not in ETS().fit(kit.make(y, season=4), 3, 0, 0).notes
    flat = ETS(model="AAA").fit(kit.make(np.full(30, 2.0), y, season=4), 3, 0, 0).notes
    assert flat["components"]["s0"] == "ANN" and list(flat["exact"]) == ["s0"]
    assert "season_left_out" not in ETS(model="ZZN").fit(kit.make(y, season=30), 3, 0, 0).notes


def test_theta_notes_a_season_it_is_too_short_to_test(kit):
    y = kit.wave(60, season=12)
    notes = Theta().fit(kit.make(y[:35], y[:36], np.ones(20), season=12), 3, 0, 0).notes
    assert list(notes["reduced"]) == ["s0"]
    assert "35 values are fewer than 3 cycles of season 12" in notes["reduced"]["s0"]
    assert notes["seasonal"]["s0"] == "none"


def test_mstl_hands_on_what_its_smoothing_could_not_have(kit):
    y = kit.wave(60, season=12)
    notes = MSTL().fit(kit.make(y[:5], y, season=12), 3, 0, 0).notes
    assert notes["periods_left_out"] == {"s0": [12]}
    assert list(notes["reduced"]) == ["s0"]
    assert notes["components"]["s0"] == "ANN"


def test_ets_settings_are_checked(kit):
    with pytest.raises(BadSetting, match="give error"):
        ETS(model="XYZ")
    with pytest.raises(BadSetting, match="multiplicative season with an additive error"):
        ETS(model="AAM")
    with pytest.raises(BadSetting, match="no trend to damp"):
        ETS(model="ZNZ", damped=True)
    fitted = ETS(model="MAM").fit(kit.make(kit.wave(40) - 50, kit.wave(40), season=4), 3, 0, 0)
    assert "needs positive values" in fitted.failures["s0"] and len(fitted.failures) == 1


def test_theta_is_smoothing_with_half_the_slope(kit):
    """Hyndman and Billah (2003): theta without a season is exponential smoothing plus half the trend's slope."""
    y = np.random.default_rng(0).normal(size=60).cumsum() + 0.3 * np.arange(60)
    panel = kit.make(y)
    fitted = Theta().fit(panel, 10, 0, 0)
    slope = np.polyfit(np.arange(60), y, 1)[0]
    np.testing.assert_allclose(np.diff(fitted.forecast(panel, kit.at(59))[0]), slope / 2, rtol=1e-8)


def test_theta_is_close_to_the_library(kit):
    from statsforecast.models import Theta as LibraryTheta

    gap = []
    for seed in range(8):
        y = kit.wave(80, seed=seed)
        panel = kit.make(y, season=4)
        ours = Theta().fit(panel, 8, 0, 0).forecast(panel, kit.at(79))[0]
        theirs = LibraryTheta(season_length=4).forecast(y=y, h=8)["mean"]
        gap.append(np.abs(ours / theirs - 1).mean())
    assert np.mean(gap) < 0.01


def test_theta_adjusts_additively_where_values_are_not_positive(kit):
    y = kit.wave(80) - 50
    fitted = Theta().fit(kit.make(y, season=4), 4, 0, 0)
    assert fitted.notes["seasonal"] == {"s0": "additive"}


def test_the_seasonality_test_and_its_indices():
    clock = np.arange(48)
    y = 10 + np.tile([1.0, -1.0, 2.0, -2.0], 12) + 0.1 * clock
    assert is_seasonal(y, 4)
    assert not is_seasonal(np.random.default_rng(1).normal(size=48), 4)
    assert not is_seasonal(y[:11], 4)
    assert np.abs(seasonal_indices(y, 4, multiplicative=False) - [1, -1, 2, -2]).max() < 0.1


def test_naive_repeats_the_last_known_value(kit):
    panel = kit.make(np.array([1.0, 2.0, np.nan, 4.0]))
    fitted = Naive().fit(panel, 2, 0, 0)
    np.testing.assert_array_equal(fitted.forecast(panel, kit.at([0, 2, 3])), [[1, 1], [2, 2], [4, 4]])


def test_seasonal_naive_repeats_the_last_season(kit):
    panel = kit.make(np.arange(8.0), season=4)
    fitted = SeasonalNaive().fit(panel, 5, 1, 0)
    np.testing.assert_array_equal(fitted.forecast(panel, kit.at(7)), [[5, 6, 7, 4, 5]])


def test_drift_continues_the_line_through_first_and_last(kit):
    panel = kit.make(np.array([np.nan, 2.0, 7.0, 6.0, np.nan]), np.array([5.0]))
    fitted = Drift().fit(panel, 2, 1, 0)
    answer = fitted.forecast(panel, kit.at([0, 1, 3, 4]))
    expected = np.array([[np.nan, np.nan], [2, 2], [10, 12], [12, 14]])
    np.testing.assert_allclose(answer, expected)
    np.testing.assert_allclose(fitted.forecast(panel, kit.at(0, series=1)), [[5, 5]])


def test_baselines_answer_series_they_never_saw(kit):
    for model in (Naive(), SeasonalNaive(), Drift()):
        fitted = model.fit(kit.make(kit.wave(20), season=4), 3, 0, 0)
        stranger = kit.make(kit.wave(30, seed=5), names=["stranger"], season=4)
        assert np.isfinite(fitted.forecast(stranger, kit.at(29))).all()


class TestComponentsTakenOver:
    """Fits on folds take over the components that the oldest fold chose."""

    def test_they_are_estimated_on_the_new_rows(self, kit):
        y = kit.wave(80, seed=2)
        chosen = ETS().fit(kit.make(y[:50], season=4), 3, 0, 0).notes
        letters = chosen["components"]["s0"]
        panel = kit.make(y, season=4)
        taken = ETS().reuse(chosen).fit(panel, 3, 0, 0)
        assert taken.notes["components"]["s0"] == letters
        asked = ETS(model=letters.replace("d", ""), damped="d" in letters).fit(panel, 3, 0, 0)
        np.testing.assert_array_equal(taken.forecast(panel, kit.at(79)), asked.forecast(panel, kit.at(79)))

    def test_a_series_that_was_too_short_to_choose_chooses_now(self, kit):
        y = kit.wave(80, seed=2)
        short = ETS(model="ZZA").fit(kit.make(y[:8], season=4), 3, 0, 0).notes
        assert "s0" in short["reduced"]
        assert ETS(model="ZZA").reuse(short).known == ()

    def test_components_that_do_not_suit_all_rows_are_chosen_again(self, kit):
        y = kit.wave(80, seed=2)
        panel = kit.make(np.where(np.arange(80) > 60, y - 2 * y.max(), y), season=4)
        taken = ETS().reuse({"components": {"s0": "MAM"}}).fit(panel, 3, 0, 0)
        assert "M" not in taken.notes["components"]["s0"]
        assert np.isfinite(taken.forecast(panel, kit.at(79))).all()

    def test_other_series_choose_for_themselves(self, kit):
        y = kit.wave(80, seed=2)
        panel = kit.make(y, season=4)
        plain = ETS().fit(panel, 3, 0, 0).forecast(panel, kit.at(79))
        other = ETS().reuse({"components": {"elsewhere": "ANN"}}).fit(panel, 3, 0, 0).forecast(panel, kit.at(79))
        np.testing.assert_array_equal(plain, other)
