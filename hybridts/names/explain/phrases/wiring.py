"""Phrases of the wiring diagram, in English and Chinese."""

from __future__ import annotations

from hybridts.names.registry import Text

#: Letters of the shapes, in this order; only those that a diagram uses are listed.
LEGEND: dict[str, Text] = {
    "B": Text("B windows", "B 窗口数"),
    "T": Text("T rows of the past", "T 过去的行数"),
    "T/2": Text("T/2 half of them (rounded up)", "T/2 其一半（向上取整）"),
    "L": Text("L layers", "L 层数"),
    "C": Text("C channels", "C 通道数"),
    "S": Text("S sub-sequences", "S 子序列数"),
    "D": Text("D series", "D 序列数"),
    "H": Text("H steps ahead", "H 预测步数"),
    "M": Text("M origins", "M 预测起点数"),
    "F": Text("F features", "F 特征数"),
}

#: What a network's output is added to, by the setting `anchor`; "none" adds nothing.
ANCHORS: dict[str, Text] = {
    "seasonal_naive": Text("seasonal-naive forecast", "季节性朴素预测"),
    "last": Text("last value", "最后一个值"),
}

#: What a window is divided by, by the setting `scale`; "none" divides by nothing.
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
    "mean_abs": Text("mean absolute level of the window", "窗口的平均绝对水平"),
}

#: What each block does to the sequence; a plugin's block falls back to "block".
BLOCKS: dict[str, Text] = {
    "RNN": Text("one simple state per row", "每行一个简单状态"),
    "LSTM": Text("one gated state per row", "每行一个门控状态"),
    "GRU": Text("one gated state per row", "每行一个门控状态"),
    "BiLSTM": Text("states of both reading directions, past rows only", "两个读取方向的状态，只读过去"),
    "BiGRU": Text("states of both reading directions, past rows only", "两个读取方向的状态，只读过去"),
    "CIFG-LSTM": Text("one state per row, one gate forgets and writes", "每行一个状态，一个门同时管遗忘与写入"),
    "CNN": Text("causal convolutions, then pooling halves the length", "因果卷积，再用池化把长度减半"),
    "CNN last": Text(
        "causal convolutions; each of L layers halves the length, so the last step sees the whole window",
        "因果卷积；L 层中每层把长度减半，因此最后一步能看到整个窗口",
    ),
    "CNN pieces": Text(
        "each of S sub-sequences is read by itself and becomes one row", "逐个读取 S 个子序列，每个变成一行"
    ),
    "CNN pieces last": Text(
        "each of S sub-sequences is read by itself; their vectors stand side by side",
        "逐个读取 S 个子序列，所得向量并列",
    ),
    "CNN dilated": Text(
        "causal convolutions, wider from layer to layer; nothing is pooled", "因果卷积，逐层扩大间隔；不做池化"
    ),
    "CNN grid": Text(
        "2-D convolutions over each frame by itself, then pooling of 2 x 2 cells",
        "对每一帧单独作二维卷积，再按 2 × 2 格池化",
    ),
    "CNN grid last": Text(
        "2-D convolutions over all frames of the window, stacked as channels", "把窗口内各帧叠成通道，再作二维卷积"
    ),
    "ConvLSTM": Text("convolutional states over sub-sequences", "在子序列上的卷积状态"),
    "ConvLSTM grid": Text("2-D convolutional states, one frame after the other", "逐帧推进的二维卷积状态"),
    "MLP": Text("applied to each row by itself", "对每一行单独作用"),
    "MLP last": Text("reads the flattened sequence at once", "展平后一次读取整个序列"),
    "DNN": Text("applied to each row by itself", "对每一行单独作用"),
    "DNN last": Text("reads the flattened sequence at once", "展平后一次读取整个序列"),
    "Attention": Text("each row looks back at the rows before it", "每一行回看它之前的各行"),
    "Attention last": Text("attention pooling: the weighted mean of all states", "注意力池化：全部状态的加权平均"),
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
    "network later": Text("{name}: a network that corrects the forecast so far", "{name}：修正已有预测的网络"),
    "local first": Text("{name}: fitted to each series by itself", "{name}：对每条序列单独拟合"),
    "joint first": Text("{name}: fitted to the series of a group together", "{name}：对一组序列联合拟合"),
    "local later": Text("{name}: follows the errors of the forecast so far", "{name}：跟踪已有预测的误差"),
    "learner first": Text("{name}: one model of lags over all series", "{name}：在全部序列的滞后值上训练一个模型"),
    "learner later": Text("{name}: predicts the errors of the forecast so far", "{name}：预测已有预测的误差"),
    "ensemble mean": Text("equal-weight ensemble of {n} members", "{n} 个成员的等权集成"),
    "ensemble median": Text("median of {n} members", "{n} 个成员的中位数集成"),
    "ensemble weighted": Text(
        "ensemble of {n} members, weighted by one over their squared hindcast errors",
        "{n} 个成员的集成，权重与各自回测误差平方的倒数成正比",
    ),
    "ensemble stacked": Text(
        "ensemble of {n} members, non-negative weights by least squares on hindcasts",
        "{n} 个成员的集成，在回测上用最小二乘求非负权重",
    ),
    "ensemble greedy": Text(
        "ensemble of {n} members, half selected one by one as they lower the hindcasts' error, half stacked",
        "{n} 个成员的集成，一半逐个选入最能降低回测误差的成员，一半用最小二乘求权重",
    ),
    "ensemble best": Text("the one of {n} members whose hindcasts were best", "{n} 个成员中回测误差最小的那一个"),
}

