"""Weights on disk: what is read back forecasts bit for bit the same, and what does not belong is refused by name."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import hybridts as ht
from hybridts.errors import DataError, StoreError, UserError
from hybridts.hybrids.fitted import FittedChain
from hybridts.models.neural.blocks import Shape
from hybridts.models.neural.checkpoint.files import FORMAT, _hash, content, pair_of
from hybridts.models.neural.fitted_network import FittedNetwork
from hybridts.models.neural.forecaster import NeuralForecaster
from hybridts.models.neural.saved_network import load, save
from hybridts.models.neural.training_settings import Training
from hybridts.names import build
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse
from tests.fakes.frames import frame_of
from tests.fakes.panels import panel_of

QUICK = {"window": 8, "steps": 6, "batch": 8}


def fitted_on(panel, name, **settings):
    recipe = parse(name, default_registry(), {"Network": {**QUICK, **settings}})
    return build.forecaster(recipe.stages()[0], default_registry()).fit(panel, 3, 1, 0)


def panel():
    t = np.arange(60)
    more = {"future": np.cos(t)[:, None].repeat(3, 1).T.reshape(-1, 1), "columns": {"future": ("cos",)}}
    return panel_of(
        *(10 * k + np.sin(t / 2 + k) for k in range(1, 4)),
        season=4,
        static=np.arange(3.0)[:, None],
        ids=("r0c0", "r0c1", "r1c1"),
        **more,
    )


# -- round trip ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("LSTM", {}),
        ("BiGRU", {"seeds": 2}),
        ("CNN-LSTM-Attention", {"anchor": "last", "scale": "std"}),
        ("(CNN|LSTM)-DNN", {"quantiles": [0.1, 0.9]}),
        ("CNN>CIFG-LSTM", {"log": True}),
        ("ConvLSTM", {"grid": True}),
        ("CNN-LSTM", {"grid": True, "seeds": 2}),
    ],
)
def test_what_is_read_back_forecasts_bit_for_bit_the_same(tmp_path, name, settings):
    fitted = fitted_on(panel(), name, **settings)
    pair = save(fitted, tmp_path / "net")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.json", "net.safetensors"]
    again = load(pair.tensors)
    assert type(again) is type(fitted)
    ends = panel().ends()
    np.testing.assert_array_equal(again.forecast(panel(), ends), fitted.forecast(panel(), ends))
    np.testing.assert_array_equal(again.quantiles(panel(), ends), fitted.quantiles(panel(), ends))
    assert again.encoder == fitted.encoder and dict(again.notes) == dict(fitted.notes)
    assert content(save(again, tmp_path / "other").facts) == content(pair.tensors)


def test_either_file_or_their_common_part_names_the_pair():
    wanted = pair_of("a/net.v2")
    assert [str(p) for p in wanted] == ["a/net.v2.safetensors", "a/net.v2.json"]
    assert pair_of("a/net.v2.json") == pair_of("a/net.v2.safetensors") == wanted


def test_reading_leaves_torchs_own_randomness_alone(tmp_path):
    save(fitted_on(panel(), "GRU"), tmp_path / "net")
    before = torch.random.get_rng_state()
    load(tmp_path / "net")
    assert torch.equal(torch.random.get_rng_state(), before)


@dataclass(frozen=True, kw_only=True)
class Mine:
    """A block of somebody else's."""

    hidden: int = 4

    def build(self, shape, last):
        del last
        return nn.Linear(shape.channels, self.hidden), Shape(shape.length, self.hidden)


def test_a_block_of_ones_own_is_read_with_its_class_and_never_by_a_name_in_the_file(tmp_path):
    fitted = NeuralForecaster(expression=Mine(), training=Training(window=8, steps=6, batch=8)).fit(panel(), 3, 0, 0)
    save(fitted, tmp_path / "net")
    with pytest.raises(DataError, match=r"a block 'Mine' that does not come with hybridts; pass its class"):
        load(tmp_path / "net")
    ends = panel().ends()
    again = load(tmp_path / "net", blocks=[Mine])
    np.testing.assert_array_equal(again.forecast(panel(), ends), fitted.forecast(panel(), ends))


# -- what does not belong -----------------------------------------------------------------------------------------
@pytest.fixture
def net(tmp_path):
    save(fitted_on(panel(), "LSTM"), tmp_path / "net", "9.8.7")
    return tmp_path / "net"


def change_facts(net, **values):
    file = pair_of(net).facts
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def change_tensors(net, tensors):
    """Other tensors under the facts' own hash, as if they had been saved together."""
    file = pair_of(net).tensors
    save_file(tensors, file)
    change_facts(net, tensors=_hash(file.read_bytes()))


