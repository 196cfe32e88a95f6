"""Reports: self-contained, escaped, deterministic, with all that is missing named, and the same run in every format."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from hybridts import text as words
from hybridts.errors import BadSetting, UserError
from hybridts.evaluation.leaderboard import Evaluation, board
from hybridts.report import FORMATS, report_of, write_report
from hybridts.report.medium import Medium
from hybridts.report.sections import cost, error_by_name
from tests.fakes.runs import as_nobody
from tests.fakes.stored_run import FIVE, Fake, fake_run, many

HARD = Fake(
    names=(*FIVE, "GRU-SVM", "VAR", "ARIMA-RF"),
    series=("a & <b>", 'quo"te', "$x_1$", "系列"),
    partial=("ARIMA-RF",),
    broken=("GRU-SVM",),
    foreign=("VAR",),
    notices=("cached at /home/me/.cache/run and C:\\Users\\me\\run, see MASE/RMSSE",),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("hard")
    paths = write_report(fake_run(out / "my <run>", HARD), out / "report")
    return {p.suffix[1:]: p.read_text() for p in paths}


class Page(HTMLParser):
    """A page as a browser reads it: balanced tags, links, ids, text."""

    VOID = ("meta", "br", "link", "img")

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.ids, self.text = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self._read(attrs)

    def handle_startendtag(self, tag, attrs):
        self._read(attrs)

    def _read(self, attrs):
        self.links += [v for k, v in attrs if k in ("src", "href", "xlink:href", "action", "data")]
        self.ids += [v for k, v in attrs if k == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] not in (["style"], ["script"]):
            self.text.append(data)


def bundle():
    """Plotly's bundle, which names addresses that it fetches only when asked to."""
    return (files("hybridts.report") / "page" / "plotly-basic.min.js").read_text(encoding="utf-8")


def test_the_bundle_is_the_one_its_package_delivers():
    assert (
        hashlib.sha256(bundle().encode()).hexdigest()
        == "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba"
    )
    assert "Licensed under the MIT license" in bundle()[:300]
    assert "Permission is hereby granted" in (files("hybridts.report") / "page" / "plotly-basic.LICENSE").read_text()


def test_all_formats_are_written_and_named_for_what_they_hold(tmp_path):
    paths = write_report(fake_run(tmp_path / "r"), tmp_path / "out")
    assert [p.name for p in paths] == [
        *("report.html", "leaderboard.md", "leaderboard.csv", "leaderboard.tex", "leaderboard.json")
    ]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(p.name for p in paths)


def test_the_page_is_whole_and_fetches_nothing(written):
    page = Page(written["html"])
    assert not page.open
    assert all(link.startswith(("#", "data:image/")) for link in page.links)
    assert len(page.ids) == len(set(page.ids))
    ours = written["html"].replace(bundle(), "")
    assert len(ours) < len(written["html"]) / 2  # the bundle was there, once
    assert not re.findall(r"https?://[^\s\"'<>]+", ours) and "@import" not in ours and "url(" not in ours
    assert "default-src 'none'; script-src 'sha256-" in ours


def test_ids_are_escaped_and_read_as_they_are(written):
    assert "<b>" not in written["html"] and "my <run>" not in written["html"]
    text = " ".join(Page(written["html"]).text)
    for uid in HARD.series:
        assert uid in text
    assert "my <run>" in text


def test_no_report_names_a_directory_of_the_machine(written):
    for text in written.values():
        assert "/home/" not in text and "Users" not in text and "Traceback" not in text
    assert "sales.csv" in written["html"] and "see MASE/RMSSE" in written["html"]


def test_the_same_run_gives_the_same_bytes(written, tmp_path):
    again = write_report(fake_run(tmp_path / "my <run>", HARD), tmp_path / "elsewhere")
    assert {p.suffix[1:]: p.read_text() for p in again} == written


