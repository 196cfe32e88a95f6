"""A torch module of a user is a token: it is built for its place, trained, stored by reference, or refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import hybridts as ht
from hybridts.errors import BadSetting, NameTaken, UserError
from hybridts.models.neural.blocks import LSTM, Shape
from hybridts.models.neural.blocks.own import OwnBlock
from hybridts.models.neural.expression import Serial
from hybridts.models.neural.prior.request import request_for
from hybridts.models.neural.training_settings import Training
from hybridts.names import build
from hybridts.names.explain import explain
from hybridts.names.grammar import parse
from tests.fakes.command_line import hybridts
from tests.fakes.frames import frame_of

README = Path(__file__).parents[2] / "README.md"
FAST = {"Network": {"steps": 5, "window": 12}}


class Mixer(nn.Module):
    """Mixes rows, then channels."""

    mask: torch.Tensor

    def __init__(self, channels, length, hidden=8):
        super().__init__()
        self.rows = nn.Linear(length, length)
        self.mix = nn.Linear(channels, hidden)
        self.register_buffer("mask", torch.tril(torch.ones(length, length)).bool())
        self.norm = nn.BatchNorm1d(hidden)

    def forward(self, x):
        mixed = self.mix(self.rows.weight.masked_fill(~self.mask, 0.0) @ x)
        return self.norm(mixed.transpose(1, 2)).transpose(1, 2)


class Lazy(nn.Module):
    """Needs no sizes."""

    def __init__(self, hidden=8):
        super().__init__()
        self.mix = nn.LazyLinear(hidden)

    def forward(self, x):
        return self.mix(x)[:, ::2]


class Odd(Lazy):
    """What `answer` makes of x."""

    answer = staticmethod(lambda x: x)

    def forward(self, x):
        return self.answer(x)


def block_of(name, table, settings=None):
    """Return the first block of a name's network."""
    found: Any = build.expression(parse(name, table, settings).stages()[0], table)
    return getattr(found, "parts", (found,))[0]


def odd(answer):
    return type("Odd", (Odd,), {"answer": staticmethod(answer)})


def model(name, **settings):
    return ht.model(name, settings={**FAST, **settings}).fit(frame_of((60, 60)), horizon=3, jobs=1)


# -- as a token -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["Mixer", "Mixer-LSTM", "CNN-Mixer-RF", "(Mixer|GRU)", "Mixer>LSTM", "ARIMA-Mixer"])
def test_a_module_is_a_token_wherever_a_block_can_stand(name, own_registry):
    ht.register_block("Mixer", Mixer)
    answer = model(name).predict()
    assert np.isfinite(answer[name]).all() and len(answer) == 6


@pytest.mark.parametrize("name", ["Lazy-LSTM", "CNN-Lazy"])
def test_lazy_layers_learn_their_sizes_from_the_window(name, own_registry):
    ht.register_block("Lazy", Lazy)
    first, second = (model(name).predict()[name] for _ in range(2))
    assert first.equals(second), "the weights that lazy layers start from depend on the seed alone"


def test_settings_are_arguments_of_the_constructor(own_registry):
    ht.register_block("Mixer", Mixer)
    _, after = block_of("Mixer-LSTM", own_registry, {"Mixer": {"hidden": 3}}).build(Shape(20, 7), False)
    assert after == Shape(20, 3)
    with pytest.raises(BadSetting, match=r"no setting 'hiden'.*mean hidden"):
        parse("Mixer", own_registry, {"Mixer": {"hiden": 3}})
    with pytest.raises(BadSetting, match="hidden"):
        parse("Mixer", own_registry, {"Mixer": {"hidden": "many"}})
    with pytest.raises(BadSetting, match="channels"):
        parse("Mixer", own_registry, {"Mixer": {"channels": 3}})


@pytest.mark.parametrize("first", ["in_channels", "input_size", "seq", "C"])
def test_the_number_of_channels_goes_to_the_parameter_that_asks_for_it(first, own_registry):
    space: dict[str, Any] = {"nn": nn}
    exec(f"def make({first}, width=5):\n    return nn.Sequential(nn.Linear({first}, width))", space)
    ht.register_block("Own", space["make"])
    assert block_of("Own", own_registry).build(Shape(9, 4), True)[1] == Shape(9, 5)


def test_an_explanation_has_its_shapes_and_its_parameters(own_registry):
    ht.register_block("Mixer", Mixer)
    text = explain("CNN-Mixer-XGBoost", own_registry)
    counted = sum(p.numel() for p in Mixer(64, 12, 8).parameters())
    assert f"Mixer {counted:,}" in text and "Mixer [B, 12, 64] -> [B, 12, 8]" in text
    assert re.search(r"Mixer: hidden=8\n", text)


@pytest.mark.parametrize("name", ["LSTM", "CNN-MLP", "(CNN|GRU)"])
def test_the_parts_of_a_head_add_up_to_the_count_of_the_network(name, own_registry):
    lines = explain(name, own_registry).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"  - {name}: ") and " head " in line)
    numbers = [int(n.replace(",", "")) for n in re.findall(r" ([\d,]*\d)(?= |$)", lines[at].split(": ", 1)[1])]
    head = next(line for line in lines[at:] if "head, from" in line)
    linear, hidden, highway = (int(n.replace(",", "")) for n in re.findall(r"(?:map|units|window) ([\d,]+)(?= )", head))
    assert sum(numbers[:-1]) == numbers[-1]
    assert linear + hidden + highway == numbers[-2]


