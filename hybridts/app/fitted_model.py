"""One name fitted on all data: the same stages as in a backtest, to forecast the rows after the data."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from hybridts.app.fitted_networks import networks_of
from hybridts.errors import BadSetting, DataError, StageFailure, UserError
from hybridts.hybrids.fitted import lacks, why
from hybridts.hybrids.limits import Limits, Nonnegative, check_nonnegative
from hybridts.models.protocols import Quantiled
from hybridts.models.settings import load_target
from hybridts.names.grammar import parse
from hybridts.names.plugins import registry, used_by
from hybridts.names.recipe import NETWORK, Recipe

if TYPE_CHECKING:
    import pandas as pd

    from hybridts.data.panel import Origins, Panel
    from hybridts.data.read import Columns, DataSource, Loaded
    from hybridts.models.protocols import Fitted
    from hybridts.names.recipe import Settings
    from hybridts.names.registry import Registry

#: Most series that a warning names with their reasons.
SHOWN = 3


def model(name: str, settings: Settings | None = None) -> Model:
    """Return the model with this name, not fitted yet.

    >>> import hybridts as ht
    >>> ht.model("cnn-lstm-xgboost").recipe.name
    'CNN-LSTM-XGBoost'

    Args:
        name: a published name, a combo or an expression, in any case.
        settings: settings by token: {"LSTM": {"hidden": 32}}.

    Raises:
        UnknownName: the name does not parse; the message suggests the nearest.
        BadSetting: a setting does not exist, or nothing in this name uses it.
    """
    table = registry()
    recipe = parse(name, table, settings)
    for key, values in (settings or {}).items():
        if key.casefold() == NETWORK.casefold():
            _refuse_unused(recipe, values)
    return Model(recipe, table)


def _refuse_unused(recipe: Recipe, network: Mapping[str, Any]) -> None:
    """Refuse settings of networks that the name does not use; a backtest accepts them for its other names."""
    kinds = [stage.kind for stage in recipe.stages()]
    if "neural" not in kinds:
        raise BadSetting(f"{recipe.name} has no network: settings for {NETWORK} mean nothing here.", NETWORK, network)
    if network.get("quantiles") and len(kinds) > 1:
        why_not = f"quantiles are for a single network, and {recipe.name} has {len(kinds)} stages."
        raise BadSetting(f"{why_not} Leave it out, or use the network alone.", "quantiles", network["quantiles"])


@dataclass(frozen=True)
class Model:
    """A model that is not fitted yet; `fit` returns the fitted one.

    Attributes:
        recipe: the parsed name: its stages and their settings.
        registry: the components and combos that the name was parsed with.
    """

    recipe: Recipe
    registry: Registry = field(repr=False)

    def fit(  # noqa: PLR0913 - the published signature: one plain option per argument
        self,
        df: DataSource,
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
        holidays: str | Sequence[str] = (),
        nonnegative: Nonnegative = "auto",
    ) -> FittedModel:
        """Fit on all rows of the data.

        >>> import hybridts as ht
        >>> ht.model("SeasonalNaive").fit("dataset:airpassengers", horizon=2, jobs=1).predict()
               unique_id         ds  SeasonalNaive
        0  airpassengers 1961-01-01          417.0
        1  airpassengers 1961-02-01          391.0

        Args:
            df: as in `hybridts.backtest`: a frame (unique_id, ds, y), a path, a Panel, or "dataset:NAME".
            horizon: steps that `predict` forecasts, in rows.
            season: seasonal period in rows; None: by the frequency.
            freq: pandas frequency alias; None: inferred.
            time, target, id, group, past, future, static: names of columns, where they cannot be detected.
            seed: seed for everything random.
            jobs: worker processes; None: one per core. The numbers do not depend on it.
            columns: all column roles in one object, instead of the seven arguments above.
            holidays: countries, as "DE" or "DE-BY", whose public holidays become known-future columns.
            nonnegative: "auto" keeps forecasts of series that were never below 0 from going below it; True keeps all,
                False none.

        Raises:
            DataError: the data cannot be read.
            BadSetting: an argument or a setting has a value that is not allowed.
            NotApplicable: the name cannot be used on these data, such as VAR on one series.
            StageFailure: a stage could not be fitted.

        A warning names the members that a learned ensemble leaves out.
        """
        from hybridts.data.covariate_checks import covariate_notices
        from hybridts.data.datasets import resolve
        from hybridts.data.holiday_columns import check_countries, with_holidays
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
        countries = check_countries(as_names("holidays", holidays))
        panel = with_holidays(loaded.panel, countries, steps)
        loaded = replace(loaded, panel=panel, notices=(*loaded.notices, *covariate_notices(panel, steps)))
        fitted, notes = fit_recipe(self.recipe, self.registry, loaded, steps, seed, workers.jobs)
        for stage, found in notes.items():
            out = [*found.get("members_left_out", ()), *found.get("members_unproven", ())]
            if out:
                text = f"{stage} leaves out {', '.join(out)}: no forecast, or too few hindcasts (see `notes`)."
                warnings.warn(text, UserWarning, stacklevel=2)
        rule = check_nonnegative(nonnegative)
        return FittedModel(self.recipe, fitted, loaded, horizon, (df, columns, freq, season), notes, rule, countries)

    def predict(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse to forecast, because only a fitted model can.

        Raises:
            UserError: always; the message shows how to fit first.
        """
        raise UserError(f"{self.recipe.name} is not fitted yet: write model(...).fit(df, horizon).predict().")


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A model fitted on all data.

    Attributes:
        recipe: the parsed name: its stages and their settings.
        fitted: the fitted stages.
        loaded: the data, and what was decided while reading them.
        horizon: steps that `predict` forecasts.
        notes: stage -> what its fit found: orders and components; of a correction the gate per step ("gate"), the
            reason for it ("gate_reason") and feature importances; of a learned ensemble the members' mean weights.
        nonnegative, holidays: as in `Model.fit`.
    """

    recipe: Recipe
    fitted: Fitted = field(repr=False)
    loaded: Loaded = field(repr=False)
    horizon: int
    _source: tuple[DataSource, Columns, str | None, int | None] = field(repr=False)
    notes: Mapping[str, Mapping[str, Any]] = field(repr=False, default_factory=dict)
    nonnegative: Nonnegative = "auto"
    holidays: tuple[str, ...] = ()

    @property
    def failures(self) -> dict[str, str]:
        """Return series id -> why it could not be fitted and what to do. Usually empty."""
        return dict(self.fitted.failures)

    def predict(self, future: pd.DataFrame | None = None) -> pd.DataFrame:
        """Forecast the next `horizon` values of every series.

        >>> import hybridts as ht
        >>> fitted = ht.model("Naive").fit("dataset:airpassengers", horizon=3, jobs=1)
        >>> fitted.predict()["Naive"].tolist()
        [432.0, 432.0, 432.0]

        Args:
            future: known-future covariates of the next rows (id, time and the columns), needed if the model was fitted
                with such columns and the data did not have these rows.

        Returns:
            Columns unique_id, ds and one named as the model, in the units of the data; a row per series and step. A
            single network with the setting `quantiles` adds a column per level, such as `LSTM-q0.9`; its own column is
            then the median. A series without a forecast has NaN, and a warning gives the reason (see `failures`).

        Raises:
            UserError: `future` is not a frame, or the model was not fitted on one.
            DataError: known-future values that a series needs are missing.
            StageFailure: no series has a forecast.
        """
        import pandas as pd

        from hybridts.data import calendar

        panel = self.loaded.panel if future is None else self._extended(future)
        origins = panel.ends()
        if panel.future.size:
            self._check_future_rows(panel)
        limits = Limits(panel, panel, self.horizon, 0, self.nonnegative)
        values = limits.apply(origins, self.fitted.forecast(panel, origins))
        missing = self._missing(panel, origins[np.flatnonzero(~np.isfinite(values).all(axis=1))])
        if missing:
            warnings.warn(self._missing_text(missing, len(origins)), UserWarning, stacklevel=2)
        ahead = calendar.later(panel.times[panel.rows(origins)], panel.freq, panel.step, self.horizon)
        columns = {
            "unique_id": np.repeat(np.asarray(panel.ids, dtype=object)[origins.series], self.horizon),
            "ds": calendar.to_pandas(ahead.ravel(), panel.freq),
            self.recipe.name: values.ravel(),
        }
        if isinstance(self.fitted, Quantiled) and self.fitted.levels:
            quantiles = limits.apply(origins, self.fitted.quantiles(panel, origins))
            names = [f"{self.recipe.name}-q{level:g}" for level in self.fitted.levels]
            columns |= {name: quantiles[..., i].ravel() for i, name in enumerate(names)}
        return pd.DataFrame(columns)

    def save_weights(self, path: Path | str, stage: str | None = None) -> Path:
        """Write the trained network for the setting `init` of another: `path`.safetensors and `path`.json.

        Args:
            path: with or without the ending of either file.
            stage: the network to write if the name has several, as `hybridts explain` prints the stage.

        Returns:
            The path of the .safetensors file, ready for `init`.

        Raises:
            UserError: the name has no network; it has several and `stage` is not one of them; or the gate of the
                network is closed, so that none was kept.
            StoreError: the files cannot be written.
        """
        networks = networks_of(self.recipe, self.fitted)
        wanted = {k: v for k, v in networks.items() if stage is None or k.casefold() == stage.casefold()}
        if len(wanted) != 1:
            has = f"its networks: {', '.join(networks)}; pick one by stage=" if networks else "it has no network"
            raise UserError(f"{self.recipe.name}: no single network to save, {has}.")
        ((name, network),) = wanted.items()
        if network is None:
            reason = "did not help, so its gate is shut and no network was kept"
            raise UserError(f"{self.recipe.name}: the correction {name} {reason}; there are no weights to save.")
        from hybridts.models.neural.saved_network import save

        return save(network, path, load_target("hybridts:__version__")).tensors

    def _extended(self, future: pd.DataFrame) -> Panel:
        """Return the panel with the rows of `future` after it."""
        import pandas as pd

        from hybridts.data.holiday_columns import with_holidays
        from hybridts.data.read import load

        source, columns, freq, season = self._source
        if not isinstance(source, pd.DataFrame):
            raise UserError("predict(future=...) needs a model that was fitted on a pandas frame.")
        if not isinstance(future, pd.DataFrame):
            raise UserError(
                "predict(future=...) takes a pandas frame of the known columns of the next rows, found "
                f"{type(future).__name__}. Set the number of steps by fit(df, horizon)."
            )
        panel = load(pd.concat([source, future], ignore_index=True), columns, freq=freq, season=season).panel
        panel = with_holidays(panel, self.holidays, self.horizon)
        new = [name for name in panel.ids if name not in self.loaded.panel.index]
        if new:
            raise DataError(
                f"`future` has series {new[0]!r}, which the model was not fitted on. Leave it out, or fit on it too."
            )
        return panel

    def _missing(self, panel: Panel, origins: Origins) -> dict[str, str]:
        """Return series id -> reason, for origins without a forecast.

        Raises:
            DataError: known-future values are missing that the caller can give.
        """
        if not len(origins):
            return {}
        needed = lacks(self.fitted, panel, origins)
        if needed:
            raise DataError(next(iter(needed.values())))
        known = {**why(self.fitted, panel, origins), **self.fitted.failures}
        names = [panel.ids[i] for i in origins.series]
        return {name: known.get(name, f"Series {name!r}: its forecast is not finite.") for name in names}

    def _missing_text(self, missing: Mapping[str, str], total: int) -> str:
        """Return one text on series without a forecast, with the reasons of the first few.

        Raises:
            StageFailure: no series of `total` has a forecast.
        """
        reasons = list(missing.values())
        if len(missing) == total:
            raise StageFailure(f"{self.recipe.name}: no series has a forecast (of {total}); the first: {reasons[0]}")
        more = f" And {len(reasons) - SHOWN} more." if len(reasons) > SHOWN else ""
        listed = " ".join(f"{reason.rstrip('.')}." for reason in reasons[:SHOWN])
        return (
            f"{self.recipe.name}: {len(missing)} of {total} series have no forecast, their rows are NaN (see "
            f"`failures`). {listed}{more}"
        )

    def _check_future_rows(self, panel: Panel) -> None:
        """Refuse a panel in which a series has fewer known-future rows than the horizon."""
        short = np.flatnonzero(panel.reach - panel.stops < self.horizon)
        if len(short):
            i = int(short[0])
            raise DataError(
                f"the model was fitted with known-future columns {panel.columns.get('future')}: series "
                f"{panel.ids[i]!r} has {int(panel.reach[i] - panel.stops[i])} of the {self.horizon} rows needed after "
                "its last target. Give them by predict(future=frame with id, time and these columns)."
            )


def fit_recipe(
    recipe: Recipe, table: Registry, loaded: Loaded, horizon: int, seed: int, jobs: int | None
) -> tuple[Fitted, dict[str, Mapping[str, Any]]]:
    """Fit one recipe at the end of the data; return the fitted model, and the notes of each stage by its name."""
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
