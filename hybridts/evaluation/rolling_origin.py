"""Rolling-origin evaluation: the cutoff of every series in every window, and the fit that answers the window.

expanding   [train..........]gap[target]          sliding   [train..........]gap[target]
            [train..............]gap[target]                    [train..........]gap[target]

Source: Tashman (2000), Out-of-sample tests of forecasting accuracy.
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

#: Most series that a notice names.
NAMED = 3


@dataclass(frozen=True)
class Schedule:
    """Number, spacing and length of the windows of a backtest, all lengths in rows.

    Attributes:
        horizon: steps forecast at every cutoff, H.
        windows: number of cutoffs, counted back from the end of the data.
        step: rows between two cutoffs; None: the horizon.
        gap: rows left out between a cutoff and step 1.
        scheme: "expanding" (the training part grows) or "sliding" (it keeps its first length).
        refit: fit at every cutoff (True), at every k-th (k), at the first only (False), or at every cutoff with
            networks that start from the weights of the cutoff before ("warm").
        align: "calendar" (one timestamp for all series), "per_series" (each series counted from its own end) or None
            (calendar where all series end together).

    Raises:
        BadSetting: a value is not allowed.
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
        for name in ("horizon", "windows", "gap", "step", "refit"):  # JSON cannot write numpy's numbers
            value = getattr(self, name)
            object.__setattr__(self, name, int(value) if is_whole(value, 0) else value)
        for name, choices in (("scheme", get_args(Scheme)), ("align", (None, *get_args(Align)))):
            value = getattr(self, name)
            if value not in choices:
                allowed = " or ".join(str(word) for word in choices if word)
                raise BadSetting(f"{name} must be {allowed}, found {value!r}.", name, value, allowed)

    @property
    def spacing(self) -> int:
        """Return the rows between two cutoffs."""
        return self.step or self.horizon

    @property
    def span(self) -> int:
        """Return the rows from a cutoff to its last target: gap + horizon."""
        return self.gap + self.horizon

    def fitted_at(self, window: int) -> int:
        """Return the window at whose cutoff the models are fitted that forecast in this window.

        >>> [Schedule(horizon=12, windows=5, refit=2).fitted_at(window) for window in range(5)]
        [0, 0, 2, 2, 4]
        """
        if self.refit is True or self.refit == "warm":
            return window
        return 0 if self.refit is False else window - window % int(self.refit)


@dataclass(frozen=True, eq=False)
class Window:
    """One window of a backtest: its cutoff in every series.

    Attributes:
        index: number of the window, 0 for the oldest.
        position: [N] position of the last visible value of each series; -1 where the series is left out.
        left_out: series that are too short here: id, rows found, rows needed.
    """

    index: int
    position: IntArray
    left_out: tuple[tuple[str, int, int], ...]

    def origins(self) -> Origins:
        """Return the forecast origins of the series that are not left out."""
        keep = np.flatnonzero(self.position >= 0)
        return Origins(keep, self.position[keep])


def smallest_past(panel: Panel) -> int:
    """Return the rows that a series needs at a cutoff: one season and two values, so that MASE's scale is defined."""
    return panel.season + 2


def rolling(panel: Panel, schedule: Schedule) -> list[Window]:
    """Return the windows of a schedule, oldest first.

    A series that is too short when a fit is made is left out of every window that this fit answers, because nothing
    was fitted on it.

    >>> from hybridts.data.datasets import synthetic_panel
    >>> windows = rolling(synthetic_panel(n_series=2, length=60, freq="MS"), Schedule(horizon=12, windows=3))
    >>> [window.position.tolist() for window in windows]
    [[23, 23], [35, 35], [47, 47]]

    Raises:
        DataError: no series is long enough for a window; the message names what would fit.
    """
    needed = smallest_past(panel)
    ends = _last_positions(panel, schedule)
    windows = []
    for w in range(schedule.windows):
        position = ends - schedule.span - (schedule.windows - 1 - w) * schedule.spacing
        fitted = ends - schedule.span - (schedule.windows - 1 - schedule.fitted_at(w)) * schedule.spacing
        reaches = position + schedule.gap + 1 < panel.lengths  # at least one target is known
        fits = (fitted + 1 >= needed) & reaches
        short = tuple(
            (panel.ids[i], int(max(min(fitted[i] + 1, panel.lengths[i]), 0)), needed) for i in np.flatnonzero(~fits)
        )
        if not fits.any():
            raise DataError(_too_long(panel, schedule, needed))
        windows.append(Window(w, np.where(fits, position, -1), short))
    return windows


def left_out_notices(windows: Sequence[Window]) -> list[str]:
    """Return one sentence on the series that are too short for some windows; nothing where all are long enough."""
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
    """Return the alignment of a schedule; by default calendar where all series end together, else per series."""
    return schedule.align or ("calendar" if panel.aligned else "per_series")


def _last_positions(panel: Panel, schedule: Schedule) -> IntArray:
    """Return [N] the position of the last target of each series: its own end, or the last time of all series."""
    if align_of(panel, schedule) == "per_series" or panel.aligned:
        return panel.lengths - 1
    end = panel.times[panel.stops - 1].max()
    behind = np.array([_rows_between(panel, i, int(end)) for i in range(len(panel))])
    last: IntArray = panel.lengths - 1 + behind
    return last


def _rows_between(panel: Panel, i: int, end: int) -> int:
    """Return the rows of the time grid from the last time of series i to `end`."""
    last = int(panel.times[panel.stops[i] - 1])
    if last == end:
        return 0
    if panel.freq is None:
        return (end - last) // panel.step
    ordinal, _ = calendar.split(np.array([last, end], dtype=np.int64), panel.freq)
    return int(ordinal[1] - ordinal[0])


def _too_long(panel: Panel, schedule: Schedule, needed: int) -> str:
    """Return the message of a schedule that needs more rows than the longest series has."""
    longest = int(panel.lengths.max(initial=0))
    wanted = needed + schedule.span + (schedule.windows - 1) * schedule.spacing
    fitting = (longest - needed - schedule.span) // schedule.spacing + 1
    advice = (
        f"use at most {fitting} windows (--windows {fitting})"
        if fitting >= 1
        else "use a smaller --horizon, a shorter --season or more data"
    )
    apart = f"s {schedule.spacing} apart" if schedule.windows > 1 else ""
    return (
        f"horizon {schedule.horizon}, gap {schedule.gap} and {schedule.windows} window{apart} need "
        f"{wanted} rows ({needed} of them before the first cutoff); the longest series has {longest}: {advice}."
    )


def overlap(panel: Panel, windows: Sequence[Window], align: Align) -> list[int]:
    """Return per window the number of series whose cutoff is later than another's; 0 on a common calendar."""
    counts = []
    for window in windows:
        keep = np.flatnonzero(window.position >= 0)
        cutoff = panel.times[panel.starts[keep] + window.position[keep]]
        counts.append(0 if align == "calendar" else int((cutoff > cutoff.min(initial=cutoff.max(initial=0))).sum()))
    return counts
