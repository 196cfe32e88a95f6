"""How sure the order of the board is: the names that may be the best, intervals, and critical differences of ranks."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report import evidence
from hybridts.report.cells import key_of
from hybridts.report.chart_values import rounded
from hybridts.report.drawing import COLOURS, GREY, INK, canvas, saved
from hybridts.report.language import counted, tr
from hybridts.report.medium import Medium
from hybridts.report.section_parts import ON_SCREEN, Cell, Column, Figure, Item, Pairs, Paragraph, Row, Section, Table
from hybridts.report.selection import groups_of, kind_of

_RANKS = (
    "Mean rank over the independent units, 1 is best. Names under one bar cannot be told apart: their mean ranks "
    "differ by less than the critical difference."
)
_NESTED = (
    "Clark and West's test: a hybrid contains its base, so its errors are larger by chance alone where its corrections "
    "are worth nothing; the test takes that into account. A small p: the corrections know something."
)
_SET = (
    "Filled: the data cannot tell the name from the best one. Lines: 95 % intervals of the mean, where there are some."
)


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section | None:
    """Return the confidence set and the critical differences, as far as the run allows them."""
    groups = groups_of(evaluation, board)
    found = evidence.best_set(evaluation, groups)
    items: list[Item] = []
    if found.names:
        items.append(_set_figure(evaluation, [g.lead for g in groups], found))
    ranks = evidence.critical_difference(evaluation)
    if ranks is not None:
        items.append(_rank_figure(ranks, {g.lead for g in groups}))
    nested = evidence.clark_west(evaluation)
    if not nested.empty:
        title = tr("Does a hybrid know anything that its base does not? ({count})", count=len(nested))
        items.append(Section(title, "clark-west", [Paragraph(tr(_NESTED)), _nested_table(nested)], folded=True))
    if not items:
        return None
    how = [(tr("Who may be the best"), found.words)] if found.words else []
    how += [(tr("Critical differences"), str(ranks.words))] if ranks is not None else []
    values = {"best_set": {"names": list(found.names), "words": found.words}}
    title = tr("How sure the order is")
    return Section(title, "evidence", [*items, Pairs("", how)], values=values, formats=ON_SCREEN)


def _set_figure(evaluation: Evaluation, names: list[str], found: evidence.BestSet) -> Figure:
    """Return the mean loss of every distinct forecast, marked where it may be the best."""
    given = evidence.intervals(evaluation).to_dict("index")
    rows = []
    for name in names:
        mean = float(np.nanmean(evaluation.losses(name))) if evaluation.complete(name) else math.nan
        low, high = (float(given.get(name, {}).get(c, math.nan)) for c in ("loss_low", "loss_high"))
        if float(np.nanmin(evaluation.losses(name), initial=0.0)) >= 0:
            low = max(low, 0.0)  # no loss is below zero, though an interval of few windows may be
        if not math.isnan(mean):
            rows.append((name, mean, low, high, name in found.names, found.p.get(name, math.nan)))
    alternative = tr(
        "{inside} of {count} distinct forecasts may be the best: {names}.",
        inside=sum(row[4] for row in rows),
        count=len(rows),
        names=", ".join(row[0] for row in rows if row[4]),
    )
    chart = {
        "names": [r[0] for r in rows],
        "kinds": [kind_of(evaluation, r[0]) for r in rows],
        "mean": rounded([r[1] for r in rows]),
        "low": rounded([r[2] for r in rows]),
        "high": rounded([r[3] for r in rows]),
        "inside": [r[4] for r in rows],
        "p": rounded([r[5] for r in rows], 3),
    }
    draw = partial(_draw_set, rows, evaluation.measure)
    return Figure("confidence-set", draw, alternative, tr(_SET), lambda: chart)


def _draw_set(rows: list[tuple[str, float, float, float, bool, float]], measure: str, medium: Medium) -> bytes:
    with canvas(0.9 + 0.2 * len(rows), medium) as figure:
        ax = figure.subplots()
        for y, (_, mean, low, high, inside, _p) in enumerate(rows):
            ax.plot([low, high], [y, y], color=GREY, linewidth=1)
            ax.plot(mean, y, "o", color=COLOURS["hybrid"], markerfacecolor=COLOURS["hybrid"] if inside else "white")
        ax.set_yticks(range(len(rows)), [words.short(words.visible(r[0])) for r in rows], fontsize=8)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlabel(medium.say(tr("mean {measure}; filled: may be the best", measure=measure)))
        ax.grid(axis="x")
        return saved(figure, medium)


def _nested_table(nested: pd.DataFrame) -> Table:
    """Return a row per hybrid."""
    columns = [Column(tr("model"), words=True), Column(tr("base"), words=True), Column("p"), Column(tr("p corrected"))]
    rows = [
        Row([Cell(str(n), str(n)), Cell(str(r["part"]), str(r["part"])), *map(_p_cell, (r["p"], r["p_holm"]))])
        for n, r in nested.sort_values("p", kind="stable").iterrows()
    ]
    return Table("clark_west", columns, rows, nested.rename_axis("model").reset_index())


def _p_cell(p: float) -> Cell:
    return Cell(words.p_value(float(p)), key_of(float(p)))


def _rank_figure(ranks: Any, leads: set[str]) -> Figure:
    """Return mean ranks of the distinct forecasts, with bars over the names that cannot be told apart."""
    places = [i for i, name in enumerate(ranks.names) if name in leads]
    names = [str(ranks.names[i]) for i in places]
    mean = [float(ranks.mean_rank[i]) for i in places]
    groups = [[str(name) for name in group if name in leads] for group in ranks.groups]
    alternative = tr(
        "Mean ranks of {count}; the critical difference is {difference}.",
        count=counted(len(names), "name"),
        difference=words.number(float(ranks.difference), 2) or "-",
    )
    chart = {
        "names": names,
        "ranks": rounded(mean),
        "difference": rounded(float(ranks.difference)),
        "groups": groups,
        "p": rounded(float(ranks.p)),
    }
    draw = partial(_draw_ranks, names, mean, groups)
    return Figure("critical-differences", draw, alternative, tr(_RANKS), lambda: chart)


def _draw_ranks(names: list[str], ranks: list[float], groups: list[list[str]], medium: Medium) -> bytes:
    with canvas(0.9 + 0.2 * len(names), medium) as figure:
        ax = figure.subplots()
        place = {name: y for y, name in enumerate(names)}
        ax.plot(ranks, range(len(names)), "o", color=COLOURS["hybrid"], markersize=4)
        for k, group in enumerate(groups):
            rows = [place[n] for n in group if n in place]
            if len(rows) > 1:
                x = max(ranks) * (1.03 + 0.015 * k)
                ax.plot([x, x], [min(rows), max(rows)], color=INK, linewidth=1.6)
        ax.set_yticks(range(len(names)), [words.short(words.visible(n)) for n in names], fontsize=8)
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set_xlabel(medium.say(tr("mean rank")))
        ax.grid(axis="x")
        return saved(figure, medium)
