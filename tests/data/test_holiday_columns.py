"""Holidays as columns: the right days, for every frequency, and clear refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.data.holiday_columns import check_countries, with_holidays
from hybridts.data.read import load
from hybridts.errors import BadSetting, DataError


def panel(freq, start="2023-12-01", rows=60):
    frame = pd.DataFrame({"ds": pd.date_range(start, periods=rows, freq=freq), "y": np.arange(float(rows))})
    return load(frame).panel


def days(found):
    times = found.times.astype("datetime64[ns]").astype("datetime64[D]").astype(str)
    return dict(zip(times, found.future[:, 0].astype(int).tolist(), strict=True))


def test_a_day_is_a_holiday_and_the_day_before_announces_it():
    found = with_holidays(panel("D"), ("DE",))
    assert found.columns["future"] == ("holiday_DE", "holiday_DE_next")
    marked = [day for day, flag in days(found).items() if flag]
    assert marked == ["2023-12-25", "2023-12-26", "2024-01-01"]
    assert found.future[:, 1].tolist() == [*found.future[1:, 0].tolist(), 0.0]


def test_a_part_of_a_country_has_days_of_its_own():
    assert days(with_holidays(panel("D"), ("DE-BY",)))["2024-01-06"] == 1
    assert days(with_holidays(panel("D"), ("DE",)))["2024-01-06"] == 0
    both = with_holidays(panel("D"), check_countries(["de", "us", "DE"]))
    assert both.columns["future"] == ("holiday_DE", "holiday_DE_next", "holiday_US", "holiday_US_next")


@pytest.mark.parametrize(
    ("freq", "start", "day", "count"),
    [
        ("MS", "2023-01-01", "2023-12-01", 2),
        ("ME", "2023-01-31", "2023-12-31", 2),
        ("QS", "2021-01-01", "2023-04-01", 5),
        ("W-MON", "2023-12-04", "2023-12-25", 2),
        ("W-SUN", "2023-12-03", "2023-12-31", 2),
        ("B", "2023-12-01", "2023-12-25", 1),
        ("h", "2023-12-24", "2023-12-25", 1),
    ],
)
def test_longer_rows_count_the_holidays_in_them(freq, start, day, count):
    assert days(with_holidays(panel(freq, start), ("DE",)))[day] == count


def test_rows_after_the_data_have_them_too():
    found = with_holidays(panel("D", "2023-11-30", 30), ("DE",), ahead=7)  # ends on 29 December
    assert found.reach[0] - found.stops[0] == 7 and found.lengths[0] == 30
    assert found.future[found.stops[0] : found.reach[0], 0].tolist() == [0, 0, 1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("countries", "words"),
    [(["Atlantis"], "'Atlantis' is not a country"), (["DE-XX"], "DE has no part 'XX'"), (["DD"], "Did you mean")],
)
def test_unknown_countries_are_refused(countries, words):
    with pytest.raises(BadSetting, match=words):
        check_countries(countries)


def test_integer_time_years_and_taken_names_are_refused():
    with pytest.raises(DataError, match="holidays need dates"):
        with_holidays(load(pd.DataFrame({"ds": range(20), "y": range(20)})).panel, ("DE",))
    with pytest.raises(DataError, match="rows of a year"):
        with_holidays(panel("YS", "1980-01-01", 30), ("DE",))
    with pytest.raises(DataError, match="have a column 'holiday_DE' already"):
        with_holidays(with_holidays(panel("D"), ("DE",)), ("DE",))


def test_a_model_knows_the_holiday_to_come():
    rng, dates = np.random.default_rng(0), pd.date_range("2021-01-01", "2023-12-29")
    off = days(with_holidays(load(pd.DataFrame({"ds": dates, "y": 1.0})).panel, ("AU",)))
    y = 100 - 60 * np.array([off[str(d.date())] for d in dates]) + rng.normal(0, 2, len(dates))
    frame = pd.DataFrame({"ds": dates, "y": y})
    forecast = {}
    for holidays in ((), "AU"):
        fitted = ht.model("XGBoost").fit(frame, horizon=5, jobs=1, holidays=holidays)
        forecast[holidays] = fitted.predict().XGBoost[2]  # 1 January
    assert forecast["AU"] == pytest.approx(40, abs=10)
    board = ht.backtest(frame, "XGBoost", horizon=7, windows=1, holidays=["DE"], baselines="none", jobs=1)
    assert "holidays:\n  - DE" in (board.path / "config.yaml").read_text()
