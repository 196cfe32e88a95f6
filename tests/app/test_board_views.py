"""A board in a notebook: its verdict and table, figures, losses of cells, errors, importances."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import hybridts as ht
from hybridts.app.api import Board, merged_board
from hybridts.errors import BadSetting, UnknownName, UserError
from tests.fakes.hostile import HOSTILE
from tests.fakes.stored_run import FIVE, Fake, fake_run


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    models = ["ARIMA-RF", "SeasonalNaive"]
    out = tmp_path_factory.mktemp("board") / "run"
    return ht.backtest("dataset:airpassengers", models, horizon=6, windows=2, baselines="none", jobs=1, out=out)


def test_the_best_name_is_the_first_of_the_table(board):
    assert board.best == board.table["model"].iloc[0]


def test_losses_of_cells_average_to_the_table(board):
    means = board.errors.groupby("model")[["MASE", "sMAPE"]].mean()
    table = board.table.set_index("model")[["MASE", "sMAPE"]]
    for name in table.index:
        assert means.loc[name].tolist() == pytest.approx(table.loc[name].tolist())
    assert list(board.errors.columns[:4]) == ["model", "window", "unique_id", "cutoff"]
    assert len(board.errors) == 2 * 2


def test_residuals_are_actual_minus_forecast(board):
    rows = board.residuals("ARIMA-RF")
    wide = board.forecasts
    assert rows["residual"].tolist() == pytest.approx((wide["y"] - wide["ARIMA-RF"]).tolist())
    assert rows["scaled"].abs().groupby(rows["cutoff"]).mean().mean() == pytest.approx(
        board.table.set_index("model")["MASE"]["ARIMA-RF"]
    )
    with pytest.raises(UnknownName, match=r"no name 'ARIMA-RG'\. Did you mean ARIMA-RF"):
        board.residuals("ARIMA-RG")


def test_importances_are_those_of_the_names_learners(board):
    table = board.importances("ARIMA-RF")
    assert list(table.columns) == ["stage", "window", "feature", "importance"]
    assert set(table["stage"]) == {"ARIMA-RF"} and set(table["window"]) <= {0, 1} and (table["importance"] >= 0).all()
    assert board.importances("SeasonalNaive").empty


def test_a_figure_is_shown_and_saved(board, tmp_path):
    drawing = board.plot("errors")
    assert drawing._repr_svg_().lstrip().startswith("<?xml")
    assert drawing.save(tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(BadSetting, match=r"'a\.gif' has no format of drawings; use one of \.svg, \.pdf, \.png"):
        drawing.save(tmp_path / "a.gif")
    with pytest.raises(BadSetting, match=r"'errrors' is no figure of this board; it has .*Did you mean errors"):
        board.plot("errrors")


def test_a_notebook_shows_verdict_and_table_escaped(tmp_path):
    board = Board(fake_run(tmp_path / "r", Fake(names=(*FIVE, *HOSTILE))))
    text = board._repr_html_()
    assert "the data cannot tell" in text or "Use " in text or "can be tested" in text
    assert set(re.findall(r"</?(\w+)", text)) <= {"div", "p", "table", "thead", "tbody", "tr", "th", "td"}
    assert text.count("<tr>") == 1 + 40 and "more names: board.table" in text
    assert "\x1b" not in text and "\u202e" not in text


@pytest.mark.command
def test_the_command_joins_runs_or_says_why_not(board, tmp_path):
    def report(*arguments):
        command = [sys.executable, "-m", "hybridts", "report", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    other = tmp_path / "other"
    ht.backtest("dataset:airpassengers", "Drift", horizon=6, windows=2, baselines="none", jobs=1, out=other)
    done = report(board.path, other, "--out", tmp_path / "both", "--format", "md", "--lang", "zh")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "both" / "leaderboard.md").read_text()
    assert all(name in text for name in ("ARIMA-RF", "SeasonalNaive", "Drift")) and "排行榜" in text
    assert "give a folder for it by --out" in report(board.path, other).stderr
    shorter = tmp_path / "shorter"
    ht.backtest("dataset:airpassengers", "Drift", horizon=5, windows=2, baselines="none", jobs=1, out=shorter)
    refused = report(board.path, shorter, "--out", tmp_path / "no")
    assert refused.returncode == 2 and "differ in horizon: 6 and 5" in refused.stderr
    with pytest.raises(UserError, match="differ in horizon"):
        merged_board([board.path, shorter])
