"""What was read from data: shape, time, season with its evidence, what is missing, what looks wrong, what to run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from hybridts.data.calendar import DAY
from hybridts.data.panel import FloatArray, Panel
from hybridts.data.read import Loaded
from hybridts.data.read.frequency import Spacing
from hybridts.data.read.times import show_time
from hybridts.data.season_test import SeasonTest, proposed_season, season_tests
from hybridts.text import number, plural, shortened

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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
        first=_time(loaded, int(panel.times[panel.starts].min())),
        last=_time(loaded, int(panel.times[panel.stops - 1].max())),
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


def _time(loaded: Loaded, time: int) -> str:
    """Return a time as the user would write it: in the zone of the data, without a clock for whole days."""
    zone = "" if loaded.given.local else loaded.given.zone
    return show_time(time, loaded.panel.freq is not None, zone)


def _columns(loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """Return the columns of every role."""
    roles = loaded.roles
    if roles is None:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for role, column in roles.named():
        found[role] = (*found.get(role, ()), column)
    return found


# -- what looks wrong ---------------------------------------------------------------------------------------------
def _warnings(panel: Panel, known: FloatArray, season: int, tests: Sequence[SeasonTest]) -> list[str]:
    found = []
    if panel.season > 1 and (test := next((t for t in tests if t.season == panel.season), None)) is not None:
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
    away = missing_days(panel)
    if away:
        found.append(
            f"there is no value on nearly every {' and '.join(away)}: closed days. Rows with 0 for them tell it to the "
            "models, or a column of 0 and 1 under --future, with --fill-future zero."
        )
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


def missing_days(panel: Panel) -> list[str]:
    """Return the weekdays on which daily data have no value, while they have one on most others."""
    if panel.freq != "D":
        return []
    seen = _visible(panel)
    weekday, missing = (panel.times[seen] // DAY + 3) % 7, np.isnan(panel.values[seen])
    share = [float(missing[weekday == d].mean()) if (weekday == d).any() else 0.0 for d in range(7)]
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
    names = "Auto,SARIMA,MLP-XGBoost" if season > 1 else "Auto,ARIMA,MLP-XGBoost"
    words += ["--models", names, "--horizon", str(horizon), "--out", "runs/first"]
    return shlex.join(words)
