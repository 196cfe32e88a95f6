"""The statistical models and baselines of the catalogue: full name, one line, when to use each and when not, source."""

from __future__ import annotations

from hybridts.names.registry import Combo, Component, Text

STATISTICAL: tuple[Component, ...] = (
    Component(
        name="ARIMA",
        family="statistical",
        target="hybridts.models.statistical.arima:ARIMA",
        full=Text("Autoregressive integrated moving average", "差分自回归移动平均模型"),
        summary=Text(
            en="Linear model of a differenced series on its own past values and past errors, one per series.",
            zh="对差分后的序列，用自身的过去值和过去误差作线性预测，每条序列一个模型。",
        ),
        good=Text(
            en=("short series, trends that drift, autocorrelation that dies out slowly; fits in milliseconds"),
            zh="短序列、缓慢漂移的趋势、逐渐衰减的自相关；毫秒级即可拟合",
        ),
        bad=Text(
            en="seasonality, thresholds and other non-linear behaviour; it uses no other series",
            zh="季节性、阈值等非线性行为；不使用其他序列的信息",
        ),
        source=("Box, G. E. P. and Jenkins, G. M. (1970). Time Series Analysis: Forecasting and Control. Holden-Day."),
    ),
    Component(
        name="SARIMA",
        family="statistical",
        target="hybridts.models.statistical.arima:SARIMA",
        full=Text("Seasonal autoregressive integrated moving average", "季节性差分自回归移动平均模型"),
        summary=Text(
            en="ARIMA with additional terms at seasonal lags, so that the seasonal pattern adapts to the data.",
            zh="在 ARIMA 上增加季节滞后的项，使季节形态随数据变化。",
        ),
        good=Text(
            en=(
                "monthly and quarterly series with one stable season; a strong baseline that hybrids often fail to beat"
            ),
            zh="具有单一稳定季节的月度、季度序列；是混合模型常常胜不过的强基线",
        ),
        bad=Text(
            en=("several seasons at once and very long seasons (slow); it does not apply to series without a season"),
            zh="同时存在多个季节、季节很长（速度慢）的情况；没有季节的序列不适用",
        ),
        source=("Box, G. E. P. and Jenkins, G. M. (1970). Time Series Analysis: Forecasting and Control. Holden-Day."),
    ),
    Component(
        name="Auto-ARIMA",
        family="statistical",
        target="hybridts.models.statistical.auto_arima:AutoARIMA",
        full=Text("Automatic ARIMA (order search, never seasonal)", "自动 ARIMA（自动定阶，不含季节项）"),
        summary=Text(
            en="ARIMA with orders chosen for each series by the corrected Akaike criterion, without a season.",
            zh="按修正的赤池准则为每条序列自动搜索阶数的 ARIMA，不含季节项。",
        ),
        good=Text(
            en="panels of different series that need different orders, without a season",
            zh="各序列性质不同、没有统一阶数可用，且预计无季节性的面板数据",
        ),
        bad=Text(
            en="seasonal data (use Auto-SARIMA); on few observations the search may choose an order by chance",
            zh="季节性数据（请用 Auto-SARIMA）；数据点少时，搜索可能碰巧选错阶数",
        ),
        source=(
            "Hyndman, R. J. and Khandakar, Y. (2008). Automatic time series forecasting: the forecast "
            "package for R. Journal of Statistical Software 27(3)."
        ),
        aliases=("AutoARIMA",),
    ),
    Component(
        name="Auto-SARIMA",
        family="statistical",
        target="hybridts.models.statistical.auto_arima:AutoSARIMA",
        full=Text("Automatic seasonal ARIMA (order search)", "自动季节性 ARIMA（自动定阶）"),
        summary=Text(
            en="Seasonal ARIMA with all orders, seasonal and non-seasonal, chosen for each series.",
            zh="为每条序列自动搜索阶数（含季节阶数）的季节性 ARIMA。",
        ),
        good=Text(
            en="seasonal panels whose series differ; the usual automatic statistical benchmark",
            zh="各序列差异较大的季节性面板数据；常用的自动统计基准",
        ),
        bad=Text(
            en=(
                "large panels (the slowest of the statistical models) and several seasons; it does not apply to series "
                "without a season"
            ),
            zh="序列很多时较慢（统计模型中最慢）、多重季节；没有季节的序列不适用",
        ),
        source=(
            "Hyndman, R. J. and Khandakar, Y. (2008). Automatic time series forecasting: the forecast "
            "package for R. Journal of Statistical Software 27(3)."
        ),
        aliases=("AutoSARIMA",),
    ),
    Component(
        name="VAR",
        family="statistical",
        target="hybridts.models.statistical.var:VAR",
        full=Text("Vector autoregression", "向量自回归模型"),
        summary=Text(
            en="Linear model of several series on the recent past of all of them.",
            zh="用多条序列的近期历史对它们一起作线性预测。",
        ),
        good=Text(
            en="a few series that lead or lag one another",
            zh="少数几条确有领先与滞后关系的序列",
        ),
        bad=Text(
            en=(
                "many series (the number of coefficients grows with the square, and shrinkage leaves little of them); "
                "it does not apply to a single series"
            ),
            zh="序列很多时系数个数按平方增长，收缩后所剩无几；只有一条序列时不适用",
        ),
        source="Sims, C. A. (1980). Macroeconomics and reality. Econometrica 48(1), 1-48.",
    ),
)

