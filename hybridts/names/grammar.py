"""The grammar: a name such as ``CNN-LSTM-XGBoost`` becomes a recipe, and a recipe prints itself.

Precedence, tightest first: ``( )``; ``|`` inside parentheses; ``-`` inside a run of neural tokens; ``>``
between such runs; ``-`` between stages; ``+``. Parentheses around a chain close a stage; a word before them, as in
``median(A, B)`` or ``greedy(A, B, C)``, says how the names inside are combined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from hybridts.errors import BadSetting, UnknownName, nearest
from hybridts.hybrids.settings import HOWS, How
from hybridts.names.recipe import Chain, Ensemble, Net, Node, Parallel, Recipe, Serial, Settings, Stage, Token, TwoStep
from hybridts.names.registry import Combo, Registry
from hybridts.names.settings import apply_settings

#: Parentheses inside parentheses; beyond it a name is an accident, and must not end in a RecursionError.
DEEPEST = 40


@dataclass(frozen=True)
class _Closed:
    """A parenthesised group: it never fuses with its neighbours."""

    node: Node


class _Parser:
    """One pass, left to right; every error knows its position."""

    def __init__(self, text: str, registry: Registry, helpful: bool = True, within: tuple[str, ...] = ()) -> None:
        self.text = text
        self.within = within  # combos whose expression this is a part of
        self.registry = registry
        self.helpful = helpful  # False while suggestions are tried out: they must not look for more
        self.at = 0
        self.depth = 0  # of parentheses
        self.spelled: list[tuple[int, int, str]] = []  # start, end, spelling of each token and combo
        self.combos = 0  # how many combos stand in parentheses
        self.spelling = [(t, t.casefold()) for t in registry.tokens()]

    def parse(self) -> Node:
        node = self.expression()
        if self.at < len(self.text):
            self.fail(f"unexpected {self.text[self.at]!r}")
        return node

    def name(self, root: Node) -> str:
        """The canonical name; a combo in parentheses keeps its own, for its settings are part of it."""
        if not self.combos:
            return str(root)
        if len(self.spelled) == 1:
            return self.spelled[0][2].strip("()")
        pieces, at = [], 0
        for start, end, canonical in (*self.spelled, (len(self.text), len(self.text), "")):
            pieces += ["".join(self.text[at:start].split()).replace("+", " + ").replace(",", ", "), canonical]
            at = end
        return "".join(pieces)

    def fail(self, why: str, at: int | None = None) -> NoReturn:
        at = self.at if at is None else at
        candidates = suggest(self.text, self.registry, _word_at(self.text, at), at) if self.helpful else []
        hint = f" Nearest: {', '.join(candidates)}." if candidates else ""
        message = f"cannot read the name {self.text!r}: {why} at position {at + 1}.{hint}"
        raise UnknownName(message + " `hybridts models` lists every name.", self.text, candidates)

    def peek(self) -> str:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, symbol: str) -> bool:
        if self.peek() != symbol:
            return False
        self.at += 1
        return True

    def expression(self) -> Node:
        members = [self.chain()]
        while self.take("+"):
            members.append(self.chain())
        return members[0] if len(members) == 1 else Ensemble(tuple(members))

    def chain(self) -> Node:
        atoms: list[tuple[Net | _Closed, int]] = [self.atom()]
        operators: list[str] = []
        while self.peek() in ("-", ">"):
            operators.append(self.text[self.at])
            self.at += 1
            atoms.append(self.atom())
        return self.wire(self.fuse(atoms, operators))

    def fuse(self, atoms: list[tuple[Net | _Closed, int]], operators: list[str]) -> list[tuple[Net | _Closed, int]]:
        """Join neural neighbours by "-" into one network, then such runs by ">"."""
        runs: list[tuple[Net | _Closed, int]] = [atoms[0]]
        arrows: list[bool] = []
        for operator, (atom, at) in zip(operators, atoms[1:], strict=True):
            left, _ = runs[-1]
            if operator == "-" and self.neural(left) and self.neural(atom):
                runs[-1] = (Serial((*_parts(left), *_parts(atom))), runs[-1][1])
            else:
                runs.append((atom, at))
                arrows.append(operator == ">")
        stages = [runs[0]]
        for arrow, (run, at) in zip(arrows, runs[1:], strict=True):
            if not arrow:
                stages.append((run, at))
                continue
            left, right = self.network(*stages[-1]), self.network(run, at)
            steps = [p for net in (left, right) for p in (net.parts if isinstance(net, TwoStep) else (net,))]
            stages[-1] = (TwoStep(tuple(steps)), stages[-1][1])
        return stages

    def neural(self, part: Net | _Closed) -> bool:
        if isinstance(part, Token):
            component = self.registry.component(part.name)
            return component is not None and component.family == "neural"
        return isinstance(part, (Serial, Parallel))

    def network(self, part: Net | _Closed, at: int) -> Net:
        """The operand of ">" or "|": a network, also in parentheses."""
        if isinstance(part, _Closed):
            node = part.node
            if isinstance(node, Chain) and len(node.stages) == 1:
                stage = node.stages[0]
                if isinstance(stage, Stage) and stage.kind == "neural":
                    if stage.network:
                        why = "a combo with training settings cannot stand beside '>' or '|', which train as a whole"
                        self.fail(why, at)
                    return stage.body
        elif self.neural(part) or isinstance(part, TwoStep):
            return part
        self.fail("only networks can stand beside '>' or '|', found something else", at)

    def wire(self, parts: list[tuple[Net | _Closed, int]]) -> Node:
        """Stages of a chain; groups are flattened, an ensemble may only come first."""
        if len(parts) == 1 and isinstance(parts[0][0], _Closed):
            return parts[0][0].node
        stages: list[Stage | Ensemble] = []
        for part, at in parts:
            if not isinstance(part, _Closed):
                opened: tuple[Stage | Ensemble, ...] = (self.stage(part),)
            else:
                opened = part.node.stages if isinstance(part.node, Chain) else (part.node,)
            for stage in opened:
                if stages:
                    self.check_later(stage, at)
                stages.append(stage)
        return Chain(tuple(stages))

    def check_later(self, stage: Stage | Ensemble, at: int) -> None:
        """Refuse what has no residual form."""
        if isinstance(stage, Ensemble):
            why = "an ensemble can only be the first stage of a chain; write A-B + A-C instead of A-(B + C)"
            self.fail(why, at)
        if stage.kind == "baseline":
            self.fail(f"{stage} is a baseline and has no residual form, so it can only come first", at)

    def stage(self, body: Net) -> Stage:
        if not isinstance(body, Token):
            return Stage("neural", body)
        component = self.registry.component(body.name)
        assert component is not None
        return Stage(component.family, body)

    def atom(self) -> tuple[Net | _Closed, int]:
        if self.peek() == "":
            self.fail("the name ends where a token is expected")
        start = self.at
        if self.take("("):
            self.depth += 1
            if self.depth > DEEPEST:
                self.fail(f"more than {DEEPEST} parentheses inside one another", start)
            group = self.group(start)
            self.depth -= 1
            return group, start
        how = self.word()
        if how is not None:
            return self.combination(how, start), start
        for spelled, fold in self.spelling:
            end = self.at + len(spelled)
            if self.text[self.at : end].casefold() == fold and _ends_token(self.text, end):
                self.at = end
                component = self.registry.component(spelled)
                assert component is not None
                self.spelled.append((start, end, component.name))
                return Token(component.name), start
        word = _word_at(self.text, start)
        for combo in self.registry.combos():
            if not combo.published and self.text[start:].casefold().startswith(combo.name.casefold()):
                self.fail(f"a combo beside other parts stands in parentheses, as ({combo.name}), which is missing")
        self.fail(f"unknown token {word!r}" if word else f"unexpected {self.text[start]!r}")

    def word(self) -> How | None:
        """The way of combining that is written here, if any; it is stepped over."""
        for how in HOWS:
            end = self.at + len(how)
            if self.text[self.at : end].casefold() == how and _ends_token(self.text, end):
                self.spelled.append((self.at, end, how))
                self.at = end
                return how
        return None

    def combination(self, how: How, start: int) -> _Closed:
        """The list in parentheses after a word."""
        if not self.take("("):
            self.fail(f"{how} without its names, as in {how}(A, B) or alone in a list of several models,", start)
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"more than {DEEPEST} parentheses inside one another", start)
        members = [self.expression()]
        while self.take(","):
            members.append(self.expression())
        if not self.take(")"):
            self.fail(f"expected ',' or ')' but found {self.peek()!r}")
        self.depth -= 1
        if len(members) < 2:
            self.fail(f"{how} with one name where two are the least, as in {how}(A, B),", start)
        return _Closed(Ensemble(tuple(members), how))

    def group(self, start: int) -> Net | _Closed:
        end = _closing(self.text, start)
        if end < 0:
            self.fail("this parenthesis is never closed", start)
        combo = self.registry.combo(self.text[start + 1 : end])
        if combo is not None and not combo.published:
            if combo.name in self.within:
                self.fail(f"({combo.name}) would stand for itself", start)
            self.at = end + 1
            self.combos += 1
            self.spelled.append((start, self.at, f"({combo.name})"))
            return _Closed(expand(combo, self.registry, self.within).root)
        if "|" not in _top_level(self.text[start + 1 : end]):
            inner = self.expression()
            if not self.take(")"):
                self.fail(f"expected ')' but found {self.peek()!r}")
            return _Closed(inner)
        branches = [self.branch()]
        while self.take("|"):
            branches.append(self.branch())
        if not self.take(")"):
            self.fail(f"expected '|' or ')' but found {self.peek()!r}")
        return Parallel(tuple(branches))

    def branch(self) -> Net:
        at = self.at
        net = self.network(_Closed(self.chain()), at)
        if isinstance(net, TwoStep):
            # Branches are trained together; one of them cannot be trained before the others.
            self.fail("a branch beside '|' cannot be trained in two steps; write (A|B)>C or A>(B|C)", at)
        return net


def _parts(part: Net | _Closed) -> tuple[Net, ...]:
    if isinstance(part, Serial):
        return part.parts
    assert not isinstance(part, _Closed)
    return (part,)


def _ends_token(text: str, end: int) -> bool:
    return end >= len(text) or not (text[end].isalnum() or text[end] in "_.")


def _word_at(text: str, at: int) -> str:
    end = at
    while end < len(text) and text[end] not in "-+|>() \t,":
        end += 1
    return text[at:end]


def _closing(text: str, start: int) -> int:
    depth = 0
    for i in range(start, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return i
    return -1


def _top_level(text: str) -> str:
    """`text` without what stands in inner parentheses."""
    depth, kept = 0, []
    for c in text:
        depth += c == "("
        if depth == 0:
            kept.append(c)
        depth -= c == ")"
    return "".join(kept)


def suggest(text: str, registry: Registry, word: str = "", at: int | None = None) -> list[str]:
    """Valid names near a name that does not parse: the bad word replaced, then whole names alike."""
    found: list[str] = []
    for token in nearest(word, registry.tokens()) if word else []:
        start = text.find(word) if at is None else at
        candidate = text[:start] + token + text[start + len(word) :]
        if candidate != text and is_name(candidate, registry):
            found.append(str(parse(candidate, registry)))
    found += nearest(text, registry.names())
    return list(dict.fromkeys(found))[:4]


def is_name(text: str, registry: Registry) -> bool:
    """Whether `text` parses."""
    try:
        _Parser(text, registry, helpful=False).parse()
    except UnknownName:
        return False
    return True


def split_names(text: str) -> list[str]:
    """A list of names: commas split it, except inside parentheses."""
    names, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            names.append(text[start:i])
            start = i + 1
    names.append(text[start:])
    return [n.strip() for n in names if n.strip()]


def parse(text: str, registry: Registry, settings: Settings | None = None) -> Recipe:
    """The recipe a name stands for.

    Args:
        text: a combo's name or an expression, any case.
        registry: the tables to read it with.
        settings: keyed by token; ``LSTM@2`` is the second LSTM, ``Network`` the training of every network.

    Raises:
        UnknownName: with the position of the first bad token and the nearest valid names.
        BadSetting: a key that no part of the name has.
    """
    if not isinstance(text, str):
        raise BadSetting(f"a model is named by text, such as 'LSTM-XGBoost', found {text!r}.", "name", text)
    text = text.strip()
    combo = registry.combo(text)
    if combo is not None and not combo.published:
        recipe = expand(combo, registry)
        return Recipe(combo.name, apply_settings(recipe.root, settings or {}, registry, text))
    parser = _Parser(text, registry)
    root = parser.parse()
    return Recipe(parser.name(root), apply_settings(root, settings or {}, registry, text))


def expand(combo: Combo, registry: Registry, within: tuple[str, ...] = ()) -> Recipe:
    """The recipe of a registered combo, with its settings; `within` are the combos whose expression has led here."""
    whole = registry.combo(combo.expression)
    text = combo.expression if whole is None or whole.published else f"({combo.expression})"
    root = _Parser(text, registry, within=(*within, combo.name)).parse()
    return Recipe(combo.name, apply_settings(root, combo.settings, registry, combo.name))
