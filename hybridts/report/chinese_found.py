"""The Chinese texts for sentences that other parts of the package write into a run: notices, tests, reasons.

A run holds them in English. A key is such a sentence with {fields}, which match anything ({n}: a number, {date...}: a
time), and <one|another>, which match either; its value has the same fields. What a field holds is translated by the
same tables.
"""

from __future__ import annotations

from collections.abc import Mapping

FOUND: Mapping[str, str] = {
    # the test
    "no test: {found} <is|are> too few (at least {n} are needed)": "未检验：{found}太少（至少需要 {n} 个）",
    "No test: {found} <is|are> too few (at least {n} are needed): differences may be chance.": (
        "未检验：{found}太少（至少需要 {n} 个）：差别可能只是偶然。"
    ),
    "no test: {found} are too few (at least {n} are needed, or a longer step)": (
        "未检验：{found}太少（至少需要 {n} 个，或更长的步距）"
    ),
    "No test: {found} are too few (at least {n} are needed, or a longer step): differences may be chance.": (
        "未检验：{found}太少（至少需要 {n} 个，或更长的步距）：差别可能只是偶然。"
    ),
    "no test: the cutoffs of the series lie within {found}, too few to be independent": (
        "未检验：各序列的截止点只落在{found}内，太少，无法视为独立"
    ),
    ("No test: the cutoffs of the series lie within {found}, too few to be independent: differences may be chance."): (
        "未检验：各序列的截止点只落在{found}内，太少，无法视为独立：差别可能只是偶然。"
    ),
    "{n} windows that overlap of {series} series that share their dates": (
        "{series} 条日期相同的序列的 {n} 个重叠窗口"
    ),
    "{n} windows that overlap ({freedom} degrees of freedom) of {series} series that share their dates": (
        "{series} 条日期相同的序列的 {n} 个重叠窗口（自由度 {freedom}）"
    ),
    "{n} windows that overlap ({freedom} degrees of freedom)": "{n} 个重叠窗口（自由度 {freedom}）",
    "{n} windows that overlap": "{n} 个重叠窗口",
    "{n} <window|windows> of {series} series that share their dates": ("{series} 条日期相同的序列的 {n} 个窗口"),
    "{n} <window|windows>": "{n} 个窗口",
    "{n} <span|spans> of dates": "{n} 个日期区间",
    "{n} <span|spans> of dates (series with cutoffs of their own; {freedom} degrees of freedom)": (
        "{n} 个日期区间（各序列有自己的截止点；自由度 {freedom}）"
    ),
    "{n} series (time in whole numbers: no calendar shared)": "{n} 条序列（时间为整数，没有共同的日历）",
    "t-test over {found}; two-sided, corrected for all names": "对{found}的 t 检验；双侧，按所有模型校正",
    "t-test over {found}": "对{found}的 t 检验",
    "Model Confidence Set at {level} % ({test})": "{level} % 的模型置信集（{test}）",
    "mean ranks over {n} independent units ({test})": "{n} 个独立单元上的平均名次（{test}）",
    "fewer than two names have every cell": "有全部单元的模型不足两个",
    # notices of the board
    (
        "The test rests on {n} independent windows: only large differences can be told from chance, and p "
        "holds only if their means are about normal. Add windows."
    ): ("检验只依据 {n} 个独立窗口：只有很大的差别才能与偶然区分，并且 p 只在窗口均值近似正态时成立。请增加窗口。"),
    "Of {names}, none differs from its base: all gates are shut.": (
        "{names}中没有一个与其基础模型不同：所有门控都关闭。"
    ),
    "Of {names}, 1 differs from its base: its {measure} is {change}.": (
        "{names}中有 1 个与其基础模型不同：其 {measure} {change}。"
    ),
    ("Of {names}, {n} differ from their base: their {measure} is {change} in the median (from {low} to {high})."): (
        "{names}中有 {n} 个与其基础模型不同：其 {measure} 的中位数{change}（从{low}到{high}）。"
    ),
    "{n} % lower": "低 {n} %",
    "{n} % higher": "高 {n} %",
    "{n} <hybrid|hybrids>": "{n} 个混合模型",
    "{name}, a cheap baseline that was not asked for, leads all names that were.": (
        "{name} 是一个没人要求的廉价基线，却领先所有被要求的模型。"
    ),
    (
        "The {measure} of {names} is less than {share} % of that of {name}: check that no column holds the target or "
        "something that is made of it."
    ): "{names} 的 {measure} 不到 {name} 的 {share} %：请检查是否有列就是目标，或由目标算出。",
    "There is no baseline to compare with.": "没有可比较的基线。",
    "{measure} is defined in no cell (its scale is zero or unknown), so names are ranked by MAE.": (
        "{measure} 在所有单元中都无定义（其尺度为零或未知），因此按 MAE 排名。"
    ),
    "{measure} is defined in no cell, so names are ranked by MAE.": (
        "{measure} 在所有单元中都无定义，因此按 MAE 排名。"
    ),
    "MASE is undefined in {n} of {total} cells (scale zero or unknown); its means leave them out.": (
        "MASE 在 {total} 个单元中的 {n} 个无定义（尺度为零或未知）；均值不含这些单元。"
    ),
    "No name answered every cell, so no name has a rank; each is scored on the cells it has.": (
        "没有模型给出所有单元的预测，因此都没有名次；各模型只按其已有的单元评分。"
    ),
    (
        "MAPE is refused in {n} of {total} cells, first of series {name}: an actual is zero or near it, and "
        "would decide the mean. Its means leave these cells out; WAPE has them."
    ): (
        "MAPE 在 {total} 个单元中的 {n} 个不予计算（首先是序列 {name}）：有实际值为零或接近零，会左右均值。"
        "均值不含这些单元；WAPE 包含它们。"
    ),
    "OWA is unknown: this run has no forecasts of Naive2. Run it again with OWA among its metrics.": (
        "OWA 未知：这次运行没有 Naive2 的预测。请把 OWA 列入指标后重新运行。"
    ),
    "No name forecasts quantiles, so {names} <is|are> unknown.": "没有模型预测分位数，因此 {names} 未知。",
    "Coverage, Winkler and MSIS are of the {level} % interval.": ("覆盖率、Winkler 与 MSIS 都针对 {level} % 区间。"),
    (
        "For {names} the mean loss and the majority of series disagree, so neither is called better or "
        "worse: a few series decide the mean."
    ): ("{names} 的平均损失与多数序列的结果不一致，因此不称其更好或更差：少数序列决定了均值。"),
    # notices of the run
    "{name}: {n} series of {rows} rows, freq {freq}, season {season}.": (
        "{name}：{n} 条序列，各 {rows} 行，频率 {freq}，季节 {season}。"
    ),
    "{name}: {n} series of {rows} rows, whole-number time, season {season}.": (
        "{name}：{n} 条序列，各 {rows} 行，时间为整数，季节 {season}。"
    ),
    "column {name} is text with {n} <category|categories>: {listed}.": ("列 {name} 是文本，有 {n} 个类别：{listed}。"),
    "{text} The word {words} is a category like the others; leave a cell empty to say nothing.": (
        "{text}词 {words} 与其他类别一样是一个类别；若要表示无值，请把单元格留空。"
    ),
    "{text} Its empty cells are a category of their own, {name}.": "{text}其空单元格自成一个类别 {name}。",
    "target: column {name}.": "目标：列 {name}。",
    "target: every numeric column is a series ({names}).": "目标：每个数值列都是一条序列（{names}）。",
    "{n} series without any value dropped: {names}.": "已去掉没有任何值的 {n} 条序列：{names}。",
    "Left out of the windows that they are too short for: {names}.": "因太短而未纳入相应窗口：{names}。",
    "The target has been 0 where {name} ({rows} rows): forecasts there are 0.": (
        "{name} 时目标一直为 0（{rows} 行）：那里的预测为 0。"
    ),
    "settings for {key} are not used: no model here combines so.": "{key} 的设置没有用到：这里没有模型这样组合。",
    "settings for {key} are not used: no model here has a stage after another.": (
        "{key} 的设置没有用到：这里没有模型有后续阶段。"
    ),
    "settings for {key} are not used: no model here has that part.": ("{key} 的设置没有用到：这里没有模型含有该部件。"),
    (
        "Covariate {name} looks like a leak: as {kind} it is {what}, up to a factor and a constant, which "
        "nobody knows at the cutoff. Forecasts that use it are too good to be true: leave it out, or shift "
        "it."
    ): (
        "协变量 {name} 像是泄漏：作为{kind}，它就是{what}（相差一个倍数和常数），而在截止点没有人知道它。"
        "使用它的预测好得不真实：请去掉它，或将其移位。"
    ),
    "a known-future column": "未来已知列",
    "a past column": "过去列",
    "the target {n} <row|rows> later": "之后 {n} 行的目标",
    "the target {n} <row|rows> earlier": "之前 {n} 行的目标",
    "the target of the same row": "同一行的目标",
    "Covariate {names} <is|are> constant up to the last cutoff: nothing can be learned from it.": (
        "协变量 {names} 到最后一个截止点为止一直不变：无法从中学到任何东西。"
    ),
    "Covariates {one} and {other} are collinear: they say the same, and their effects cannot be told apart.": (
        "协变量 {one} 与 {other} 共线：它们说的是同一件事，其效应无法区分。"
    ),
    (
        "Covariates {names} are collinear together: one is a sum of others, so that their effects cannot be told apart."
    ): ("协变量 {names} 共同共线：其中一个是其他几个之和，因此其效应无法区分。"),
    (
        "Known-future column {name} has no value at {n} of {all} rows to be forecast (first in series "
        "{series}): learners and networks take it to be as usual there."
    ): (
        "未来已知列 {name} 在 {all} 个待预测行中的 {n} 行没有值（首先在序列 {series}）："
        "学习器和神经网络把那里视为平常情况。"
    ),
    (
        "{what} was fitted again in a calmer form, because the past did not support its forecast, for {n} of "
        "{all} series (first {first})."
    ): ("{what} 对 {all} 条序列中的 {n} 条以更稳健的形式重新拟合，因为过去不支持其预测（首先是 {first}）。"),
    (
        "{what} leaves out known-future columns whose effect the past does not show, for {n} of {all} series "
        "(first {first})."
    ): ("{what} 对 {all} 条序列中的 {n} 条去掉了过去看不出效应的未来已知列（首先是 {first}）。"),
    (
        "{what} divides the joint effect of collinear known-future columns among them, for {n} of {all} "
        "series (first {first})."
    ): ("{what} 对 {all} 条序列中的 {n} 条把共线的未来已知列的共同效应在它们之间平分（首先是 {first}）。"),
    ("{what} counts categories whose effect it could not learn as average, for {n} of {all} series (first {first})."): (
        "{what} 对 {all} 条序列中的 {n} 条把无法学到效应的类别视为平均（首先是 {first}）。"
    ),
    (
        "{what} has no season, and the past shows a clear one: consider a name with a season, such as "
        "{names}, for {n} of {all} series (first {first})."
    ): (
        "{what} 没有季节项，而过去显示出明显的季节：请考虑有季节的模型，例如 {names}；涉及 {all} 条序列中的 "
        "{n} 条（首先是 {first}）。"
    ),
    "{name} leaves out {members}: no forecast.": "{name} 不含 {members}：没有预测。",
    "{name} leaves out {members}: too few hindcasts compared with the other members.": (
        "{name} 不含 {members}：与其他成员相比，回测预测太少。"
    ),
    "{names} <has|have> no intervals in {n} windows: {why}.": "{names} 在 {n} 个窗口中没有区间：{why}。",
    "{names} <has|have> no intervals: {why}.": "{names} 没有区间：{why}。",
    (
        "{n} series have no intervals, first {name}: no seasonal difference of their past is known or other "
        "than zero, so that the size of an error has no scale."
    ): ("{n} 条序列没有区间（首先是 {name}）：其过去的季节差分未知或全为零，误差没有尺度。"),
    ("{what} learned from fewer hindcasts: {n} of {all} fits on older data have none, the first ({stage}): {why}"): (
        "{what} 可学习的回测预测较少：在较早数据上的 {all} 次拟合中有 {n} 次没有，第一个（{stage}）：{why}"
    ),
    (
        "<Baseline|Baselines> left out: {names} would cost more than a third of the names that were asked "
        "(about {n} s); name <it|them> among the models to have <it|them>."
    ): ("未纳入的基线：{names} 的用时会超过所要求模型的三分之一（约 {n} 秒）；若需要，请在模型中写出其名称。"),
    "{path} held a board with {names}, not asked for now; its stages are kept.": (
        "{path} 原有的排行榜含 {names}，这次没有要求；其阶段已保留。"
    ),
    (
        "An older version wrote this run, without a checksum of its manifest: a change of that file would "
        "not be noticed. Running the backtest again adds it; finished stages are kept."
    ): ("这次运行由旧版本写成，没有清单的校验和：该文件的改动不会被发现。重新运行回测即可补上；已完成的阶段会保留。"),
    # gates
    "gain {gain} MASE on {n} <block|blocks>, lower bound {bound}": ("在 {n} 个区块上的增益 {gain} MASE，下界 {bound}"),
    "{share}, open in {n} of {all} windows; the newest: {why}": (
        "{share}，在 {all} 个窗口中的 {n} 个打开；最新的：{why}"
    ),
    "gain {gain} MASE on {n} <block|blocks> is not above zero with {sure}% confidence": (
        "在 {n} 个区块上的增益 {gain} MASE 不能以 {sure}% 的置信度大于零"
    ),
    "no weight of the correction lowered the error": "修正的任何权重都没有降低误差",
    "held open by its settings, without evidence": "由设置保持打开，没有证据",
    "no origin has a scale for its errors: every series was constant until then": (
        "没有起点有误差尺度：在那之前所有序列都不变"
    ),
    "{n} origins of evidence, fewer than two horizons ({need})": ("证据只有 {n} 个起点，少于两个预测期（{need}）"),
    "{n} independent <block|blocks> of errors, fewer than {need}": ("只有 {n} 个独立的误差区块，少于 {need} 个"),
    "{n} <block|blocks> of time, shared by all series, fewer than {need}": (
        "所有序列共有的时间区块只有 {n} 个，少于 {need} 个"
    ),
    "too little data for a fold: no out-of-fold errors to learn from": ("数据太少，无法分折：没有可学习的折外误差"),
    "too little data: no out-of-fold error is known yet": "数据太少：还没有已知的折外误差",
    "too little data: no out-of-fold errors older than those of the gate": ("数据太少：没有早于门控所用的折外误差"),
    # how it was evaluated
    "{n} series, {rows} <row|rows>": "{n} 条序列，{rows} 行",
    "{n} ({span}), {step} <step|steps> apart": "{n} 个（{span}），相隔 {step} 步",
    "{n} ({span}), {step} <step|steps> apart; neighbouring windows share targets": (
        "{n} 个（{span}），相隔 {step} 步；相邻窗口有共同的目标"
    ),
    "{date} to {date_of_last}": "{date} 至 {date_of_last}",
    "each series has its own cutoff: {first} in the first window, {last} in the last": (
        "各序列有自己的截止点：第一个窗口{first}，最后一个窗口{last}"
    ),
    "each series has its own cutoff, {when}": "各序列有自己的截止点，{when}",
    "between {first} and {last}": "在 {first} 与 {last} 之间",
    "{n} <step|steps>": "{n} 步",
    "{n} <step|steps> after a gap of {gap}": "间隔 {gap} 行之后的 {n} 步",
    "{scheme}, fitted again at every cutoff": "{scheme}，在每个截止点重新拟合",
    "{scheme}, fitted again at every cutoff, networks from the weights of the cutoff before": (
        "{scheme}，在每个截止点重新拟合，网络从前一个截止点的权重开始"
    ),
    "{scheme}, fitted once, at the first cutoff": "{scheme}，只在第一个截止点拟合一次",
    "{scheme}, fitted again every {n} windows": "{scheme}，每 {n} 个窗口重新拟合",
    "expanding": "扩展窗口",
    "sliding": "滑动窗口",
    "one cutoff for all series": "所有序列同一截止点",
    (
        "cutoffs counted from each series' end; {n} <time|times> a series reaches past another's cutoff in "
        "calendar time"
    ): ("截止点从各序列的末尾数起；有 {n} 次某序列在日历时间上超过另一序列的截止点"),
    "{season}; MASE compares with the change over {n} <step|steps>; frequency {freq}": (
        "{season}；MASE 与 {n} 步的变化相比；频率 {freq}"
    ),
    "{n} (series x window), each scored first, then averaged": "{n} 个（序列 × 窗口），先各自评分，再取平均",
    "for every name that has the part: {settings}": "用于含有该部件的每个模型：{settings}",
    # what the models chose
    "What every stage chose when it was last fitted, {when}.": "各阶段最后一次拟合时的选择，{when}。",
    "What every stage chose when it was last fitted, {when}. {more}": ("各阶段最后一次拟合时的选择，{when}。{more}"),
    "at the cutoff of each series, {when}": "在各序列的截止点，{when}",
    "at {time}": "时间 {time}",
    "(p,d,q)(P,D,Q)[season] are orders of an ARIMA.": "(p,d,q)(P,D,Q)[季节] 是 ARIMA 的阶数。",
    "(p,d,q)(P,D,Q)[season] are orders of an ARIMA. {more}": "(p,d,q)(P,D,Q)[季节] 是 ARIMA 的阶数。{more}",
    "Three letters are error, trend and season: A additive, M multiplicative, N none, d damped.": (
        "三个字母是误差、趋势与季节：A 加法，M 乘法，N 无，d 阻尼。"
    ),
    "Three letters are error, trend and season: A additive, M multiplicative, N none, d damped. {more}": (
        "三个字母是误差、趋势与季节：A 加法，M 乘法，N 无，d 阻尼。{more}"
    ),
    "5 × stands for five series (or groups) with the same choice.": "5 × 表示五条序列（或组）的选择相同。",
    "5 × stands for five series (or groups) with the same choice. {more}": (
        "5 × 表示五条序列（或组）的选择相同。{more}"
    ),
    "Models tried is the median over the series.": "“试过的模型”是各序列的中位数。",
    "{name}: season {n} explains {share}% of the changes": "{name}：季节 {n} 解释了 {share}% 的变化",
    "season {n} explains {share}% of the changes": "季节 {n} 解释了 {share}% 的变化",
    "{name}: constant wherever a value is known: {names}": "{name}：凡有值之处都不变：{names}",
    "constant wherever a value is known: {names}": "凡有值之处都不变：{names}",
    "lag {n} of differences, {rest}": "差分的滞后 {n}，{rest}",
    "lag {n} of levels, {rest}": "水平的滞后 {n}，{rest}",
    "least squares, {rest}": "最小二乘，{rest}",
    "least squares": "最小二乘",
    "ridge {penalty}, {rest}": "岭回归 {penalty}，{rest}",
    "ridge": "岭回归",
    "explosive, so damped, {rest}": "发散，故已抑制，{rest}",
    "{n} <column|columns>": "{n} 列",
    "{n} <column|columns>, with known-future columns": "{n} 列，含未来已知列",
    "weights: {why}": "权重：{why}",
    "members left out, without a forecast: {rest}": "没有预测而未纳入的成员：{rest}",
    "members left out, with too few hindcasts: {rest}": "回测预测太少而未纳入的成员：{rest}",
    "order searched again: {rest}": "重新搜索了阶数：{rest}",
    "simpler model than asked for: {rest}": "比要求的模型更简单：{rest}",
    "nothing to estimate: {rest}": "没有可估计的：{rest}",
    "gaps filled for the estimate: {rest}": "为估计填补了缺口：{rest}",
    "not by exact likelihood: {rest}": "不是按精确似然：{rest}",
    "explosive estimate pulled back: {rest}": "发散的估计已拉回：{rest}",
    "season left out: {rest}": "未纳入季节：{rest}",
    "seasonal order replaced: {rest}": "替换了季节阶数：{rest}",
    "no more than two cycles are known, or nothing varies, so periods are left out: {rest}": (
        "已知的周期不超过两个，或没有变化，因此未纳入：{rest}"
    ),
    "known-future columns left out: {rest}": "未纳入的未来已知列：{rest}",
    "known-future columns dropped: {rest}": "去掉的未来已知列：{rest}",
    "known-future columns collinear, their joint effect divided among them: {rest}": (
        "共线的未来已知列，共同效应在其间平分：{rest}"
    ),
    "categories never learned, which count as average: {rest}": "从未学到、视为平均的类别：{rest}",
    "a clear season that the model does not hold: {name} ({why})": "模型没有包含的明显季节：{name}（{why}）",
    "a clear season that the model does not hold: {rest}": "模型没有包含的明显季节：{rest}",
    "fitted again, because the past did not support the forecast: {rest}": "因过去不支持其预测而重新拟合：{rest}",
    "Box-Cox power: {rest}": "Box-Cox 幂：{rest}",
    "no Box-Cox power found: {rest}": "未找到 Box-Cox 幂：{rest}",
    "no correction, the series could not be fitted: {rest}": "无修正，该序列无法拟合：{rest}",
    "hash of the data": "数据的哈希",
    "version of {name}": "{name} 的版本",
    "hybridts backtest config.yaml, with the config.yaml of the run's folder": (
        "hybridts backtest config.yaml（用运行文件夹中的 config.yaml）"
    ),
    "started from simulated series (prior); {steps} on {windows}, {share} of the way to weights of its own": (
        "从模拟序列（先验）开始；在{windows}上{steps}，走完到自身权重之路的 {share}"
    ),
    "started from random weights; {steps} on {windows}": "从随机权重开始；在{windows}上{steps}",
    "started from the weights of the cutoff before; {steps} on {windows}": (
        "从前一个截止点的权重开始；在{windows}上{steps}"
    ),
    "{n} own <window|windows>": "{n} 个自己的窗口",
    "{text} for all {n} <series|groups>": "{text}（全部 {n} 个）",
    "no season": "无季节",
    "multiplicative season": "乘法季节",
    "additive season": "加法季节",
    "{order} with drift": "{order}，带漂移",
    "{order} with mean": "{order}，带均值",
    "{listed} and {n} more": "{listed} 等，另有 {n} 个",
    "{text}. weights: {why}": "{text}。权重：{why}",
    "learned on {n} targets, {blocks} independent blocks": "由 {n} 个目标、{blocks} 个独立区块学得",
    "{share}% learned on {n} targets, {blocks} independent blocks; the rest is the median of all members": (
        "{share}% 由 {n} 个目标、{blocks} 个独立区块学得；其余是所有成员的中位数"
    ),
    "These names have no meaning on this data. That is no failure.": ("这些模型对这份数据没有意义。这不是失败。"),
    "This name has no meaning on this data. That is no failure.": "该模型对这份数据没有意义。这不是失败。",
    "{n} stage <fit|fits> did the work of {all}: {time} saved by sharing.": (
        "{n} 次阶段拟合完成了 {all} 次的工作：共享节省了 {time}。"
    ),
    "{n} stage <fit|fits> did the work of {all}: nothing could be shared.": (
        "{n} 次阶段拟合完成了 {all} 次的工作：没有可共享的。"
    ),
    "{text} {n} <fit|fits> came from an earlier run.": "{text}其中 {n} 次来自较早的运行。",
}
#: Headings of tables whose columns are those of the data.
HEADINGS: Mapping[str, str] = {
    "cutoff": "截止点",
    "series": "序列",
    "left out": "未纳入",
    "overlap": "重叠",
    "windows": "窗口数",
    "values found": "已有的值",
    "values needed": "所需的值",
    "stage": "阶段",
    "stages": "阶段",
    "error": "错误",
    "message": "消息",
    "reason": "原因",
    "kind": "种类",
    "fits": "拟合次数",
    "reused": "重用",
    "seconds": "秒",
    "fits saved": "节省的拟合",
    "used by": "使用者",
    "choice": "选择",
    "models tried": "试过的模型",
    "remarks": "备注",
    "status": "状态",
    "window {n}": "窗口 {n}",
}
