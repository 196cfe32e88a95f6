"""The 100 published combination names, as the literature spells them, one authored line each."""

from __future__ import annotations

from hybridts.names.registry import Combo, Text


def _written(name: str, en: str, zh: str) -> Combo:
    """A published name is an expression of itself."""
    return Combo(name, name, summary=Text(en, zh), published=True)


#: Single models; their line is the component's own.
SINGLES: tuple[str, ...] = (
    "ARIMA",
    "SARIMA",
    "VAR",
    "Auto-ARIMA",
    "Auto-SARIMA",
    "LSTM",
    "GRU",
    "RNN",
    "CNN",
    "MLP",
    "DNN",
)

#: Two networks end to end, and networks followed by ARIMA.
PAIRS: tuple[Combo, ...] = (
    _written(
        "MLP-LSTM",
        en=(
            "An MLP recodes each time step and an LSTM reads the sequence; try it with several covariates, "
            "on one bare column it adds little."
        ),
        zh="MLP 先对每个时间步重新编码，再由 LSTM 读取顺序；有多个协变量时可试，只有一列数据时帮助不大。",
    ),
    _written(
        "MLP-GRU",
        en=(
            "The same step-wise recoding before a lighter GRU; the cheaper choice when covariates interact "
            "within a step."
        ),
        zh="同样先逐步编码，再接更轻的 GRU；同一时间步内协变量有交互时，是较省的选择。",
    ),
    _written(
        "MLP-RNN",
        en="Step-wise recoding before a plain RNN; only for short windows, where simple memory is enough.",
        zh="先逐步编码，再接普通 RNN；只适合简单记忆就够用的短窗口。",
    ),
    _written(
        "MLP-CNN",
        en=(
            "An MLP mixes the channels of each step, then convolutions look for local shapes; fast, for "
            "short patterns in several columns."
        ),
        zh="MLP 先混合每一步的各个通道，再用卷积寻找局部形状；速度快，适合多列数据中的短形态。",
    ),
    _written(
        "LSTM-ARIMA",
        en=(
            "A global LSTM forecasts, ARIMA follows the errors that linger in each series; for panels whose "
            "series keep their own offsets."
        ),
        zh="全局 LSTM 先预测，ARIMA 再跟踪各序列中持续的误差；适合各序列有自身偏差的面板。",
    ),
    _written(
        "LSTM-MLP",
        en=(
            "An MLP reads all LSTM states instead of only the last; try it when early steps of the window "
            "matter, at the price of more weights."
        ),
        zh="MLP 读取 LSTM 的全部状态而不只是最后一个；窗口早期很重要时可试，代价是参数更多。",
    ),
    _written(
        "LSTM-CNN",
        en=(
            "Convolutions filter and pool the LSTM's states; try it on noisy series, although CNN-LSTM is "
            "the more natural order."
        ),
        zh="用卷积过滤并池化 LSTM 的状态；噪声大的序列可试，不过 CNN-LSTM 的次序更自然。",
    ),
    _written(
        "GRU-ARIMA",
        en=(
            "ARIMA on the honest one-step errors of a global GRU; helps when these errors are "
            "autocorrelated, otherwise the gate closes."
        ),
        zh="在全局 GRU 的诚实一步误差上拟合 ARIMA；误差有自相关时有用，否则门会关闭。",
    ),
    _written(
        "GRU-MLP",
        en="A GRU reads the window and an MLP weighs all its states; a lighter LSTM-MLP for medium panels.",
        zh="GRU 读取窗口，MLP 再对全部状态加权；适合中等面板数据的轻量版 LSTM-MLP。",
    ),
    _written(
        "GRU-CNN",
        en=("A GRU followed by convolutions over its states; worth a run when GRU alone reacts to every spike."),
        zh="先用 GRU，再对其状态做卷积；单独的 GRU 对每个尖峰都过敏时值得一试。",
    ),
    _written(
        "RNN-ARIMA",
        en=(
            "ARIMA supplies the longer memory that a plain RNN loses; a cheap test of whether linear memory "
            "was all that lacked."
        ),
        zh="由 ARIMA 补上普通 RNN 丢失的较长记忆；可低成本检验所缺的是否只是线性记忆。",
    ),
    _written(
        "RNN-MLP",
        en=(
            "A plain RNN whose whole state sequence goes to an MLP, which eases the RNN's short memory; a "
            "small and quick pair."
        ),
        zh="普通 RNN 的整段状态交给 MLP，可弥补 RNN 记忆短的缺点；小而快的组合。",
    ),
    _written(
        "RNN-CNN",
        en=(
            "Convolutions over the states of a plain RNN; mostly a control that shows whether gates are needed at all."
        ),
        zh="对普通 RNN 的状态做卷积；主要用作对照，看门控是否真有必要。",
    ),
    _written(
        "CNN-ARIMA",
        en=(
            "A CNN forecasts from local shapes and ARIMA carries slow drifts in its errors; for windows too "
            "short to show the drift."
        ),
        zh="CNN 依据局部形状预测，ARIMA 处理误差中的缓慢漂移；适合窗口太短看不到漂移的情况。",
    ),
    _written(
        "CNN-MLP",
        en=("Convolutions find local shapes and an MLP notes where in the window they stood; fast, for fixed seasons."),
        zh="卷积找局部形状，MLP 记住它们在窗口中的位置；速度快，适合固定季节。",
    ),
    _written(
        "CNN-LSTM",
        en=(
            "Convolutions find local shapes and halve the window, an LSTM reads their order; the classic "
            "pair for long, fine-grained windows."
        ),
        zh="卷积提取局部形状并把窗口减半，LSTM 读取其先后；适合细粒度长窗口的经典组合。",
    ),
    _written(
        "CNN-GRU",
        en="CNN-LSTM with the lighter cell; the first network pair to try on hourly or daily panels.",
        zh="换用更轻单元的 CNN-LSTM；小时或日度面板数据上首先可试的网络组合。",
    ),
)

