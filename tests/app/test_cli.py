"""Every command prints its results on stdout, and wrong input ends with one clear message and exit code 2."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

from hybridts.names.catalog import PUBLISHED
from tests.fakes.command_line import hybridts
from tests.fakes.frames import frame_of


def refused(*arguments, cwd=None):
    """Return the message of a refused command, which exits with 2, prints no traceback and nothing on stdout."""
    done = hybridts(*arguments, cwd=cwd)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def test_models_lists_the_hundred_names_with_family_and_stages():
    rows = json.loads(hybridts("models", "--json").stdout)
    by_name = {row["name"]: row for row in rows}
    assert set(PUBLISHED) <= set(by_name)
    entry = by_name["LSTM-ARIMA-XGBoost"]
    assert entry["family"] == "hybrid"
    assert [s["name"] for s in entry["stages"]] == ["LSTM", "ARIMA", "XGBoost"]


def test_models_filters_by_pattern_and_family():
    rows = json.loads(hybridts("models", "CNN*", "--family", "neural", "--json").stdout)
    assert {"CNN", "CNN-LSTM", "CNN-GRU", "CNN-MLP"} <= {r["name"] for r in rows}
    assert all(r["name"].startswith("CNN") and r["family"] == "neural" for r in rows)


def test_explain_speaks_both_languages():
    assert "Long short-term memory" in hybridts("explain", "cnn-lstm-xgboost").stdout
    assert "长短期记忆" in hybridts("explain", "CNN-LSTM-XGBoost", "--lang", "zh").stdout


def test_datasets_are_listed():
    assert "macro" in hybridts("datasets").stdout


def test_a_csv_needs_no_configuration_and_makes_a_report(csv, tmp_path):
    run = tmp_path / "run"
    names = "ARIMA,MLP-XGBoost,ARIMA-SVM"
    done = hybridts("backtest", csv, "--models", names, "--horizon", 4, "--windows", 1, "--out", run)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in [*names.split(","), "SeasonalNaive"])
    assert "stages" in done.stderr
    made = hybridts("report", run, "--out", tmp_path / "report", "--format", "md,csv")
    assert sorted(p.name for p in (tmp_path / "report").iterdir()) == ["leaderboard.csv", "leaderboard.md"]
    assert len(made.stdout.splitlines()) == 2


def test_flags_win_over_the_configuration_file(csv, tmp_path):
    study = tmp_path / "study.yaml"
    study.write_text("data: my.csv\nmodels: [ARIMA]\nhorizon: 30\nbaselines: cheap\n")
    done = hybridts("backtest", study, "--horizon", 3, "--out", tmp_path / "run", "--json", cwd=csv.parent)
    assert done.returncode == 0, done.stderr
    assert {row["model"] for row in json.loads(done.stdout)} >= {"ARIMA", "Theta"}
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["horizon"] == 3


def test_a_failed_name_exits_1_and_is_listed(csv, tmp_path):
    plugin = tmp_path / "broken.py"
    plugin.write_text(
        "import hybridts as ht\n"
        "class Broken:\n"
        "    def fit(self, y): raise RuntimeError('no luck today')\n"
        "    def predict(self, h): return [0.0] * h\n"
        "ht.register_forecaster('Broken', Broken)\n"
    )
    names = "Broken,Naive"
    done = hybridts("backtest", csv, "--models", names, "--horizon", 2, "--windows", 1, "--plugins", plugin)
    assert done.returncode == 1
    assert "no luck today" in done.stderr
    assert "Naive" in done.stdout


def test_combos_of_a_study_run_by_their_own_name(csv, tmp_path):
    study = tmp_path / "study.yaml"
    study.write_text(
        f"data: {csv}\nmodels: [Mine]\nhorizon: 2\nwindows: 1\nbaselines: none\n"
        "combos:\n  Mine: {expression: ARIMA-RF, settings: {RF: {trees: 7}}}\n  Short: ARIMA + Drift\n"
    )
    done = hybridts("backtest", study, "--models", "Mine,Short")
    assert done.returncode == 0, done.stderr
    assert "Mine" in done.stdout and "Short" in done.stdout


@pytest.mark.parametrize(
    ("combo", "why"),
    [
        ("LSTM: MLP-RF", "combos.LSTM: 'LSTM' is already registered"),
        ("Mine: MLP-Nothing", "combos.Mine: cannot read the name 'MLP-Nothing'"),
        ("Mine: 3", "combos.Mine must be an expression such as MLP-RF or a mapping with the keys expression"),
        ("Mine: {expresion: LSTM-RF}", "unknown key 'combos.Mine.expresion'. Did you mean expression?"),
    ],
)
def test_a_wrong_combo_is_refused_with_its_place(combo, why, tmp_path):
    study = tmp_path / "study.yaml"
    study.write_text(f"data: dataset:lynx\nmodels: [ARIMA]\nhorizon: 2\ncombos:\n  {combo}\n")
    message = refused("backtest", study)
    assert "study.yaml" in message and why in message


def test_a_file_where_a_folder_is_meant_is_wrong_input(csv, tmp_path):
    message = refused("backtest", csv, "--models", "Drift", "--horizon", 2, "--windows", 1, "--out", csv)
    assert "cannot be written" in message and "Give another --out" in message


def test_reasons_are_whole_sentences_and_zeros_are_explained(tmp_path):
    frame = frame_of((60,)).assign(y=0.0)
    frame.to_csv(tmp_path / "zeros.csv", index=False)
    done = hybridts("backtest", tmp_path / "zeros.csv", "--models", "VAR,Drift", "--horizon", 2, "--windows", 1)
    assert done.returncode == 0
    assert "VAR needs columns that move together" in done.stdout and "covariates." in done.stdout
    assert "MASE is defined in no cell" in done.stderr


def test_the_package_is_a_command_too():
    done = subprocess.run([sys.executable, "-m", "hybridts", "models"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "CNN-LSTM-XGBoost" in done.stdout


WRONG = {
    "a missing file": (["nothing.csv", "--models", "ARIMA", "--horizon", "3"], ["nothing.csv"]),
    "an unknown model": (["my.csv", "--models", "ARIMAA", "--horizon", "3"], ["ARIMAA", "ARIMA", "position 1"]),
    "a horizon longer than the data": (["my.csv", "--models", "ARIMA", "--horizon", "500"], ["500", "60"]),
    "a horizon of zero": (["my.csv", "--models", "ARIMA", "--horizon", "0"], ["horizon"]),
    "no models": (["my.csv", "--horizon", "3"], ["--models"]),
    "an unknown column": (["my.csv", "--models", "ARIMA", "--horizon", "3", "--target", "sales"], ["sales", "y"]),
    "an unknown baseline set": (["my.csv", "--models", "ARIMA", "--horizon", "3", "--baselines", "x"], ["baselines"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_exits_2_with_one_message(case, csv):
    arguments, words = WRONG[case]
    message = refused("backtest", *arguments, cwd=csv.parent)
    assert all(word in message for word in words), message


FILES = {
    "empty": ("", ["empty"]),
    "no time column": ("a,b\n1.5,2.5\n1.7,2.1\n", ["time"]),
    "text target": ("ds,y\n2020-01-01,1\n2020-02-01,many\n2020-03-01,3\n", ["y", "many"]),
    "duplicates": ("ds,y\n2020-01-01,1\n2020-02-01,2\n2020-02-01,3\n2020-03-01,3\n", ["2020-02-01"]),
}


@pytest.mark.parametrize("case", FILES)
def test_an_unreadable_file_exits_2_and_says_where(case, tmp_path):
    text, words = FILES[case]
    (tmp_path / "bad.csv").write_text(text)
    message = refused("backtest", "bad.csv", "--models", "Naive", "--horizon", 1, "--windows", 1, cwd=tmp_path)
    assert all(word in message for word in ["bad.csv", *words]), message


STUDIES = {
    "unknown key": ("data: my.csv\nmodels: [Naive]\nhorizont: 3\nhorizon: 3\n", ["horizont", "horizon"]),
    "unknown inner key": ("data: {source: my.csv, tiem: ds}\nmodels: [Naive]\nhorizon: 3\n", ["data.tiem", "time"]),
    "missing key": ("data: my.csv\nmodels: [Naive]\n", ["horizon", "missing"]),
    "wrong value": ("data: my.csv\nmodels: [Naive]\nhorizon: soon\n", ["horizon", "soon"]),
    "no YAML": ("data: [my.csv\n", ["YAML"]),
    "unknown setting": (
        "data: my.csv\nmodels: [RF]\nhorizon: 3\nsettings: {RF: {treees: 3}}\n",
        ["treees", "trees"],
    ),
    "wrong value of a network": (
        "data: my.csv\nmodels: [LSTM]\nhorizon: 3\nsettings: {LSTM: {rate: fast}}\n",
        ["LSTM", "rate must be a number above 0", "'fast'"],
    ),
}


@pytest.mark.parametrize("case", STUDIES)
def test_a_wrong_study_exits_2_and_names_the_nearest_key(case, csv, tmp_path):
    text, words = STUDIES[case]
    (tmp_path / "study.yaml").write_text(text)
    message = refused("backtest", tmp_path / "study.yaml", cwd=csv.parent)
    assert all(word in message for word in words), message


def test_check_prints_a_verdict_per_check():
    done = hybridts("check", "Naive")
    assert done.returncode == 0
    assert done.stdout.count("ok") >= 7
    assert len({len(line) - len(line[6:].split("  ", 1)[1].lstrip()) for line in done.stdout.splitlines()}) == 1


# -- combos of combos ---------------------------------------------------------------------------------------------
STUDY = """
data: {{source: {data}}}
horizon: 2
windows: 1
baselines: none
jobs: 1
models: {models}
combos: {combos}
"""


@pytest.mark.parametrize(
    ("models", "combos"),
    [
        ("[Outer, Inner]", "{Inner: {expression: Drift-RF, settings: {RF: {trees: 3}}}, Outer: (Inner)-SVM}"),
        ("[Outer]", "{Outer: (Inner)-SVM, Inner: {expression: Drift-RF, settings: {RF: {trees: 3}}}}"),
        ("['( inner) + Theta']", "{Inner: {expression: Drift-RF, settings: {RF: {trees: 3}}}}"),
        ("[Again]", "{Again: Inner, Inner: {expression: Drift-RF, settings: {RF: {trees: 3}}}}"),
    ],
    ids=["listed", "in any order", "inside an expression", "by another name"],
)
def test_combos_may_be_made_of_combos_and_their_run_can_be_run_again(models, combos, tmp_path):
    frame_of((40, 40)).to_csv(tmp_path / "data.csv", index=False)
    study = tmp_path / "study.yaml"
    study.write_text(STUDY.format(data=tmp_path / "data.csv", models=models, combos=combos))
    for source, out in ((study, "run"), (tmp_path / "run" / "config.yaml", "again")):
        done = hybridts("backtest", source, "--out", tmp_path / out, "--quiet")
        assert done.returncode == 0, done.stderr
    first, again = (pd.read_parquet(tmp_path / out / "forecasts.parquet") for out in ("run", "again"))
    pd.testing.assert_frame_equal(first, again)


def test_the_config_of_a_run_names_the_plugins_it_was_made_with(tmp_path):
    frame_of((40, 40)).to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "mine.py").write_text(
        "import hybridts as ht\n"
        "class Last:\n"
        "    def fit(self, y): self.y = y\n"
        "    def predict(self, h): return [self.y[-1]] * h\n"
        "ht.register_forecaster('Last', Last)\n"
    )
    named = ["--models", "Last-RF", "--horizon", 2, "--windows", 1, "--baselines", "none", "--jobs", 1]
    first = hybridts(
        "backtest", tmp_path / "data.csv", *named, "--plugins", tmp_path / "mine.py", "--out", tmp_path / "run"
    )
    assert first.returncode == 0, first.stderr
    again = hybridts("backtest", tmp_path / "run" / "config.yaml", "--out", tmp_path / "again", cwd=tmp_path / "run")
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_plugin_prints_does_not_mix_with_the_results(jobs, csv, tmp_path):
    (tmp_path / "loud.py").write_text(
        "import hybridts as ht\n"
        "print('LOADED')\n"
        "class Loud:\n"
        "    def fit(self, y): print('FITTED', flush=True); self.y = y\n"
        "    def predict(self, h): return [self.y[-1]] * h\n"
        "ht.register_forecaster('Loud', Loud)\n"
    )
    named = ["--models", "Loud,ARIMA", "--horizon", 2, "--windows", 1, "--baselines", "none", "--jobs", jobs]
    done = hybridts("backtest", csv, *named, "--plugins", tmp_path / "loud.py", "--stage-seconds", 60, "--json")
    assert {row["model"] for row in json.loads(done.stdout)} == {"Loud", "ARIMA"}
    assert "LOADED" in done.stderr and "FITTED" in done.stderr
