"""The contract of every architecture: it overfits a sine to one percent, repeats itself, and sees only the past."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from hybridts.data.seasonal import last_value
from hybridts.names import build
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse
from tests.fakes.panels import changed_after, origins_at, panel_of

CNN, LSTM = {"filters": 24}, {"hidden": 24}
#: What is tried -> its name and the settings of its tokens; small, so that all of them take seconds.
ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "RNN": ("RNN", {"RNN": {"hidden": 24}}),
    "LSTM": ("LSTM", {"LSTM": LSTM}),
    "two layers": ("LSTM", {"LSTM": {"hidden": 24, "layers": 2}}),
    "GRU": ("GRU", {"GRU": {"hidden": 24}}),
    "BiLSTM": ("BiLSTM", {"BiLSTM": {"hidden": 16}}),
    "BiGRU": ("BiGRU", {"BiGRU": {"hidden": 16}}),
    "CIFG-LSTM": ("CIFG-LSTM", {"CIFG-LSTM": {"hidden": 24}}),
    "CNN": ("CNN", {"CNN": CNN}),
    "dilated CNN": ("CNN", {"CNN": {**CNN, "dilation": 2}}),
    "MLP": ("MLP", {"MLP": {"hidden": 48}}),
    "DNN": ("DNN", {"DNN": {"hidden": 48, "dropout": 0.0}}),  # noise on the way is for data with noise
    "ConvLSTM": ("ConvLSTM", {"ConvLSTM": {"filters": 8}}),
    "CNN-LSTM": ("CNN-LSTM", {"CNN": CNN, "LSTM": LSTM}),
    "sub-sequences": ("CNN-LSTM", {"CNN": {**CNN, "subsequences": 4}, "LSTM": LSTM}),
    "attention": ("CNN-LSTM-Attention", {"CNN": CNN, "LSTM": LSTM}),
    "parallel": ("(CNN|LSTM)", {"CNN": CNN, "LSTM": LSTM}),
    "two steps": ("CNN>LSTM", {"CNN": CNN, "LSTM": LSTM}),
    "two steps, not frozen": ("CNN>LSTM", {"CNN": CNN, "LSTM": LSTM, "Network": {"freeze": False}}),
    "frames, CNN": ("CNN", {"CNN": {"filters": 12}, "Network": {"grid": True}}),
    "frames, ConvLSTM": ("ConvLSTM", {"ConvLSTM": {"filters": 8}, "Network": {"grid": True}}),
    "frames, CNN-LSTM": ("CNN-LSTM", {"CNN": {"filters": 12}, "LSTM": LSTM, "Network": {"grid": True, "steps": 400}}),
}
EVERY = pytest.mark.parametrize("kind", ARCHITECTURES)
PRIORS = pytest.mark.parametrize("prior", ["auto", "none"])
LEARNED, LENGTH = 78, 90


def whole():
    """Noiseless sines of two heights and levels; with season 1 their anchor is the last value, which is wrong."""
    t = np.arange(LENGTH)
    series = ((1 + k) * np.sin(2 * np.pi * t / 11.7 + 2 * k) + 50 * k for k in range(2))
    return panel_of(*series, ids=("r0c0", "r0c1"))


@cache
def fitted(kind, seed=3, **fewer):
    name, settings = ARCHITECTURES[kind]
    network = {"window": 12, "steps": 300, "batch": 64, "rate": 0.01, **settings.get("Network", {}), **fewer}
    stage = parse(name, default_registry(), {**settings, "Network": network}).stages()[0]
    panel = whole().cut(np.full(2, LEARNED))
    return build.forecaster(stage, default_registry()).fit(panel, 2, 0, seed)


def error(kind, first, last):
    """Mean absolute error of the forecasts from these positions without a prior, and of their anchor, in amplitudes."""
    panel = whole()
    origins = origins_at(*((i, p) for i in range(2) for p in range(first, last)))
    truth, amplitude = panel.targets(origins, 2), 1.0 + origins.series[:, None]
    forecasts = (fitted(kind, prior="none").forecast(panel, origins), last_value(panel, origins)[:, None])
    return [float(np.abs((f - truth) / amplitude).mean()) for f in forecasts]


@EVERY
def test_it_overfits_a_sine_to_one_percent_of_its_amplitude_and_goes_on_with_it(kind):
    learned, anchor = error(kind, 11, LEARNED - 1)
    assert learned < 0.01 and anchor > 0.4
    assert error(kind, LEARNED, LENGTH - 2)[0] < 0.03


@EVERY
@PRIORS
def test_it_is_deterministic_and_the_seed_matters(kind, prior):
    ends = whole().ends()
    network = {"steps": 5, "prior": prior}
    one, two, other = (fitted.__wrapped__(kind, seed, **network).forecast(whole(), ends) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


@EVERY
@PRIORS
def test_it_is_leak_free(kind, prior):
    panel, at = whole(), np.full(2, 80)
    origins = origins_at((0, 80), (1, 80))
    model = fitted(kind, prior=prior)
    before = model.forecast(panel, origins)
    np.testing.assert_array_equal(model.forecast(changed_after(panel, at), origins), before)
    np.testing.assert_array_equal(model.forecast(panel.cut(at), origins), before)
