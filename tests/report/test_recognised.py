"""Sentences that a run holds in English have a Chinese form: those that the package writes are put through it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from hybridts.data.covariate_checks import covariate_notices
from hybridts.data.read.categories import notice
from hybridts.evaluation.independent_units import units_of
from hybridts.evaluation.series_notices import series_notices
from hybridts.report import write_report
from hybridts.report.chinese_found import FOUND, HEADINGS
from hybridts.report.language import Bilingual, in_language
from hybridts.report.recognised import recognised, recognised_heading
from tests.fakes.panels import panel_of
from tests.fakes.stored_run import Fake, fake_run, many

SENTENCE = re.compile(r"(?:\b[a-z]{2,},? ){5,}")
RNG = np.random.default_rng(0)
Y = RNG.normal(size=(3, 80)).cumsum(axis=1)


def of_tests():
    """Yield what boards say of their test, for windows and series of many numbers."""
    months = pd.date_range("2000-01-31", periods=400, freq="ME")
    for windows, series, step in ((1, 1, 12), (1, 9, 12), (2, 6, 12), (9, 6, 12), (9, 1, 12), (40, 4, 3), (8, 3, 2)):
        rows = [(w, f"s{i}", months[w * step]) for w in range(windows) for i in range(series)]
        yield from said(rows, step)
    for apart in (1, 30):
        yield from said([(w, f"s{i}", months[w * 12 + i * apart]) for w in range(3) for i in range(9)], 12)


def said(rows, step):
    cells = pd.DataFrame(rows, columns=["window", "unique_id", "cutoff"])
    words = units_of(cells, np.ones(len(cells), dtype=bool), 12, step, "ME").words
    yield words
    yield f"Model Confidence Set at 90 % ({words})"
    if words.startswith("no test"):
        yield f"{words[0].upper()}{words[1:]}: differences may be chance."
    else:
        yield f"{words}; two-sided, corrected for all names"


def on_covariates():
    """Yield the notices on columns that leak, are constant, collinear, or missing ahead."""
    noise = RNG.normal(size=Y.shape)
    ahead = noise.copy()
    ahead[:, -2:] = np.nan
    for kind, *columns in (
        ("future", Y),
        ("past", np.roll(Y, -3, axis=1)),
        ("past", noise, 2 * noise),
        ("past", 0 * Y),
    ):
        table = np.stack([column.ravel() for column in columns], axis=1)
        names = {kind: tuple(f"x{k}" for k in range(len(columns)))}
        yield from covariate_notices(panel_of(*Y, season=7, **{kind: table}, columns=names), 4)
    cut = panel_of(*Y, future=ahead.reshape(-1, 1), columns={"future": ("promo",)}).cut(np.full(3, 75), 4)
    yield from covariate_notices(cut, 4)


def on_fits():
    """Yield the notices on what fits of single series found."""
    keys = ("season_ignored", "refitted", "columns_dropped", "columns_shared", "categories_average")
    yield from series_notices([("ARIMA-SVM (ARIMA)", {key: {"a": "why"} for key in keys})], 2)
    yield notice("kind", ["a", "none", "b"])
    yield notice("kind", ["a", "b"])


@pytest.mark.parametrize("made", [of_tests, on_covariates, on_fits])
def test_what_the_package_writes_is_said_in_chinese(made):
    texts = list(made())
    assert len(texts) >= 5
    for text in texts:
        found = recognised(text)
        assert found == text and isinstance(found, Bilingual), text
        assert not SENTENCE.search(found.zh), found.zh


def test_a_report_in_chinese_holds_no_english_sentence(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=tuple(many(20)), series=tuple("abcdefg"), windows=4))
    (path,) = write_report(run, tmp_path / "out", "md", lang="zh")
    rest = [line for line in path.read_text().splitlines() if SENTENCE.search(line)]
    assert not rest


def test_texts_of_the_data_stay_as_they_are():
    for text in ("north", "window", "a to b", "the forecast of my own store that we all know well", ""):
        assert not isinstance(recognised(text), Bilingual)
    assert [in_language(recognised_heading(x), "zh") for x in ("cutoff", "window 3")] == ["截止点", "窗口 3"]


@pytest.mark.parametrize("table", [FOUND, HEADINGS])
def test_both_forms_have_the_same_fields(table):
    for text, chinese in table.items():
        assert set(re.findall(r"\{(\w+)\}", chinese)) == set(re.findall(r"\{(\w+)\}", text)), text
