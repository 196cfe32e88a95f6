"""The panels of the audit: every kind of data on which a model may see what it must not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hybridts.data.datasets import synthetic_panel
from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.hybrids.hindcast_rows import ForecastSpec

#: Steps that every audit forecasts on panels without a gap; with a gap, gap and horizon together are as many, since
#: what a network starts from depends on their sum.
HORIZON = 4
#: Rows from the earlier cutoff to the later one, and from there to the end of the data.
BETWEEN, AFTER = 12, 5
#: Ids that name row and column, so that networks over a grid can read the series too.
IDS = ("r0c0", "r0c1", "r1c1", "r1c0")


@dataclass(frozen=True, eq=False)
class AuditPanel:
    """One panel of the audit, with two cutoffs on its calendar.

    Attributes:
        label: what is special about it, as messages say it.
        panel: the data, on to a few rows after the later cutoff.
        early: [N] position of the last row up to the earlier cutoff on the calendar: beyond the end of a series that
            ended before, negative for a series that starts later.
        spec: horizon, gap, seed.
        one_calendar: all series end together, so that no model learns from a later time of another series.
    """

    label: str
    panel: Panel
    early: IntArray
    spec: ForecastSpec
    one_calendar: bool = True

    @cached_property
    def late(self) -> IntArray:
        """Return [N] the position of the later cutoff, as `early`."""
        return self.early + BETWEEN

    def last_rows(self, cutoff: IntArray) -> IntArray:
        """Return [N] the position of the last row of each series at a cutoff [N]; -1: none."""
        return np.clip(cutoff, -1, self.panel.lengths - 1)

    def origins_at(self, cutoff: IntArray) -> Origins:
        """Return the last row of every series that has one at a cutoff [N]."""
        last = self.last_rows(cutoff)
        seen = np.flatnonzero(last >= 0)
        return Origins(seen, last[seen])

    def with_panel(self, panel: Panel) -> AuditPanel:
        """Return the same cutoffs on other data."""
        return replace(self, panel=panel)


def audit_panels(length: int) -> tuple[AuditPanel, ...]:
    """Return the panels, the plainest first; their longest series have `length` rows."""
    plain, gap = ForecastSpec(HORIZON, 0, 0), ForecastSpec(HORIZON - 2, 2, 0)
    complete = synthetic(length, 7)
    cutoff = complete.lengths - BETWEEN - AFTER
    return (
        AuditPanel("complete series", complete, cutoff, plain),
        AuditPanel("series with holes", _with_holes(synthetic(length, 8), cutoff), cutoff, plain),
        AuditPanel("covariates and a gap", _with_covariates(synthetic(length, 9), 9), cutoff, gap),
        _ragged("series that start and end at different times", synthetic(length, 10, count=4), plain),
        _ragged(
            "holes, covariates, a gap, and series that start and end at different times",
            _with_holes(_with_covariates(synthetic(length, 11, count=4), 11), np.full(4, cutoff[0])),
            ForecastSpec(HORIZON - 1, 1, 0),
        ),
    )


def synthetic(length: int, seed: int, count: int = 3) -> Panel:
    """Return `count` monthly series on one calendar."""
    return replace(synthetic_panel(n_series=count, length=length, freq="MS", seed=seed), ids=IDS[:count])


def _with_holes(panel: Panel, cutoff: IntArray) -> Panel:
    """Make holes: single rows anywhere, one that ends with a cutoff, and one that begins after a cutoff."""
    values = panel.values.copy()
    hole = np.random.default_rng(3).random(len(values)) < 0.06
    hole[panel.starts] = False
    at = panel.starts + cutoff
    for series in range(len(panel)):
        hole[at[series] - 6 : at[series] + 4] = False
    hole[at[1] - 2 : at[1] + 1] = True
    hole[at[2] + 1 : at[2] + 3] = True
    values[hole] = np.nan
    return replace(panel, values=values)


def _with_covariates(panel: Panel, seed: int) -> Panel:
    """Let the series respond to a known-future number, a known-future event and an earlier value of a past column."""
    rng = np.random.default_rng(seed)
    total = len(panel.values)
    future = np.stack([rng.normal(size=total), (rng.random(total) < 0.2).astype(float)], axis=1)
    past = rng.normal(size=(total, 1)) + 5.0
    static = np.stack([np.arange(len(panel)) % 2, np.linspace(1.0, 2.0, len(panel))], axis=1).astype(float)
    spread = np.nanstd(panel.values)
    values = panel.values + spread * (0.4 * future[:, 0] + 0.5 * future[:, 1] + 0.3 * np.roll(past[:, 0], 1))
    columns = {"past": ("pressure",), "future": ("price", "event"), "static": ("kind", "size")}
    return replace(panel, values=values, past=past, future=future, static=static, columns=columns)


def _ragged(label: str, panel: Panel, spec: ForecastSpec) -> AuditPanel:
    """Let series 1 start a third later, series 2 only after the earlier cutoff, and series 3 end soon after it."""
    length = int(panel.lengths[0])
    cutoff = length - BETWEEN - AFTER
    first = np.array([0, length // 3, cutoff + spec.reach + 1, 0])
    # With known-future columns it ends where the forecast does, since models need the columns up to there.
    last = np.array([length, length, length, cutoff + 1 + (spec.reach if panel.future.size else 2)])
    keep = [np.arange(a, b) + start for a, b, start in zip(first, last, panel.starts, strict=True)]
    return AuditPanel(label, rows_kept(panel, keep), cutoff - first, spec, one_calendar=False)


def rows_kept(panel: Panel, rows: list[IntArray]) -> Panel:
    """Return a panel that holds only these flat rows of each series, laid out anew."""
    flat = np.concatenate(rows)
    count = np.array([len(r) for r in rows], dtype=np.int64)
    starts = np.cumsum(count) - count
    picked: Mapping[str, FloatArray] = {
        name: column[flat] if column.size else column
        for name, column in (("past", panel.past), ("future", panel.future))
    }
    stops = starts + count
    return replace(
        panel,
        values=panel.values[flat],
        times=panel.times[flat],
        starts=starts,
        stops=stops,
        reach=stops,
        past=picked["past"],
        future=picked["future"],
    )
