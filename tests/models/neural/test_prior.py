"""Priors: what they are asked for, where they are kept, how they fill a network, and how far a fit moves away."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from hybridts.data.datasets import synthetic_panel
from hybridts.errors import BadSetting
from hybridts.models.findings import NetworkStart
from hybridts.models.neural.blocks import MLP
from hybridts.models.neural.encoder import Encoder
from hybridts.models.neural.forecaster import NeuralForecaster
from hybridts.models.neural.prior import cache, shipped
from hybridts.models.neural.prior.lookup import NetworkPrior
from hybridts.models.neural.prior.own_share import kept_at_start, own_share
from hybridts.models.neural.prior.packing import LARGE, packed, unpacked
from hybridts.models.neural.prior.pretraining import blueprint_of
from hybridts.models.neural.prior.request import horizon_for, request_for, seasons_for, window_for
from hybridts.models.neural.training_settings import Training
from hybridts.names import build
from hybridts.names.catalog import PUBLISHED, default_registry
from hybridts.names.grammar import parse
from hybridts.names.recipe import Chain, Stage
from hybridts.report.choices import network_text

SMALL = MLP(hidden=8)
SEASONS = (1, 4, 7, 12, 24, 52)


def _first_networks():
    """The networks that a published name begins with."""
    stages = (parse(name, default_registry()).stages()[0] for name in PUBLISHED)
    return tuple(dict.fromkeys(str(stage) for stage in stages if stage.kind == "neural"))


NETWORKS = _first_networks()


def forecaster(name, tokens=None, **network):
    root = parse(name, default_registry(), {"Network": network, **(tokens or {})}).root
    assert isinstance(root, Chain)
    (stage,) = root.stages
    assert isinstance(stage, Stage)
    return build.forecaster(stage, default_registry())


def asked(expression, training, season, ahead):
    request = request_for(expression, training, season, ahead)
    assert request is not None
    return request


@pytest.fixture
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv(cache.CACHE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "priors"


@pytest.fixture(scope="module")
def panel():
    return synthetic_panel(3, 90, season=12, freq=None)


# -- what is asked for --------------------------------------------------------------------------------------------
def test_the_season_decides_window_and_horizon():
    assert [seasons_for(m) for m in SEASONS] == [(1,), (4,), (7,), (12,), (24, 168), (52,)]
    assert [window_for(seasons_for(m)) for m in SEASONS] == [16, 16, 21, 36, 168, 52]
    assert [horizon_for(m, 1) for m in SEASONS] == [12, 16, 28, 28, 48, 52]
    assert [horizon_for(12, ahead) for ahead in (28, 29, 60, 113)] == [28, 56, 112, 224]


@pytest.mark.parametrize("setting", [{"prior": "none"}, {"init": "weights"}, {"grid": True}])
def test_some_networks_have_no_prior(setting):
    assert request_for(SMALL, Training(**setting), 12, 3) is None


def test_everything_that_decides_the_weights_is_in_the_identity(monkeypatch):
    requests = [
        asked(*args)
        for args in [
            (SMALL, Training(), 12, 3),
            (MLP(hidden=9), Training(), 12, 3),
            (SMALL, Training(anchor="last"), 12, 3),
            (SMALL, Training(scale="std"), 12, 3),
            (SMALL, Training(highway=False), 12, 3),
            (SMALL, Training(), 4, 3),
            (SMALL, Training(), 12, 40),
        ]
    ]
    monkeypatch.setenv("HYBRIDTS_PRIOR_EFFORT", "0.5")
    requests.append(asked(SMALL, Training(), 12, 3))
    assert len({request.identity() for request in requests}) == len(requests)
    same = asked(SMALL, Training(rate=1.0, steps=3, seeds=2, quantiles=(0.1,), calendar=False, window=9), 12, 5)
    assert same.identity() == requests[-1].identity()


@pytest.mark.parametrize("word", ["always", "", True, None])
def test_another_word_is_refused_with_the_words_allowed(word):
    with pytest.raises(BadSetting, match=r"prior must be auto or none, found"):
        forecaster("MLP", prior=word)


# -- shipped ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize("name", (*NETWORKS, "CNN-LSTM-Attention"))
def test_the_networks_of_the_list_are_shipped_and_fill_their_network(name, season):
    prior = forecaster(name).prior_for(season, 3)
    assert prior.at_hand
    weights = unpacked(prior.learned().weights)
    mine = blueprint_of(prior.request).build().state_dict()
    assert {key: tuple(tensor.shape) for key, tensor in mine.items()} == {k: a.shape for k, a in weights.items()}
    assert all(np.isfinite(array).all() for array in weights.values())


def test_the_published_names_begin_with_nineteen_networks():
    assert len(NETWORKS) == 19


def test_all_shipped_files_together_are_small():
    assert sum(file.stat().st_size for file in shipped.FOLDER.iterdir()) <= 20e6


# -- packing and cache --------------------------------------------------------------------------------------------
def test_packed_weights_are_close_and_small():
    rng = np.random.default_rng(0)
    weights = {"a": rng.normal(size=(LARGE // 64, 64)).astype(np.float32), "b": rng.normal(size=9).astype(np.float32)}
    arrays = packed(weights)
    assert sum(a.nbytes for a in arrays.values()) < 0.3 * sum(a.nbytes for a in weights.values())
    for name, values in unpacked(arrays).items():
        assert values.dtype == np.float32 and np.abs(values - weights[name]).max() < 0.01 * np.abs(values).max()
    again = packed(unpacked(arrays))
    assert all(np.array_equal(again[name], arrays[name]) for name in arrays)


def test_a_prior_is_learned_once_and_then_read(own_cache, panel, monkeypatch):
    prior = NetworkPrior(asked(SMALL, Training(), 12, 3))
    first = prior.learned()
    assert not prior.at_hand and not first.notices and len(list(own_cache.glob("*.safetensors"))) == 1
    monkeypatch.setattr(NetworkPrior, "_trained", None)  # nothing is trained any more
    second = prior.learned()
    assert all(np.array_equal(first.weights[name], second.weights[name]) for name in first.weights)


def damage(path):
    path.write_bytes(path.read_bytes()[:50])


def of_another(path):
    save_file(load_file(path), path, metadata={"identity": "other"})


@pytest.mark.parametrize(
    ("spoil", "said"), [(damage, "cannot be read"), (of_another, "holds other weights than its name says")]
)
def test_a_damaged_or_foreign_file_is_a_notice_and_is_replaced(own_cache, spoil, said, panel):
    model = NeuralForecaster(expression=SMALL)
    before = model.fit(panel, 3, 0, 0)
    (path,) = own_cache.glob("*.safetensors")
    spoil(path)
    fitted = model.fit(panel, 3, 0, 0)
    (notice,) = fitted.notes["notices"]
    assert said in notice and str(path) in notice and "HYBRIDTS_CACHE" in notice
    np.testing.assert_array_equal(fitted.forecast(panel, panel.ends()), before.forecast(panel, panel.ends()))
    assert "notices" not in model.fit(panel, 3, 0, 0).notes


def test_a_cache_that_cannot_be_written_is_a_notice(monkeypatch, tmp_path, panel):
    (tmp_path / "file").write_text("")  # no folder can be made below a file, whoever runs this test
    monkeypatch.setenv(cache.CACHE, str(tmp_path / "file"))
    fitted = NeuralForecaster(expression=SMALL).fit(panel, 3, 0, 0)
    assert "cannot be kept" in fitted.notes["notices"][0]


def test_the_cache_can_be_off(monkeypatch, panel):
    monkeypatch.setenv(cache.CACHE, "off")
    assert cache.folder() is None
    assert "notices" not in NeuralForecaster(expression=SMALL).fit(panel, 3, 0, 0).notes


# -- filling a network --------------------------------------------------------------------------------------------
KINDS = (*NETWORKS, "(CNN|LSTM)", "CNN>LSTM", "BiLSTM", "BiGRU-Attention", "CIFG-LSTM", "ConvLSTM")


def with_covariates(panel):
    rng = np.random.default_rng(0)
    more = {kind: rng.normal(size=(len(panel.values), 2)) for kind in ("past", "future")}
    return replace(panel, **more, static=rng.normal(size=(len(panel), 2)))


@pytest.mark.parametrize("name", KINDS)
def test_new_inputs_windows_and_quantiles_change_nothing_before_the_first_step(name, panel):
    """One step at a rate of nearly zero: the forecast is that of the prior, whatever else the network reads."""
    idle = {"steps": 1, "rate": 1e-30}
    plain = forecaster(name, **idle).fit(panel, 5, 0, 0)
    assert plain.notes["start"] == "prior"
    expected = plain.forecast(panel, panel.ends())
    variants = {"quantiles": (panel, {"quantiles": [0.1, 0.9]})}
    if name != "ConvLSTM":
        variants["covariates"] = (with_covariates(panel), {})
    for what, (data, more) in variants.items():
        fitted = forecaster(name, **idle, **more).fit(data, 5, 0, 0)
        assert fitted.notes["start"] == "prior", what
        np.testing.assert_allclose(fitted.forecast(data, data.ends()), expected, rtol=1e-4, err_msg=what)


def test_a_longer_window_reads_the_same_newest_rows(panel):
    idle = {"steps": 1, "rate": 1e-30}
    longer = forecaster("MLP", window=50, **idle).fit(panel, 5, 0, 0)
    net, request = longer.networks[0], forecaster("MLP").prior_for(12, 5).request
    assert net.blueprint.shape.length == 50 > request.window
    weights = unpacked(forecaster("MLP").prior_for(12, 5).learned().weights)["body.1.weight"]
    mine = net.state_dict()["body.1.weight"].reshape(128, 50, 7)
    assert torch.allclose(mine[:, -36:], torch.from_numpy(weights).reshape(128, 36, 7), rtol=0, atol=1e-20)
    assert mine[:, :-36].abs().max() < 1e-20


def test_a_network_that_the_prior_does_not_fit_starts_cold_and_says_why(panel):
    fitted = forecaster("ConvLSTM", steps=2).fit(with_covariates(panel), 5, 0, 0)
    assert fitted.notes["start"].startswith("cold: the prior does not fit")


def test_quantiles_start_at_the_spread_of_the_errors_on_own_windows(panel):
    fitted = forecaster("MLP", steps=1, rate=1e-30, quantiles=[0.1, 0.9]).fit(panel, 4, 0, 0)
    origins = panel.ends()
    origins = type(origins)(np.repeat([0, 1, 2], 40), np.tile(np.arange(30, 70), 3))
    truth, found = panel.targets(origins, 4), fitted.quantiles(panel, origins)
    inside = (truth >= found[..., 0]) & (truth <= found[..., 2])
    assert 0.65 < inside.mean() < 0.95


def test_the_gap_and_a_short_horizon_use_steps_of_one_prior(panel):
    idle = {"steps": 1, "rate": 1e-30}
    long = forecaster("MLP", **idle).fit(panel, 9, 0, 0).forecast(panel, panel.ends())
    gapped = forecaster("MLP", **idle).fit(panel, 4, 5, 0).forecast(panel, panel.ends())
    np.testing.assert_allclose(gapped, long[:, 5:], rtol=1e-6)


def test_the_first_part_of_a_frozen_two_step_network_stays_the_priors(panel):
    frozen = forecaster("CNN>LSTM", steps=20).fit(panel, 4, 0, 0).networks[0]
    moving = forecaster("CNN>LSTM", steps=20, freeze=False).fit(panel, 4, 0, 0).networks[0]
    weights = unpacked(forecaster("CNN>LSTM").prior_for(12, 4).learned().weights)
    first = [key for key in weights if key.startswith("body.0.")]
    assert first and all(np.array_equal(frozen.state_dict()[key].numpy(), weights[key]) for key in first)
    assert not all(np.array_equal(moving.state_dict()[key].numpy(), weights[key]) for key in first)


# -- the way from the prior ---------------------------------------------------------------------------------------
@given(st.integers(0, 10**7), st.integers(1, 10**5), st.sampled_from([1, 12]))
def test_the_share_lies_between_zero_and_one_and_grows_with_the_windows(windows, series, season):
    here = own_share(windows, series, season)
    assert 0 <= here <= 1 and here <= own_share(windows + 1, series, season)
    assert own_share(windows + 1, series, season) - here <= 0.01  # continuous
    assert own_share(windows, series, 1) >= here


@given(st.integers(0, 10**7), st.floats(0, 1), st.booleans())
def test_half_of_the_prior_at_least_is_kept_and_all_of_it_on_few_windows(windows, share, dense):
    here = kept_at_start(windows, share, dense=dense)
    assert 0.5 <= here <= 1 and (here == 1 or (dense and windows > 1000))
    assert abs(kept_at_start(windows + 1, share, dense=dense) - here) < 0.001  # continuous


def test_a_dense_network_on_a_large_panel_starts_between_the_prior_and_random_weights():
    panel = synthetic_panel(12, 400, season=12, freq=None)
    idle = {"rate": 1e-30, "decay": 0.0, "steps": 1}
    dense, other = (forecaster(name, **idle).fit(panel, 4, 0, 0) for name in ("MLP", "RNN"))
    assert 0.5 < dense.notes["kept_of_prior"] < 0.9 and other.notes["kept_of_prior"] == 1
    assert "towards random weights" in network_text(NetworkStart.from_notes(dense.notes))
    again, another = (forecaster("MLP", **idle).fit(panel, 4, 0, seed).networks[0].state_dict() for seed in (0, 1))
    assert all(torch.equal(value, dense.networks[0].state_dict()[name]) for name, value in again.items())
    assert not all(torch.equal(value, another[name]) for name, value in again.items())


def test_a_handful_of_windows_leaves_the_prior_nearly_as_it_is_and_more_move_further(panel):
    short = synthetic_panel(1, 16, season=12, freq=None)
    fitted = forecaster("MLP").fit(short, 2, 0, 0)
    assert fitted.notes["steps"] < 20 and fitted.notes["own_share"] < 0.05
    request = forecaster("MLP").prior_for(12, 2).request
    net = blueprint_of(request).build()
    weights = unpacked(forecaster("MLP").prior_for(12, 2).learned().weights)
    net.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
    encoded = Encoder(request.window, request.horizon, 0, Training()).encode(short, short.ends())
    with torch.inference_mode():
        output = net.eval()(*(torch.from_numpy(part) for part in encoded[:3])).numpy().astype(float)
    zero_shot = (encoded.anchor + encoded.scale[:, None] * output)[:, :2]
    assert np.abs(fitted.forecast(short, short.ends()) - zero_shot).max() < 0.05 * encoded.scale.max()
    more = forecaster("MLP").fit(panel, 2, 0, 0).notes
    assert more["own_share"] > fitted.notes["own_share"] and more["steps"] > fitted.notes["steps"]


def test_the_users_steps_are_taken_as_they_are(panel):
    assert forecaster("MLP", steps=7).fit(panel, 2, 0, 0).notes["steps"] == 7


def test_a_prior_is_the_same_in_any_process_and_with_any_threads(own_cache):
    prior = NetworkPrior(asked(SMALL, Training(), 4, 3))
    first = prior.learned().weights
    os.remove(next(own_cache.glob("*.safetensors")))
    torch.manual_seed(123)
    second = prior.learned().weights
    assert all(np.array_equal(first[name], second[name]) for name in first)
