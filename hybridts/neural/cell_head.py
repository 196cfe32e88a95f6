"""The head of a grid: one head that every cell shares, where the body keeps the cells' states apart."""

from __future__ import annotations

from torch import Tensor, nn

from hybridts.neural.head import Head, Outside


class CellHead(nn.Module):
    """State [B, C x cells], facts [B, cells x E], known future [B, cells x H, F] -> [B, cells x H] (or [..., Q]).

    A 1 x 1 convolution over the last frame, as in Shi et al. (2015): what is learned of one cell holds for all.
    """

    def __init__(self, channels: int, outside: Outside, cells: int) -> None:
        super().__init__()
        self.cells = cells
        each = outside._replace(extra=outside.extra // cells, horizon=outside.horizon // cells, highway=0)
        self.head = Head(channels // cells, each)

    def forward(self, state: Tensor, extra: Tensor, ahead: Tensor) -> Tensor:
        batch, steps = len(state), ahead.shape[1] // self.cells
        apart = state.reshape(batch, -1, self.cells).transpose(1, 2).reshape(batch * self.cells, -1)
        beside = extra.reshape(batch * self.cells, extra.shape[1] // self.cells)
        known = ahead.reshape(batch * self.cells, steps, ahead.shape[2])
        answer: Tensor = self.head(apart, beside, known)  # [B x cells, H] or [B x cells, H, Q]
        return answer.reshape(batch, self.cells * steps, *answer.shape[2:])
