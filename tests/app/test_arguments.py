"""The Python interface refuses wrong arguments by name and accepts the same values as the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import hybridts as ht
from hybridts.errors import BadSetting, DataError, UserError
from tests.fakes.frames import frame_of

ITSELF: dict[str, Any] = {}
ITSELF["RF"] = ITSELF


def board(df=None, models=("Drift",), **named):
    named = {"horizon": 2, "windows": 1, "baselines": "none", "jobs": 1, **named}
    return ht.backtest(frame_of((40,)) if df is None else df, models, **named)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"scheme": "slide"}, "scheme must be expanding or sliding, found 'slide'"),
        ({"scheme": "Sliding"}, "scheme must be"),
        ({"align": "per-series"}, "align must be calendar or per_series, found 'per-series'"),
        ({"step": "2"}, "step must be a whole number"),
        ({"windows": 1.0}, "windows must be a whole number"),
        ({"refit": 1.5}, "refit must be"),
        ({"refit": 0}, "refit must be"),
        ({"seed": "a"}, "seed must be a whole number, found 'a'"),
        ({"jobs": "a"}, "jobs must be a whole number of at least 1, found 'a'"),
        ({"jobs": 0}, "jobs must be"),
        ({"stage_seconds": "9"}, "stage_seconds must be above 0"),
        ({"settings": 5}, "settings must be a mapping from token to its settings"),
        ({"settings": {"RF": 5}}, "settings must be a mapping"),
        ({"settings": ITSELF}, "settings are nested deeper than 50 levels, or contain themselves"),
        ({"settings": {"RF": {"trees": ITSELF}}}, "settings are nested deeper than 50 levels, or contain themselves"),
        ({"reading": {"decimel": ","}}, "unknown key 'decimel' in reading. Did you mean decimal"),
        ({"models": None}, "models must be a name or a list of names, found None"),
        ({"models": [3]}, r"models must be a name or a list of names, found \[3\]"),
        ({"target": 5}, "target must be a name or a list of names, found 5"),
        ({"time": 5}, "time must be the name of a column, found 5"),
        ({"metrics": "MAPE2"}, "'MAPE2' is not a metric"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_refused_by_name(wrong, words):
    with pytest.raises(BadSetting, match=words):
        board(**wrong)


def test_options_of_reading_reach_the_reader_and_the_config_of_the_run(tmp_path):
    days = pd.date_range("2023-01-01", periods=40)
    rows = "".join(f"{day:%d/%m/%y};1.{k + 100}\n" for k, day in enumerate(days))
    (tmp_path / "a.csv").write_text("when;sold\n" + rows)
    reading = {"thousands": ".", "date_format": "%d/%m/%y"}
    found = board(tmp_path / "a.csv", time="when", reading=reading, out=tmp_path / "run")
    assert found.forecasts["y"].tolist() == [1138.0, 1139.0]
    config = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text(encoding="utf-8"))
    assert {name: config["data"][name] for name in reading} == reading


def test_one_name_is_a_list_of_one():
    frame = frame_of((40,)).assign(promo=0.0)
    assert board(frame, "Drift", metrics="mae").table.columns.isin(["MAE"]).any()
    with pytest.raises(DataError, match="'nothing'"):
        board(frame, future="nothing")
    assert len(board(frame, future="promo").forecasts) == 2


def test_numbers_of_numpy_are_numbers():
    same = board(horizon=np.int64(2), windows=np.int64(1), seed=np.int64(0)).forecasts
    pd.testing.assert_frame_equal(same, board().forecasts)


def test_settings_of_numpy_are_their_plain_values(own_registry, tmp_path):
    models = ["MLP-RF", "ARIMA"]
    given: dict[str, dict[str, object]] = {
        "Network": {"steps": 3, "rate": 0.5, "log": False},
        "MLP": {"hidden": 8},
        "RF": {"trees": 2},
    }
    order = {"ARIMA": {"order": (1, 0, 0)}}
    of_numpy = {token: {k: np.array(v)[()] for k, v in values.items()} for token, values in given.items()}
    same = board(models=models, settings={**of_numpy, "ARIMA": {"order": np.array([1, 0, 0])}}, out=tmp_path)
    pd.testing.assert_frame_equal(same.forecasts, board(models=models, settings={**given, **order}).forecasts)
    assert yaml.safe_load((tmp_path / "config.yaml").read_text())["settings"]["MLP"] == {"hidden": 8}
    ht.register("Mine", "MLP-RF", settings=of_numpy)
    assert (ht.model("Mine").recipe.root) == ht.model("MLP-RF", settings=given).recipe.root


def test_a_model_takes_the_columns_that_a_backtest_takes():
    frame = frame_of((40,)).rename(columns={"y": "sold"}).assign(price=1.0)
    fitted = ht.model("Drift").fit(frame, 2, target="sold", past="price", jobs=1)
    assert fitted.loaded.panel.columns["past"] == ("price",)
    assert "values" not in repr(fitted) and "Drift" in repr(fitted)
    with pytest.raises(UserError, match=r"takes a frame .* found int\. Set the number of steps by fit"):
        fitted.predict(4)  # type: ignore[arg-type]
    with pytest.raises(BadSetting, match="jobs must be"):
        ht.model("Drift").fit(frame, 2, target="sold", jobs="a")  # type: ignore[arg-type]


def test_a_model_that_is_not_fitted_says_what_comes_first():
    with pytest.raises(UserError, match=r"Drift is not fitted yet: write model\(\.\.\.\)\.fit\(df, horizon\)\.predict"):
        ht.model("Drift").predict()


@pytest.mark.parametrize(
    ("name", "network", "words"),
    [
        ("ARIMA", {"steps": 3}, "ARIMA has no network"),
        ("MLP-RF", {"quantiles": [0.1, 0.9]}, "MLP-RF has 2 stages"),
        ("MLP + Theta", {"quantiles": [0.1, 0.9]}, "has 2 stages"),
    ],
)
def test_settings_that_one_name_cannot_use_are_refused(name, network, words):
    with pytest.raises(BadSetting, match=words):
        ht.model(name, settings={"Network": network})


def test_a_run_says_what_it_read(own_registry, tmp_path):
    ht.register("Mine", "Drift + Naive")
    frame_of((40,)).to_csv(tmp_path / "one.csv", index=False)
    first = board(str(tmp_path / "one.csv"), ["Mine"], out=tmp_path / "run")
    assert first.run.manifest["data"]["source"].endswith("one.csv")


def test_the_config_of_a_run_is_a_study_to_run_again(own_registry, tmp_path):
    from hybridts.app.study_file import read_config

    ht.register("Mine", "Drift + Naive")
    frame_of((40,)).to_csv(tmp_path / "one.csv", index=False)
    first = board(str(tmp_path / "one.csv"), ["Mine"], out=tmp_path / "run")
    config = read_config(Path(tmp_path / "run" / "config.yaml"))
    assert config.combos["Mine"].expression == "Drift + Naive"
    again = ht.backtest(**{**config.arguments(), "out": tmp_path / "again", "jobs": 1})
    pd.testing.assert_frame_equal(again.forecasts, first.forecasts)
    assert yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())["data"]["source"]


def test_a_narrowed_run_names_those_it_drops(tmp_path):
    given: dict[str, Any] = {"horizon": 2, "windows": 1, "jobs": 1, "baselines": "none", "out": tmp_path / "run"}
    ht.backtest(frame_of((40,)), ["Naive", "Drift"], **given)
    (notice,) = (
        text
        for text in ht.backtest(frame_of((40,)), ["Naive", "Theta"], only=True, **given).run.manifest["notices"]
        if "held a board" in text
    )
    assert notice.endswith("run held a board with Drift, not asked for now; its stages are kept.")


def test_a_notice_names_the_members_that_an_ensemble_leaves_out():
    made = board(None, ["Drift", "Naive", "VAR", "mean"])
    assert any("mean leaves out VAR: no forecast" in text for text in made.run.manifest["notices"])
