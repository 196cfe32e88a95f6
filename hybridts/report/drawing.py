"""Figures drawn as svg, pdf or png files: the same run gives the same bytes, and no browser is needed.

matplotlib is imported by the functions, with the Agg canvas and with settings of their own: importing or drawing
changes nothing for the caller's figures.
"""

from __future__ import annotations

import datetime
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.medium import Medium
from hybridts.report.selection import Kind, kind_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

#: Of dots and labels, by kind of name.
COLOURS: Mapping[Kind, str] = {"hybrid": "#0072b2", "single": "#5f6b76", "baseline": "#d55e00"}
#: Of lines, one per name; from the palette of Okabe and Ito (2008), which colour-blind readers can tell apart.
LINES = ("#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
#: Of axes and of lines that only guide the eye.
GREY = "#8a939c"
#: Of actual values.
INK = "#1b1f24"
STYLE = {
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "svg.hashsalt": "hybridts",
    "font.size": 9.0,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlesize": 9.0,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "grid.color": "#e3e6ea",
    "axes.axisbelow": True,
}
WIDTH = 9.2  # inches


@contextmanager
def canvas(height: float, medium: Medium) -> Iterator[Canvas]:
    """Yield an empty figure of a height in inches, outside pyplot, drawn with `STYLE` and the medium's fonts only."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)  # the page has them
        mpl.rcdefaults()
        mpl.rcParams.update({**STYLE, "font.family": medium.families})
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure


#: Formats of drawings, each a file ending.
DRAWINGS = ("svg", "pdf", "png")
_NO_DATES: Mapping[str, Mapping[str, None]] = {
    "svg": dict.fromkeys(("Date", "Creator", "Format", "Type")),
    "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
    "png": {"Software": None},
}


def saved(figure: Canvas, medium: Medium) -> bytes:
    """Return the drawing as a file of a format; the same run gives the same bytes."""
    file = io.BytesIO()
    figure.savefig(file, format=medium.kind, metadata=_NO_DATES[medium.kind], dpi=150)
    return file.getvalue()


def line_colours(evaluation: Evaluation, names: Sequence[str]) -> dict[str, str]:
    """Return a colour per name, at most as many other names as `LINES`; baselines are always orange."""
    free = iter(LINES)
    return {n: COLOURS["baseline"] if kind_of(evaluation, n) == "baseline" else next(free) for n in names}


def dash_of(colour: str) -> str:
    """Return the line style that goes with a colour: baselines are dashed."""
    return "--" if colour == COLOURS["baseline"] else "-"


def date_axis(ax: Axes, zone: datetime.tzinfo | None) -> None:
    """Label an axis of dates by few short dates, in the time zone of the data."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=7, tz=zone)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))
