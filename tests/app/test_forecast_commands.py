"""`hybridts fit` and `hybridts forecast`: from a file, a study, a run or a saved model to a forecast in a file."""

from __future__ import annotations

import json
import zipfile
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import hybridts as ht
from hybridts.app.cli import app
from hybridts.app.cli.data_options import settings_of
from hybridts.errors import DataError, HybridtsError, UserError
from hybridts.names.catalog import default_registry
from hybridts.names.plugins import using
from tests.fakes.command_line import hybridts
from tests.fakes.frames import frame_of


def run(*arguments):
    """Run a command in this process; return what it printed on stdout, or raise its error."""
    with using(default_registry()):
        done = CliRunner().invoke(app, list(map(str, arguments)))
    if isinstance(done.exception, HybridtsError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


STUDY = """
data: past.csv
models: [ARIMA, Mine]
horizon: 3
windows: 1
baselines: none
jobs: 1
combos:
  Mine: {expression: Drift-RF, settings: {RF: {trees: 3}}}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two monthly series: all rows, those of the fit, and the new ones; a study; a run; a saved model."""
    folder = tmp_path_factory.mktemp("files")
    frame = frame_of((60, 60))
    late = frame.groupby("unique_id").tail(4)
    for name, part in (("all", frame), ("past", frame.drop(late.index)), ("new", late)):
        part.to_csv(folder / f"{name}.csv", index=False)
    (folder / "study.yaml").write_text(STUDY)
    run("backtest", folder / "study.yaml", "--out", folder / "run", "--quiet")
    run("fit", folder / "past.csv", "--model", "Theta", "--horizon", 4, "--out", folder / "m")
    return folder


def test_a_data_file_is_forecast_as_in_python(files, tmp_path):
    run("forecast", files / "past.csv", "--model", "theta", "--horizon", 3, "--out", tmp_path / "f.csv")
    table = pd.read_csv(tmp_path / "f.csv", parse_dates=["ds"], float_precision="round_trip")
    assert table.equals(ht.model("Theta").fit(files / "past.csv", 3, jobs=1).predict())


def test_every_format_holds_the_same_and_stdout_is_csv(files, tmp_path):
    plain = run("forecast", files / "m")
    for name in ("f.csv", "f.parquet", "f.json"):
        assert run("forecast", files / "m", "--out", tmp_path / name).strip() == str(tmp_path / name)
    assert (tmp_path / "f.csv").read_text() == plain
    assert pd.read_parquet(tmp_path / "f.parquet").equals(ht.load(files / "m").predict())
    rows = json.loads((tmp_path / "f.json").read_text())
    assert rows == json.loads(run("forecast", files / "m", "--json"))
    assert rows[0] == {"unique_id": "s0", "ds": "2019-09-01T00:00:00.000", "Theta": rows[0]["Theta"]}


def test_a_saved_model_forecasts_from_new_rows(files, tmp_path):
    fitted, new = ht.load(files / "m"), pd.read_csv(files / "new.csv")
    run("forecast", files / "m", "--data", files / "new.csv", "--horizon", 2, "--out", tmp_path / "f.parquet")
    assert pd.read_parquet(tmp_path / "f.parquet").equals(fitted.predict(new_rows=new, horizon=2))


def test_a_study_is_fitted_with_its_settings_and_combos(files, tmp_path):
    run("fit", files / "study.yaml", "--model", "mine", "--out", tmp_path / "m.zip")
    loaded = ht.load(tmp_path / "m.zip")
    assert (loaded.recipe.name, loaded.horizon) == ("Mine", 3)
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        assert json.loads(archive.read("model.json"))["settings"] == {"RF": {"trees": 3}}


def test_settings_of_the_command_line_win(files, tmp_path):
    run("fit", files / "study.yaml", "--model", "Drift-RF", "--settings", "RF.trees=2", "--out", tmp_path / "m")
    assert json.loads((tmp_path / "m" / "model.json").read_text())["settings"] == {"RF": {"trees": 2}}


def test_the_best_name_of_a_run_is_forecast_after_all_rows_and_its_stages_are_kept(files, tmp_path):
    best = str(ht.load_board(files / "run").table["model"][0])
    out = tmp_path / "f.parquet"
    run("forecast", "--run", files / "run", "--best", "--out", out)
    table = pd.read_parquet(out)
    assert list(table.columns) == ["unique_id", "ds", best] and len(table) == 6
    assert table["ds"].min() == pd.Timestamp("2019-09-01")
    kept = {path.name: path.stat().st_mtime_ns for path in (files / "run" / "stages").glob("*.npz")}
    run("forecast", "--run", files / "run", "--best", "--out", out)
    assert {path.name: path.stat().st_mtime_ns for path in (files / "run" / "stages").glob("*.npz")} == kept
    assert ht.load_board(files / "run").table["model"][0] == best  # the run itself is as it was


@pytest.mark.parametrize("name", ["Mine", "ARIMA"])
def test_a_name_of_a_run_is_forecast_as_a_fit_does(files, name):
    rows = json.loads(run("forecast", "--run", files / "run", "--model", name, "--json"))
    with using(default_registry()):
        ht.register("Mine", "Drift-RF", settings={"RF": {"trees": 3}})
        fitted = ht.model(name).fit(files / "past.csv", 3, jobs=1).predict()
    assert [row[name] for row in rows] == pytest.approx(fitted[name].to_list(), rel=1e-12)


def test_a_run_is_forecast_from_later_data(files):
    rows = json.loads(run("forecast", files / "all.csv", "--run", files / "run", "--model", "ARIMA", "--json"))
    assert rows[0]["ds"].startswith("2020-01-01")


def test_columns_known_ahead_come_from_a_file(tmp_path):
    frame = frame_of((60,))
    frame["promo"] = (np.arange(60) % 4 == 0).astype(float)
    frame["y"] += 40 * frame["promo"]
    frame[:56].to_csv(tmp_path / "past.csv", index=False)
    frame[56:].drop(columns="y").to_csv(tmp_path / "ahead.csv", index=False)
    named = ["--model", "ARIMA", "--horizon", 4, "--future-columns", "promo"]
    with pytest.raises(UserError, match="known-future columns"):
        run("forecast", tmp_path / "past.csv", *named)
    run("forecast", tmp_path / "past.csv", *named, "--future", tmp_path / "ahead.csv", "--out", tmp_path / "f.csv")
    said = pd.read_csv(tmp_path / "f.csv")["ARIMA"]
    assert said[0] - said[1:].mean() > 25  # the first of the rows has a promotion


@pytest.mark.parametrize("name", ["Naive", "ARIMA", "Naive-RF"])
def test_neither_a_run_nor_a_model_forecasts_without_the_columns_known_ahead(tmp_path, name):
    frame = frame_of((60, 60))
    frame["promo"] = (np.arange(120) % 4 == 0).astype(float)
    late = frame.groupby("unique_id").tail(4)
    frame.drop(late.index).to_csv(tmp_path / "past.csv", index=False)
    late.drop(columns="y").to_csv(tmp_path / "ahead.csv", index=False)
    late.groupby("unique_id").head(3).drop(columns="y").to_csv(tmp_path / "short.csv", index=False)
    common = ["--horizon", 4, "--jobs", 1]
    given = [tmp_path / "past.csv", "--models", name, "--baselines", "none", "--windows", 1, "--future", "promo"]
    run("backtest", *given, *common, "--out", tmp_path / "run", "--quiet")
    run("fit", tmp_path / "past.csv", "--model", name, "--future-columns", "promo", *common, "--out", tmp_path / "m")
    for source in (["--run", tmp_path / "run", "--best"], [tmp_path / "m"]):
        for ahead, has in (([], 0), (["--future", tmp_path / "short.csv"], 3)):
            with pytest.raises(DataError, match=rf"\(promo\): series 's0' has {has} of the 4 rows.*--future FILE"):
                run("forecast", *source, *ahead)
        assert run("forecast", *source, "--future", tmp_path / "ahead.csv").count("\n") == 1 + 8


def test_a_fit_says_the_command_that_works_next(tmp_path):
    frame = frame_of((60,)).assign(promo=np.arange(60) % 4 == 0)
    frame.to_csv(tmp_path / "a.csv", index=False)
    for columns, wanted in ((["--future-columns", "promo"], True), (["--past", "promo"], False)):
        more = ["--model", "Naive", "--horizon", 2, "--out", tmp_path / "m.zip"]
        said = hybridts("fit", tmp_path / "a.csv", *columns, *more).stderr
        assert "forecast: hybridts forecast" in said and ("--future NEXT-ROWS.csv" in said) == wanted


class Page(HTMLParser):
    """Counts the figures of a page, and what it would fetch."""

    def __init__(self):
        super().__init__()
        self.figures, self.fetched, self.headings = 0, [], 0

    def handle_starttag(self, tag, attrs):
        self.figures += tag == "svg"
        self.headings += tag == "h2"
        self.fetched += [v for k, v in attrs if k in ("src", "href")]


def test_the_picture_is_one_page_with_a_figure_a_series(files, tmp_path):
    run("forecast", files / "m", "--out", tmp_path / "f.csv", "--plot", tmp_path / "f.html")
    page = Page()
    page.feed((tmp_path / "f.html").read_text())
    assert (page.figures, page.headings, page.fetched) == (2, 2, [])


def test_the_picture_shows_intervals_where_the_table_has_them():
    from hybridts.app.forecast_page import page_of

    fitted = ht.model("Naive").fit(frame_of((40,)).assign(unique_id="<b>"), 3, jobs=1)
    table = fitted.predict()
    table["Naive-lo-80"], table["Naive-hi-80"] = table["Naive"] - 1, table["Naive"] + 1
    page = page_of(fitted.loaded.panel, table, "Naive")
    assert page.count('class="band"') == 1 and "<b>" not in page and "nan" not in page


WRONG = {
    "a longer horizon": (["m", "--horizon", "9"], "longer than the 4 steps"),
    "a name beside a model": (["m", "--model", "ARIMA"], "--model cannot be given with a saved model"),
    "no horizon": (["past.csv", "--model", "ARIMA"], "needs --horizon"),
    "no name of a study": (["study.yaml"], "Choose one by --model"),
    "best of nothing": (["past.csv", "--best"], "--best needs --run"),
    "neither best nor a name": (["--run", "run"], "either --best or --model"),
    "a name that the run has not": (["--run", "run", "--model", "ETS"], "the run has no name 'ETS'"),
    "no run": (["--run", "nothing", "--best"], "holds no config.yaml"),
    "nothing": ([], "give a saved model"),
    "an ending": (["m", "--out", "f.xlsx"], ".csv, .parquet, .json"),
    "a picture": (["m", "--plot", "f.png"], "ends in .html"),
    "a folder that is no model": (["run"], "holds no model.json"),
    "new rows of data": (["past.csv", "--data", "new.csv"], "--data is for a saved model"),
    "settings": (["past.csv", "--model", "RF", "--horizon", "2", "--settings", "RF=3"], "not TOKEN.SETTING=VALUE"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_sentence(case, files, monkeypatch):
    arguments, words = WRONG[case]
    monkeypatch.chdir(files)
    with pytest.raises(UserError) as caught:
        run("forecast", *arguments)
    assert words in str(caught.value)


def test_settings_are_read_by_token():
    assert settings_of("LSTM.hidden=32, XGBoost.trees=200,LSTM@2.hidden=8,Network.prior=none") == {
        "LSTM": {"hidden": 32},
        "XGBoost": {"trees": 200},
        "LSTM@2": {"hidden": 8},
        "Network": {"prior": "none"},
    }


def test_the_commands_run_in_a_process_of_their_own(files, tmp_path):
    done = hybridts("forecast", files / "m", "--data", files / "new.csv", "--out", tmp_path / "f.csv")
    assert (done.returncode, done.stdout.strip()) == (0, str(tmp_path / "f.csv")), done.stderr
    done = hybridts("forecast", files / "m", "--horizon", 9)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: horizon 9 is longer")
