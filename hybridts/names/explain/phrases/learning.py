"""Sentences about the data that each stage learns from, in English and Chinese."""

from __future__ import annotations

from hybridts.names.registry import Text

LEARNING: dict[str, Text] = {
    "neural first": Text(
        ("learns from windows of all series at once; its target is the deviation from the seasonal-naive forecast"),
        "同时从全部序列的窗口学习；目标是相对季节性朴素预测的偏差",
    ),
    "statistical first": Text(
        "is estimated on the past of each series (VAR: of each group), with nothing shared between them",
        "用每条序列（VAR 为每组序列）的历史估计，彼此不共享信息",
    ),
    "baseline first": Text(
        "repeats or smooths the past; at most a few coefficients are estimated", "重复或平滑历史；至多估计少数几个系数"
    ),
    "learner first": Text(
        "learns from rows of all series; its target is the deviation from the seasonal-naive forecast",
        "从全部序列的样本行学习；目标是相对季节性朴素预测的偏差",
    ),
    "neural later": Text(
        "learns the honest errors of all steps from windows and the forecast so far; it has no anchor",
        "从窗口和已有预测学习所有步的诚实误差；不使用锚",
    ),
    "statistical later": Text(
        "is fitted to honest one-step errors as a series, fold edges missing; ARIMA models then take no difference and "
        "no constant, since errors vary around zero",
        "把诚实的一步误差当作序列来拟合，各折边界处视为缺失；此时 ARIMA 类模型不作差分、不含常数，因为误差围绕零波动",
    ),
    "learner later": Text(
        "learns the honest errors of all steps directly from features at the origin",
        "由预测起点处的特征直接学习所有步的诚实误差",
    ),
    "honest": Text(
        (
            "Honest errors: the stages before are fitted again on older data only, and forecast what they "
            "have not seen; "
            "no correction learns from errors on training data."
        ),
        ("诚实误差：前面的阶段只用较早的数据重新拟合，再预测没有见过的部分；任何修正都不从训练数据上的误差学习。"),
    ),
    "in_sample": Text(
        "Errors on training data (residuals: in_sample): an ablation, since they are smaller than those to come.",
        "训练数据上的误差（residuals: in_sample）：消融设置，因为它们小于将来的误差。",
    ),
    "open": Text(
        "No gate (gate: open): every correction is used in full, an ablation; a bad one harms.",
        "没有门（gate: open）：每个修正都全部使用，属于消融设置；差的修正会带来损害。",
    ),
    "multiplicative": Text(
        "Multiplicative (combine: multiplicative): later stages work in logarithms and change the forecast by a "
        "factor, at most 5 up or down; where data or forecast are zero or less, nothing is changed.",
        "乘法形式（combine: multiplicative）：后续阶段在对数上工作，以一个因子改变预测，上下至多 5 倍；"
        "数据或预测不为正处不作改变。",
    ),
    "gate": Text(
        (
            "Gate: every correction is shrunk by a factor in [0, 1] per step, learned on newer rows than "
            "the correction; "
            "0 gives the forecast before it back."
        ),
        "门：每个修正按步乘以 [0, 1] 中的系数，该系数用比修正更新的样本学得；取 0 时恢复修正之前的预测。",
    ),
    "mean": Text(
        (
            "Ensemble: the members are fitted by themselves and averaged with equal weights, so nothing is "
            "learned from how they did."
        ),
        "集成：各成员独立拟合，再等权平均，因此不从各自的表现中学习。",
    ),
    "median": Text(
        "Ensemble: the members are fitted by themselves; their median is not moved by one that goes astray.",
        "集成：各成员独立拟合，再逐步取中位数，个别成员失准不会影响结果。",
    ),
    "weights": Text(
        (
            "Ensemble: weights come from honest hindcasts, forecasts from earlier origins by fits that had not seen "
            "what followed, in MASE's scale; one set for the panel, or with scope series one for each series, shrunk "
            "towards the panel's. A member that failed is left out, and the notes name it."
        ),
        (
            "集成：权重由诚实的回测学得，即较早起点上、未见过其后数据的拟合所作的预测，以 MASE 为尺度；"
            "整个面板共用一组权重，scope 设为 series 时每条序列各有一组并向面板的权重收缩。"
            "失败的成员不计入，并在结果中记录。"
        ),
    ),
}
