"""What was read from data: shape, time, season with its evidence, what is missing, what looks wrong, what to run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from hybridts.data.calendar import DAY, cycles_of, to_pandas
from hybridts.data.panel import FloatArray, Panel
from hybridts.data.read import Loaded
from hybridts.data.read.frequency import Spacing
from hybridts.text import number, plural, shortened

#: Seasons that integer time may have: quarters, days of a week, months, hours, weeks.
USUAL_SEASONS = (4, 7, 12, 24, 52)
#: Series that the tests of the season look at, spread over the panel.
TESTED = 200
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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


@dataclass(frozen=True)
class Inspection:
    """What was read, for people (`str`) and programs (`as_json`)."""

    source: str
    series: int
    rows: int
    shortest: int
    longest: int
    first: str
    last: str
    spacing: str
    freq: str | None
    season: int
    season_tests: tuple[SeasonTest, ...]
    columns: Mapping[str, Sequence[str]]
    values: Mapping[str, float]
    missing: int
    decisions: tuple[str, ...]
    warnings: tuple[str, ...]
    command: str
    horizon: int = field(default=1)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    def __str__(self) -> str:
        length = f"{self.shortest}" if self.shortest == self.longest else f"{self.shortest} to {self.longest}"
        lines = [
            ("data", f"{self.source}: {plural(self.series, 'series')} of {length} rows, {self.rows:,} in all"),
            ("time", f"{self.first} to {self.last}, {self.spacing}"),
            ("season", self._season()),
            *((role, ", ".join(shortened(n) for n in names)) for role, names in self.columns.items() if names),
            ("values", ", ".join(f"{name} {number(value)}" for name, value in self.values.items())),
            (
                "missing",
                f"{self.missing} of {self.rows} target values ({100 * self.missing / max(1, self.rows):.1f} %)",
            ),
            *(("decided", text) for text in self.decisions),
            *(("look at", text) for text in self.warnings),
            ("next", self.command),
        ]
        return "\n".join(f"{label:<9} {text}" for label, text in lines)

    def _season(self) -> str:
        found = ", ".join(str(test) for test in self.season_tests) or "no test: too few rows"
        return f"{self.season if self.season > 1 else 'none'}; tested on the past: {found}"


def inspect(loaded: Loaded, path: str, flags: Mapping[str, Any]) -> Inspection:
    """Return what was read.

    Args:
        loaded: the data.
        path: what the user gave for the data, for the next command.
        flags: the options that were given, by name.
    """
    panel = loaded.panel
    tests = season_tests(panel)
    values = panel.values[_visible(panel)]
    known = values[np.isfinite(values)]
    season = proposed_season(panel, tests)
    horizon = _horizon(panel, season)
    more = {} if season == panel.season or "season" in flags else {"season": season}
    return Inspection(
        source=loaded.source,
        series=len(panel),
        rows=int(panel.lengths.sum()),
        shortest=int(panel.lengths.min()),
        longest=int(panel.lengths.max()),
        first=_time(panel, int(panel.times[panel.starts].min())),
        last=_time(panel, int(panel.times[panel.stops - 1].max())),
        spacing=str(Spacing(panel.freq, panel.step)),
        freq=panel.freq,
        season=panel.season,
        season_tests=tests,
        columns=_columns(loaded),
        values={"smallest": float(known.min()), "median": float(np.median(known)), "largest": float(known.max())},
        missing=int(np.isnan(values).sum()),
        decisions=tuple(loaded.notices[1:]),
        warnings=tuple(_warnings(panel, known, season, tests)),
        command=_command(path, {**flags, **more}, horizon, season),
        horizon=horizon,
    )


def _visible(panel: Panel) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return [total] True for rows whose target is visible."""
    edge = np.zeros(len(panel.values) + 1, dtype=np.int64)
    np.add.at(edge, panel.starts, 1)
    np.add.at(edge, panel.stops, -1)
    return np.cumsum(edge)[:-1] > 0


def _time(panel: Panel, time: int) -> str:
    shown = str(to_pandas(np.array([time]), panel.freq)[0])
    return shown.removesuffix(" 00:00:00")


