"""Estimation of an ARIMA of a given order on one series: scaling, series without variation, and the engines.

Each series is first centred and divided by the standard deviation of its differences, so that the optimiser meets
values of the same size for a series of 1e12 and one of 1e-9.
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
from hybridts.models.statistical._arima.roots import invertible, shrink_to_stationary, stationary
from hybridts.models.statistical._arima.state_space import ArimaModel, Coefficients, build
from hybridts.models.statistical._backends import pmdarima, sarimax, statsforecast_arima
from hybridts.models.statistical._failure import SeriesFailure, third_party

Engine = Literal["statsforecast", "statsmodels", "pmdarima"]
Estimator = Literal["ml", "css", "ols"]

_NONE = np.empty(0)
_WILD = 1e3  # a larger coefficient is a failure of the optimiser, since z has unit spread
_EXACT = "no variation left to model: continued exactly"
_FILLED = "gaps filled for the estimate: they leave too few differences"
_BY_CSS = "its exact likelihood is too slow here: estimated by conditional squares"
_SKIPPED = ", gaps among its differences filled"
_PULLED_BACK = "every estimate of the AR part was explosive or had a unit root: those roots were set to modulus 0.99"


def estimate(y: FloatArray, order: Order, engine: Engine, estimator: Estimator) -> tuple[ArimaModel, dict[str, str]]:
    """Fit the model of `order` to y [T], NaN where missing.

    Missing values are skipped by the exact likelihood of the levels (see `exact_likelihood`). Methods that read
    differences instead (CSS, and the likelihood where the state is large) estimate mean and drift as moments of the
    known values; where gaps leave too few differences, they are filled linearly.

    Returns:
        The model, and notes: "exact" where nothing was left to estimate, "gaps", "by_squares", "pulled_back".

    Raises:
        SeriesFailure: no method found finite coefficients.
    """
    profile = profile_of(y, order.season, order.harmonics)
    clean = y - profile[np.arange(len(y)) % len(profile)]
    known = clean[np.isfinite(clean)]
    anchored = bool(order.differences or order.constant)
    centre = float(np.median(known)) if anchored else 0.0
    scale, flat = _scale(clean - centre, order)
    if flat:
        found = Coefficients(_NONE, _NONE, _NONE, _NONE, _moment(clean - centre, order) / scale)
        return build(order, found, centre, scale, profile), {"exact": _EXACT}
    start = _known_range(clean)[0]  # leading gaps carry no information
    found, gaps = _estimated((clean[start:] - centre) / scale, order, engine, estimator)
    if order.differences == 1 and order.constant:
        centre -= found.constant * scale * start
    model = build(order, found, centre, scale, profile)
    notes = {"pulled_back": _PULLED_BACK} if found.pulled_back else {}
    return replace(model, known_start=estimator != "ols"), {**gaps, **notes}


def _estimated(
    z: FloatArray, order: Order, engine: Engine, estimator: Estimator
) -> tuple[Coefficients, dict[str, str]]:
    """Return coefficients, and notes on filled gaps and on a likelihood replaced by CSS because it is too slow."""
    if _on_levels(z, order, engine, estimator):
        best = _by_levels(z, order)
        if best is not None:
            return best, {}
    notes = {}
    if engine == "statsforecast" and estimator == "ml" and order.coefficients and heavy(order, len(z)):
        notes = {"by_squares": _BY_CSS + (_SKIPPED if np.isnan(z).any() else "")}
    if engine == "statsforecast" and _too_few(z, order):
        return _coefficients(_inner_filled(z), order, engine, estimator), {"gaps": _FILLED, **notes}
    return _coefficients(z, order, engine, estimator), notes


def _on_levels(y: FloatArray, order: Order, engine: Engine, estimator: Estimator) -> bool:
    """Return whether to maximise the likelihood of the levels, differences in the state: only where y has gaps."""
    inner = y[slice(*_known_range(y))]
    ours = engine == "statsforecast" and estimator == "ml"
    return ours and order.differences > 0 and bool(np.isnan(inner).any()) and not heavy_levels(order, len(inner))


def _by_levels(z: FloatArray, order: Order) -> Coefficients | None:
    """Return the estimate from the likelihood of the levels; None where it finds no plausible optimum."""
    if order.coefficients == 0:
        return Coefficients(_NONE, _NONE, _NONE, _NONE)
    best = maximise_levels(z, order)
    return _named(_by_name(best, order), order, 0.0) if best is not None and _plausible(best) else None


def _too_few(y: FloatArray, order: Order) -> bool:
    """Return whether gaps inside y leave fewer differences than the order needs."""
    inner = y[slice(*_known_range(y))]
    known = int(np.isfinite(difference(inner, order)).sum())
    return bool(np.isnan(inner).any()) and known < order.coefficients + 2


def _inner_filled(y: FloatArray) -> FloatArray:
    """Return y [T] with the gaps between its first and last value filled linearly."""
    rows, known = np.arange(*_known_range(y)), np.flatnonzero(np.isfinite(y))
    filled = y.copy()
    filled[rows] = np.interp(rows, known, y[known])
    return filled


def _known_range(y: FloatArray) -> tuple[int, int]:
    """Return the row of the first value and the row after the last one."""
    known = np.flatnonzero(np.isfinite(y))
    return int(known[0]), int(known[-1]) + 1


def _scale(centred: FloatArray, order: Order) -> tuple[float, bool]:
    """Return the scale of a centred series [T], and whether nothing varies.

    The scale is the standard deviation after differencing; the size of the values where nothing varies.
    """
    level = float(np.nanmax(np.abs(centred))) if len(centred) else 0.0
    changed = difference(centred, order)
    changed = changed[np.isfinite(changed)]
    if len(changed) < 2 and np.isfinite(centred).sum() > order.lost + 1:  # gaps leave no differences
        changed = difference(_inner_filled(centred)[slice(*_known_range(centred))], order)
    size = level or 1.0
    if not len(changed):
        return size, True
    base = changed - changed.mean() if order.constant else changed
    spread = float(np.sqrt(np.mean((base / size) ** 2))) * size
    floor = 1e-9 * size
    return (spread, False) if spread > floor else (size, True)


def _moment(z: FloatArray, order: Order) -> float:
    """Return the mean, or the drift per row: the slope from the first to the last value, over all seasonal phases."""
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
    """Estimate the coefficients on a scaled series z [T] by one engine."""
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
    """Return the regressor [T, 1] of the constant: ones, or time; None without a constant."""
    if not order.constant:
        return None
    return (np.arange(length, dtype=float) if order.differences else np.ones(length))[:, None]


def _named(names: dict[str, float], order: Order, constant: float) -> Coefficients:
    """Build coefficients from values by name (ar1, sma1, constant), the MA parts made invertible.

    Raises:
        SeriesFailure: a coefficient is not finite.
    """
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
    """Estimate by our own search of the exact likelihood, which starts from CSS estimates; else by statsforecast.

    Where our search fails, the library's methods are tried: CSS then likelihood, likelihood alone, CSS alone. The
    series is differenced first: with differences inside its state, the library's likelihood step is slower and stops
    where CSS ended (seen in 2.1.1); the likelihood is the same. Where every method leaves the stationary region, the
    last finite estimate is shrunk into it.

    Returns:
        Coefficients by name, and whether they were shrunk.

    Raises:
        SeriesFailure: no method found finite coefficients.
    """
    module = statsforecast_arima()
    (p, _, q), (sp, _, sq) = order.plain, order.seasonal
    w = difference(z, order)
    column = None if column is None else difference(column[:, 0], order)[:, None]  # ones, or the slope's share
    if estimator == "ml" and not heavy(order, len(z)):
        unit = 1.0 if column is None else float(column[0, 0])
        best = maximise(w, Arma(p, q, sp, sq, order.constant), order.season, unit)
        if best is not None and _plausible(best):
            return _by_name(best, order), False
    form = {"order": (sp, 0, sq), "period": order.season}
    problem: Exception | None = None
    explosive: dict[str, float] | None = None
    for method in _methods(order, len(z), estimator):
        rows = _filled(w) if method == "CSS" else w
        try:
            fit = module.arima(rows, (p, 0, q), form, xreg=column, include_mean=False, method=method)
        except Exception as cause:  # it raises ValueError, LinAlgError and IndexError for bad start values
            problem = cause
            continue
        names = {("constant" if key.startswith("ex_") else key): float(v) for key, v in fit["coef"].items()}
        if not np.isfinite(list(names.values())).all() or max(map(abs, names.values())) > _WILD:
            continue
        if stationary(np.asarray(fit["model"]["phi"])):
            return names, False
        explosive = names
    if explosive is None:
        raise SeriesFailure(f"ARIMA{order} could not be estimated ({problem or 'no finite answer'}); try a lower order")
    for kind in ("ar", "sar"):
        keys = [key for key in explosive if key.rstrip("0123456789") == kind]
        shrunk = shrink_to_stationary(np.array([explosive[key] for key in keys]))
        explosive.update(zip(keys, shrunk.tolist(), strict=True))
    return explosive, True


def _filled(w: FloatArray) -> FloatArray:
    """Fill gaps linearly: the library's CSS treats a gap as a shock and returns explosive coefficients."""
    known = np.flatnonzero(np.isfinite(w))
    return np.interp(np.arange(len(w)), known, w[known]) if len(known) else w


def _plausible(best: Estimate) -> bool:
    """Return whether all coefficients are finite and of ordinary size."""
    numbers = np.concatenate([*best.parts, [best.mean]])
    return bool(np.isfinite(numbers).all() and np.abs(numbers).max() <= _WILD)


def _by_name(best: Estimate, order: Order) -> dict[str, float]:
    """Return the coefficients of an estimate by name: ar1, sar1, ma1, sma1, constant."""
    names = {
        f"{kind}{k + 1}": float(value)
        for kind, part in zip(("ar", "sar", "ma", "sma"), best.parts, strict=True)
        for k, value in enumerate(part)
    }
    return {**names, "constant": best.mean} if order.constant else names


def _methods(order: Order, rows: int, estimator: Estimator) -> tuple[str, ...]:
    """Return the methods of statsforecast to try, in order."""
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
    """Return the coefficients of a statsmodels result by our names: ar.L1, ma.S.L12, x1 become ar1, sma1, constant."""
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
    """Estimate a pure AR by ordinary least squares on its own lags, rows with a missing value left out.

    Raises:
        SeriesFailure: too few values, or a unit root beside a constant.
    """
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
