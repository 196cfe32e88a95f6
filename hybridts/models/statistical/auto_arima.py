"""Auto-ARIMA and Auto-SARIMA: the order of every series by AICc, then the same frozen model as a given order.

How it searches: see `_search`. Measured beside statsforecast: experiments/statistical_search.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

import numpy as np

from hybridts.data.panel import FloatArray, Panel
from hybridts.errors import BadSetting
from hybridts.models.protocols import ForResiduals, PerSeries, Reusing
from hybridts.models.settings import INTERNAL
from hybridts.models.statistical._arima.box_cox import Kind
from hybridts.models.statistical._arima.harmonics import LONGEST_LAG, no_waves
from hybridts.models.statistical._arima.order import Order
from hybridts.models.statistical._arima.order_search import Bounds, search
from hybridts.models.statistical._arima.regression_with_errors import How, fit_series
from hybridts.models.statistical._per_series.fit import LocalFitted, SeriesFit, fit_each
from hybridts.models.statistical._settings import flag, whole
from hybridts.models.statistical.arima import FOR_ERRORS, check_engine, need_season, transform_of

AutoEngine = Literal["statsforecast", "pmdarima"]
Known = tuple[tuple[str, Order | str], ...]  # a text says why the order is searched again
#: The walk starts from 5 models.
_LEAST = {
    "max_p": 0,
    "max_q": 0,
    "max_seasonal_p": 0,
    "max_seasonal_q": 0,
    "finalists": 1,
    "max_models": 5,
    "season": 1,
}
_Auto = TypeVar("_Auto", bound="AutoSettings")


@dataclass(frozen=True, kw_only=True)
class AutoSettings(PerSeries, Reusing, ForResiduals):
    """What both searches share.

    Attributes:
        engine: "statsforecast" (our walk, its tests and exact estimates; default) or "pmdarima" (the reference: its
            own walk, up to a hundred times slower; it knows neither `max_models` nor `finalists`).
        max_p, max_q: largest orders tried; max_models: how many models the walk may try (a walk that this ended is
            noted).
        finalists: how many of the walk's best orders are compared at the optimum of their exact likelihood; 1 trusts
            the walk, unless that optimum is near the edge.
        exogenous: regress on the panel's known-future columns, where it has some; the search walks on what they leave.
        transform, boxcox_lambda, bias_adjust: as in `ARIMA`.
        stationary: no differences and no constant, for errors of an earlier stage; no setting, see `for_residuals`.
        known: orders taken over from an earlier fit; no setting, see `reuse`.
    """

    engine: AutoEngine = "statsforecast"
    max_p: int = 5
    max_q: int = 5
    max_models: int = 94
    finalists: int = 1
    exogenous: bool = True
    transform: Kind = "none"
    boxcox_lambda: float | None = None
    bias_adjust: bool = True
    stationary: bool = field(default=False, metadata=INTERNAL)
    known: Known = field(default=(), metadata=INTERNAL)

    def __post_init__(self) -> None:
        _check(self)

    @abstractmethod
    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:
        """Search the order of each series, then estimate its coefficients."""

    def reuse(self: _Auto, notes: Mapping[str, Any]) -> _Auto:
        """Takes the orders in an earlier fit's notes; a series they do not name, or hardly searched, is searched."""
        orders = {name: Order.from_json(data) for name, data in sorted(notes.get("orders", {}).items())}
        known = tuple((name, _unfit(notes, name, order) or order) for name, order in orders.items())
        return replace(self, known=known)

    def for_residuals(self: _Auto) -> _Auto:
        """The variant for errors of an earlier stage: d = D = 0, no constant."""
        errors = {key: value for key, value in FOR_ERRORS.items() if key != "constant"}
        return replace(self, stationary=True, **errors)

    def _fit(self, panel: Panel, ahead: tuple[int, int], season: int, seasonal: tuple[int, int]) -> LocalFitted:
        bounds = self._bounds(seasonal)
        known = dict(self.known)
        how = How(engine=self.engine, transform=transform_of(self), exogenous=self.exogenous)

        def fit_one(i: int) -> SeriesFit:
            taken = known.get(panel.ids[i])

            def choose(y: FloatArray) -> tuple[Order, dict[str, object]]:
                if isinstance(taken, Order):
                    return taken, _without_season(y, season, taken)
                order, notes = search(y, season, bounds)
                notes.update(_without_season(y, season, order))
                notes["rows_searched"] = int(np.isfinite(y).sum())
                return order, notes if taken is None else {**notes, "searched_again": taken}

            return fit_series(panel, i, choose, how)

        facts = {"engine": self.engine, "searched": sum(not isinstance(known.get(name), Order) for name in panel.ids)}
        return fit_each(panel, *ahead, fit_one, facts)

    def _bounds(self, seasonal: tuple[int, int]) -> Bounds:
        return Bounds(
            p=self.max_p,
            q=self.max_q,
            seasonal_p=seasonal[0],
            seasonal_q=seasonal[1],
            models=self.max_models,
            finalists=self.finalists,
            stationary=self.stationary,
            engine=self.engine,
        )


