"""The learners of the catalogue: full name, one line, when to use each and when not, source."""

from __future__ import annotations

from hybridts.names.registry import Component, Text

LEARNERS: tuple[Component, ...] = (
    Component(
        name="SVM",
        family="learner",
        target="hybridts.models.learners.svm:SVM",
        full=Text("Support vector machine (regression)", "支持向量机（回归）"),
        summary=Text(
            en="A smooth kernel regression that ignores errors smaller than epsilon.",
            zh="忽略小于 epsilon 的误差的平滑核回归。",
        ),
        good=Text("few rows, smooth dependence, noise with outliers", "样本少、关系平滑、噪声中有离群值"),
        bad=Text(
            en="many rows (training time grows faster than their number), many irrelevant features, sharp thresholds",
            zh="样本很多（训练时间增长快于样本数）、无关特征多、阈值突变",
        ),
        source=(
            "Drucker, H. et al. (1997). Support vector regression machines. Advances in Neural Information "
            "Processing Systems 9, 155-161."
        ),
        aliases=("SVR",),
    ),
    Component(
        name="RF",
        family="learner",
        target="hybridts.models.learners.forest:RF",
        full=Text("Random forest", "随机森林"),
        summary=Text(
            en="The mean of many trees grown on resampled rows; its output stays within the range of its targets.",
            zh="在重抽样样本上生长的许多树的平均；输出不会超出训练目标的范围。",
        ),
        good=Text(
            en="noisy data and thresholds; almost no tuning, large errors are rare",
            zh="噪声数据、阈值关系；几乎不用调参，很少出现大误差",
        ),
        bad=Text(
            en="extrapolation, smooth trends, weak signals spread over many features",
            zh="外推、平滑趋势，以及分散在许多特征上的微弱信号",
        ),
        source="Breiman, L. (2001). Random forests. Machine Learning 45(1), 5-32.",
        aliases=("RandomForest",),
    ),
    Component(
        name="XGBoost",
        family="learner",
        target="hybridts.models.learners.boosting:XGBoost",
        full=Text("Extreme gradient boosting", "极端梯度提升树"),
        summary=Text(
            en="A sum of trees, each fitted to the errors of the trees before it.",
            zh="逐棵相加的树，每一棵拟合前面各树的误差。",
        ),
        good=Text(
            en="many rows, many covariates, interactions and thresholds",
            zh="样本多、协变量多，存在交互作用和阈值",
        ),
        bad=Text(
            en="one short series, where it fits noise; values outside the range of the training data",
            zh="单条短序列（容易拟合噪声）；超出训练数据范围的取值",
        ),
        source="Chen, T. and Guestrin, C. (2016). XGBoost: A scalable tree boosting system. KDD, 785-794.",
        aliases=("XGB",),
    ),
    Component(
        name="ANN",
        family="learner",
        target="hybridts.models.learners.ann:ANN",
        full=Text("Artificial neural network (one small hidden layer)", "人工神经网络（单个小隐藏层）"),
        summary=Text(
            en="One small hidden layer on tabular features, as in the original hybrid of Zhang (2003).",
            zh="作用于表格特征的单个小隐藏层，与 Zhang (2003) 最初的混合模型一致。",
        ),
        good=Text(
            en="smooth non-linear residuals of a linear model; comparison with the classical literature",
            zh="线性模型的平滑非线性残差；与经典文献作比较",
        ),
        bad=Text(
            en="few rows and sharp thresholds; results depend on the seed more than those of trees",
            zh="样本少、阈值突变；结果比树模型更依赖随机种子",
        ),
        source=(
            "Zhang, G. P. (2003). Time series forecasting using a hybrid ARIMA and neural network model. "
            "Neurocomputing 50, 159-175."
        ),
    ),
)
