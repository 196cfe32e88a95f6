"""The units of a test: what may count as one independent observation of the difference between two names.

Errors of series at one date share the shocks of that date, and errors of windows that share targets share those, so
neither cells nor series of one calendar are independent. The data choose the unit (`units_of`):

* **windows**, where all series of a window have one cutoff: the difference is averaged over the series and steps of a
  window first, so that the series may be correlated in any way;
* **spans of dates**, where series have cutoffs of their own on a real calendar: cells whose cutoffs lie within one
  reach (gap + horizon) are one unit, whichever series and window they are from;
* **series**, where series have ends of their own and time is whole numbers, which is no calendar;
* none, where there are fewer than `MIN_UNITS` windows or spans (`MIN_SERIES` series).

What is tested is therefore whether a name is better *on these series* at other dates (for series as units: on other
series). Units that share targets are correlated. Their values are transformed by cosines, of which only the slowest
are kept: n units of which `lag` neighbours overlap count as n / (1.5 lag) observations of the variance (Lazarus, Lewis,
Stock and Watson 2018). With lag 1 all are kept and the test is Student's t-test of the units; Diebold and Mariano's
(1995) in the form of Harvey, Leybourne and Newbold (1997) equals it there. Over windows, averaged over steps, this is
the test of average superior predictive ability of Quaedvlieg (2021). Measured sizes: experiments/evidence.

Units with fewer cells, or with larger losses than others, cannot make the t-test reject too often: it is conservative
under unequal variances (Bakirov and Szekely 2006; Ibragimov and Mueller 2010).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from hybridts.data import calendar

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
UnitKind = Literal["windows", "dates", "series", "none"]

MIN_UNITS = 3  # windows or spans of dates
MIN_SERIES = 6  # series are often very unequal: fewer are too few for a t-test
PER_OBSERVATION = 1.5  # units that overlap: lags per observation of the variance


@dataclass(frozen=True, eq=False)
class PairedTest:
    """The test of differences in loss that the cells of an evaluation allow.

    Attributes:
        kind: "t", or "none" where nothing is independent enough.
        what: what the units are.
        unit: [cells] unit of each cell, as 0, 1, 2 ... in order of time.
        units: number of units; 0 where there is no test.
        lag: units at least this far apart share no target.
        words: the test, or why there is none, in words.
    """

    kind: Literal["t", "none"]
    what: UnitKind
    unit: IntArray
    units: int
    lag: int
    words: str

    @property
    def freedom(self) -> int:
        """Return the degrees of freedom of the variance; 0 where there is no test."""
        return _freedom(self.units, self.lag) if self.kind == "t" else 0

    def values(self, difference: FloatArray) -> FloatArray:
        """Return the value of every unit [units, J], whose mean over units is the mean over cells.

        Args:
            difference: [J, cells]; NaN cells are left out, so a unit without any is 0.
        """
        used = ~np.isnan(difference)
        total = np.zeros((self.units, len(difference)))
        # cell by cell, in order: the sums do not depend on the other comparisons
        np.add.at(total, self.unit, np.where(used, difference, 0.0).T)
        values: FloatArray = total * (self.units / np.maximum(used.sum(axis=1), 1))
        return values

    def coefficients(self, difference: FloatArray) -> FloatArray:
        """Return [1 + freedom, J] the scaled mean of every comparison, then its independent deviations.

        With no difference between two names all rows have mean zero, one variance, and no correlation.
        """
        values = self.values(difference)
        with np.errstate(invalid="ignore"):  # an infinite loss
            found: FloatArray = cosines(len(values), self.freedom) @ values
        return found

    def __call__(self, difference: FloatArray) -> tuple[float, float]:
        """Return t and the two-sided p of one comparison [cells]; negative t where the first loss is lower."""
        if self.kind == "none" or np.isnan(difference).all():
            return math.nan, math.nan
        t = float(t_of(self.coefficients(difference[None]))[0])
        return t, float(2.0 * special.stdtr(self.freedom, -abs(t)))

    def above_zero(self, value: FloatArray) -> tuple[float, float]:
        """Return t and the one-sided p of a mean [cells] that is zero or less; a small p: it is above zero."""
        t, p = self(-value)
        return -t, 0.5 * p if t < 0 else 1.0 - 0.5 * p


def cosines(units: int, kept: int) -> FloatArray:
    """Return [1 + kept, units] orthonormal rows: a constant, then cosines from slow to fast.

    >>> rows = cosines(5, 4)
    >>> bool(np.allclose(rows @ rows.T, np.eye(5)))
    True
    """
    place = (np.arange(units) + 0.5) / units
    rows = math.sqrt(2.0 / units) * np.cos(np.pi * np.arange(kept + 1)[:, None] * place)
    rows[0] = 1.0 / math.sqrt(units)
    return rows


def t_of(coefficients: FloatArray) -> FloatArray:
    """Return [J] t statistics of `PairedTest.coefficients`; 0 where there is no difference at all."""
    mean, rest = coefficients[0], coefficients[1:]
    square = np.square(rest).mean(axis=0)
    exact = np.isfinite(mean) & (square <= 1e-24 * np.square(mean))  # all units have one difference, up to rounding
    with np.errstate(invalid="ignore", divide="ignore"):
        t = mean / np.sqrt(np.where(exact, 0.0, square))
    return np.where((mean == 0) & exact, 0.0, t)


def units_of(cells: pd.DataFrame, used: npt.NDArray[np.bool_], span: int, step: int, freq: str | None) -> PairedTest:
    """Choose the units by the rule of this module.

    Args:
        cells: columns window, unique_id, cutoff; a row per cell.
        used: [cells] whether a cell has a loss; others do not choose.
        span: rows from a cutoff to its last target, gap + horizon.
        step: rows between two windows.
        freq: pandas frequency alias; None for time in whole numbers.
    """
    window = np.unique(cells["window"].to_numpy(), return_inverse=True)[1].ravel()
    series = pd.factorize(cells["unique_id"])[0].astype(np.int64)
    counts = _Counts(len(np.unique(window[used])), len(np.unique(series[used])))
    lag = max(1, -(-span // max(step, 1)))
    cutoff = cells["cutoff"]
    shared = bool((cutoff[used].groupby(window[used]).nunique() <= 1).all())
    numbered = _numbered(window, used)
    if shared or counts.series == 1:
        return _over_windows(numbered, counts, lag)
    if freq is not None:
        return _over_dates(cutoff, used, span, freq)
    if counts.series >= MIN_SERIES:
        words = f"t-test over {counts.series} series (time in whole numbers: no calendar shared)"
        return PairedTest("t", "series", _numbered(series, used), counts.series, 1, words)
    return _over_windows(numbered, counts, lag)


@dataclass(frozen=True)
class _Counts:
    """Number of windows and series with a loss."""

    windows: int
    series: int


def _over_windows(window: IntArray, counts: _Counts, lag: int) -> PairedTest:
    """Return the test over windows in order of time."""
    many = counts.windows
    lag = min(lag, max(many, 1))
    found = f"{many} window{'s' * (many != 1)}"
    shared = f" of {counts.series} series that share their dates" if counts.series > 1 else ""
    if many < MIN_UNITS:
        words = f"no test: {found}{shared} {'is' if many == 1 else 'are'} too few (at least {MIN_UNITS} are needed)"
        return PairedTest("none", "none", window, 0, lag, words)
    if _freedom(many, lag) < 2:
        need = math.ceil(2 * PER_OBSERVATION * lag)
        words = f"no test: {found} that overlap{shared} are too few (at least {need} are needed, or a longer step)"
        return PairedTest("none", "none", window, 0, lag, words)
    overlap = f" that overlap ({_freedom(many, lag)} degrees of freedom)" if lag > 1 else ""
    return PairedTest("t", "windows", window, many, lag, f"t-test over {found}{overlap}{shared}")


def _over_dates(cutoff: pd.Series, used: npt.NDArray[np.bool_], span: int, freq: str) -> PairedTest:
    """Return the test over spans of dates: a span starts at the first cutoff that the span before does not reach."""
    at = pd.DatetimeIndex(cutoff)
    if at.tz is not None and (at == at.normalize()).all():
        at = at.tz_localize(None)  # local days count as days, whatever the clock does; finer times are in UTC
    times = at.to_numpy().astype("datetime64[ns]").astype(np.int64)
    row = calendar.split(times, freq)[0]
    first: int | None = None
    starts: list[int] = []
    spans: dict[int, int] = {}
    for at in np.unique(row[used]).tolist():
        if first is None or at - first >= span:
            first = at
            starts.append(at)
        spans[at] = len(starts) - 1
    unit = np.array([spans.get(at, 0) for at in row.tolist()], dtype=np.int64)
    many, found = len(starts), f"{len(starts)} span{'s' * (len(starts) != 1)} of dates"
    if many < MIN_UNITS or _freedom(many, 2) < 2:
        words = f"no test: the cutoffs of the series lie within {found}, too few to be independent"
        return PairedTest("none", "none", unit, 0, 2, words)
    words = f"t-test over {found} (series with cutoffs of their own; {_freedom(many, 2)} degrees of freedom)"
    return PairedTest("t", "dates", unit, many, 2, words)


def _freedom(units: int, lag: int) -> int:
    """Return the number of cosines that are kept."""
    return units - 1 if lag == 1 else min(units - 1, int(units / (PER_OBSERVATION * lag)))


def _numbered(code: IntArray, used: npt.NDArray[np.bool_]) -> IntArray:
    """Return codes counted 0, 1, 2 ... over the used cells; 0 elsewhere."""
    kept = np.unique(code[used])
    return np.where(used, np.searchsorted(kept, code), 0).astype(np.int64)
