"""Sections and formats: a new section is one file, and every format writes every kind of block, escaped."""

from __future__ import annotations

import json
import pkgutil
import sys
from types import ModuleType

import pandas as pd
import pytest

from hybridts.report import report_of, sections, write_report
from hybridts.report.cells import losses_of, table_of
from hybridts.report.formats import WRITERS
from hybridts.report.section_parts import (
    MARKDOWN,
    ON_SCREEN,
    PAGE,
    Cell,
    Column,
    Figure,
    Item,
    Notice,
    Pairs,
    Paragraph,
    Report,
    Row,
    Section,
    Table,
    Term,
    Verdict,
)
from tests.fakes.stored_run import Fake, fake_run

DATA = pd.DataFrame({"name": ["a|<b>&_%"], "value": [1.5]})
KINDS: dict[str, Item] = {
    "paragraph": Paragraph(("see ", Term("x<y"), " & z_1")),
    "verdict": Verdict("result", ["one <i> & two_2"]),
    "notice": Notice("warned", ["mind <i> & #3"]),
    "pairs": Pairs("facts", [("k<1", "v & {w}")]),
    "table": table_of("numbers", DATA),
    "figure": Figure("line", lambda _: b"<svg></svg>", "a line of <x>", "rises & falls", dict),
}
WANTED = {
    "html": {
        "paragraph": "see <em>x&lt;y</em> &amp; z_1",
        "verdict": '<p class="first">one &lt;i&gt; &amp; two_2</p>',
        "notice": "<li>mind &lt;i&gt; &amp; #3</li>",
        "pairs": "<dt>k&lt;1</dt><dd>v &amp; {w}</dd>",
        "table": '<td class="words" data-key="a|&lt;b&gt;&amp;_%">a|&lt;b&gt;&amp;_%</td><td data-key="1.5">1.5</td>',
        "figure": 'role="img" aria-label="a line of &lt;x&gt;"></div>',
    },
    "md": {
        "paragraph": "see *x&lt;y* &amp; z\\_1",
        "verdict": "- one &lt;i> &amp; two\\_2",
        "notice": "> - mind &lt;i> &amp; #3",
        "pairs": "- k&lt;1: v &amp; {w}",
        "table": "| name | value |\n| --- | ---: |\n| a\\|&lt;b>&amp;\\_% | 1.5 |",
        "figure": "a line of &lt;x> rises &amp; falls",
    },
    "tex": {
        "paragraph": "see \\emph{x$<$y} \\& z\\_1",
        "verdict": "% one <i> & two_2",
        "notice": "\\item mind $<$i$>$ \\& \\#3",
        "pairs": "\\item k$<$1: v \\& \\{w\\}",
        "table": "{lr}\n\\toprule\nname & value \\\\\n\\midrule\na$|$$<$b$>$\\&\\_\\% & 1.5 \\\\\n\\bottomrule",
        "figure": "% Figure, see figures/line.pdf. a line of <x> rises & falls",
    },
}


@pytest.fixture
def add_section(monkeypatch):
    """Add a section as a file in the folder would."""

    def add(name, section):
        module = ModuleType(f"{sections.__name__}.{name}")
        module.section = section  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(sections, "SECTIONS", (*sections.SECTIONS, name))

    return add


def written(section, kind, title="Run"):
    text = WRITERS[kind][1](Report(title, [section]))
    return text.partition("<body>")[2].partition("<script")[0] if kind == "html" else text


def test_every_file_of_the_folder_is_a_section_of_the_report():
    files = {module.name for module in pkgutil.iter_modules(sections.__path__)}
    assert files == set(sections.SECTIONS) and len(sections.SECTIONS) == len(files)


@pytest.mark.parametrize("folded", [False, True])
def test_a_new_section_needs_one_file_to_be_written_by_every_format(folded, add_section, tmp_path):
    def section(evaluation, board):
        best = board["model"].iloc[0]
        items: list[Item] = [
            Paragraph(f"{best} is first of {len(evaluation.shown)}."),
            table_of("first", board[["model"]]),
        ]
        return Section("A new one", "new", items, folded=folded)

    add_section("new", section)
    paths = write_report(fake_run(tmp_path / "r"), tmp_path / "out", ["html", "md", "tex", "json"])
    for path in paths:
        text = path.read_text()
        assert "A new one" in text and " is first of 5." in text, path
    value = json.loads(paths[-1].read_text())
    assert [row["model"] for row in value["first"]] == [row["model"] for row in value["leaderboard"]]


def test_a_section_that_has_nothing_to_show_is_none(add_section, tmp_path):
    def section(evaluation, board):
        return None

    plain = report_of(fake_run(tmp_path / "r"))
    add_section("nothing", section)
    assert len(report_of(fake_run(tmp_path / "r")).sections) == len(plain.sections)


@pytest.mark.parametrize("kind", WANTED)
@pytest.mark.parametrize("block", KINDS)
def test_every_format_writes_every_kind_of_block_and_escapes_it(block, kind):
    text = written(Section("T & <t>", "t", [KINDS[block]]), kind)
    assert WANTED[kind][block] in text
    title = {"html": 'id="t">T &amp; &lt;t&gt;</h2>', "md": "## T &amp; &lt;t>", "tex": "% T & <t>"}
    assert title[kind] in text


