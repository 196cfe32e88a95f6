"""Users can add names by call, file, module and entry point; a wrong one is refused with what to change."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import hybridts as ht
from hybridts.engine.progress_state import Event
from hybridts.errors import NameTaken, UserError
from hybridts.names import plugins
from hybridts.names.plugins import active_registry as table
from hybridts.names.plugins import load_plugins, register, register_forecaster, register_learner, resolve
from tests.fakes.command_line import hybridts
from tests.fakes.frames import frame_of

README = Path(__file__).parents[2] / "README.md"
HEAD = "import hybridts as ht\n"
TABLE = HEAD + "class Mine:\n    def fit(self, X, y): return self\n    def predict(self, X): return [0.0] * len(X)\n"
SERIES = HEAD + "class Mine:\n    def fit(self, y): pass\n    def predict(self, h): return [1.0] * h\n"

#: Fault -> content of the file, line of the fault, words of the message.
BROKEN = {
    "syntax": ("import sys\ndef broken(:\n", 2, ["invalid syntax", "def broken(:"]),
    "missing package": ("import nowhere.deep\n", 1, ["'nowhere", "not installed", "pip install nowhere"]),
    "a wrong import": ("from json import lods\n", 1, ["ImportError", "lods"]),
    "raises": ("def f():\n    return 1 / 0\nf()\n", 2, ["ZeroDivisionError: division by zero"]),
    "exits": ("import sys\nsys.exit('enough')\n", 2, ["SystemExit: enough"]),
    "taken component": (TABLE + "ht.register_learner('svm', Mine)\n", 5, ["'svm'", "component", "another name"]),
    "taken alias": (TABLE + "ht.register_learner('XGB', Mine)\n", 5, ["'XGB'", "alias", "another name"]),
    "taken combo": (HEAD + "ht.register('ARIMA-SVM', 'RF')\n", 2, ["'ARIMA-SVM'", "combo", "another name"]),
    "an unknown token": (HEAD + "ht.register('X', 'ARIMA-LigtGBM')\n", 2, ["'LigtGBM'", "position 7"]),
    "no predict": (HEAD + "class L:\n    def fit(self, X, y): 0\nht.register_learner('L', L)\n", 4, ["'predict'"]),
    "no table": (
        SERIES + "ht.register_learner('L', Mine)\n",
        5,
        ["L: Mine.fit(y)", "fit(X, y)", "register_forecaster"],
    ),
    "no series": (
        TABLE + "ht.register_forecaster('F', Mine)\n",
        5,
        ["F: Mine.fit(X, y)", "fit(y)", "register_learner"],
    ),
    "neither": (
        HEAD + "class F:\n    def fit(self, panel, h): 0\nht.register_forecaster('F', F)\n",
        4,
        ["F.fit(panel, h)", "fit(panel, horizon, gap, seed)", "forecast(panel, origins)"],
    ),
    "more than the protocol": (
        HEAD + "class F:\n    def fit(self, panel, horizon, gap, seed, x): 0\nht.register_forecaster('F', F)\n",
        4,
        ["F.fit(panel, horizon, gap, seed, x)", "cannot be called as fit(panel, horizon, gap, seed)"],
    ),
    "an object": (TABLE + "ht.register_learner('L', Mine())\n", 5, ["an object of Mine", "Give the class itself"]),
    "needs arguments": (
        HEAD + "class F:\n    def __init__(self, size): 0\nht.register_forecaster('F', F)\n",
        4,
        ["F()", "'size'", "a default", "settings={'F'"],
    ),
}


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a plugin file and returns its path."""

    def put(text, name="mine.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return str(path)

    return put


def status_of(board):
    """Return name -> (status, reason) of every shown name."""
    return {m["name"]: (m["status"], m.get("reason") or "") for m in board.run.manifest["models"] if m["shown"]}


# -- a plugin that cannot be loaded ---------------------------------------------------------------------------------
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_says_which_file_which_line_and_what_to_change(case, own_registry, write):
    text, line, words = BROKEN[case]
    path = write(text)
    names = own_registry.names()
    with pytest.raises(UserError) as caught:
        load_plugins([path])
    message = str(caught.value)
    assert message.startswith(f"plugin {path}, line {line}: "), message
    assert all(word in message for word in words), message
    assert own_registry.names() == names


def test_a_broken_plugin_ends_the_command_with_one_message(write, tmp_path):
    write("1 / 0\n")
    done = hybridts(
        "backtest", "dataset:lynx", "--models", "Naive", "--horizon", 2, "--plugins", "mine.py", cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: plugin mine.py, line 1: ") and "Traceback" not in done.stderr


def test_a_plugin_that_failed_half_way_can_be_corrected_and_loaded_again(own_registry, write):
    good = TABLE + "ht.register_learner('First', Mine)\nht.register('Second', 'ARIMA-First')\n"
    path = write(good.replace("'Second'", "'ARIMA-SVM'"))
    for _ in range(2):
        with pytest.raises(UserError, match=r"line 6: 'ARIMA-SVM' is already registered as a combo"):
            load_plugins([path])
        assert own_registry.component("First") is None
    Path(path).write_text(good)
    load_plugins([path])
    load_plugins([path])
    assert own_registry.component("First") and own_registry.combo("Second")


def test_a_package_that_failed_half_way_runs_again_from_its_first_line(own_registry, write, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    write("from acme import one, two\n", "acme/__init__.py")
    write(HEAD + "ht.register('First', 'ARIMA-RF')\n", "acme/one.py")
    bad = write(HEAD + "ht.register('First', 'MLP')\n", "acme/two.py")
    with pytest.raises(UserError, match=re.escape(f"plugin acme ({bad}, line 2): 'First' is already registered")):
        load_plugins(["acme"])
    assert own_registry.combo("First") is None
    Path(bad).write_text(HEAD + "ht.register('Second', 'MLP-RF')\n")
    load_plugins(["acme"])
    assert own_registry.combo("First") and own_registry.combo("Second")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("nothing.py", ["no plugin file", "nothing.py"]),
        ("acme_models_nowhere", ["no module 'acme_models_nowhere'", "path of a .py file"]),
        ("mine", ["no module 'mine'", "give the path of the file: mine.py"]),
        ("sub/mine", ["'sub/mine'", "neither the path of a .py file nor a dotted module name"]),
    ],
)
def test_a_plugin_that_is_not_there(given, words, own_registry, write, tmp_path, monkeypatch):
    write("x = 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p not in ("", ".")])
    with pytest.raises(UserError) as caught:
        load_plugins([given])
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_plugin_that_imports_the_file_beside_it_gets_advice(own_registry, write):
    write("x = 1\n", "beside_mine.py")
    with pytest.raises(UserError, match=r"imports 'beside_mine'.*Set PYTHONPATH to that folder"):
        load_plugins([write("import beside_mine\n")])


# -- paths of files -------------------------------------------------------------------------------------------------
def test_a_relative_plugin_lies_beside_the_study_or_in_the_current_folder(own_registry, write, tmp_path, monkeypatch):
    write(HEAD + "ht.register('Beside', 'ARIMA-RF')\n", "study/mine.py")
    write(HEAD + "ht.register('Here', 'ARIMA-RF')\n", "here.py")
    monkeypatch.chdir(tmp_path)
    load_plugins(["mine.py", "here.py"], tmp_path / "study")
    assert own_registry.combo("Beside") and own_registry.combo("Here")


def test_two_plugins_of_one_file_name_are_two_and_none_hides_a_library(own_registry, write):
    one = write(HEAD + "ht.register('One', 'ARIMA-RF')\n", "a/numpy.py")
    two = write(HEAD + "ht.register('Two', 'ARIMA-RF')\n", "b/numpy.py")
    load_plugins([one, two])
    assert own_registry.combo("One") and own_registry.combo("Two")
    assert sys.modules["numpy"] is np


def test_classes_of_a_plugin_file_reach_worker_processes(own_registry, write, monkeypatch):
    monkeypatch.setattr("hybridts.engine.run_plan.WORTH_WORKERS", 0.0)
    load_plugins([write(SERIES + "ht.register_forecaster('Mine', Mine)\n", "far/away.py")])
    board = ht.backtest(frame_of((40,)), ["Mine", "Naive"], 2, windows=2, baselines="none", jobs=2)
    assert status_of(board) == {"Mine": ("complete", ""), "Naive": ("complete", "")}
    assert (board.forecasts["Mine"] == 1.0).all()


def test_an_unchanged_class_is_not_fitted_again_in_a_kept_run(own_registry, write, tmp_path):
    load_plugins([write(SERIES + "ht.register_forecaster('Mine', Mine)\n")])
    events: list[list[Event]] = []
    for _ in range(2):
        events.append([])
        out, watch = tmp_path / "run", events[-1].append
        ht.backtest(frame_of((40,)), ["Mine"], 2, windows=2, baselines="none", jobs=1, out=out, watch=watch)
    assert events[0][0].done == 0 and events[1][0].done == events[1][0].total


# -- a plugin whose answers are wrong -------------------------------------------------------------------------------
class Answers:
    """A regressor whose predictions are wrong in the way of its setting `how`."""

    def __init__(self, how="shape"):
        self.how = how

    def fit(self, X, y):
        return self

    def predict(self, X):
        return {"shape": np.zeros((len(X), 2)), "nan": np.full(len(X), np.nan), "short": np.zeros(1)}[self.how]


class Plain:
    """A plain forecaster whose forecasts are wrong in the way of its setting `how`."""

    def __init__(self, how="short"):
        self.how = how

    def fit(self, y):
        if self.how == "raise":
            raise KeyError("nothing here")

    def predict(self, h):
        return {"short": [1.0], "nan": [np.nan] * h, "text": "many"}[self.how]


class NoForecast:
    def fit(self, panel, horizon, gap, seed):
        return {"horizon": horizon}


class BareProtocol:
    """The smallest class by the protocol: fit, and a result with forecast."""

    def fit(self, panel, horizon, gap, seed):
        self.horizon = horizon
        return self

    def forecast(self, panel, origins):
        return [[1] * self.horizon for _ in range(len(origins))]


def test_wrong_answers_are_rows_with_a_reason_and_the_others_go_on(own_registry):
    register_learner("Table", Answers)
    register_forecaster("Plain", Plain)
    register_forecaster("NoForecast", NoForecast)
    register_forecaster("Bare", BareProtocol)
    for how in ("nan", "short"):
        register(f"Table {how}", "Naive-Table", {"Table": {"how": how}})
    for how in ("nan", "text", "raise"):
        register(f"Plain {how}", "Plain", {"Plain": {"how": how}})
    reasons = {
        "Table": r"predict answered shape \(\d+, 2\) for \d+ rows",
        "Naive-Table": r"predict answered shape \(\d+, 2\) for \d+ rows",
        "Table nan": r"predict answered \d+ values that are not finite",
        "Table short": r"predict answered shape \(1,\) for \d+ rows",
        "Plain": r"Plain.predict\(2\) answered 1 values, expected 2. Series 'a', \d+ values",
        "Plain-RF": r"needs Plain, which failed: Plain.predict\(2\) answered 1 values",
        "Plain nan": r"answered \d+ values that are not finite. Series 'a', \d+ values",
        "Plain text": r"answered str, which is no array of numbers.*Series 'a'",
        "Plain raise": r"Plain raised KeyError on series 'a', \d+ values: 'nothing here'",
        "NoForecast": r"NoForecast.fit answered dict, which has no forecast\(panel, origins\). Return",
    }
    frame = frame_of((60,)).assign(unique_id="a")
    board = ht.backtest(frame, ["Naive", "Bare", *reasons], 2, windows=1, baselines="none", jobs=1)
    found = status_of(board)
    assert {name for name, (status, _) in found.items() if status == "complete"} == {"Naive", "Bare"}
    for name, reason in reasons.items():
        assert re.search(reason, found[name][1]), (name, found[name])


def test_a_failed_learner_ends_the_command_with_1_and_shows_the_others(write, tmp_path):
    write(TABLE.replace("[0.0] * len(X)", "[float('nan')] * len(X)") + "ht.register_learner('Holes', Mine)\n")
    what = ("--models", "Naive,Naive-Holes", "--horizon", 2, "--windows", 1, "--baselines", "none", "--jobs", 1)
    done = hybridts("backtest", "dataset:lynx", *what, "--plugins", "mine.py", cwd=tmp_path)
    assert done.returncode == 1
    assert "failed: Naive-Holes: Mine.predict answered" in done.stderr
    assert re.search(r"Naive .*complete", done.stdout)


def test_a_constructor_that_refuses_a_setting_names_it(own_registry):
    @dataclass
    class Picky:
        size: int = 1

        def __post_init__(self):
            if self.size < 1:
                raise LookupError("no size below 1")

        def fit(self, y): ...
        def predict(self, h):
            return [0.0] * h

    register_forecaster("Picky", Picky)
    with pytest.raises(UserError, match=r"Picky\(size=0\): LookupError: no size below 1"):
        ht.backtest(frame_of((40,)), "Picky", 2, settings={"Picky": {"size": 0}}, baselines="none")


def test_a_function_that_makes_a_regressor_is_a_learner(own_registry):
    register_learner("Two", lambda: Answers("nan"))
    assert own_registry.component("Two") is not None


def test_a_name_keeps_its_meaning_unless_its_owner_says_otherwise(own_registry):
    register("Mine", "ARIMA-RF")
    register("Mine", "ARIMA-RF")  # a cell of a notebook that ran again
    with pytest.raises(NameTaken, match=r"'Mine' is already registered as a combo\. Choose another name, or .*replace"):
        register("Mine", "ARIMA-SVM")
    register("Mine", "ARIMA-SVM", replace=True)
    assert own_registry.combo("Mine").expression == "ARIMA-SVM"
    for name in ("ARIMA-SVM", "LSTM", "XGB"):
        with pytest.raises(NameTaken, match="built in"):
            register(name, "MLP-RF", replace=True)
        with pytest.raises(NameTaken, match=r"Choose another name\.$"):
            register(name, "MLP-RF")


def test_a_class_may_be_made_anew_in_its_place(own_registry):
    for size in (1, 2):

        class Constant:
            amount = size

            def fit(self, y): ...

            def predict(self, h):
                return np.full(h, self.amount)

        Constant.__qualname__ = "Constant"  # as where a cell of a notebook makes it
        register_forecaster("Constant", Constant)
    assert own_registry.component("Constant").target.__wrapped__.amount == 2
    with pytest.raises(NameTaken, match="replace=True"):
        register_forecaster("Constant", type("Other", (Constant,), {}))
    register_forecaster("Constant", type("Other", (Constant,), {"amount": 3}), replace=True)
    assert own_registry.component("constant").target.__wrapped__.amount == 3
    register_learner("Two", Answers)
    register_learner("Two", Answers)


# -- targets of check -----------------------------------------------------------------------------------------------
def test_a_target_is_a_registered_name_or_a_class(own_registry, write):
    text = TABLE + "class Other: pass\nht.register_learner('Token', Mine)\nht.register('Whole', 'ARIMA-Token')\n"
    path = write(text)
    assert [resolve(f"{path}:{name}") for name in ("Mine", "Token", "Whole", "RF-Token")] == [
        *("Token", "Token", "Whole", "RF-Token")
    ]
    assert resolve(f"{path}:Other").__name__ == "Other"
    with pytest.raises(UserError, match=r"no class or name 'Othr'. Did you mean Other\?.*registers: Whole, Token"):
        resolve(f"{path}:Othr")
    for target in (path, f"{path}:"):
        with pytest.raises(UserError, match=r"does not say what to check. Write .*mine.py:NAME.*Whole, Token"):
            resolve(target)


# -- entry points ---------------------------------------------------------------------------------------------------
@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that installs a package of one module and one entry point and reloads the registry."""
    made = set(sys.modules)

    def put(text, value="acme_models"):
        info = tmp_path / "acme-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[hybridts.components]\nacme = {value}\n")
        (tmp_path / "acme_models.py").write_text(text)
        table._catalogue.cache_clear()
        return tmp_path

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield put
    table._catalogue.cache_clear()
    for name in set(sys.modules) - made:
        if name.startswith("acme"):
            del sys.modules[name]


COMPONENT = """
from hybridts.names.registry import Component
class Mine:
    def fit(self, X, y): return self
    def predict(self, X): return [0.0] * len(X)
one = Component("Acme", "learner", Mine)
many = [one, Component("Acme2", "learner", Mine)]
def register(table): table.add(one)
"""
ENTRIES = {
    "a module that registers": (TABLE + "ht.register_learner('Acme', Mine)\n", "acme_models"),
    "a function without arguments": (
        TABLE + "def go(): ht.register_learner('Acme', Mine)\n",
        "acme_models:go",
    ),
    "a function of the registry": (COMPONENT, "acme_models:register"),
    "a component": (COMPONENT, "acme_models:one"),
    "components": (COMPONENT, "acme_models:many"),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_an_installed_package_adds_its_names(case, install):
    install(*ENTRIES[case])
    assert plugins.registry().component("Acme") is not None


BROKEN_ENTRIES = {
    "raises": ("x = 1\n1 / 0\n", "acme_models", "acme_models.py, line 2): it raised ZeroDivisionError"),
    "taken": (TABLE + "ht.register_learner('SVM', Mine)\n", "acme_models", "line 5): 'SVM' is already registered"),
    "missing package": ("import nowhere\n", "acme_models", "line 1): it imports 'nowhere', which is not installed"),
    "no module": ("", "acme_model", "there is no module 'acme_model'"),
    "no attribute": ("", "acme_models:go", "has no attribute 'go'"),
    "a class": (TABLE, "acme_models:Mine", "acme_models:Mine is a class"),
    "a number": ("three = 3\n", "acme_models:three", "acme_models:three is 3. Name a module that registers"),
}


@pytest.mark.parametrize("case", BROKEN_ENTRIES)
def test_a_broken_package_says_which_one_and_how_to_go_on(case, install):
    text, value, words = BROKEN_ENTRIES[case]
    install(text, value)
    with pytest.raises(UserError) as caught:
        plugins.registry()
    message = str(caught.value)
    assert f'"acme = {value}"' in message and "installed package acme" in message
    assert words in message
    assert "pip uninstall acme" in message


def test_a_broken_package_that_was_repaired_is_read_at_the_next_call(install):
    good = TABLE + "ht.register_learner('Acme', Mine)\n"
    folder = install(good + "1 / 0\n")
    for _ in range(2):
        with pytest.raises(UserError, match="ZeroDivisionError"):
            plugins.registry()
    (folder / "acme_models.py").write_text(good)
    assert plugins.registry().component("Acme") is not None


# -- the README, word for word --------------------------------------------------------------------------------------
def section():
    """Return the code blocks of the README's section on names of your own: Python, study, plugin, project."""
    text = README.read_text().partition("## A combo or a model of your own\n")[2].partition("\n## ")[0]
    found = re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)
    assert [language for language, _ in found] == ["python", "yaml", "python", "toml"]
    return [code for _, code in found]


def test_the_readme_registers_lightgbm(own_registry):
    pytest.importorskip("lightgbm")
    registering = section()[0].partition("board = ")[0]
    exec(compile(registering, "README.md", "exec"), {})
    assert own_registry.combo("My-Combo").expression == "LSTM-LightGBM"
    frame = frame_of((60,))
    board = ht.backtest(frame, "ARIMA-LightGBM", 2, windows=1, baselines="none", jobs=1)
    assert status_of(board) == {"ARIMA-LightGBM": ("complete", "")}


def test_the_readme_study_reads_its_combo_and_its_plugin(tmp_path):
    _, study, module, _ = section()
    (tmp_path / "study.yaml").write_text(study)
    (tmp_path / "my_models.py").write_text(module)
    cheap = ("--models", "LastYear,Naive-Huber", "--horizon", 2, "--windows", 1, "--baselines", "none", "--jobs", 1)
    done = hybridts("backtest", tmp_path / "study.yaml", *cheap)
    assert done.returncode == 0, done.stderr
    assert re.search(r"Naive-Huber .*complete", done.stdout)
    wrong = hybridts("backtest", tmp_path / "study.yaml", "--models", "My-Combo,Nothing")
    assert "'Nothing'" in wrong.stderr and "'My-Combo'" not in wrong.stderr


def test_the_readme_package_names_its_module(tmp_path):
    *_, module, project = section()
    (value,) = re.findall(r'\[project\.entry-points\."hybridts\.components"\]\nmy_models = "(.*)"', project)
    info = tmp_path / "my_models-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-models\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(f"[hybridts.components]\nmy_models = {value}\n")
    (tmp_path / "my_models.py").write_text(module)
    done = hybridts("models", "LastYear", path=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith("LastYear"), done.stderr


# -- refused names and models --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["Network", "chain", "Seed-100"])
def test_words_that_mean_something_else_are_no_names(name, own_registry):
    with pytest.raises(NameTaken, match="is taken: "):
        register_learner(name, Ridge)
    with pytest.raises(NameTaken, match="is taken: "):
        register(name, "ARIMA")


@pytest.mark.parametrize(
    "call",
    [
        lambda: register(None, "ARIMA"),  # type: ignore[arg-type]
        lambda: register("Q", ["ARIMA"]),  # type: ignore[arg-type]
        lambda: register("Q", "ARIMA-RF", settings=[1]),  # type: ignore[arg-type]
        lambda: register_learner(None, Ridge),  # type: ignore[arg-type]
        lambda: register_learner("Q", None),  # type: ignore[arg-type]
        lambda: register_forecaster("Q", "Naive"),  # type: ignore[arg-type]
        lambda: ht.model(["ARIMA"]),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_name_or_model_is_refused_in_words(call, own_registry):
    with pytest.raises(UserError, match="found"):
        call()


def test_combos_that_would_stand_for_each_other_are_refused(own_registry):
    register("One", "ARIMA")
    register("Two", "(One)-RF")
    with pytest.raises(UserError, match="'One' cannot be '\\(Two\\)-SVM', which is made of 'One' itself"):
        register("One", "(Two)-SVM", replace=True)
    assert str(ht.model("Two").recipe.root) == "ARIMA-RF"


def test_a_pipeline_is_registered_by_a_function_that_makes_it(own_registry):
    def scaled():
        return make_pipeline(SimpleImputer(), StandardScaler(), Ridge())

    register_learner("Scaled", scaled)
    made = ht.backtest(frame_of((40,)), ["Drift-Scaled", "Scaled"], 2, windows=1, jobs=1, baselines="none")
    assert made.table["status"].eq("complete").all()


class Moody:
    """Raises on one series, forecasts NaN on another."""

    def fit(self, y):
        if y[0] < 0:
            raise ValueError("no negative values")
        self.last = y[-1] if y[0] < 1000 else float("nan")

    def predict(self, h):
        return [self.last] * h


def test_one_bad_series_costs_a_plain_forecaster_that_series_only(own_registry):
    register_forecaster("Moody", Moody)
    frame = frame_of((40, 40, 40, 40))
    frame.loc[frame["unique_id"].eq("s1"), "y"] -= 1e6
    frame.loc[frame["unique_id"].eq("s2"), "y"] += 1e6
    made = ht.backtest(frame, ["Moody", "Moody-RF", "Drift"], 2, windows=1, jobs=1, baselines="none")
    table = made.table.set_index("model")
    assert table["cells"].to_dict() == {"Drift": 4, "Moody": 2, "Moody-RF": 2}
    failures = made.run.failures[made.run.failures["model"] == "Moody"].set_index("unique_id")["message"]
    assert failures["s1"] == "Moody raised ValueError on series 's1', 38 values: no negative values"
    assert failures["s2"] == "Moody.predict(2) answered 2 values that are not finite. Series 's2', 38 values."


# -- names of plugins and studies in every command -----------------------------------------------------------------
def test_names_of_plugins_and_of_studies_are_listed_explained_and_checked(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import hybridts as ht\nfrom sklearn.linear_model import Ridge\nprint('loading')\n"
        "ht.register_learner('Ridge', Ridge)\n"
    )
    (tmp_path / "study.yaml").write_text(
        "data: {source: dataset:macro}\nmodels: [Mine]\nhorizon: 4\nplugins: [mine.py]\n"
        "combos:\n  Mine: {expression: Drift-Ridge, settings: {Ridge: {alpha: 7}}}\n"
    )
    listed = hybridts("models", "Ridge", "--json", "--plugins", "mine.py", cwd=tmp_path)
    assert [row["name"] for row in json.loads(listed.stdout)] == ["Ridge"] and "loading" in listed.stderr
    explained = hybridts("explain", "Mine", "--plugins", tmp_path / "study.yaml")
    assert explained.returncode == 0 and "Expression: Drift-Ridge" in explained.stdout
    assert "alpha=7" in explained.stdout
    checked = hybridts("check", "Mine", "--plugins", "study.yaml", cwd=tmp_path)
    assert checked.returncode == 0 and "FAIL" not in checked.stdout, checked.stdout
    frame_of((40,)).to_csv(tmp_path / "data.csv", index=False)
    flags = ("--models", "Mine", "--horizon", "2", "--windows", "1", "--jobs", "1", "--plugins", "study.yaml")
    made = hybridts("backtest", "data.csv", *flags, "--out", "run", cwd=tmp_path)
    assert made.returncode == 0 and "Mine" in made.stdout, made.stderr
    again = hybridts("backtest", "run/config.yaml", "--out", "other", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    none = hybridts("explain", "Mine", "--plugins", "none.yaml", cwd=tmp_path)
    assert none.returncode == 2 and none.stderr == "error: none.yaml cannot be read: No such file or directory.\n"
