"""One name, fitted on all data: the same chain as in a backtest, ready to forecast what comes next."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from hybridts.errors import BadSetting, DataError, StageFailure, UserError
from hybridts.hybrids.fitted import lacks, why
from hybridts.models.protocols import Quantiled
from hybridts.names.grammar import parse
from hybridts.names.plugins import registry, used_by
from hybridts.names.recipe import NETWORK, Ensemble, Node, Recipe, Stage

if TYPE_CHECKING:
    import pandas as pd

    from hybridts.data.panel import Origins, Panel
    from hybridts.data.read import Columns, Loaded
    from hybridts.models.protocols import Fitted
    from hybridts.names.registry import Registry

#: Series named in a warning, so that a thousand of them still make one that is read.
SHOWN = 3


def model(name: str, settings: Mapping[str, Mapping[str, Any]] | None = None) -> Model:
    """The forecaster with this name.

    Args:
        name: a published name, a combo or an expression, any case.
        settings: keyed by token.

    Raises:
        UnknownName: it does not parse; the message names the nearest.
        BadSetting: a setting that does not exist, or that nothing in this name would use.
    """
    table = registry()
    recipe = parse(name, table, settings)
    for key, values in (settings or {}).items():
        if key.casefold() == NETWORK.casefold():
            _refuse_unused(recipe, values)
    return Model(recipe, table)


def _refuse_unused(recipe: Recipe, network: Mapping[str, Any]) -> None:
    """In a backtest these settings are for whichever name has a network; one name that has none was mistaken."""
    kinds = [stage.kind for stage in recipe.stages()]
    if "neural" not in kinds:
        raise BadSetting(f"{recipe.name} has no network: settings for {NETWORK} mean nothing here.", NETWORK, network)
    if network.get("quantiles") and len(kinds) > 1:
        why = f"quantiles come from a network that stands alone, and {recipe.name} has {len(kinds)} stages."
        raise BadSetting(f"{why} Leave the setting out, or ask the network.", "quantiles", network["quantiles"])


@dataclass(frozen=True)
class Model:
    """A recipe, not fitted to anything."""

    recipe: Recipe
    registry: Registry = field(repr=False)

    def fit(  # noqa: PLR0913 - the published signature: each is a plain word a user writes
        self,
        df: Any,
        horizon: int,
        *,
        season: int | None = None,
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
        columns: Columns | None = None,
    ) -> FittedModel:
        """Fit on everything in `df` (a path, a pandas or polars frame: unique_id, ds, y).

        Args:
            df: as in `hybridts.backtest`.
            horizon: steps that `predict` will answer.
            season, freq: seasonal period and frequency; None: from the timestamps.
            time, target, id, group, past, future, static: columns, where detection needs help.
            seed: for everything random; jobs: worker processes (results do not depend on it).
            columns: all columns at once, instead of the words above.

        Raises:
            DataError: the data cannot be read.
            NotApplicable: the name has no meaning on these data.
            StageFailure: a stage could not be fitted.
        """
        from hybridts.data.datasets import resolve
        from hybridts.data.read import Columns, as_names
        from hybridts.engine.executors import workers_of
        from hybridts.evaluation.rolling_origin import Schedule

        columns = columns or Columns(
            time=time,
            target=as_names("target", target),
            id=id,
            group=group,
            past=as_names("past", past),
            future=as_names("future", future),
            static=as_names("static", static),
        )
        steps, workers = Schedule(horizon).horizon, workers_of(jobs)
        loaded = resolve(df, columns, freq=freq, season=season)
        fitted, notes = fit_recipe(self.recipe, self.registry, loaded, steps, seed, workers.jobs)
        for stage, found in notes.items():
            out = [*found.get("members_left_out", ()), *found.get("members_unproven", ())]
            if out:
                text = f"{stage} goes on without {', '.join(out)}: no forecast, or too few hindcasts (see `notes`)."
                warnings.warn(text, UserWarning, stacklevel=2)
        return FittedModel(self.recipe, fitted, loaded, horizon, (df, columns, freq, season), notes)

    def predict(self, *_: Any, **__: Any) -> NoReturn:
        """Only what is fitted can forecast.

        Raises:
            UserError: always; it says what to do first.
        """
        raise UserError(f"{self.recipe.name} is not fitted yet: write model(...).fit(df, horizon).predict().")


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A name fitted on all data.

    Attributes:
        recipe: what the name means.
        fitted: the fitted stages.
        loaded: the data.
        horizon: steps that `predict` answers.
        notes: stage -> what it found: orders and components; of a correction its gate per step ("gate"), the evidence
            ("gate_reason"), feature importances; of a learned ensemble the members' mean weights.
    """

    recipe: Recipe
    fitted: Fitted = field(repr=False)
    loaded: Loaded = field(repr=False)
    horizon: int
    _source: tuple[Any, ...] = field(repr=False)
    notes: Mapping[str, Mapping[str, Any]] = field(repr=False, default_factory=dict)

    @property
    def failures(self) -> dict[str, str]:
        """Series id -> why it could not be fitted: which series, what was found, what to do. Usually empty."""
        return dict(self.fitted.failures)

    def predict(self, future: pd.DataFrame | None = None) -> pd.DataFrame:
        """The next `horizon` values of every series.

        Args:
            future: known-future covariates of the next rows (id, time, columns), where the model was fitted with some
                and the data did not hold them.

        Returns:
            Long frame: unique_id, ds, one column named as the model. A single network with the setting `quantiles` adds
            one column per level, such as `LSTM-q0.9`; its own column is then the median. A series without a
            forecast has NaN, and a warning names it and says why (see also `failures`).

        Raises:
            DataError: known-future values that a series needs are missing.
            StageFailure: no series has a forecast.
        """
        import pandas as pd

        from hybridts.data import calendar

        panel = self.loaded.panel if future is None else self._extended(future)
        origins = panel.ends()
        if panel.future.size:
            self._refuse_missing(panel)
        values = self.fitted.forecast(panel, origins)
        silent = self._silent(panel, origins[np.flatnonzero(~np.isfinite(values).all(axis=1))])
        if silent:
            warnings.warn(self._told(silent, len(origins)), UserWarning, stacklevel=2)
        ahead = calendar.later(panel.times[panel.rows(origins)], panel.freq, panel.step, self.horizon)
        columns = {
            "unique_id": np.repeat(np.asarray(panel.ids, dtype=object)[origins.series], self.horizon),
            "ds": calendar.to_pandas(ahead.ravel(), panel.freq),
            self.recipe.name: values.ravel(),
        }
        if isinstance(self.fitted, Quantiled) and self.fitted.levels:
            answers = self.fitted.quantiles(panel, origins)
            names = [f"{self.recipe.name}-q{level:g}" for level in self.fitted.levels]
            columns |= {name: answers[..., i].ravel() for i, name in enumerate(names)}
        return pd.DataFrame(columns)

    def save_weights(self, path: Path | str, stage: str | None = None) -> Path:
        """Write the trained network, for the setting `init` of another: `path`.safetensors and `path`.json.

        Args:
            path: with or without the ending of either file.
            stage: which network, where the name has several: as `hybridts explain` prints the stage.

        Returns:
            The path of the tensors, ready for `init`.

        Raises:
            UserError: the name has no network, several and `stage` picks none, or its gate is shut and none was kept.
            StoreError: the files cannot be written.
        """
        networks = _numbered(_networks(self.recipe.root, self.fitted))
        wanted = {k: v for k, v in networks.items() if stage is None or k.casefold() == stage.casefold()}
        if len(wanted) != 1:
            has = f"its networks: {', '.join(networks)}; pick one by stage=" if networks else "it has no network"
            raise UserError(f"{self.recipe.name}: no single network to save, {has}.")
        ((name, network),) = wanted.items()
        if network is None:
            why = "did not help, so its gate is shut and no network was kept"
            raise UserError(f"{self.recipe.name}: the correction {name} {why}; there are no weights to save.")
        from hybridts import __version__
        from hybridts.models.neural.saved_network import save

        return save(network, path, __version__).tensors

    def _extended(self, future: pd.DataFrame) -> Any:
        """The panel with the rows of `future` behind it."""
        import pandas as pd

        from hybridts.data.read import load

        source, columns, freq, season = self._source
        if not isinstance(source, pd.DataFrame):
            raise UserError("predict(future=...) needs a model that was fitted on a pandas frame.")
        if not isinstance(future, pd.DataFrame):
            raise UserError(
                "predict(future=...) takes a pandas frame of the known columns of the next rows, found "
                f"{type(future).__name__}. How many steps are forecast was said by fit(df, horizon)."
            )
        panel = load(pd.concat([source, future], ignore_index=True), columns, freq=freq, season=season).panel
        new = [name for name in panel.ids if name not in self.loaded.panel.index]
        if new:
            raise DataError(
                f"`future` has series {new[0]!r}, which the model was not fitted on. Leave it out, or fit on it too."
            )
        return panel

    def _silent(self, panel: Panel, origins: Origins) -> dict[str, str]:
        """Series id -> why it has no forecast, for origins that have none.

        Raises:
            DataError: the caller can give what is missing.
        """
        if not len(origins):
            return {}
        missing = lacks(self.fitted, panel, origins)
        if missing:
            raise DataError(next(iter(missing.values())))
        known = {**why(self.fitted, panel, origins), **self.fitted.failures}
        names = [panel.ids[i] for i in origins.series]
        return {name: known.get(name, f"Series {name!r}: its forecast is not finite.") for name in names}

    def _told(self, silent: Mapping[str, str], asked: int) -> str:
        """One text on series without a forecast, the first few with their reasons.

        Raises:
            StageFailure: these are all that were asked for.
        """
        reasons = list(silent.values())
        if len(silent) == asked:
            raise StageFailure(f"{self.recipe.name}: no series has a forecast ({asked} asked); the first: {reasons[0]}")
        more = f" And {len(reasons) - SHOWN} more." if len(reasons) > SHOWN else ""
        listed = " ".join(f"{reason.rstrip('.')}." for reason in reasons[:SHOWN])
        return (
            f"{self.recipe.name}: {len(silent)} of {asked} series have no forecast, their rows are NaN (see "
            f"`failures`). {listed}{more}"
        )

    def _refuse_missing(self, panel: Any) -> None:
        short = np.flatnonzero(panel.reach - panel.stops < self.horizon)
        if len(short):
            i = int(short[0])
            raise DataError(
                f"the model was fitted with known-future columns {panel.columns.get('future')}: series "
                f"{panel.ids[i]!r} has {int(panel.reach[i] - panel.stops[i])} of the {self.horizon} rows needed after "
                "its last target. Give them by predict(future=frame with id, time and these columns)."
            )


