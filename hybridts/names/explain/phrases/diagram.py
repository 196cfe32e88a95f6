"""Phrases of the diagram, in English and Chinese."""

from __future__ import annotations

from hybridts.names.registry import Text

#: Letters of the shapes, in this order; a diagram lists only those that it uses.
LEGEND: dict[str, Text] = {
    "B": Text("B windows", "B 窗口数"),
    "T": Text("T past time steps", "T 过去的时间步数"),
    "T/2": Text("T/2 half of them (rounded up)", "T/2 其一半（向上取整）"),
    "L": Text("L layers", "L 层数"),
    "C": Text("C channels", "C 通道数"),
    "S": Text("S subsequences", "S 子序列数"),
    "D": Text("D series", "D 序列数"),
    "H": Text("H steps ahead", "H 预测步数"),
    "M": Text("M origins", "M 预测起点数"),
    "F": Text("F features", "F 特征数"),
}

#: The forecast that a network's output is added to, by the setting `anchor`; "none" adds nothing.
ANCHORS: dict[str, Text] = {
    "seasonal_naive": Text("seasonal-naive forecast", "季节性朴素预测"),
    "last": Text("last value", "最后一个值"),
}

#: The divisor of a window, by the setting `scale`; "none" divides by nothing.
SCALES: dict[str, Text] = {
    "deviation": Text(
        "mean absolute deviation of the window from its last value, at least the mean absolute seasonal difference of "
        "the past",
        "窗口相对其最后一个值的平均绝对偏差，至少为历史季节性差分的平均绝对值",
    ),
    "std": Text(
        "standard deviation of the window, at least the mean absolute seasonal difference of the past",
        "窗口的标准差，至少为历史季节性差分的平均绝对值",
    ),
    "seasonal_diff": Text("mean absolute seasonal difference of the past", "历史季节性差分的平均绝对值"),
    "mean_abs": Text("mean absolute value of the window", "窗口的平均绝对值"),
}

#: The effect of each block on the sequence; " last" is the form read by the head; other blocks use "block".
BLOCKS: dict[str, Text] = {
    "RNN": Text("one hidden state per time step", "每个时间步一个隐藏状态"),
    "LSTM": Text("one gated hidden state per time step", "每个时间步一个门控隐藏状态"),
    "GRU": Text("one gated hidden state per time step", "每个时间步一个门控隐藏状态"),
    "BiLSTM": Text("hidden states of both directions, past time steps only", "两个方向的隐藏状态，只读过去"),
    "BiGRU": Text("hidden states of both directions, past time steps only", "两个方向的隐藏状态，只读过去"),
    "CIFG-LSTM": Text(
        "one hidden state per time step; input and forget gate are coupled",
        "每个时间步一个隐藏状态，输入门与遗忘门耦合",
    ),
    "CNN": Text("causal convolutions, then pooling halves the length", "因果卷积，再用池化把长度减半"),
    "CNN last": Text(
        "causal convolutions; each of L layers halves the length, so the last step covers the whole window",
        "因果卷积；L 层中每层把长度减半，因此最后一步覆盖整个窗口",
    ),
    "CNN subsequences": Text(
        "each of S subsequences is convolved separately and becomes one time step",
        "分别对 S 个子序列作卷积，每个变成一个时间步",
    ),
    "CNN subsequences last": Text(
        "each of S subsequences is convolved separately; their features are concatenated",
        "分别对 S 个子序列作卷积，所得特征拼接",
    ),
    "CNN dilated": Text(
        "causal convolutions with dilation that grows from layer to layer; no pooling",
        "因果卷积，扩张率逐层增大；不做池化",
    ),
    "CNN grid": Text(
        "2-D convolutions over each frame, then pooling of 2 x 2 cells", "对每一帧作二维卷积，再按 2 × 2 格池化"
    ),
    "CNN grid last": Text(
        "2-D convolutions over all frames of the window, stacked as channels", "把窗口内各帧叠成通道，再作二维卷积"
    ),
    "ConvLSTM": Text("convolutional hidden states, one subsequence after the other", "逐个子序列推进的卷积隐藏状态"),
    "ConvLSTM grid": Text("2-D convolutional hidden states, one frame after the other", "逐帧推进的二维卷积隐藏状态"),
    "MLP": Text("applied to each time step separately", "对每个时间步分别作用"),
    "MLP last": Text("applied to the flattened sequence", "作用于展平后的整个序列"),
    "DNN": Text("applied to each time step separately", "对每个时间步分别作用"),
    "DNN last": Text("applied to the flattened sequence", "作用于展平后的整个序列"),
    "Attention": Text(
        "causal self-attention: each time step attends to itself and earlier ones",
        "因果自注意力：每个时间步关注自身及更早的时间步",
    ),
    "Attention last": Text("attention pooling: weighted mean of all states", "注意力池化：全部状态的加权平均"),
    "block": Text("a registered block", "自行注册的块"),
}

