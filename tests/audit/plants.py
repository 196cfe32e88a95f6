"""Planted leaks: every class here knows more than it may, each in its own way; and classes that are sound.

Each forecaster repeats the last known value, plus what it should not know, so that nothing else differs.
"""

from __future__ import annotations

import json
import random
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np


def last_known(panel, origins):
    """Return [M] the last value that is not missing, up to each origin."""
    found = np.zeros(len(origins))
    for row, (series, position) in enumerate(zip(origins.series, origins.position, strict=True)):
        past = panel.values[panel.starts[series] : panel.starts[series] + position + 1]
        known = past[np.isfinite(past)]
        found[row] = known[-1] if len(known) else 0.0
    return found


class Base:
    """A forecaster by the protocol; `extra` [M] is what it adds to the last value."""

    def fit(self, panel, horizon, gap, seed):
        self.horizon, self.gap = horizon, gap
        self.learn(panel)
        return self

    def learn(self, panel):
        pass

    def forecast(self, panel, origins):
        start = last_known(panel, origins) + np.nan_to_num(self.extra(panel, origins))
        return np.repeat(start[:, None], self.horizon, axis=1)

    def extra(self, panel, origins):
        return np.zeros(len(origins))

    def row(self, panel, origins, ahead):
        """Return [M] flat rows `ahead` of the origins, inside their series where they reach that far."""
        ends = np.append(panel.starts[1:], len(panel.values))[origins.series] - 1
        return np.minimum(panel.rows(origins, ahead), ends)


# -- memory between fits ------------------------------------------------------------------------------------------
class ClassMemory(Base):
    longest: dict = {}  # noqa: RUF012

    def learn(self, panel):
        for i, name in enumerate(panel.ids):
            if len(panel.series(i)) >= len(self.longest.get(name, ())):
                self.longest[name] = panel.series(i).copy()

    def extra(self, panel, origins):
        kept = [self.longest.get(panel.ids[i], np.zeros(1)) for i in origins.series]
        at = [min(p + 1, len(k) - 1) for p, k in zip(origins.position, kept, strict=True)]
        return np.array([k[a] for k, a in zip(kept, at, strict=True)])


class LearnerMemory:
    """A regressor that remembers every row it was ever fitted to, in its class."""

    seen: dict = {}  # noqa: RUF012

    def fit(self, X, y):
        for row, answer in zip(X, y, strict=True):
            self.seen[row.tobytes()] = float(answer)
        self.mean = float(np.mean(y))

    def predict(self, X):
        return np.array([self.seen.get(row.tobytes(), self.mean) for row in np.asarray(X)])


class LearnerMean:
    """A regressor whose class keeps the sum of all targets of all fits."""

    total, count = 0.0, 0

    def fit(self, X, y):
        type(self).total += float(np.sum(y))
        type(self).count += len(y)

    def predict(self, X):
        return np.full(len(X), self.total / self.count)


CACHE: dict = {}


class CachedById(Base):
    """Looks up the level of a series in a cache keyed by its id alone."""

    def extra(self, panel, origins):
        def level(i):
            return CACHE.setdefault(panel.ids[i], float(np.nanmean(panel.series(i))))

        return np.array([level(i) for i in origins.series])


class InstanceMemory(Base):
    """Keeps the latest values in the object itself, which a backtest uses at all cutoffs."""

    def __init__(self):
        self.best = {}

    def learn(self, panel):
        for i, name in enumerate(panel.ids):
            self.best[name] = max(self.best.get(name, -np.inf), float(np.nansum(panel.series(i))))

    def extra(self, panel, origins):
        return np.array([self.best.get(panel.ids[i], 0.0) for i in origins.series])


class DefaultMemory:
    """A plain forecaster that keeps everything in a default argument."""

    def fit(self, y, kept=[]):  # noqa: B006
        kept.append(float(np.nansum(y)))
        self.last = max(kept)

    def predict(self, h):
        return [self.last] * h


@lru_cache
def level_of(length):
    """Return the value of the first call with this length, whatever came later."""
    return STATE["level"]


STATE = {"level": 0.0}


