"""Sentences about the data that each stage is fitted to, in English and Chinese."""

from __future__ import annotations

from hybridts.names.registry import Text

#: Of a stage: its family and whether it is the first or a later one of its chain; of chains: their settings; of
#: ensembles: how their weights are chosen.
FITTING: dict[str, Text] = {
    "neural first": Text(
        "trained on windows of all series at once; the target is the deviation from the anchor, by default the "
        "seasonal-naive forecast",
        "同时用全部序列的窗口训练；目标是相对锚（anchor，默认为季节性朴素预测）的偏差",
    ),
    "prior": Text(
        "starts from weights that were learned on simulated series alone (a prior); the more windows the data have, "
        "the further it moves from there to weights of its own; a handful of windows leaves it where it is; "
        "`prior: none` starts from random weights",
        "从仅在模拟序列上学到的权重（先验，prior）出发；数据的窗口越多，离先验越远，越接近自己的权重，"
        "窗口很少时几乎不动；`prior: none` 则从随机权重开始",
    ),
    "statistical first": Text(
        "estimated separately on the past of each series (VAR: of each group of series)",
        "分别用每条序列（VAR 为每组序列）的历史估计",
    ),
    "baseline first": Text(
        "repeats or smooths the past; at most a few coefficients are estimated", "重复或平滑历史；至多估计少数几个系数"
    ),
    "learner first": Text(
        "trained on rows of all series; the target is the deviation from the seasonal-naive forecast",
        "用全部序列的样本行训练；目标是相对季节性朴素预测的偏差",
    ),
    "neural later": Text(
        "trained on the residuals of all steps, from windows and the forecast of the stages before; no anchor",
        "由窗口和前面各阶段的预测学习所有步的残差；不使用锚",
    ),
    "statistical later": Text(
        "fitted to the one-step residuals as a time series; ARIMA models use no differences and no constant here, "
        "since residuals vary around zero",
        "把一步残差当作时间序列来拟合；此时 ARIMA 类模型不作差分、不含常数，因为残差围绕零波动",
    ),
    "learner later": Text(
        "trained on the residuals of all steps, from features at the origin",
        "由预测起点处的特征学习所有步的残差",
    ),
    "cross_fit": Text(
        "Residuals are out-of-fold (residuals: cross_fit): the stages before are fitted again on older data only and "
        "forecast data they have not seen. No correction is trained on in-sample residuals.",
        "残差为折外残差（residuals: cross_fit）：前面的阶段只用较早的数据重新拟合，再预测未见过的数据；"
        "任何修正都不用样本内残差训练。",
    ),
    "in_sample": Text(
        "Residuals are in-sample (residuals: in_sample), an ablation: they are smaller than the errors of real "
        "forecasts.",
        "残差为样本内残差（residuals: in_sample），属于消融设置：它们小于真实预测的误差。",
    ),
    "open": Text(
        "No gate (gate: open), an ablation: every correction is used in full, even one that makes the forecast worse.",
        "没有门控（gate: open），属于消融设置：每个修正都全部使用，即使它使预测变差。",
    ),
    "multiplicative": Text(
        "Multiplicative (combine: multiplicative): later stages are fitted to logarithms and multiply the forecast by "
        "a factor between 1/5 and 5; where data or forecast are not positive, they change nothing.",
        "乘法形式（combine: multiplicative）：后续阶段在对数上拟合，把预测乘以 1/5 到 5 之间的因子；"
        "数据或预测不为正处不作改变。",
    ),
    "gate": Text(
        "Gate: every correction is multiplied by a factor in [0, 1] per step, learned on newer rows than the "
        "correction; 0 leaves the forecast of the stages before unchanged.",
        "门控：每个修正按步乘以 [0, 1] 中的系数，该系数用比修正更新的样本学得；取 0 时前面各阶段的预测不变。",
    ),
    "mean": Text(
        "Ensemble: the members are fitted independently and averaged with equal weights; their accuracy is not used.",
        "集成：各成员独立拟合，再等权平均；不使用各自的精度。",
    ),
    "median": Text(
        "Ensemble: the members are fitted independently; the median of their forecasts is robust to one bad member.",
        "集成：各成员独立拟合，再逐步取中位数；对个别失准的成员稳健。",
    ),
    "weights": Text(
        "Ensemble: the weights are learned from hindcasts in the scale of MASE: out-of-fold forecasts from earlier "
        "origins, by models fitted to older data only. All series share one set of weights; with scope series each has "
        "its own, shrunk towards the shared ones. A member that failed is left out, and the notes name it.",
        "集成：权重由折外预测按 MASE 的尺度学得，即只用较早数据拟合的模型在较早起点上的预测。"
        "全部序列共用一组权重；scope 设为 series 时每条序列各有一组，并向共用权重收缩。"
        "失败的成员不计入，并在结果中记录。",
    ),
    "candidates": Text(
        "Its members are candidates: those that suit the data are taken before anything is fitted, by season, length, "
        "number of series and sign of the values up to the first cutoff; the notes name them.",
        "成员为候选：拟合之前按首个截止点以前数据的季节、长度、序列数和正负选出合适者，结果中列出所选成员。",
    ),
}
