"""Which terms count: forward selection by pooled score tests on one-step errors, each step judged on newer rows.

As in the identification of transfer functions (Box and Jenkins 1976, chapter 11), errors and regressors are filtered
alike before they are compared, so that two wandering columns do not look related.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import chdtri

from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.models.covariates import gls
from hybridts.models.covariates.terms import Term, read

#: Most terms of an effect.
MOST_TERMS = 12
#: Probability that any of the candidates passes by chance, and the least mean of t squared over series: series of one
#: calendar are not independent, so that significance alone is too easy on a large panel.
CHANCE, LEAST = 0.01, 4.0
#: Values of all series, padded, that are read for selection at most, and series at most.
MOST_VALUES, MOST_SERIES = 2_000_000, 400
#: Share of the rows on which a step is estimated; it must not increase the error on the rest.
OLDER = 0.7


class Sample(NamedTuple):
    """Series of a panel as padded rows.

    Attributes:
        panel: the data.
        series: [B] indices.
        y: [B, T] values in units of each series; NaN where missing.
        lags: of the autoregression.
    """

    panel: Panel
    series: IntArray
    y: FloatArray
    lags: tuple[int, ...]

    def columns(self, terms: list[Term]) -> FloatArray:
        """Return [B, T, K] the regressors, less their means over the rows of each series; 0 where not known."""
        size = self.y.shape[1]
        found = np.zeros((*self.y.shape, len(terms)))
        position = np.broadcast_to(np.arange(size), self.y.shape)
        series = np.broadcast_to(self.series[:, None], self.y.shape)
        inside = position < self.panel.lengths[self.series][:, None]
        for k, term in enumerate(terms):
            z = np.where(inside, read(self.panel, term, series, position), np.nan)
            found[..., k] = np.nan_to_num(gls.centred(z))
        return found


def lags_for(panel: Panel) -> tuple[int, ...]:
    """Return the lags of the autoregression: two rows, and a season where the median series shows four."""
    median = int(np.median(panel.lengths)) if len(panel) else 0
    season = panel.season
    near = (1, 2) if median >= 12 else (1,)
    return tuple(sorted({*near, *((season, season + 1) if season > 1 and median >= 4 * season + 8 else ())}))


def selected(sample: Sample, found: list[Term]) -> list[Term]:
    """Return the terms that count, the strongest first."""
    chosen: list[Term] = []
    tried = list(found)
    columns = sample.columns(tried)
    before = gls.estimate(sample.y, columns[..., :0], sample.lags)
    rejected: set[int] = set()
    picked: list[int] = []
    while len(picked) < min(MOST_TERMS, len(tried)):
        at = _strongest(before, columns, sample.lags, {*picked, *rejected})
        if at is None:
            break
        trial = [*picked, at]
        if _improves(sample, columns, picked, trial):
            picked = trial
            before = gls.estimate(sample.y, columns[..., picked], sample.lags)
        else:
            rejected.add(at)
            if len(rejected) > MOST_TERMS:
                break
    chosen = [tried[k] for k in picked]
    return chosen


def _strongest(now: gls.Estimates, columns: FloatArray, lags: tuple[int, ...], used: set[int]) -> int | None:
    """Return the candidate with the largest score that chance does not explain; None without one."""
    known = np.isfinite(now.residual)
    e = np.where(known, now.residual, 0.0)
    count = np.maximum(known.sum(axis=1), 1)
    variance = (e**2).sum(axis=1) / count
    best, largest = None, 0.0
    for k in range(columns.shape[2]):
        if k in used:
            continue
        x = gls.filtered_columns(columns[..., k : k + 1], now.phi, lags)[..., 0]
        x = np.where(known, x, 0.0)
        x = np.where(known, x - (x.sum(axis=1) / count)[:, None], 0.0)
        square, raw = (x**2).sum(axis=1), (columns[..., k] ** 2).sum(axis=1)
        moves = (square > 1e-9 * raw) & (square > 0) & (variance > 0) & (known.sum(axis=1) >= 8)
        if not moves.any():
            continue
        t = (x * e).sum(axis=1)[moves] / np.sqrt(variance[moves] * square[moves])
        score, n = float((t**2).sum()), int(moves.sum())
        if score / n < LEAST or score <= float(chdtri(n, CHANCE / columns.shape[2])):
            continue
        if score > largest:
            best, largest = k, score
    return best


def _improves(sample: Sample, columns: FloatArray, before: list[int], after: list[int]) -> bool:
    """Return whether more terms, estimated on older rows, do not increase the one-step error on newer rows."""
    length = sample.panel.lengths[sample.series]
    older = np.arange(sample.y.shape[1]) < (OLDER * length)[:, None]
    y = np.where(older, sample.y, np.nan)
    errors = []
    for picked in (before, after):
        z = columns[..., picked]
        fit = gls.estimate(y, z, sample.lags)
        rest = sample.y - np.einsum("btk,bk->bt", z, fit.weight)
        e = np.where(older, np.nan, gls.filtered(rest, fit.phi, sample.lags))
        level = gls.filtered(np.where(older, rest, np.nan), fit.phi, sample.lags)
        known = np.isfinite(level)
        mean = np.where(known, level, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        errors.append(np.abs(e - mean[:, None]))
    both = np.isfinite(errors[0]) & np.isfinite(errors[1])
    return bool(not both.any() or errors[1][both].mean() <= errors[0][both].mean())