#: SVM on the errors of what stands before it.
SVM_HYBRIDS: tuple[Combo, ...] = (
    _written(
        "ARIMA-SVM",
        en=(
            "The hybrid of Pai and Lin: ARIMA takes the linear part, an SVM the smooth rest; a sound start "
            "for one short series."
        ),
        zh="Pai 与 Lin 的混合模型：ARIMA 处理线性部分，SVM 处理平滑的剩余；单条短序列的稳妥起点。",
    ),
    _written(
        "SARIMA-SVM",
        en=(
            "SARIMA takes trend and season, an SVM bends what is left; try it where the size of the season "
            "depends on the level."
        ),
        zh="SARIMA 处理趋势和季节，SVM 修正余下部分；季节幅度随水平变化时可试。",
    ),
    _written(
        "VAR-SVM",
        en=(
            "VAR links the series linearly, an SVM adds smooth non-linear parts of their errors; for a few "
            "related series only."
        ),
        zh="VAR 线性联系各序列，SVM 补上误差中的平滑非线性部分；只适合少数相关序列。",
    ),
    _written(
        "Auto-ARIMA-SVM",
        en=("ARIMA of searched order, then an SVM; try it on mixed non-seasonal panels with few observations each."),
        zh="自动定阶的 ARIMA 之后接 SVM；适合每条观测不多、性质各异的无季节面板。",
    ),
    _written(
        "Auto-SARIMA-SVM",
        en=("Searched seasonal ARIMA, then an SVM; the base is strong and slow, so expect a small correction or none."),
        zh="自动定阶的季节性 ARIMA 之后接 SVM；基础模型强而慢，修正往往很小甚至为零。",
    ),
    _written(
        "LSTM-SVM",
        en=(
            "An SVM smooths over the systematic errors of a global LSTM; for small panels, where few rows "
            "of errors exist."
        ),
        zh="用 SVM 平滑地修正全局 LSTM 的系统误差；适合误差样本不多的小型面板。",
    ),
    _written(
        "GRU-SVM",
        en="An SVM on the errors of a GRU; a light pair when the network lags smoothly behind turns.",
        zh="在 GRU 的误差上训练 SVM；网络对转折反应平滑滞后时的轻量组合。",
    ),
    _written(
        "RNN-SVM",
        en=(
            "An SVM repairs the forgetfulness of a plain RNN from recent values; compare with GRU-SVM "
            "before keeping it."
        ),
        zh="SVM 依据近期值弥补普通 RNN 的遗忘；采用之前请先与 GRU-SVM 比较。",
    ),
    _written(
        "CNN-SVM",
        en=(
            "A CNN sees local shapes, an SVM corrects by level and step; try it when errors change smoothly "
            "with the horizon."
        ),
        zh="CNN 识别局部形状，SVM 按水平和步数修正；误差随预测步平滑变化时可试。",
    ),
    _written(
        "MLP-SVM",
        en="A fast MLP and a smooth SVM correction; a cheap pair for panels of short seasonal series.",
        zh="快速的 MLP 加上平滑的 SVM 修正；适合短季节序列面板的低成本组合。",
    ),
    _written(
        "LSTM-ARIMA-SVM",
        en=(
            "Three stages: LSTM, ARIMA on its errors, an SVM on what both leave; needs long data, the third "
            "gate is often shut."
        ),
        zh="三个阶段：LSTM、修正其误差的 ARIMA、再修正剩余的 SVM；需要长数据，第三道门常常关闭。",
    ),
    _written(
        "LSTM-MLP-SVM",
        en=(
            "The network LSTM-MLP with an SVM on its errors; try it when the larger network still errs "
            "smoothly with the level."
        ),
        zh="LSTM-MLP 网络加上误差上的 SVM；较大的网络仍随水平平滑出错时可试。",
    ),
    _written(
        "LSTM-CNN-SVM",
        en=("The network LSTM-CNN, whose pooled states react slowly, with an SVM that adds smooth late adjustments."),
        zh="LSTM-CNN 网络池化后反应较慢，由 SVM 补上平滑的后续调整。",
    ),
    _written(
        "GRU-ARIMA-SVM",
        en=(
            "GRU, then ARIMA for lingering errors, then an SVM for smooth rests; only where each stage has rows enough."
        ),
        zh="先 GRU，再用 ARIMA 处理持续误差，最后 SVM 处理平滑剩余；各阶段样本充足时才用。",
    ),
    _written(
        "GRU-MLP-SVM",
        en=("The network GRU-MLP with an SVM on its errors; a moderate choice for panels of a few dozen series."),
        zh="GRU-MLP 网络加上误差上的 SVM；适合几十条序列的面板，规模适中。",
    ),
    _written(
        "GRU-CNN-SVM",
        en=(
            "The network GRU-CNN, then an SVM; for noisy series whose remaining errors depend smoothly on "
            "the forecast itself."
        ),
        zh="GRU-CNN 网络之后接 SVM；适合噪声大、剩余误差随预测值平滑变化的序列。",
    ),
    _written(
        "RNN-ARIMA-SVM",
        en=("The smallest network with two corrections; shows how far linear and kernel stages can carry a weak base."),
        zh="最小的网络加两级修正；可看出线性与核方法能把弱基础模型带多远。",
    ),
    _written(
        "RNN-MLP-SVM",
        en=("The network RNN-MLP with an SVM on its errors; quick to train, for short windows and few series."),
        zh="RNN-MLP 网络加上误差上的 SVM；训练快，适合短窗口、少序列。",
    ),
    _written(
        "RNN-CNN-SVM",
        en="The network RNN-CNN with an SVM on its errors; mainly a control for its gated relatives.",
        zh="RNN-CNN 网络加上误差上的 SVM；主要作为带门控同类组合的对照。",
    ),
    _written(
        "CNN-ARIMA-SVM",
        en=(
            "CNN for shapes, ARIMA for drift, an SVM for smooth rests; three different views, if the series "
            "is long enough."
        ),
        zh="CNN 看形状，ARIMA 管漂移，SVM 处理平滑剩余；序列足够长时，三种视角互补。",
    ),
    _written(
        "CNN-MLP-SVM",
        en="The fast network CNN-MLP with an SVM; try it on fixed seasons whose amplitude grows slowly.",
        zh="快速的 CNN-MLP 网络加 SVM；适合季节固定、幅度缓慢增长的数据。",
    ),
    _written(
        "CNN-LSTM-SVM",
        en=(
            "The classic CNN-LSTM with a smooth correction; for long windows but few series, where trees "
            "would fit noise."
        ),
        zh="经典 CNN-LSTM 加平滑修正；适合窗口长但序列少、树模型会拟合噪声的情况。",
    ),
    _written(
        "CNN-GRU-SVM",
        en="CNN-GRU with an SVM on its errors; the lighter version of CNN-LSTM-SVM, usually tried first.",
        zh="CNN-GRU 加上误差上的 SVM；是 CNN-LSTM-SVM 的轻量版，通常先试它。",
    ),
)

