"""A forecast as a page: the last rows of each series and its forecast, as SVG inside one HTML file."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from hybridts.app.waterfall import STYLE, waterfall_of
from hybridts.data import calendar
from hybridts.text import number, without_midnight

if TYPE_CHECKING:
    import pandas as pd

    from hybridts.data.panel import FloatArray, IntArray, Panel

#: Series drawn.
MOST = 24
WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 12, 26
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:760px;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h2{font-size:1rem;margin:1.5rem 0 .2rem}svg{width:100%;height:auto}text{font-size:11px;fill:#5f6b76}
.known{fill:none;stroke:#1b1f24;stroke-width:1.5}.ahead{fill:none;stroke:#2563a8;stroke-width:2}
.band{fill:#2563a8;opacity:.15;stroke:none}.now{stroke:#8a939c;stroke-dasharray:3 3}.axis{stroke:#8a939c}
@media(prefers-color-scheme:dark){body{background:#14181d;color:#e6e9ec}.known{stroke:#e6e9ec}text{fill:#a9b2bb}}
"""


def page_of(panel: Panel, table: pd.DataFrame, name: str, parts: pd.DataFrame | None = None) -> str:
    """Return the page.

    Args:
        panel: the data that the forecast starts from.
        table: the forecast: unique_id, ds, `name`, and NAME-lo-LEVEL, NAME-hi-LEVEL where there are intervals.
        name: of the model.
        parts: the forecast taken apart, see `FittedModel.explain_forecast`; None where it cannot be.
    """
    table = table.rename(columns={table.columns[0]: "unique_id"})  # it may have the user's name
    ids = list(dict.fromkeys(table["unique_id"]))
    shown = ids[:MOST]
    more = f"<p>{len(ids) - MOST} more series are in the file of the forecast.</p>" if len(ids) > MOST else ""
    drawn = [f"<h2>{escape(str(uid))}</h2>{_figure(panel, table[table['unique_id'] == uid], name)}" for uid in shown]
    if parts is not None and parts["part"].nunique() > 1:
        parts = parts.rename(columns={parts.columns[0]: "unique_id"})
        own = [waterfall_of(parts[parts["unique_id"] == uid]) for uid in shown]
        drawn = [f"{figure}{waterfall}" for figure, waterfall in zip(drawn, own, strict=True)]
    title = f"{escape(name)}: forecast"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}{STYLE}</style></head>'
        f"<body><h1>{title}</h1>{''.join(drawn)}{more}</body></html>"
    )


def _figure(panel: Panel, rows: pd.DataFrame, name: str) -> str:
    """Return the SVG of one series."""
    i = panel.index[str(rows["unique_id"].iloc[0])]
    count = max(4 * len(rows), 2 * panel.season, 24)
    y, times = panel.series(i)[-count:], panel.times_of(i)[-count:]
    ahead = calendar.later(times[-1:], panel.freq, panel.step, len(rows))[0]
    bands = [(low, low.replace("-lo-", "-hi-")) for low in rows.columns if low.startswith(f"{name}-lo-")]
    every = [y, rows[name].to_numpy(float), *(rows[column].to_numpy(float) for band in bands for column in band)]
    scale = _Scale(np.concatenate([times, ahead]), np.concatenate(every))
    last = np.flatnonzero(np.isfinite(y))[-1:]
    joined = np.concatenate([times[last], ahead]), np.concatenate([y[last], rows[name].to_numpy(float)])
    shapes = [_band(scale, ahead, *(rows[column].to_numpy(float) for column in band)) for band in bands]
    shapes += [_line(scale, times, y, "known"), _line(scale, *joined, "ahead")]
    now = scale.x(times[-1:])[0]
    label = f"{name}: the last {len(y)} rows of {rows['unique_id'].iloc[0]} and its forecast of {len(rows)} rows"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label, quote=True)}">'
        f'<line class="now" x1="{now:.1f}" x2="{now:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'
        f"{''.join(shapes)}{scale.axes(*_ends(scale, panel, rows))}</svg>"
    )


def _ends(scale: _Scale, panel: Panel, rows: pd.DataFrame) -> list[str]:
    """Return the first and the last time of a figure, in the zone of the forecast and without midnights."""
    import pandas as pd

    ends = calendar.to_pandas(np.array([scale.first, scale.last]), panel.freq)
    zone = getattr(rows.iloc[:, 1].dtype, "tz", None)
    if zone is None or panel.freq is None:
        return without_midnight([str(time) for time in ends])
    utc = pd.DatetimeIndex(rows.iloc[-1:, 1]).tz_convert("UTC").tz_localize(None)
    times = pd.DatetimeIndex(ends)
    if utc[0] == times[1]:  # else whole days, as they were written
        times = times.tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return without_midnight([str(time) for time in times])


class _Scale:
    """Places of times and values in a figure."""

    def __init__(self, times: IntArray, values: FloatArray) -> None:
        known = values[np.isfinite(values)]
        self.first, self.last = int(times.min()), int(times.max())
        self.low, self.high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)

    def x(self, times: IntArray) -> FloatArray:
        share = (times - self.first) / max(self.last - self.first, 1)
        return np.asarray(_LEFT + share * (WIDTH - _LEFT - _RIGHT))

    def y(self, values: FloatArray) -> FloatArray:
        span = self.high - self.low
        share = (values - self.low) / span if span > 0 else np.full(len(values), 0.5)
        return np.asarray(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM))

    def axes(self, begin: str, end: str) -> str:
        """Return the labels of the smallest and largest value, and of the first and last time."""
        bottom = HEIGHT - _BOTTOM
        return (
            f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{bottom}" y2="{bottom}"/>'
            f'<text x="{_LEFT - 6}" y="{bottom}" text-anchor="end">{number(self.low)}</text>'
            f'<text x="{_LEFT - 6}" y="{_TOP + 8}" text-anchor="end">{number(self.high)}</text>'
            f'<text x="{_LEFT}" y="{HEIGHT - 8}">{begin}</text>'
            f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{end}</text>'
        )


def _line(scale: _Scale, times: IntArray, values: FloatArray, kind: str) -> str:
    """Return a line that breaks where values are missing."""
    known = np.isfinite(values)
    runs = np.split(np.flatnonzero(known), np.flatnonzero(np.diff(np.flatnonzero(known)) > 1) + 1)
    x, y = scale.x(times), scale.y(values)
    paths = ["M" + "L".join(f"{x[k]:.1f} {y[k]:.1f}" for k in run) for run in runs if len(run)]
    return f'<path class="{kind}" d="{"".join(paths)}"/>' if paths else ""


def _band(scale: _Scale, times: IntArray, low: FloatArray, high: FloatArray) -> str:
    x = scale.x(times)
    edge = [*zip(x, scale.y(high), strict=True), *zip(x[::-1], scale.y(low)[::-1], strict=True)]
    return (
        f'<path class="band" d="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in edge)}Z"/>' if np.isfinite(low).all() else ""
    )
