"""Exports: texts of a run stay texts in every format, LaTeX compiles, JSON keeps its schema, figures are files."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pandas as pd
import pytest

from hybridts.errors import BadSetting
from hybridts.evaluation.leaderboard import Evaluation, board
from hybridts.report import figures_of, medium, notice_of, report_of, write_report
from hybridts.report.evidence import best_set
from hybridts.report.formats.csv import guarded
from hybridts.report.selection import groups_of
from hybridts.text import visible
from tests.fakes.hostile import HOSTILE
from tests.fakes.stored_run import FIVE, Fake, fake_run, many

UNSEEN = {"\x00", "\x1b", "\x07", "\u202e", "\u200f", "\u2066", "\u2028", "\x85"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    out = tmp_path_factory.mktemp("hostile")
    run = fake_run(out / HOSTILE[2].replace("/", "-"), Fake(names=(*FIVE, *HOSTILE), series=tuple(HOSTILE[:6])))
    run = replace(run, manifest={**run.manifest, "notices": list(HOSTILE)})
    return {path.suffix[1:]: path for path in write_report(run, out / "report")}


def test_no_text_export_holds_a_character_that_cannot_be_seen(hostile):
    for kind in ("html", "md", "tex"):
        assert not UNSEEN & set(hostile[kind].read_text()), kind


def test_markdown_holds_no_markup_of_the_run(hostile):
    text = hostile["md"].read_text()
    assert not re.search(r"<(?!/?(details|summary)\b)", text)
    assert text.count("<details>") == text.count("</details>")
    assert not re.search(r"(?<!\\)\[[^\]]*\]\(", text)
    assert "https://" not in text and "@example" not in text
    assert not re.search(r"^(> )?- ([#>+=]|- |\d+\. )", text, re.MULTILINE)


def test_a_spreadsheet_reads_no_formula(hostile):
    rows = list(csv.reader(io.StringIO(hostile["csv"].read_text())))
    cells = [cell for row in rows for cell in row]
    assert not [c for c in cells if c[:1] in ("=", "@", "\t")]
    assert all(float(c) < 0 for c in cells if c[:1] == "-")
    assert '\'=HYPERLINK("https://example.org";"x")' in cells and "'@SUM(1+1)*cmd|' /C calc'!A0" in cells


def test_numbers_stay_numbers_in_a_spreadsheet():
    table = pd.DataFrame({"=x": [-1.5, 2.0], "text": ["-1.5", "-1+1"], "mixed": pd.Series([-3, "+a"], dtype=object)})
    assert guarded(table).to_csv(index=False) == "'=x,text,mixed\n-1.5,-1.5,-3\n2.0,'-1+1,'+a\n"


def test_two_columns_of_one_heading_are_guarded_each():
    table = pd.DataFrame([["=a", "=b"]], columns=["x", "x"])
    assert guarded(table).to_csv(index=False) == "x,x\n'=a,'=b\n"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
def test_the_table_compiles_in_a_paper(hostile, tmp_path):
    wide = fake_run(tmp_path / "wide", Fake(names=tuple(many(60))))
    (plain,) = write_report(wide, tmp_path / "plain", "tex")
    for place, source in enumerate((hostile["tex"], plain)):
        folder = tmp_path / str(place)
        folder.mkdir()
        shutil.copy(source, folder / "table.tex")
        paper = "\\documentclass{article}\\usepackage{booktabs,longtable}\\begin{document}\\input{table}\\end{document}"
        (folder / "paper.tex").write_text(paper)
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=120)
        assert done.returncode == 0, done.stdout[-2000:]
    assert "longtable" in plain.read_text()


def test_a_paper_gets_spreads_and_bold_only_within_the_best_set(tmp_path):
    run = fake_run(tmp_path / "r", Fake(series=tuple("abcdefgh"), windows=4))
    (path,) = write_report(run, tmp_path, "tex")
    body = path.read_text().split("\\midrule\n")[1].split("\\bottomrule")[0].strip().splitlines()
    assert all(row.count("$\\pm$") == 3 for row in body)
    evaluation = Evaluation(run)
    table = board(evaluation)
    found = best_set(evaluation, groups_of(evaluation, table))
    bold = [row for row in body if "\\textbf" in row]
    assert len(bold) == (1 if found.names else 0)
    assert all(visible(found.names[0]) in row for row in bold)
    one = fake_run(tmp_path / "one", Fake(windows=1, series=("a", "b")))
    (path,) = write_report(one, tmp_path / "one-out", "tex")
    assert "textbf" not in path.read_text() and "pm" not in path.read_text()  # nothing can be tested


def test_json_keeps_its_schema(hostile, tmp_path):
    schema = json.loads((files("hybridts.report") / "formats" / "leaderboard.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    hard = Fake(names=(*FIVE, "GRU-SVM", "VAR"), broken=("GRU-SVM",), foreign=("VAR",), partial=("ARIMA",))
    fakes = [hard, Fake(flat=True), Fake(names=("Naive",)), Fake(names=FIVE, broken=FIVE)]
    paths = [write_report(fake_run(tmp_path / "r", f), tmp_path / str(k), "json")[0] for k, f in enumerate(fakes)]
    for path in (hostile["json"], *paths):
        value = json.loads(path.read_text())
        jsonschema.validate(value, schema)
        assert set(value) <= set(schema["properties"])


def test_every_figure_is_a_file_of_each_drawing_format(tmp_path):
    run = fake_run(tmp_path / "r")
    names = [figure.name for figure in figures_of(report_of(run))]
    assert len(names) == len(set(names)) >= 6
    paths = write_report(run, tmp_path / "out", "svg,pdf,png")
    assert [p.name for p in paths] == [f"{name}.{kind}" for kind in ("svg", "pdf", "png") for name in names]
    starts = {".svg": b"<?xml", ".pdf": b"%PDF", ".png": b"\x89PNG"}
    assert all(path.read_bytes().startswith(starts[path.suffix]) for path in paths)
    again = write_report(run, tmp_path / "again", "svg,pdf,png")
    assert [p.read_bytes() for p in paths] == [p.read_bytes() for p in again]


def test_a_drawing_holds_hostile_names_as_texts(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=(*FIVE, *HOSTILE[:8]), series=tuple(HOSTILE[8:12])))
    for path in write_report(run, tmp_path / "out", "svg"):
        text = path.read_text()
        assert not re.search(r"<(script|img|iframe|a)\b", text), path
    with pytest.raises(BadSetting, match="'gif' is not a report format"):
        write_report(run, tmp_path, "gif")


def test_drawings_are_in_the_language_asked_for(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=(*FIVE, "GRU-SVM"), windows=4, series=tuple("abcdef")))
    drawn = {lang: write_report(run, tmp_path / lang, "svg", lang=lang) for lang in ("en", "zh")}
    chinese = re.compile("[\u4e00-\u9fff]")
    for english, other in zip(drawn["en"], drawn["zh"], strict=True):
        assert not chinese.search(english.read_text()), english
        assert chinese.search(other.read_text()) or other.stem in ("importances",), other
    texts = "".join(path.read_text() for path in drawn["zh"])
    assert not re.search("mean rank|step of the|seconds for|may be the best|normal quantile", texts)


def test_a_drawing_without_a_font_for_its_language_is_english_and_says_what_to_install(tmp_path, monkeypatch):
    run = fake_run(tmp_path / "r", Fake(series=("north", "南")))
    assert notice_of(run, "html,svg", "zh") == ""
    monkeypatch.setattr(medium, "chinese_font", lambda: "")
    assert [medium.Medium(kind, "zh").spoken for kind in ("png", "pdf", "svg")] == ["en", "en", "zh"]
    assert "The png figures are in English" in notice_of(run, "html,png", "zh")
    assert "fonts-noto-cjk" in notice_of(run, "pdf", "zh")
    assert "show boxes for characters of the data" in notice_of(run, "png", "en")
    assert notice_of(run, "html,svg", "zh") == ""
