"""Statistical models: one file per family, local to each series unless it says otherwise.

How an ARIMA comes about, in the order of reading:

    arima.py, auto.py     settings; which order is wanted, or searched
    _search.py, _walk.py  differences by tests, then a walk judged by _conditional.py (squares, likelihood there)
    _layers.py            transform (_transform.py), regression on known-future columns (_regression.py), then the core
    _estimate.py          scaling, exact cases, engines; the default climbs the likelihood in _likelihood.py
    _statespace.py        the core with frozen coefficients: one filter pass answers every origin
    _local.py             every series by itself: failures, origins, parts that were fitted elsewhere

Beside it: ets.py, theta.py, mstl.py (smoothing), var.py with _groups.py and _system.py (joint), baselines.py (rules),
and residual.py, which lets any of them correct the stages before it. _backends.py is the only door to the libraries.
"""
