"""From one series and an order to coefficients: scaling, the exact cases, and the engines that estimate.

Each series is centred and divided by the standard deviation of its differences first, so that values of 1e12
or 1e-9 look alike to an optimiser.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.models.statistical._arima.conditional_sum_of_squares import Arma
from hybridts.models.statistical._arima.exact_likelihood import Estimate, maximise, maximise_levels
from hybridts.models.statistical._arima.harmonics import profile_of
from hybridts.models.statistical._arima.order import Order, difference, heavy, heavy_levels
from hybridts.models.statistical._arima.roots import invertible, stationary, tamed
from hybridts.models.statistical._arima.state_space import ArimaModel, Coefficients, build
from hybridts.models.statistical._backends import pmdarima, sarimax, statsforecast_arima
from hybridts.models.statistical._per_series.failure import SeriesFailure, third_party

Engine = Literal["statsforecast", "statsmodels", "pmdarima"]
Estimator = Literal["ml", "css", "ols"]

_NONE = np.empty(0)
_WILD = 1e3  # an optimiser that went astray; z has unit spread
_EXACT = "no variation left to model: continued exactly"
_FILLED = "gaps filled for the estimate: they leave too few differences"
_BY_SQUARES = "its exact likelihood is too slow here: estimated by conditional squares"
_SKIPPED = ", gaps among its differences filled"
_PULLED_BACK = "every estimate of the AR part was explosive or had a unit root: those roots were set to modulus 0.99"


def estimate(y: FloatArray, order: Order, engine: Engine, estimator: Estimator) -> tuple[ArimaModel, dict[str, str]]:
    """The model of `order` fitted to y, and notes: "exact" where nothing was left to estimate, "gaps", "pulled_back".

    Missing values inside are skipped by the exact likelihood, on the levels (see `_likelihood`). What reads
    differences instead (squares, and the likelihood where the state is large) takes mean and drift as moments of what
    is known; where gaps leave it too few differences, they are filled linearly, and the notes say so.

    Raises:
        SeriesFailure: no method found finite coefficients.
    """
    profile = profile_of(y, order.season, order.waves)
    clean = y - profile[np.arange(len(y)) % len(profile)]
    known = clean[np.isfinite(clean)]
    anchored = bool(order.differences or order.constant)
    centre = float(np.median(known)) if anchored else 0.0
    scale, flat = _scale(clean - centre, order)
    if flat:
        found = Coefficients(_NONE, _NONE, _NONE, _NONE, _moment(clean - centre, order) / scale)
        return build(order, found, centre, scale, profile), {"exact": _EXACT}
    start = _reach(clean)[0]  # leading gaps teach nothing
    found, gaps = _found((clean[start:] - centre) / scale, order, engine, estimator)
    if order.differences == 1 and order.constant:
        centre -= found.constant * scale * start
    model = build(order, found, centre, scale, profile)
    notes = {"pulled_back": _PULLED_BACK} if found.pulled_back else {}
    return replace(model, known_start=estimator != "ols"), {**gaps, **notes}


def _found(z: FloatArray, order: Order, engine: Engine, estimator: Estimator) -> tuple[Coefficients, dict[str, str]]:
    """(coefficients, notes on gaps that were filled and on a likelihood that would have been too slow)."""
    if _on_levels(z, order, engine, estimator):
        best = _by_levels(z, order)
        if best is not None:
            return best, {}
    notes = {}
    if engine == "statsforecast" and estimator == "ml" and order.coefficients and heavy(order, len(z)):
        notes = {"by_squares": _BY_SQUARES + (_SKIPPED if np.isnan(z).any() else "")}
    if engine == "statsforecast" and _too_few(z, order):
        return _coefficients(_inner_filled(z), order, engine, estimator), {"gaps": _FILLED, **notes}
    return _coefficients(z, order, engine, estimator), notes


def _on_levels(y: FloatArray, order: Order, engine: Engine, estimator: Estimator) -> bool:
    """Whether the likelihood is to be climbed in levels, with the differences in the state: only where y has gaps."""
    inner = y[slice(*_reach(y))]
    ours = engine == "statsforecast" and estimator == "ml"
    return ours and order.differences > 0 and bool(np.isnan(inner).any()) and not heavy_levels(order, len(inner))


def _by_levels(z: FloatArray, order: Order) -> Coefficients | None:
    """None where that finds nothing sane."""
    if order.coefficients == 0:
        return Coefficients(_NONE, _NONE, _NONE, _NONE)
    best = maximise_levels(z, order)
    return _named(_spelled(best, order), order, 0.0) if best is not None and _sane(best) else None


def _too_few(y: FloatArray, order: Order) -> bool:
    """Whether gaps inside y leave fewer differences than the order needs."""
    inner = y[slice(*_reach(y))]
    known = int(np.isfinite(difference(inner, order)).sum())
    return bool(np.isnan(inner).any()) and known < order.coefficients + 2


def _inner_filled(y: FloatArray) -> FloatArray:
    """y with the gaps between its first and last value filled linearly."""
    rows, known = np.arange(*_reach(y)), np.flatnonzero(np.isfinite(y))
    filled = y.copy()
    filled[rows] = np.interp(rows, known, y[known])
    return filled


def _reach(y: FloatArray) -> tuple[int, int]:
    """(row of the first value, row after the last one)."""
    known = np.flatnonzero(np.isfinite(y))
    return int(known[0]), int(known[-1]) + 1


def _scale(centred: FloatArray, order: Order) -> tuple[float, bool]:
    """(scale, whether nothing varies): the standard deviation after differencing, or of the values themselves."""
    level = float(np.nanmax(np.abs(centred))) if len(centred) else 0.0
    changed = difference(centred, order)
    changed = changed[np.isfinite(changed)]
    if len(changed) < 2 and np.isfinite(centred).sum() > order.lost + 1:  # gaps hide the differences
        changed = difference(_inner_filled(centred)[slice(*_reach(centred))], order)
    size = level or 1.0
    if not len(changed):
        return size, True
    base = changed - changed.mean() if order.constant else changed
    spread = float(np.sqrt(np.mean((base / size) ** 2))) * size
    floor = 1e-9 * size
    return (spread, False) if spread > floor else (size, True)


def _moment(z: FloatArray, order: Order) -> float:
    """Mean, or drift a row: of each phase's line from its first to its last value, so that a gap counts its width."""
    known = np.isfinite(z)
    if not order.constant or not known.any():
        return 0.0
    if not order.differences:
        return float(z[known].mean())
    step = order.season if order.seasonal[1] else 1
    rows = [row for row in (np.flatnonzero(known[k::step]) * step + k for k in range(step)) if len(row)]
    width = sum(int(row[-1] - row[0]) for row in rows)
    return float(sum(z[row[-1]] - z[row[0]] for row in rows)) / width if width else 0.0


