"""Which rule for ensemble weights holds on new data? Tried on the stored hindcasts of run.py's inner runs.

    python -m experiments.ensembles.rules FOLDER [--sample N] [--sets m3_yearly,...]

Nothing is fitted: weights are learned from the members' out-of-fold forecasts and applied to their stored forecasts of
the held-out horizon. Rules marked "now" are the package's, but count blocks of time over all series together, where the
package counts them within each series.

Prints one line a rule, one column a set: MASE in % above the best single name in hindsight; last, mean and worst of all sets.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from experiments.statistical_tools import table  # pins the threads, so before numpy  # isort: skip

import numpy as np
from scipy.optimize import nnls

from experiments.benchmark_sets import SETS, Benchmark, load
from hybridts.engine.graph import CombineTask
from hybridts.engine.stage_store import StageStore
from hybridts.evaluation.rolling_origin import Schedule
from hybridts.evaluation.study import Study, names_of, plan_study
from hybridts.hybrids.ensemble_weights import MAX_BLOCKS_PER_TIME, MAX_TARGETS, shared_rows
from hybridts.hybrids.settings import EnsembleSettings
from hybridts.hybrids.upstream import with_forecast
from hybridts.names.explain import describe
from hybridts.names.grammar import parse
from hybridts.names.plugins import registry

Weigh = Callable[["Evidence"], np.ndarray]


class Evidence:
    """Errors of the members on hindcasts before the cutoff, and on the held-out horizon."""

    def __init__(self, bench: Benchmark, folder: Path, models: str) -> None:
        known = registry()
        study = Study((*names_of(models), "greedy"), Schedule(bench.horizon, 1, align="per_series"), {}, "none")
        drawn = plan_study(study, bench.panel, known, lambda recipe: describe(recipe, known))
        task = next(t for t in drawn.plan.tasks.values() if isinstance(t, CombineTask))
        store = StageStore(folder)
        seen = task.cut.base(bench.panel).cut(task.cut.position, task.spec.reach)
        there = [i for i, m in enumerate(task.members) if all(store.has(key) for key in m.needs())]
        rows = [with_forecast(task.members[i].out_of_fold(seen, store, task.spec)) for i in there]
        used = [k for k, r in enumerate(rows) if 2 * len(r) >= max(map(len, rows))]
        asked = [task.members[there[k]].forecast(task.origins, store).mean for k in used]
        rows = shared_rows([rows[k] for k in used])
        self.names = [task.names[there[k]] for k in used]
        scale = np.where(rows[0].scale > 0, rows[0].scale, np.nan)[:, None]
        error = np.stack([(r.target - r.forecast) / scale for r in rows])
        origin, step = np.nonzero(np.isfinite(error).all(axis=0))
        picked = np.unique(np.linspace(0, len(origin) - 1, MAX_TARGETS).astype(int))
        self.errors = error[:, origin[picked], step[picked]]
        self.fold = rows[0].fold[origin[picked]]
        blocks = len(np.unique(rows[0].origins.position.max() - rows[0].origins.position)) / bench.horizon
        self.pieces = MAX_BLOCKS_PER_TIME * int(np.ceil(blocks))
        same: dict[bytes, int] = {}
        self.kind = np.array([same.setdefault(np.round(a, 9).tobytes() + e.tobytes(), k) for k, (a, e) in
                              enumerate(zip(asked, self.errors, strict=True))])  # fmt: skip
        truth = bench.panel.targets(task.origins, bench.horizon, 0)
        scale = _scale(bench, task)
        self.test = np.stack([(truth - a) / scale[:, None] for a in asked])
        self.test = self.test[:, np.isfinite(self.test).all(axis=(0, 2)) & (scale > 0)]

    def mase(self, weights: np.ndarray) -> float:
        """Return the MASE of the combination, averaged over series and steps."""
        return float(np.abs(np.einsum("k,knh->nh", weights, self.test)).mean())

    def once(self) -> np.ndarray:
        """Return [K], true for the first of every set of equal members."""
        return self.kind == np.arange(len(self.kind))


def _scale(bench: Benchmark, task: CombineTask) -> np.ndarray:
    from hybridts.data.seasonal import seasonal_error

    return seasonal_error(bench.panel, task.origins, bench.panel.season)


def greedy(errors: np.ndarray, rounds: int = 30, start: int = 0) -> np.ndarray:
    """Select members by Caruana's rule, starting from the `start` best ones."""
    taken = np.zeros(len(errors))
    if start:
        taken[np.argsort(np.abs(errors).mean(axis=1))[:start]] = 1
    total = taken @ errors
    best, kept = np.inf, taken
    for n in range(int(taken.sum()) + 1, int(taken.sum()) + rounds + 1):
        size = np.abs((errors + total) / n).mean(axis=1)
        k = int(np.argmin(size))
        taken = taken.copy()
        taken[k] += 1
        total = total + errors[k]
        if size[k] < best:
            best, kept = float(size[k]), taken
    return kept / kept.sum()


