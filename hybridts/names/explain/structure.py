"""Find the parts of a recipe and the ways in which it combines them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hybridts.names.recipe import Chain, Ensemble, Net, Node, Parallel, Serial, Stage, Token, TwoStep, stages_of


def nodes(root: Node | Stage) -> Iterator[Node]:
    """Yield every chain and ensemble of a recipe, the outermost first."""
    if not isinstance(root, Stage):
        yield root
        for part in _parts(root):
            yield from nodes(part)


def chains(root: Node) -> list[Chain]:
    """Return every chain of a recipe, the outermost first."""
    return [node for node in nodes(root) if isinstance(node, Chain)]


def corrected_chains(root: Node) -> list[Chain]:
    """Return the chains that have a stage after the first."""
    return [chain for chain in chains(root) if len(chain.stages) > 1]


def ensembles(root: Node) -> list[Ensemble]:
    """Return every ensemble of a recipe, the outermost first."""
    return [node for node in nodes(root) if isinstance(node, Ensemble)]


def stages_in_order(root: Node) -> Iterator[tuple[Stage, bool]]:
    """Yield every stage from left to right, and whether it corrects the stages before it."""
    for i, part in enumerate(_parts(root)):
        if isinstance(part, Stage):
            yield part, i > 0
        else:
            yield from stages_in_order(part)


def structures(root: Node) -> set[str]:
    """Return how a recipe combines its parts.

    Possible values: "chain", "three" (stages or more), "serial", "parallel", "two-step", "ensemble", "learned
    weights", "candidates", and the ways of combining members ("mean", "median" ...).
    """
    found: set[str] = set()
    for chain in corrected_chains(root):
        found |= {"chain", "three"} if len(chain.stages) > 2 else {"chain"}
    for ensemble in ensembles(root):
        found |= {"ensemble", ensemble.how} | ({"learned weights"} if ensemble.learned else set())
        found |= {"candidates"} if ensemble.candidates else set()
    return found.union(*(_of_network(stage.body) for stage in stages_of(root)))


def pairings(root: Node) -> Iterator[str]:
    """Yield how the first two stages of each chain divide the work, as keys of the table of advice."""
    for chain in chains(root):
        kinds = [s.kind for s in chain.stages[:2] if isinstance(s, Stage)]
        if kinds == ["statistical", "learner"] or kinds == ["statistical", "neural"]:
            yield "linear then free"
        elif kinds == ["neural", "statistical"]:
            yield "global then local"
        elif kinds == ["neural", "learner"]:
            yield "network then rows"


def _parts(node: Node) -> Sequence[Node | Stage]:
    return node.stages if isinstance(node, Chain) else node.members


def _of_network(net: Net) -> set[str]:
    if isinstance(net, Token):
        return set()
    own = {Serial: "serial", Parallel: "parallel", TwoStep: "two-step"}[type(net)]
    return {own}.union(*(_of_network(part) for part in net.parts))
