"""Two languages: every text of the report that has a Chinese form has the same fields in it, and none is forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

import hybridts.report
from hybridts.errors import BadSetting
from hybridts.report import write_report
from hybridts.report.chinese import ON_SCREEN, SENTENCES
from hybridts.report.language import counted, joined, tr
from tests.fakes.stored_run import Fake, fake_run, many

ROOM = Path(hybridts.report.__file__).parent


def said_in_python() -> Iterator[str]:
    """Yield the English texts that the package passes to `tr`."""
    for file in ROOM.rglob("*.py"):
        tree = ast.parse(file.read_text())
        constants = {
            node.targets[0].id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr":
                text = node.args[0]
                text = constants.get(text.id, text) if isinstance(text, ast.Name) else text
                if isinstance(text, ast.Constant):
                    yield str(text.value)


def said_on_screen() -> Iterator[str]:
    for name in ("core.js", "board.js", "charts.js"):
        script = (files("hybridts.report") / "page" / name).read_text()
        yield from re.findall(r'\bt\("((?:[^"\\]|\\.)*)"', script)


def fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_text_has_a_chinese_form():
    texts = set(said_in_python())
    assert len(texts) > 60
    assert not texts - set(SENTENCES)
    assert not set(said_on_screen()) - set(ON_SCREEN)


@pytest.mark.parametrize("table", [SENTENCES, ON_SCREEN], ids=["python", "scripts"])
def test_both_forms_have_the_same_fields(table):
    assert {text: fields(chinese) for text, chinese in table.items()} == {text: fields(text) for text in table}


def test_values_are_put_into_each_form_in_its_language():
    text = tr("Lines of the training loss of {count}.", count=counted(2, "network"))
    assert text == "Lines of the training loss of 2 networks." and text.zh == "2 个网络的训练损失曲线。"
    both = joined(" ", tr("Horizon"), "", "plain")
    assert both == "Horizon plain" and both.zh == "预测步数plain"


def test_markdown_is_in_the_language_asked_for(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=tuple(many(20)), series=tuple("abcdefg"), windows=4))
    (english,), (chinese,) = (write_report(run, tmp_path / lang, "md", lang=lang) for lang in ("en", "zh"))
    assert "## Leaderboard" in english.read_text() and "## 排行榜" not in english.read_text()
    assert "## 排行榜" in chinese.read_text() and "## Leaderboard" not in chinese.read_text()
    assert re.search("使用 .*：?", chinese.read_text().splitlines()[2])
    with pytest.raises(BadSetting, match="'de' is not a language of reports; there are en, zh"):
        write_report(run, tmp_path, "md", lang="de")
