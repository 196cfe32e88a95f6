"""The diagram of a recipe: stages from top to bottom, the shape of the data beside every step.

Shapes stand on the left because they are plain ASCII: the columns then line up in every language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hybridts.hybrids.settings import HONEST, Rules
from hybridts.models.settings import NO_SETTINGS, FrozenSettings
from hybridts.names.explain.phrases import ANCHORS, BLOCKS, LABELS, LEGEND, LINES, SCALES
from hybridts.names.recipe import Chain, Ensemble, Net, Node, Parallel, Serial, Stage, Token, TwoStep
from hybridts.names.registry import Registry, Text

_WIDTH = 20
_BAR = "    |"
_HALVINGS = ("T", "T/2", "T/4", "T/8", "T/2^L")  # from long to short


@dataclass(frozen=True)
class Flow:
    """The sequence between two blocks: [B, length, channels]."""

    length: str = "T"
    channels: str = "C"
    frames: bool = False  # whether every row is still a frame of a grid

    def halved(self, layers: str = "1") -> Flow:
        """Half as long, `layers` times."""
        base, _, power = self.length.partition("/")
        if base not in ("T", "S"):
            return self
        if power == "":
            return Flow(f"{base}/2" if layers == "1" else f"{base}/2^{layers}", self.channels)
        if layers == "1" and power.isdigit():
            return Flow(f"{base}/{2 * int(power)}", self.channels)
        return Flow(f"{self.length}/2^{layers}" if layers != "1" else f"{self.length}/2", self.channels)

    def __str__(self) -> str:
        return f"[B, {self.length}, {self.channels}]"


@dataclass
class Diagram:
    """Lines of a diagram, written in one language."""

    registry: Registry
    lang: str
    lines: list[str] = field(default_factory=list)
    blocks: int = 0
    training: FrozenSettings = NO_SETTINGS  # of the network being drawn
    rules: Rules = HONEST  # of the chain being drawn

    def say(self, text: Text, **values: object) -> str:
        """The sentence in this diagram's language, its places filled."""
        return text.get(self.lang).format(**values)

    def step(self, shape: object, words: str, indent: str = "") -> None:
        """One line: what the data looks like, and what was done to it."""
        self.lines.append(f"{indent}{str(shape) + '  ':<{_WIDTH}}{words}")

    # -- nodes ---------------------------------------------------------------------------------------------
    def node(self, node: Node, title: str = "") -> None:
        """A chain, or an ensemble with its members one after the other."""
        if isinstance(node, Ensemble):
            self.ensemble(node, title)
            return
        for i, stage in enumerate(node.stages):
            self.rules = node.rules
            label = f"{title}{self.say(LABELS['stage'], n=i + 1)}{self.say(LABELS['colon'])}"
            if i:
                self.lines.append(_BAR)
            if isinstance(stage, Ensemble):
                self.ensemble(stage, label)
            else:
                self.stage(stage, label, later=i > 0)

    def ensemble(self, node: Ensemble, title: str) -> None:
        """Members by themselves, then how they are combined."""
        self.lines.append(title + self.say(LINES[f"ensemble {node.how}"], n=len(node.members)))
        for i, member in enumerate(node.members):
            label = self.say(LABELS["member"], n=i + 1)
            self.node(member, f"{title.rstrip(':：/ ')}{' / ' if title else ''}{label} / ")
            self.lines.append(_BAR)
        self.step("[M, H]", self.say(LINES["weights" if node.learned else node.how]))

    def stage(self, stage: Stage, label: str, *, later: bool) -> None:
        """One stage, from what it reads to the forecast it leaves behind."""
        self.blocks = 0
        kind = "statistical" if stage.kind == "baseline" else stage.kind
        title = {
            "neural": "network steps" if isinstance(stage.body, TwoStep) and not later else "network",
            "statistical": "joint" if self.joint(stage) and not later else "local",
            "learner": "learner",
        }[kind]
        if title != "network steps":
            title += " later" if later else " first"
        self.lines.append(label + self.say(LINES[title], name=stage))
        {"neural": self.network, "statistical": self.statistical, "learner": self.learner}[kind](stage, later)
        if later:
            self.lines.append(_BAR)
            self.step("[M, H]", self.say(LINES["gate" if self.rules.gate == "learned" else "gate open"]))
            self.lines.append(_BAR)
            self.step("[M, H]", self.say(LINES["add" if self.rules.combine == "additive" else "multiply"]))

    @staticmethod
    def joint(stage: Stage) -> bool:
        """Whether this model reads several series at once."""
        return str(stage) == "VAR"

    def statistical(self, stage: Stage, later: bool) -> None:
        """A filter over one series, or over the errors of one."""
        joint = self.joint(stage)
        words = ("joint " if joint else "") + ("errors" if later else "past")
        self.step("[T, D]" if joint else "[T]", self.say(LINES[words]))
        self.lines.append(_BAR)
        self.step("[M, H]", self.say(LINES["error state" if later else "state"], name=stage))

    def learner(self, stage: Stage, later: bool) -> None:
        """Rows of features, one answer each."""
        self.step("[M x H, F]", self.say(LINES["rows later" if later else "rows"]))
        self.lines.append(_BAR)
        self.step("[M, H]", self.say(LINES["direct" if later else "deviation"], name=stage))
        if not later:
            self.lines.append(_BAR)
            self.step("[M, H]", self.say(LINES["anchor"]))

    # -- networks ------------------------------------------------------------------------------------------
    def network(self, stage: Stage, later: bool) -> None:
        """Window, blocks, head."""
        self.training = stage.network
        grid = bool(self.training.get("grid"))
        flow = Flow("T", "C x D", frames=True) if grid else Flow()
        self.step(flow, self.say(LINES["window later" if later else "window grid" if grid else "window"]))
        self.lines.append(f"{_BAR}  {self.say(LINES['channels'])}")
        if "init" in self.training and not isinstance(stage.body, TwoStep):
            self.lines.append(f"{_BAR}  {self.say(LINES['start'], file=self.training['init'])}")
        self.net(stage.body, flow, last=True)
        self.lines.append(_BAR)
        answer = "[B, D x H]" if grid else "[B, H]"
        self.step(answer, self.say(LINES["head grid" if grid else "head"]))
        self.output(answer, later=later)

    def output(self, answer: str, *, later: bool) -> None:
        """How the head's numbers become a forecast, by the settings of the network."""
        get = self.training.get
        scale, anchor = SCALES.get(get("scale", "deviation")), ANCHORS.get(get("anchor", "seasonal_naive"))
        highway = get("highway", True) and not get("grid")
        if scale:
            self.lines.append(f"{_BAR}  {self.say(LINES['scale'], what=self.say(scale))}")
        if highway:
            self.lines.append(f"{_BAR}  {self.say(LINES['highway'])}")
        if not (scale or highway):
            self.lines.append(_BAR)
        whole = " + ".join(self.say(LABELS[f"output {key}"]) for key in ("head", "highway") if key == "head" or highway)
        if scale:
            times = "×" if self.lang == "zh" else "x"
            whole = f"{self.say(LABELS['output scale'])} {times} {f'({whole})' if highway else whole}"
        if anchor and not later:
            whole = f"{self.say(anchor)} + {whole}"
        whole = f"exp({whole})" if get("log") else whole
        self.step(answer, self.say(LABELS["output later" if later else "output"], whole=whole))

    def legend(self) -> str:
        """What the letters of the lines so far stand for."""
        text = "\n".join(self.lines)
        used = set(re.findall(r"(?<![A-Za-z])[A-Z](?![A-Za-z])", text)) | ({"T/2"} if "T/2" in text else set())
        return ("，" if self.lang == "zh" else ", ").join(
            self.say(words) for key, words in LEGEND.items() if key in used
        )

    def net(self, net: Net, flow: Flow, *, last: bool, indent: str = "") -> Flow:
        """The lines of an expression of blocks, and what leaves it."""
        if isinstance(net, Token):
            return self.block(net, flow, last=last, indent=indent)
        if isinstance(net, Parallel):
            return self.parallel(net, flow, last=last, indent=indent)
        for i, part in enumerate(net.parts):
            end = i == len(net.parts) - 1
            if isinstance(net, TwoStep):
                self.lines.append(f"{indent}{_BAR}  {self.training_step(i, end=end)}")
            flow = self.net(part, flow, last=last and end, indent=indent)
        return flow

    def training_step(self, i: int, *, end: bool) -> str:
        """How part i of a two-step network gets its weights."""
        loaded = i == 0 and "init" in self.training
        key = "step loaded" if loaded else "step last" if end else "step first"
        if not self.training.get("freeze", True):
            key += " open"
        return self.say(LINES[key], n=i + 1, file=self.training.get("init"))

    def block(self, token: Token, flow: Flow, *, last: bool, indent: str) -> Flow:
        """One block: its line, and the sequence it answers with."""
        after = self.after(token, flow, last)
        kind = f"{token.name}{_variant(token, flow)}"
        words = BLOCKS.get(f"{kind} last") if last else None
        words = words or BLOCKS.get(kind) or BLOCKS.get(token.name, BLOCKS["block"])
        if not self.lines[-1].startswith(f"{indent}{_BAR}  "):
            self.lines.append(indent + _BAR)
        self.step(after, f"{token.name}{self.say(LABELS['colon'])}{self.say(words)}", indent)
        return after

    def after(self, token: Token, flow: Flow, last: bool) -> Flow:
        """The shape rule of each block."""
        name, variant = token.name, _variant(token, flow)
        if name == "Attention":
            return replace(flow, length="1") if last else flow
        self.blocks += 1
        length = flow.length
        if last and (name in ("MLP", "DNN") or name + variant in ("CNN grid", "CNN pieces")):
            length = "1"
        elif name == "CNN" and variant == "":
            length = flow.halved("L" if last else "1").length
        elif variant == " pieces" or (name == "ConvLSTM" and not variant):
            length = "S"
        elif name not in BLOCKS:
            length = "T'"
        return Flow(length, f"C{self.blocks}", frames=variant == " grid")

    def parallel(self, net: Parallel, flow: Flow, *, last: bool, indent: str) -> Flow:
        """Branches, each from the same input, then their features side by side."""
        self.lines.append(f"{indent}{_BAR}  {self.say(LINES['fork'])}")
        ends = []
        for i, part in enumerate(net.parts):
            self.lines.append(f"{indent}    +-- {self.say(LABELS['branch'], n=i + 1, name=part)}")
            ends.append(self.net(part, flow, last=last, indent=indent + "    |   "))
        frames = all(e.frames for e in ends)
        together = Flow(_shortest([e.length for e in ends]), " + ".join(e.channels for e in ends), frames)
        self.lines.append(indent + _BAR)
        self.step(together, self.say(LINES["together"]), indent)
        return together