@pytest.mark.parametrize("kind", WANTED)
def test_whitespace_in_data_cannot_leave_its_line(kind):
    pairs = Pairs("p", [("a\n\nb", "# c\n% d")])
    text = written(Section("one\ntwo", "t", [Verdict("v", ["x\ny"]), pairs]), kind, title="r\nun")
    if kind != "html":
        assert not {"two", "y", "b", "# c", "% d", "un"} & set(text.splitlines())


def test_a_figure_without_a_chart_is_shown_as_it_is_drawn():
    drawn = Figure("line", lambda _: b"<svg/>", "a line of <x>", "")
    assert '<img src="data:image/svg+xml;base64,PHN2Zy8+" alt="a line of &lt;x&gt;">' in written(
        Section("T", "t", [drawn]), "html"
    )


def test_json_has_data_by_name_and_running_text_by_section():
    section = Section("T", "t", [Section("U", "u", list(KINDS.values()), folded=True)], values={"best": None})
    value = json.loads(written(section, "json"))
    assert value["numbers"] == [{"name": "a|<b>&_%", "value": 1.5}] and value["facts"] == {"k<1": "v & {w}"}
    assert value["result"] == ["one <i> & two_2"] and value["best"] is None
    assert value["sections"] == [
        {"anchor": "u", "title": "U", "text": ["see x<y & z_1", "a line of <x>", "rises & falls"]}
    ]
    with pytest.raises(ValueError, match="JSON keys of two blocks: facts"):
        written(Section("", "t", [KINDS["pairs"], KINDS["pairs"]]), "json")


def test_a_folded_section_is_opened_by_its_reader():
    section = Section("Outer", "o", [Section("a & <b>", "in", [KINDS["table"]], folded=True)])
    assert '<details id="in"><summary>a &amp; &lt;b&gt;</summary>' in written(section, "html")
    assert "<details><summary>a &amp; &lt;b&gt;</summary>\n\n| name" in written(section, "md")


def test_blocks_columns_and_sections_are_written_where_they_belong():
    columns = [Column("all", words=True), Column("here", formats=PAGE)]
    table = Table("t", columns, [Row([Cell("one", "1"), Cell("two", "2")])], pd.DataFrame({"raw": [3]}))
    below = Section("Lines", "l", [Pairs("", [("a", "line")])], formats=MARKDOWN)
    section = Section("T", "t", [table, below], formats=ON_SCREEN)
    html, markdown, tex = (written(section, kind) for kind in WANTED)
    assert "two" in html and "line" not in html
    assert "two" not in markdown and "here" not in markdown and "- a: line" in markdown
    assert "one" not in tex and "booktabs" in tex
    assert json.loads(written(section, "json"))["t"] == [{"raw": 3}]


def test_what_is_empty_is_not_written_and_keeps_its_key():
    nothing = table_of("none", DATA.iloc[:0])
    section = Section("Title", "t", [Paragraph("It explains the table."), nothing])
    for kind in WANTED:
        assert "Title" not in written(section, kind) and "explains" not in written(section, kind)
    assert json.loads(written(section, "json")) == {"schema": 1, "run": "Run", "none": [], "sections": []}
    assert "Title" in written(Section("Title", "t", [Paragraph("Text alone.")]), "html")


def test_losses_are_rounded_for_readers_and_whole_for_programs():
    table = losses_of("l", pd.DataFrame({"model": ["A"], "window 0": [1.23456], "window 1": [float("nan")]}))
    assert [c.text for c in table.rows[0].cells] == ["A", "1.235", ""]
    assert [c.key for c in table.rows[0].cells] == ["A", "1.23456", ""]


def test_every_metric_that_was_asked_for_is_in_every_table(tmp_path):
    run = fake_run(tmp_path / "r", Fake(extra={"metrics": ["bias", "WAPE"]}))
    texts = {path.suffix[1:]: path.read_text() for path in write_report(run, tmp_path / "out")}
    assert (">bias</span></th>" in texts["html"] and "| WAPE | bias |" in texts["md"]) or "| bias | WAPE |" in texts[
        "md"
    ]
    assert "& bias &" in texts["tex"] and ",bias," in texts["csv"]
    assert isinstance(json.loads(texts["json"])["leaderboard"][0]["bias"], float)


def test_names_that_collide_with_headings_do_no_harm(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=("series", "model", "Naive")))
    assert len(write_report(run, tmp_path / "out")) == len(WRITERS)


def test_a_report_without_its_incomplete_names(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=("LSTM", "ARIMA", "Naive"), partial=("Naive",)))
    page, path = write_report(run, tmp_path / "out", "html,md", missing="drop")
    assert "MASE of every name" in page.read_text()  # the best baseline, which is dropped, would be its dashed line
    board = path.read_text().partition("## Leaderboard")[2].partition("##")[0]
    assert "| ARIMA |" in board and "| Naive |" not in board
