"""Changed code, of a plugin or of the package, gives new forecasts in an old run directory; a changed comment none."""

import functools
import json
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
import json, sys
import hybridts as ht
from hybridts.names.plugins import load_plugins
load_plugins(sys.argv[3:])
names = sys.argv[1].split(",")
board = ht.backtest(ht.synthetic_panel(1, 60), models=names, horizon=4, windows=1, jobs=1, baselines="none",
                    out=sys.argv[2], settings={"Network": {"steps": 20}} if "MLP" in names else None)
stages = board.run.stages
computed = sorted(set(stages["stage"][~stages["reused"]]))
print(json.dumps([dict(zip(board.table["model"], board.table["MASE"])), computed]))
"""


def ran(names, out, *plugins, path):
    """Names -> MASE of a run in a process of its own, and the stages that it computed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", BOARD, names, str(out), *map(str, plugins)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, cwd=out.parent)
    assert done.returncode == 0, done.stderr
    mase, computed = json.loads(done.stdout.splitlines()[-1])
    return mase, computed


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


def test_a_changed_helper_of_a_plugin_gives_new_forecasts(plugin):
    path = [plugin, Path(hybridts.__file__).parents[1]]
    ask = functools.partial(ran, "Shifted", plugin / "run", plugin / "shifted.py", path=path)
    before, computed = ask()
    assert computed == ["Shifted"]
    changes = (
        ("deep.py", "0.0", "500.0"),
        ("shift.py", "value +", "500 + value +"),
        ("shifted.py", "[-1]", "[-1] + 500"),
    )
    for file, old, new in changes:
        edit(plugin / file, old, new)
        after, computed = ask()
        assert computed == ["Shifted"] and after["Shifted"] > before["Shifted"] + 5, file
        before = after


def test_a_changed_comment_or_another_folder_of_a_plugin_computes_nothing_again(plugin):
    path = [plugin, Path(hybridts.__file__).parents[1]]
    before, _ = ran("Shifted", plugin / "run", plugin / "shifted.py", path=path)
    edit(plugin / "shift.py", "# the sum", "# a sum")
    edit(plugin / "shift.py", '"""What is added."""', '"""What, in the end, is added."""')
    edit(plugin / "shifted.py", "\nclass", "\n\n\nclass")
    (plugin / "elsewhere").mkdir()
    moved = shutil.move(plugin / "shifted.py", plugin / "elsewhere" / "shifted.py")
    assert ran("Shifted", plugin / "run", moved, path=path) == (before, [])


@pytest.fixture
def package(tmp_path):
    """A copy of this package that may be edited."""
    copied = tmp_path / "copy" / "hybridts"
    shutil.copytree(Path(hybridts.__file__).parent, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


def test_the_package_computes_again_what_changed_code_decides_and_nothing_for_a_comment(package, tmp_path):
    ask = functools.partial(ran, "MLP,ARIMA-RF,ETS", tmp_path / "run", path=[package.parent])
    before, computed = ask()
    assert computed == ["ARIMA", "ARIMA-RF", "ETS", "MLP"]
    for file in package.rglob("*.py"):
        text = re.sub(r'^"""', '"""(Read again.) ', file.read_text(), count=1)
        file.write_text(f"{text}# the end\n")
    assert ask() == (before, [])
    (training,) = [file for file in package.rglob("*.py") if "def one_cycle(" in file.read_text()]
    edit(training, "warm: float = 0.25", "warm: float = 0.75")
    after, computed = ask()
    assert computed == ["MLP"]
    assert after.pop("MLP") != before.pop("MLP") and after == before


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
