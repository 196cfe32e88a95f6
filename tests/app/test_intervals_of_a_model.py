"""A fitted model has intervals: by default those of the fit, others on request, the same after it was stored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.errors import BadSetting
from tests.app.test_forecast_commands import run
from tests.fakes.frames import frame_of


@pytest.fixture(scope="module")
def frame():
    return frame_of((60, 60))


@pytest.fixture(scope="module")
def fitted(frame):
    late = frame.groupby("unique_id").tail(4)
    return ht.model("Theta-RF", {"RF": {"trees": 3}}).fit(frame.drop(late.index), 4, levels=[80, 95], jobs=1)


def test_predict_adds_the_levels_of_the_fit_and_others_on_request(fitted):
    default, other = fitted.predict(), fitted.predict(levels=50)
    ends = [f"Theta-RF-{side}-{level}" for level in (80, 95) for side in ("lo", "hi")]
    assert list(default.columns) == ["unique_id", "ds", "Theta-RF", *ends]
    assert list(other.columns)[3:] == ["Theta-RF-lo-50", "Theta-RF-hi-50"]
    assert (default["Theta-RF-lo-80"] < other["Theta-RF-lo-50"]).all()
    assert fitted.predict(quantiles=[0.1])["Theta-RF-q0.1"].equals(default["Theta-RF-lo-80"].rename("Theta-RF-q0.1"))


def test_a_fit_with_levels_forecasts_the_same_points(fitted, frame):
    late = frame.groupby("unique_id").tail(4)
    plain = ht.model("Theta-RF", {"RF": {"trees": 3}}).fit(frame.drop(late.index), 4, jobs=1)
    assert plain.predict()["Theta-RF"].equals(fitted.predict()["Theta-RF"])
    with pytest.raises(BadSetting, match=r"fitted without intervals.*levels=\[80, 95\].*--levels 80,95"):
        plain.predict(levels=[80])


def test_a_model_and_a_backtest_have_the_same_intervals(frame):
    board = ht.backtest(frame, "Theta", 4, windows=1, levels=[80], baselines="none", jobs=1, verbose=False).forecasts
    past = frame[frame["ds"] <= board["cutoff"].max()]
    answer = ht.model("Theta").fit(past, 4, levels=[80], jobs=1).predict()
    for column in ("Theta-lo-80", "Theta-hi-80"):
        assert answer[column].to_numpy() == pytest.approx(board[column].to_numpy())


@pytest.mark.parametrize("place", ["folder", "file.zip"])
def test_a_stored_model_has_the_same_intervals_to_the_last_digit(fitted, frame, tmp_path, place):
    fitted.save(tmp_path / place)
    again, late = ht.load(tmp_path / place), frame.groupby("unique_id").tail(4)
    pd.testing.assert_frame_equal(again.predict(), fitted.predict(), check_exact=True)
    pd.testing.assert_frame_equal(
        again.predict(new_rows=late, levels=[90]), fitted.predict(new_rows=late, levels=[90]), check_exact=True
    )


def test_new_rows_move_intervals_and_keep_their_sizes(fitted, frame):
    late = frame.groupby("unique_id").tail(4)
    moved = fitted.predict(new_rows=late)
    assert (moved["ds"] > frame["ds"].max()).all()
    assert np.isfinite(moved["Theta-RF-lo-95"]).all()
    frozen = fitted.update(late, "frozen").predict()
    pd.testing.assert_frame_equal(moved, frozen, check_exact=True)
    refitted = fitted.update(late, jobs=1).predict()
    assert list(refitted.columns) == list(moved.columns)


def test_a_series_that_the_fit_did_not_see_has_intervals_where_the_name_is_global(frame):
    fitted = ht.model("RF", {"RF": {"trees": 3}}).fit(frame, 4, levels=[80], jobs=1)
    new = frame[frame["unique_id"] == "s0"].assign(unique_id="new")
    answer = fitted.predict(new_rows=new)
    assert np.isfinite(answer["RF-lo-80"]).all()


def test_a_series_too_short_for_hindcasts_warns_and_has_no_bounds():
    frame = pd.DataFrame({"ds": np.arange(12), "y": np.arange(12.0) % 5})
    with pytest.warns(UserWarning, match="no intervals"):
        fitted = ht.model("Naive").fit(frame, 8, season=1, levels=[80], jobs=1)
    assert fitted.predict()["Naive-lo-80"].isna().all()
    assert fitted.predict()["Naive"].notna().all()


# -- the command line ---------------------------------------------------------------------------------------------
def test_forecast_writes_the_columns_of_a_data_file_a_run_and_a_model(frame, tmp_path):
    data, out, page = tmp_path / "y.csv", tmp_path / "f.csv", tmp_path / "f.html"
    frame.to_csv(data, index=False)
    run("forecast", data, "--model", "Theta + Drift", "--horizon", 3, "--levels", "80,95", "--out", out, "--plot", page)
    columns = list(pd.read_csv(out).columns)[3:]
    assert columns == [f"Theta + Drift-{side}-{level}" for level in (80, 95) for side in ("lo", "hi")]
    assert 'class="band"' in page.read_text() and "weight 0.50" in page.read_text()
    run("fit", data, "--model", "Theta", "--horizon", 3, "--levels", "90", "--out", tmp_path / "m")
    assert "Theta-lo-90" in run("forecast", tmp_path / "m")
    assert "Theta-q0.2" in run("forecast", tmp_path / "m", "--quantiles", "0.2")
    study = ("--models", "Theta", "--horizon", 3, "--windows", 1, "--baselines", "none", "--levels", "80")
    run("backtest", data, *study, "--out", tmp_path / "r")
    assert "Theta-lo-80" in run("forecast", "--run", tmp_path / "r", "--best", "--plot", page)
    assert 'class="band"' in page.read_text()
    assert "Theta-lo-60" in run("forecast", "--run", tmp_path / "r", "--best", "--levels", "60")
    assert "Theta-q0.2" in run("forecast", "--run", tmp_path / "r", "--best", "--quantiles", "0.2")


@pytest.mark.parametrize("levels", ["80,80", "0", "101", "high"])
def test_a_wrong_level_on_the_command_line_is_one_sentence(frame, tmp_path, levels):
    frame.to_csv(tmp_path / "y.csv", index=False)
    with pytest.raises(BadSetting, match=r"--levels 80,95"):
        run("forecast", tmp_path / "y.csv", "--model", "Naive", "--horizon", 3, "--levels", levels)