def test_failures_missing_cells_and_not_applicable_names_are_in_every_format(written):
    text = " ".join(Page(written["html"]).text)
    for wanted in ("Failures", "GRU-SVM answered NaN <at> y.py & more", "singular matrix", "Not applicable"):
        assert wanted in text
    assert "Without a rank: 1 incomplete, 1 failed, 1 not applicable here." in text
    assert "- VAR: not applicable, one series: nothing is multivariate" in written["md"]
    value = json.loads(written["json"])
    assert [r["model"] for r in value["not_applicable"]] == ["VAR"]
    assert {r["model"] for r in value["failures"]} == {"GRU-SVM", "ARIMA-RF"}
    assert value["left_out"] == [{"series": "tiny <5>", "windows": 1, "values found": 5, "values needed": 30}]


def test_csv_json_and_table_are_the_same_leaderboard(tmp_path):
    run = fake_run(tmp_path / "r")
    table = board(Evaluation(run))
    paths = {p.suffix: p for p in write_report(run, tmp_path, ["csv", "json"])}
    rows = list(csv.DictReader(paths[".csv"].read_text().splitlines()))
    records = json.loads(paths[".json"].read_text())["leaderboard"]
    assert [r["model"] for r in rows] == [r["model"] for r in records] == list(table["model"])
    assert [float(r["MASE"]) for r in rows] == [r["MASE"] for r in records] == table["MASE"].tolist()
    assert records[0]["rank"] == 1 and list(records[0]) == list(table.columns)


