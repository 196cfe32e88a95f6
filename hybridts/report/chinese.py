"""The Chinese texts of the report, by their English form."""

from __future__ import annotations

from collections.abc import Mapping

#: Counted nouns, with their measure words.
NOUNS: Mapping[str, str] = {
    "name": "个模型",
    "series": "条序列",
    "window": "个窗口",
    "step": "步",
    "correction": "个修正",
    "learner": "个学习器",
    "network": "个网络",
}
#: Texts that Python writes; {fields} as in the English form.
SENTENCES: Mapping[str, str] = {
    "A point for each of {count}: seconds and mean {measure}. Beaten by none in both: {front}.": (
        "{count}各一个点：用时与平均 {measure}。两者都不被其他模型超过的：{front}。"
    ),
    "A row for each of {count}: mean, median and middle 80 % of its {measure}.": (
        "{count}各一行：{measure} 的均值、中位数和中间 80 %。"
    ),
    "A row for each of {count}: training data, then forecasts.": "{count}各一行：先是训练数据，后是预测。",
    "Accuracy against time": "精度与用时",
    "Alignment": "对齐方式",
    (
        "All corrections are shut ({count}): before each cutoff none of them had made the forecasts of its "
        "base better on data that it had not seen. Every hybrid here forecasts exactly like its base, and "
        "the merit is the base's."
    ): (
        "所有修正都已关闭（{count} 个）：在每个截止点之前，没有一个修正在它未见过的数据上改进了基础模型的预测"
        "。这里的每个混合模型的预测都与其基础模型完全相同，功劳属于基础模型。"
    ),
    "Autocorrelation of {name}": "{name} 的自相关",
    "Quantiles of the errors of {name}": "{name} 的误差分位数",
    "; {names} above the picture": "；{names}在图外上方",
    "actual": "实际",
    "lag, in windows": "滞后（窗口）",
    "mean rank": "平均名次",
    "mean {measure}": "平均 {measure}",
    "mean {measure}; filled: may be the best": "平均 {measure}；实心：可能是最佳",
    "normal quantile": "正态分位数",
    "seconds for all its stages (log)": "所有阶段的秒数（对数）",
    "single": "单一模型",
    "step of the forecast": "预测步",
    "step of the forecast; colour: gate, mean over windows": "预测步；颜色：门控，各窗口的均值",
    "step of the training": "训练步",
    "training loss": "训练损失",
    "{measure}: dot = mean, tick = median, line = middle 80 % of the cells": (
        "{measure}：圆点 = 均值，短竖线 = 中位数，横线 = 中间 80 % 的单元"
    ),
    "{name} (incomplete)": "{name}（不完整）",
    "{series}: {measure} of {name}: {loss}": "{series}：{name} 的 {measure}：{loss}",
    (
        "Errors of the first step (actual minus forecast, over the scale of MASE), all series pooled: their quantiles "
        "lie on the line where errors are normal."
    ): ("第一步的误差（实际减预测，除以 MASE 的尺度），汇总所有序列：误差服从正态分布时，其分位数落在直线上。"),
    "With {windows} windows no autocorrelation can be judged (it takes {fewest}).": (
        "只有 {windows} 个窗口，无法判断自相关（至少需要 {fewest} 个）。"
    ),
    "Autocorrelations and quantiles of the errors of {name}.": "{name} 误差的自相关与分位数。",
    "Bars of the features that {count} used most.": "{count}用得最多的特征。",
    "Cells": "单元",
    "Configuration, versions, seed, command and hash of the data": "配置、版本、种子、命令与数据哈希",
    "Contents": "目录",
    "Corrections and their gates": "修正及其门控",
    "Critical differences": "临界差",
    "Data": "数据",
    "Details": "细节",
    (
        "The line with dots is what happened; dotted lines are cutoffs. A name that forecasts exactly like "
        "another is drawn once."
    ): ("带点的线是实际值；虚线是截止点。预测完全相同的模型只画一次。"),
    (
        "Errors of the first step (actual minus forecast, over the scale of MASE) in the order of the "
        "windows, all series pooled. Left: their autocorrelation, which for a good model stays inside the "
        "band. Right: their quantiles, which lie on the line where errors are normal."
    ): (
        "第一步的误差（实际减预测，除以 MASE 的尺度），按窗口先后，汇总所有序列。左：自相关，好模型应落在带内"
        "。右：分位数，误差服从正态分布时落在直线上。"
    ),
    "Failures": "失败",
    "Figure, see report.html.": "图见 report.html。",
    (
        "Filled: the data cannot tell the name from the best one. Lines: 95 % intervals of the mean, where "
        "there are some."
    ): ("实心：数据无法把该模型与最佳模型区分开。横线：均值的 95 % 区间（如有）。"),
    "Forecasts against what happened": "预测与实际",
    "Gates shut: {closed} of {all} (correction x window).": ("已关闭的门控：{all} 个中的 {closed} 个（修正 × 窗口）。"),
    "Grey: data that a window is fitted on, for the longest series; blue: what it forecasts.": (
        "灰色：窗口用于拟合的数据（最长的序列）；蓝色：它的预测。"
    ),
    "Horizon": "预测步数",
    "How it was evaluated": "评估方法",
    "How much of each correction is let through; at 0 the hybrid forecasts like its base.": (
        "每个修正被采用的比例；为 0 时混合模型的预测与基础模型相同。"
    ),
    "How much of each correction is used (mean over steps and windows), and why.": (
        "每个修正被采用的比例（各步与各窗口的均值）及原因。"
    ),
    (
        "How much of each correction is used, mean over steps; its gain in units of MASE on hindcasts from "
        "before the cutoff that the correction had not seen; why. At 0 the hybrid is its base."
    ): (
        "每个修正被采用的比例（各步均值）；它在截止点之前、未见过的回测预测上的增益（MASE 单位）；原因。为 0 "
        "时混合模型就是基础模型。"
    ),
    "How sure the order is": "排序有多可靠",
    (
        "In the order of the leaderboard; the dashed line is the best baseline. An arrow stands for a mean "
        "beyond the axis."
    ): ("按排行榜顺序；虚线是最佳基线。箭头表示均值超出坐标轴。"),
    "Labelled are the names that no other name beats in both time and error.": (
        "标出的是在用时和误差上都不被其他模型同时超过的模型。"
    ),
    "Leaderboard": "排行榜",
    "Leaderboard: {run}": "排行榜：{run}",
    "Lines of actual values and forecasts over time. Names: {listed}.": ("实际值与预测随时间的曲线。模型：{listed}。"),
    "Lines of the training loss of {count}.": "{count}的训练损失曲线。",
    "Lines of the {label} at steps {first} to {last}. Names: {names}.": (
        "第 {first} 至 {last} 步的{label}曲线。模型：{names}。"
    ),
    "Made by hybridts; this file fetches nothing. Charts: Plotly.js (MIT licence).": (
        "由 hybridts 生成；本文件不访问网络。图表：Plotly.js（MIT 许可）。"
    ),
    "Mean gate of {count} at each of {steps}, from light (0, not used) to dark (1, used whole).": (
        "{count}在{steps}各步的平均门控，从浅（0，不采用）到深（1，全部采用）。"
    ),
    (
        "Mean rank over the independent units, 1 is best. Names under one bar cannot be told apart: their "
        "mean ranks differ by less than the critical difference."
    ): ("各独立单元上的平均名次，1 为最佳。同一条竖线下的模型无法区分：它们的平均名次之差小于临界差。"),
    "Mean ranks of {count}; the critical difference is {difference}.": ("{count}的平均名次；临界差为 {difference}。"),
    (
        "Mean training loss over the steps at the newest cutoff; a line that still falls steeply at its end "
        "may gain from more steps."
    ): ("最新截止点上训练损失随步数的变化；末端仍明显下降的曲线可能受益于更多步数。"),
    (
        "Means over cells (series x window); lower is better, except the two gains in percent, where "
        "positive is better. p: chance of a difference from the best baseline at least this large if there "
        "were none. best part: the best of what a name stands on and of its later stages as models by "
        "themselves. p (part): like p, against that part; both are corrected for the number of names, p "
        "alone is not. s alone: seconds for all stages a name needs; s added: for its last stage only."
    ): (
        "各单元（序列 × 窗口）的均值；越低越好，两个百分比增益除外（正数更好）。p：若与最佳基线并无差别，出现"
        "至少这么大差别的概率。最佳部件：该模型所依据的模型及其后续阶段单独作为模型时的最佳者。p（部件）：与"
        "该部件相比的 p；两者都按模型数量校正，单独 p 未校正。单独秒数：该模型所有阶段的用时；新增秒数：仅最"
        "后一个阶段。"
    ),
    (
        "Names that made the same forecasts stand together. Click a heading to sort; pin two names to "
        "compare them. Blue names are hybrids and ensembles, orange ones baselines."
    ): ("预测相同的模型归为一组。点击表头排序；固定两个模型即可比较。蓝色为混合与集成模型，橙色为基线。"),
    "No name answered every cell, so there is no winner.": "没有模型给出所有单元的预测，因此没有胜者。",
    "Not applicable": "不适用",
    (
        "Names with parts of their own: {built}; better than their best part: {better} ({clearly} clearly), "
        "equal to it: {same}, worse: {worse} ({clearly_worse} clearly)."
    ): (
        "有自身部件的模型：{built} 个；优于其最佳部件：{better} 个（其中 {clearly} 个明显），与之相同："
        "{same} 个，更差：{worse} 个（其中 {clearly_worse} 个明显）。"
    ),
    "Residual diagnostics": "残差诊断",
    "Season": "季节",
    "Series left out: too short ({count})": "未纳入的序列：太短（{count}）",
    "Settings": "设置",
    "Share of each feature in what a learner decided by, mean over the windows; the learner sums to 1.": (
        "每个特征在学习器决策中的占比，各窗口的均值；每个学习器合计为 1。"
    ),
    "Shared stages": "共享阶段",
    "Skip to the result": "跳到结果",
    "Test": "检验",
    "The evidence for each gate ({count})": "每个门控的证据（{count}）",
    "The mean over all cells of each step, window, series or time. Pick names above; lower is better.": (
        "每一步、窗口、序列或时间上所有单元的均值。在上方选择模型；越低越好。"
    ),
    (
        "To keep this page small it holds {series} of {all_series} series, evenly spaced from easy to hard "
        "for {best}, and {windows} of {all_windows} windows, the newest."
    ): (
        "为控制页面大小，这里含 {all_series} 条序列中的 {series} 条（按 {best} 的误差从易到难均匀选取）和 "
        "{all_windows} 个窗口中最新的 {windows} 个。"
    ),
    "Training data": "训练数据",
    "Training of the networks": "网络的训练",
    "Two names compared": "两个模型的比较",
    "Use {name} or any of these {n}: the data cannot tell them apart.": (
        "使用 {name} 或这 {n} 个中的任何一个：数据无法区分它们。"
    ),
    "Use {name} or {other}: the data cannot tell them apart.": "使用 {name} 或 {other}：数据无法区分它们。",
    "Use {name}: it is clearly better than every other name.": "使用 {name}：它明显优于其他所有模型。",
    "What the columns mean": "各列的含义",
    "What the learners looked at": "学习器看重什么",
    "What the models chose": "各模型的选择",
    "What {names} adds to {name} did nothing here (gates shut): the forecast and the merit are {name}'s.": (
        "{names} 在 {name} 之上所加的部分在这里没有起作用（门控关闭）：预测和功劳都属于 {name}。"
    ),
    "Where the error is": "误差在哪里",
    "Who may be the best": "谁可能是最佳",
    "Windows": "窗口",
    "Without a rank": "没有名次",
    "Without a rank: {parts}.": "没有名次：{parts}。",
    "correction": "修正",
    "failed": "失败",
    "gain on evidence": "证据上的增益",
    "incomplete": "不完整",
    "mean absolute error": "平均绝对误差",
    "mean absolute error / scale": "平均绝对误差 / 尺度",
    "not applicable here": "在此不适用",
    "not tested": "未检验",
    "used": "采用",
    "why": "原因",
    "window": "窗口",
    "{caption} {few}": "{caption}{few}",
    "{inside} of {count} distinct forecasts may be the best: {names}.": (
        "{count} 个不同的预测中有 {inside} 个可能是最佳：{names}。"
    ),
    "{measure} by series": "各序列的 {measure}",
    "{measure} by window": "各窗口的 {measure}",
    "{measure} of every name": "每个模型的 {measure}",
    "{name} has the lowest error, but nothing here can be tested ({why}).": (
        "{name} 的误差最低，但这里无法检验（{why}）。"
    ),
    "{name} has {measure} {loss}, {gain} % better than {baseline}, the best baseline ({sure}).": (
        "{name} 的 {measure} 为 {loss}，比最佳基线 {baseline} 好 {gain} %（{sure}）。"
    ),
    "{name} has {measure} {loss}, {gain} % worse than {baseline}, the best baseline ({sure}).": (
        "{name} 的 {measure} 为 {loss}，比最佳基线 {baseline} 差 {gain} %（{sure}）。"
    ),
    "{name} has {measure} {loss}; it is a baseline: no other name does better.": (
        "{name} 的 {measure} 为 {loss}；它是基线：没有其他模型更好。"
    ),
    "{name} has {measure} {loss}; there is no baseline to compare with.": (
        "{name} 的 {measure} 为 {loss}；没有可比较的基线。"
    ),
    "{name} is clearly worse than {baseline}.": "{name} 明显差于 {baseline}。",
    "{name}, a cheap baseline that nobody asked for, leads all names that were asked for.": (
        "{name} 是一个没人要求的廉价基线，却领先所有被要求的模型。"
    ),
    "{n} names are clearly worse than {baseline}.": "{n} 个模型明显差于 {baseline}。",
    "{n} {what}": "{n} 个{what}",
    "{p} corrected for {tests}": "{p}，按 {tests}校正",
    "{p} corrected for {tests}: chance explains that as well": "{p}，按 {tests}校正：偶然也能解释",
    "Shut in every window, so that the hybrid forecasts like its base: {shut} of {count}.": (
        "在所有窗口都关闭（混合模型的预测与其基础模型相同）：{count}中的 {shut} 个。"
    ),
    (
        "Clark and West's test: a hybrid contains its base, so its errors are larger by chance alone where "
        "its corrections are worth nothing; the test takes that into account. A small p: the corrections "
        "know something."
    ): (
        "Clark-West 检验：混合模型包含其基础模型，因此当修正毫无价值时，其误差仅因偶然就会更大；该检验考虑了"
        "这一点。p 很小说明修正确有信息。"
    ),
    "Does a hybrid know anything that its base does not? ({count})": (
        "混合模型是否知道其基础模型不知道的东西？（{count}）"
    ),
    "base": "基础模型",
    "p corrected": "校正后的 p",
    "yes": "是",
    "no": "否",
    "clearly better": "明显更好",
    "clearly worse": "明显更差",
    "not told apart": "无法区分",
    "mean and ranks disagree": "均值与名次不一致",
    "within the spread of seeds": "在种子的波动之内",
    "equal": "相同",
    "statistical": "统计",
    "neural": "神经网络",
    "learner": "学习器",
    "baseline": "基线",
    "hybrid": "混合",
    "ensemble": "集成",
    "#": "名次",
    "model": "模型",
    "family": "类别",
    "MASE median": "MASE 中位数",
    "gain over part %": "相对部件增益 %",
    "best part": "最佳部件",
    "p (part)": "p（部件）",
    "vs baseline %": "相对基线 %",
    "p alone": "单独 p",
    "s alone": "单独秒数",
    "s added": "新增秒数",
    "may be best": "可能最佳",
    "verdict": "结论",
    "verdict (part)": "结论（部件）",
    "cells": "单元",
    "missing": "缺失",
    "failures": "失败",
}
#: Texts that the scripts of the page write.
ON_SCREEN: Mapping[str, str] = {
    "95 % interval of the gain: {low} to {high} %.": "增益的 95 % 区间：{low} 至 {high} %。",
    "; chance explains that as well (p {p}).": "；偶然也能解释（p {p}）。",
    "; the difference is more than chance (p {p}).": "；差别超出偶然（p {p}）。",
    "; this run has too little data for a test.": "；这次运行的数据太少，无法检验。",
    "A forecast leaves the picture, which keeps to the range of what happened.": (
        "有预测超出图外；图只保留实际值的范围。"
    ),
    "A number in brackets: so many names made this forecast.": "括号中的数字：作出该预测的模型个数。",
    "Add a name": "添加模型",
    "Only those that may be the best": "只看可能是最佳的",
    "All columns": "所有列",
    "By": "按",
    "Critical difference of mean ranks: {x}.": "平均名次的临界差：{x}。",
    "Dark": "深色",
    "Dark theme": "深色主题",
    "Difference by series": "各序列的差别",
    "Equal names as one": "相同预测合并",
    "Family": "类别",
    "Interval": "区间",
    "Learner": "学习器",
    "Light": "浅色",
    "Light theme": "浅色主题",
    "Ljung-Box finds autocorrelation in {share} % of {n} series; 5 % are expected where there is none.": (
        "Ljung-Box 在 {n} 条序列中的 {share} % 发现自相关；没有自相关时预期为 5 %。"
    ),
    "Ljung-Box p = {p}.": "Ljung-Box p = {p}。",
    "Mean {measure}: {x} and {y}. {a} is better in {share} % of the cells.": (
        "平均 {measure}：{x} 与 {y}。{a} 在 {share} % 的单元中更好。"
    ),
    "Name": "模型",
    "Names": "模型",
    "Only the {n} best distinct forecasts are compared here.": "这里只比较最好的 {n} 个不同预测。",
    "Pin {name}": "固定 {name}",
    "Remove {name}": "移除 {name}",
    "Search names": "搜索模型",
    "Series": "序列",
    "Test: {test}; this pair alone, so a p picked among many pairs is too small.": (
        "检验：{test}；仅就这一对而言，从许多对中挑出的 p 会偏小。"
    ),
    "Two names compared": "两个模型的比较",
    "Window": "窗口",
    "actual": "实际",
    "all": "全部",
    "autocorrelation": "自相关",
    "difference in {measure}": "{measure} 之差",
    "dot: mean; tick: median; line: middle 80 % of the cells": ("圆点：均值；短竖线：中位数；横线：中间 80 % 的单元"),
    "forecasts": "预测",
    "importance": "重要性",
    "lag {k}: {v}": "滞后 {k}：{v}",
    "lag, in windows": "滞后（窗口）",
    "may be the best": "可能是最佳",
    "mean error": "平均误差",
    "mean error; filled: may be the best": "平均误差；实心：可能是最佳",
    "mean rank; bars join names that cannot be told apart": "平均名次；竖线连接无法区分的模型",
    "mean {a}, median {b}": "均值 {a}，中位数 {b}",
    "mean {measure}": "平均 {measure}",
    "none": "无",
    "normal quantile": "正态分位数",
    "not among the best": "不在最佳之列",
    "pin": "固定",
    "quantile of the errors": "误差分位数",
    "seconds for all stages of a name (log)": "模型所有阶段的秒数（对数）",
    "series; above zero {name} is better": "序列；零以上 {name} 更好",
    "step of the forecast; from faint (0, shut) to full colour (1, open)": ("预测步；由浅（0，关闭）到深（1，打开）"),
    "step of the training": "训练步",
    "step {h}": "第 {h} 步",
    "the best {n}": "最好的 {n} 个",
    "the forecast of {name}": "即 {name} 的预测",
    "training data": "训练数据",
    "training loss": "训练损失",
    "window {w}": "窗口 {w}",
    "{a} and {b} made the same forecasts.": "{a} 与 {b} 的预测相同。",
    "{a} has {gain} % less {measure} than {b}": "{a} 的 {measure} 比 {b} 低 {gain} %",
    "{a} has {gain} % more {measure} than {b}": "{a} 的 {measure} 比 {b} 高 {gain} %",
    "{name} is pinned. Pin a second name to compare them.": "已固定 {name}。再固定一个模型即可比较。",
    "{n} equal": "{n} 个相同",
    "{n} errors; mean {mean}, standard deviation {sd}, in units of MASE's scale.": (
        "{n} 个误差；均值 {mean}，标准差 {sd}，以 MASE 的尺度为单位。"
    ),
    "{n} names with larger errors lie above the picture.": "{n} 个误差更大的模型在图外上方。",
    "{n} names with the same forecasts as {name}": "{n} 个与 {name} 预测相同的模型",
    "the most open {n}": "打开最多的 {n} 个",
    "{n} of the {all} names on the line have room for a label.": "线上 {all} 个模型中有 {n} 个标得下名称。",
    "{n} of {all} series, evenly spaced from easy to hard for the best name.": (
        "{all} 条序列中的 {n} 条，按最佳模型的误差从易到难均匀选取。"
    ),
    "{shown} of {all} names shown": "显示 {all} 个模型中的 {shown} 个",
    "step": "步",
    "window": "窗口",
    "series": "序列",
    "hour": "小时",
    "weekday": "星期",
    "month": "月份",
    "hybrids and ensembles": "混合与集成模型",
    "baselines": "基线",
    "single models": "单一模型",
    "statistical": "统计",
    "neural": "神经网络",
    "learner": "学习器",
    "baseline": "基线",
    "hybrid": "混合",
    "ensemble": "集成",
    "Monday": "周一",
    "Tuesday": "周二",
    "Wednesday": "周三",
    "Thursday": "周四",
    "Friday": "周五",
    "Saturday": "周六",
    "Sunday": "周日",
    "January": "1 月",
    "February": "2 月",
    "March": "3 月",
    "April": "4 月",
    "May": "5 月",
    "June": "6 月",
    "July": "7 月",
    "August": "8 月",
    "September": "9 月",
    "October": "10 月",
    "November": "11 月",
    "December": "12 月",
}