#: Steps, and the notes between them.
LINES: dict[str, Text] = {
    "window": Text(
        "window that ends at the origin, shifted by its last value, scaled by its own past",
        "止于预测起点的窗口，减去最后一个值，再按自身历史缩放",
    ),
    "window later": Text(
        "the scaled window; the forecast so far joins at the head", "缩放后的窗口；已有预测在输出头处加入"
    ),
    "window grid": Text(
        "frames of all D series up to the origin, every cell shifted and scaled by its own past",
        "截至预测起点的各帧，每帧含全部 D 条序列，每格按自身历史平移和缩放",
    ),
    "channels": Text(
        "C: the value, 1 where it is known, past covariates, five facts of the whole past (drift, roughness, "
        "autocorrelation, size)",
        "C：数值、是否已知、过去协变量，以及全部历史的五个特征（漂移、粗糙度、自相关、大小）",
    ),
    "scale": Text("scale: {what}", "尺度：{what}"),
    "highway": Text(
        "highway: a linear autoregression on the scaled window, beside the blocks",
        "直通：在缩放后的窗口上的线性自回归，与各块并列",
    ),
    "start": Text("starts from the weights in {file}", "从 {file} 中的权重开始"),
    "together": Text("features side by side, lengths averaged to the shortest", "特征并列，长度按平均缩到最短者"),
    "fork": Text("every branch reads the same input", "各分支读取同一输入"),
    "step first": Text(
        "step {n}: trained with a head of its own, then frozen", "第 {n} 步：先用自己的输出头训练，然后冻结"
    ),
    "step last": Text("step {n}: trained on the frozen features", "第 {n} 步：在冻结的特征上训练"),
    "step first open": Text(
        "step {n}: trained with a head of its own, as a start for what follows",
        "第 {n} 步：先用自己的输出头训练，作为后续训练的起点",
    ),
    "step last open": Text("step {n}: trained together with the parts before it", "第 {n} 步：与前面各部分一起训练"),
    "step loaded": Text("step {n}: loaded from {file} and frozen", "第 {n} 步：从 {file} 读取并冻结"),
    "step loaded open": Text(
        "step {n}: loaded from {file}, as a start for what follows", "第 {n} 步：从 {file} 读取，作为后续训练的起点"
    ),
    "head grid": Text(
        "head: the last state gives one number per step and cell", "输出头：由最后一个状态给出每格每步一个数"
    ),
    "head": Text("head: the last state gives one number per step", "输出头：由最后一个状态给出每步一个数"),
    "anchor": Text("+ seasonal-naive forecast", "+ 季节性朴素预测"),
    "past": Text("all values of one series up to the origin", "一条序列截至预测起点的全部值"),
    "joint past": Text("all values of D series up to the origin", "D 条序列截至预测起点的全部值"),
    "state": Text(
        "{name}: forecasts of all steps from the state at each origin",
        "{name}：由各起点的状态给出所有步的预测",
    ),
    "errors": Text(
        "honest one-step errors of one series, missing at the edges of folds",
        "一条序列的诚实一步误差，在各折边界处缺失",
    ),
    "joint errors": Text(
        "honest one-step errors of D series, missing at the edges of folds",
        "D 条序列的诚实一步误差，在各折边界处缺失",
    ),
    "error state": Text("{name}: k-step mean of the errors", "{name}：误差的 k 步均值"),
    "rows": Text(
        ("a row per origin and step: recent scaled values, seasonal-naive value, step, calendar, known covariates"),
        "每个起点、每一步一行：近期缩放值、季节性朴素值、步数、日历、已知协变量",
    ),
    "rows later": Text(
        (
            "a row per origin and step: recent scaled values, the forecast so far for that step, "
            "seasonal-naive value, "
            "step, calendar, known covariates"
        ),
        "每个起点、每一步一行：近期缩放值、该步的已有预测、季节性朴素值、步数、日历、已知协变量",
    ),
    "deviation": Text("{name}: deviation from the seasonal-naive forecast", "{name}：相对季节性朴素预测的偏差"),
    "direct": Text("{name}: the error of every step, directly", "{name}：直接给出每一步的误差"),
    "gate": Text(
        "x gate of each step, between 0 (the base as it was) and 1", "× 每步的门，介于 0（保持原样）与 1 之间"
    ),
    "gate open": Text("in full: no gate (gate: open)", "全部使用：没有门（gate: open）"),
    "add": Text("+ forecast so far", "+ 已有预测"),
    "multiply": Text("x forecast so far, as a factor, where all is positive", "作为因子 × 已有预测，仅在数值全为正处"),
    "mean": Text("mean of the members", "各成员的平均"),
    "median": Text("median of the members, step by step", "各成员逐步取中位数"),
    "weights": Text("members times their weights, added up", "各成员乘以权重后相加"),
}
