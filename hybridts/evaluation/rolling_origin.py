"""Rolling origins as plain integers: which series are cut where, in which window, and which fit answers it.

expanding   [train..........]gap[target]          sliding   [train..........]gap[target]
            [train..............]gap[target]                    [train..........]gap[target]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from hybridts.data import calendar
from hybridts.data.panel import IntArray, Origins, Panel
from hybridts.errors import BadSetting, DataError
from hybridts.models.checks import is_whole

Align = Literal["calendar", "per_series"]
Scheme = Literal["expanding", "sliding"]
Refit = bool | int | Literal["warm"]

#: Series that a notice names.
NAMED = 3


@dataclass(frozen=True)
class Schedule:
    """How a backtest rolls through time.

    Attributes:
        horizon: steps forecast; windows: how many cutoffs; step: rows between them; gap: rows left out before step 1.
        scheme: whether the training part grows or keeps its first length.
        refit: fit at every cutoff (True), at every k-th (k), at the first only (False), or at every cutoff with
            networks that start from the weights of the cutoff before ("warm").
        align: one timestamp for all series, or each series counted from its own end; None: by the data.
    """

    horizon: int
    windows: int = 3
    step: int | None = None
    gap: int = 0
    scheme: Scheme = "expanding"
    refit: Refit = True
    align: Align | None = None

    def __post_init__(self) -> None:
        for name, least in (("horizon", 1), ("windows", 1), ("gap", 0)):
            value = getattr(self, name)
            if not is_whole(value, least):
                raise BadSetting(f"{name} must be a whole number of at least {least}, found {value!r}.", name, value)
        if self.step is not None and not is_whole(self.step, 1):
            raise BadSetting(f"step must be a whole number of at least 1, found {self.step!r}.", "step", self.step)
        if not (isinstance(self.refit, bool) or self.refit == "warm" or is_whole(self.refit, 1)):
            why = f"refit must be true, false, warm or a number of windows of at least 1, found {self.refit!r}."
            raise BadSetting(why, "refit", self.refit)
        for name in ("horizon", "windows", "gap", "step", "refit"):  # numpy's numbers are no JSON
            value = getattr(self, name)
            object.__setattr__(self, name, int(value) if is_whole(value, 0) else value)
        for name, words in (("scheme", get_args(Scheme)), ("align", (None, *get_args(Align)))):
            value = getattr(self, name)
            if value not in words:
                allowed = " or ".join(str(word) for word in words if word)
                raise BadSetting(f"{name} must be {allowed}, found {value!r}.", name, value, allowed)

    @property
    def every(self) -> int:
        """Rows between cutoffs."""
        return self.step or self.horizon

    @property
    def reach(self) -> int:
        """Rows after a cutoff until its last target."""
        return self.gap + self.horizon

    def fitted_at(self, window: int) -> int:
        """The window whose fit answers this window."""
        if self.refit is True or self.refit == "warm":
            return window
        return 0 if self.refit is False else window - window % int(self.refit)


@dataclass(frozen=True, eq=False)
class Window:
    """One cutoff.

    Attributes:
        index: 0 for the oldest.
        position: [N] position of the last visible value; -1 where the series is left out.
        left_out: series that are too short here: id, rows found, rows needed.
    """

    index: int
    position: IntArray
    left_out: tuple[tuple[str, int, int], ...]

    def origins(self) -> Origins:
        """The origins of the series that take part."""
        keep = np.flatnonzero(self.position >= 0)
        return Origins(keep, self.position[keep])


def smallest_past(panel: Panel) -> int:
    """Rows a series must show at a cutoff: one season and two values, so that MASE's scale is defined."""
    return panel.season + 2