# -- refused --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (odd(lambda x: (x, x)), ["answered tuple", "[B, T', C']"]),
        (odd(lambda x: x[:, -1]), ["[2, 7]", "x[:, None]"]),
        (odd(lambda x: x.transpose(0, 1)), ["[24, 2, 7]"]),
        (odd(lambda x: x.long()), ["int64"]),
        (odd(lambda x: x @ torch.ones(3, 3)), ["raised RuntimeError", "[2, 24, 7]"]),
        (odd(lambda x: x - x.mean(0)), ["other windows of its batch", "batch_first"]),
        (Mixer(7, 24), ["an object of Mixer", "the class itself"]),
        ("Mixer", ["'Mixer'"]),
        (lambda: 3, ["no torch.nn.Module"]),
        (lambda channels, heads: nn.Linear(channels, heads), ["'heads'", "no default"]),
        (lambda hidden: nn.Linear(7, hidden), ["'hidden'", "no default"]),
    ],
)
def test_a_module_that_is_no_block_is_refused_with_what_it_did(kind, words, own_registry):
    with pytest.raises(UserError) as caught:
        ht.register_block("Own", kind)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert own_registry.component("Own") is None


def test_a_taken_name_and_a_wrong_register_are_refused(own_registry):
    with pytest.raises(NameTaken, match="LSTM"):
        ht.register_block("LSTM", Mixer)
    for register in (ht.register_learner, ht.register_forecaster):
        with pytest.raises(UserError, match=r"ht\.register_block\('Mixer', Mixer\)"):
            register("Mixer", Mixer)


# -- its prior ------------------------------------------------------------------------------------------------------
def test_a_prior_belongs_to_the_code_and_the_settings_of_a_block():
    def identity(**changed):
        block = OwnBlock(**{"name": "Own", "kind": Mixer, "code": "one", **changed})
        return request_for(Serial((block, LSTM())), Training(), 12, 6)

    one = identity()
    assert one is not None and one.identity() == identity().identity()
    assert one.identity() != identity(code="two").identity()
    assert identity(code="") is None, "unknown code may have changed since"


def test_the_version_of_a_block_stands_for_its_code(own_registry):
    ht.register_block("Mixer", Mixer, version="3")
    assert block_of("Mixer", own_registry).code == "3"


# -- stored ---------------------------------------------------------------------------------------------------------
def test_a_saved_model_holds_a_block_by_reference(own_registry, tmp_path):
    ht.register_block("Mixer", Mixer)
    fitted = model("Mixer-LSTM-RF")
    fitted.save(tmp_path / "m")
    assert ht.load(tmp_path / "m").predict().equals(fitted.predict())
    own_registry.forget("Mixer")
    with pytest.raises(UserError, match=r"needs 'Mixer'.*ht\.register_block\('Mixer'"):
        ht.load(tmp_path / "m")


SCRIPT = """
import hybridts as ht
from torch import nn


class Mixer(nn.Module):
    def __init__(self, channels, hidden=4):
        super().__init__()
        self.mix = nn.Linear(channels, hidden)

    def forward(self, x):
        return self.mix(x).relu()


ht.register_block("Mixer", Mixer)
if __name__ == "__main__":
    names = ["Mixer-LSTM", "(Mixer|GRU)"]
    fast = {"Network": {"steps": 5, "window": 12}}
    for jobs in (1, 2):
        board = ht.backtest("dataset:macro", names, horizon=3, windows=1, jobs=jobs, settings=fast, baselines="none")
        print(board.forecasts[names].sum().round(6).tolist(), board.table["status"].tolist())
"""


def test_a_block_of_a_script_works_in_two_processes_and_as_a_plugin(tmp_path):
    import subprocess
    import sys

    (tmp_path / "mine.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "mine.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    one, two = done.stdout.splitlines()
    assert one == two and one.count("'complete'") == 2
    (tmp_path / "study.yaml").write_text(
        "data: dataset:macro\nmodels: [Mixer-LSTM]\nhorizon: 3\nwindows: 1\nbaselines: none\njobs: 1\n"
        "plugins: [mine.py]\nsettings: {Network: {steps: 5, window: 12}, Mixer: {hidden: 6}}\n"
    )
    done = hybridts("backtest", "study.yaml", "--out", "run", cwd=tmp_path)
    assert done.returncode == 0 and "Mixer-LSTM" in done.stdout, done.stderr


def test_the_audit_takes_a_class_of_modules(own_registry):
    from hybridts.audit.targets import recipe_of

    assert str(recipe_of("tests.names.test_own_blocks:Mixer", own_registry).root) == "Mixer"


def test_the_readme_registers_its_network(own_registry):
    text = README.read_text(encoding="utf-8").partition("## A network of your own\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    for name in ("Mixer-LSTM", "CNN-Mixer-XGBoost", "(Mixer|GRU)"):
        assert parse(name, own_registry).name == name