def _coefficients(z: FloatArray, order: Order, engine: Engine, estimator: Estimator) -> Coefficients:
    if estimator == "ols":
        return _least_squares(z, order)
    if order.coefficients == int(order.constant) and not order.constant:
        return Coefficients(_NONE, _NONE, _NONE, _NONE)
    constant = 0.0
    free = order
    if order.constant and engine == "statsforecast" and np.isnan(z).any():
        constant = _moment(z, order)
        z = z - (constant * np.arange(len(z)) if order.differences else constant)
        free = replace(order, constant=False)
    column = _column(len(z), free)
    if free.coefficients == 0:
        return Coefficients(_NONE, _NONE, _NONE, _NONE, constant)
    if engine == "statsforecast":
        names, pulled_back = _by_statsforecast(z, free, column, estimator)
        return replace(_named(names, order, constant), pulled_back=pulled_back)
    run = _by_statsmodels if engine == "statsmodels" else _by_pmdarima
    with third_party(f"{engine} could not estimate ARIMA{order}; try a lower order"):
        result = run(z, free, column)
    return _named(_from_statsmodels(result, order), order, constant)


def _column(length: int, order: Order) -> FloatArray | None:
    """The regressor that carries the constant: ones, or time."""
    if not order.constant:
        return None
    return (np.arange(length, dtype=float) if order.differences else np.ones(length))[:, None]


def _named(names: dict[str, float], order: Order, constant: float) -> Coefficients:
    (p, _, q), (sp, _, sq) = order.plain, order.seasonal
    parts = [
        np.array([names[f"{kind}{k}"] for k in range(1, count + 1)])
        for kind, count in (("ar", p), ("ma", q), ("sar", sp), ("sma", sq))
    ]
    ma, sma = invertible(parts[1]), invertible(parts[3])
    found = Coefficients(parts[0], ma, parts[2], sma, names.get("constant", constant))
    if not found.finite:
        raise SeriesFailure(f"ARIMA{order} has no finite coefficients here; try a lower order")
    return found


