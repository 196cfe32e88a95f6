"""The attention block: pools the states in last position, mixes them before another block."""

from __future__ import annotations

from dataclasses import dataclass

from hybridts.models.neural.blocks.shape import Built, Shape, check_whole


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Attention over states: pools them in last position, mixes them before another block.

    Attributes:
        hidden: units of the scoring layer in last position.
    """

    hidden: int = 32

    def __post_init__(self) -> None:
        check_whole(self, "hidden")

    def build(self, shape: Shape, last: bool) -> Built:
        """See `Block`."""
        from hybridts.models.neural.layers.attention import AttentionPool, CausalAttention

        if last:
            return AttentionPool(shape.channels, self.hidden), shape._replace(length=1)
        return CausalAttention(shape.channels), shape
