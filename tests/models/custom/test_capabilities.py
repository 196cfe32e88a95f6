"""Capabilities are declared: a user's class has those it inherits, and none because of the names of its attributes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybridts as ht
from hybridts.data.seasonal import last_value
from hybridts.errors import StageFailure
from hybridts.models.custom.adapters import CompletedFit, PerOrigin, Speaking
from hybridts.models.protocols import (
    Explaining,
    ForResiduals,
    Joining,
    NotedBySeries,
    PerSeries,
    Quantiled,
    Reusing,
    RowByRow,
    Warm,
    Weighted,
)
from tests.fakes.panels import panel_of
from tests.fakes.runs import frame_of

OF_FORECASTERS = (Reusing, Warm, PerSeries, ForResiduals)
OF_FITTED = (Explaining, Joining, NotedBySeries, Quantiled, Weighted, RowByRow)


class LastValues:
    """A fitted object that repeats the last value."""

    def __init__(self, horizon):
        self.horizon = horizon

    def forecast(self, panel, origins):
        return np.repeat(last_value(panel, origins)[:, None], self.horizon, axis=1)


class Cluttered(LastValues):
    """The same, with attributes of any kind that have the names of capabilities."""

    weights = np.ones(3)
    found = "nothing"
    levels: Any = None
    quantiles = (0.1, 0.9)
    why = "because"
    row_by_row = True

    def joined(self):
        raise AssertionError("nobody may call this")

    def lacks(self):
        raise AssertionError("nobody may call this")


class Tidy:
    """A forecaster without anything beside `fit`."""

    def fit(self, panel, horizon, gap, seed):
        return LastValues(horizon)


class Untidy(Tidy):
    """A forecaster with attributes that have the names of capabilities, whose fitted object has them too."""

    per_series = True
    reuse = "always"
    fit_from = 1960
    for_residuals = None

    def fit(self, panel, horizon, gap, seed):
        return Cluttered(horizon)


class WithQuantiles(LastValues, Quantiled):
    """A fitted object that declares what it can do."""

    notes: Any = {}  # noqa: RUF012
    failures: Any = {}  # noqa: RUF012
    levels = (0.5, 0.9)

    def quantiles(self, panel, origins):
        return self.forecast(panel, origins)[..., None] + np.array([0.0, 1.0])


class Declaring(Tidy):
    """A forecaster of such a fitted object."""

    def fit(self, panel, horizon, gap, seed):
        return WithQuantiles(horizon)


def test_attributes_with_the_names_of_capabilities_declare_none():
    model = Speaking.of(Untidy, {})
    fitted = model.fit(panel_of([1.0, 2.0, 3.0]), 2, 0, 0)
    assert isinstance(model, Speaking) and isinstance(fitted, CompletedFit)
    for given, capabilities in ((Untidy(), OF_FORECASTERS), (model, OF_FORECASTERS), (Cluttered(2), OF_FITTED)):
        assert not isinstance(given, capabilities)


def test_a_class_with_such_attributes_forecasts_as_one_without_them(own_registry):
    ht.register_forecaster("Tidy", Tidy)
    ht.register_forecaster("Untidy", Untidy)
    settings = {"RF": {"trees": 3}}
    names = ["Tidy", "Untidy", "Tidy-RF", "Untidy-RF", "Tidy-Untidy", "Untidy-Tidy"]
    board = ht.backtest(frame_of(), names, horizon=4, windows=2, jobs=1, baselines="none", settings=settings)
    assert (board.table["status"] == "complete").all(), board.table["reason"].tolist()
    for plain, cluttered in (("Tidy", "Untidy"), ("Tidy-Untidy", "Untidy-Tidy")):
        np.testing.assert_array_equal(board.forecasts[plain], board.forecasts[cluttered])
    forecast = ht.model("Untidy").fit(frame_of(), 4).predict()
    assert list(forecast.columns) == ["unique_id", "ds", "Untidy"]


def test_a_capability_that_a_class_inherits_is_used(own_registry):
    ht.register_forecaster("Declaring", Declaring)
    forecast = ht.model("Declaring").fit(frame_of(), 4).predict()
    np.testing.assert_array_equal(forecast["Declaring-q0.9"], forecast["Declaring"] + 1)


@pytest.mark.parametrize("capability", [PerSeries, ForResiduals, Reusing, Warm])
def test_a_forecaster_that_inherits_a_capability_is_not_wrapped(capability):
    methods = dict.fromkeys(("reuse", "fit_from", "for_residuals"), lambda self, *_: self)
    kind: Any = type("Able", (Tidy, capability), methods)
    assert isinstance(Speaking.of(kind, {}), kind)


@pytest.mark.parametrize("name", ["notes", "failures"])
def test_notes_and_failures_of_a_wrong_type_are_refused_by_name(name):
    class Odd(Tidy):
        def fit(self, panel, horizon, gap, seed):
            fitted = LastValues(horizon)
            setattr(fitted, name, ["s0"])
            return fitted

    with pytest.raises(StageFailure, match=rf"LastValues\.{name} is list; it must be a mapping"):
        Speaking.of(Odd, {}).fit(panel_of([1.0, 2.0]), 1, 0, 0)


def test_a_class_refitted_at_every_origin_gives_its_reasons():
    class Refuses:
        def fit(self, y):
            raise ArithmeticError("too odd")

    panel = panel_of([1.0, 2.0, 3.0])
    fitted = PerOrigin(Refuses).fit(panel, 2, 0, 0)
    assert isinstance(fitted, Explaining) and fitted.lacks(panel, panel.ends()) == {}
    assert "too odd" in fitted.why(panel, panel.ends())[panel.ids[0]]
