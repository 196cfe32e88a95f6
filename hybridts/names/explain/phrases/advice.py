"""Sentences about when to use a wiring and when not, in English and Chinese."""

from __future__ import annotations

from hybridts.names.registry import Text

GOOD: dict[str, Text] = {
    "chain": Text(
        "a correction that does not help is shrunk towards zero, so little is lost by trying it",
        "没有帮助的修正会被收缩到接近零，因此尝试的损失很小",
    ),
    "linear then free": Text(
        "the linear part is estimated by a linear model and only what is left asks for data",
        "线性部分由线性模型估计，只有剩余部分才需要更多数据",
    ),
    "global then local": Text(
        "patterns common to all series first, then what persists in each series by itself",
        "先学全体序列的共同规律，再学各序列自身持续的部分",
    ),
    "network then rows": Text(
        "the network reads raw windows, the learner adds step, calendar and covariate effects it missed",
        "网络读取原始窗口，学习器补上它漏掉的步数、日历和协变量效应",
    ),
    "serial": Text(
        "each block reads features that the one before it prepared, and all are trained for the same loss",
        "每个块读取前一个块准备的特征，并为同一损失共同训练",
    ),
    "parallel": Text(
        "branches see the same window in different ways, and neither filters what the other sees",
        "各分支以不同方式看同一窗口，互不遮挡",
    ),
    "two-step": Text(
        "the first part can be judged and reused by itself; the second has fewer weights to train",
        "第一部分可以单独评估和复用；第二部分需要训练的参数较少",
    ),
    "ensemble": Text(
        "members that err differently cancel part of each other's errors, with nothing to tune",
        "出错方式不同的成员会相互抵消部分误差，而且无需调参",
    ),
}

BAD: dict[str, Text] = {
    "chain": Text(
        ("the base is fitted several times for honest errors; on short series few rows remain and the gate stays shut"),
        "为得到诚实误差，基础模型要拟合多次；序列短时样本很少，门会保持关闭",
    ),
    "three": Text(
        ("every further stage needs more folds of history and learns from fewer, noisier rows; its gate is often 0"),
        "每多一个阶段就需要更多折的历史，可学的样本更少、噪声更大；其门常为 0",
    ),
    "serial": Text(
        "more weights than one block, and the order of the blocks matters",
        "参数比单个块多，而且块的次序有影响",
    ),
    "parallel": Text(
        "costs the time of all branches; the fused features are many", "耗时为各分支之和；融合后的特征很多"
    ),
    "two-step": Text(
        "features tuned for the first part's own forecast need not be the best ones for the second",
        "为第一部分自身预测而调好的特征，对第二部分未必最好",
    ),
    "ensemble": Text(
        "costs the time of all members; one poor member pulls the mean towards it",
        "耗时为各成员之和；一个差的成员会拉低整体",
    ),
    "learned weights": Text(
        "every member needs hindcasts, so its base is fitted on several folds; with few hindcasts weights are noise",
        "每个成员都需要回测，基础模型要在多个折上拟合；回测少时权重只是噪声",
    ),
    "VAR": Text(
        "where nothing is multivariate, VAR does not apply, and neither does any name that holds it",
        "没有多变量数据时 VAR 不适用，含有它的名称同样不适用",
    ),
}