#: RF on the errors of what stands before it.
FOREST_HYBRIDS: tuple[Combo, ...] = (
    _written(
        "ARIMA-RF",
        en=(
            "ARIMA and a forest that averages its past errors in similar situations; robust, and it cannot "
            "correct beyond errors seen."
        ),
        zh="ARIMA 加随机森林，对相似情形下的历史误差取平均；稳健，修正不会超出见过的误差。",
    ),
    _written(
        "SARIMA-RF",
        en=(
            "SARIMA and a forest that knows step and calendar; try it where certain months are always "
            "missed the same way."
        ),
        zh="SARIMA 加上了解步数和日历的随机森林；某些月份总以相同方式预测偏时可试。",
    ),
    _written(
        "VAR-RF",
        en=(
            "VAR for a few linked series, then a forest for regimes in its errors; for systems that switch "
            "between states."
        ),
        zh="少数关联序列先用 VAR，再用随机森林处理误差中的状态；适合会切换状态的系统。",
    ),
    _written(
        "Auto-ARIMA-RF",
        en=(
            "Searched ARIMA, then a forest pooled over all series; helps when many series share the same kind of error."
        ),
        zh="自动定阶 ARIMA 之后接全体序列共用的随机森林；许多序列犯同类错误时有帮助。",
    ),
    _written(
        "Auto-SARIMA-RF",
        en=(
            "Searched seasonal ARIMA, then a forest; the safe correction of a strong base, with little to "
            "gain and little to lose."
        ),
        zh="自动定阶季节性 ARIMA 之后接随机森林；对强基础模型的稳妥修正，得失都不大。",
    ),
    _written(
        "LSTM-RF",
        en=(
            "A forest on the errors of a global LSTM; try it when the network misses holidays or thresholds "
            "given as covariates."
        ),
        zh="在全局 LSTM 的误差上训练随机森林；网络漏掉协变量给出的节假日或阈值时可试。",
    ),
    _written(
        "GRU-RF",
        en=("A forest on the errors of a GRU; little tuning on either side, a reasonable default for noisy panels."),
        zh="在 GRU 的误差上训练随机森林；两边都几乎不用调参，噪声面板的合理默认选择。",
    ),
    _written(
        "RNN-RF",
        en="A forest adds situations that a plain RNN forgets; the forest may well do most of the work.",
        zh="随机森林补上普通 RNN 遗忘的情形；大部分功劳可能属于随机森林。",
    ),
    _written(
        "CNN-RF",
        en=("Local shapes from a CNN, conditional averages from a forest; for data with abrupt, repeated events."),
        zh="CNN 提供局部形状，随机森林提供条件平均；适合突发且重复出现的事件。",
    ),
    _written(
        "MLP-RF",
        en="A quick MLP and a forest that cannot run away; a robust and cheap first hybrid.",
        zh="快速的 MLP 加上不会失控的随机森林；稳健而便宜的入门混合模型。",
    ),
    _written(
        "LSTM-ARIMA-RF",
        en=("LSTM, ARIMA on its errors, a forest on the rest; for long panels with both local drift and rare events."),
        zh="LSTM、修正误差的 ARIMA、处理剩余的随机森林；适合既有局部漂移又有偶发事件的长面板。",
    ),
    _written(
        "LSTM-MLP-RF",
        en=(
            "The network LSTM-MLP with a forest on its errors; the forest reins in a network that is large "
            "for its data."
        ),
        zh="LSTM-MLP 网络加误差上的随机森林；网络相对数据偏大时，随机森林可加以约束。",
    ),
    _written(
        "LSTM-CNN-RF",
        en=("The network LSTM-CNN with a forest on its errors; for noisy series with level shifts that pooling blurs."),
        zh="LSTM-CNN 网络加误差上的随机森林；适合噪声大、水平跳变被池化模糊掉的序列。",
    ),
    _written(
        "GRU-ARIMA-RF",
        en=("GRU, then ARIMA, then a forest; use it to ask whether thresholds remain once linear memory is removed."),
        zh="GRU、ARIMA、随机森林依次修正；用来检验去除线性记忆后是否还有阈值效应。",
    ),
    _written(
        "GRU-MLP-RF",
        en=("The network GRU-MLP with a forest on its errors; for medium panels with a few informative covariates."),
        zh="GRU-MLP 网络加误差上的随机森林；适合有少量有效协变量的中等面板。",
    ),
    _written(
        "GRU-CNN-RF",
        en=("The network GRU-CNN with a forest on its errors; steady on spiky data, because both parts average."),
        zh="GRU-CNN 网络加误差上的随机森林；两部分都做平均，在尖峰数据上较平稳。",
    ),
    _written(
        "RNN-ARIMA-RF",
        en=(
            "A plain RNN with a linear and a tree correction; a teaching example of three kinds of memory, "
            "seldom the winner."
        ),
        zh="普通 RNN 加线性与树两级修正；展示三种记忆的教学例子，很少夺冠。",
    ),
    _written(
        "RNN-MLP-RF",
        en=(
            "The network RNN-MLP with a forest on its errors; small, quick and forgiving; for short windows "
            "when time to train is scarce."
        ),
        zh="RNN-MLP 网络加误差上的随机森林；小、快、宽容，适合训练时间有限的短窗口。",
    ),
    _written(
        "RNN-CNN-RF",
        en="The network RNN-CNN with a forest on its errors; a baseline that gated networks should beat.",
        zh="RNN-CNN 网络加误差上的随机森林；带门控的网络应当胜过的基线。",
    ),
    _written(
        "CNN-ARIMA-RF",
        en=("CNN for shapes, ARIMA for drift, a forest for repeated exceptions; needs data for three rounds of folds."),
        zh="CNN 看形状，ARIMA 管漂移，随机森林处理重复的例外；需要够三轮折叠的数据。",
    ),
    _written(
        "CNN-MLP-RF",
        en="The fast network CNN-MLP with a forest on its errors; for fixed seasons broken by holidays.",
        zh="快速的 CNN-MLP 网络加误差上的随机森林；适合固定季节被节假日打断的数据。",
    ),
    _written(
        "CNN-LSTM-RF",
        en=("CNN-LSTM with a forest on its errors; the cautious alternative to CNN-LSTM-XGBoost on small panels."),
        zh="CNN-LSTM 加误差上的随机森林；小型面板上比 CNN-LSTM-XGBoost 更谨慎的选择。",
    ),
    _written(
        "CNN-GRU-RF",
        en=("CNN-GRU with a forest on its errors; light network, robust correction, for noisy hourly or daily data."),
        zh="CNN-GRU 加误差上的随机森林；网络轻、修正稳健，适合有噪声的小时或日度数据。",
    ),
)

