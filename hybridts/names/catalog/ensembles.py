"""Ensembles of the catalogue that have a name of their own."""

from __future__ import annotations

from hybridts.names.registry import Combo, Text

#: The ensemble to start from; `names.auto` chooses among its members by the data.
AUTO = Combo(
    "Auto",
    "greedy(ARIMA, SARIMA, Theta, ETS, MSTL, MLP, CNN, RNN, XGBoost, RF, SARIMA-XGBoost)",
    settings={"greedy": {"median_blocks": 16}},
    summary=Text(
        "The name to start from: statistical models, networks, learners and hybrids that suit the data, weighted by "
        "their hindcasts.",
        "首选名称：按数据选出合适的统计模型、网络、学习器和混合模型，再按样本外预测误差加权。",
    ),
    built_in=True,
    candidates=True,
)