def _columns(loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """Return the columns of every role."""
    roles = loaded.roles
    if roles is None:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for role, column in roles.named():
        found[role] = (*found.get(role, ()), column)
    return found


# -- season -------------------------------------------------------------------------------------------------------
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
    """Return the autocorrelation of differences at a season, and the bound at 90 %; None for a short series."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 3 * season + 1 or len(known) < 10:
        return None
    filled = np.interp(np.arange(known[0], known[-1] + 1), known, values[known])
    change = np.diff(filled)
    change = change - change.mean()
    power = float(change @ change)
    if power <= 0 or not np.isfinite(power):
        return None
    lags = [float(change[lag:] @ change[:-lag]) / power for lag in range(1, season + 1)]
    bound = 1.645 * np.sqrt((1 + 2 * sum(r * r for r in lags[:-1])) / len(change))
    return lags[-1], float(bound)


def proposed_season(panel: Panel, tests: Sequence[SeasonTest]) -> int:
    """Return the season of the panel; for integer time the candidate that most series show, else 1."""
    if panel.freq is not None or panel.season > 1:
        return panel.season
    clear = [test for test in tests if test.significant > test.tested / 2 and test.autocorrelation > 0.3]
    return max(clear, key=lambda test: test.autocorrelation).season if clear else 1


# -- what looks wrong ---------------------------------------------------------------------------------------------
def _warnings(panel: Panel, known: FloatArray, season: int, tests: Sequence[SeasonTest]) -> list[str]:
    found = []
    if season != panel.season:
        found.append(f"integer time has no season, but the values repeat every {season} rows: give --season {season}.")
    elif panel.season > 1 and (test := next((t for t in tests if t.season == panel.season), None)) is not None:
        if test.significant == 0:
            found.append(f"no series shows the season {panel.season} of the frequency; --season 1 leaves it out.")
    flat = [panel.ids[i] for i in range(len(panel)) if _flat(panel.series(i))]
    if flat:
        found.append(f"{plural(len(flat), 'series')} of one value (first {shortened(flat[0])!r}): nothing to forecast.")
    holes = [panel.ids[i] for i in range(len(panel)) if np.isnan(panel.series(i)).mean() > 0.3]
    if holes:
        found.append(f"{plural(len(holes), 'series')} with more than 30 % missing (first {shortened(holes[0])!r}).")
    short = int((panel.lengths < 3 * max(2, season)).sum())
    if short:
        found.append(f"{plural(short, 'series')} of fewer than three seasons: too short for most models.")
    closed = closed_days(panel)
    if closed:
        found.append(f"the values are zero on nearly every {' and '.join(closed)}: closed days.")
    spread = np.percentile(np.abs(known - np.median(known)), 75) if len(known) else 0.0
    far = int((np.abs(known - np.median(known)) > 100 * spread).sum()) if spread > 0 else 0
    if far:
        found.append(f"{far} values lie more than 100 times the usual distance from the median: check their units.")
    return found


def _flat(values: FloatArray) -> bool:
    known = values[np.isfinite(values)]
    return len(known) > 1 and bool((known == known[0]).all())


def closed_days(panel: Panel) -> list[str]:
    """Return the weekdays on which daily values are zero, while they are not on most others."""
    if panel.freq != "D":
        return []
    seen = _visible(panel) & np.isfinite(panel.values)
    weekday, zero = (panel.times[seen] // DAY + 3) % 7, panel.values[seen] == 0
    share = [float(zero[weekday == d].mean()) if (weekday == d).any() else 0.0 for d in range(7)]
    return [_WEEKDAYS[d] for d in range(7) if share[d] > 0.9] if np.median(share) < 0.5 else []


# -- the next command ---------------------------------------------------------------------------------------------
def _horizon(panel: Panel, season: int) -> int:
    """Return a horizon: one season, or a few rows, and at most a tenth of most series."""
    wanted = season if season > 1 else 6
    return max(1, min(wanted, 52, int(np.median(panel.lengths)) // 10))


def _command(path: str, flags: Mapping[str, Any], horizon: int, season: int) -> str:
    words = ["hybridts", "backtest", path]
    for name, value in flags.items():
        flag = f"--{name.replace('_', '-')}"
        text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        words += [flag] if value is True else [flag, text]
    names = "SARIMA,MLP,MLP-XGBoost" if season > 1 else "ARIMA,MLP,MLP-XGBoost"
    words += ["--models", names, "--horizon", str(horizon), "--out", "runs/first"]
    return shlex.join(words)
