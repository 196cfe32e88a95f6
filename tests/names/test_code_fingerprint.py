"""Changed code, of a plugin or of the package, gives new forecasts in an old run directory; a changed comment none."""

import functools
import os
import re
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from sklearn.linear_model import Ridge

import hybridts
from hybridts.names import code_fingerprint
from hybridts.names.catalog import default_registry

PLUGIN = '''
import hybridts as ht
import shift

class Shifted:
    """The last value and a constant."""

    def fit(self, y):
        self.last = y[-1]
        return self

    def predict(self, h):
        return [shift.by(self.last)] * h

ht.register_forecaster("Shifted", Shifted)
'''
HELPER = '''
"""What is added."""
from deep import AMOUNT

def by(value):
    return value + AMOUNT  # the sum
'''
BOARD = """
import sys
import hybridts as ht
from hybridts.names.plugins import load_plugins
load_plugins(sys.argv[3:])
board = ht.backtest("dataset:airpassengers", models=[sys.argv[1]], horizon=4, windows=1, jobs=1, baselines="none",
                    out=sys.argv[2], settings={"Network": {"steps": 20}} if "MLP" in sys.argv[1] else None)
print(float(board.table["MASE"].iloc[0]), bool(board.run.stages["reused"].all()))
"""


def mase(name, out, *plugins, path):
    """The name's MASE in a process of its own, and whether every stage was found finished."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", BOARD, name, str(out), *map(str, plugins)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, cwd=out.parent)
    assert done.returncode == 0, done.stderr
    found, reused = done.stdout.split()[-2:]
    return float(found), reused == "True"


def edit(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.fixture
def plugin(tmp_path):
    """A plugin, the module that it imports, and the one that this imports."""
    (tmp_path / "shifted.py").write_text(PLUGIN)
    (tmp_path / "shift.py").write_text(HELPER)
    (tmp_path / "deep.py").write_text("AMOUNT = 0.0\n")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [("deep.py", "0.0", "500.0"), ("shift.py", "value +", "500 + value +"), ("shifted.py", "y[-1]", "y[-1] + 500")],
)
def test_a_changed_helper_of_a_plugin_gives_new_forecasts(plugin, file, old, new):
    ask = functools.partial(mase, "Shifted", plugin / "run", plugin / "shifted.py")
    path = [plugin, Path(hybridts.__file__).parents[1]]
    before, reused = ask(path=path)
    assert not reused
    assert ask(path=path) == (before, True)
    edit(plugin / file, old, new)
    after, reused = ask(path=path)
    assert not reused and after > before + 5


def test_a_changed_comment_of_a_plugin_computes_nothing_again(plugin):
    ask = functools.partial(mase, "Shifted", plugin / "run", plugin / "shifted.py")
    path = [plugin, Path(hybridts.__file__).parents[1]]
    before, _ = ask(path=path)
    edit(plugin / "shift.py", "# the sum", "# a sum")
    edit(plugin / "shift.py", '"""What is added."""', '"""What, in the end, is added."""')
    edit(plugin / "shifted.py", "\nclass", "\n\n\nclass")
    assert ask(path=path) == (before, True)


def test_a_plugin_may_be_moved(plugin):
    path = [plugin, Path(hybridts.__file__).parents[1]]
    before, _ = mase("Shifted", plugin / "run", plugin / "shifted.py", path=path)
    (plugin / "elsewhere").mkdir()
    moved = shutil.move(plugin / "shifted.py", plugin / "elsewhere" / "shifted.py")
    assert mase("Shifted", plugin / "run", moved, path=path) == (before, True)


@pytest.fixture
def package(tmp_path):
    """A copy of this package that may be edited."""
    copied = tmp_path / "copy" / "hybridts"
    shutil.copytree(Path(hybridts.__file__).parent, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


@pytest.mark.parametrize("name", ["MLP", "ARIMA-RF", "ETS"])
def test_a_changed_comment_of_the_package_computes_nothing_again(package, tmp_path, name):
    ask = functools.partial(mase, name, tmp_path / "run", path=[package.parent])
    before, reused = ask()
    assert not reused
    for file in package.rglob("*.py"):
        text = re.sub(r'^"""', '"""(Read again.) ', file.read_text(), count=1)
        file.write_text(f"{text}# the end\n")
    assert ask() == (before, True)


def test_changed_code_behind_a_network_gives_new_forecasts(package, tmp_path):
    ask = functools.partial(mase, path=[package.parent])
    before = [ask(name, tmp_path / name)[0] for name in ("MLP", "ARIMA")]
    (training,) = [file for file in package.rglob("*.py") if "def one_cycle(" in file.read_text()]
    edit(training, "warm: float = 0.25", "warm: float = 0.75")
    network, reused = ask("MLP", tmp_path / "MLP")
    assert network != before[0] and not reused
    assert ask("ARIMA", tmp_path / "ARIMA") == (before[1], True)


def test_every_component_has_a_fingerprint_and_two_do_not_share_one():
    found = {c.name: c.algorithm() for c in default_registry().components()}
    assert all(found.values())
    assert len(set(found.values())) == len(found)


def test_an_installed_class_counts_by_what_was_installed():
    assert code_fingerprint.of_target(Ridge) == code_fingerprint.of_target("sklearn.linear_model._ridge:Ridge") != ""


def test_what_nobody_can_read_has_no_fingerprint():
    secret = object()
    assert code_fingerprint.of_target(int) == ""
    assert code_fingerprint.of_target(Fraction) == ""
    assert code_fingerprint.of_target(lambda: secret) == ""
    assert code_fingerprint.of_target("no_such_module:Model") == ""


def test_what_a_function_closes_over_counts():
    def regressor(alpha):
        return lambda: Ridge(alpha)

    one, again, other = map(code_fingerprint.of_target, (regressor(1.0), regressor(1.0), regressor(2.0)))
    assert one == again != other
    bound = [code_fingerprint.of_target(functools.partial(Ridge, alpha=a)) for a in (1.0, 1.0, 2.0)]
    assert bound[0] == bound[1] != bound[2] and all(bound)
