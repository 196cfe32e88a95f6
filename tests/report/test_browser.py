"""The page in a real browser: it fetches nothing, raises no error, and works by keyboard, on a phone and for axe."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hybridts.report import write_report
from hybridts.text import visible
from tests.fakes.hostile import HOSTILE
from tests.fakes.stored_run import FIVE, WALK, Fake, fake_run, many

playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright here")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 400, "height": 800}


PIN = """name => [...document.querySelectorAll("table.board tr")]
  .find(row => row.dataset.name === name).querySelector(".pin").click()"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


class Opened:
    """A page in a window of its own, with all that went wrong in it."""

    def __init__(self, browser, path, size=None, theme="light"):
        self.page = browser.new_page(viewport=size or DESKTOP, color_scheme=theme)
        self.wrong: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._request)
        self.page.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        self.page.goto(f"file://{path}")
        self.page.wait_for_selector("html[data-ready]")

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.wrong.append(message.text)

    def _request(self, request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.wrong.append(request.url)

    def see_all(self):
        """Scroll to every chart, so that it is drawn."""
        for place in range(self.page.locator("[data-chart]").count()):
            figure = self.page.locator("[data-chart]").nth(place)
            figure.scroll_into_view_if_needed()
            figure.locator(".plot svg.main-svg").first.wait_for()

    def press(self, selector, key="Enter"):
        self.page.locator(selector).first.focus()
        self.page.keyboard.press(key)

    def names(self):
        """Return the names of the board that are shown, in their order."""
        return self.page.eval_on_selector_all(
            "table.board tbody tr:not([hidden])", "rows => rows.map(r => r.dataset.name)"
        )


def page_of(run, out, **options):
    (path,) = write_report(run, out, "html", **options)
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page with many names, some of which made the same forecasts."""
    out = tmp_path_factory.mktemp("browser")
    run = fake_run(out / "run", Fake(names=tuple(many(40)), series=tuple("abcdefgh"), windows=10))
    rows = run.forecasts.set_index(["window", "unique_id", "step"])
    base = rows[rows["model"] == "LSTM"]["yhat"]
    for name in ("LSTM-SVM", "LSTM-RF"):
        own = (run.forecasts["model"] == name).to_numpy()
        run.forecasts.loc[own, "yhat"] = base.reindex(rows.index[own]).to_numpy()
    return page_of(run, out)


@pytest.fixture
def opened(browser, report):
    found = Opened(browser, report)
    yield found
    found.page.close()
    assert not found.wrong


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_drawn_and_nothing_is_fetched(browser, report, size, theme):
    found = Opened(browser, report, size, theme)
    found.see_all()
    assert found.page.evaluate("document.documentElement.dataset.theme") == theme
    assert found.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert not found.wrong
    found.page.close()


def test_the_board_is_sorted_by_keyboard(opened):
    place = opened.page.evaluate(
        "[...document.querySelectorAll('table.board th')].findIndex(h => h.textContent.trim() === 'MASE')"
    )
    keys = f"rows => rows.map(r => +r.cells[{place}].dataset.key)"
    found = []
    for _ in range(2):
        opened.press(f"table.board th:nth-child({place + 1}) button")
        found.append(opened.page.eval_on_selector_all("table.board tbody tr:not([hidden])", keys))
    assert len(found[0]) > 30
    assert found[0] == sorted(found[0]) and found[1] == sorted(found[1], reverse=True)


def test_equal_names_are_one_group_that_opens(opened):
    assert "LSTM" in opened.names() and "LSTM-SVM" not in opened.names()
    opened.press("tr[data-name=LSTM] button[aria-expanded]")
    shown = opened.names()
    place = shown.index("LSTM")
    assert set(shown[place + 1 : place + 3]) == {"LSTM-SVM", "LSTM-RF"}
    opened.press("input[type=checkbox]", " ")
    assert len(opened.names()) == 40


def test_the_names_that_may_be_the_best_can_be_picked_out(opened):
    marked = (
        "page.values.charts['confidence-set'].names.filter((n, i) => page.values.charts['confidence-set'].inside[i])"
    )
    best = opened.page.evaluate(marked)
    assert 0 < len(best) < len(opened.names())
    opened.page.get_by_label("Only those that may be the best").focus()
    opened.page.keyboard.press(" ")
    assert set(opened.names()) == set(best)


def test_search_and_family_narrow_the_board(opened):
    opened.page.locator("input[type=search]").focus()
    opened.page.keyboard.type("lstm-svm")
    assert "LSTM-SVM" in opened.names() and all("lstm-svm" in name.lower() for name in opened.names())
    opened.page.keyboard.press("Control+a")
    opened.page.keyboard.press("Delete")
    opened.page.locator(".controls select").first.focus()
    opened.page.keyboard.type("neu")
    neural = {"LSTM", "GRU", "RNN", "CNN", "MLP", "DNN", "CNN-LSTM"}
    assert set(opened.names()) == neural
    assert "7 of 40 names shown" in opened.page.locator(".count").inner_text()


def test_two_pinned_names_are_compared_with_their_test(opened):
    first, second = opened.names()[:2]
    opened.press(f"tr[data-name='{first}'] .pin")
    assert f"{first} is pinned" in opened.page.locator("#duel").inner_text()
    opened.press(f"tr[data-name='{second}'] .pin")
    text = opened.page.locator("#duel").inner_text()
    assert f"{first} has " in text and f" than {second}" in text and "Test: " in text
    assert "(p " in text or "too little data" in text
    opened.page.locator("#duel svg.main-svg").first.wait_for()
    opened.press(f"tr[data-name='{second}'] .pin")
    opened.press("tr[data-name=LSTM] button[aria-expanded]")
    opened.press("tr[data-name=LSTM-SVM] .pin")
    opened.press(f"tr[data-name='{first}'] .pin")
    opened.press("tr[data-name=LSTM] .pin")
    assert "made the same forecasts" in opened.page.locator("#duel").inner_text()


def test_pickers_of_series_window_and_names_redraw_the_forecasts(opened):
    figure = opened.page.locator("[data-chart=forecasts]")
    figure.scroll_into_view_if_needed()
    figure.locator("svg.main-svg").first.wait_for()
    drawn = "JSON.stringify(document.querySelector('[data-chart=forecasts] .plot').data.map(t => [t.name, t.y]))"
    seen = [opened.page.evaluate(drawn)]
    for place in range(2):
        figure.locator("select").nth(place).focus()
        opened.page.keyboard.press("ArrowDown")
        seen.append(opened.page.evaluate(drawn))
    figure.locator(".chip").first.focus()
    opened.page.keyboard.press("Enter")
    seen.append(opened.page.evaluate(drawn))
    assert len(set(seen)) == 4
    errors = opened.page.locator("[data-chart=errors]")
    errors.scroll_into_view_if_needed()
    by = errors.locator("select").first
    assert by.locator("option").all_inner_texts() == ["step", "window", "series", "month"]


def test_theme_and_language_change_by_keyboard(opened):
    opened.press("#theme")
    assert opened.page.evaluate("document.documentElement.dataset.theme") == "dark"
    opened.press("#language")
    assert opened.page.evaluate("document.documentElement.lang") == "zh"
    assert "数据无法区分" in opened.page.locator("#verdict").inner_text()
    assert opened.page.locator("input[type=search]").get_attribute("placeholder") == "搜索模型"
    opened.see_all()
    opened.press("#language")
    assert "the data cannot tell" in opened.page.locator("#verdict").inner_text()


def test_the_page_begins_in_the_language_asked_for(browser, tmp_path):
    found = Opened(browser, page_of(fake_run(tmp_path / "r"), tmp_path, lang="zh"))
    assert "排行榜" in found.page.locator("h1").inner_text()
    assert not found.wrong
    found.page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_no_serious_fault(browser, report, size, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe here")
    found = Opened(browser, report, size, theme)
    found.press("table.board .pin")
    found.press("table.board tr:nth-child(2) .pin")
    found.see_all()
    faults = axe.Axe().run(found.page).response["violations"]
    serious = [(f["id"], n["html"][:200]) for f in faults if f["impact"] in ("serious", "critical") for n in f["nodes"]]
    assert not serious
    found.page.close()


def test_hostile_texts_stay_texts(browser, tmp_path):
    series = tuple(HOSTILE)
    names = (*FIVE, *HOSTILE)
    run = fake_run(tmp_path / "<img src=x onerror=pwned('run')>", Fake(names=names, series=series, broken=HOSTILE[:3]))
    notes = {"orders": dict.fromkeys(series, WALK), "importances": {text: 1.0 for text in HOSTILE}, "curve": [2, 1]}
    stages = run.stages.assign(notes=[json.dumps(notes)] * len(run.stages))
    failures = run.failures.assign(message=HOSTILE[0], error=HOSTILE[2], unique_id=HOSTILE[4])
    manifest = {**run.manifest, "notices": list(HOSTILE), "versions": {HOSTILE[0]: HOSTILE[1]}}
    manifest["data"] = {**manifest["data"], "source": HOSTILE[2]}
    path = page_of(replace(run, stages=stages, failures=failures, manifest=manifest), tmp_path)
    text = path.read_text().replace("</head>", "<script>window.pwned = x => { window.owned = x; };</script></head>", 1)
    text = text.replace("script-src ", "script-src 'unsafe-inline' ", 1).replace("'sha256-", "'x-", 9)
    path.write_text(text)  # so that an injected script would run
    found = Opened(browser, path)
    found.see_all()
    for name in (*HOSTILE[:12], "constructor", "__proto__"):
        found.page.evaluate(PIN, visible(name))
    found.press("#language")
    page = found.page
    assert page.evaluate("window.owned") is None
    assert page.locator("iframe, object, embed, form, img, base").count() == 0
    assert page.locator("script").count() == 6  # values, four of ours, and the one of this test
    links = page.eval_on_selector_all(
        "a, svg a", "all => all.map(a => a.getAttribute('href') || a.getAttribute('xlink:href'))"
    )
    assert all(link.startswith("#") for link in links)
    assert page.evaluate("getComputedStyle(document.body).display") != "none"
    shown = page.locator("body").inner_text()
    assert not {"\x00", "\x1b", "\u202e", "\u2066", "\u200f"} & set(shown)
    assert "\\x1b[31mred" in shown and "evil\\u202egnp.exe" in shown
    assert not [w for w in found.wrong if "Content Security Policy" not in w]
    page.close()