def _networks(node: Node | Stage, fitted: Any) -> Iterator[tuple[str, Any]]:
    """Every neural stage of a tree and its fitted network, left to right; None where a shut gate left none."""
    if isinstance(node, Stage):
        if node.kind == "neural":
            yield str(node), fitted
    elif isinstance(node, Ensemble):
        for member, each in zip(node.members, fitted.members, strict=True):
            yield from _networks(member, each)
    elif len(node.stages) == 1:
        yield from _networks(node.stages[0], fitted)
    else:
        yield from _networks(node.stages[0], fitted.base)
        for stage, learned in zip(node.stages[1:], fitted.corrections, strict=True):
            yield from _networks(stage, learned.correction)


def _numbered(found: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """By name; the second of a name is NAME@2, as in settings."""
    named: dict[str, Any] = {}
    count: dict[str, int] = {}
    for name, value in found:
        if value is not None and any(value is other for other in named.values()):
            continue  # one fit that two members share
        count[name] = count.get(name, 0) + 1
        named[name if count[name] == 1 else f"{name}@{count[name]}"] = value
    return named


def fit_recipe(
    recipe: Recipe, table: Registry, loaded: Loaded, horizon: int, seed: int, jobs: int | None
) -> tuple[Fitted, dict[str, Mapping[str, Any]]]:
    """Plan and run one name at the end of the data; back come its fitted form and what each stage found."""
    from hybridts.engine.engine import Job, run_once
    from hybridts.engine.graph import RefitWindow, TrainingSlice
    from hybridts.hybrids.hindcast_rows import ForecastSpec

    panel = loaded.panel
    names = {parse(combo.name, table).root: combo.name for combo in used_by([recipe.name], table)}
    window = RefitWindow(0, TrainingSlice(None, panel.lengths - 1), panel.ends())
    job = Job(
        (recipe,),
        panel,
        table,
        (window,),
        ForecastSpec(horizon, 0, seed),
        display_names={**names, recipe.root: recipe.name},
    )
    with run_once(job, workers=jobs, keep=True) as finished:
        return finished.fitted(recipe.name), finished.notes(recipe.name)
