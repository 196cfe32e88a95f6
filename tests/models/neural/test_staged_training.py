"""Networks in several steps: what is trained when, what is loaded, what stays as it was, and what a key holds of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import hybridts as ht
from hybridts.errors import BadSetting, StageFailure
from hybridts.models.neural import staged_training as parts
from hybridts.models.neural import trainer as training_loop
from hybridts.models.neural.checkpoint.files import read_facts
from hybridts.models.neural.network import Frozen, parameters_of
from hybridts.models.neural.saved_network import save
from hybridts.names import build
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse
from tests.fakes.frames import frame_of
from tests.fakes.panels import panel_of

QUICK = {"window": 8, "steps": 10, "batch": 8}


def sines(**more):
    t = np.arange(80)
    return panel_of(*(50 * k + np.sin(2 * np.pi * t / 11.7 + 2 * k) for k in range(3)), **more)


def stage_of(name, **settings):
    """The stage of a name; settings of a token are given as a mapping, all others are the network's."""
    tokens = {key: values for key, values in settings.items() if isinstance(values, dict)}
    network = {key: value for key, value in settings.items() if key not in tokens}
    (stage,) = parse(name, default_registry(), {**tokens, "Network": {**QUICK, **network}}).stages()
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
    net = fitted("CNN>LSTM>GRU", prior="none").networks[0]
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
    net = fitted("CNN>LSTM", freeze=False, prior="none").networks[0]
    (_, first, _), (before, after, learned) = trained
    assert same(first, before[: len(first)]) and not same(first, after[: len(first)])
    assert learned == parameters_of(net)


# -- with a file --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("source", ["CNN-LSTM", "CNN-GRU", "CNN>LSTM", "CNN-LSTM-Attention"])
def test_a_loaded_first_part_is_frozen_and_not_trained(tmp_path, trained, source):
    other = saved(source, tmp_path / "first", window=10)
    trained.clear()
    net = fitted("CNN>LSTM", init=str(tmp_path / "first")).networks[0]
    assert len(trained) == 1
    assert same(weights(net.body[0]), weights(other.body)[:4])


def test_a_loaded_part_that_is_not_frozen_is_only_where_training_starts(tmp_path, trained):
    other = weights(saved("CNN-LSTM", tmp_path / "first").body)[:4]
    trained.clear()
    net = fitted("CNN>LSTM", init=str(tmp_path / "first.safetensors"), freeze=False).networks[0]
    ((before, after, learned),) = trained
    assert same(before[:4], other) and not same(after[:4], other)
    assert learned == parameters_of(net)


def test_a_loaded_part_of_three_leaves_the_others_to_be_trained_in_turn(tmp_path, trained):
    saved("CNN-LSTM", tmp_path / "first")
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
    saved("CNN-LSTM", tmp_path / "first")
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
    saved("CNN-LSTM", tmp_path / "cnn")
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
    saved("LSTM", tmp_path / "net", LSTM={"hidden": 8})
    file = tmp_path / "net.json"  # a description that was changed by hand
    file.write_text(file.read_text().replace('"hidden": 8', '"hidden": 64'))
    with pytest.raises(
        StageFailure,
        match=r"net\.safetensors does not fit: the first tensor that differs is layer\.weight_ih_l0 \[256, \d+\], the "
        r"file has 0\.body\.layer\.weight_ih_l0 \[32, \d+\] in its place",
    ):
        fitted("LSTM", init=str(tmp_path / "net"))


@pytest.mark.parametrize(
    ("source", "name", "said"),
    [
        ("CNN", "CNN>LSTM", "holds CNN as its last block.*pools in every layer.*such as CNN-LSTM or CNN>LSTM"),
        ("MLP", "MLP>GRU", "holds MLP as its last block.*reads the flattened window.*such as MLP-LSTM or MLP>LSTM"),
        ("DNN", "DNN-LSTM>GRU", "holds DNN; this first part is DNN-LSTM"),
        ("(CNN|LSTM)", "(CNN|LSTM)>GRU", r"holds CNN as its last block.*such as \(CNN\|LSTM\)-LSTM or"),
        ("CNN-LSTM", "CNN", r"holds CNN with a block behind it, here it is the last.*a network such as CNN\."),
        ("CIFG-LSTM", "GRU>LSTM", "holds CIFG-LSTM; this first part is GRU"),
    ],
)
def test_a_block_that_is_built_another_way_in_its_place_is_refused_with_what_to_save(tmp_path, source, name, said):
    saved(source, tmp_path / "net")
    with pytest.raises(BadSetting, match=rf"init: .*net\.safetensors {said}"):
        build.forecaster(stage_of(name, init=str(tmp_path / "net")), default_registry())


def test_a_recurrent_block_starts_another_wherever_it_stands(tmp_path):
    saved("LSTM", tmp_path / "net")
    assert np.isfinite(fitted("LSTM>GRU", init=str(tmp_path / "net")).forecast(sines(), sines().ends())).all()


