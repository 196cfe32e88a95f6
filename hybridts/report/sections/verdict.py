"""The verdict in words: which name is best, how sure that is, and how hybrids compare with their own parts."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.section_parts import Section, Verdict
from hybridts.report.selection import kind_of
from hybridts.report.stages import gates_of

CLEAR = 0.05


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section:
    """Return the sentences, the most important first."""
    sentences = [
        _best(board),
        _against_baseline(board),
        _against_parts(evaluation, board),
        _gates(evaluation),
        _unranked(board),
    ]
    return Section("", "verdict", [Verdict("verdict", [s for s in sentences if s])])


def _best(board: pd.DataFrame) -> str:
    """Compare the winner with the best baseline."""
    ranked = board[board["rank"].notna()]
    if ranked.empty:
        return "No name answered every cell, so there is no winner."
    measure, baseline = board.attrs["measure"], board.attrs["best_baseline"]
    top = ranked.iloc[0]
    equal = [n for n, r in zip(ranked["model"], ranked["rank"], strict=True) if r == 1][1:]
    verb = "equals" if len(equal) == 1 else "equal"
    ties = f" ({', '.join(equal[:3])}{' and others' if len(equal) > 3 else ''} {verb} it)" if equal else ""
    head = f"Best: {top['model']}{ties}, {measure} {words.number(float(top[measure]))}"
    if not baseline:
        return f"{head}; there is no baseline to compare with."
    if top["model"] == baseline:
        return f"{head}. It is a baseline: no other name does better."
    gain = float(top["vs_best_baseline"])
    how = f"{abs(gain):.0f} % {'better' if gain >= 0 else 'worse'} than {baseline}, the best baseline"
    return f"{head}, {how} ({_sure(board, top)})."


def _sure(board: pd.DataFrame, top: pd.Series[Any]) -> str:
    """Return how sure the comparison is, for brackets."""
    p, alone, tests = float(top["p"]), float(top["p_raw"]), int(board["p"].notna().sum())
    if math.isnan(p):
        test = str(board.attrs["test"])
        return test if test.startswith("no test") else "not tested"
    text = _equation(alone) if tests == 1 else f"{_equation(p)} corrected for {tests} names, {_equation(alone)} alone"
    return text + ("" if p < CLEAR else ": chance explains that as well")


def _equation(p: float) -> str:
    shown = words.p_value(p)
    return f"p {shown[0]} {shown[1:]}" if shown.startswith("<") else f"p = {shown}"


def _against_baseline(board: pd.DataFrame) -> str:
    """Count the names that differ from the best baseline after correction."""
    tested = board[board["p"].notna()]
    if tested.empty:
        return ""
    clear = tested[tested["p"] < CLEAR]
    better = int((clear["vs_best_baseline"] > 0).sum())
    return (
        f"Of {words.plural(len(tested), 'name')} tested against {board.attrs['best_baseline']}, {better} "
        f"{'is' if better == 1 else 'are'} clearly better and {len(clear) - better} clearly worse "
        f"(p < {CLEAR} corrected for all names)."
    )


def _against_parts(evaluation: Evaluation, board: pd.DataFrame) -> str:
    """Count the hybrids and ensembles that beat the best of their own parts."""
    judged = board[board["gain_over_part"].notna()]
    if judged.empty:
        built = board[[kind_of(evaluation, n) == "hybrid" for n in board["model"]]]
        return f"No {' or '.join(_kinds(built))} can be compared with its parts." if len(built) else ""
    gain = judged["gain_over_part"]
    clear = judged["p_part"] < CLEAR
    kinds = " and ".join(f"{kind}s" for kind in _kinds(judged)).capitalize()
    text = f"{kinds} that beat their own best part: {int((gain > 0).sum())} of {len(judged)}"
    text += f", {int((clear & (gain > 0)).sum())} of them clearly" if (gain > 0).any() else ""
    worse, same = int((gain < 0).sum()), int((gain == 0).sum())
    text += f"; equal to it: {same}" if same else ""
    return f"{text}; worse than it: {worse} ({int((clear & (gain < 0)).sum())} clearly)."


def _kinds(built: pd.DataFrame) -> list[str]:
    """Return the kinds of these rows: "hybrid", "ensemble" or both."""
    ensemble = built["family"] == "ensemble"
    return ["hybrid"] * bool((~ensemble).any()) + ["ensemble"] * bool(ensemble.any())


def _gates(evaluation: Evaluation) -> str:
    """Count the corrections that their own evidence switched off."""
    gates = gates_of(evaluation)
    if gates.empty:
        return ""
    closed = sum(1 for gate in gates["gate"] if not any(gate))
    return (
        f"Gates closed: {closed} of {words.plural(len(gates), 'correction')} (such a hybrid forecasts like its base)."
    )


def _unranked(board: pd.DataFrame) -> str:
    """Count the names without a rank."""
    count = board["status"].value_counts()
    kinds = (("partial", "incomplete"), ("failed", "failed"), ("not_applicable", "not applicable here"))
    parts = [f"{int(count[s])} {text}" for s, text in kinds if s in count.index]
    return f"Without a rank: {', '.join(parts)}." if parts else ""
