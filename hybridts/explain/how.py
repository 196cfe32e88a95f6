"""How a statistical model decides what it decides, in English and Chinese: lines for "what every stage learns from"."""

from __future__ import annotations

from hybridts.registry import Text

_COLUMNS = Text(
    "known-future columns are regressors, with weights estimated together with the model, unless exogenous is false",
    "已知未来的协变量作为回归项，其系数与模型一起估计；exogenous 设为 false 时不用",
)
_WALK = Text(
    "then a stepwise walk from four starts to the best neighbour, at most max_models orders, each judged by the "
    "corrected Akaike criterion at a quick least-squares fit; the best few (finalists) are compared by their exact "
    "likelihood; the result notes the orders, how many were tried, and whether the budget ended the walk",
    "再从四个起点逐步走向最优的邻居，至多尝试 max_models 个阶数，每个用快速最小二乘拟合处的修正赤池准则评判；"
    "最好的几个（finalists）按精确似然比较；结果会记录所选阶数、尝试的个数，以及搜索是否因预算而停止",
)

#: By component name.
HOW: dict[str, Text] = {
    "ARIMA": _COLUMNS,
    "SARIMA": _COLUMNS,
    "Auto-ARIMA": Text(
        f"order search on what the known-future columns leave: the difference by the KPSS test, {_WALK.en}",
        f"对已知未来协变量剩下的部分定阶：先用 KPSS 检验确定差分，{_WALK.zh}",
    ),
    "Auto-SARIMA": Text(
        "order search on what the known-future columns leave: differences by the strength of the season and the KPSS "
        f"test, {_WALK.en}; a season above 24 becomes harmonics chosen by BIC before the walk",
        "对已知未来协变量剩下的部分定阶：先按季节强度和 KPSS 检验确定差分，"
        f"{_WALK.zh}；长于 24 的季节先换成由 BIC 选出的谐波",
    ),
    "VAR": Text(
        "lag by BIC up to 8; differences where the KPSS test finds most columns integrated; ridge with a penalty by "
        "cross-validation where shrinking helps, as with many columns; known-future columns as exogenous ones unless "
        "exogenous is false",
        "滞后阶数按 BIC 选取，至多 8；多数列被 KPSS 检验判为单整时作差分；"
        "收缩有益时（如列数较多）用岭回归，惩罚由交叉验证选取；"
        "已知未来的协变量作为外生变量，exogenous 设为 false 时不用",
    ),
    "MSTL": Text(
        "the season of the panel, and its week where that season is a day, as far as two cycles are visible; "
        "inside the fitted rows as decomposed, after them the last cycle repeated; ETS of the rest",
        "使用面板的季节；该季节为一天时再加上周周期，须至少可见两轮；"
        "拟合区间内用分解结果，其后重复最后一个周期；剩余部分用 ETS",
    ),
}
