"""How a statistical model decides what it decides, in English and Chinese: lines for "what every stage learns from"."""

from __future__ import annotations

from hybridts.names.registry import Text

_COLUMNS = Text(
    "known-future columns are regressors, with weights estimated together with the model, unless exogenous is false",
    "已知未来的协变量作为回归项，其系数与模型一起估计；exogenous 设为 false 时不用",
)
_FIXED_LONG = Text(
    "a season above 24 has no seasonal lags: at most 12 harmonics chosen by BIC carry it instead",
    "长于 24 的季节不用季节滞后，改由 BIC 选出的至多 12 个谐波表示",
)
_WALK = Text(
    "search: a stepwise walk from a few simple orders to the first neighbour that is better, until none is or "
    "max_models orders were tried, on the newest 1000 rows with gaps filled; each order is fitted quickly by "
    "conditional least squares and judged by the corrected Akaike criterion of the exact likelihood there (of the "
    "squares where the model is very large)",
    "定阶：从几个简单阶数出发，逐步走向第一个更优的邻居，直到没有更优者或已尝试 max_models 个阶数，"
    "用最近的 1000 行并填补缺口；每个阶数用条件最小二乘快速拟合，"
    "再按该处精确似然的修正赤池准则评判（模型很大时改用残差平方和）",
)
_EDGE = Text(
    "refused in the walk: an order with a root near the unit circle; the best one is looked at again at the optimum of "
    "its exact likelihood, and makes room for the next where that has such a root (finalists above 1: so many are "
    "compared at their optimum)",
    "搜索时排除根接近单位圆的阶数；最优的阶数再在其精确似然的最优点处检查，若那里有这样的根就让位给下一个"
    "（finalists 大于 1 时，这么多个阶数在最优点处比较）",
)
_END = Text(
    "coefficients of the chosen order by exact likelihood on all rows (by conditional squares where it is too slow); "
    "the notes name the orders, how many were tried, and whether the budget ended the walk; engine pmdarima walks by "
    "its own rules",
    "选定阶数后，用全部行按精确似然估计系数（过慢时用条件最小二乘）；"
    "结果会记录所选阶数、尝试的个数，以及搜索是否因预算而停止；engine 设为 pmdarima 时按它自己的规则搜索",
)
_FOLDS = Text(
    "in a hybrid, the orders found on the first fold are taken over by the later folds, which estimate their own "
    "coefficients (a series that was hardly searched is searched again); the fit that forecasts searches for itself",
    "在混合模型中，后面的折沿用第一折找到的阶数，只重新估计系数（几乎未能定阶的序列会重新搜索）；"
    "用于预测的拟合自行定阶",
)
_PLAIN = Text(
    "differences d by the KPSS test, on what the known-future columns leave; none for the errors of an earlier stage",
    "差分 d 由 KPSS 检验决定，针对去掉已知未来协变量影响后的部分；对前一阶段的误差不作差分",
)
_SEASONAL = Text(
    "differences on what the known-future columns leave: D by the strength of the season (above 0.64), d by the KPSS "
    "test; none for the errors of an earlier stage",
    "差分针对去掉已知未来协变量影响后的部分：D 由季节强度决定（大于 0.64），d 由 KPSS 检验决定；"
    "对前一阶段的误差不作差分",
)
_LONG = Text(
    "a season above 24 has no seasonal lags: at most 12 harmonics chosen by BIC carry it, and the search walks the "
    "plain orders of what they leave",
    "长于 24 的季节不用季节滞后：由 BIC 选出至多 12 个谐波来表示，再对剩余部分搜索普通阶数",
)

_SLOW = Text(
    "coefficients by exact likelihood; where that is too slow (a long series with several seasonal terms) by "
    "conditional squares, and the notes say so",
    "系数按精确似然估计；过慢时（序列很长且季节项较多）改用条件最小二乘，并在结果中记录",
)
#: Not said of a model that corrects: errors of earlier stages know no columns.
FIRST_ONLY = frozenset((_COLUMNS,))

#: By component name.
NOTES: dict[str, tuple[Text, ...]] = {
    "ARIMA": (_COLUMNS,),
    "SARIMA": (_SLOW, _COLUMNS, _FIXED_LONG),
    "Auto-ARIMA": (_PLAIN, _WALK, _EDGE, _END, _FOLDS, _COLUMNS),
    "Auto-SARIMA": (_SEASONAL, _WALK, _EDGE, _LONG, _END, _FOLDS, _COLUMNS),
    "VAR": (
        Text(
            "lag by BIC up to 8; differences where the KPSS test finds most columns integrated; ridge with a penalty "
            "by cross-validation where shrinking helps, as with many columns; known-future columns as exogenous ones "
            "unless exogenous is false",
            "滞后阶数按 BIC 选取，至多 8；多数列被 KPSS 检验判为单整时作差分；"
            "收缩有益时（如列数较多）用岭回归，惩罚由交叉验证选取；"
            "已知未来的协变量作为外生变量，exogenous 设为 false 时不用",
        ),
        Text(
            "a series without values fails alone, and so do those that start last where the group would show too few "
            "common rows, or less than a quarter of those it has without them; the others are fitted without them",
            "没有数值的序列单独失败；共同行数过少、或不足去掉它们之后的四分之一时，起始最晚的序列也单独失败；"
            "其余序列照常拟合",
        ),
    ),
    "ETS": (
        Text(
            "components chosen by the corrected Akaike criterion; a series too short for a season, a damped trend or a "
            "trend goes without it, and the notes say so; a season above 24 is left out",
            "各成分按修正赤池准则选取；序列太短时依次去掉季节、阻尼、趋势，并在结果中记录；长于 24 的季节不用",
        ),
    ),
    "Theta": (
        Text(
            "the season is taken out where a 90 % autocorrelation test finds it; with fewer than three cycles it is "
            "not tested, and the notes say so",
            "90% 自相关检验发现季节性时先去季节；不足三个周期时不作检验，并在结果中记录",
        ),
    ),
    "MSTL": (
        Text(
            "the season of the panel, and its week where that season is a day, as far as more than two cycles are "
            "visible; inside the fitted rows as decomposed, after them the last cycle repeated; ETS of the rest",
            "使用面板的季节；该季节为一天时再加上周周期，须可见两轮以上；"
            "拟合区间内用分解结果，其后重复最后一个周期；剩余部分用 ETS",
        ),
    ),
}