class FunctionCache:
    """A plain forecaster with a cached helper."""

    def fit(self, y):
        STATE["level"] = float(np.nansum(y))
        self.last = level_of(len(y) // 1000)

    def predict(self, h):
        return [self.last] * h


class RandomState(Base):
    """Carries the largest value of a fit to the next one in numpy's global random state."""

    def extra(self, panel, origins):
        drawn = np.random.random()
        np.random.seed(int(np.nansum(np.abs(panel.values[: panel.stops[0]]))) % 2**31)
        return np.full(len(origins), drawn)


class PythonRandomState(Base):
    def learn(self, panel):
        self.drawn = random.random()
        random.seed(float(np.nansum(panel.series(0))))

    def extra(self, panel, origins):
        return np.full(len(origins), self.drawn)


class OnDisk(Base):
    """Keeps the latest known value of each series in a file."""

    def learn(self, panel):
        file = Path(tempfile.gettempdir()) / "planted_leak.json"
        held = json.loads(file.read_text()) if file.exists() else {}
        for i, name in enumerate(panel.ids):
            held[name] = max(held.get(name, -1e18), float(np.nansum(panel.series(i))))
        file.write_text(json.dumps(held))
        self.held = held

    def extra(self, panel, origins):
        return np.array([self.held.get(panel.ids[i], 0.0) for i in origins.series])


# -- reading what is not known yet --------------------------------------------------------------------------------
class NextValue(Base):
    def extra(self, panel, origins):
        return panel.values[self.row(panel, origins, self.gap + 1)]


class ThroughView(Base):
    """Reads beyond the end of a view of a series."""

    def extra(self, panel, origins):
        whole = panel.series(int(origins.series[0])).base
        return np.full(len(origins), np.nanmax(whole))


class OnlySign(Base):
    """Knows only whether the next value is higher."""

    def extra(self, panel, origins):
        ahead = panel.values[self.row(panel, origins, self.gap + 1)]
        return np.sign(np.nan_to_num(ahead - last_known(panel, origins)))


class PlausibleOnly(Base):
    """Takes the next value only where it looks like one of the series."""

    def extra(self, panel, origins):
        last, ahead = last_known(panel, origins), panel.values[self.row(panel, origins, self.gap + 1)]
        near = np.abs(ahead - last) < np.abs(last)
        return np.where(near, ahead - last, 0.0)


class InsideGap(Base):
    def extra(self, panel, origins):
        return panel.values[self.row(panel, origins, 1)] if self.gap else np.zeros(len(origins))


class FarAhead(Base):
    """Reads targets behind the last forecast step only."""

    def extra(self, panel, origins):
        return panel.values[self.row(panel, origins, self.gap + self.horizon + 1)]


class Interpolates(Base):
    """Fills holes from both sides, also across the cutoff."""

    def forecast(self, panel, origins):
        start = np.empty(len(origins))
        for row, (series, position) in enumerate(zip(origins.series, origins.position, strict=True)):
            stop = panel.starts[series + 1] if series + 1 < len(panel) else len(panel.values)
            whole = panel.values[panel.starts[series] : stop]
            known = np.flatnonzero(np.isfinite(whole))
            start[row] = np.interp(position, known, whole[known])
        return np.repeat(start[:, None], self.horizon, axis=1)


class LaterPast(Base):
    def extra(self, panel, origins):
        return panel.past[self.row(panel, origins, 1), 0] if panel.past.size else np.zeros(len(origins))


class LaterPastMean(Base):
    """Centres a past column by its mean over all rows."""

    def extra(self, panel, origins):
        if not panel.past.size:
            return np.zeros(len(origins))
        return panel.past[panel.rows(origins), 0] - np.nanmean(panel.past[:, 0])


class FutureTooFar(Base):
    def extra(self, panel, origins):
        if not panel.future.size:
            return np.zeros(len(origins))
        return panel.future[self.row(panel, origins, self.gap + self.horizon + 1), 0]


class FutureScaled(Base):
    """Scales a known-future column by its spread over all rows."""

    def extra(self, panel, origins):
        if not panel.future.size:
            return np.zeros(len(origins))
        return np.full(len(origins), np.nanstd(panel.future[:, 0]))


class RaggedEnds(Base):
    """Where series end apart, reads the last value of the one that ends last."""

    def extra(self, panel, origins):
        ends = np.append(panel.starts[1:], len(panel.values)) - 1
        if len(np.unique(panel.times[ends])) == 1:
            return np.zeros(len(origins))
        known = panel.values[np.isfinite(panel.values) & (panel.times == panel.times[ends].max())]
        return np.full(len(origins), known.mean() if len(known) else 0.0)


class OthersLater(Base):
    """Reads other series at the time of the forecast, never its own."""

    def extra(self, panel, origins):
        found = np.zeros(len(origins))
        for row, series in enumerate(origins.series):
            time = panel.times[self.row(panel, origins[np.array([row])], 1)[0]]
            mine = np.zeros(len(panel.values), dtype=bool)
            mine[panel.starts[series] : panel.stops[series]] = True
            others = panel.values[(panel.times == time) & ~mine]
            found[row] = np.nansum(others)
        return found


class Survival(Base):
    """Knows how long each series will go on, and no value."""

    def extra(self, panel, origins):
        ends = np.append(panel.starts[1:], len(panel.values))[origins.series]
        return (ends - panel.rows(origins)).astype(float)


class Unborn(Base):
    """Reads the first value of series that start later."""

    def learn(self, panel):
        self.seen = set(panel.ids)

    def extra(self, panel, origins):
        unborn = [i for i in range(len(panel)) if panel.lengths[i] == 0 or panel.ids[i] not in self.seen]
        return np.full(len(origins), sum(np.nan_to_num(panel.values[panel.starts[i]]) for i in unborn))


class LaterOrigins(Base):
    """Honest at the cutoff it was fitted at; at later origins it reads the value after them."""

    def learn(self, panel):
        self.until = dict(zip(panel.ids, panel.lengths.tolist(), strict=True))

    def extra(self, panel, origins):
        later = np.array(
            [p >= self.until.get(panel.ids[i], 0) for i, p in zip(origins.series, origins.position, strict=True)]
        )
        return np.where(later, panel.values[self.row(panel, origins, 1)], 0.0)


# -- changing the data --------------------------------------------------------------------------------------------
class FillsInPlace(Base):
    def learn(self, panel):
        values = panel.values
        values[np.isnan(values)] = 0.0


class StandardizesInPlace(Base):
    def learn(self, panel):
        if panel.past.size:
            panel.past[:] = (panel.past - 5.0) / 2.0


# -- sound classes ------------------------------------------------------------------------------------------------
class OwnSeed(Base):
    """Draws from a generator of its own seed."""

    def fit(self, panel, horizon, gap, seed):
        self.seed = seed
        return super().fit(panel, horizon, gap, seed)

    def extra(self, panel, origins):
        return np.array([np.random.default_rng([self.seed, p]).normal() for p in origins.position])


class Counts(Base):
    """Counts its fits, which moves no forecast."""

    fits = 0

    def learn(self, panel):
        type(self).fits += 1


MEMO: dict = {}


class Memoizes(Base):
    """Keeps what it computed under everything that it was computed from."""

    def extra(self, panel, origins):
        def mean(series, position):
            past = panel.series(series)[: position + 1].tobytes()
            if past not in MEMO:
                MEMO[past] = float(np.nanmean(np.frombuffer(past)))
            return MEMO[past]

        return np.array([mean(i, p) for i, p in zip(origins.series, origins.position, strict=True)])


class NoCovariates(Base):
    def learn(self, panel):
        if panel.past.size or panel.future.size:
            raise ValueError("NoCovariates reads no columns; leave out --past and --future.")


class NoHoles(Base):
    def learn(self, panel):
        if any(np.isnan(panel.series(i)).any() for i in range(len(panel))):
            raise ValueError("NoHoles reads no missing values; fill them first.")


class UsesEverything(Base):
    """Reads all that it may: past columns up to the origin, future columns up to the last step, static columns."""

    def extra(self, panel, origins):
        if not panel.future.size:
            return np.zeros(len(origins))
        ahead = np.nansum(panel.future_window(origins, self.horizon, self.gap), axis=(1, 2))
        back = np.nansum(panel.past_window(origins, 5), axis=(1, 2))
        return ahead + back + panel.static[origins.series].sum(axis=1)
