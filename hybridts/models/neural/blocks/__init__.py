"""The blocks: frozen settings, each of which builds a torch module [B, T, C] -> [B, T', C'].

Nothing here imports torch: `build` imports its module from `layers/` when it is called. The head reads the last step of
the last block; `last` tells a block that it is that one. MLP and DNN then read the flattened window, CNN adds layers
until one state sees all of it, Attention pools all states.
"""

from hybridts.models.neural.blocks.attention import Attention
from hybridts.models.neural.blocks.convlstm import ConvLSTM
from hybridts.models.neural.blocks.convolution import CNN
from hybridts.models.neural.blocks.dense import DNN, MLP
from hybridts.models.neural.blocks.recurrent import CIFGLSTM, GRU, LSTM, RNN, BiGRU, BiLSTM
from hybridts.models.neural.blocks.shape import Block, Built, Shape

__all__ = [
    "CIFGLSTM",
    "CNN",
    "DNN",
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "Attention",
    "BiGRU",
    "BiLSTM",
    "Block",
    "Built",
    "ConvLSTM",
    "Shape",
]