def _by_statsforecast(
    z: FloatArray, order: Order, column: FloatArray | None, estimator: Estimator
) -> tuple[dict[str, float], bool]:
    """(coefficients, whether pulled back): our own search of the exact likelihood, from conditional estimates.

    Where that fails, the library's: conditional squares, then exact likelihood; likelihood alone; squares alone.
    The series is differenced first: with differences inside its state, the backend's likelihood step stops where
    the squares left it (seen in 2.1.1), and it is slower. The likelihood is the same one. Where every method leaves
    the stationary region, the last finite answer is pulled back into it.
    """
    module = statsforecast_arima()
    (p, _, q), (sp, _, sq) = order.plain, order.seasonal
    w = difference(z, order)
    column = None if column is None else difference(column[:, 0], order)[:, None]  # ones, or the slope's share
    if estimator == "ml" and not heavy(order, len(z)):
        unit = 1.0 if column is None else float(column[0, 0])
        best = maximise(w, Arma(p, q, sp, sq, order.constant), order.season, unit)
        if best is not None and _sane(best):
            return _spelled(best, order), False
    form = {"order": (sp, 0, sq), "period": order.season}
    problem: Exception | None = None
    spare: dict[str, float] | None = None
    for method in _methods(order, len(z), estimator):
        rows = _without_gaps(w) if method == "CSS" else w
        try:
            fit = module.arima(rows, (p, 0, q), form, xreg=column, include_mean=False, method=method)
        except Exception as cause:  # it raises ValueError, LinAlgError and IndexError for start values it dislikes
            problem = cause
            continue
        names = {("constant" if key.startswith("ex_") else key): float(v) for key, v in fit["coef"].items()}
        if not np.isfinite(list(names.values())).all() or max(map(abs, names.values())) > _WILD:
            continue
        if stationary(np.asarray(fit["model"]["phi"])):
            return names, False
        spare = names
    if spare is None:
        raise SeriesFailure(f"ARIMA{order} could not be estimated ({problem or 'no finite answer'}); try a lower order")
    for kind in ("ar", "sar"):
        keys = [key for key in spare if key.rstrip("0123456789") == kind]
        spare.update(zip(keys, tamed(np.array([spare[key] for key in keys])).tolist(), strict=True))
    return spare, True


def _without_gaps(w: FloatArray) -> FloatArray:
    """Filled linearly: the library's conditional squares take a gap for a shock, and answer with explosive weights."""
    known = np.flatnonzero(np.isfinite(w))
    return np.interp(np.arange(len(w)), known, w[known]) if len(known) else w


def _sane(best: Estimate) -> bool:
    numbers = np.concatenate([*best.parts, [best.mean]])
    return bool(np.isfinite(numbers).all() and np.abs(numbers).max() <= _WILD)


def _spelled(best: Estimate, order: Order) -> dict[str, float]:
    names = {
        f"{kind}{k + 1}": float(value)
        for kind, part in zip(("ar", "sar", "ma", "sma"), best.parts, strict=True)
        for k, value in enumerate(part)
    }
    return {**names, "constant": best.mean} if order.constant else names


def _methods(order: Order, rows: int, estimator: Estimator) -> tuple[str, ...]:
    if estimator == "css":
        return ("CSS",)
    return ("CSS", "CSS-ML", "ML") if heavy(order, rows) else ("CSS-ML", "ML", "CSS")


def _by_statsmodels(z: FloatArray, order: Order, column: FloatArray | None) -> Any:
    season = order.season if any(order.seasonal) else 0
    model = sarimax()(z, exog=column, order=order.plain, seasonal_order=(*order.seasonal, season))
    return model.fit(disp=False, cov_type="none")


def _by_pmdarima(z: FloatArray, order: Order, column: FloatArray | None) -> Any:
    season = order.season if any(order.seasonal) else 0
    seasonal = (*order.seasonal, season)
    model = pmdarima().ARIMA(order.plain, seasonal, with_intercept=False, suppress_warnings=True)
    return model.fit(z, X=column).arima_res_


def _from_statsmodels(result: Any, order: Order) -> dict[str, float]:
    """statsmodels' names (ar.L1, ma.S.L12, x1) as ours (ar1, sma1, constant)."""
    names: dict[str, float] = {}
    for name, value in zip(result.model.param_names, result.params, strict=True):
        if name == "sigma2":
            continue
        kind, _, lag = name.rpartition(".L")
        if not kind:
            names["constant"] = float(value)
        elif kind.endswith(".S"):
            names[f"s{kind[:-2]}{int(lag) // order.season}"] = float(value)
        else:
            names[f"{kind}{lag}"] = float(value)
    return names


def _least_squares(z: FloatArray, order: Order) -> Coefficients:
    """Ordinary least squares of a pure AR on its own lags (rows with a missing value left out)."""
    p = order.plain[0]
    changed = difference(z, order)
    if len(changed) <= p:
        raise SeriesFailure(f"AR({p}) by least squares needs more than {p} values; it shows {len(changed)}")
    windows = np.lib.stride_tricks.sliding_window_view(changed, p + 1)
    windows = windows[np.isfinite(windows).all(axis=1)]
    lags = windows[:, -2::-1] if p else windows[:, :0]
    design = np.column_stack([lags, np.ones(len(windows))]) if order.constant else lags
    weights = np.asarray(np.linalg.lstsq(design, windows[:, -1], rcond=None)[0], dtype=np.float64)
    room = 1 - weights[:p].sum()
    if order.constant and abs(room) < 1e-9:
        raise SeriesFailure("the least-squares AR has a unit root and a constant; difference it (d = 1)")
    mean = float(weights[p] / room) if order.constant else 0.0
    return Coefficients(weights[:p], _NONE, _NONE, _NONE, mean)
