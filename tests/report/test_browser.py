"""The report's page works in a real browser: it loads nothing, raises no error, and sorts its tables."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import pytest

from hybridts.report import write_report
from tests.fakes.stored_run import Fake, fake_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
QUIET = ("--disable-background-networking", "--disable-component-update", "--virtual-time-budget=3000")

#: Clicks a heading of the leaderboard twice, and writes the order of its rows after each click into the page's title.
CLICK = """
<script>
window.addEventListener("load", function () {
  var place = table => Array.from(table.querySelectorAll("th")).findIndex(h => h.textContent.trim() === "MASE");
  var table = Array.from(document.querySelectorAll("table")).find(t => place(t) >= 0), column = place(table);
  var keys = () => Array.from(table.tBodies[0].rows).map(r => r.cells[column].getAttribute("data-key"));
  var button = table.querySelectorAll("th")[column].querySelector("button");
  button.click(); var first = keys(); button.click(); var second = keys();
  document.title = JSON.stringify([first, second]);
});
window.addEventListener("error", function (e) { document.title = "error: " + e.message; });
</script>
"""


def dom_of(page, profile):
    """The page after its scripts ran."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS, *QUIET, f"--user-data-dir={profile}", "--dump-dom", f"file://{page}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=dict(os.environ))
    return done.stdout


def test_a_click_on_a_heading_sorts_the_leaderboard_and_a_second_click_turns_it_round(tmp_path):
    write_report(fake_run(tmp_path / "run", Fake()), tmp_path, "html")
    (file,) = tmp_path.glob("*.html")
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
    file.write_text(text.replace("</body>", f"{CLICK}</body>"), encoding="utf-8")
    (title,) = re.findall(r"<title>(\[.*?)</title>", dom_of(file, tmp_path / "profile"))
    first, second = ([float(k) for k in keys if k] for keys in json.loads(title.replace("&quot;", '"')))
    assert len(first) > 3
    assert first == sorted(first)
    assert second == sorted(second, reverse=True)
