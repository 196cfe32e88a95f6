"""Notices on what the fits of single series found and a reader of a run must know: one per stage and kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: Note of single series -> what it means, and the least share of the series that makes it worth a notice.
_TOLD: dict[str, tuple[str, float]] = {
    "season_ignored": (
        "has no season, and the past shows a clear one: consider a name with a season, such as SARIMA, Auto-SARIMA, "
        "ETS or MSTL,",
        0.05,
    ),
    "refitted": ("was fitted again in a calmer form, because the past did not support its forecast,", 0.0),
    "columns_dropped": ("leaves out known-future columns whose effect the past does not show,", 0.0),
    "columns_shared": ("divides the joint effect of collinear known-future columns among them,", 0.0),
    "categories_average": ("counts categories whose effect it could not learn as average,", 0.0),
}


def series_notices(found: Iterable[tuple[str, Mapping[str, Any]]], series: int) -> list[str]:
    """Return the notices of all stages.

    Args:
        found: label and notes of each stage that was fitted up to the cutoff of a window; labels repeat.
        series: number of series of the run.
    """
    told: dict[tuple[str, str], dict[str, str]] = {}
    for label, notes in found:
        for note in _TOLD:
            by_series = notes.get(note)
            if isinstance(by_series, Mapping):
                told.setdefault((label, note), {}).update(by_series)
    texts = []
    for (label, note), by_series in told.items():
        meaning, least = _TOLD[note]
        if len(by_series) > least * series:
            name, text = next(iter(by_series.items()))
            texts.append(
                f"{label}: {meaning} for {len(by_series)} of {series} series (first {name!r}: {str(text).rstrip('.')})."
            )
    return texts
