"""Parse an expression of tokens and combos by recursive descent.

expression  = chain ("+" chain)*
chain       = atom (("-" | ">") atom)*
atom        = token | combination | group
combination = word "(" expression ("," expression)+ ")"
group       = "(" combo ")" | "(" expression ")" | "(" chain ("|" chain)+ ")"
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from hybridts.errors import UnknownName
from hybridts.hybrids.settings import COMBINE_METHODS, CombineMethod
from hybridts.names.recipe import Chain, Ensemble, Net, Node, Parallel, Recipe, Serial, Stage, Token, TwoStep
from hybridts.names.registry import Combo, Registry
from hybridts.names.settings import apply_settings
from hybridts.names.suggestions import word_at

#: Most parentheses inside one another; the limit keeps a broken name from ending in a RecursionError.
MAX_DEPTH = 40


class Unreadable(UnknownName):
    """A name that does not parse: the reason `why` and the index `at` of its first bad token.

    Raised before suggestions are looked up, since these parse names themselves.
    """

    def __init__(self, text: str, why: str, at: int) -> None:
        super().__init__(f"cannot read the name {text!r}: {why} at position {at + 1}.", text)
        self.why = why
        self.at = at


def expand(combo: Combo, registry: Registry, within: tuple[str, ...] = ()) -> Recipe:
    """Return the recipe of a registered combo, with its settings.

    Args:
        combo: the combo.
        registry: the tables of tokens and combos.
        within: names of the combos whose expressions contain this one; a combo may not contain itself.

    Raises:
        Unreadable: the expression of the combo does not parse.
        BadSetting: a setting that no part of the expression has.
    """
    whole = registry.combo(combo.expression)
    text = combo.expression if whole is None or whole.published else f"({combo.expression})"
    root = Parser(text, registry, within=(*within, combo.name)).parse()
    if combo.candidates:
        assert isinstance(root, Ensemble)
        root = replace(root, loose=True, candidates=True)
    return Recipe(combo.name, apply_settings(root, combo.settings, registry, combo.name))


@dataclass(frozen=True)
class _Closed:
    """A parenthesised group: it never joins a network beside it."""

    node: Node


#: A parsed atom, or several joined into one network.
_Part = Net | _Closed
#: A part and the index at which it starts.
_PartAt = tuple[_Part, int]


class Parser:
    """Recursive-descent parser of one name: one pass, left to right."""

    def __init__(self, text: str, registry: Registry, within: tuple[str, ...] = ()) -> None:
        self.text = text
        self.registry = registry
        self.within = within  # names of the combos whose expressions contain this text
        self.at = 0  # index of the next character
        self.depth = 0  # open parentheses
        self.spelled: list[tuple[int, int, str]] = []  # start, end, canonical spelling of each token and combo
        self.combos = 0  # combos in parentheses so far
        self.spelling = [(t, t.casefold()) for t in registry.tokens()]

    def parse(self) -> Node:
        """Parse the whole text.

        Raises:
            Unreadable: the text does not parse.
        """
        node = self.expression()
        if self.at < len(self.text):
            self.fail(f"unexpected {self.text[self.at]!r}")
        return node

    def name(self, root: Node) -> str:
        """Return the canonical name; a combo in parentheses keeps its own, since its settings belong to it."""
        if not self.combos:
            return str(root)
        if len(self.spelled) == 1:
            return self.spelled[0][2].strip("()")
        pieces, at = [], 0
        for start, end, canonical in (*self.spelled, (len(self.text), len(self.text), "")):
            pieces += ["".join(self.text[at:start].split()).replace("+", " + ").replace(",", ", "), canonical]
            at = end
        return "".join(pieces)

    # -- reading characters --------------------------------------------------------------------------------
    def fail(self, why: str, at: int | None = None) -> NoReturn:
        """Raise the error with the index of the bad token; default: the next character."""
        raise Unreadable(self.text, why, self.at if at is None else at)

    def peek(self) -> str:
        """Skip spaces and return the next character, "" at the end."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, symbol: str) -> bool:
        """Step over `symbol` if it comes next."""
        if self.peek() != symbol:
            return False
        self.at += 1
        return True

    def close(self, *others: str) -> None:
        """Step over ")"; `others` are the symbols that could also stand here."""
        if not self.take(")"):
            self.fail(f"expected {' or '.join(repr(s) for s in (*others, ')'))} but found {self.peek()!r}")

    def nest(self, start: int) -> None:
        """Count one more open parenthesis, which starts at `start`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"more than {MAX_DEPTH} parentheses inside one another", start)

    # -- expressions and chains ----------------------------------------------------------------------------
    def expression(self) -> Node:
        """Parse chains joined by "+"."""
        members = [self.chain()]
        while self.take("+"):
            members.append(self.chain())
        return members[0] if len(members) == 1 else Ensemble(tuple(members))

    def chain(self) -> Node:
        """Parse atoms joined by "-" and ">"."""
        atoms: list[_PartAt] = [self.atom()]
        operators: list[str] = []
        while self.peek() in ("-", ">"):
            operators.append(self.text[self.at])
            self.at += 1
            atoms.append(self.atom())
        return self.to_node(self.join_networks(atoms, operators))

    def join_networks(self, atoms: list[_PartAt], operators: list[str]) -> list[_PartAt]:
        """Join neighbouring neural atoms: by "-" into one network, then networks by ">" into a two-step one."""
        runs: list[_PartAt] = [atoms[0]]
        arrows: list[bool] = []  # whether ">" stands before each run but the first
        for operator, (atom, at) in zip(operators, atoms[1:], strict=True):
            left, start = runs[-1]
            if operator == "-" and self.neural(left) and self.neural(atom):
                runs[-1] = (Serial((*_blocks(left), *_blocks(atom))), start)
            else:
                runs.append((atom, at))
                arrows.append(operator == ">")
        stages = [runs[0]]
        for arrow, (run, at) in zip(arrows, runs[1:], strict=True):
            if arrow:
                networks = (self.network(*stages[-1]), self.network(run, at))
                steps = [p for net in networks for p in (net.parts if isinstance(net, TwoStep) else (net,))]
                stages[-1] = (TwoStep(tuple(steps)), stages[-1][1])
            else:
                stages.append((run, at))
        return stages

    def neural(self, part: _Part) -> bool:
        """Return whether a part is a neural token or blocks joined into one network."""
        if isinstance(part, Token):
            component = self.registry.component(part.name)
            return component is not None and component.family == "neural"
        return isinstance(part, (Serial, Parallel))

    def network(self, part: _Part, at: int) -> Net:
        """Return the network in an operand of ">" or "|", which may stand in parentheses."""
        if not isinstance(part, _Closed):
            if self.neural(part) or isinstance(part, TwoStep):
                return part
        elif isinstance(part.node, Chain) and len(part.node.stages) == 1:
            stage = part.node.stages[0]
            if isinstance(stage, Stage) and stage.kind == "neural":
                if stage.network:
                    why = "a combo with training settings cannot stand beside '>' or '|', which train as a whole"
                    self.fail(why, at)
                return stage.body
        self.fail("only networks can stand beside '>' or '|', found something else", at)

    def to_node(self, parts: list[_PartAt]) -> Node:
        """Return the chain of these parts; the stages of a group become stages of the chain."""
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
        """Refuse ensembles and baselines after the first stage: they cannot model residuals."""
        if isinstance(stage, Ensemble):
            why = "an ensemble can only be the first stage of a chain; write A-B + A-C instead of A-(B + C)"
            self.fail(why, at)
        if stage.kind == "baseline":
            self.fail(f"{stage} is a baseline and has no residual form, so it can only come first", at)

    def stage(self, body: Net) -> Stage:
        """Return the stage of a token or network."""
        if not isinstance(body, Token):
            return Stage("neural", body)
        component = self.registry.component(body.name)
        assert component is not None
        return Stage(component.family, body)

    # -- atoms ---------------------------------------------------------------------------------------------
    def atom(self) -> _PartAt:
        """Parse a token, a combination or a group, with the index at which it starts."""
        if self.peek() == "":
            self.fail("the name ends where a token is expected")
        start = self.at
        if self.take("("):
            self.nest(start)
            group = self.group(start)
            self.depth -= 1
            return group, start
        how = self.word()
        if how is not None:
            return self.combination(how, start), start
        return self.token(), start

    def token(self) -> Token:
        """Parse one token, in any of its spellings."""
        start = self.at
        for spelled, fold in self.spelling:
            end = start + len(spelled)
            if self.text[start:end].casefold() == fold and _ends_token(self.text, end):
                self.at = end
                component = self.registry.component(spelled)
                assert component is not None
                self.spelled.append((start, end, component.name))
                return Token(component.name)
        for combo in self.registry.combos():
            if not combo.published and self.text[start:].casefold().startswith(combo.name.casefold()):
                self.fail(f"a combo beside other parts stands in parentheses, as ({combo.name}), which is missing")
        word = word_at(self.text, start)
        self.fail(f"unknown token {word!r}" if word else f"unexpected {self.text[start]!r}")

    def word(self) -> CombineMethod | None:
        """Step over a way of combining such as "median" and return it; None if none comes next."""
        for how in COMBINE_METHODS:
            end = self.at + len(how)
            if self.text[self.at : end].casefold() == how and _ends_token(self.text, end):
                self.spelled.append((self.at, end, how))
                self.at = end
                return how
        return None

    def combination(self, how: CombineMethod, start: int) -> _Closed:
        """Parse the members in parentheses after a way of combining."""
        if not self.take("("):
            self.fail(f"{how} without its names, as in {how}(A, B) or alone in a list of several models,", start)
        self.nest(start)
        members = [self.expression()]
        while self.take(","):
            members.append(self.expression())
        self.close(",")
        self.depth -= 1
        if len(members) < 2:
            self.fail(f"{how} with one name where two are the least, as in {how}(A, B),", start)
        return _Closed(Ensemble(tuple(members), how))

    def group(self, start: int) -> _Part:
        """Parse the inside of the parenthesis at `start`: a combo, an expression or parallel branches."""
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
            self.close()
            return _Closed(inner)
        branches = [self.branch()]
        while self.take("|"):
            branches.append(self.branch())
        self.close("|")
        return Parallel(tuple(branches))

    def branch(self) -> Net:
        """Parse one network beside "|"."""
        at = self.at
        net = self.network(_Closed(self.chain()), at)
        if isinstance(net, TwoStep):
            # Branches are trained together; one of them cannot be trained before the others.
            self.fail("a branch beside '|' cannot be trained in two steps; write (A|B)>C or A>(B|C)", at)
        return net


def _blocks(part: _Part) -> tuple[Net, ...]:
    if isinstance(part, Serial):
        return part.parts
    assert not isinstance(part, _Closed)
    return (part,)


def _ends_token(text: str, end: int) -> bool:
    return end >= len(text) or not (text[end].isalnum() or text[end] in "_.")


def _closing(text: str, start: int) -> int:
    """Return the index of the parenthesis that closes the one at `start`, -1 if it is never closed."""
    depth = 0
    for i in range(start, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return i
    return -1


def _top_level(text: str) -> str:
    """Return `text` without its inner parentheses and what they hold."""
    depth, kept = 0, []
    for c in text:
        depth += c == "("
        if depth == 0:
            kept.append(c)
        depth -= c == ")"
    return "".join(kept)
