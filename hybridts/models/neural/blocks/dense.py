"""Dense blocks: per time step before another block, over the flattened sequence in last position."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from hybridts.models.neural.blocks.shape import Shape, check_whole


class Flatten(nn.Module):
    """[B, T, C] -> [B, 1, T * C]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), 1, -1)


@dataclass(frozen=True, kw_only=True)
class MLP:
    """One or two hidden layers: per time step before another block, over the flattened sequence in last position."""

    hidden: int = 128
    layers: int = 2

    def __post_init__(self) -> None:
        check_whole(self, "hidden", "layers")

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        width = shape.length * shape.channels if last else shape.channels
        parts: list[nn.Module] = [Flatten()] if last else []
        for _ in range(self.layers):
            parts += [nn.Linear(width, self.hidden), nn.ReLU()]
            width = self.hidden
        return nn.Sequential(*parts), Shape(1 if last else shape.length, self.hidden)


class ResidualLayer(nn.Module):
    """x + dropout(relu(W norm(x))): keeps four and more layers trainable."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.linear = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = x + self.dropout(F.relu(self.linear(self.norm(x))))
        return answer


@dataclass(frozen=True, kw_only=True)
class DNN:
    """Four or more hidden layers with normalisation, skip connections and dropout."""

    hidden: int = 128
    layers: int = 4
    dropout: float = 0.1

    def __post_init__(self) -> None:
        check_whole(self, "hidden", "layers")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be at least 0 and below 1, found {self.dropout!r}")

    def build(self, shape: Shape, last: bool) -> tuple[nn.Module, Shape]:
        width = shape.length * shape.channels if last else shape.channels
        parts: list[nn.Module] = [Flatten()] if last else []
        parts += [nn.Linear(width, self.hidden), nn.ReLU()]
        parts += [ResidualLayer(self.hidden, self.dropout) for _ in range(self.layers - 1)]
        return nn.Sequential(*parts), Shape(1 if last else shape.length, self.hidden)
