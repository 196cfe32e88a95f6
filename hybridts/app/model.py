"""A name that is not fitted yet, and its fit on all data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from hybridts.app.fit_recipe import fit_recipe
from hybridts.app.fitted_model import FittedModel, warn_of_members, warn_without
from hybridts.errors import BadSetting, UserError
from hybridts.hybrids.interval_levels import check_levels
from hybridts.hybrids.limits import Nonnegative, check_nonnegative
from hybridts.names.grammar import parse
from hybridts.names.plugins import registry
from hybridts.names.recipe import NETWORK, Recipe

if TYPE_CHECKING:
    from hybridts.data.read import Columns, DataSource, Loaded
    from hybridts.names.recipe import Settings
    from hybridts.names.registry import Registry


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
        columns: Columns | None = None,
        holidays: str | Sequence[str] = (),
        nonnegative: Nonnegative = "auto",
        reading: Mapping[str, Any] | None = None,
        levels: Sequence[float] | float | None = None,
        quantiles: Sequence[float] | float | None = None,
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
            season: seasonal period in rows; None: by the frequency; "auto": the one that the data show.
            freq: pandas frequency alias; None: inferred.
            time, target, id, group, past, future, static: names of columns, where they cannot be detected.
            seed: seed for everything random.
            jobs: worker processes; None: one per core. The numbers do not depend on it.
            columns: all column roles in one object, instead of the seven arguments above.
            holidays: countries, as "DE" or "DE-BY", whose public holidays become known-future columns.
            nonnegative: "auto" keeps forecasts of series that were never below 0 from going below it; True keeps all,
                False none.
            reading: how to read what the data do not show, as in `hybridts.backtest`.
            levels: levels of intervals in percent, such as [80, 95], that `predict` adds; it can be asked for others
                later. They are learned from the errors of hindcasts. Hybrids and ensembles with learned weights have
                these anyway; other names are fitted on up to six earlier folds, too.
            quantiles: instead of `levels`, quantiles such as [0.1, 0.5, 0.9].

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
        from hybridts.names.auto import settled

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
        rule, countries = check_nonnegative(nonnegative), check_countries(as_names("holidays", holidays))
        asked = check_levels(levels, quantiles)
        loaded = _owned(resolve(df, columns, freq=freq, season=season, reading=reading))
        panel = with_holidays(loaded.panel, countries, steps)
        loaded = replace(loaded, notices=(*loaded.notices, *covariate_notices(panel, steps)))
        recipe, more = settled(self.recipe, panel), bool(asked.probabilities)
        fitted, notes, intervals = fit_recipe(recipe, self.registry, panel, steps, seed, workers.jobs, intervals=more)
        warn_of_members(notes)
        warn_without(recipe.name, intervals)
        facts = (recipe, fitted, loaded, steps, int(seed), self.registry, notes, rule, countries)
        return FittedModel(*facts, intervals, asked)

    def predict(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse to forecast, because only a fitted model can.

        Raises:
            UserError: always; the message shows how to fit first.
        """
        raise UserError(f"{self.recipe.name} is not fitted yet: write model(...).fit(df, horizon).predict().")


def _owned(loaded: Loaded) -> Loaded:
    """Return the data in arrays of their own: what the caller does with a frame later must not reach a model."""
    panel = loaded.panel
    copied = {name: getattr(panel, name).copy() for name in ("values", "times", "past", "future", "static")}
    return replace(loaded, panel=replace(panel, **copied))
