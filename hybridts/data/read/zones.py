"""Find the time zone whose clock shows the offsets in a column, such as +01:00 in winter and +02:00 in summer."""

from __future__ import annotations

import functools
import zoneinfo

import numpy as np
import numpy.typing as npt
import pandas as pd

#: Tried first: one zone for each rule of summer time in use. Zones of one rule cannot be told apart by offsets.
_USUAL = (
    "Europe/Berlin Europe/London Europe/Helsinki America/New_York America/Chicago America/Denver America/Los_Angeles "
    "America/Anchorage America/Halifax America/St_Johns America/Sao_Paulo America/Santiago Australia/Sydney "
    "Australia/Adelaide Australia/Lord_Howe Pacific/Auckland Asia/Jerusalem Europe/Moscow Europe/Istanbul"
).split()
#: Times tried before all of them are.
_SOME = 256

Minutes = npt.NDArray[np.float64]


def offset_zone(utc: npt.NDArray[np.datetime64], offset: Minutes) -> str:
    """Return the zone of these times: an offset where there is one, a name where there are several; "" for none.

    Args:
        utc: [n] times in UTC, none missing.
        offset: [n] local time minus UTC.

    >>> utc = np.array(["2024-01-01T12", "2024-07-01T12"], dtype="datetime64[ns]")
    >>> offset_zone(utc, np.array([60.0, 120.0])), offset_zone(utc, np.array([-300.0, -240.0]))
    ('Europe/Berlin', 'America/New_York')
    >>> offset_zone(utc, np.array([60.0, 60.0])), offset_zone(utc, np.array([0.0, 0.0]))
    ('+01:00', 'UTC')
    >>> offset_zone(utc, np.array([60.0, 61.0]))
    ''
    """
    found = np.unique(offset)
    if len(found) == 1:
        return _written(int(found[0]))
    order = np.argsort(utc, kind="stable")
    utc, offset = utc[order], offset[order]
    changes = np.flatnonzero(np.diff(offset))
    some = np.unique(np.concatenate([changes, changes + 1, np.linspace(0, len(utc) - 1, _SOME).astype(int)]))
    some = some[np.linspace(0, len(some) - 1, min(len(some), 2 * _SOME)).astype(int)]
    for zone in _zones():
        if _fits(zone, utc[some], offset[some]) and _fits(zone, utc, offset):
            return zone
    return ""


def _written(minutes: int) -> str:
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"


@functools.cache
def _zones() -> tuple[str, ...]:
    """Return the names of all zones, the usual ones first; without those that stand for one offset."""
    known = zoneinfo.available_timezones()
    rest = sorted(zone for zone in known if "/" in zone and not zone.startswith("Etc/"))
    return tuple(dict.fromkeys([*(zone for zone in _USUAL if zone in known), *rest]))


def _fits(zone: str, utc: npt.NDArray[np.datetime64], offset: Minutes) -> bool:
    times = pd.DatetimeIndex(utc)
    local = times.tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return bool(((local - times) / pd.Timedelta(minutes=1) == offset).all())