def spread(e: Evidence, weigh: Callable[[np.ndarray], np.ndarray], newest: bool = False) -> np.ndarray:
    """Learn weights [K] on members that differ, from all folds or the newest."""
    once = e.once()
    weights = np.zeros(len(once))
    weights[once] = weigh(e.errors[once][:, e.fold == e.fold.max()] if newest else e.errors[once])
    return weights


def once_each(e: Evidence, weigh: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Learn weights [K] on members with different hindcasts, the first of equal ones, as the package does."""
    first = np.sort(np.unique(e.errors, axis=0, return_index=True)[1])
    weights = np.zeros(len(e.errors))
    weights[first] = weigh(e.errors[first])
    return weights


def bagged(errors: np.ndarray, bags: int = 20, part: float = 0.5, rounds: int = 30, start: int = 0) -> np.ndarray:
    """Run the greedy selection on random parts of the members and average the weights."""
    rng, weights = np.random.default_rng(0), np.zeros(len(errors))
    for _ in range(bags):
        some = np.flatnonzero(rng.random(len(errors)) < part)
        some = some if len(some) else np.arange(len(errors))
        weights[some] += greedy(errors[some], rounds, start)
    return weights / bags


def inverse(errors: np.ndarray, power: float = 2.0) -> np.ndarray:
    """Return weights in proportion to one over a power of the mean absolute error."""
    w = np.abs(errors).mean(axis=1) ** -power
    return w / w.sum()


def inverse_squares(errors: np.ndarray) -> np.ndarray:
    """Return weights in proportion to one over the mean squared error."""
    w = 1 / (errors**2).mean(axis=1)
    return w / w.sum()


def equal(errors: np.ndarray) -> np.ndarray:
    """Return equal weights."""
    return np.full(len(errors), 1 / len(errors))


def shrunk(weights: np.ndarray, share: float) -> np.ndarray:
    """Shrink towards equal weights."""
    return share * weights + (1 - share) / len(weights)


def trimmed(errors: np.ndarray, part: float) -> np.ndarray:
    """Return equal weights for the best part of the members."""
    order = np.argsort(np.abs(errors).mean(axis=1))
    w = np.zeros(len(errors))
    w[order[: max(int(part * len(order)), 1)]] = 1
    return w / w.sum()


def families(e: Evidence) -> np.ndarray:
    """Return equal weights for families, and within each, over the members that differ."""
    known = registry()
    kinds = [describe(parse(n, known), known)["stages"][0]["kind"] for n, one in zip(e.names, e.once(), strict=True) if one]  # fmt: skip
    kind = np.array(kinds)
    return np.array([1 / len(set(kinds)) / (kind == k).sum() for k in kinds])


def apart(errors: np.ndarray, power: float = 16) -> np.ndarray:
    """Return larger weights for members whose errors are unlike the others'."""
    target = 1 / (np.clip(np.atleast_2d(np.corrcoef(errors)), 0, 1) ** power).sum(axis=1)
    return target / target.sum()


def stacked_towards(errors: np.ndarray, pieces: int, target: np.ndarray) -> np.ndarray:
    """Solve non-negative least squares as `stacked` does, but shrink towards a target instead of equal weights."""
    products = errors @ errors.T / errors.shape[1]
    size = float(np.trace(products)) / len(errors)
    pull = size * len(errors) / pieces
    root = np.linalg.cholesky(products + (pull + 1e-9 * size) * np.eye(len(errors))).T
    firm = 1e3 * np.sqrt(size)
    aim = np.append(np.linalg.solve(root.T, pull * target), firm)
    weights = nnls(np.vstack([root, np.full(len(errors), firm)]), aim)[0]
    return weights / weights.sum()


def half_stacked(errors: np.ndarray, pieces: int) -> np.ndarray:
    """Mix the greedy selection with stacked weights, as the package's `greedy` does by default."""
    options = EnsembleSettings()
    stacked = stacked_towards(errors, pieces, equal(errors))
    return (1 - options.pull) * greedy(errors, options.rounds) + options.pull * stacked


RULES: dict[str, Weigh] = {
    "best by hindcasts": lambda e: np.eye(len(e.errors))[np.argmin(np.abs(e.errors).mean(axis=1))],
    "mean of all": lambda e: np.full(len(e.errors), 1 / len(e.errors)),
    "weighted (before)": lambda e: inverse_squares(e.errors),
    "greedy (before)": lambda e: greedy(e.errors),
    "best (now)": lambda e: once_each(e, lambda x: np.eye(len(x))[np.argmin(np.abs(x).mean(axis=1))]),
    "weighted (now)": lambda e: once_each(e, inverse_squares),
    "stacked (now)": lambda e: once_each(e, lambda x: stacked_towards(x, e.pieces, equal(x))),
    "greedy (now)": lambda e: once_each(e, lambda x: half_stacked(x, e.pieces)),
    "mean of different": lambda e: spread(e, lambda x: np.full(len(x), 1 / len(x))),
    "inverse, different": lambda e: spread(e, inverse),
    "inverse to the 4th, different": lambda e: spread(e, lambda x: inverse(x, 4)),
    "inverse to the 8th, different": lambda e: spread(e, lambda x: inverse(x, 8)),
    "best half, different": lambda e: spread(e, lambda x: trimmed(x, 0.5)),
    "best quarter, different": lambda e: spread(e, lambda x: trimmed(x, 0.25)),
    "best tenth, different": lambda e: spread(e, lambda x: trimmed(x, 0.1)),
    "greedy, different": lambda e: spread(e, greedy),
    "greedy, 10 rounds": lambda e: spread(e, lambda x: greedy(x, 10)),
    "greedy from best 5": lambda e: spread(e, lambda x: greedy(x, 30, 5)),
    "greedy from best 10": lambda e: spread(e, lambda x: greedy(x, 30, 10)),
    "greedy bagged": lambda e: spread(e, bagged),
    "greedy bagged, a quarter": lambda e: spread(e, lambda x: bagged(x, 30, 0.25)),
    "greedy bagged from best 3": lambda e: spread(e, lambda x: bagged(x, 20, 0.5, 30, 3)),
    "greedy bagged, half equal": lambda e: spread(e, lambda x: shrunk(bagged(x), 0.5)),
    "greedy, half equal": lambda e: spread(e, lambda x: shrunk(greedy(x), 0.5)),
    "greedy, half inverse^4": lambda e: spread(e, lambda x: 0.5 * greedy(x) + 0.5 * inverse(x, 4)),
    "greedy bagged, half inverse^4": lambda e: spread(e, lambda x: 0.5 * bagged(x) + 0.5 * inverse(x, 4)),
    "stacked towards families": lambda e: spread(e, lambda x: stacked_towards(x, e.pieces, families(e))),
    "stacked towards unlike errors": lambda e: spread(e, lambda x: stacked_towards(x, e.pieces, apart(x))),
    "half greedy, half towards families": lambda e: spread(
        e, lambda x: 0.5 * greedy(x) + 0.5 * stacked_towards(x, e.pieces, families(e))
    ),
    "half greedy, half towards unlike errors": lambda e: spread(
        e, lambda x: 0.5 * greedy(x) + 0.5 * stacked_towards(x, e.pieces, apart(x))
    ),
    "newest: best": lambda e: spread(e, lambda x: np.eye(len(x))[np.argmin(np.abs(x).mean(axis=1))], newest=True),
    "newest: inverse^4": lambda e: spread(e, lambda x: inverse(x, 4), newest=True),
    "newest: best half": lambda e: spread(e, lambda x: trimmed(x, 0.5), newest=True),
    "newest: best quarter": lambda e: spread(e, lambda x: trimmed(x, 0.25), newest=True),
    "newest: greedy": lambda e: spread(e, greedy, newest=True),
    "newest: greedy bagged": lambda e: spread(e, bagged, newest=True),
    "newest: greedy bagged, a quarter": lambda e: spread(e, lambda x: bagged(x, 30, 0.25), newest=True),
    "newest: greedy bagged, a tenth": lambda e: spread(e, lambda x: bagged(x, 50, 0.1), newest=True),
    "newest: greedy bagged, half equal": lambda e: spread(e, lambda x: shrunk(bagged(x), 0.5), newest=True),
    "newest: greedy bagged, half inverse^4": lambda e: spread(
        e, lambda x: 0.5 * bagged(x) + 0.5 * inverse(x, 4), newest=True
    ),
    "newest: greedy bagged a tenth, half inverse^4": lambda e: spread(
        e, lambda x: 0.5 * bagged(x, 50, 0.1) + 0.5 * inverse(x, 4), newest=True
    ),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--models", default="seed-100")
    given = parser.parse_args()
    found: dict[str, Evidence] = {}
    for name in given.sets.split(","):
        path = given.folder / f"{name}.inner.{given.sample or 'all'}"
        if (path / "manifest.json").exists():
            found[name] = Evidence(load(name, sample=given.sample), path, given.models)
    best = {n: min(e.mase(w) for w in np.eye(len(e.names))) for n, e in found.items()}
    rows = []
    for rule, weigh in RULES.items():
        each = [100 * (e.mase(weigh(e)) / best[n] - 1) for n, e in found.items()]
        rows.append((rule, *(f"{x:+.1f}" for x in each), f"{np.mean(each):+.2f}", f"{max(each):+.1f}"))
    table(("rule", *found, "mean", "worst"), rows)
    rows = []
    for name, e in found.items():
        some = np.argsort([e.mase(w) for w in np.eye(len(e.names))])[:3]
        rows.append((name, len(e.names), int(e.once().sum()), best[name], ", ".join(e.names[k] for k in some)))
    table(("set", "members", "different", "MASE of the best", "best three"), rows)


if __name__ == "__main__":
    main()
