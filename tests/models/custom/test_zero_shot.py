"""A model that is trained already needs predict(contexts, horizon) alone to be a name, a base or a member."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.errors import UserError
from tests.fakes.frames import frame_of


class LastYear:
    """Repeats the last `season` known values of each context."""

    def __init__(self, season=12):
        self.season = season

    def predict(self, contexts, horizon):
        known = [context[~np.isnan(context)][-self.season :] for context in contexts]
        return np.stack([np.resize(values, horizon) for values in known])


class Odd:
    """Answers what `answer` makes of the contexts and the horizon."""

    def __init__(self, answer=lambda contexts, horizon: np.ones((len(contexts), horizon))):
        self.answer = answer

    def predict(self, contexts, horizon):
        return self.answer(contexts, horizon)


@pytest.mark.parametrize("given", [LastYear, LastYear(), lambda: LastYear(12)], ids=["class", "object", "function"])
def test_it_is_a_row_a_base_and_a_member(given, own_registry):
    ht.register_forecaster("Zero", given)
    names = ["Zero", "Zero-RF", "Zero + Drift", "greedy(Zero, Drift)"]
    frame = frame_of((72, 60))
    board = ht.backtest(frame, [*names, "SeasonalNaive"], 4, gap=1, windows=2, season=12, jobs=1, baselines="none")
    assert set(board.table["status"]) == {"complete"}
    np.testing.assert_array_equal(board.forecasts["Zero"], board.forecasts["SeasonalNaive"])


def test_its_settings_stand_beside_the_name(own_registry):
    ht.register_forecaster("Zero", LastYear)
    found = [
        ht.model("Zero", settings={"Zero": {"season": s}}).fit(frame_of((60,)), 2, jobs=1).predict() for s in (1, 12)
    ]
    assert found[0]["Zero"].nunique() == 1 < found[1]["Zero"].nunique()


def test_series_that_the_fit_did_not_see_are_answered(own_registry):
    ht.register_forecaster("Zero", LastYear())  # type: ignore[arg-type]
    model = ht.model("Zero").fit(frame_of((60, 60)), 3, jobs=1)
    answer = model.predict(new_rows=frame_of((60, 60, 40)))
    assert answer["unique_id"].nunique() == 3 and answer["Zero"].notna().all()


def test_it_is_stored_by_reference(own_registry, tmp_path):
    ht.register_forecaster("Zero", LastYear)
    model = ht.model("Zero-RF").fit(frame_of((60,)), 3, jobs=1)
    model.save(tmp_path / "m")
    pd.testing.assert_frame_equal(ht.load(tmp_path / "m").predict(), model.predict(), check_exact=True)


def test_contexts_end_at_the_origin_and_start_with_a_value(own_registry):
    frame, seen = frame_of((60,)), list[np.ndarray]()

    def answer(contexts, horizon):
        seen.extend(contexts)
        return np.ones((len(contexts), horizon))

    ht.register_forecaster("Zero", Odd(answer))  # type: ignore[arg-type]
    frame.loc[[0, 1, 30], "y"] = np.nan
    ht.backtest(frame, "Zero", 4, windows=1, jobs=1, baselines="none")
    y = frame["y"].to_numpy()[2:-4]
    assert seen and all(np.array_equal(context, y, equal_nan=True) for context in seen)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda c, h: np.ones((len(c), 20, h)), r"shape \(1, 20, 3\) to 1 contexts.*\(1, 3\).*return the median"),
        (lambda c, h: c[len(c) + h], "raised IndexError on 1 contexts of 60 to 60 values"),
        (lambda c, h: np.full((len(c), h), np.nan), "answered no finite number for series 's0', 60 values"),
    ],
)
def test_a_broken_contract_is_a_sentence(answer, words, own_registry):
    ht.register_forecaster("Zero", Odd(answer))  # type: ignore[arg-type]
    with pytest.raises(ht.HybridtsError, match=words):
        ht.model("Zero").fit(frame_of((60,)), 3, jobs=1).predict()


def test_a_predict_of_one_argument_without_fit_is_refused(own_registry):
    class Wrong:
        def predict(self, h):
            return [0.0] * h

    with pytest.raises(UserError, match=r"has no method 'fit'.*predict\(contexts, horizon\) alone"):
        ht.register_forecaster("Zero", Wrong)
