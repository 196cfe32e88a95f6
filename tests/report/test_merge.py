"""Several runs as one board: equal data and windows, or the reason why not."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from hybridts.errors import UserError
from hybridts.evaluation.leaderboard import Evaluation, board
from hybridts.report import write_report
from hybridts.report.merge import merged
from tests.fakes.stored_run import Fake, fake_run


def two(tmp_path, **other):
    """Return two runs that share ARIMA and Naive; the second may differ."""
    first = fake_run(tmp_path / "one", Fake(names=("ARIMA", "LSTM-RF", "Naive")))
    second = fake_run(tmp_path / "two", Fake(**{"names": ("ARIMA", "LSTM", "Naive"), "seed": 1, **other}))
    return first, second


def with_forecasts_of(run, source, names):
    """Return the run with the forecasts that another one has for some names."""
    keys = ["model", "window", "unique_id", "step"]
    taken = source.forecasts[source.forecasts["model"].isin(names)]
    rest = run.forecasts[~run.forecasts["model"].isin(names)]
    return replace(run, forecasts=pd.concat([rest, taken]).sort_values(keys, ignore_index=True))


def test_names_of_both_stand_on_one_board(tmp_path):
    first, second = two(tmp_path)
    second = with_forecasts_of(second, first, ["ARIMA", "LSTM", "Naive"])
    run = merged([first, second])
    assert run.path.name == "one + two"
    table = board(Evaluation(run))
    assert sorted(table["model"]) == ["ARIMA", "LSTM", "LSTM-RF", "Naive"]  # LSTM was a part, and is a row now
    alone = board(Evaluation(first)).set_index("model")["MASE"]
    assert table.set_index("model")["MASE"][alone.index].tolist() == alone.tolist()
    assert run.manifest["notices"][0] == "This board joins the runs one, two."
    assert len(write_report(run, tmp_path / "out")) == 5


def test_a_name_with_other_forecasts_is_told_apart(tmp_path):
    first, second = two(tmp_path)
    run = merged([first, second])
    names = set(board(Evaluation(run))["model"])
    assert {"ARIMA", "ARIMA (two)", "Naive", "Naive (two)"} <= names
    users = [name for text in run.stages["names"] for name in json.loads(text)]
    assert "ARIMA (two)" in users
    differ = merged([first, replace(second, manifest={**second.manifest, "seed": 7})])
    assert "The runs differ in seed: 0, 7." in differ.manifest["notices"]


def test_runs_of_one_name_get_numbers(tmp_path):
    first, second = two(tmp_path)
    run = merged([first, replace(second, path=first.path)])
    assert run.path.name == "one + one 2" and "ARIMA (one 2)" in set(board(Evaluation(run))["model"])


def test_one_run_stays_as_it_is(tmp_path):
    run = fake_run(tmp_path / "one")
    assert merged([run]) is run


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"horizon": 4, "step": 4}, r"differ in horizon: 6 and 4\."),
        ({"windows": 2}, r"different windows: 3 windows from 2020-01-31 to 2021-01-31, and 2 windows"),
        ({"series": ("north", "west")}, r"different windows"),
        ({"extra": {"metric_season": 4}}, r"differ in season of MASE: 12 and 4"),
        ({"extra": {"data": {"fingerprint": "other", "series": 9, "rows": 90}}}, r"on different data: 2 series of 500"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused_with_the_reason(change, why, tmp_path):
    first, second = two(tmp_path, **change)
    with pytest.raises(UserError, match=why) as found:
        merged([first, second])
    assert "one" in str(found.value) and "two" in str(found.value)
