"""`ht.tune`: the settings of a name chosen before every backtest window, and the names that a study tunes."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hybridts.app.tuning.judge import Judge, cutoffs_of, inner_panel, inner_schedule, merged
from hybridts.app.tuning.search import chosen, library, search
from hybridts.app.tuning.space import space_for
from hybridts.app.tuning.trials import Trial, TrialFile
from hybridts.engine.stage_store import StageStore
from hybridts.errors import BadSetting, UserError
from hybridts.evaluation.rolling_origin import Schedule
from hybridts.models.checks import is_whole
from hybridts.names.grammar import parse
from hybridts.names.plugins import register, registry
from hybridts.names.recipe import Settings, settings_in

if TYPE_CHECKING:
    import pandas as pd

    from hybridts.data.panel import Panel
    from hybridts.data.read import DataSource
    from hybridts.engine.resources import Workers
    from hybridts.hybrids.limits import Nonnegative

#: Ending of the name of a tuned name.
ENDING = "-tuned"


@dataclass(frozen=True, eq=False)
class Tuned:
    """What a search found.

    Attributes:
        name: the name that was tuned.
        settings: by token, of the name; those of the defaults where nothing was clearly better.
        trials: all that was tried, the defaults first.
        cutoffs: the inner cutoffs, newest first.
        expression: of the name.
        best: the trial that was chosen.
    """

    name: str
    settings: Settings
    trials: tuple[Trial, ...]
    cutoffs: tuple[str, ...]
    expression: str
    best: Trial

    @property
    def default_loss(self) -> float:
        """Return the mean MASE of the defaults at the inner cutoffs."""
        return self.trials[0].loss

    @property
    def loss(self) -> float:
        """Return the mean MASE of the chosen settings at the inner cutoffs."""
        return self.best.loss

    @property
    def seconds(self) -> float:
        """Return the seconds of the search."""
        return round(sum(trial.seconds for trial in self.trials), 3)

    @property
    def table(self) -> pd.DataFrame:
        """Return a row per trial: its settings, loss, state and seconds."""
        import pandas as pd

        rows = [
            {"trial": i, "loss": t.loss, "state": t.state, "seconds": t.seconds, **t.settings}
            for i, t in enumerate(self.trials)
        ]
        return pd.DataFrame(rows)

    def register(self, name: str | None = None) -> str:
        """Register the name with its settings as a combo, by default NAME-tuned, and return its name."""
        given = name or self.name + ENDING
        replaces = _replaces(given, self.expression)
        register(given, self.expression, settings=self.settings, replace=replaces)
        return given

    def __str__(self) -> str:
        gain = 100 * (1 - self.loss / self.default_loss) if self.default_loss else 0.0
        states = [trial.state for trial in self.trials]
        counts = f"{len(states)} trials ({states.count('pruned')} stopped early, {states.count('failed')} failed)"
        found = f"{self.settings}" if gain else "the defaults stay: nothing was clearly better"
        return (
            f"{self.name}: {counts} in {self.seconds:.0f} s on {len(self.cutoffs)} cutoffs before the first window; "
            f"MASE {self.default_loss:.4g} -> {self.loss:.4g} ({gain:+.1f} %); {found}."
        )


def _replaces(name: str, expression: str) -> bool:
    """Return whether a name is that of an earlier search, which a new one replaces; other combos stay."""
    combo = registry().combo(name)
    return combo is not None and combo.expression == expression and name.endswith(ENDING)


def tune(  # noqa: PLR0913 - the published signature: one plain option per argument
    name: str,
    df: DataSource,
    horizon: int,
    space: Mapping[str, Any] | None = None,
    trials: int = 30,
    *,
    windows: int = 3,
    step: int | None = None,
    gap: int = 0,
    inner: int = 3,
    settings: Settings | None = None,
    season: int | Literal["auto"] | None = None,
    freq: str | None = None,
    time: str | None = None,
    target: str | Sequence[str] = (),
    id: str | None = None,
    group: str | None = None,
    past: str | Sequence[str] = (),
    future: str | Sequence[str] = (),
    static: str | Sequence[str] = (),
    seed: int = 0,
    jobs: int | None = None,
    out: str | Path | None = None,
    reading: Mapping[str, Any] | None = None,
) -> Tuned:
    """Choose settings of a name on cutoffs that are older than every window of a later backtest.

    >>> import hybridts as ht
    >>> found = ht.tune("ARIMA", "dataset:airpassengers", horizon=6, space={"ARIMA": {"order": [[0, 1, 1], [2, 1, 1]]}},
    ...                 trials=3, inner=1, jobs=1)
    >>> len(found.trials), found.loss <= found.default_loss
    (3, True)

    Args:
        name: a name or expression.
        df: as in `hybridts.backtest`.
        horizon: steps forecast, in rows.
        space: token -> setting -> range: a list of values, (low, high), or (low, high, "log"); None: sensible ranges
            for the parts of the name.
        trials: how many settings are tried; the defaults are the first.
        windows, step, gap: of the later backtest, none of whose windows is used; windows=0: all rows are used, for a
            model that is fitted afterwards.
        inner: cutoffs to judge by, a horizon apart; fewer where the rows do not allow them.
        settings: settings that are not tuned, by token.
        season, freq, time, target, id, group, past, future, static: as in `hybridts.backtest`.
        seed: of everything random.
        jobs: worker processes; None: one per core. The numbers do not depend on it.
        reading: as in `hybridts.backtest`.
        out: folder for the trials and their stages; a stopped search goes on from it. None: a temporary one.

    Returns:
        The chosen settings; `.register()` makes a name of them.

    Raises:
        UserError: an argument or the data are wrong, or Optuna is not installed.
    """
    from hybridts.data.datasets import resolve
    from hybridts.data.read import Columns, as_names
    from hybridts.engine.executors import workers_of

    if not is_whole(windows, 0):
        raise BadSetting(f"windows must be a whole number of at least 0, found {windows!r}.", "windows", windows)
    roles = {"target": target, "past": past, "future": future, "static": static}
    columns = Columns(time=time, id=id, group=group, **{k: as_names(k, v) for k, v in roles.items()})
    loaded = resolve(df, columns, freq=freq, season=season, reading=reading)
    outer = Schedule(horizon, windows=windows, step=step, gap=gap) if windows else None
    given = Given(loaded.panel, outer, horizon, inner, seed, workers_of(jobs))
    if out is not None:
        return tuned_name(name, given, space, trials, settings or {}, Path(out))
    with tempfile.TemporaryDirectory(prefix="hybridts-") as folder:
        return tuned_name(name, given, space, trials, settings or {}, Path(folder))


@dataclass(frozen=True, eq=False)
class Given:
    """What all searches of a study share.

    Attributes:
        panel: all data; outer: windows of the backtest, None for none.
        horizon, inner, seed: as in `tune`.
        workers: worker processes.
        nonnegative: as in `hybridts.backtest`.
        store: of finished stages; None: in the folder of the search.
    """

    panel: Panel
    outer: Schedule | None
    horizon: int
    inner: int
    seed: int
    workers: Workers
    nonnegative: Nonnegative = "auto"
    store: StageStore | None = None


def tuned_name(
    name: str, given: Given, space: Mapping[str, Any] | None, trials: int, settings: Settings, folder: Path
) -> Tuned:
    """Tune one name; the file of its trials is in the folder.

    Raises:
        UserError: as `tune`.
    """
    for what, value in (("trials", trials), ("inner", given.inner)):
        if not is_whole(value, 1):
            raise BadSetting(f"{what} must be a whole number of at least 1, found {value!r}.", what, value)
    library()
    table = registry()
    recipe = parse(name, table, settings)
    ranges = space_for(recipe, table, space)
    panel = inner_panel(given.panel, given.outer)
    schedule = inner_schedule(panel, given.outer, given.horizon, given.inner)
    store = given.store or StageStore(folder)
    judge = Judge(panel, schedule, table, store, given.seed, given.workers, given.nonnegative)
    windows = judge.windows()
    cutoffs = tuple(cutoffs_of(panel, windows))
    own = settings_in(recipe)
    facts = {
        "name": recipe.name,
        "settings": {token: dict(values) for token, values in own.items()},
        "space": {f"{t}.{s}": str(v) for t, ss in ranges.items() for s, v in ss.items()},
        "data": panel.fingerprint,
        "horizon": given.horizon,
        "cutoffs": list(cutoffs),
        "seed": given.seed,
    }
    file = TrialFile.opened(folder / f"{_file_name(recipe.name)}.jsonl", facts)
    expression = str(recipe.root)

    def make(tried: Mapping[str, Any]) -> Any:
        return replace(parse(expression, table, merged(own, tried)), name=recipe.name)

    search(make, ranges, judge, file, trials)
    kept = file.trials[:trials]
    best = chosen(kept, lambda trial: [judge.cells(make(trial.settings), window) for window in windows])
    return Tuned(recipe.name, merged(own, best.settings), tuple(kept), cutoffs, expression, best)


def _file_name(name: str) -> str:
    """Return a name that a file can have, different for different names."""
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[:80]
    return plain if plain == name else f"{plain}-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"


def check_tunable(names: Sequence[str], wanted: Sequence[str]) -> None:
    """Refuse names to tune that a study does not have.

    Raises:
        UserError: naming the first.
    """
    known = {name.casefold() for name in names}
    for name in wanted:
        if name.casefold() not in known:
            raise UserError(f"tune: {name!r} is not among the models of the study: {', '.join(names[:8])}.")
