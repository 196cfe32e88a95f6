"""Forecasters given as objects, and answers that are mappings, as the models of statsforecast have them."""

from __future__ import annotations

import numpy as np
import pytest
from statsforecast.models import AutoETS, Theta

import hybridts as ht
from hybridts.errors import UserError
from tests.fakes.frames import frame_of


class Answering:
    """Answers what `answer` makes of h."""

    def __init__(self, answer=lambda h: {"mean": np.ones(h)}):
        self.answer = answer

    def fit(self, y):
        self.fitted = True

    def predict(self, h):
        return self.answer(h)


@pytest.mark.parametrize("given", [Theta, Theta(season_length=12), AutoETS(season_length=12, model="ANN")], ids=str)
def test_a_model_of_statsforecast_is_a_token_as_it_is(given, own_registry):
    ht.register_forecaster("Theirs", given)
    ht.register_forecaster("Theirs", given)
    frame = frame_of((60,))
    board = ht.backtest(frame, ["Theirs", "Theirs-RF"], 3, windows=2, baselines="none", jobs=1)
    assert board.table["status"].tolist() == ["complete", "complete"]
    model = given() if isinstance(given, type) else given
    y = frame["y"].to_numpy()[:-3]
    expected = model.fit(y).predict(3)["mean"]
    np.testing.assert_allclose(board.forecasts["Theirs"].to_numpy()[-3:], expected)


def test_an_object_is_copied_at_every_fit(own_registry):
    given = Answering()
    ht.register_forecaster("Object", given)  # type: ignore[arg-type]
    assert ht.model("Object").fit(frame_of((60,)), horizon=2, jobs=1).predict()["Object"].tolist() == [1.0, 1.0]
    assert not hasattr(given, "fitted")


def test_a_mapping_without_a_forecast_is_refused_with_its_keys(own_registry):
    ht.register_forecaster("Object", Answering(lambda h: {"lo-80": np.ones(h)}))  # type: ignore[arg-type]
    with pytest.raises(ht.HybridtsError, match="keys lo-80; the forecast must be under mean"):
        ht.model("Object").fit(frame_of((60,)), horizon=2, jobs=1).predict()


def test_what_is_neither_class_nor_object_is_refused(own_registry):
    for given in (3, None, "Theta"):
        with pytest.raises(UserError, match="expected a class, a function that makes the model, or an object with fit"):
            ht.register_forecaster("Theirs", given)  # type: ignore[arg-type]
