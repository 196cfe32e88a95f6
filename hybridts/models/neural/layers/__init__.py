"""The torch modules of the blocks. A description in `blocks/` imports them when it is built, not before."""

from torch.nn import Module

__all__ = ["Module"]
