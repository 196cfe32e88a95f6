"""Prior weights of a request: those of the package, of the cache, or trained now."""

from __future__ import annotations

from dataclasses import dataclass

from hybridts.models.neural.prior import shipped
from hybridts.models.neural.prior.cache import PriorCache
from hybridts.models.neural.prior.effort import BATCH, steps_of
from hybridts.models.neural.prior.packing import packed
from hybridts.models.neural.prior.request import PriorRequest
from hybridts.models.protocols import Learned, PriorWeights, TrainingAmount, Weights


@dataclass(frozen=True)
class NetworkPrior(PriorWeights):
    """The prior of one network."""

    request: PriorRequest

    @property
    def at_hand(self) -> bool:
        """Return whether the weights come with the package."""
        return shipped.has(self.request)

    def identity(self) -> str:
        """Return a hash of the network, the simulated series, and the shipped file."""
        return f"{self.request.identity()}{shipped.content(self.request.seasons[0]) if self.at_hand else ''}"

    def amount(self) -> TrainingAmount:
        """See `PriorWeights`."""
        return TrainingAmount(self.request.window, steps_of(self.request), BATCH)

    def learned(self) -> Learned:
        """Return the packed weights; those that are neither shipped nor cached are trained and cached."""
        held = shipped.load(self.request)
        if held is not None:
            return Learned(held)
        cache = PriorCache(self.request.identity())
        held = cache.read()
        if held is None:
            with cache.alone():
                held = PriorCache(self.request.identity()).read()  # another process may have trained it meanwhile
                if held is None:
                    held = self._trained()
                    cache.write(held)
        return Learned(held, tuple(cache.notices))

    def _trained(self) -> Weights:
        from hybridts.models.neural.prior.pretraining import pretrain

        return packed(pretrain(self.request))