def test_markdown_and_latex_tables_have_one_row_per_name_and_equal_columns(written):
    board = written["md"].partition("\n## Leaderboard\n")[2].partition("\n#")[0]
    lines = [line for line in board.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(HARD.names)
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
    body = written["tex"].split("\\midrule\n")[1].split("\\bottomrule")[0].strip().splitlines()
    assert len(body) == len(HARD.names) and all(line.endswith(" \\\\") for line in body)
    assert len({len(re.findall(r"(?<!\\)&", line)) for line in body}) == 1
    assert written["tex"].count("\\toprule") == 1 and not re.search(
        r"(?<!\\)[_#]", written["tex"].partition("\\toprule")[2]
    )


def test_the_verdict_says_which_name_how_sure_and_whose_merit(written):
    value = json.loads(written["json"])
    use, sure, merit, *rest = value["verdict"]
    best = value["leaderboard"][0]["model"]
    assert use.startswith(f"Use {best}")
    assert f"{best} has MASE " in sure and ("best baseline" in sure or "no other name does better" in sure)
    assert re.match(r"Names with parts of their own: 2; better than their best part: \d \(\d clearly\)", merit)
    assert re.search(r"Gates shut: \d of 9 \(correction x window\)\.", merit)
    assert rest == ["Without a rank: 1 incomplete, 1 failed, 1 not applicable here."]


def shut(run, hybrid="LSTM-XGBoost", base="LSTM", error=0.01):
    """Return the run with a hybrid that is its base in every forecast, and the best of all."""
    rows = run.forecasts.copy()
    rows.loc[rows["model"].isin([hybrid, base]), "yhat"] = rows["y"] + error
    return replace(run, forecasts=rows)


def test_a_correction_that_did_nothing_earns_nothing(tmp_path):
    run = shut(fake_run(tmp_path / "r"))
    first, _, merit, *_ = report_of(run).sections[0].items[0].texts  # type: ignore[union-attr]
    assert first.startswith("Use LSTM")
    assert merit.startswith("What LSTM-XGBoost adds to LSTM did nothing here (gates shut): the forecast and the merit")


def test_the_merit_is_the_bases_also_where_the_base_is_no_row(tmp_path):
    run = shut(fake_run(tmp_path / "r", Fake(names=("LSTM-XGBoost", "ARIMA", "Naive"))))
    page, values = (p.read_text() for p in write_report(run, tmp_path / "out", "html,json"))
    use, sure, merit, *_ = json.loads(values)["verdict"]
    assert "LSTM" not in [row["model"] for row in json.loads(values)["leaderboard"]]
    assert use.startswith(("Use LSTM:", "Use LSTM or"))
    assert sure.startswith("LSTM has MASE ") and merit.startswith("What LSTM-XGBoost adds to LSTM did nothing")
    assert 'data-author="LSTM"' in page


def test_gates_that_are_all_shut_are_said_and_not_drawn(tmp_path):
    run = fake_run(tmp_path / "r")
    closed = [re.sub(r'"gate": \[[^]]*\]', '"gate": [0, 0, 0, 0, 0, 0]', notes) for notes in run.stages["notes"]]
    (page,) = write_report(replace(run, stages=run.stages.assign(notes=closed)), tmp_path, "html")
    text = page.read_text().replace(bundle(), "")
    assert "All corrections are shut (1)" in text and 'data-chart="gates"' not in text
    assert "evidence 0" in text  # why stands in the table


@pytest.mark.parametrize(
    "fake",
    [
        Fake(series=("only",), windows=1, horizon=1, step=1),
        Fake(flat=True),
        Fake(names=("LSTM", "LSTM-RF")),
        Fake(names=("Naive",)),
        Fake(names=FIVE, broken=FIVE),
        Fake(names=FIVE, partial=FIVE),
        Fake(windows=8, step=2),
    ],
    ids=["tiny", "no scale", "no baseline", "only a baseline", "all failed", "all partial", "overlapping windows"],
)
def test_unusual_runs_still_have_a_report(fake, tmp_path):
    paths = write_report(fake_run(tmp_path / "r", fake), tmp_path)
    assert len(paths) == len(FORMATS)
    assert not Page(paths[0].read_text()).open


def test_integer_time_gaps_and_infinite_forecasts_can_be_drawn(tmp_path):
    run = fake_run(tmp_path / "r")
    rows = run.forecasts.copy()
    months = pd.PeriodIndex(rows["ds"], freq="M")
    rows["ds"], rows["cutoff"] = months.year * 12 + months.month, 5
    rows.loc[rows["step"] == 2, "y"] = np.nan
    rows.loc[(rows["model"] == "ARIMA") & (rows["step"] == 3), "yhat"] = np.inf
    paths = write_report(replace(run, forecasts=rows, cells=run.cells.assign(cutoff=5)), tmp_path)
    assert "∞" in paths[0].read_text()
    assert json.loads(paths[-1].read_text())["leaderboard"][-1]["MASE"] == "inf"


def test_a_run_read_back_from_its_directory_reports_the_same(tmp_path):
    from hybridts.evaluation.run import load_run

    run = fake_run(tmp_path / "r", HARD)
    run.save()
    one = write_report(run, tmp_path / "a", ["html", "json"])
    two = write_report(load_run(tmp_path / "r"), tmp_path / "b", ["html", "json"])
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_a_hundred_names_are_all_legible(tmp_path):
    names = tuple(many(108))
    evaluation = Evaluation(fake_run(tmp_path / "r", Fake(names=names, series=tuple("abcdef"))))
    svg = error_by_name.draw(evaluation, list(board(evaluation)["model"]), Medium("svg")).decode()
    height = float(re.findall(r'viewBox="0 0 [\d.]+ ([\d.]+)"', svg)[0])
    assert height / len(names) > 12  # points per row for letters of 8
    assert all(f">{name}<" in svg for name in names)


def test_drawing_leaves_the_callers_matplotlib_alone(tmp_path):
    before = dict(mpl.rcParams)
    write_report(fake_run(tmp_path / "r"), tmp_path, ["html"])
    assert dict(mpl.rcParams) == before


def test_an_unknown_format_or_policy_is_refused_before_anything_is_written(tmp_path):
    run = fake_run(tmp_path / "r", HARD)
    with pytest.raises(BadSetting, match=r"'htm' is not a report format; there are html, md, .*Did you mean html"):
        write_report(run, tmp_path / "out", ["htm"])
    with pytest.raises(UserError, match="Forecasts are missing"):
        write_report(run, tmp_path / "out", missing="error")
    assert not (tmp_path / "out").exists()


def test_one_format_or_several_may_be_one_text(tmp_path):
    run = fake_run(tmp_path / "r")
    assert [p.name for p in write_report(run, tmp_path, "md")] == ["leaderboard.md"]
    assert [p.name for p in write_report(run, tmp_path, "json, csv")] == ["leaderboard.json", "leaderboard.csv"]
    with pytest.raises(BadSetting, match="'htm' is not a report format"):
        write_report(run, tmp_path, "md,htm")


def test_a_folder_that_cannot_hold_a_report_is_refused_in_words(tmp_path):
    run = fake_run(tmp_path / "r")
    file = tmp_path / "file"
    file.write_text("kept")
    with pytest.raises(UserError, match=r"file is a file: give a folder"):
        write_report(run, file)
    with pytest.raises(UserError, match=r"cannot be written: Not a directory\. Give a folder"):
        write_report(run, file / "below", "md")
    with as_nobody() as folder:
        folder.chmod(0o555)
        for out in (folder, folder / "new"):
            with pytest.raises(UserError, match=r"leaderboard.md cannot be written: Permission denied\. Give a folder"):
                write_report(run, out, "md")
    assert file.read_text() == "kept"


def test_the_pareto_front_is_the_points_that_no_other_beats():
    assert cost.pareto_front([1, 2, 3, 4, float("nan")], [5, 6, 3, 3, 1]) == [0, 2]


@pytest.mark.parametrize(
    "value, text",
    [(0.81234, "0.812"), (12.345, "12.35"), (1234.5, "1234"), (1.2e-7, "1.2e-07"), (0.0, "0.000"), (2e9, "2e+09")],
)
def test_numbers_keep_their_figures(value, text):
    assert words.number(value) == text


@pytest.mark.parametrize(
    "text, shortened",
    [
        ("no file /data/x/y.csv here", "no file y.csv here"),
        (r"'C:\data\x.csv' (/tmp/a/b)", "'x.csv' (b)"),
        ("MASE/RMSSE 1/2 2020/01/02 a /b", "MASE/RMSSE 1/2 2020/01/02 a /b"),
    ],
)
def test_only_absolute_paths_are_shortened(text, shortened):
    assert words.without_paths(text) == shortened


def test_every_gate_is_reported_with_its_evidence(tmp_path):
    run = fake_run(tmp_path / "r")
    html, markdown, values = (
        p.read_text(encoding="utf-8") for p in write_report(run, tmp_path / "out", ["html", "md", "json"])
    )
    gates = json.loads(values)["gates"]
    hybrids = [n for n in FIVE if "-" in n]
    assert {g["stage"] for g in gates} <= set(hybrids) and len(gates) == 3 * len({g["stage"] for g in gates})
    for g in gates:
        assert len(g["gate"]) == 6 and g["reason"] == f"evidence {g['window']}"
        assert f"evidence {g['window']}" in html
    for stage in {g["stage"] for g in gates}:
        opened = sum(any(g["gate"]) for g in gates if g["stage"] == stage)
        (line,) = (x for x in markdown.splitlines() if x.startswith(f"- {stage}: ") and "evidence" in x)
        assert f"open in {opened} of 3 windows; the newest: evidence 2" in line


def test_a_share_that_is_little_is_not_written_as_nothing():
    assert words.share([[0.0, 0.0]]) == "0 %"
    assert words.share([[0.001, 0.0], [0.0, 0.0]]) == "< 1 %"
    assert words.share([[0.5, 0.0], [0.25, 0.25]]) == "25 %"