def test_a_block_with_other_settings_is_refused_unless_they_only_say_how_it_learns(tmp_path):
    saved("CNN-LSTM", tmp_path / "net", CNN={"filters": 32})
    with pytest.raises(
        BadSetting,
        match=r"holds CNN with filters=32, this one has filters=64: give both the same, .* \{CNN: \{filters: 32\}\}",
    ):
        build.forecaster(stage_of("CNN>LSTM", init=str(tmp_path / "net")), default_registry())
    saved("(CNN|GRU)-LSTM", tmp_path / "side", GRU={"hidden": 8})
    with pytest.raises(BadSetting, match=r"holds GRU with hidden=8, this one has hidden=64"):
        build.forecaster(stage_of("(CNN|GRU)>LSTM", init=str(tmp_path / "side")), default_registry())
    saved("DNN-LSTM", tmp_path / "dropout", DNN={"dropout": 0.3})
    build.forecaster(stage_of("DNN>LSTM", init=str(tmp_path / "dropout")), default_registry())


@pytest.mark.parametrize("name", ["MLP", "CNN", "ConvLSTM-LSTM"])
def test_another_window_is_said_where_it_makes_other_tensors(tmp_path, name):
    saved(name, tmp_path / "net", window=24)
    why = r"net\.safetensors does not fit: its window was 24 rows, this one is 8: set `window: 24`\."
    with pytest.raises(StageFailure, match=why):
        fitted(name, init=str(tmp_path / "net"))


def test_another_window_is_fine_where_it_makes_the_same_tensors(tmp_path):
    saved("CNN-LSTM", tmp_path / "net", window=24)
    assert fitted("CNN-LSTM", init=str(tmp_path / "net")).notes["window"] == 8
    saved("CNN", tmp_path / "deep", window=7)  # three layers see eight rows as well
    assert fitted("CNN", init=str(tmp_path / "deep")).notes["window"] == 8


def test_other_covariates_are_said(tmp_path):
    saved("LSTM", tmp_path / "net", sines(past=np.zeros((240, 1)), columns={"past": ("x",)}))
    with pytest.raises(StageFailure, match=r"it read 8 channels, this one reads 7\. Give both networks the same cov"):
        fitted("LSTM", init=str(tmp_path / "net"))


def test_a_description_without_blocks_is_refused(tmp_path):
    saved("LSTM", tmp_path / "net")
    file = tmp_path / "net.json"
    file.write_text(file.read_text().replace('"expression"', '"other"'))
    with pytest.raises(BadSetting, match=r"net\.json does not describe a network; save it again"):
        build.forecaster(stage_of("LSTM", init=str(tmp_path / "net")), default_registry())


# -- weights that know the future ---------------------------------------------------------------------------------
def test_weights_know_until_when_they_were_trained_and_a_start_from_the_future_is_a_notice(tmp_path):
    whole = sines()
    early = whole.cut(np.full(3, 59))
    saved("GRU", tmp_path / "early", early)
    saved("GRU", tmp_path / "late", whole)
    facts = {name: read_facts(tmp_path / name)["notes"] for name in ("early", "late")}
    assert {name: notes["trained_until"] for name, notes in facts.items()} == {"early": 59, "late": 79}
    assert not any("notices" in notes for notes in facts.values())
    fine = fitted("GRU", whole, init=str(tmp_path / "early"))
    assert fine.notes["trained_until"] == 79 and "notices" not in fine.notes
    peeked = fitted("GRU", early, init=str(tmp_path / "late"))
    (notice,) = peeked.notes["notices"]
    assert "init: late.safetensors was trained on data until 79, later than" in notice
    save(peeked, tmp_path / "again")  # what it has seen goes with the weights
    assert read_facts(tmp_path / "again")["notes"]["trained_until"] == 79


def test_a_run_says_that_its_networks_started_from_the_future(tmp_path):
    model = ht.model("GRU", {"Network": QUICK}).fit(frame_of(), horizon=4, jobs=1)
    model.save_weights(tmp_path / "gru")
    network = {**QUICK, "init": str(tmp_path / "gru")}
    board = ht.backtest(frame_of(), ["GRU"], 4, windows=2, settings={"Network": network}, baselines="none", jobs=1)
    (notice,) = (n for n in board.run.manifest["notices"] if "init" in n)
    assert notice.startswith("GRU: init: gru.safetensors was trained on data until 20")


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

    saved("CNN-LSTM", tmp_path / "a")
    before = version(tmp_path / "a")
    for ending in (".safetensors", ".json"):
        (tmp_path / f"b{ending}").write_bytes((tmp_path / f"a{ending}").read_bytes())
    assert version(tmp_path / "b") == before
    assert before != build.algorithm(stage_of("CNN>LSTM"), default_registry())
    saved("CNN-LSTM", tmp_path / "a", rate=0.001)
    assert version(tmp_path / "a") != before


def test_a_second_run_over_a_changed_file_computes_its_stage_again(tmp_path):
    settings = {"Network": {**QUICK, "init": str(tmp_path / "cnn")}}
    how = {"windows": 1, "settings": settings, "baselines": "none", "jobs": 1, "out": tmp_path / "run"}

    def run():
        board = ht.backtest(frame_of(), ["CNN>LSTM"], 4, **how)
        return board.forecasts["CNN>LSTM"].to_numpy(), bool(board.run.stages["reused"].all())

    saved("CNN-LSTM", tmp_path / "cnn")
    first, _ = run()
    again, reused = run()
    assert reused and np.array_equal(again, first)
    saved("CNN-LSTM", tmp_path / "cnn", rate=0.02)
    other, reused = run()
    assert not reused and not np.array_equal(other, first)
