"""Tuning: nested, seeded, resumable, pruned; a tuned name stands beside its default, cost included."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.app.study_file import study_config
from hybridts.app.tuning.judge import inner_panel, inner_schedule, merged
from hybridts.app.tuning.search import BEFORE_PRUNING, chosen
from hybridts.app.tuning.space import DEFAULTS, Choice, Range, range_of, space_for
from hybridts.app.tuning.trials import Trial, TrialFile
from hybridts.errors import BadSetting, DataError, StoreError, UserError, WrongPlace
from hybridts.evaluation.rolling_origin import Schedule, rolling
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse
from tests.fakes.command_line import hybridts
from tests.fakes.frames import frame_of

ORDERS = {"ARIMA": {"order": [[0, 1, 1], [2, 1, 1], [1, 0, 0], [0, 1, 0]]}}


def seasonal(length=90, seed=0):
    """A season that an ARIMA without one cannot forecast, but RF with enough rows in a leaf can."""
    draw = np.random.default_rng(seed)
    y = 50 + 10 * np.sin(np.arange(length) * np.pi / 6) + draw.normal(size=length)
    return pd.DataFrame({"unique_id": "a", "ds": pd.date_range("2015", periods=length, freq="MS"), "y": y})


# -- nested ---------------------------------------------------------------------------------------------------------
def test_a_search_sees_nothing_from_the_first_backtest_window_on(own_registry):
    frame = frame_of((70, 70))
    poisoned = frame.copy()
    outer = Schedule(4, windows=3)
    panel = ht.synthetic_panel(2, 70, freq="MS")
    first = rolling(panel, outer)[0].position
    late = poisoned.groupby("unique_id").cumcount().to_numpy() > first[0]
    assert late.sum() == 2 * 3 * 4
    poisoned.loc[late, "y"] = 1e6
    searches = [ht.tune("ARIMA", data, 4, ORDERS, trials=4, inner=2, jobs=1) for data in (frame, poisoned)]
    assert [t.losses for t in searches[0].trials] == [t.losses for t in searches[1].trials]
    assert max(searches[0].cutoffs) < "2019-10", "each inner cutoff and its targets end before the first window"


def test_inner_targets_end_at_the_first_cutoff_with_a_gap_and_uneven_series():
    panel = ht.synthetic_panel(3, 80, freq="MS")
    for outer in (Schedule(5, windows=2, gap=2), Schedule(3, windows=4, step=1), None):
        cut = inner_panel(panel, outer)
        last = panel.lengths - 1 if outer is None else rolling(panel, outer)[0].position
        assert (cut.lengths == last + 1).all()
        schedule = inner_schedule(cut, outer, 5, 3)
        newest = rolling(cut, schedule)[-1].position
        assert (newest + schedule.gap + 5 == last).all()


def test_too_few_rows_before_the_first_window_are_told():
    with pytest.raises(DataError, match="too few rows before the first backtest window"):
        ht.tune("ARIMA", frame_of((40,)), 8, ORDERS, trials=2, windows=3, jobs=1)


# -- the search -----------------------------------------------------------------------------------------------------
def test_the_same_seed_gives_the_same_search_and_a_stopped_one_goes_on(own_registry, tmp_path):
    frame = frame_of((60, 60))
    given: dict[str, Any] = {"trials": 11, "inner": 1, "jobs": 1, "seed": 3}
    whole = ht.tune("Drift-RF", frame, 3, {"RF": {"leaf": (1, 20), "features": (0.2, 1.0)}}, **given)
    part = ht.tune(
        "Drift-RF", frame, 3, {"RF": {"leaf": (1, 20), "features": (0.2, 1.0)}}, **{**given, "trials": 9}, out=tmp_path
    )
    file = tmp_path / "Drift-RF.jsonl"
    with file.open("a") as lines:
        lines.write('{"settings": {"RF.leaf"')  # killed while it was written
    again = ht.tune("Drift-RF", frame, 3, {"RF": {"leaf": (1, 20), "features": (0.2, 1.0)}}, **given, out=tmp_path)
    assert [t.settings for t in part.trials] == [t.settings for t in whole.trials[:9]]
    assert [(t.settings, t.losses, t.state) for t in again.trials] == [
        (t.settings, t.losses, t.state) for t in whole.trials
    ]
    assert again.settings == whole.settings


def test_trials_share_stages_and_hopeless_ones_stop_early(own_registry, tmp_path):
    found = ht.tune(
        "ARIMA-RF", frame_of((60, 60)), 3, {"RF": {"leaf": (1, 30)}}, trials=8, inner=3, jobs=1, out=tmp_path
    )
    fits = [json.loads(p.read_text())["stage"] for p in (tmp_path / "stages").rglob("*.json") if p.is_file()]
    # one fit of ARIMA at each of three cutoffs and its folds, whatever the number of trials
    base = fits.count("ARIMA")
    assert 0 < base and base % 3 == 0 and base < 8 * 3
    for trial in found.trials:
        assert len(trial.losses) == 3 or trial.state == "pruned"
    assert all(t.state == "complete" for t in found.trials[:BEFORE_PRUNING])


def trial(*losses, **settings):
    return Trial(settings, losses, "complete")


@pytest.mark.parametrize(
    ("losses", "wins"),
    [((0.9, 0.9001), True), ((0.999, 0.999), False), ((0.5, 1.1), False), ((1.2, 1.2), False)],
)
def test_the_defaults_stay_unless_a_trial_is_better_at_every_cutoff(losses, wins):
    default, other = trial(1.0, 1.0), trial(*losses, x=1)
    cells = {id(default): [np.array([1.0])] * 2, id(other): [np.array([loss]) for loss in losses]}
    assert (chosen([default, other], lambda t: cells[id(t)]) is other) is wins


def test_a_gain_that_few_series_make_is_taken_for_chance():
    default, other = trial(1.0, 1.0), trial(0.9, 0.9, x=1)
    even: Any
    lucky: Any
    even, lucky, few = np.full(20, 0.9), np.array([-1.0] + [1.0] * 19), np.array([0.7, 0.9, 0.99])
    for cells, wins in ((even, True), (lucky, False), (few, False)):
        made = {id(default): [np.ones(len(cells))] * 2, id(other): [cells] * 2}
        assert (chosen([default, other], lambda t, made=made: made[id(t)]) is other) is wins  # type: ignore[misc]


def test_a_name_whose_defaults_fail_is_told(own_registry):
    with pytest.raises(UserError, match="defaults cannot be run at the inner cutoffs: stage VAR"):
        ht.tune("VAR", frame_of((60,)), 3, {"VAR": {"max_lag": [2, 4]}}, trials=2, jobs=1)


# -- spaces ---------------------------------------------------------------------------------------------------------
def test_every_token_with_settings_has_a_space_whose_values_it_takes():
    table = default_registry()
    for component in table.components():
        try:
            ranges = space_for(parse(component.name, table), table, None)
        except UserError:
            assert component.name in ("Naive", "SeasonalNaive", "Drift", "Theta", "WindowAverage")
            continue
        for token, settings in ranges.items():
            for name, values in settings.items():
                tried = values.values if isinstance(values, Choice) else (values.low, values.high)
                for value in tried:
                    parse(component.name, table, merged({}, {f"{token}.{name}": value}))


def test_sizes_of_blocks_are_tried_only_without_a_prior():
    table = default_registry()
    assert set(space_for(parse("CNN-LSTM", table), table, None)) == {"Network"}
    bare = parse("CNN-LSTM", table, {"Network": {"prior": "none"}})
    assert set(space_for(bare, table, None)) == {"Network", "CNN", "LSTM"}
    assert set(DEFAULTS) <= {component.name for component in table.components()}


def test_forms_of_ranges():
    assert range_of("x", [1, 2]) == Choice((1, 2))
    assert range_of("x", [[0, 1, 1], None]) == Choice(((0, 1, 1), None))
    assert range_of("x", (1, 8)) == Range(1, 8) and Range(1, 8).whole
    assert range_of("x", (0.1, 8, "log")) == Range(0.1, 8, True) and not Range(0.1, 8).whole
    assert range_of("x", {"low": 1, "high": 4, "log": True}) == Range(1, 4, True)


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({}, "must be a mapping"),
        ({"SVM": {"C": [1]}}, "no part 'SVM'"),
        ({"RF": {"leafs": [1]}}, "no setting 'leafs'.*leaf"),
        ({"RF": {"leaf": 3}}, "a list of values"),
        ({"RF": {"leaf": []}}, "a list of values"),
        ({"RF": {"leaf": (5, 2)}}, "low must be below high"),
        ({"RF": {"features": (0.0, 1.0, "log")}}, "above 0 for log"),
        ({"RF": {"leaf": (1, 2, 3)}}, "a list of values"),
        ({"RF": {"leaf": {"low": 1}}}, "a list of values"),
    ],
)
def test_wrong_spaces_are_refused(space, words):
    with pytest.raises(BadSetting, match=words):
        ht.tune("Drift-RF", frame_of((60,)), 3, space, trials=2, jobs=1)


@pytest.mark.parametrize(("option", "value"), [("trials", 0), ("inner", 0), ("trials", 2.5), ("windows", -1)])
def test_wrong_numbers_are_refused(option, value):
    with pytest.raises(BadSetting, match=option):
        ht.tune("Drift-RF", frame_of((60,)), 3, {"RF": {"leaf": [1, 2]}}, **{"jobs": 1, option: value})


def test_a_name_without_settings_says_so():
    with pytest.raises(UserError, match="Naive has no settings with ranges to try"):
        ht.tune("Naive", frame_of((60,)), 3, jobs=1)


# -- files ----------------------------------------------------------------------------------------------------------
def test_a_file_of_another_search_or_a_damaged_one_is_refused(tmp_path):
    path = tmp_path / "x.jsonl"
    TrialFile.opened(path, {"name": "A", "seed": 1}).add(trial(1.0, x=1))
    assert len(TrialFile.opened(path, {"name": "A", "seed": 1}).trials) == 1
    with pytest.raises(WrongPlace, match=r"another search.*seed 1 there, 2 now"):
        TrialFile.opened(path, {"name": "A", "seed": 2})
    path.write_text("nonsense\nmore\n")
    with pytest.raises(StoreError, match="not a file of trials"):
        TrialFile.opened(path, {"name": "A"})


# -- in a study -----------------------------------------------------------------------------------------------------
def test_a_tuned_name_stands_beside_its_default_with_its_cost(own_registry, tmp_path):
    given: dict[str, Any] = {"horizon": 3, "windows": 2, "baselines": "none", "jobs": 1}
    tune = {"trials": 4, "inner": 2, "models": ["Drift-RF"], "space": {"RF": {"leaf": [1, 3, 9]}}}
    board = ht.backtest(seasonal(), ["Drift-RF", "Naive"], out=tmp_path / "run", tune=tune, **given)
    rows = board.table.set_index("model")
    assert {"Drift-RF", "Drift-RF-tuned", "Naive"} == set(rows.index)
    facts = board.run.manifest["tuned"]["Drift-RF-tuned"]
    assert facts["trials"] == 4 and rows.loc["Drift-RF-tuned", "seconds_alone"] >= facts["seconds"] > 0
    again = ht.backtest(seasonal(), ["Drift-RF", "Naive"], out=tmp_path / "run", tune=tune, **given)
    assert again.forecasts.equals(board.forecasts[again.forecasts.columns])


def test_a_study_file_tunes_and_wrong_keys_are_told(tmp_path):
    study = tmp_path / "study.yaml"
    head = "data: {source: dataset:airpassengers}\nmodels: [ARIMA, Naive]\nhorizon: 3\n"
    head += "windows: 1\nbaselines: none\njobs: 1\n"
    study.write_text(head + "tune: {trials: 2, inner: 1, space: {ARIMA: {order: [[0, 1, 1], [2, 1, 0]]}}}\n")
    done = hybridts("backtest", study, "--out", tmp_path / "run", cwd=tmp_path)
    assert done.returncode == 0 and "ARIMA-tuned" in done.stdout and "2 trials" in done.stderr, done.stderr


def test_a_number_of_trials_is_enough():
    plain = {"data": {"source": "x.csv"}, "models": ["ARIMA"], "horizon": 3}
    for given in (7, "7"):
        assert study_config({**plain, "tune": given}, "here").arguments()["tune"]["trials"] == 7


def test_wrong_keys_of_a_study_are_told():
    plain = {"data": {"source": "x.csv"}, "models": ["ARIMA"], "horizon": 3}
    with pytest.raises(BadSetting, match=r"unknown key 'tune.*trial'"):
        study_config({**plain, "tune": {"trial": 2}}, "here")
    for tune, words in (
        ({"trial": 2}, "unknown key 'trial'.*trials"),
        ("yes", "true, a number of trials, or a mapping"),
        (0, "trials must be a whole number"),
        ({"models": ["SARIMA"]}, "'SARIMA' is not among the models"),
        ({"space": {"RF": {"leaf": [1]}}}, "no tuned name has that part"),
    ):
        with pytest.raises(UserError, match=words):
            ht.backtest(frame_of((60,)), ["ARIMA"], 3, baselines="none", jobs=1, tune=tune)  # type: ignore[arg-type]


def test_a_combo_of_the_user_is_not_replaced(own_registry):
    ht.register("ARIMA-tuned", "Drift-RF")
    found = ht.tune("ARIMA", frame_of((60,)), 3, ORDERS, trials=1, inner=1, jobs=1)
    with pytest.raises(UserError, match="'ARIMA-tuned' is already registered"):
        found.register()
    assert found.register("Other") == "Other"
