"""The blocks: each maps a sequence [B, T, C] to a sequence [B, T', C'], of which the head takes the last step.

A block is a frozen dataclass of its settings whose `build` makes the torch module. `last` says whether the head
reads this block's output: MLP and DNN then read the flattened window, CNN looks back over the whole of it.
"""

from hybridts.models.neural.blocks.attention import Attention, AttentionPool, CausalAttention
from hybridts.models.neural.blocks.convlstm import ConvLSTM, ConvLSTMCell, FrameLSTMCell
from hybridts.models.neural.blocks.convolution import CNN, CausalConv, EachPiece
from hybridts.models.neural.blocks.dense import DNN, MLP, Flatten
from hybridts.models.neural.blocks.recurrent import CIFGLSTM, GRU, LSTM, RNN, BiGRU, BiLSTM, CoupledCell, Recurrent
from hybridts.models.neural.blocks.shape import Block, Shape
from hybridts.models.neural.blocks.spatial import EachFrame, FrameConv, StackedFrames

__all__ = [
    "CIFGLSTM",
    "CNN",
    "DNN",
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "Attention",
    "AttentionPool",
    "BiGRU",
    "BiLSTM",
    "Block",
    "CausalAttention",
    "CausalConv",
    "ConvLSTM",
    "ConvLSTMCell",
    "CoupledCell",
    "EachFrame",
    "EachPiece",
    "Flatten",
    "FrameConv",
    "FrameLSTMCell",
    "Recurrent",
    "Shape",
    "StackedFrames",
]
