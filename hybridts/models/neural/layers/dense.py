"""Dense layers: multilayer perceptrons over single time steps or over the flattened sequence."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class Flatten(nn.Module):
    """Concatenate all time steps: [B, T, C] -> [B, 1, T * C]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), 1, -1)


class ResidualLayer(nn.Module):
    """x + dropout(relu(W norm(x))), [..., C] -> [..., C]: keeps four and more layers trainable."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.linear = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = x + self.dropout(F.relu(self.linear(self.norm(x))))
        return answer


def perceptron(width: int, hidden: int, layers: int, *, flatten: bool) -> nn.Sequential:
    """Stack `layers` linear layers with ReLU: [B, T, width] -> [B, T, hidden].

    With `flatten` they read the whole sequence: [B, T, C] -> [B, 1, hidden], where width is T * C.
    """
    parts: list[nn.Module] = [Flatten()] if flatten else []
    for _ in range(layers):
        parts += [nn.Linear(width, hidden), nn.ReLU()]
        width = hidden
    return nn.Sequential(*parts)


def residual_perceptron(width: int, hidden: int, layers: int, dropout: float, *, flatten: bool) -> nn.Sequential:
    """Stack a linear layer and `layers` - 1 residual layers; shapes as in `perceptron`."""
    parts: list[nn.Module] = [Flatten()] if flatten else []
    parts += [nn.Linear(width, hidden), nn.ReLU()]
    parts += [ResidualLayer(hidden, dropout) for _ in range(layers - 1)]
    return nn.Sequential(*parts)
