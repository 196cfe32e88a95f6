"""The page of an inspection: what was read, and a small plot per series, in one file without scripts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jinja2 import Environment

from hybridts.app.inspection import Inspection
from hybridts.data.panel import FloatArray, Panel
from hybridts.errors import UserError
from hybridts.files import reason, whole_file

#: Most series that are drawn, and most points of a line.
SERIES, POINTS = 300, 400
_WIDTH, _HEIGHT = 360, 60

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ found.source }}</title>
<style>
body { font: 15px/1.45 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f5f5f5; padding: 1rem; }
figure { display: inline-block; margin: 0 1rem 1rem 0; width: 360px; vertical-align: top; }
figcaption { overflow-wrap: anywhere; font-size: 13px; }
svg { width: 360px; height: 60px; background: #fafafa; } polyline { fill: none; stroke: #1f5fa8; stroke-width: 1.2; }
</style></head><body>
<h1>{{ found.source }}</h1>
<pre>{{ found }}</pre>
{% if left %}<p>The first {{ plots|length }} series; {{ left }} more are not drawn.</p>{% endif %}
{% for plot in plots %}
<figure><svg viewBox="0 0 360 60" role="img" aria-label="{{ plot.name }}">
{% for line in plot.lines %}<polyline points="{{ line }}"/>{% endfor %}</svg>
<figcaption>{{ plot.name }}: {{ plot.rows }} rows, {{ plot.low }} to {{ plot.high }}</figcaption></figure>
{% endfor %}
</body></html>
"""


def write_page(found: Inspection, panel: Panel, path: Path) -> None:
    """Write the page.

    Raises:
        UserError: the file cannot be written.
    """
    plots = [_plot(panel.ids[i], panel.series(i)) for i in range(min(len(panel), SERIES))]
    template = Environment(autoescape=True).from_string(_PAGE)
    text = template.render(found=found, plots=plots, left=max(0, len(panel) - SERIES))
    try:
        with whole_file(path) as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as cause:
        raise UserError(f"{path} cannot be written: {reason(cause)}. Give another file by --html.") from cause


def _plot(name: str, values: FloatArray) -> dict[str, object]:
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    lines = [_points(part, values, low, high) for part in _parts(values)]
    return {"name": name, "rows": len(values), "low": f"{low:.6g}", "high": f"{high:.6g}", "lines": lines}


def _parts(values: FloatArray) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return the rows of each stretch without missing values, thinned out to the width of the plot."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return []
    parts = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1)
    step = max(1, len(known) // POINTS)
    return [_extremes(part, values, step) for part in parts[:POINTS]]


def _extremes(
    part: np.ndarray[tuple[int], np.dtype[np.int64]], values: FloatArray, step: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the lowest and the highest row of every `step`, so that a peak is never thinned out."""
    if step == 1:
        return part
    kept = []
    for at in range(0, len(part), 2 * step):
        rows = part[at : at + 2 * step]
        kept += sorted({int(rows[np.argmin(values[rows])]), int(rows[np.argmax(values[rows])])})
    return np.array(kept, dtype=np.int64)


def _points(rows: np.ndarray[tuple[int], np.dtype[np.int64]], values: FloatArray, low: float, high: float) -> str:
    """Return the points of a line in the coordinates of the plot."""
    across = rows / max(1, len(values) - 1) * (_WIDTH - 4) + 2
    share = (values[rows] / 2 - low / 2) / (high / 2 - low / 2) if high > low else np.full(len(rows), 0.5)
    return " ".join(f"{x:.1f},{_HEIGHT - 4 - y * (_HEIGHT - 8):.1f}" for x, y in zip(across, share, strict=True))
