"""The verdict in three sentences: which name to use, how sure that is, and whose merit it is."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report import evidence
from hybridts.report.equal_names import EqualNames
from hybridts.report.language import counted, joined, tr
from hybridts.report.recognised import recognised
from hybridts.report.section_parts import Section, Verdict
from hybridts.report.selection import groups_of, kind_of
from hybridts.report.stages import gates_of


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section:
    """Return the sentences, the most important first."""
    groups = groups_of(evaluation, board)
    first = joined(" ", _use(evaluation, board, groups), _clearly_worse(evaluation, board))
    sentences = [first, _against_baseline(board, groups), _merit(evaluation, board, groups)]
    sentences += [_cheap(evaluation, _top(board, groups)), _unranked(board)]
    return Section("", "verdict", [Verdict("verdict", [s for s in sentences if s])])


# -- which name -------------------------------------------------------------------------------------------------
def _use(evaluation: Evaluation, board: pd.DataFrame, groups: list[EqualNames]) -> str:
    """Return which name to use, and how many others the data cannot tell from it."""
    top = _top(board, groups)
    if top is None:
        return tr("No name answered every cell, so there is no winner.")
    name = top.author
    found = evidence.best_set(evaluation, groups)
    others = [g.lead for g in groups if g is not top and any(n in found.names for n in g.names)]
    if not found.names:
        return tr(
            "{name} has the lowest error, but nothing here can be tested ({why}).",
            name=name,
            why=recognised(found.words),
        )
    if not others:
        return tr("Use {name}: it is clearly better than every other name.", name=name)
    if len(others) == 1:
        return tr("Use {name} or {other}: the data cannot tell them apart.", name=name, other=others[0])
    return tr("Use {name} or any of these {n}: the data cannot tell them apart.", name=name, n=len(others))


def _top(board: pd.DataFrame, groups: list[EqualNames]) -> EqualNames | None:
    """Return the group of the first rank; None where no name has a rank."""
    ranked = board[board["rank"].notna()]
    if ranked.empty:
        return None
    return next(group for group in groups if ranked["model"].iloc[0] in group.names)


# -- how sure ---------------------------------------------------------------------------------------------------
def _clearly_worse(evaluation: Evaluation, board: pd.DataFrame) -> str:
    """Count the names that are clearly worse than the best baseline."""
    worse, baseline = evidence.clearly_worse(evaluation, board), board.attrs["best_baseline"]
    if not worse:
        return ""
    if len(worse) == 1:
        return tr("{name} is clearly worse than {baseline}.", name=worse[0], baseline=baseline)
    return tr("{n} names are clearly worse than {baseline}.", n=len(worse), baseline=baseline)


def _against_baseline(board: pd.DataFrame, groups: list[EqualNames]) -> str:
    """Compare the winner with the best baseline, and say how sure that is."""
    top, baseline, measure = _top(board, groups), board.attrs["best_baseline"], board.attrs["measure"]
    if top is None:
        return ""
    row = board[board["model"] == top.lead].iloc[0]
    facts: dict[str, object] = {"name": top.author, "measure": measure, "loss": words.number(float(row[measure]))}
    if not baseline:
        return tr("{name} has {measure} {loss}; there is no baseline to compare with.", **facts)
    if baseline in top.names:
        return tr("{name} has {measure} {loss}; it is a baseline: no other name does better.", **facts)
    gain = float(row["vs_best_baseline"])
    facts |= {"gain": f"{abs(gain):.0f}", "baseline": baseline, "sure": _sure(board, row)}
    if gain < 0:
        return tr("{name} has {measure} {loss}, {gain} % worse than {baseline}, the best baseline ({sure}).", **facts)
    return tr("{name} has {measure} {loss}, {gain} % better than {baseline}, the best baseline ({sure}).", **facts)


def _sure(board: pd.DataFrame, top: pd.Series[Any]) -> str:
    """Return how sure the comparison is, for brackets."""
    p, tests = float(top["p"]), int(board["p"].notna().sum())
    if math.isnan(p):
        test = str(board.attrs["test"])
        return recognised(test) if test.startswith("no test") else tr("not tested")
    shown = words.p_value(p)
    equation = f"p {shown[0]} {shown[1:]}" if shown.startswith("<") else f"p = {shown}"
    if p >= evidence.CLEAR:
        return tr("{p} corrected for {tests}: chance explains that as well", p=equation, tests=counted(tests, "name"))
    return tr("{p} corrected for {tests}", p=equation, tests=counted(tests, "name"))


# -- whose merit ------------------------------------------------------------------------------------------------
def _merit(evaluation: Evaluation, board: pd.DataFrame, groups: list[EqualNames]) -> str:
    """Say whether corrections earned anything: first for the winner, then for all hybrids."""
    top = _top(board, groups)
    idle = [n for n in top.names if n != top.author] if top is not None else []
    if top is not None and idle and kind_of(evaluation, idle[0]) == "hybrid":
        listed = words.listed(idle, 3)
        sentence = tr(
            "What {names} adds to {name} did nothing here (gates shut): the forecast and the merit are {name}'s.",
            names=listed,
            name=top.author,
        )
        return joined(" ", sentence, _parts_beaten(board))
    return joined(" ", _parts_beaten(board), _gates(evaluation))


def _parts_beaten(board: pd.DataFrame) -> str:
    """Count the hybrids and ensembles that beat the best of their own parts."""
    judged = board[board["gain_over_part"].notna()]
    if judged.empty:
        return ""
    gain, clear = judged["gain_over_part"], judged["p_part"] < evidence.CLEAR
    return tr(
        "Names with parts of their own: {built}; better than their best part: {better} ({clearly} clearly), equal to "
        "it: {same}, worse: {worse} ({clearly_worse} clearly).",
        built=len(judged),
        better=int((gain > 0).sum()),
        clearly=int((clear & (gain > 0)).sum()),
        same=int((gain == 0).sum()),
        worse=int((gain < 0).sum()),
        clearly_worse=int((clear & (gain < 0)).sum()),
    )


def _gates(evaluation: Evaluation) -> str:
    """Count the corrections that their own evidence switched off."""
    gates = gates_of(evaluation)
    if gates.empty:
        return ""
    closed = sum(1 for gate in gates["gate"] if not any(gate))
    return tr("Gates shut: {closed} of {all} (correction x window).", closed=closed, all=len(gates))


def _cheap(evaluation: Evaluation, top: EqualNames | None) -> str:
    """Say that a cheap name which nobody asked for leads; not again where it is the name to use."""
    name = evidence.cheap_winner(evaluation)
    if not name or (top is not None and name in top.names):
        return ""
    return tr("{name}, a cheap baseline that nobody asked for, leads all names that were asked for.", name=name)


def _unranked(board: pd.DataFrame) -> str:
    """Count the names without a rank."""
    count = board["status"].value_counts()
    kinds = (("partial", tr("incomplete")), ("failed", tr("failed")), ("not_applicable", tr("not applicable here")))
    parts = [tr("{n} {what}", n=int(count[s]), what=text) for s, text in kinds if s in count.index]
    return tr("Without a rank: {parts}.", parts=joined(", ", *parts)) if parts else ""
