"""How long a report takes to build, how large its page is, and how soon a browser can use it.

    .venv/bin/python -m experiments.report_page.measure runs/seed-100         # a run
    .venv/bin/python -m experiments.report_page.measure --made                # 105 names x 50 series x 10 windows x 24
    .venv/bin/python -m experiments.report_page.measure RUN --picture page.png

The browser is Chromium, driven by Playwright on an empty profile; "usable" is the time from the navigation to the moment
when every control answers (the page says so itself), "sorted" to the moment when a click on a heading has sorted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright

from hybridts.evaluation.run import Run, load_run
from hybridts.report import write_report

NAMES, SERIES, WINDOWS, HORIZON, SEASON = 105, 50, 10, 24, 24


def made_run() -> Run:
    """Return a run of hourly series in which all forecasts differ, the largest page for its number of names."""
    draw = np.random.default_rng(0)
    names = [f"Model-{k:03d}" for k in range(NAMES - 2)] + ["SeasonalNaive", "Naive"]
    shape = (SERIES, WINDOWS, HORIZON)
    start = pd.Timestamp("2024-01-01")
    cutoffs = start + pd.to_timedelta(500 + HORIZON * np.arange(WINDOWS), "h")
    y = 100 + 10 * np.sin(2 * np.pi * np.arange(HORIZON) / SEASON) + draw.normal(0, 3, shape)
    ids = np.array([f"series {k:02d}" for k in range(SERIES)], dtype=object)
    at = np.indices(shape).reshape(3, -1)
    ds = cutoffs.to_numpy()[at[1]] + pd.to_timedelta(at[2] + 1, "h").to_numpy()
    base = {"window": at[1], "unique_id": ids[at[0]], "ds": ds, "cutoff": cutoffs.to_numpy()[at[1]], "step": at[2] + 1}
    rows = pd.DataFrame({**base, "y": y.ravel()})
    parts = [
        rows.assign(model=name, yhat=rows["y"] + draw.normal(0.2, 2 + k / 40, len(rows)))
        for k, name in enumerate(names)
    ]
    forecasts = pd.concat(parts, ignore_index=True).astype({"model": "category", "unique_id": "category"})
    cells = pd.DataFrame(
        {
            "window": np.repeat(np.arange(WINDOWS), SERIES),
            "unique_id": np.tile(ids, WINDOWS),
            "cutoff": np.repeat(cutoffs.to_numpy(), SERIES),
            "length": np.repeat(500 + HORIZON * np.arange(WINDOWS), SERIES),
            "mase_scale": 3.0,
            "rmsse_scale": 12.0,
        }
    )
    return Run(Path("made"), _manifest(names, cells), forecasts, cells, _failures(), _stages(names))


def _failures() -> pd.DataFrame:
    return pd.DataFrame(columns=["model", "stage", "window", "unique_id", "error", "message", "traceback"])


def _stages(names: list[str]) -> pd.DataFrame:
    """Return a fit a name and window; half of them are corrections with a gate."""
    gate = {"gate": [0.5] * HORIZON, "gate_reason": "gain +0.01 MASE on 24 blocks", "gate_gain": 0.01}
    rows = [
        (f"{n}/{w}", n, "correct" if k % 2 else "fit", w, 1.0, False, "ok", json.dumps([n]), gate if k % 2 else {})
        for k, n in enumerate(names)
        for w in range(WINDOWS)
    ]
    columns = ["key", "stage", "kind", "window", "seconds", "reused", "status", "names", "notes"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(notes=[json.dumps(notes) for notes in table["notes"]])


def _manifest(names: list[str], cells: pd.DataFrame) -> dict[str, object]:
    models = [
        {
            "name": n,
            "family": "neural",
            "expression": n,
            "stages": [n],
            "baseline": n in names[-2:],
            "shown": True,
            "status": "complete",
            "reason": "",
            "parts": [],
            "settings": {},
            "needs": [f"{n}/{w}" for w in range(WINDOWS)],
            "last": [f"{n}/{w}" for w in range(WINDOWS)],
        }
        for n in names
    ]
    windows = [
        {"index": w, "cutoff": str(c["cutoff"].iloc[0]), "series": SERIES, "left_out": [], "overlap": 0}
        for w, c in cells.groupby("window")
    ]
    return {
        "format": 2,
        "versions": {},
        "seed": 0,
        "horizon": HORIZON,
        "gap": 0,
        "step": HORIZON,
        "season": SEASON,
        "metric_season": SEASON,
        "freq": "h",
        "align": "calendar",
        "scheme": "expanding",
        "refit": True,
        "jobs": 2,
        "data": {"fingerprint": "", "series": SERIES, "rows": 37000, "source": ""},
        "wall_seconds": 1.0,
        "metrics": ["MASE", "sMAPE"],
        "windows": windows,
        "models": models,
        "notices": [],
    }


def measured(page: Path, picture: Path | None) -> dict[str, float]:
    """Open the page three times and return the median seconds until it is usable and sorted."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    usable, done = [], []
    with sync_playwright() as driver:
        for _ in range(3):
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            tab = browser.new_page(viewport={"width": 1280, "height": 860})
            start = time.perf_counter()
            tab.goto(f"file://{page.resolve()}", wait_until="commit")
            tab.wait_for_selector("html[data-ready]")
            usable.append(time.perf_counter() - start)
            tab.locator("table.board th button").nth(1).click()
            tab.wait_for_selector("table.board th[aria-sort]")
            done.append(time.perf_counter() - start)
            if picture is not None:
                tab.reload()
                tab.wait_for_selector("html[data-ready]")
                tab.screenshot(path=picture)
            browser.close()
    return {"usable": float(np.median(usable)), "sorted": float(np.median(done))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="?")
    parser.add_argument("--made", action="store_true")
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    run = made_run() if options.made else load_run(options.run)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        paths = write_report(run, folder)
        built = time.perf_counter() - start
        page = paths[0]
        found = {"built": built, "megabytes": page.stat().st_size / 1e6, **measured(page, options.picture)}
    print("  ".join(f"{key} {value:.2f}" for key, value in found.items()))


if __name__ == "__main__":
    main()
