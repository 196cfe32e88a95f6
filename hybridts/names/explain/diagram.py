"""Draw a recipe: stages from top to bottom, the shape of the data beside every step."""

from __future__ import annotations

from hybridts.hybrids.settings import ChainSettings
from hybridts.names.explain.diagram_lines import DiagramLines
from hybridts.names.explain.network_diagram import NetworkDiagram
from hybridts.names.explain.phrases import LABELS, LINES, TITLES
from hybridts.names.recipe import Ensemble, Node, Stage, TwoStep

#: Models fitted to several series at once.
_JOINT_MODELS = ("VAR",)


def diagram_of(root: Node, lang: str) -> list[str]:
    """Return the lines of a recipe's diagram: the legend, an empty line, then the steps."""
    diagram = RecipeDiagram(DiagramLines(lang))
    diagram.node(root)
    return [diagram.lines.legend(), "", *diagram.lines.lines]


class RecipeDiagram:
    """The diagram of chains, ensembles and their stages, written to `lines`."""

    def __init__(self, lines: DiagramLines) -> None:
        self.lines = lines
        self.phrase = lines.phrase

    def node(self, node: Node, title: str = "") -> None:
        """Add a chain, or an ensemble with its members one after the other."""
        if isinstance(node, Ensemble):
            self.ensemble(node, title)
            return
        for i, stage in enumerate(node.stages):
            label = f"{title}{self.phrase(LABELS['stage'], n=i + 1)}{self.phrase(LABELS['colon'])}"
            if i:
                self.lines.bar()
            if isinstance(stage, Ensemble):
                self.ensemble(stage, label)
            else:
                self.stage(stage, label, later=i > 0)
            if i:
                self.correction(node.rules)

    def ensemble(self, node: Ensemble, title: str) -> None:
        """Add the members, then how they are combined."""
        self.lines.title(title + self.phrase(TITLES[f"ensemble {node.how}"], n=len(node.members)))
        for i, member in enumerate(node.members):
            label = self.phrase(LABELS["member"], n=i + 1)
            self.node(member, f"{title.rstrip(':：/ ')}{' / ' if title else ''}{label} / ")
            self.lines.bar()
        self.lines.step("[M, H]", self.phrase(LINES["weights" if node.learned else node.how]))

    def correction(self, rules: ChainSettings) -> None:
        """Add how the output of a later stage corrects the forecast so far."""
        self.lines.bar()
        self.lines.step("[M, H]", self.phrase(LINES["gate" if rules.gate == "learned" else "gate open"]))
        self.lines.bar()
        self.lines.step("[M, H]", self.phrase(LINES["add" if rules.combine == "additive" else "multiply"]))

    # -- stages --------------------------------------------------------------------------------------------
    def stage(self, stage: Stage, label: str, *, later: bool) -> None:
        """Add one stage, from its input to its output."""
        self.lines.title(label + self.phrase(TITLES[_title_key(stage, later=later)], name=stage))
        if stage.kind == "neural":
            NetworkDiagram(self.lines, stage, later=later).draw()
        elif stage.kind == "learner":
            self.learner(stage, later=later)
        else:
            self.statistical(stage, later=later)

    def statistical(self, stage: Stage, *, later: bool) -> None:
        """Add the lines of a statistical model on series or on their residuals."""
        joint = str(stage) in _JOINT_MODELS
        key = ("joint " if joint else "") + ("residuals" if later else "past")
        self.lines.step("[T, D]" if joint else "[T]", self.phrase(LINES[key]))
        self.lines.bar()
        self.lines.step("[M, H]", self.phrase(LINES["residual state" if later else "state"], name=stage))

    def learner(self, stage: Stage, *, later: bool) -> None:
        """Add the lines of a learner: rows of features, one output each."""
        self.lines.step("[M x H, F]", self.phrase(LINES["rows later" if later else "rows"]))
        self.lines.bar()
        self.lines.step("[M, H]", self.phrase(LINES["direct" if later else "deviation"], name=stage))
        if not later:
            self.lines.bar()
            self.lines.step("[M, H]", self.phrase(LINES["anchor"]))


def _title_key(stage: Stage, *, later: bool) -> str:
    """Return the key of a stage's title in `TITLES`."""
    if stage.kind == "neural" and isinstance(stage.body, TwoStep) and not later:
        return "network steps"
    if stage.kind == "neural":
        kind = "network"
    elif stage.kind == "learner":
        kind = "learner"
    else:
        kind = "joint" if str(stage) in _JOINT_MODELS and not later else "local"
    return f"{kind} {'later' if later else 'first'}"
