"""Auto-ARIMA and Auto-SARIMA: the order of every series by AICc, then the same model as for a given order.

The search is in `_arima/order_search.py`; experiments/statistical_search compares it with statsforecast.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

import numpy as np

from hybridts.data.panel import FloatArray, Panel
from hybridts.errors import BadSetting
from hybridts.models.findings import ArimaOrder
from hybridts.models.protocols import ForResiduals, PerSeries, Reusing
from hybridts.models.settings import INTERNAL
from hybridts.models.statistical._arima.harmonics import LONGEST_LAG, why_no_harmonics
from hybridts.models.statistical._arima.order import Order
from hybridts.models.statistical._arima.order_search import SearchBounds, search
from hybridts.models.statistical._arima.regression_fit import ChooseOrder, FitOptions, fit_series
from hybridts.models.statistical._box_cox import TransformKind
from hybridts.models.statistical._per_series.fit import LocalFitted, SeriesFit, fit_each
from hybridts.models.statistical._settings import flag, whole
from hybridts.models.statistical.arima import FOR_ERRORS, check_engine, need_season, safer, transform_of

AutoEngine = Literal["statsforecast", "pmdarima"]
Known = tuple[tuple[str, Order | str], ...]  # series id, and its order or the reason to search it again
#: Smallest values of settings; the search starts from 5 models.
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
    """Settings of both searches.

    Attributes:
        engine: "statsforecast" (our stepwise search with its tests and likelihood; default) or "pmdarima" (the
            reference: its own search, up to a hundred times slower, without `max_models` and `finalists`).
        max_p, max_q: largest orders tried.
        max_models: largest number of models tried (a search that this ended is noted).
        finalists: how many of the best orders are compared at the optimum of their exact likelihood; 1 takes the best
            order, unless its optimum has a near unit root.
        exogenous: regress on the panel's known-future columns, where it has some; the order is that of the errors.
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
    transform: TransformKind = "none"
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
        """Return the forecaster with the orders in an earlier fit's notes.

        A series without an order there, or one that was hardly searched, is searched again.
        """
        orders = {name: Order.of(ArimaOrder.from_notes(data)) for name, data in sorted(notes.get("orders", {}).items())}
        known = tuple((name, _why_searched_again(notes, name, order) or order) for name, order in orders.items())
        return replace(self, known=known)

    def for_residuals(self: _Auto) -> _Auto:
        """Return the variant for errors of an earlier stage: d = D = 0, no constant."""
        errors = {key: value for key, value in FOR_ERRORS.items() if key != "constant"}
        return replace(self, stationary=True, **errors)

    def _fit(self, panel: Panel, ahead: tuple[int, int], season: int, seasonal: tuple[int, int]) -> LocalFitted:
        """Search and fit each series; `ahead` is horizon and gap, `seasonal` the largest seasonal orders."""
        bounds = self._bounds(seasonal)
        known = dict(self.known)
        unmodelled = panel.season if season == 1 and not self.stationary else 1
        how = FitOptions(
            engine=self.engine, transform=transform_of(self), exogenous=self.exogenous, unmodelled=unmodelled
        )

        def chooser(i: int) -> ChooseOrder:
            taken = known.get(panel.ids[i])

            def choose(y: FloatArray) -> tuple[Order, dict[str, object]]:
                if isinstance(taken, Order):
                    return taken, _without_season(y, season, taken)
                order, notes = search(y, season, bounds)
                notes.update(_without_season(y, season, order))
                notes["rows_searched"] = int(np.isfinite(y).sum())
                return order, notes if taken is None else {**notes, "searched_again": taken}

            return choose

        def fit_one(i: int) -> SeriesFit:
            return fit_series(panel, i, chooser(i), how, sum(ahead))

        calm = safer(panel, chooser, how, sum(ahead))
        facts = {"engine": self.engine, "searched": sum(not isinstance(known.get(name), Order) for name in panel.ids)}
        return fit_each(panel, ahead, fit_one, facts, [calm])

    def _bounds(self, seasonal: tuple[int, int]) -> SearchBounds:
        """Return the bounds of the search; `seasonal` are the largest seasonal orders."""
        return SearchBounds(
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
        """Search (or take over) the order of each series, then estimate its coefficients."""
        return self._fit(panel, (horizon, gap), 1, (0, 0))


@dataclass(frozen=True, kw_only=True)
class AutoSARIMA(AutoSettings):
    """ARIMA whose order is searched, with seasonal terms.

    Seasons up to 24 have seasonal lags, searched on the newest 1000 rows. Longer seasons are modelled by at most 12
    harmonics chosen by BIC, and the plain order of the rest is searched.

    Attributes:
        season: rows per cycle; None is the panel's.
        max_seasonal_p, max_seasonal_q: largest seasonal orders tried. The others: see `AutoSettings`.
    """

    season: int | None = None
    max_seasonal_p: int = 2
    max_seasonal_q: int = 2

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """Search (or take over) the order of each series, then estimate its coefficients.

        Raises:
            NotApplicable: the season is 1.
        """
        season = need_season(self.season or panel.season, "Auto-SARIMA", "Auto-ARIMA")
        return self._fit(panel, (horizon, gap), season, (self.max_seasonal_p, self.max_seasonal_q))


def _without_season(y: FloatArray, season: int, order: Order) -> dict[str, object]:
    """Return the note on a season that is too long for lags and has no harmonic worth keeping."""
    return {"season_left_out": why_no_harmonics(y, season)} if season > LONGEST_LAG and not order.harmonics else {}


def _why_searched_again(notes: Mapping[str, Any], name: str, order: Order) -> str:
    """Return why the order of an earlier fit may not suit more data; empty where it may be taken over."""

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
    """Check the settings; raise BadSetting."""
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
    """Check that no setting is given that pmdarima's own search would ignore; raise BadSetting otherwise."""
    defaults = {f.name: f.default for f in fields(AutoSettings)}
    for key in ("max_models", "finalists"):
        value = getattr(auto, key)
        if value != defaults[key]:
            raise BadSetting(
                f"{key} is {value!r}, and engine 'pmdarima' would ignore it: its own search has no such limit. "
                f"Leave {key} out, bound the orders (max_p, max_q, ...) instead, or use engine 'statsforecast'.",
                key,
                value,
                str(defaults[key]),
            )