@dataclass(frozen=True, kw_only=True)
class AutoARIMA(AutoSettings):
    """ARIMA whose order is searched, without seasonal terms; settings: see `AutoSettings`."""

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """Searches (or takes over) the order of each series, then estimates its coefficients."""
        return self._fit(panel, (horizon, gap), 1, (0, 0))


@dataclass(frozen=True, kw_only=True)
class AutoSARIMA(AutoSettings):
    """ARIMA whose order is searched, with seasonal terms; NotApplicable at season 1.

    Seasons up to 24 have real seasonal lags, searched on the newest 1000 rows. Longer seasons are carried by
    at most 12 harmonics chosen by BIC, and the search walks the plain orders of what is left.

    Attributes:
        season: rows per cycle; None is the panel's.
        max_seasonal_p, max_seasonal_q: largest seasonal orders tried; the others: see `AutoSettings`.
    """

    season: int | None = None
    max_seasonal_p: int = 2
    max_seasonal_q: int = 2

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """Searches (or takes over) the order of each series, then estimates its coefficients."""
        season = need_season(self.season or panel.season, "Auto-SARIMA", "Auto-ARIMA")
        return self._fit(panel, (horizon, gap), season, (self.max_seasonal_p, self.max_seasonal_q))


def _without_season(y: FloatArray, season: int, order: Order) -> dict[str, object]:
    """The note on a season too long for lags of which no harmonic was kept."""
    return {"season_left_out": no_waves(y, season)} if season > LONGEST_LAG and not order.waves else {}


def _unfit(notes: Mapping[str, Any], name: str, order: Order) -> str:
    """Why the order that an earlier fit found says little about more data; empty where it may be taken over."""

    def note(key: str) -> Any:
        return notes.get(key, {}).get(name)

    fewest = 2 * order.season + 3
    if note("exact") is not None:
        return "the earlier fit found nothing to model"
    if note("reduced") is not None:
        return "the earlier fit had too few values for its order"
    if note("models_tried") == 0:
        return "the earlier fit compared no orders"
    if (note("rows_searched") or fewest) < fewest:
        return f"the earlier fit searched on {note('rows_searched')} values, fewer than {fewest}"
    return ""


def _check(auto: AutoSettings) -> None:
    check_engine(auto.engine, ("statsforecast", "pmdarima"))
    transform_of(auto)
    for key, least in _LEAST.items():
        if hasattr(auto, key):
            whole(auto, key, least, none=key == "season")
    flag(auto, "exogenous")
    flag(auto, "stationary")
    if auto.engine == "pmdarima":
        _check_reference(auto)


def _check_reference(auto: AutoSettings) -> None:
    """Refuses what pmdarima's own walk would ignore."""
    defaults = {f.name: f.default for f in fields(AutoSettings)}
    for key in ("max_models", "finalists"):
        value = getattr(auto, key)
        if value != defaults[key]:
            raise BadSetting(
                f"{key} is {value!r}, and engine 'pmdarima' would ignore it: its own walk has no such limit. "
                f"Leave {key} out, bound the orders (max_p, max_q, ...) instead, or use engine 'statsforecast'.",
                key,
                value,
                str(defaults[key]),
            )
