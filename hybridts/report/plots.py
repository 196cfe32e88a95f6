"""The pictures, as SVG text that stands inside a page: same run, same bytes; no picture ever needs the network.

matplotlib is imported by the functions, with the Agg canvas and settings of their own: importing or drawing changes
nothing for the caller's figures.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.breakdown import horizon_table
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.sections import selection as choose

COLOURS = {"hybrid": "#2563a8", "single": "#5f6b76", "baseline": "#d1730f"}
LINES = ("#2563a8", "#2a9d5c", "#a6398f", "#b5382d", "#5b53c0")
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "hybridts",
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a939c",
    "axes.titlesize": 9.0,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "grid.color": "#e3e6ea",
    "axes.axisbelow": True,
}
WIDTH = 9.2  # inches


@contextmanager
def _figure(height: float) -> Iterator[Any]:
    """A figure outside pyplot, drawn with our settings only."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)  # the page has them
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure


def _svg(figure: Any, name: str) -> str:
    """The figure as an <svg> element whose ids are its own on the page."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    return re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\g<1>{name}-", svg).replace("<svg ", '<svg role="img" ', 1)


def line_colours(evaluation: Evaluation, names: Sequence[str]) -> dict[str, str]:
    """One colour per name; baselines are always orange."""
    free = iter(LINES)
    kinds = {n: choose.kind_of(evaluation, n) for n in names}
    return {n: COLOURS["baseline"] if kinds[n] == "baseline" else next(free) for n in names}


def forecasts(evaluation: Evaluation, board: pd.DataFrame) -> str:
    """The best three names and the best baseline against what happened, on series from easy to hard."""
    names = choose.contenders(evaluation, board, 3)
    picked = choose.typical_series(evaluation, names[0], 4) if names else []
    if not picked:
        return ""
    columns = 1 if len(picked) == 1 else 2
    rows = -(-len(picked) // columns)
    with _figure(0.5 + 2.5 * rows) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for ax, (uid, loss) in zip(axes, picked, strict=False):
            _paths(ax, evaluation, uid, line_colours(evaluation, names))
            ax.set_title(
                f"{words.short(uid, 40)}: {evaluation.measure} of {words.short(names[0], 24)}: {words.number(loss)}"
            )
        for ax in axes[len(picked) :]:
            ax.set_axis_off()
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, [words.short(x) for x in labels], loc="outside upper left", ncols=3)
        return _svg(figure, "forecasts")


def _paths(ax: Any, evaluation: Evaluation, uid: str, colours: dict[str, str]) -> None:
    """One series: actuals of all windows, forecasts of the last windows that share no target."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    run = evaluation.run
    rows = run.forecasts[run.forecasts["unique_id"] == uid]
    actual = rows.drop_duplicates("ds").sort_values("ds")
    ax.plot(actual["ds"], actual["y"], color="#1b1f24", linewidth=1.5, label="actual", marker="o", markersize=2)
    horizon = int(run.manifest["horizon"])
    apart = max(1, -(-horizon // max(int(run.manifest["step"]), 1)))
    windows = sorted(set(rows["window"]), reverse=True)[::apart][: max(3, -(-24 // horizon))]
    for name, colour in colours.items():
        paths = rows[(rows["model"] == name) & rows["window"].isin(windows)].sort_values(["window", "step"])
        last_steps = paths["step"] == horizon  # a line breaks where its window ends; single steps are joined
        x, y = paths["ds"].to_numpy(), paths["yhat"].to_numpy(float)
        if horizon > 2:
            ends = np.flatnonzero(last_steps)[:-1] + 1
            x, y = np.insert(x, ends, x[ends]), np.insert(y, ends, np.nan)
        line = {"color": colour, "linewidth": 1.3, "marker": ".", "markersize": 3}
        ax.plot(x, y, "--" if colour == COLOURS["baseline"] else "-", label=name, **line)
    low, high = actual["y"].min(), actual["y"].max()
    room = 0.6 * (high - low) if high > low else 1.0
    bottom, top = ax.get_ylim()
    ax.set_ylim(max(bottom, low - room), min(top, high + room))  # one wild forecast must not flatten the rest
    for cutoff in rows[rows["window"].isin(windows)]["cutoff"].unique() if len(windows) < 8 else ():
        ax.axvline(cutoff, color="#8a939c", linewidth=0.8, linestyle=":")
    if pd.api.types.is_datetime64_any_dtype(actual["ds"]):
        locator = AutoDateLocator(minticks=3, maxticks=7)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.grid(axis="y")


def horizon(evaluation: Evaluation, board: pd.DataFrame) -> str:
    """Mean loss at each step of the best five names and the best baseline."""
    names = choose.contenders(evaluation, board, 5)
    table = horizon_table(evaluation)
    steps = sorted(set(table["step"]))
    if not names or len(steps) < 2:
        return ""
    with _figure(3.2) as figure:
        ax = figure.subplots()
        for name, colour in line_colours(evaluation, names).items():
            line = table[table["model"] == name].sort_values("step")
            dashed = "--" if colour == COLOURS["baseline"] else "-"
            ax.plot(line["step"], line[evaluation.measure], dashed, color=colour, marker=".", label=words.short(name))
        ax.set_xlabel("step of the forecast")
        ax.set_ylabel(f"mean absolute error{' / scale' if evaluation.measure == 'MASE' else ''}")
        ax.set_ylim(bottom=0)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.grid(axis="y")
        figure.legend(loc="outside right upper")
        return _svg(figure, "horizon")


def spread(evaluation: Evaluation, board: pd.DataFrame) -> str:
    """Every name with forecasts: mean, median and the middle 80 % of its cells."""
    from matplotlib.lines import Line2D

    names = [*board["model"][board[board.attrs["measure"]].notna()]]
    if not names:
        return ""
    cells = {n: evaluation.losses(n)[~np.isnan(evaluation.losses(n))] for n in names}
    edge = _edge(evaluation, cells)
    with _figure(1.1 + 0.19 * len(names)) as figure:
        ax = figure.subplots()
        for y, name in enumerate(names):
            _dot(ax, y, cells[name], COLOURS[choose.kind_of(evaluation, name)], edge)
        base = evaluation.best_baseline
        if base and float(cells[base].mean()) <= edge:
            ax.axvline(float(cells[base].mean()), color=COLOURS["baseline"], linewidth=1, linestyle="--", zorder=1)
        ax.set_yticks(range(len(names)), [_marked(evaluation, n) for n in names], fontsize=8)
        for label, name in zip(ax.get_yticklabels(), names, strict=True):
            label.set_color(COLOURS[choose.kind_of(evaluation, name)])
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set_xlim(0, edge * 1.08)
        ax.set_xlabel(f"{evaluation.measure}: dot = mean, tick = median, line = middle 80 % of the cells")
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="both", linewidth=0.6)
        drawn = [Line2D([], [], color=c, marker="o", linewidth=1) for c in COLOURS.values()]
        figure.legend(drawn, list(COLOURS), loc="outside upper left", ncols=3)
        return _svg(figure, "spread")


def _marked(evaluation: Evaluation, name: str) -> str:
    return words.short(name) + ("" if evaluation.complete(name) else " (incomplete)")


def _edge(evaluation: Evaluation, cells: dict[str, Any]) -> float:
    """Where the axis ends, so that one exploded network does not squeeze everybody else."""
    means = np.array([float(v.mean()) for v in cells.values()])
    means = means[np.isfinite(means)]
    base = evaluation.best_baseline
    usual = min(1.6 * float(np.quantile(means, 0.9)), 3.0 * float(np.median(means))) if len(means) else 1.0
    return max(usual, 1.3 * float(cells[base].mean()) if base in cells else 0.0) or 1.0


def _dot(ax: Any, y: int, values: Any, colour: str, edge: float) -> None:
    """One row; a mean beyond the edge becomes an arrow with its value."""
    mean, median = float(values.mean()), float(np.median(values))
    low, high = np.quantile(np.minimum(values, 1e9 * edge), [0.1, 0.9])  # infinities cannot be interpolated
    if low < edge:
        ax.plot([low, min(high, edge * 1.02)], [y, y], color=colour, linewidth=1.2, alpha=0.55, solid_capstyle="butt")
    if median <= edge:
        ax.plot([median], [y], marker="|", color=colour, markersize=7, markeredgewidth=1.5)
    if mean <= edge:
        ax.plot([mean], [y], marker="o", color=colour, markersize=4.5)
        return
    ax.plot([edge * 1.03], [y], marker=">", color=colour, markersize=5, clip_on=False)
    style = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    ax.text(edge, y, words.number(mean), ha="right", va="center", fontsize=7.5, color=colour, bbox=style)


def seconds(evaluation: Evaluation, board: pd.DataFrame) -> str:
    """Loss against the seconds a name needs alone; only names that no other beats in both are labelled."""
    measure = board.attrs["measure"]
    table = board[board[measure].notna() & board["seconds_alone"].notna() & np.isfinite(board[measure])]
    if len(table) < 2:
        return ""
    x, y = np.maximum(table["seconds_alone"].to_numpy(float), 1e-3), table[measure].to_numpy(float)
    names = [*table["model"]]
    front = choose.pareto_front(list(x), list(y))
    colours = [COLOURS[choose.kind_of(evaluation, n)] for n in names]
    with _figure(4.2) as figure:
        ax = figure.subplots()
        ax.set_xscale("log")
        kept = y <= max(min(1.6 * float(np.quantile(y, 0.9)), 3.0 * float(np.median(y))), 2.0 * float(y.min()))
        front = [i for i in front if kept[i]]
        ax.scatter(x[kept], y[kept], s=16, c=np.array(colours)[kept], alpha=0.6, linewidths=0)
        ax.step(x[front], y[front], where="post", color="#8a939c", linewidth=0.8, zorder=1)
        ax.scatter(x[front], y[front], s=30, c=[colours[i] for i in front], edgecolors="#1b1f24", linewidths=0.8)
        _label_front(ax, x[front], y[front], [words.short(names[i], 28) for i in front])
        _number_seconds(ax)
        beyond = words.plural(int((~kept).sum()), "name")
        ax.set_xlabel("seconds for all its stages (log)" + (f"; {beyond} above the picture" if not kept.all() else ""))
        ax.set_ylabel(f"mean {measure}")
        ax.grid(linewidth=0.6)
        return _svg(figure, "seconds")


def _number_seconds(ax: Any) -> None:
    """Plain numbers on the log axis; 2 and 5 as well where it is short."""
    low, high = np.log10(ax.get_xlim())
    wanted = ("2.000000", "5.000000") if high - low < 2 else ()
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.xaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[:8] in wanted else "")


def _label_front(ax: Any, x: Any, y: Any, labels: list[str]) -> None:
    """Labels left of their points: nothing lies below and left of a front. Pushed down until they do not touch."""
    low, high = ax.get_ylim()
    tall = 0.05 * (high - low)  # one line of text, a little more
    height, place = np.inf, []
    for value in y:
        height = min(value - 0.25 * tall, height - tall)
        place.append(height)
    ax.set_ylim(min(low, min(place) - tall), high)
    left, right = np.log10(ax.get_xlim())
    room = max(0.0, 1.1 - (right - left)) / 2  # at least one decade, so that the axis has a number
    left, right = left - room, right + room
    share = 0.0125 * (max(len(t) for t in labels) + 3)  # of the axis, for the longest label
    ax.set_xlim(10 ** min(left, np.log10(x[0]) - share / (1 - share) * (right - np.log10(x[0]))), 10**right)
    line = {"arrowstyle": "-", "color": "#8a939c", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3}
    for a, b, at, text in zip(x, y, place, labels, strict=True):
        ax.annotate(text, (a, b), (a / 1.14, at), fontsize=8, ha="right", va="center", arrowprops=line)


def gates(evaluation: Evaluation) -> str:
    """The mean gate of every correction at every step: white is closed, the hybrid forecasts like its base there."""
    table = choose.mean_gates(choose.gates(evaluation))
    if table.empty:
        return ""
    with _figure(max(1.6, 1.0 + 0.19 * len(table))) as figure:
        ax = figure.subplots()
        image = ax.imshow(table.to_numpy(), aspect="auto", vmin=0, vmax=1, cmap="Blues", interpolation="nearest")
        ax.set_yticks(range(len(table)), [words.short(str(s)) for s in table.index], fontsize=8)
        every = max(1, -(-table.shape[1] // 24))
        ax.set_xticks(range(0, table.shape[1], every), list(table.columns[::every]))
        ax.set_xlabel("step of the forecast; colour: gate, mean over windows")
        ax.tick_params(length=0, which="both")
        ax.set_yticks(np.arange(len(table) + 1) - 0.5, minor=True)
        ax.grid(which="minor", axis="y", linewidth=0.8)
        figure.colorbar(image, ax=ax, shrink=min(1.0, 12 / len(table)), anchor=(0, 1))
        return _svg(figure, "gates")