def rolling(panel: Panel, schedule: Schedule) -> list[Window]:
    """The windows of a schedule, oldest first.

    A series that is too short when a fit is made is left out of every window that this fit answers: nothing was
    fitted on it.

    Raises:
        DataError: a window in which no series is long enough; the message says what fits.
    """
    needed = smallest_past(panel)
    ends = _last_positions(panel, schedule)
    windows = []
    for w in range(schedule.windows):
        position = ends - schedule.reach - (schedule.windows - 1 - w) * schedule.every
        fitted = ends - schedule.reach - (schedule.windows - 1 - schedule.fitted_at(w)) * schedule.every
        reaches = position + schedule.gap + 1 < panel.lengths  # at least one target is there
        fits = (fitted + 1 >= needed) & reaches
        short = tuple(
            (panel.ids[i], int(max(min(fitted[i] + 1, panel.lengths[i]), 0)), needed) for i in np.flatnonzero(~fits)
        )
        if not fits.any():
            raise DataError(_too_long(panel, schedule, needed))
        windows.append(Window(w, np.where(fits, position, -1), short))
    return windows


def left_out(windows: Sequence[Window]) -> list[str]:
    """Which series are too short for which windows, in words; nothing where all take part."""
    short: dict[str, list[tuple[int, int]]] = {}
    for window in windows:
        for name, found, needed in window.left_out:
            short.setdefault(name, []).append((found, needed))
    if not short:
        return []
    named = [
        f"{name!r} ({len(rows)} of {len(windows)}: {rows[0][0]} rows at the first cutoff where {rows[0][1]} are needed)"
        for name, rows in list(short.items())[:NAMED]
    ]
    more = f" and {len(short) - NAMED} more" if len(short) > NAMED else ""
    return [f"Left out of the windows that they are too short for: {', '.join(named)}{more}."]


def align_of(panel: Panel, schedule: Schedule) -> Align:
    """The alignment in force: calendar when all series end together, unless said otherwise."""
    return schedule.align or ("calendar" if panel.aligned else "per_series")


def _last_positions(panel: Panel, schedule: Schedule) -> IntArray:
    """[N] position of the last row a forecast may aim at: each series' end, or the common last time."""
    if align_of(panel, schedule) == "per_series" or panel.aligned:
        return panel.lengths - 1
    end = panel.times[panel.stops - 1].max()
    behind = np.array([_rows_between(panel, i, int(end)) for i in range(len(panel))])
    last: IntArray = panel.lengths - 1 + behind
    return last


def _rows_between(panel: Panel, i: int, end: int) -> int:
    """Grid rows from the last time of series i to `end`."""
    last = int(panel.times[panel.stops[i] - 1])
    if last == end:
        return 0
    if panel.freq is None:
        return (end - last) // panel.step
    ordinal, _ = calendar.split(np.array([last, end], dtype=np.int64), panel.freq)
    return int(ordinal[1] - ordinal[0])


def _too_long(panel: Panel, schedule: Schedule, needed: int) -> str:
    longest = int(panel.lengths.max(initial=0))
    wanted = needed + schedule.reach + (schedule.windows - 1) * schedule.every
    fitting = (longest - needed - schedule.reach) // schedule.every + 1
    advice = (
        f"use at most {fitting} windows (--windows {fitting})"
        if fitting >= 1
        else "use a smaller --horizon, a shorter --season or more data"
    )
    apart = f"s {schedule.every} apart" if schedule.windows > 1 else ""
    return (
        f"horizon {schedule.horizon}, gap {schedule.gap} and {schedule.windows} window{apart} need "
        f"{wanted} rows ({needed} of them before the first cutoff); the longest series has {longest}: {advice}."
    )


def overlap(panel: Panel, windows: Sequence[Window], align: Align) -> list[int]:
    """Per window, how many series reach in calendar time past another's cutoff (0 on a common calendar)."""
    counts = []
    for window in windows:
        keep = np.flatnonzero(window.position >= 0)
        cutoff = panel.times[panel.starts[keep] + window.position[keep]]
        counts.append(0 if align == "calendar" else int((cutoff > cutoff.min(initial=cutoff.max(initial=0))).sum()))
    return counts
