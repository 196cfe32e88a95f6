"""Losses of a run by horizon step, by window and by series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.metrics import METRICS, mase
from hybridts.evaluation.run import Run

Unit = Literal["window", "unique_id"]


def per_horizon(run: Run) -> pd.DataFrame:
    """Return the mean loss at each step: model, step, MASE (absolute error over the cell's scale), MAE, cells."""
    return horizon_table(Evaluation(run))


def horizon_table(evaluation: Evaluation) -> pd.DataFrame:
    """Return `per_horizon` of a run that is already indexed."""
    cases = evaluation.cases
    model, cell = np.divmod(cases.code, len(cases.cells))
    whole = cases.answered[model, cell]
    model, cell, step = model[whole], cell[whole], cases.step[whole]
    error = np.abs(cases.error[whole])
    scaled = error / cases.scale("mase_scale")[cell]
    known = ~np.isnan(scaled)
    depth = int(step.max(initial=0)) + 1
    code, size = model * depth + step, len(cases.models) * depth
    count, defined = np.bincount(code, minlength=size), np.bincount(code[known], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mae = np.bincount(code, weights=error, minlength=size) / count
        scores = np.bincount(code[known], weights=scaled[known], minlength=size) / defined
    used = np.flatnonzero(count)
    names = np.array(cases.models, dtype=object)[used // depth]
    table = pd.DataFrame(
        {"model": names, "step": used % depth, "MASE": scores[used], "MAE": mae[used], "cells": count[used]}
    )
    return table[table["model"].isin(evaluation.shown)].reset_index(drop=True)


def per_window(run: Run) -> pd.DataFrame:
    """Return the mean loss in each window: model, window, MASE, MAE, cells."""
    return group_table(Evaluation(run), "window")


def per_series(run: Run) -> pd.DataFrame:
    """Return the mean loss on each series over its windows: model, unique_id, MASE, MAE, cells."""
    return group_table(Evaluation(run), "unique_id")


def group_table(evaluation: Evaluation, column: Unit) -> pd.DataFrame:
    """Return the mean losses of each shown model by a column of the cells.

    Columns model, `column`, MASE, MAE, the measure that ranks if it is another, cells.
    """
    cases = evaluation.cases
    model, cell = np.nonzero(cases.answered)
    table = pd.DataFrame(
        {
            "model": np.array(cases.models, dtype=object)[model],
            column: cases.cells[column].to_numpy()[cell],
            "MASE": mase(cases)[model, cell],
            "MAE": METRICS["MAE"](cases)[model, cell],
            evaluation.measure: evaluation.metric(evaluation.measure)[model, cell],
        }
    )
    table = table[table["model"].isin(evaluation.shown)]
    grouped = table.groupby(["model", column], sort=False, observed=True)
    means = grouped.mean()
    return means.assign(cells=grouped.size()).reset_index()


def losses_by(evaluation: Evaluation, column: Unit, names: Sequence[str]) -> pd.DataFrame:
    """Return the measure that ranks, a row per name in the given order and a column per window or series.

    Windows and series come in the order of the run; NaN where a name has no loss.
    """
    table = group_table(evaluation, column)
    table = table[table["model"].isin(names)]
    if table.empty:
        return pd.DataFrame()
    wide = table.pivot(index="model", columns=column, values=evaluation.measure)
    return wide.reindex(index=list(names), columns=list(dict.fromkeys(table[column])))
