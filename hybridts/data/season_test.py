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
#: Shortest season that is also tested on values instead of differences.
LONG = 7
#: Autocorrelation from which a season is clear.
CLEAR = 0.3
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
    """Return the autocorrelation at a season, and the bound of the test; None for a short series.

    Differences are tested, and where they show nothing clear the values around their line: noise hides a long smooth
    cycle in differences (experiments/auto_season). A season is a peak: where a neighbouring lag or half the season is
    as strong, as on a smooth cycle of another length, the bound is infinite.
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 3 * season + 1 or len(known) < 10:
        return None
    filled = np.interp(np.arange(known[0], known[-1] + 1), known, values[known])
    change = np.diff(filled)
    found = _peak(change - change.mean(), season, 0.0)
    if season < LONG or (found is not None and found[0] > max(found[1], CLEAR)):
        return found
    time = np.arange(len(filled)) - (len(filled) - 1) / 2
    around = filled - filled.mean() - time * float(time @ filled) / float(time @ time)
    level = _peak(around, season, 0.3)
    return level if level is not None and level[0] > max(level[1], CLEAR) else found


def _peak(change: FloatArray, season: int, above_half: float) -> tuple[float, float] | None:
    """Return the autocorrelation of values without mean at a season, and the bound of a test at 90 %.

    The bound is infinite where a neighbouring lag is stronger, or half the season is not weaker by `above_half`.
    """
    size = len(change)
    power = float(change @ change) / size
    if power <= 0 or not np.isfinite(power):
        return None
    lags = [float(change[lag:] @ change[:-lag]) / (size - lag) / power for lag in range(1, season + 2)]
    found = lags[season - 1]
    bound = 1.645 * np.sqrt((1 + 2 * sum(r * r for r in lags[: season - 1])) / size)
    slack = 0.02 if season < 20 else 0.1  # a year is 52.18 weeks
    half = lags[season // 2 - 1] + above_half
    peak = found >= max(lags[season], lags[season - 2]) - slack and (season < 4 or found > half)
    return found, float(bound) if peak else np.inf


def proposed_season(panel: Panel, tests: Sequence[SeasonTest]) -> int:
    """Return the season of the panel; for integer time the candidate that most series show, else 1."""
    if panel.freq is not None or panel.season > 1:
        return panel.season
    return _clearest(tests)


def tested_season(panel: Panel, seen: Panel) -> tuple[int, str]:
    """Return the season that the values show, and a notice that tells every candidate.

    The cycles of the frequency and, for integer time, the usual seasons are tested. Where no series is long enough for
    a test, the season is that of the frequency.

    Args:
        panel: the data, whose season is that of its frequency.
        seen: the rows to test: those up to the first cutoff of a backtest, so that no test row decides.
    """
    tests = season_tests(seen)
    season = _clearest(tests) if tests else panel.season
    found = ", ".join(map(str, tests)) or "no candidate, because the series are shorter than three seasons"
    last = "the rows up to the first cutoff" if seen is not panel else "all rows"
    return season, f"season {season} by --season auto, tested on {last}: {found}."


def _clearest(tests: Sequence[SeasonTest]) -> int:
    """Return the candidate that most series show; 1 for none."""
    clear = [test for test in tests if test.significant > test.tested / 2 and test.autocorrelation > CLEAR]
    best = max((test.autocorrelation for test in clear), default=0.0)
    # a multiple of a season is as strong as the season itself
    return min((test.season for test in clear if test.autocorrelation > best - 0.05), default=1)
