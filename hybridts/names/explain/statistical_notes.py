"""Notes on how statistical models choose orders and estimate coefficients, in English and Chinese."""

from __future__ import annotations

from hybridts.names.registry import Text

_KNOWN_FUTURE = Text(
    "known-future columns are regressors (text as a dummy for each category), with coefficients estimated together "
    "with the model, unless exogenous is false; a column about whose effect the rows with a known value say nothing, "
    "or whose coming values would carry the forecast beyond all that the past supports, is left out, which the notes "
    "record; a category that was never seen counts as average",
    "已知未来的协变量作为回归项（文本列的每个类别用一个虚拟变量），其系数与模型一起估计；exogenous 设为 false 时不用；"
    "若目标值已知的行不能说明某列的作用，或其未来取值会使预测超出过去所能支持的范围，则去掉该列并在结果中记录；"
    "从未出现过的类别按平均处理",
)
_GUARD = Text(
    "a forecast that leaves the range of the past by more than three times that range (more at a long horizon, and "
    "where the range grew that fast) is not given: the series is fitted again in a calmer form, which the notes "
    "record, or fails with the reason",
    "预测若超出过去取值范围三倍以上（预测期长或范围本身增长快时放宽），则不予给出：改用更平稳的形式重新拟合并在结果中记录，"
    "否则该序列失败并说明原因",
)
_NO_SEASON = Text(
    "no season: on seasonal data a name with one (SARIMA, Auto-SARIMA, ETS, MSTL) is usually far better; a run says "
    "where the past of a cutoff shows a clear season",
    "不含季节项：对季节性数据，带季节项的名称（SARIMA、Auto-SARIMA、ETS、MSTL）通常好得多；"
    "若截止点之前的数据有明显季节性，运行结果会予以提示",
)
_SHORT_LAGS = Text(
    "no seasonal terms: a season longer than the lags is not modelled; a run says where the past of a cutoff shows a "
    "clear one",
    "不含季节项：长于滞后阶数的季节不予建模；若截止点之前的数据有明显季节性，运行结果会予以提示",
)
_FIXED_ORDER = Text(
    "the same order for every series, (1,1,1) with a drift unless order is set; Auto-ARIMA searches one for each",
    "所有序列使用同一阶数，未设定 order 时为带漂移的 (1,1,1)；Auto-ARIMA 为每条序列分别定阶",
)
_ESTIMATION = Text(
    "coefficients by exact likelihood; by conditional least squares where that is too slow (a long series with several "
    "seasonal terms), which the notes record",
    "系数按精确似然估计；过慢时（序列很长且季节项较多）改用条件最小二乘，并在结果中记录",
)
_LONG_SEASON = Text(
    "a season above 24 has no seasonal lags: at most 12 harmonics chosen by BIC model it instead",
    "长于 24 的季节不用季节滞后，改由 BIC 选出的至多 12 个谐波表示",
)

# Order search.
_DIFFERENCES = Text(
    "differencing order d by the KPSS test, after regression on the known-future columns; residuals of an earlier "
    "stage are not differenced",
    "差分阶数 d 由 KPSS 检验决定，在对已知未来协变量回归之后；前一阶段的残差不作差分",
)
_SEASONAL_DIFFERENCES = Text(
    "differencing orders after regression on the known-future columns: D by the strength of the season (above 0.64), d "
    "by the KPSS test; residuals of an earlier stage are not differenced",
    "差分阶数在对已知未来协变量回归之后决定：D 由季节强度（大于 0.64）决定，d 由 KPSS 检验决定；前一阶段的残差不作差分",
)
_SEARCH = Text(
    "stepwise search: from a few simple orders, move to the first neighbouring order with a lower criterion, until "
    "there is none or max_models orders were tried; on the newest 1000 rows with gaps filled; each order is estimated "
    "by conditional least squares and compared by the corrected Akaike criterion of the exact likelihood at that "
    "estimate (of the sum of squares for very large models)",
    "逐步搜索：从几个简单阶数出发，移到第一个准则值更低的相邻阶数，直到没有更低者或已尝试 max_models 个阶数；"
    "用最近的 1000 行并填补缺口；每个阶数用条件最小二乘估计，"
    "再按该估计处精确似然的修正赤池准则比较（模型很大时改用残差平方和）",
)
_ROOTS = Text(
    "the search rejects orders with a root near the unit circle; the best order is checked again at the optimum of its "
    "exact likelihood and replaced by the next one if it has such a root there (finalists above 1: that many orders "
    "are compared at their optimum)",
    "搜索时排除根接近单位圆的阶数；最优的阶数再在其精确似然的最优点处检查，若那里有这样的根就换成下一个"
    "（finalists 大于 1 时，这么多个阶数在最优点处比较）",
)
_LONG_SEASON_SEARCH = Text(
    "a season above 24 has no seasonal lags: at most 12 harmonics chosen by BIC model it, and the search covers the "
    "non-seasonal orders of the remainder",
    "长于 24 的季节不用季节滞后：由 BIC 选出至多 12 个谐波来表示，再对剩余部分搜索非季节阶数",
)
_CHOSEN_ORDER = Text(
    "coefficients of the chosen order by exact likelihood on all rows (by conditional least squares where that is too "
    "slow); the notes record the orders, the number tried and whether the budget ended the search; engine pmdarima "
    "uses its own search",
    "选定阶数后，用全部行按精确似然估计系数（过慢时用条件最小二乘）；"
    "结果会记录所选阶数、尝试的个数，以及搜索是否因预算而停止；engine 设为 pmdarima 时用它自己的搜索",
)
_FOLDS = Text(
    "in a hybrid, later folds reuse the orders found on the first fold and estimate their own coefficients (a series "
    "whose search hardly ran is searched again); the fit that forecasts runs its own search",
    "在混合模型中，后面的折沿用第一折找到的阶数，只重新估计系数（几乎未能定阶的序列会重新搜索）；"
    "用于预测的拟合自行定阶",
)