def _variant(token: Token, flow: Flow) -> str:
    """What settings and frames make of a block: the ending of its entry in `BLOCKS`."""
    values = token.settings
    if token.name in ("CNN", "ConvLSTM") and flow.frames:
        return " grid"
    if token.name == "CNN" and values.get("subsequences") is not None:
        return " pieces"
    return " dilated" if token.name == "CNN" and values.get("dilation", 1) > 1 else ""


def _shortest(lengths: Sequence[str]) -> str:
    """The shortest of symbolic lengths; min(...) where that depends on numbers."""
    different = list(dict.fromkeys(lengths))
    if "1" in different:
        return "1"
    if all(length in _HALVINGS for length in different):
        return max(different, key=_HALVINGS.index)
    return different[0] if len(different) == 1 else f"min({', '.join(different)})"


def structures(root: Node) -> set[str]:
    """Which ways of combining a recipe uses: chain, three, ensemble, serial, parallel, two-step."""
    found: set[str] = set()
    if isinstance(root, Ensemble):
        found |= {"ensemble", root.how, *(("learned weights",) if root.learned else ())}
        parts: Sequence[Node | Stage] = root.members
    else:
        found |= {"chain"} if len(root.stages) > 1 else set()
        found |= {"three"} if len(root.stages) > 2 else set()
        parts = root.stages
    for part in parts:
        found |= _of_net(part.body) if isinstance(part, Stage) else structures(part)
    return found


def _of_net(net: Net) -> set[str]:
    if isinstance(net, Token):
        return set()
    own = {Serial: "serial", Parallel: "parallel", TwoStep: "two-step"}[type(net)]
    return {own}.union(*(_of_net(p) for p in net.parts))


def chains(root: Node | Stage) -> list[Chain]:
    """Every chain of a recipe, the outermost first."""
    if isinstance(root, Stage):
        return []
    own = [root] if isinstance(root, Chain) else []
    parts: Sequence[Node | Stage] = root.stages if isinstance(root, Chain) else root.members
    return own + [c for part in parts for c in chains(part)]


def ensembles(root: Node | Stage) -> list[Ensemble]:
    """Every ensemble of a recipe, the outermost first."""
    if isinstance(root, Stage):
        return []
    own = [root] if isinstance(root, Ensemble) else []
    parts: Sequence[Node | Stage] = root.stages if isinstance(root, Chain) else root.members
    return own + [e for part in parts for e in ensembles(part)]