#: ETS with its components chosen on hindcasts: AICc takes (M,N,M) on air passengers, where (M,A,M) forecasts better.
CHECKED_ETS = Combo(
    "ETS-CV",
    "best(ETS, ETS, ETS)",
    settings={"ETS@2": {"model": "ZAZ"}, "ETS@3": {"model": "MAM"}},
    summary=Text(
        "The best on hindcasts of ETS by AICc, ETS with a trend and multiplicative Holt-Winters, for positive data.",
        "按样本外预测误差从三者中选最优：AICc 选出的 ETS、带趋势的 ETS、乘法 Holt-Winters（仅用于正值数据）。",
    ),
    built_in=True,
)

BASELINES: tuple[Component, ...] = (
    Component(
        name="Naive",
        family="baseline",
        target="hybridts.models.statistical.baselines:Naive",
        full=Text("Naive forecast (last value)", "朴素预测（最后一个值）"),
        summary=Text("Repeats the last observed value.", "重复最后一个观测值。"),
        good=Text(
            en="random walks such as prices; the benchmark that every model should beat",
            zh="价格等随机游走序列；任何模型都应胜过的基准",
        ),
        bad=Text("trend and season, which it ignores", "趋势和季节性，它都不考虑"),
        source=(
            "Hyndman, R. J. and Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd edition. OTexts."
        ),
    ),
    Component(
        name="SeasonalNaive",
        family="baseline",
        target="hybridts.models.statistical.baselines:SeasonalNaive",
        full=Text("Seasonal naive forecast", "季节性朴素预测"),
        summary=Text(
            en="Repeats the last season; at season 1 it is the naive forecast.",
            zh="重复上一个季节；季节长度为 1 时即朴素预测。",
        ),
        good=Text("strong, stable seasons; the reference of MASE", "强而稳定的季节性；MASE 指标的参照"),
        bad=Text("trends, and seasons that change", "趋势，以及会变化的季节性"),
        source=(
            "Hyndman, R. J. and Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd edition. OTexts."
        ),
    ),
    Component(
        name="Drift",
        family="baseline",
        target="hybridts.models.statistical.baselines:Drift",
        full=Text("Random walk with drift", "带漂移的随机游走"),
        summary=Text(
            en="The straight line from the first to the last observation, continued.",
            zh="把首末两个观测值的连线向前延伸。",
        ),
        good=Text("steady long-run growth without a season", "没有季节性的稳定长期增长"),
        bad=Text("season, and trends that turned recently", "季节性，以及近期已转向的趋势"),
        source=(
            "Hyndman, R. J. and Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd edition. OTexts."
        ),
    ),
    Component(
        name="Theta",
        family="baseline",
        target="hybridts.models.statistical.theta:Theta",
        full=Text("Theta method", "Theta 方法"),
        summary=Text(
            en="The mean of a straight line and exponential smoothing on the deseasonalised series.",
            zh="对去季节后的序列，取直线趋势与指数平滑的平均。",
        ),
        good=Text(
            en="business series of medium length; it won the M3 competition",
            zh="中等长度的商业序列；曾赢得 M3 竞赛",
        ),
        bad=Text("several seasons, sudden changes of level", "多重季节性、水平的突然变化"),
        source=(
            "Assimakopoulos, V. and Nikolopoulos, K. (2000). The theta model: a decomposition approach to "
            "forecasting. International Journal of Forecasting 16(4), 521-530."
        ),
    ),
    Component(
        name="ETS",
        family="baseline",
        target="hybridts.models.statistical.ets:ETS",
        full=Text("Exponential smoothing (error, trend, season)", "指数平滑状态空间模型（误差、趋势、季节）"),
        summary=Text(
            en="Exponential smoothing with error, trend and season types chosen for each series.",
            zh="为每条序列选择误差、趋势、季节类型的指数平滑。",
        ),
        good=Text(
            en="level, trend and season that change slowly; a strong automatic benchmark",
            zh="缓慢变化的水平、趋势和季节；强有力的自动基准",
        ),
        bad=Text("long seasons and covariates; slow on large panels", "长季节、协变量；序列很多时较慢"),
        source=(
            "Hyndman, R. J., Koehler, A. B., Snyder, R. D. and Grose, S. (2002). A state space framework "
            "for automatic forecasting using exponential smoothing methods. International Journal of "
            "Forecasting 18(3), 439-454."
        ),
    ),
    Component(
        name="WindowAverage",
        family="baseline",
        target="hybridts.models.statistical.baselines:WindowAverage",
        full=Text("Window average", "窗口平均"),
        summary=Text(
            en="The mean of the last season (of the last four rows where there is none), repeated.",
            zh="重复最近一个季节的平均值（没有季节性时取最近四行的平均）。",
        ),
        good=Text("noisy series that stay around a level", "围绕某一水平波动、噪声较大的序列"),
        bad=Text("trend and season, which it averages away", "趋势和季节性，会被平均掉"),
        source=(
            "Hyndman, R. J. and Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd edition. OTexts."
        ),
    ),
    Component(
        name="MSTL",
        family="baseline",
        target="hybridts.models.statistical.mstl:MSTL",
        full=Text("Multiple seasonal-trend decomposition with smoothing", "多重季节趋势分解加平滑"),
        summary=Text(
            en=(
                "Removes several seasons by STL (hourly data: day and week), smooths the remainder exponentially, and "
                "adds the seasons back."
            ),
            zh="用 STL 逐个分离多重季节（小时数据：日与周），对剩余部分作指数平滑，再把季节加回。",
        ),
        good=Text(
            en="hourly and half-hourly data with a daily and a weekly season, at least two cycles of each",
            zh="同时具有日周期与周周期的小时、半小时数据，且每个周期至少可见两轮",
        ),
        bad=Text(
            en="seasons whose amplitude follows the level; patterns that changed in the last cycle, which it repeats",
            zh="季节幅度随水平变化的序列；最后一个周期形态有变化的序列，因为它重复该周期",
        ),
        source=(
            "Bandara, K., Hyndman, R. J. and Bergmeir, C. (2021). MSTL: a seasonal-trend decomposition algorithm for "
            "time series with multiple seasonal patterns. arXiv:2107.13462."
        ),
    ),
)
