"""Every sentence an explanation may hold, in English and Chinese; the code only chooses among them."""

from __future__ import annotations

from hybridts.names.registry import Text

FAMILIES: dict[str, Text] = {
    "statistical": Text("statistical model", "统计模型"),
    "neural": Text("neural network", "神经网络"),
    "learner": Text("learner", "机器学习模型"),
    "baseline": Text("baseline", "基线"),
    "hybrid": Text("hybrid of residual stages", "多阶段残差混合模型"),
    "ensemble": Text("ensemble", "集成"),
}

HEADINGS: dict[str, Text] = {
    "parts": Text("Parts", "组成部分"),
    "wiring": Text("Wiring", "连接方式"),
    "learning": Text("What every stage learns from", "每个阶段从什么学习"),
    "good": Text("Good at", "擅长"),
    "bad": Text("Bad at", "不擅长"),
    "parameters": Text("Numbers to learn", "参数个数"),
    "settings": Text("Settings", "设置"),
    "sources": Text("Sources", "文献来源"),
    "run": Text("Run it", "运行方法"),
}

LABELS: dict[str, Text] = {
    "expression": Text("Expression", "表达式"),
    "family": Text("Family", "类别"),
    "stage": Text("Stage {n}", "阶段 {n}"),
    "member": Text("Member {n}", "成员 {n}"),
    "branch": Text("branch {n}: {name}", "分支 {n}：{name}"),
    "wiring": Text("Wiring", "连接"),
    "rule": Text("by rule", "按规则"),
    "required": Text("required", "必填"),
    "default": Text("{name}={value} (default {default})", "{name}={value}（默认 {default}）"),
    "no settings": Text("none", "无"),
    "unknown settings": Text("not listed by this component", "该组件未列出"),
    "unlisted": Text("A combination outside the published list.", "不在已发表名单中的组合。"),
    "no text": Text("registered without a description", "注册时没有提供说明"),
    "colon": Text(": ", "："),
    "output head": Text("head", "输出头"),
    "output highway": Text("highway", "直通"),
    "output scale": Text("scale", "尺度"),
    "output": Text("forecast = {whole}", "预测 = {whole}"),
    "output later": Text("error = {whole}", "误差 = {whole}"),
    "network": Text("Training of every network", "所有网络的训练"),
    "chain": Text("every stage after another", "所有后续阶段"),
}

#: Counts of what networks learn.
PARAMETERS: dict[str, Text] = {
    "head": Text("head", "输出头"),
    "example": Text(
        "at a window of {rows} rows, {channels} channels (no covariates or timestamps) and {horizon} steps ahead",
        "窗口 {rows} 行、{channels} 个通道（无协变量和时间戳）、预测 {horizon} 步时",
    ),
    "grid example": Text(
        "on a grid of {height} x {width} series, at a window of {rows} rows, {channels} channels a cell "
        "(no covariates or timestamps) and {horizon} steps ahead",
        "{height} × {width} 的序列网格、窗口 {rows} 行、每格 {channels} 个通道"
        "（无协变量和时间戳）、预测 {horizon} 步时",
    ),
    "unknown": Text(
        "not counted: a registered block cannot be built for an example", "未计数：自行注册的块无法用示例构建"
    ),
}

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

#: Lines of the diagrams.
LINES: dict[str, Text] = {
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

SOURCES: dict[str, str] = {
    "chain": (
        "Zhang, G. P. (2003). Time series forecasting using a hybrid ARIMA and neural network model. "
        "Neurocomputing 50, 159-175."
    ),
    "honest": "Wolpert, D. H. (1992). Stacked generalization. Neural Networks 5(2), 241-259.",
    "ARIMA-SVM": (
        "Pai, P.-F. and Lin, C.-S. (2005). A hybrid ARIMA and support vector machines model in stock price "
        "forecasting. Omega 33(6), 497-505."
    ),
    "serial": (
        "Sainath, T. N. et al. (2015). Convolutional, long short-term memory, fully connected deep neural "
        "networks. ICASSP."
    ),
    "two-step": (
        "Yosinski, J. et al. (2014). How transferable are features in deep neural networks? Advances in "
        "Neural Information Processing Systems 27."
    ),
    "ensemble": (
        "Bates, J. M. and Granger, C. W. J. (1969). The combination of forecasts. Operational Research "
        "Quarterly 20(4), 451-468."
    ),
    "stacked": "Breiman, L. (1996). Stacked regressions. Machine Learning 24, 49-64.",
    "greedy": (
        "Caruana, R., Niculescu-Mizil, A., Crew, G. and Ksikes, A. (2004). Ensemble selection from libraries of "
        "models. ICML."
    ),
}
