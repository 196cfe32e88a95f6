"""Sentences about when to use a structure and when not, in English and Chinese."""

from __future__ import annotations

from hybridts.names.registry import Text

#: By structure, by how the first two stages divide the work ("linear then free" ...), or by component.
GOOD: dict[str, Text] = {
    "chain": Text(
        "a correction that does not help is shrunk towards zero, so little is lost by trying it",
        "没有帮助的修正会被收缩到接近零，因此尝试的损失很小",
    ),
    "linear then free": Text(
        "a linear model estimates the linear part; only the residuals need a flexible model",
        "线性模型估计线性部分，只有残差才需要灵活的模型",
    ),
    "global then local": Text(
        "a global model learns the patterns common to all series, then a local model what persists in each series",
        "先用全局模型学习全体序列的共同规律，再用局部模型学习各序列自身持续的部分",
    ),
    "network then rows": Text(
        "the network uses raw windows; the learner adds effects of step, calendar and covariates",
        "网络使用原始窗口，机器学习模型补上步数、日历和协变量的效应",
    ),
    "serial": Text(
        "each block uses the features of the block before it; all are trained end to end on one loss",
        "每个块使用前一个块的特征，按同一损失端到端训练",
    ),
    "parallel": Text("the branches extract different features from the same window", "各分支从同一窗口提取不同的特征"),
    "two-step": Text(
        "the first part can be evaluated and reused alone; the second has fewer parameters to train",
        "第一部分可以单独评估和复用；第二部分需要训练的参数较少",
    ),
    "ensemble": Text(
        "members with different errors cancel part of them, with nothing to tune",
        "误差不同的成员会相互抵消部分误差，而且无需调参",
    ),
}

#: With the keys of `GOOD` where they apply.
BAD: dict[str, Text] = {
    "chain": Text(
        "the base is fitted several times for out-of-fold residuals; short series leave few rows, and the gate is "
        "often 0",
        "为得到折外残差，基础模型要拟合多次；序列短时样本很少，门控系数常为 0",
    ),
    "three": Text(
        "each further stage needs more folds of history and learns from fewer, noisier rows; its gate is often 0",
        "每多一个阶段就需要更多折的历史，可学的样本更少、噪声更大；其门控系数常为 0",
    ),
    "serial": Text(
        "more parameters than one block, and the order of the blocks matters", "参数比单个块多，而且块的次序有影响"
    ),
    "parallel": Text(
        "costs the time of all branches; the concatenated features are many", "耗时为各分支之和；拼接后的特征很多"
    ),
    "two-step": Text(
        "features trained for the first part's own forecast may not be the best ones for the second",
        "为第一部分自身预测而训练的特征，对第二部分未必最好",
    ),
    "ensemble": Text(
        "costs the time of all members; a poor member can make the result worse",
        "耗时为各成员之和；一个差的成员可能使结果变差",
    ),
    "learned weights": Text(
        "every member needs hindcasts, so its base is fitted on several folds; few hindcasts give noisy weights",
        "每个成员都需要折外预测，基础模型要在多个折上拟合；折外预测少时权重的噪声大",
    ),
    "VAR": Text(
        "VAR needs several series; a name that contains VAR does not apply to a single one",
        "VAR 需要多条序列；只有一条序列时，含有 VAR 的名称都不适用",
    ),
}