#: Left out for a later stage: residuals are modelled by another variant, without known-future columns.
FIRST_ONLY = frozenset((_KNOWN_FUTURE, _NO_SEASON, _SHORT_LAGS, _FIXED_ORDER))

#: By component name.
NOTES: dict[str, tuple[Text, ...]] = {
    "ARIMA": (_FIXED_ORDER, _NO_SEASON, _KNOWN_FUTURE, _GUARD),
    "SARIMA": (_ESTIMATION, _KNOWN_FUTURE, _LONG_SEASON, _GUARD),
    "Auto-ARIMA": (_NO_SEASON, _DIFFERENCES, _SEARCH, _ROOTS, _CHOSEN_ORDER, _FOLDS, _KNOWN_FUTURE, _GUARD),
    "Auto-SARIMA": (
        _SEASONAL_DIFFERENCES,
        _SEARCH,
        _ROOTS,
        _LONG_SEASON_SEARCH,
        _CHOSEN_ORDER,
        _FOLDS,
        _KNOWN_FUTURE,
        _GUARD,
    ),
    "VAR": (
        Text(
            "lag order by BIC, at most 8; differences where the KPSS test finds most columns integrated; ridge "
            "regression with a cross-validated penalty where shrinkage helps, as with many columns; known-future "
            "columns as exogenous variables (text as a dummy for each category) unless exogenous is false, with "
            "weights only where the past tells their effect from that of the lags; one series with such columns is an "
            "autoregression beside them",
            "滞后阶数按 BIC 选取，至多 8；多数列被 KPSS 检验判为单整时作差分；"
            "收缩有益时（如列数较多）用岭回归，惩罚由交叉验证选取；"
            "已知未来的协变量作为外生变量（文本列的每个类别用一个虚拟变量），exogenous 设为 false 时不用；"
            "只有当过去能把其效应与滞后项的效应区分开时才有权重；只有一条序列时，是带这些变量的自回归",
        ),
        Text(
            "a series without values fails, and so do the series that start last where the group would have too few "
            "common rows, or less than a quarter of the rows it has without them; the others are fitted without them",
            "没有数值的序列失败；共同行数过少、或不足去掉它们之后的四分之一时，起始最晚的序列也失败；其余序列照常拟合",
        ),
        _SHORT_LAGS,
        _GUARD,
    ),
    "ETS": (
        Text(
            "components by the corrected Akaike criterion; season, damped trend and trend are left out for a series "
            "too short for them, which the notes record; a season above 24 is left out",
            "各成分按修正赤池准则选取；序列太短时依次去掉季节、阻尼、趋势，并在结果中记录；长于 24 的季节不用",
        ),
        _GUARD,
    ),
    "Theta": (
        Text(
            "seasonal adjustment where a 90 % autocorrelation test finds a season; no test with fewer than three "
            "cycles, which the notes record",
            "90% 自相关检验发现季节性时先去季节；不足三个周期时不作检验，并在结果中记录",
        ),
        _GUARD,
    ),
    "MSTL": (
        Text(
            "seasons: that of the panel, and the week where that is a day, each if there are more than two cycles; "
            "forecasts repeat the last cycle of each season; ETS forecasts the remainder",
            "使用面板的季节；该季节为一天时再加上周周期，须可见两轮以上；"
            "预测时重复各季节的最后一个周期；剩余部分用 ETS 预测",
        ),
        _GUARD,
    ),
}