#: Titles of stages and ensembles.
TITLES: dict[str, Text] = {
    "network first": Text(
        "{name}: one network, trained end to end on all series", "{name}：一个网络，在全部序列上端到端训练"
    ),
    "network steps": Text(
        "{name}: networks trained one after the other on all series", "{name}：在全部序列上先后训练的网络"
    ),
    "network later": Text(
        "{name}: a network that predicts the residuals of the stages before", "{name}：预测前面各阶段残差的网络"
    ),
    "local first": Text("{name}: fitted to each series separately", "{name}：对每条序列单独拟合"),
    "joint first": Text("{name}: fitted to all series of a group jointly", "{name}：对一组序列联合拟合"),
    "local later": Text(
        "{name}: models the residuals of the stages before as a time series",
        "{name}：对前面各阶段的残差序列建模",
    ),
    "learner first": Text("{name}: one regression on lags of all series", "{name}：用全部序列的滞后值训练一个回归模型"),
    "learner later": Text("{name}: predicts the residuals of the stages before", "{name}：预测前面各阶段的残差"),
    "ensemble mean": Text("ensemble of {n} members with equal weights", "{n} 个成员的等权集成"),
    "ensemble median": Text("median of {n} members", "{n} 个成员的中位数集成"),
    "ensemble weighted": Text(
        "ensemble of {n} members, weights proportional to one over their mean squared hindcast errors",
        "{n} 个成员的集成，权重与各自折外预测均方误差的倒数成正比",
    ),
    "ensemble stacked": Text(
        "ensemble of {n} members, non-negative least-squares weights from hindcasts",
        "{n} 个成员的集成，用折外预测按非负最小二乘求权重",
    ),
    "ensemble greedy": Text(
        "ensemble of {n} members, weights half from greedy selection on hindcasts, half from least squares",
        "{n} 个成员的集成，权重一半来自折外预测上的贪心选择，一半来自最小二乘",
    ),
    "ensemble best": Text(
        "the one of {n} members with the lowest hindcast error", "{n} 个成员中折外预测误差最小的那一个"
    ),
}

