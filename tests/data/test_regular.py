"""Irregular times by an explicit rule, and a season that the past shows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.data.datasets import resolve
from hybridts.data.read import Columns, load
from hybridts.errors import BadSetting, DataError

TIMES = [
    "01-01 00:10",
    "01-01 05:00",
    "01-02 01:00",
    "01-04 12:00",
    "01-04 13:30",
    "01-04 13:30",
    "01-05",
    "01-06 10:00",
]
FRAME = pd.DataFrame(
    {
        "ds": pd.to_datetime([f"2024-{text}" for text in TIMES], format="mixed"),
        "y": [1.0, 2, 3, 4, np.nan, 6, 7, 8],
        "x": [1.0, 3, 3, 4, 5, np.nan, 7, 8],
        "kind": list("aabbccaa"),
    }
)


@pytest.mark.parametrize(
    ("rule", "values", "x"),
    [
        ("sum", [3, 3, np.nan, 10, 7, 8], [4, 3, np.nan, 9, 7, 8]),
        ("mean", [1.5, 3, np.nan, 5, 7, 8], [2, 3, np.nan, 4.5, 7, 8]),
        ("last", [2, 3, np.nan, 6, 7, 8], [3, 3, np.nan, 5, 7, 8]),
    ],
)
def test_rows_of_a_step_become_one_by_the_rule(rule, values, x):
    shuffled = FRAME[["ds", "y"]].sample(frac=1, random_state=0)
    loaded = load(shuffled, freq="D", reading={"regularise": rule})
    np.testing.assert_array_equal(loaded.panel.values, values)
    assert str(pd.Timestamp(loaded.panel.times[0])) == "2024-01-01 00:00:00"
    assert any("7 rows moved to the start of its step, and 3 merged" in text for text in loaded.notices)
    columns = Columns(target=("y",), future=("x", "kind"))
    filled = {"regularise": rule, "fill_future": "ffill"}
    future = load(FRAME, columns, freq="D", reading=filled).panel
    np.testing.assert_array_equal(future.future[:, 0], np.where(np.isnan(x), x[1], x))
    assert [future.categories["kind"][int(code)] for code in future.future[:, 1]] == list("abbcaa")


@pytest.mark.parametrize(
    ("freq", "first"),
    [
        ("W-MON", "2024-01-01"),
        ("W-SUN", "2023-12-31"),
        ("MS", "2024-01-01"),
        ("ME", "2024-01-31"),
        ("QS", "2024-01-01"),
    ],
)
def test_a_step_starts_where_its_alias_says(freq, first):
    panel = load(FRAME[["ds", "y"]], freq=freq, reading={"regularise": "sum"}).panel
    assert str(pd.Timestamp(panel.times[0]).date()) == first and panel.values.sum() == 31


def test_regular_times_are_left_alone():
    frame = pd.DataFrame({"ds": pd.date_range("2024", periods=9, freq="D"), "y": np.arange(9.0)})
    for rule in ("sum", "mean", "last"):
        loaded = load(frame, freq="D", reading={"regularise": rule})
        assert loaded.panel.fingerprint == load(frame).panel.fingerprint
        assert not any("regularised" in text for text in loaded.notices)


def test_a_rule_needs_a_frequency_and_dates():
    with pytest.raises(DataError, match="--regularise sum needs the frequency of the grid: give it with --freq"):
        load(FRAME[["ds", "y"]], reading={"regularise": "sum"})
    with pytest.raises(DataError, match="whole numbers have none"):
        load(pd.DataFrame({"ds": [1, 2, 4], "y": [1.0, 2, 3]}), reading={"regularise": "sum"})
    with pytest.raises(BadSetting, match="regularise must be sum or mean or last, found 'max'"):
        load(FRAME[["ds", "y"]], freq="D", reading={"regularise": "max"})


# -- season -------------------------------------------------------------------------------------------------------
def weeks(rows=320):
    """Return integer weeks with a noisy year, of three series."""
    time, rng = np.arange(rows), np.random.default_rng(0)
    parts = [100 + 30 * np.sin(2 * np.pi * (time + 5 * k) / 52) + rng.normal(0, 8, rows) for k in range(3)]
    return pd.concat([pd.DataFrame({"unique_id": f"s{k}", "ds": time, "y": y}) for k, y in enumerate(parts)])


def board(df, **changed):
    given = {"horizon": 13, "windows": 2, "baselines": "none", "jobs": 1, "verbose": False, "season": "auto"}
    return ht.backtest(df, "SeasonalNaive", **{**given, **changed})


def test_integer_weeks_find_their_year_and_every_candidate_is_told():
    found = board(weeks()).run.manifest
    assert found["season"] == 52
    (notice,) = (text for text in found["notices"] if "season" in text and "rows," not in text)
    assert notice.startswith("season 52 by --season auto, tested on the rows up to the first cutoff: 4 (auto")
    assert "52 (autocorrelation 0.9" in notice
    assert resolve(weeks(), season="auto").panel.season == 52
    assert ht.model("SeasonalNaive").fit(weeks(), horizon=2, season="auto").loaded.panel.season == 52


def test_rows_after_the_first_cutoff_do_not_decide_the_season():
    df = weeks()
    later = df["ds"] >= 320 - 26
    df.loc[later, "y"] = np.random.default_rng(1).normal(0, 1e6, int(later.sum()))
    assert board(df).run.manifest["season"] == 52
    noise = weeks()
    early = noise["ds"] < 320 - 26
    noise.loc[early, "y"] = np.random.default_rng(1).normal(0, 1, int(early.sum()))
    assert board(noise).run.manifest["season"] == 1


def test_a_random_walk_has_no_season_and_a_short_series_that_of_its_frequency():
    walk = pd.DataFrame({"ds": np.arange(300), "y": np.random.default_rng(3).normal(size=300).cumsum()})
    assert resolve(walk, season="auto").panel.season == 1
    short = pd.DataFrame({"ds": pd.date_range("2020", periods=20, freq="MS"), "y": np.arange(20.0)})
    loaded = resolve(short, season="auto")
    assert loaded.panel.season == 12 and "shorter than three seasons" in loaded.notices[-1]


def test_any_other_word_for_a_season_is_refused(tmp_path):
    from hybridts.app.study_file import study_config

    study = {"data": {"source": "x.csv", "season": "often"}, "models": "Naive", "horizon": 1}
    with pytest.raises(BadSetting, match="season"):
        study_config(study, "here")
    assert study_config({**study, "data": {"source": "x.csv", "season": "auto"}}, "here").data.season == "auto"
    with pytest.raises(BadSetting, match="season 'often' is not a whole number"):
        load(weeks(), season="often")  # type: ignore[arg-type]
