"""Test which seasons the values of a panel show, by autocorrelation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hybridts.data.calendar import cycles_of
from hybridts.data.panel import FloatArray, Panel
from hybridts.text import plural

#: Seasons that integer time may have: quarters, days of a week, months, hours, weeks.
USUAL_SEASONS = (4, 7, 12, 24, 52)
#: Series that the tests of the season look at, spread over the panel.
TESTED = 200


@dataclass(frozen=True)
class SeasonTest:
    """Autocorrelation at a season, against the bound of a test at 90 % (the test of the M competitions).

    Attributes:
        season: rows.
        autocorrelation: the median over the series.
        significant: series in which it is above the bound.
        tested: series that are long enough, three seasons.
    """

    season: int
    autocorrelation: float
    significant: int
    tested: int

    def __str__(self) -> str:
        return (
            f"{self.season} (autocorrelation {self.autocorrelation:.2f}, significant in {self.significant} of "
            f"{plural(self.tested, 'series')})"
        )


def season_tests(panel: Panel) -> tuple[SeasonTest, ...]:
    """Return a test for every candidate: the cycles of the frequency, and the usual ones for integer time.

    All series of a small panel are tested, and some of a large one, spread evenly.
    """
    candidates = {panel.season, *(USUAL_SEASONS if panel.freq is None else cycles_of(panel.freq))} - {1}
    chosen = np.unique(np.linspace(0, len(panel) - 1, min(len(panel), TESTED)).astype(int))
    tests = []
    for season in sorted(candidates):
        found = [_autocorrelation(panel.series(int(i)), season) for i in chosen]
        usable = [pair for pair in found if pair is not None]
        if usable:
            strength = float(np.median([value for value, _ in usable]))
            tests.append(SeasonTest(season, strength, sum(value > bound for value, bound in usable), len(usable)))
    return tuple(tests)


def _autocorrelation(values: FloatArray, season: int) -> tuple[float, float] | None:
    """Return the autocorrelation of differences at a season, and the bound of the test; None for a short series.

    A season is a peak: where a neighbouring lag or half the season is as strong, as on a smooth cycle of another
    length, the bound is infinite.
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 3 * season + 1 or len(known) < 10:
        return None
    filled = np.interp(np.arange(known[0], known[-1] + 1), known, values[known])
    change = np.diff(filled)
    change = change - change.mean()
    size = len(change)
    power = float(change @ change) / size
    if power <= 0 or not np.isfinite(power):
        return None
    lags = [float(change[lag:] @ change[:-lag]) / (size - lag) / power for lag in range(1, season + 2)]
    found = lags[season - 1]
    bound = 1.645 * np.sqrt((1 + 2 * sum(r * r for r in lags[: season - 1])) / size)
    slack = 0.02 if season < 20 else 0.1  # a year is 52.18 weeks
    peak = found >= max(lags[season], lags[season - 2]) - slack and (season < 4 or found > lags[season // 2 - 1])
    return found, float(bound) if peak else np.inf


def proposed_season(panel: Panel, tests: Sequence[SeasonTest]) -> int:
    """Return the season of the panel; for integer time the candidate that most series show, else 1."""
    if panel.freq is not None or panel.season > 1:
        return panel.season
    clear = [test for test in tests if test.significant > test.tested / 2 and test.autocorrelation > 0.3]
    best = max((test.autocorrelation for test in clear), default=0.0)
    # a multiple of a season is as strong as the season itself
    return min((test.season for test in clear if test.autocorrelation > best - 0.05), default=1)
