"""What each window is fitted on and what it forecasts, in the time of the longest series."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.drawing import COLOURS, GREY, canvas, date_axis, saved
from hybridts.report.language import tr
from hybridts.report.medium import Medium


@dataclass(frozen=True)
class Span:
    """One window: training from `first` to `cutoff`, forecasts from `start` to `end`; timestamps or whole numbers."""

    window: int
    first: Any
    cutoff: Any
    start: Any
    end: Any


def window_spans(evaluation: Evaluation) -> list[Span]:
    """Return the spans, in the order of the windows; without windows that no name answered."""
    run = evaluation.run
    spans = []
    for window, cells in run.cells.groupby("window", sort=True):
        cell: Any = cells.iloc[int(cells["length"].to_numpy().argmax())].to_dict()
        rows = run.forecasts[(run.forecasts["window"] == window) & (run.forecasts["unique_id"] == cell["unique_id"])]
        if rows.empty:
            continue
        first = _first(cell["cutoff"], int(cell["length"]), str(run.manifest.get("freq") or ""))
        spans.append(Span(int(str(window)), first, cell["cutoff"], rows["ds"].min(), rows["ds"].max()))
    return spans


def _first(cutoff: Any, length: int, freq: str) -> Any:
    """Return the time of the first row, counted back from the cutoff; the cutoff itself if that cannot be counted."""
    if not isinstance(cutoff, pd.Timestamp):
        return int(cutoff) - length + 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # "M" for "ME" in older runs
            offset = pd.tseries.frequencies.to_offset(freq)
            return _back(cutoff, offset, length - 1) if length > 1 else cutoff
    except (ValueError, OverflowError, TypeError):
        return cutoff


def _back(time: pd.Timestamp, offset: Any, count: int) -> pd.Timestamp:
    """Return a time `count` steps back; local days are counted as days, whatever the clock does."""
    finer = isinstance(offset, pd.offsets.Tick) and pd.Timedelta(offset) < pd.Timedelta(days=1)
    if time.tz is None or finer or time != time.normalize():
        return pd.Timestamp(time - count * offset)
    day = pd.Timestamp(time.tz_localize(None) - count * offset)
    return day.tz_localize(time.tz, ambiguous=True, nonexistent="shift_forward")


def draw_spans(spans: list[Span], medium: Medium) -> bytes:
    """Draw a row per window."""
    with canvas(0.8 + 0.22 * len(spans), medium) as figure:
        ax = figure.subplots()
        for span in spans:
            ax.plot([span.first, span.cutoff], [span.window] * 2, color=GREY, linewidth=5, solid_capstyle="butt")
            ends = [span.start, span.end]
            ax.plot(ends, [span.window] * 2, color=COLOURS["hybrid"], linewidth=5, solid_capstyle="butt")
        if isinstance(spans[0].cutoff, pd.Timestamp):
            date_axis(ax, spans[0].cutoff.tz)
        ax.set_yticks([span.window for span in spans][:: max(1, len(spans) // 20)])
        ax.set_ylim(spans[-1].window + 0.6, spans[0].window - 0.6)
        ax.set_ylabel(medium.say(tr("window")))
        return saved(figure, medium)