def test_a_missing_file_is_named_with_where_it_was_looked_for_and_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"no weights file gone\.safetensors \(looked for in .*save_weights\(path\)"):
        load("gone")
    (tmp_path / "gone.safetensors").write_bytes(b"")
    with pytest.raises(DataError, match=rf"no weights file {tmp_path}/gone\.json\. Weights are a pair"):
        load(tmp_path / "gone")


def test_a_file_that_is_neither_of_a_pair_is_said_to_be_none(tmp_path):
    (tmp_path / "notes.txt").write_text("cnn")
    with pytest.raises(DataError, match=r"notes\.txt is no weights file\. Weights are a pair, NAME\.safetensors and"):
        load(tmp_path / "notes.txt")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "new"}'])
def test_a_file_that_is_no_description_is_refused(net, text):
    pair_of(net).facts.write_text(text)
    with pytest.raises(DataError, match=r"net\.json is not the description of weights"):
        load(net)


def test_a_newer_format_asks_for_an_upgrade(net):
    change_facts(net, format=FORMAT + 1)
    with pytest.raises(DataError, match=rf"net\.json has format {FORMAT + 1}, this hybridts reads up to {FORMAT}"):
        load(net)


def test_damaged_tensors_are_refused(net):
    file = pair_of(net).tensors
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DataError, match=r"net\.safetensors cannot be read .*save the weights again"):
        load(net)


def test_a_pair_of_two_different_networks_is_noticed(net, tmp_path):
    save(fitted_on(panel(), "LSTM", steps=7), tmp_path / "other")
    pair_of(net).tensors.write_bytes(pair_of(tmp_path / "other").tensors.read_bytes())
    with pytest.raises(DataError, match=r"net\.safetensors and .*net\.json do not belong together"):
        load(net)


def test_tensors_that_are_missing_too_many_or_of_another_shape_are_named(net):
    whole = load_file(pair_of(net).tensors)
    change_tensors(net, {k: v for k, v in whole.items() if "bias_hh" not in k})
    with pytest.raises(DataError, match=r"net\.safetensors lacks the tensor '0\.body\.layer\.bias_hh_l0'"):
        load(net)
    change_tensors(net, {**whole, "0.more": torch.ones(1)})
    with pytest.raises(DataError, match=r"holds, beyond its network, the tensor '0\.more'"):
        load(net)
    change_tensors(net, {**whole, "0.head.linear.bias": torch.ones(5)})
    with pytest.raises(DataError, match=r"the tensor '0\.head\.linear\.bias' is \[5\], its network needs \[16\]"):
        load(net)


@pytest.mark.parametrize("wrong", [{"expression": {"block": "LSTM", "settings": {"depth": 2}}}, {"encoder": {}}])
def test_facts_that_describe_no_network_are_refused_with_the_version_that_wrote_them(net, wrong):
    change_facts(net, **wrong)
    with pytest.raises(DataError, match=r"net\.json does not describe a network that .*written by hybridts 9\.8\.7"):
        load(net)


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"net\.safetensors cannot be written"):
        save(fitted_on(panel(), "LSTM"), tmp_path / "file" / "net")


# -- from a fitted name -------------------------------------------------------------------------------------------
def test_a_fitted_model_hands_out_the_weights_of_its_network(tmp_path):
    model = ht.model("MLP-ARIMA", {"Network": QUICK}).fit(frame_of(), horizon=3, jobs=1)
    assert isinstance(model.fitted, FittedChain)
    path = model.save_weights(tmp_path / "deep" / "mlp")
    assert path == tmp_path / "deep" / "mlp.safetensors" and path.is_file()
    panel = model.loaded.panel
    fitted = load(path)
    assert isinstance(fitted, FittedNetwork)
    np.testing.assert_array_equal(fitted.forecast(panel, panel.ends()), model.fitted.base.forecast(panel, panel.ends()))


def test_a_name_without_a_network_has_no_weights_and_one_with_several_asks_which(tmp_path):
    frame = frame_of()
    with pytest.raises(UserError, match="Drift: no single network to save, it has no network"):
        ht.model("Drift").fit(frame, horizon=3, jobs=1).save_weights(tmp_path / "net")
    other = {"Network": QUICK, "GRU@2": {"hidden": 5}, "RF": {"trees": 5}}
    both = ht.model("MLP + GRU + GRU-RF + MLP", other).fit(frame, horizon=3, jobs=1)
    with pytest.raises(UserError, match=r"its networks: MLP, GRU, GRU@2; pick one by stage="):
        both.save_weights(tmp_path / "net")
    both.save_weights(tmp_path / "net", stage="gru")
    assert json.loads((tmp_path / "net.json").read_text())["blocks"] == ["GRU"]


def test_a_correction_that_was_shut_out_has_no_weights(tmp_path):
    model = ht.model("SeasonalNaive-GRU", {"Network": QUICK}).fit(frame_of((20,)), horizon=6, jobs=1)
    with pytest.raises(UserError, match="the correction GRU did not help, so its gate is shut"):
        model.save_weights(tmp_path / "net")
