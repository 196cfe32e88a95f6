"""Networks in several steps: what is trained when, what is loaded, what stays as it was, and what a key holds of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import hybridts as ht
from hybridts import build
from hybridts.catalog import default_registry
from hybridts.errors import BadSetting, StageFailure
from hybridts.grammar import parse
from hybridts.neural import parts
from hybridts.neural import training as training_loop
from hybridts.neural.assembly import Frozen, parameters_of
from hybridts.neural.saved import save
from tests.panels import panel_of
from tests.test_backtest import frame_of

QUICK = {"window": 8, "steps": 10, "batch": 8}


def sines(**more):
    t = np.arange(80)
    return panel_of(*(50 * k + np.sin(2 * np.pi * t / 11.7 + 2 * k) for k in range(3)), **more)


def stage_of(name, **network):
    (stage,) = parse(name, default_registry(), {"Network": {**QUICK, **network}}).stages()
    return stage


def fitted(name, panel=None, **network):
    return build.forecaster(stage_of(name, **network), default_registry()).fit(panel or sines(), 3, 0, 0)


def saved(name, path, panel=None, **network):
    """A trained network of this name on disk."""
    net = fitted(name, panel, **network)
    save(net, path)
    return net.networks[0]


def weights(*modules):
    return [p.detach().clone() for m in modules for p in m.parameters()]


def same(a, b):
    return len(a) == len(b) > 0 and all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.fixture
def trained(monkeypatch):
    """Every network that was trained: parts of the body before and after, and how many parameters learned."""
    seen = []

    def watched(net, rows, training, seed):
        before = weights(net.body)
        learned = sum(p.numel() for p in net.parameters() if p.requires_grad)
        loss = training_loop.train(net, rows, training, seed)
        seen.append((before, weights(net.body), learned))
        return loss

    monkeypatch.setattr(parts, "train", watched)
    return seen


# -- without a file -----------------------------------------------------------------------------------------------
def test_each_part_is_trained_in_turn_and_then_stays(trained):
    net = fitted("CNN>LSTM>GRU").networks[0]
    assert len(trained) == 3
    cnn, lstm, gru = net.body
    head = parameters_of(net.head)  # of 64 features and as many facts in every step
    assert same(weights(cnn), trained[0][1]) and same(weights(cnn, lstm), trained[1][1])
    assert not same(trained[0][0], trained[0][1])
    assert [learned for *_, learned in trained] == [parameters_of(part) + head for part in (cnn, lstm, gru)]


def test_a_finished_network_has_no_wrappers_left_and_only_its_last_part_could_learn_on():
    net = fitted("CNN>LSTM").networks[0]
    assert not any(isinstance(m, Frozen) for m in net.modules()) and not net.training
    assert list(net.state_dict()) == list(fitted("CNN-LSTM").networks[0].state_dict())
    assert [any(p.requires_grad for p in part.parameters()) for part in net.body] == [False, True]
    assert parameters_of(net) == fitted("CNN-LSTM").notes["parameters"]


def test_parts_that_are_not_frozen_learn_on_with_those_after_them(trained):
    net = fitted("CNN>LSTM", freeze=False).networks[0]
    (_, first, _), (before, after, learned) = trained
    assert same(first, before[: len(first)]) and not same(first, after[: len(first)])
    assert learned == parameters_of(net)


# -- with a file --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("source", ["CNN", "CNN-GRU", "CNN>LSTM", "CNN-LSTM-Attention"])
def test_a_loaded_first_part_is_frozen_and_not_trained(tmp_path, trained, source):
    other = saved(source, tmp_path / "first", window=10)
    trained.clear()
    net = fitted("CNN>LSTM", init=str(tmp_path / "first")).networks[0]
    assert len(trained) == 1
    assert same(weights(net.body[0]), weights(other.body)[:4])


def test_a_loaded_part_that_is_not_frozen_is_only_where_training_starts(tmp_path, trained):
    other = weights(saved("CNN", tmp_path / "first").body)[:4]
    trained.clear()
    net = fitted("CNN>LSTM", init=str(tmp_path / "first.safetensors"), freeze=False).networks[0]
    ((before, after, learned),) = trained
    assert same(before[:4], other) and not same(after[:4], other)
    assert learned == parameters_of(net)


def test_a_loaded_part_of_three_leaves_the_others_to_be_trained_in_turn(tmp_path, trained):
    saved("CNN", tmp_path / "first")
    trained.clear()
    fitted("CNN>LSTM>GRU", init=str(tmp_path / "first"))
    assert len(trained) == 2


@pytest.mark.parametrize("name", ["LSTM", "BiLSTM", "CNN-LSTM", "(CNN|LSTM)-DNN", "MLP"])
def test_without_a_second_step_the_whole_body_starts_from_the_file_and_learns_on(tmp_path, trained, name):
    other = weights(saved(name, tmp_path / "whole").body)
    trained.clear()
    fitted(name, init=str(tmp_path / "whole"))
    ((before, after, _),) = trained
    assert same(before, other) and not same(after, other)


def test_every_seed_starts_from_a_network_of_the_file_counted_around(tmp_path):
    source = fitted("GRU", seeds=2)
    save(source, tmp_path / "two")
    three = fitted("GRU>LSTM", seeds=3, init=str(tmp_path / "two")).networks
    firsts = [weights(net.body[0]) for net in three]
    both = [weights(net.body) for net in source.networks]
    assert same(firsts[0], both[0]) and same(firsts[1], both[1]) and same(firsts[2], both[0])


def test_a_loaded_part_works_in_a_correction_too(tmp_path):
    saved("CNN", tmp_path / "first")
    network = {**QUICK, "init": str(tmp_path / "first")}
    board = ht.backtest(
        frame_of(), ["Drift-CNN>LSTM"], 4, windows=1, settings={"Network": network}, baselines="none", jobs=1
    )
    assert np.isfinite(board.forecasts["Drift-CNN>LSTM"]).all()


# -- files that do not fit ----------------------------------------------------------------------------------------
def test_a_missing_file_is_refused_before_anything_is_fitted_with_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSetting, match=r"init: no weights file cnn\.safetensors \(looked for in .*"):
        build.forecaster(stage_of("CNN>LSTM", init="cnn"), default_registry())
    with pytest.raises(BadSetting, match=r"CNN>LSTM: Network settings: init: no weights file cnn"):
        ht.backtest(frame_of(), ["CNN>LSTM"], 4, settings={"Network": {"init": "cnn"}}, baselines="none", jobs=1)


def test_a_relative_path_counts_from_the_current_directory_and_goes_to_workers_as_an_absolute_one(
    tmp_path, monkeypatch
):
    saved("CNN", tmp_path / "cnn")
    monkeypatch.chdir(tmp_path)
    made = build.forecaster(stage_of("CNN>LSTM", init="cnn.json"), default_registry())
    assert made.training.init == str(tmp_path / "cnn.json")  # type: ignore[attr-defined]
    monkeypatch.chdir("/")
    assert np.isfinite(made.fit(sines(), 3, 0, 0).forecast(sines(), sines().ends())).all()


def test_a_file_whose_blocks_begin_differently_is_refused_before_anything_is_fitted(tmp_path):
    saved("CNN-LSTM", tmp_path / "net")
    for name, said in (
        ("GRU>LSTM", r"net\.safetensors holds CNN-LSTM; this first part is GRU"),
        ("CNN-LSTM-GRU", "this network is CNN-LSTM-GRU, and starts only from"),
        ("(CNN|LSTM)>GRU", r"this first part is \(CNN\|LSTM\)"),
    ):
        with pytest.raises(BadSetting, match=said):
            build.forecaster(stage_of(name, init=str(tmp_path / "net")), default_registry())


def test_the_first_tensor_that_differs_is_named(tmp_path):
    saved("CNN", tmp_path / "cnn", sines(past=np.zeros((240, 1)), columns={"past": ("x",)}))
    with pytest.raises(
        StageFailure,
        match=r"cnn\.safetensors does not fit: the first tensor that differs is 0\.conv\.weight \[64, \d+, 3\], "
        r"the file has 0\.body\.0\.conv\.weight \[64, \d+, 3\] in its place",
    ):
        fitted("CNN>LSTM", init=str(tmp_path / "cnn"))


def test_a_cnn_that_ended_early_cannot_start_one_that_goes_deeper(tmp_path):
    saved("CNN-LSTM", tmp_path / "two-layers")
    with pytest.raises(StageFailure, match=r"differs is 2\.conv\.weight \[64, 64, 3\], the file has 0\.body\.1\.layer"):
        fitted("CNN", init=str(tmp_path / "two-layers"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"freeze": "no"}, "freeze must be true or false, found 'no'"),
        ({"grid": 1}, "grid must be true or false, found 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(BadSetting, match=message):
        build.forecaster(stage_of("CNN>LSTM", **wrong), default_registry())


# -- keys ---------------------------------------------------------------------------------------------------------
def test_a_changed_file_is_another_stage_and_the_same_content_elsewhere_the_same_version(tmp_path):
    def version(path):
        return build.algorithm(stage_of("CNN>LSTM", init=str(path)), default_registry())

    saved("CNN", tmp_path / "a")
    before = version(tmp_path / "a")
    for ending in (".safetensors", ".json"):
        (tmp_path / f"b{ending}").write_bytes((tmp_path / f"a{ending}").read_bytes())
    assert version(tmp_path / "b") == before
    assert before != build.algorithm(stage_of("CNN>LSTM"), default_registry())
    saved("CNN", tmp_path / "a", rate=0.001)
    assert version(tmp_path / "a") != before


def test_a_second_run_over_a_changed_file_computes_its_stage_again(tmp_path):
    settings = {"Network": {**QUICK, "init": str(tmp_path / "cnn")}}
    how = {"windows": 1, "settings": settings, "baselines": "none", "jobs": 1, "out": tmp_path / "run"}

    def run():
        board = ht.backtest(frame_of(), ["CNN>LSTM"], 4, **how)
        return board.forecasts["CNN>LSTM"].to_numpy(), bool(board.run.stages["reused"].all())

    saved("CNN", tmp_path / "cnn")
    first, _ = run()
    again, reused = run()
    assert reused and np.array_equal(again, first)
    saved("CNN", tmp_path / "cnn", rate=0.02)
    other, reused = run()
    assert not reused and not np.array_equal(other, first)
