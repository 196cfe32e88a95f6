"""One name fitted on all data: the same stages as in a backtest, to forecast the rows after the data."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from hybridts.app.fit_recipe import fit_recipe, starts_of
from hybridts.app.fitted_networks import networks_of
from hybridts.app.forecast_table import table_of
from hybridts.app.unseen_series import left_out
from hybridts.data.covariate_checks import check_rows_ahead
from hybridts.errors import BadSetting, DataError, StageFailure, UserError, did_you_mean
from hybridts.hybrids.fitted import lacks, why
from hybridts.hybrids.interval_levels import NO_LEVELS, Levels, check_levels
from hybridts.hybrids.limits import Limits, Nonnegative
from hybridts.models.checks import is_whole
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import Quantiled
from hybridts.models.settings import load_target
from hybridts.names.plugins import registry
from hybridts.names.recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd

    from hybridts.data.new_rows import Extended
    from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
    from hybridts.data.read import Columns, DataSource, Loaded
    from hybridts.hybrids.intervals import Intervals
    from hybridts.models.protocols import Fitted
    from hybridts.names.registry import Registry

#: Most series that a warning names with their reasons.
SHOWN = 3
_HOW = Literal["refit", "warm", "frozen"]


def warn_of_members(notes: Mapping[str, Mapping[str, Any]]) -> None:
    """Warn of members that a learned ensemble leaves out."""
    for stage, found in notes.items():
        out = [*found.get("members_left_out", ()), *found.get("members_unproven", ())]
        if out:
            text = f"{stage} leaves out {', '.join(out)}: no forecast, or too few hindcasts (see `notes`)."
            warnings.warn(text, UserWarning, stacklevel=3)


def warn_without(name: str, intervals: Intervals | None) -> None:
    """Warn of a name whose intervals cannot be learned."""
    if intervals is not None and intervals.reason:
        warnings.warn(f"{name} has no intervals, their columns are NaN: {intervals.reason}.", UserWarning, stacklevel=3)


def load(path: Path | str) -> FittedModel:
    """Return the fitted model that `FittedModel.save` wrote; opening it runs nothing of it.

    >>> import hybridts as ht
    >>> import tempfile
    >>> folder = tempfile.mkdtemp() + "/m"
    >>> ht.model("Naive").fit("dataset:airpassengers", horizon=2, jobs=1).save(folder).name
    'm'
    >>> ht.load(folder).predict()["Naive"].tolist()
    [432.0, 432.0]

    Args:
        path: the folder or .zip.

    Raises:
        DataError: there is no model, or it is damaged, of a newer format, or needs a class of yours that is not
            registered in this process.
    """
    from hybridts.app import saved_model
    from hybridts.data.read import Loaded

    table = registry()
    state = saved_model.load(Path(path), table)
    loaded = Loaded(state.panel, state.notices, state.unseen, state.roles, str(path), state.given)
    return FittedModel(
        state.recipe,
        state.fitted,
        loaded,
        state.horizon,
        state.seed,
        table,
        state.notes,
        state.nonnegative,
        state.holidays,
        state.intervals,
        state.levels,
    )


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A model fitted on all data. It never changes: `update` returns another one.

    Attributes:
        recipe: the parsed name: its stages and their settings.
        fitted: the fitted stages.
        loaded: the data, and what was decided while reading them.
        horizon: steps that `predict` forecasts.
        seed: of everything random in the fit.
        registry: the components and combos that the name was parsed with.
        notes: stage -> what its fit found: orders and components; of a correction the gate per step ("gate"), the
            reason for it ("gate_reason") and feature importances; of a learned ensemble the members' mean weights.
        nonnegative, holidays: as in `Model.fit`.
        intervals: what intervals need; None for a fit without them.
        levels: the intervals that `predict` adds by default.
    """

    recipe: Recipe
    fitted: Fitted = field(repr=False)
    loaded: Loaded = field(repr=False)
    horizon: int
    seed: int = 0
    registry: Registry = field(repr=False, default_factory=registry)
    notes: Mapping[str, Mapping[str, Any]] = field(repr=False, default_factory=dict)
    nonnegative: Nonnegative = "auto"
    holidays: tuple[str, ...] = ()
    intervals: Intervals | None = field(repr=False, default=None)
    levels: Levels = NO_LEVELS

    @property
    def failures(self) -> dict[str, str]:
        """Return series id -> why it could not be fitted and what to do. Usually empty."""
        return dict(self.fitted.failures)

    @property
    def roles(self) -> Columns:
        """Return the names of the columns of the data that the model was fitted on."""
        from hybridts.data.read import Columns

        if self.loaded.roles is not None:
            return self.loaded.roles
        past, future, static = (self.loaded.panel.columns.get(role, ()) for role in ("past", "future", "static"))
        return Columns(time="ds", target=("y",), id="unique_id", past=past, future=future, static=static)

    def predict(
        self,
        future: DataSource | None = None,
        *,
        new_rows: DataSource | None = None,
        horizon: int | None = None,
        levels: Sequence[float] | float | None = None,
        quantiles: Sequence[float] | float | None = None,
    ) -> pd.DataFrame:
        """Forecast the next `horizon` values of every series.

        >>> import hybridts as ht
        >>> fitted = ht.model("Naive").fit("dataset:airpassengers", horizon=3, jobs=1)
        >>> fitted.predict()["Naive"].tolist()
        [432.0, 432.0, 432.0]

        Args:
            future: known-future covariates of the next rows (id, time and the columns), needed if the model was fitted
                with such columns and the data did not have these rows. A target among them is not read.
            new_rows: what has become known since the fit: the later rows alone, or the whole history up to now, as a
                frame or a path. The series in it are forecast from their last known target, with the parameters of the
                fit; rows without a target are rows to come. Series that the fit did not see are forecast where every
                stage is global (networks, learners, baselines).
            horizon: fewer steps than the model was fitted for; None: all.
            levels: levels of intervals in percent, such as [80, 95]; None: those of the fit. The model must have been
                fitted with some.
            quantiles: instead of `levels`, quantiles such as [0.1, 0.5, 0.9].

        Returns:
            Columns unique_id, ds and one named as the model, in the units of the data; a row per series and step. Of
            every level NAME-lo-80 and NAME-hi-80, of every quantile NAME-q0.1, NaN where no interval can be learned. A
            single network with the setting `quantiles` adds a column per level, such as `LSTM-q0.9`; its own column is
            then the median. A series without a forecast has NaN, and a warning gives the reason (see `failures`).

        Raises:
            DataError: known-future values that a series needs are missing, or rows do not continue the data.
            BadSetting: `horizon` is longer than that of the fit.
            StageFailure: no series has a forecast.
        """
        if isinstance(future, (int, float)):
            raise UserError(
                "predict(future=...) takes a frame or a path with the known columns of the next rows, found "
                f"{type(future).__name__}. Set the number of steps by fit(df, horizon), fewer by predict(horizon=...)."
            )
        steps, asked = self._steps(horizon), self._levels(levels, quantiles)
        panel, origins = self._origins(future, new_rows)
        limits = Limits(panel, panel, self.horizon, 0, self.nonnegative)
        values = limits.apply(origins, self.fitted.forecast(panel, origins))
        missing = self._missing(panel, origins[np.flatnonzero(~np.isfinite(values).all(axis=1))])
        if missing:
            warnings.warn(self._missing_text(missing, len(origins)), UserWarning, stacklevel=2)
        columns, native = {self.recipe.name: values[:, :steps]}, self._native(limits, origins)
        columns |= {f"{self.recipe.name}-q{level:g}": own[:, :steps] for level, own in native.items()}
        columns |= self._interval_columns(asked, limits, Forecast(origins, values, native), steps)
        from hybridts.data.read import restored

        return restored(table_of(panel, origins, columns), self.loaded.given)

    def explain_forecast(
        self, series: str | None = None, *, future: DataSource | None = None, new_rows: DataSource | None = None
    ) -> pd.DataFrame:
        """Take the forecast apart: the base, each correction with its gate, members with their weights, the limits.

        >>> import hybridts as ht
        >>> fitted = ht.model("Naive + Drift").fit("dataset:airpassengers", horizon=1, jobs=1)
        >>> fitted.explain_forecast()[["part", "kind", "factor", "contribution"]].round(2)
            part    kind  factor  contribution
        0  Naive  member     0.5        216.00
        1  Drift  member     0.5        217.12

        Args:
            series: id of one series; None: all.
            future, new_rows: as in `predict`.

        Returns:
            A row per series, step and part: unique_id, ds, part, kind ("base", "member", "correction" or "limits"),
            factor (gate or weight, between 0 and 1), value (before the factor), contribution (factor x value) and
            forecast, in the units of the data. The contributions of a step, added in order, are its forecast exactly.
            "limits" is what keeping the forecast within the data's limits changed (see `nonnegative`).

        Raises:
            DataError: there is no such series; or as `predict`.
        """
        from hybridts.app.forecast_parts import parts_of, table_of_parts
        from hybridts.data.read import restored

        panel, origins = self._origins(future, new_rows)
        if series is not None:
            ids = [panel.ids[i] for i in origins.series]
            if str(series) not in ids:
                raise DataError(f"the model has no series {series!r}.{did_you_mean(str(series), ids)}")
            origins = origins[np.array([name == str(series) for name in ids])]
        limits = Limits(panel, panel, self.horizon, 0, self.nonnegative)
        forecast = limits.apply(origins, self.fitted.forecast(panel, origins))
        parts = parts_of(self.fitted, self.recipe.root, panel, origins, forecast)
        return restored(table_of_parts(parts, panel, origins, forecast), self.loaded.given)

    def _origins(self, future: DataSource | None, new_rows: DataSource | None) -> tuple[Panel, Origins]:
        """Return the data with new rows, and where the series to forecast end."""
        panel, given = self._panel(future, new_rows)
        origins = panel.ends()
        origins = origins[np.isin(origins.series, given)]
        check_rows_ahead(panel, origins, self.horizon)
        return panel, origins

    def _levels(self, levels: object, quantiles: object) -> Levels:
        """Return the intervals to add.

        Raises:
            BadSetting: a value is not allowed, or the model was fitted without intervals.
        """
        if levels is None and quantiles is None:
            return self.levels
        asked = check_levels(levels, quantiles)
        if self.intervals is None:
            name, value = ("levels", levels) if quantiles is None else ("quantiles", quantiles)
            example = "[80, 95]" if quantiles is None else "[0.1, 0.5, 0.9]"
            why = (
                f"{self.recipe.name} was fitted without intervals. Fit it with them: fit(df, horizon, {name}={example})"
            )
            raise BadSetting(f"{why}, or hybridts fit ... --{name} {example[1:-1].replace(' ', '')}.", name, value)
        return asked

    def _native(self, limits: Limits, origins: Origins) -> dict[float, FloatArray]:
        """Return probability -> [M, H] the quantiles that a single network forecasts itself."""
        if not isinstance(self.fitted, Quantiled) or not self.fitted.levels:
            return {}
        found = limits.apply(origins, self.fitted.quantiles(limits.panel, origins))
        return {level: found[..., i] for i, level in enumerate(self.fitted.levels)}

    def _interval_columns(self, asked: Levels, limits: Limits, forecast: Forecast, steps: int) -> dict[str, FloatArray]:
        """Return column -> [M, steps] of the intervals around a forecast."""
        from hybridts.data.seasonal import seasonal_error
        from hybridts.hybrids.intervals import monotone

        if self.intervals is None or not asked.probabilities:
            return {}
        origins = forecast.origins
        scale = seasonal_error(limits.panel, origins, limits.panel.season)
        learned, own = self.intervals, forecast.quantiles
        found = monotone(learned.quantiles(forecast.mean, origins.series, scale, asked.probabilities, own))
        within = {p: limits.apply(origins, values)[:, :steps] for p, values in found.items()}
        return {column: within[p] for column, p in asked.columns(self.recipe.name).items()}

    def panel_with(self, new_rows: DataSource | None) -> Panel:
        """Return the data that a forecast from new rows starts from, the series to forecast alone."""
        panel, given = self._panel(None, new_rows)
        return panel.take(given)

    def _steps(self, horizon: int | None) -> int:
        """Return the number of steps to forecast.

        Raises:
            BadSetting: it is no whole number, or more than the fit has.
        """
        if horizon is None:
            return self.horizon
        if not is_whole(horizon, 1):
            why = f"horizon must be a whole number of rows, 1 or more, found {horizon!r}."
            raise BadSetting(why, "horizon", horizon)
        if horizon > self.horizon:
            raise BadSetting(
                f"horizon {horizon} is longer than the {self.horizon} steps that {self.recipe.name} was fitted for. "
                f"Ask for {self.horizon} at most, or fit it again with horizon={horizon}.",
                "horizon",
                horizon,
                f"1 to {self.horizon}",
            )
        return int(horizon)

    def _panel(self, future: DataSource | None, new_rows: DataSource | None) -> tuple[Panel, IntArray]:
        """Return the data with new rows and holidays, and the indices of the series to forecast."""
        from hybridts.data.holiday_columns import with_holidays

        panel = self.loaded.panel
        given = np.arange(len(panel))
        if new_rows is not None:
            extended = self._with_new_rows(new_rows)
            panel, given = extended.panel, extended.given
        if future is not None:
            from hybridts.data.new_rows import with_future

            ahead = with_future(panel, self.roles, future, self.loaded.given)
            _warn_all(ahead.notices, 4)
            panel = ahead.panel
        return with_holidays(panel, self.holidays, self.horizon), given

    def _with_new_rows(self, new_rows: DataSource, *, frozen: bool = True) -> Extended:
        """Return the data with new rows; warn of what a reader must know, with `frozen` of the fitted stages too."""
        from hybridts.data.new_rows import with_new_rows

        extended = with_new_rows(self.loaded.panel, self.roles, new_rows, self.loaded.given)
        unseen = extended.panel.ids[len(self.loaded.panel) :]
        _warn_all([*extended.notices, *(left_out(self.recipe, self.fitted, unseen) if frozen else ())], 5)
        return extended

    def update(self, new_rows: DataSource, how: _HOW = "refit", *, jobs: int | None = None) -> FittedModel:
        """Return the model with new rows; this one stays as it is.

        >>> import hybridts as ht
        >>> import pandas as pd
        >>> fitted = ht.model("Naive").fit("dataset:airpassengers", horizon=2, jobs=1)
        >>> more = pd.DataFrame({"ds": ["1961-01-01"], "y": [450.0]})
        >>> fitted.update(more, "frozen").predict()["Naive"].tolist()
        [450.0, 450.0]

        Args:
            new_rows: as in `predict`: later rows, or the whole history up to now.
            how: "refit" fits all stages on all rows; "warm" too, but networks that come first in a name start from
                their weights, with a quarter of the steps; "frozen" keeps all parameters and moves the last row.
            jobs: as in `fit`.

        Raises:
            DataError: the rows do not continue the data, or hold a series that frozen stages cannot answer.
            BadSetting: `how` is none of the three.
        """
        from hybridts.data.holiday_columns import with_holidays
        from hybridts.engine.executors import workers_of

        if how not in get_args(_HOW):
            raise BadSetting(f"how is {how!r}; use refit, warm or frozen.", "how", how, "refit, warm, frozen")
        workers = workers_of(jobs)
        extended = self._with_new_rows(new_rows, frozen=how == "frozen")
        loaded = replace(self.loaded, panel=extended.panel, notices=(*self.loaded.notices, *extended.notices))
        if how == "frozen":
            panel = with_holidays(extended.panel, self.holidays, self.horizon)
            ends = panel.ends()
            self.fitted.forecast(panel, ends[np.isin(ends.series, extended.given)])  # refuses unknown series
            return replace(self, loaded=loaded)
        starts = starts_of(self.recipe, self.fitted) if how == "warm" else []
        panel, steps = with_holidays(extended.panel, self.holidays, self.horizon), self.horizon
        more = self.intervals is not None
        fitted, notes, intervals = fit_recipe(
            self.recipe, self.registry, panel, steps, self.seed, workers.jobs, starts, intervals=more
        )
        warn_of_members(notes)
        warn_without(self.recipe.name, intervals)
        return replace(self, fitted=fitted, loaded=loaded, notes=notes, intervals=intervals)

    def save(self, path: Path | str) -> Path:
        """Write the model into a folder, or into one file that ends in .zip; `hybridts.load` reads it.

        It holds no pickle, and its forecasts after loading are the same to the last digit. A model that is there
        already is replaced. The format is documented in `hybridts.app.saved_model`.

        Returns:
            The path.

        Raises:
            UserError: it holds an object of yours that cannot be stored without pickle; the message names it.
            StoreError: the path cannot be written, or holds something else.
        """
        from hybridts.app import saved_model

        state = saved_model.ModelState(
            self.recipe,
            self.fitted,
            self.loaded.panel,
            self.roles,
            self.horizon,
            self.seed,
            self.loaded.notices,
            self.loaded.unseen,
            self.notes,
            self.nonnegative,
            self.holidays,
            self.loaded.given,
            self.intervals,
            self.levels,
        )
        saved_model.save(state, Path(path), self.registry)
        return Path(path)

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


def _warn_all(notices: Iterable[str], stacklevel: int) -> None:
    for text in notices:
        warnings.warn(text, UserWarning, stacklevel=stacklevel)
