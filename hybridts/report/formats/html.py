"""One self-contained page: words, tables and pictures inline, nothing fetched, readable without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report import plots
from hybridts.report.formats import tables
from hybridts.report.sections import selection as choose
from hybridts.report.sections.content import Content

LISTED = 12  # names in one cell of the sharing table


@dataclass(frozen=True)
class Grid:
    """A table as the template draws it.

    Attributes:
        head: headings.
        rows: texts.
        keys: what each cell sorts by.
        words: for each column, whether it holds words (left) or numbers (right).
        marks: a class per row.
    """

    head: list[str]
    rows: list[list[str]]
    keys: list[list[str]]
    words: list[bool]
    marks: list[str]


@dataclass(frozen=True)
class Picture:
    """A drawn figure, what it shows, and its caption."""

    title: str
    caption: str
    svg: Markup


def to_html(evaluation: Evaluation, content: Content) -> str:
    """The page."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(_file("template.html.j2"))
    return page.render(
        content=content,
        style=Markup(_file("style.css")),
        script=Markup(_file("sort.js")),
        board=_board(evaluation, content.board),
        pictures=_pictures(evaluation, content.board),
        windows=_grid(content.windows),
        left_out=_grid(content.left_out),
        chosen=_chosen(content),
        gates=_gates(content.gates),
        failures=_grid(content.failures),
        not_applicable=_grid(content.not_applicable),
        by_window=_numbers(content.by_window, "model"),
        by_series=_numbers(content.by_series, "series"),
        sharing=_sharing(content.sharing),
        measure=content.board.attrs["measure"],
    )


def _file(name: str) -> str:
    return files("hybridts.report").joinpath(name).read_text(encoding="utf-8")


def _board(evaluation: Evaluation, board: pd.DataFrame) -> Grid:
    """The leaderboard, baselines and unranked rows marked, the status as its last column where it says anything."""
    columns = tables.columns_shown(board)
    rows, keys = tables.shown(board), [[_key(v) for v in row] for row in board[columns].itertuples(index=False)]
    head = [tables.HEADINGS.get(c, c) for c in columns]
    left = [c in ("model", "family", "part") for c in columns]
    if (board["status"] != "complete").any():
        head, left = [*head, "status"], [*left, True]
        for row, key, status, reason in zip(rows, keys, board["status"], board["reason"], strict=True):
            said = status.replace("_", " ") if status != "complete" else ""
            row.append(f"{said}: {reason}" if said and reason else said)
            key.append(said)
            row[0] = row[0] or said
    marks = [
        f"{choose.kind_of(evaluation, n)}{'' if s == 'complete' else ' unranked'}"
        for n, s in zip(board["model"], board["status"], strict=True)
    ]
    return Grid(head, rows, keys, left, marks)


def _key(value: object) -> str:
    """What a cell sorts by: the full number, not the printed one."""
    return "" if value is None or value is pd.NA or value != value else str(value)


def _grid(table: pd.DataFrame) -> Grid:
    """A plain table."""
    rows = [[str(v) for v in row] for row in table.itertuples(index=False)]
    left = [not pd.api.types.is_numeric_dtype(table[c]) for c in table.columns]
    return Grid([str(c) for c in table.columns], rows, rows, left, [""] * len(rows))


def _numbers(table: pd.DataFrame, corner: str) -> Grid:
    """A table of losses with a label in front of each row."""
    rows = [
        [str(i), *(words.number(float(v)) for v in row)] for i, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    keys = [[str(i), *(_key(v) for v in row)] for i, row in zip(table.index, table.to_numpy(), strict=True)]
    kind = "window " if corner == "model" else ""
    head = [corner, *(f"{kind}{c}" for c in table.columns)]
    return Grid(head, rows, keys, [True] + [False] * table.shape[1], [""] * len(rows))


def _sharing(table: pd.DataFrame) -> Grid:
    """Stages and who uses them."""
    rows, keys = [], []
    for row in table.to_dict("records"):
        names = row["names"]
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        counts = [str(row["fits"]), str(row["reused"]), words.seconds(row["seconds"]), str(row["saved"])]
        rows.append([row["stage"], row["kind"], *counts, ", ".join(names[:LISTED]) + more])
        keys.append([*rows[-1][:4], str(row["seconds"]), *rows[-1][5:]])
    head = ["stage", "kind", "fits", "reused", "seconds", "fits saved", "used by"]
    return Grid(head, rows, keys, [True, True, False, False, False, False, True], [""] * len(rows))


def _gates(table: pd.DataFrame) -> Grid:
    """How much of each correction is used in each window, and on what evidence."""
    rows, keys = [], []
    for stage, window, gate, reason, gain in table.itertuples(index=False):
        rows.append([stage, str(window), words.share([gate]), f"{gain:+.3f}" if any(gate) and gain else "", reason])
        keys.append([stage, str(window), str(sum(gate)), str(gain), reason])
    head = ["correction", "window", "used", "gain on evidence", "why"]
    return Grid(head, rows, keys, [True, False, False, False, True], [""] * len(rows))


def _chosen(content: Content) -> Grid:
    """What the stages chose; a choice and a remark a line. A stage last fitted at an earlier window says so."""
    newest = max((c.window for c in content.chosen), default=-1)
    head = ["stage", "chose", "models tried", "notes"]
    rows, keys = [], []
    for c in content.chosen:
        stage = c.stage if c.window == newest else f"{c.stage} (window {c.window})"
        rows.append([stage, "\n".join(c.lines()), c.search(), "\n".join(map(str, c.remarks))])
        keys.append([stage, c.choices[0][0], _key(c.tried), str(len(c.remarks))])
    kept = [k for k in range(len(head)) if any(row[k] for row in rows)]  # no column that says nothing
    rows, keys = [[r[k] for k in kept] for r in rows], [[r[k] for k in kept] for r in keys]
    return Grid([head[k] for k in kept], rows, keys, [True] * len(kept), [""] * len(rows))


def _pictures(evaluation: Evaluation, board: pd.DataFrame) -> list[Picture]:
    """All pictures that this run has something to show in."""
    measure = board.attrs["measure"]
    drawn = [
        (
            "Forecasts",
            "The best names and the best baseline against what happened, from an easy series to a hard one. "
            "Dotted lines are cutoffs. Names that forecast exactly like a better one are not drawn again.",
            plots.forecasts(evaluation, board),
        ),
        (
            "Error by horizon",
            "Who loses where: the mean over all cells at each step.",
            plots.horizon(evaluation, board),
        ),
        (
            f"{measure} of every name",
            "In the order of the leaderboard; the dashed line is the best baseline. An arrow stands for a mean "
            "beyond the axis.",
            plots.spread(evaluation, board),
        ),
        (
            "What accuracy costs",
            "Labelled are the names that no other name beats in both time and error.",
            plots.seconds(evaluation, board),
        ),
        (
            "Gates",
            "How much of each correction was let through. White is closed: the hybrid forecasts like its base there.",
            plots.gates(evaluation),
        ),
    ]
    return [Picture(title, caption, Markup(svg)) for title, caption, svg in drawn if svg]