#: XGBoost on the errors of what stands before it.
BOOSTING_HYBRIDS: tuple[Combo, ...] = (
    _written(
        "ARIMA-XGBoost",
        en=(
            "ARIMA per series, boosted trees over all their errors; try it on panels with covariates that "
            "ARIMA cannot read."
        ),
        zh="每条序列一个 ARIMA，再用提升树学习全部误差；面板有 ARIMA 读不到的协变量时可试。",
    ),
    _written(
        "SARIMA-XGBoost",
        en=(
            "SARIMA keeps trend and season, boosted trees add calendar and covariate effects; try it on "
            "monthly panels with known events."
        ),
        zh="SARIMA 管趋势和季节，提升树补上日历与协变量效应；有已知事件的月度面板可试。",
    ),
    _written(
        "VAR-XGBoost",
        en=(
            "VAR for the linear links, boosted trees for interactions in its errors; needs long series, "
            "since few are allowed."
        ),
        zh="VAR 处理线性联系，提升树处理误差中的交互；序列条数有限，因此需要序列够长。",
    ),
    _written(
        "Auto-ARIMA-XGBoost",
        en=("Searched ARIMA, then boosted trees; for large non-seasonal panels, where pooled errors give many rows."),
        zh="自动定阶 ARIMA 之后接提升树；适合无季节的大型面板，合并的误差样本多。",
    ),
    _written(
        "Auto-SARIMA-XGBoost",
        en=(
            "Searched seasonal ARIMA, then boosted trees; slow to fit, worth it when covariates explain "
            "what the season does not."
        ),
        zh="自动定阶季节性 ARIMA 之后接提升树；拟合慢，协变量能解释季节之外的变化时值得。",
    ),
    _written(
        "LSTM-XGBoost",
        en="Boosted trees on the errors of a global LSTM; for large panels with covariates known ahead.",
        zh="在全局 LSTM 的误差上训练提升树；适合有未来已知协变量的大型面板。",
    ),
    _written(
        "GRU-XGBoost",
        en=("Boosted trees on the errors of a GRU; the idea of LSTM-XGBoost with fewer weights, so try it first."),
        zh="在 GRU 的误差上训练提升树；思路与 LSTM-XGBoost 相同而参数更少，可先试它。",
    ),
    _written(
        "RNN-XGBoost",
        en=("Boosted trees on the errors of a plain RNN; compare it with XGBoost alone to see what the network adds."),
        zh="在普通 RNN 的误差上训练提升树；请与单独的 XGBoost 比较，看网络贡献了什么。",
    ),
    _written(
        "CNN-XGBoost",
        en=(
            "A CNN sees raw shapes, boosted trees the calendar and thresholds; fast on both sides, for "
            "fine-grained panels."
        ),
        zh="CNN 看原始形状，提升树看日历与阈值；两边都快，适合细粒度面板。",
    ),
    _written(
        "MLP-XGBoost",
        en=("A fast MLP and boosted trees on its errors; cheap on big panels, so try it before any recurrent hybrid."),
        zh="快速的 MLP 加误差上的提升树；在大型面板上成本低，可先于各种循环网络混合模型尝试。",
    ),
    _written(
        "LSTM-ARIMA-XGBoost",
        en=(
            "LSTM over the panel, ARIMA within each series, boosted trees on the rest; for large and long panels only."
        ),
        zh="LSTM 学全体，ARIMA 学单条序列，提升树学剩余；只适合又多又长的面板。",
    ),
    _written(
        "LSTM-MLP-XGBoost",
        en=("The network LSTM-MLP with boosted trees on its errors; for many series, both parts are hungry for rows."),
        zh="LSTM-MLP 网络加误差上的提升树；两部分都需要大量样本，适合序列很多的情况。",
    ),
    _written(
        "LSTM-CNN-XGBoost",
        en=("The network LSTM-CNN with boosted trees, which restore the sharp effects that pooling smoothed away."),
        zh="LSTM-CNN 网络加提升树，由后者恢复被池化抹平的尖锐效应。",
    ),
    _written(
        "GRU-ARIMA-XGBoost",
        en="GRU, ARIMA, then boosted trees; the lighter three-stage chain, if the data allow three at all.",
        zh="GRU、ARIMA、提升树依次修正；数据允许三个阶段时，较轻的一条链。",
    ),
    _written(
        "GRU-MLP-XGBoost",
        en=(
            "The network GRU-MLP with boosted trees on its errors; for panels where covariates act "
            "differently at each step ahead."
        ),
        zh="GRU-MLP 网络加误差上的提升树；适合协变量在各预测步作用不同的面板。",
    ),
    _written(
        "GRU-CNN-XGBoost",
        en=("The network GRU-CNN with boosted trees on its errors; for noisy panels with sharp calendar effects."),
        zh="GRU-CNN 网络加误差上的提升树；适合噪声大、日历效应明显的面板。",
    ),
    _written(
        "RNN-ARIMA-XGBoost",
        en=(
            "A plain RNN with ARIMA and boosted trees behind it; useful to measure how little the network contributes."
        ),
        zh="普通 RNN 之后接 ARIMA 和提升树；可用来衡量网络的贡献有多小。",
    ),
    _written(
        "RNN-MLP-XGBoost",
        en=("The network RNN-MLP with boosted trees on its errors; a quick pair for short windows with covariates."),
        zh="RNN-MLP 网络加误差上的提升树；适合短窗口、有协变量的快速组合。",
    ),
    _written(
        "RNN-CNN-XGBoost",
        en=("The network RNN-CNN with boosted trees on its errors; keep it only if CNN-XGBoost does not do as well."),
        zh="RNN-CNN 网络加误差上的提升树；只有在 CNN-XGBoost 不如它时才值得保留。",
    ),
    _written(
        "CNN-ARIMA-XGBoost",
        en=(
            "CNN for shapes, ARIMA for drift, boosted trees for covariates; a clear division of labour, "
            "which only long data can pay for."
        ),
        zh="CNN 看形状，ARIMA 管漂移，提升树处理协变量；分工清楚，但只有长数据才负担得起。",
    ),
    _written(
        "CNN-MLP-XGBoost",
        en=(
            "The fast network CNN-MLP with boosted trees on its errors; try it on hourly panels with day "
            "and week cycles."
        ),
        zh="快速的 CNN-MLP 网络加误差上的提升树；有日周期和周周期的小时面板可试。",
    ),
    _written(
        "CNN-LSTM-XGBoost",
        en=("The well-known CNN-LSTM with boosted trees on its errors; for large fine-grained panels with covariates."),
        zh="广为人知的 CNN-LSTM 加误差上的提升树；适合带协变量的大型细粒度面板。",
    ),
    _written(
        "CNN-GRU-XGBoost",
        en=(
            "CNN-GRU with boosted trees on its errors; run it beside CNN-LSTM-XGBoost and keep the heavier "
            "one only if it wins."
        ),
        zh="CNN-GRU 加误差上的提升树；与 CNN-LSTM-XGBoost 同时运行，后者确实更好时才用更重的。",
    ),
)

#: ANN on the errors of what stands before it.
ANN_HYBRIDS: tuple[Combo, ...] = (
    _written(
        "ARIMA-ANN",
        en=(
            "Zhang's original hybrid: ARIMA for the linear part, a small network for its errors; the "
            "historical reference."
        ),
        zh="Zhang 最初的混合模型：ARIMA 处理线性部分，小型网络处理其误差；历史参照。",
    ),
    _written(
        "SARIMA-ANN",
        en=(
            "Zhang's idea on seasonal data: SARIMA first, a small network on its errors; for smooth seasonal leftovers."
        ),
        zh="Zhang 的思路用于季节数据：先 SARIMA，再用小型网络学误差；适合平滑的季节剩余。",
    ),
    _written(
        "VAR-ANN",
        en=("VAR for a few linked series, a small network for smooth interactions in its errors; try several seeds."),
        zh="少数关联序列用 VAR，小型网络学误差中的平滑交互；建议多试几个随机种子。",
    ),
)

HYBRIDS: tuple[Combo, ...] = (*PAIRS, *SVM_HYBRIDS, *FOREST_HYBRIDS, *BOOSTING_HYBRIDS, *ANN_HYBRIDS)