#: Steps, and the notes between them.
LINES: dict[str, Text] = {
    "window": Text(
        "window that ends at the origin: minus its last value, then scaled",
        "止于预测起点的窗口：减去最后一个值，再缩放",
    ),
    "window later": Text(
        "the scaled window; the forecast of the stages before is an input of the head",
        "缩放后的窗口；前面各阶段的预测输入到输出头",
    ),
    "window grid": Text(
        "frames of all D series up to the origin, each cell minus its last value, then scaled",
        "截至预测起点的各帧，每帧含全部 D 条序列，每格减去最后一个值，再缩放",
    ),
    "channels": Text(
        "C: value, indicator of observed values, five features of the whole past (trend, variability, autocorrelation, "
        "scale), past covariates",
        "C：数值、是否有观测的标记、全部历史的五个特征（趋势、波动、自相关、尺度），以及过去协变量",
    ),
    "scale": Text("scale: {what}", "尺度：{what}"),
    "highway": Text(
        "highway: a linear autoregression on the scaled window, added to the head",
        "直通：在缩放后的窗口上的线性自回归，与输出头相加",
    ),
    "start": Text("starts from the weights in {file}", "从 {file} 中的权重开始"),
    "together": Text(
        "features concatenated; longer branches are average-pooled to the shortest length",
        "特征拼接；较长的分支平均池化到最短的长度",
    ),
    "fork": Text("every branch has the same input", "各分支的输入相同"),
    "step first": Text(
        "step {n}: trained with a head of its own, then frozen", "第 {n} 步：先用自己的输出头训练，然后冻结"
    ),
    "step last": Text("step {n}: trained on the frozen features", "第 {n} 步：在冻结的特征上训练"),
    "step first open": Text(
        "step {n}: trained with a head of its own; its weights are the start of the next step",
        "第 {n} 步：先用自己的输出头训练，其权重作为下一步的起点",
    ),
    "step last open": Text("step {n}: trained together with the parts before it", "第 {n} 步：与前面各部分一起训练"),
    "step loaded": Text("step {n}: loaded from {file} and frozen", "第 {n} 步：从 {file} 读取并冻结"),
    "step loaded open": Text(
        "step {n}: loaded from {file}; its weights are the start of the next step",
        "第 {n} 步：从 {file} 读取，其权重作为下一步的起点",
    ),
    "head": Text(
        "head: one output per step ahead; a linear map plus a hidden layer of 64 ReLU units, both of the last state "
        "and the facts beside it; known-future covariates of a step enter by a small network that all steps share",
        "输出头：每步一个输出；线性映射与 64 个 ReLU 单元的隐藏层相加，二者都读取最后一个状态和与其并列的输入；"
        "每步的已知未来协变量经由各步共用的小网络进入",
    ),
    "summary": Text(
        "facts beside the state: anchor, calendar, static covariates, and for seasonal data the seasonal pattern, "
        "levels and slopes of the past",
        "与状态并列的输入：锚、日历、静态协变量；有季节时还有历史的季节模式、水平和斜率",
    ),
    "head grid": Text(
        "head: one output per cell and step ahead; a linear map plus a hidden layer of 64 ReLU units, both of the last "
        "state of the cell and the facts beside it",
        "输出头：每格每步一个输出；线性映射与 64 个 ReLU 单元的隐藏层相加，二者都读取该格最后一个状态和与其并列的输入",
    ),
    "anchor": Text("+ seasonal-naive forecast", "+ 季节性朴素预测"),
    "past": Text("all values of one series up to the origin", "一条序列截至预测起点的全部值"),
    "joint past": Text("all values of D series up to the origin", "D 条序列截至预测起点的全部值"),
    "state": Text(
        "{name}: forecasts of all steps from the state at each origin", "{name}：由各预测起点的状态给出所有步的预测"
    ),
    "residuals": Text(
        "one-step residuals of one series; out-of-fold ones are missing at fold edges",
        "一条序列的一步残差；折外残差在各折边界处缺失",
    ),
    "joint residuals": Text(
        "one-step residuals of D series; out-of-fold ones are missing at fold edges",
        "D 条序列的一步残差；折外残差在各折边界处缺失",
    ),
    "residual state": Text(
        "{name}: forecasts of the residuals of all steps from the state at each origin",
        "{name}：由各预测起点的状态给出所有步的残差预测",
    ),
    "rows": Text(
        "one row per origin and step: recent scaled values, seasonal-naive value, step, calendar, known covariates",
        "每个预测起点、每一步一行：近期缩放值、季节性朴素值、步数、日历、已知协变量",
    ),
    "rows later": Text(
        "one row per origin and step: recent scaled values, forecast of the stages before for that step, "
        "seasonal-naive value, step, calendar, known covariates",
        "每个预测起点、每一步一行：近期缩放值、前面各阶段对该步的预测、季节性朴素值、步数、日历、已知协变量",
    ),
    "deviation": Text("{name}: deviation from the seasonal-naive forecast", "{name}：相对季节性朴素预测的偏差"),
    "direct": Text("{name}: residual of each step, predicted directly", "{name}：直接预测每一步的残差"),
    "gate": Text(
        "x gate of each step, from 0 (no correction) to 1 (full correction)",
        "× 每步的门控系数，从 0（不修正）到 1（全部修正）",
    ),
    "gate open": Text("full correction: no gate (gate: open)", "全部修正：没有门控（gate: open）"),
    "add": Text("+ forecast of the stages before", "+ 前面各阶段的预测"),
    "multiply": Text(
        "as a factor x forecast of the stages before, where all values are positive",
        "作为因子 × 前面各阶段的预测，仅在数值全为正处",
    ),
    "mean": Text("mean of the members", "各成员的平均"),
    "median": Text("median of the members, step by step", "各成员逐步取中位数"),
    "weights": Text("weighted sum of the members", "各成员的加权和"),
}
