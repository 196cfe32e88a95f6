"""The search for settings: Optuna proposes, inner cutoffs judge, hopeless trials stop early, the default may stay.

Proposal number k depends on the trials before it and on the seed alone, so that a search that was stopped goes on as if
it had not been.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hybridts.app.tuning.judge import Judge
from hybridts.app.tuning.space import Choice, Range
from hybridts.app.tuning.trials import State, Trial, TrialFile
from hybridts.data.panel import FloatArray
from hybridts.errors import HybridtsError, UserError
from hybridts.names.recipe import Recipe

#: Trials without a proposal from earlier ones, and complete trials before one is stopped early.
RANDOM, BEFORE_PRUNING = 8, 5
#: Smallest gain over the defaults at the inner cutoffs: less is chosen by chance.
LEAST_GAIN = 0.005
#: Chance that the defaults are left although no trial is better, by a t test over series (cutoffs of a single one).
LEVEL = 0.05

#: Settings "TOKEN.setting" -> value to the recipe with them.
Make = Callable[[Mapping[str, Any]], Recipe]


def search(
    make: Make, space: Mapping[str, Mapping[str, Range | Choice]], judge: Judge, file: TrialFile, trials: int
) -> None:
    """Try settings until there are `trials` of them, the defaults first.

    Raises:
        UserError: Optuna is not installed.
        HybridtsError: the defaults themselves cannot be run.
    """
    optuna = library()
    flat = {f"{token}.{name}": values for token, settings in space.items() for name, values in settings.items()}
    while len(file.trials) < trials:
        number = len(file.trials)
        proposal = {} if number == 0 else _proposal(optuna, flat, file.trials, judge.seed + number)
        trial = _tried(make, proposal, judge, file.trials)
        if number == 0 and trial.state == "failed":
            raise UserError(f"tune: the defaults cannot be run at the inner cutoffs: {trial.why}")
        file.add(trial)


def library() -> Any:
    """Return Optuna, silent.

    Raises:
        UserError: it is not installed.
    """
    try:
        import optuna
    except ImportError as cause:
        text = "tuning needs Optuna, which is not installed: pip install optuna."
        raise UserError(text) from cause
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _proposal(optuna: Any, flat: Mapping[str, Range | Choice], before: list[Trial], seed: int) -> dict[str, Any]:
    """Return the next settings to try, by a tree of Parzen estimators (Bergstra et al. 2011) on the trials so far."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna's notes on experimental parts
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=RANDOM, multivariate=True)
        study = optuna.create_study(sampler=sampler)
        kinds = {key: _distribution(optuna, values) for key, values in flat.items()}
        for trial in before:
            if trial.settings and trial.state != "failed":
                params = {key: _code(flat[key], value) for key, value in trial.settings.items()}
                study.add_trial(optuna.trial.create_trial(params=params, distributions=kinds, value=trial.loss))
        asked = study.ask(kinds)
    return {key: _value(flat[key], asked.params[key]) for key in flat}


def _distribution(optuna: Any, values: Range | Choice) -> Any:
    kinds = optuna.distributions
    if isinstance(values, Choice):
        return kinds.CategoricalDistribution(tuple(range(len(values.values))))  # values may be lists
    if values.whole:
        return kinds.IntDistribution(values.low, values.high, log=values.log)
    return kinds.FloatDistribution(values.low, values.high, log=values.log)


def _code(values: Range | Choice, value: Any) -> Any:
    """Return a value as Optuna has it: the number of a choice."""
    if isinstance(values, Range):
        return value
    plain = tuple(value) if isinstance(value, list) else value
    return values.values.index(plain)


def _value(values: Range | Choice, code: Any) -> Any:
    """Return the value behind a proposal; fractions with four digits, so that a file shows what was used."""
    if isinstance(values, Choice):
        return values.values[code]
    return int(code) if values.whole else min(max(float(f"{code:.4g}"), values.low), values.high)


def _tried(make: Make, proposal: Mapping[str, Any], judge: Judge, before: list[Trial]) -> Trial:
    """Run one set of settings at the inner cutoffs, until it is hopeless."""
    start, losses = time.perf_counter(), []
    windows = judge.schedule.windows
    state: State = "complete"
    why = ""
    try:
        for loss in judge.losses(make(proposal)):
            losses.append(loss)
            if len(losses) < windows and proposal and _hopeless(losses, before, windows):
                state = "pruned"
                break
    except HybridtsError as cause:
        state, why = "failed", str(cause)
    return Trial(dict(proposal), tuple(losses), state, round(time.perf_counter() - start, 3), why)


def _hopeless(losses: list[float], before: list[Trial], windows: int) -> bool:
    """Return whether the mean so far is above the median of the complete trials at as many cutoffs."""
    done = sorted(sum(t.losses[: len(losses)]) for t in before if t.state == "complete" and len(t.losses) == windows)
    return len(done) >= BEFORE_PRUNING and sum(losses) > done[len(done) // 2]


def chosen(trials: list[Trial], cells: Callable[[Trial], list[FloatArray]]) -> Trial:
    """Return the best complete trial, or the defaults where it may be better by chance.

    It must be better at every cutoff, by `LEAST_GAIN` on average, and the gains of the series must have a mean above 0
    by a t test that is corrected for the number of trials: it is the best of many, so some gain is luck.

    Args:
        trials: all, the defaults first.
        cells: a trial -> its MASE [N] at each cutoff.
    """
    default = trials[0]
    complete = [trial for trial in trials if trial.state == "complete"]
    best = min(complete, key=lambda trial: trial.loss)
    if best is default or best.loss > (1 - LEAST_GAIN) * default.loss:
        return default
    gains = [one - other for one, other in zip(cells(default), cells(best), strict=True)]  # [N] at each cutoff
    if any(np.nanmean(gain) <= 0 for gain in gains):
        return default
    by_series = np.stack(gains)  # the cutoffs of one series are not independent: their mean is one gain
    units = np.nanmean(by_series[:, np.isfinite(by_series).any(axis=0)], axis=0)
    if len(units) == 1:
        units = np.array([np.nanmean(gain) for gain in gains])
    return best if _beyond_chance(units, len(complete)) else default


def _beyond_chance(gains: FloatArray, trials: int) -> bool:
    """Return whether gains [n] have a mean above 0 by a t test, corrected for the trials that the best was taken of."""
    from scipy.special import stdtrit

    if len(gains) < 2:
        return False
    least = float(stdtrit(len(gains) - 1, 1 - LEVEL / trials))
    return bool(gains.mean() >= least * gains.std(ddof=1) / np.sqrt(len(gains)))
