"""The neural blocks of the catalogue: full name, one line, when to use each and when not, source."""

from __future__ import annotations

from hybridts.names.registry import Component, Text

NEURAL: tuple[Component, ...] = (
    Component(
        name="RNN",
        family="neural",
        target="hybridts.models.neural.blocks.recurrent:RNN",
        full=Text("Recurrent neural network (Elman)", "循环神经网络（Elman 型）"),
        summary=Text(
            en="A network that processes the window step by step and passes on one hidden state.",
            zh="逐步处理窗口，并向前传递一个隐藏状态的网络。",
        ),
        good=Text(
            en="short windows and short memory; the fewest parameters of the recurrent blocks",
            zh="窗口短、记忆短的问题；循环块中参数最少",
        ),
        bad=Text(
            en="long memory, because its gradients vanish; LSTM and GRU were designed to avoid this",
            zh="长期记忆，因为梯度会消失；LSTM 和 GRU 正是为避免这一点而设计",
        ),
        source="Elman, J. L. (1990). Finding structure in time. Cognitive Science 14(2), 179-211.",
    ),
    Component(
        name="LSTM",
        family="neural",
        target="hybridts.models.neural.blocks.recurrent:LSTM",
        full=Text("Long short-term memory network", "长短期记忆网络"),
        summary=Text(
            en="A recurrent network with input, forget and output gates, which can keep information over many steps.",
            zh="带输入门、遗忘门和输出门的循环网络，能在许多步内保存信息。",
        ),
        good=Text(
            en="panels of many series with long dependencies within the window",
            zh="序列众多、规律跨越窗口较长时间的面板数据",
        ),
        bad=Text(
            en="one short series adds little to what it learned from simulated ones (without a prior it has too many "
            "parameters for one); slow on long windows, because its steps cannot run in parallel",
            zh="单条短序列，在先验之外能学到的很少（没有先验时参数过多）；窗口长时较慢，因为各时间步不能并行",
        ),
        source=(
            "Hochreiter, S. and Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9(8), 1735-1780."
        ),
    ),
    Component(
        name="GRU",
        family="neural",
        target="hybridts.models.neural.blocks.recurrent:GRU",
        full=Text("Gated recurrent unit network", "门控循环单元网络"),
        summary=Text(
            en="A gated recurrent network with one hidden state and two gates, smaller than the LSTM.",
            zh="只有一个隐藏状态和两个门的门控循环网络，比 LSTM 小。",
        ),
        good=Text(
            en="the same patterns as the LSTM with a quarter fewer parameters; a good first recurrent choice",
            zh="与 LSTM 适用的规律相同，参数约少四分之一；循环网络的首选起点",
        ),
        bad=Text(
            en="one short series, as the LSTM; patterns that need counting or exact values kept over many steps",
            zh="单条短序列（同 LSTM）；需要计数或长时间精确保存数值的任务",
        ),
        source=(
            "Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for "
            "statistical machine translation. EMNLP."
        ),
    ),
    Component(
        name="BiLSTM",
        family="neural",
        target="hybridts.models.neural.blocks.recurrent:BiLSTM",
        full=Text("Bidirectional long short-term memory network", "双向长短期记忆网络"),
        summary=Text(
            en="Two LSTMs process the past window, one forwards and one backwards; neither uses future values.",
            zh="两个 LSTM 分别正向和反向处理过去的窗口；不使用未来的值。",
        ),
        good=Text(
            en="windows with events whose shape depends on the values before and after them",
            zh="事件的形状取决于其前后数值的窗口",
        ),
        bad=Text(
            en="twice the cost of an LSTM, often without gain, since the newest values matter most",
            zh="计算量是 LSTM 的两倍，常常没有收益，因为最新的值本来就最重要",
        ),
        source=(
            "Schuster, M. and Paliwal, K. K. (1997). Bidirectional recurrent neural networks. IEEE "
            "Transactions on Signal Processing 45(11), 2673-2681."
        ),
        aliases=("Bi-LSTM",),
    ),
    Component(
        name="BiGRU",
        family="neural",
        target="hybridts.models.neural.blocks.recurrent:BiGRU",
        full=Text("Bidirectional gated recurrent unit network", "双向门控循环单元网络"),
        summary=Text(
            en="Two GRUs process the past window, one forwards and one backwards; neither uses future values.",
            zh="两个 GRU 分别正向和反向处理过去的窗口；不使用未来的值。",
        ),
        good=Text("the same windows as the BiLSTM, with fewer parameters", "与 BiLSTM 适用的窗口相同，参数更少"),
        bad=Text(
            en="twice the cost of a GRU, often without gain in forecasting",
            zh="计算量是 GRU 的两倍，在预测任务上常常没有收益",
        ),
        source=(
            "Schuster, M. and Paliwal, K. K. (1997). Bidirectional recurrent neural networks. IEEE "
            "Transactions on Signal Processing 45(11), 2673-2681."
        ),
        aliases=("Bi-GRU",),
    ),
    Component(
        name="CIFG-LSTM",
        family="neural",
        target="hybridts.models.neural.blocks.recurrent:CIFGLSTM",
        full=Text(
            en="Coupled input and forget gate long short-term memory network",
            zh="输入门与遗忘门耦合的长短期记忆网络",
        ),
        summary=Text(
            en="An LSTM whose input gate is one minus its forget gate, so it has fewer parameters.",
            zh="输入门等于 1 减遗忘门的 LSTM，参数更少。",
        ),
        good=Text(
            en="LSTM tasks with little data; usually as accurate as the full cell",
            zh="数据较少的 LSTM 任务；精度通常与完整单元相当",
        ),
        bad=Text(
            en="slow, since no library kernel exists for the cell; series that need new input without forgetting",
            zh="速度较慢，因为没有库内的融合实现；不适合需要写入却不能遗忘的序列",
        ),
        source=(
            "Greff, K. et al. (2017). LSTM: A search space odyssey. IEEE Transactions on Neural Networks "
            "and Learning Systems 28(10), 2222-2232."
        ),
    ),
    Component(
        name="CNN",
        family="neural",
        target="hybridts.models.neural.blocks.convolution:CNN",
        full=Text("Convolutional neural network (causal, one-dimensional)", "卷积神经网络（因果一维）"),
        summary=Text(
            en="Causal one-dimensional convolutions detect local shapes in the window; pooling shortens it.",
            zh="因果一维卷积识别窗口中的局部形状，再用池化缩短序列。",
        ),
        good=Text(
            en=(
                "local patterns at any position and long windows; fast on a CPU; with `subsequences` it reads cycles "
                "one by one, with `grid` frames of series whose ids hold row and column"
            ),
            zh=(
                "任意位置的局部形态、长窗口；在 CPU 上速度快；"
                "设置 subsequences 可逐个读取周期，设置 grid 可读取标识含行列号的各序列组成的帧"
            ),
        ),
        bad=Text(
            en="dependencies longer than its receptive field; very short windows, which leave little to pool",
            zh="超出感受野的依赖；窗口很短时几乎没有可池化的内容",
        ),
        source=(
            "LeCun, Y. et al. (1998). Gradient-based learning applied to document recognition. Proceedings "
            "of the IEEE 86(11), 2278-2324."
        ),
    ),
    Component(
        name="ConvLSTM",
        family="neural",
        target="hybridts.models.neural.blocks.convlstm:ConvLSTM",
        full=Text("Convolutional long short-term memory network", "卷积长短期记忆网络"),
        summary=Text(
            en=(
                "An LSTM with convolutions in place of matrix products, over subsequences of the window or frames of a "
                "grid of series."
            ),
            zh="用卷积代替矩阵乘积的 LSTM，作用于窗口的子序列，或序列网格的各帧。",
        ),
        good=Text(
            en=(
                "long windows of repeated cycles, such as days within weeks; with `grid`, patterns that move from cell "
                "to cell"
            ),
            zh="由重复周期组成的长窗口，例如一周中的各天；设置 grid 后，适合在格与格之间移动的现象",
        ),
        bad=Text(
            en="a single short series; it is slow and has more settings to tune than a CNN-LSTM",
            zh="单条短序列；速度慢，需要调的设置比 CNN-LSTM 多",
        ),
        source=(
            "Shi, X. et al. (2015). Convolutional LSTM network: A machine learning approach for "
            "precipitation nowcasting. Advances in Neural Information Processing Systems 28."
        ),
    ),
    Component(
        name="MLP",
        family="neural",
        target="hybridts.models.neural.blocks.dense:MLP",
        full=Text("Multilayer perceptron", "多层感知机"),
        summary=Text(
            en="One or two fully connected hidden layers over the whole window.",
            zh="作用于整个窗口的一到两个全连接隐藏层。",
        ),
        good=Text(
            en="panels with a fixed season within the window; the fastest network here and hard to beat",
            zh="窗口内有固定季节的面板数据；这里最快的网络，而且很难被超越",
        ),
        bad=Text(
            en="patterns that change position in the window; very long windows, which need many parameters",
            zh="在窗口内位置变化的规律；窗口很长时参数很多",
        ),
        source=(
            "Rumelhart, D. E., Hinton, G. E. and Williams, R. J. (1986). Learning representations by "
            "back-propagating errors. Nature 323, 533-536."
        ),
    ),
    Component(
        name="DNN",
        family="neural",
        target="hybridts.models.neural.blocks.dense:DNN",
        full=Text("Deep feed-forward neural network", "深度前馈神经网络"),
        summary=Text(
            en="A deeper perceptron (four or more hidden layers) with normalisation, skip connections and dropout.",
            zh="更深的感知机（四个及以上隐藏层），带归一化、跳跃连接和随机失活。",
        ),
        good=Text(
            en="large panels with many covariates, where two layers are too few",
            zh="协变量多、两层不够用的大型面板数据",
        ),
        bad=Text(
            en="small data, where the extra depth costs time and adds variance",
            zh="数据少时，额外的深度只会耗时并增大方差",
        ),
        source="LeCun, Y., Bengio, Y. and Hinton, G. (2015). Deep learning. Nature 521, 436-444.",
    ),
    Component(
        name="Attention",
        family="neural",
        target="hybridts.models.neural.blocks.attention:Attention",
        full=Text("Attention mechanism", "注意力机制"),
        summary=Text(
            en="Learned weights over time steps; as the last token it replaces the last state by a weighted mean.",
            zh="学习各时间步的权重；放在最后时，用加权平均代替最后一个状态。",
        ),
        good=Text(
            en="windows in which a few earlier steps matter more than the newest ones",
            zh="少数较早时间步比最新时间步更重要的窗口",
        ),
        bad=Text(
            en="short windows and small data, where the last state already holds the information",
            zh="窗口短、数据少时，最后一个状态已包含所需信息",
        ),
        source=(
            "Bahdanau, D., Cho, K. and Bengio, Y. (2015). Neural machine translation by jointly learning to "
            "align and translate. ICLR."
        ),
    ),
)
