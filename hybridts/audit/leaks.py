"""Verdicts on the two ways to know the future: reading it from the panel, and remembering it from an earlier fit.

A difference is looked into by further fits, each in a process of its own and with one kind of unseen rows replaced, so
that the message can name what leaked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from hybridts.audit.carriers import Watched, watched
from hybridts.audit.panels import AuditPanel
from hybridts.audit.runner import Answer, Target
from hybridts.audit.sessions import Reference, Reordered, first_answer, with_fewer_rows, with_replaced
from hybridts.audit.unseen import ADVICE, REPLACED, Kind, Unseen
from hybridts.audit.verdicts import FUTURE, MEMORY, SEED, UNKNOWN, Difference, Verdict, difference, on

#: Runs a function in a fresh process.
Run = Callable[..., Any]
#: Relative difference that another length of the flat arrays may make to sums.
LAYOUT = 1e-9


class Compared(NamedTuple):
    """Answers on one panel that should all be equal to the first.

    Attributes:
        scene: the panel.
        reference: its answers in the first process.
        reordered: those after other fits.
        unseen: those with everything unseen replaced upwards, downwards, and taken away.
    """

    scene: AuditPanel
    reference: Reference
    reordered: Reordered
    unseen: Sequence[Answer]


@dataclass(frozen=True, eq=False)
class Inquiry:
    """A name under suspicion.

    Attributes:
        target: the name.
        run: runs a function in a fresh process.
        panels: the answers on every panel.
        later: what it reads beyond later origins of one fit, as sentences.
    """

    target: Target
    run: Run
    panels: Sequence[Compared]
    later: Sequence[str]

    def verdicts(self) -> list[Verdict]:
        """Return the verdicts on repeated fits, on what must not be seen, and on fits after other fits."""
        seed, memory, lasting = self._seed_and_memory()
        return [seed, self._future(seed, memory, lasting=lasting), memory]

    # -- the seed and the memory ----------------------------------------------------------------------------------
    def _seed_and_memory(self) -> tuple[Verdict, Verdict, bool]:
        """Return the verdicts on repeated fits and on fits after other fits, and whether memory outlasts a process."""
        repeated = next(self._repeated(), None)
        after_others = next(self._after_others(), None)
        first = repeated or after_others
        if first is None:
            orders = "both orders of two cutoffs, after other data, in two processes"
            text = f"largest difference 0 on {len(self.panels)} panels: {orders}"
            return Verdict(SEED, True, "largest difference 0"), Verdict(MEMORY, True, text), False
        scene = first[0]
        watch: Watched = self.run(watched, self.target, scene)
        anew = difference(scene.panel, self.run(first_answer, self.target, scene), watch.answer)
        since = difference(scene.panel, first[1].early, watch.answer) if scene is self.panels[0].scene else None
        lasting = since is not None and bool(watch.files)
        if anew is not None and repeated is not None and not watch.files:
            drawn = [name for name in watch.kept if "random state" in name]
            hint = f"; it draws from {' and '.join(drawn)}: use the seed that fit is given" if drawn else ""
            text = f"largest difference {repeated[2].worst:.3g}{hint}"
            return Verdict(SEED, False, text), Verdict(MEMORY, after_others is None, UNKNOWN), False
        where, _, moved, when = after_others or first
        found = f"{moved.text()} {when}, {on(where)}. {_kept(watch, lasting=lasting)}"
        return Verdict(SEED, True, "largest difference 0 between processes"), Verdict(MEMORY, False, found), lasting

    def _repeated(self) -> Iterator[tuple[AuditPanel, Reference, Difference, str]]:
        """Yield the panels on which a second fit says something else."""
        for scene, reference, _, _ in self.panels:
            apart = difference(scene.panel, reference.early, reference.again)
            if apart is not None:
                yield scene, reference, apart, "when the same fit was made again in the same process"

    def _after_others(self) -> Iterator[tuple[AuditPanel, Reference, Difference, str]]:
        """Yield the panels on which a fit says something else after other fits, and after which."""
        for scene, reference, reordered, _ in self.panels:
            pairs = (
                (reference.early, reordered.early, "after a fit at a later cutoff in the same process"),
                (reference.late, reordered.late, "between a first fit and one after a fit at an earlier cutoff"),
                (reference.early, reordered.after_other, "after a fit on other data with the same series ids"),
            )
            for one, other, when in pairs:
                apart = difference(scene.panel, one, other)
                if apart is not None:
                    yield scene, reference, apart, when

    # -- what may not be seen -------------------------------------------------------------------------------------
    def _future(self, seed: Verdict, memory: Verdict, *, lasting: bool) -> Verdict:
        """Return the verdict on everything that a forecast must not see."""
        found: list[str] = []
        tried: set[Kind] = set()
        where = []
        for scene, reference, _, unseen in self.panels:
            apart = [
                difference(scene.panel, reference.early, other, tolerance)
                for other, tolerance in zip(unseen, (0.0, 0.0, LAYOUT), strict=True)
            ]
            if not any(apart):
                continue
            if not seed.passed:
                return Verdict(FUTURE, False, UNKNOWN)
            if lasting:
                return Verdict(FUTURE, False, "unknown, because it remembers other fits")
            first = reference.early if memory.passed else self.run(first_answer, self.target, scene)
            sentences = self._sources(scene, first, tried)
            found += sentences
            where += [] if sentences else [scene.label]
        if found:
            also = f" The same on the panels with {'; '.join(where)}." if where and memory.passed else ""
            return Verdict(FUTURE, False, f"{' Also, '.join(found)}{also}")
        if self.later and memory.passed:
            return Verdict(FUTURE, False, self.later[0])
        return Verdict(FUTURE, True, f"largest difference 0 on {len(self.panels)} panels")

    def _sources(self, scene: AuditPanel, first: Answer, tried: set[Kind]) -> list[str]:
        """Return a sentence for each kind of rows that alone moves the forecast, except for those tried already."""
        kinds = [kind for kind in Unseen(scene, scene.early).kinds() if kind not in tried]
        found: dict[Kind, Difference] = {}
        for kind in kinds:
            if kind == "rows" and (found or tried):
                continue  # without rows there are no values either
            apart = self._moved_by(scene, first, kind)
            if apart is not None:
                found[kind] = apart
        known = bool(tried)
        tried |= set(kinds) - {"rows"} if found else set()
        if not found and not known:
            together = self._replaced(scene, first, REPLACED)
            if together is None:  # it moved only after other fits: a matter of memory
                return []
            return [f"it reads several kinds of unseen rows together: {together.text()}, {on(scene)}."]
        return [self._sentence(scene, first, kind, apart) for kind, apart in found.items()]

    def _moved_by(self, scene: AuditPanel, first: Answer, kind: Kind) -> Difference | None:
        if kind == "rows":
            answer = self.run(with_fewer_rows, self.target, scene)
            return difference(scene.panel, first, answer, LAYOUT)
        return self._replaced(scene, first, (kind,))

    def _replaced(
        self, scene: AuditPanel, first: Answer, kinds: Sequence[Kind], series: int | None = None
    ) -> Difference | None:
        """Return how the forecast moves when only these kinds are replaced, upwards or downwards."""
        for direction in ("up", "down"):
            answer = self.run(with_replaced, self.target, scene, direction, kinds, series)
            apart = difference(scene.panel, first, answer)
            if apart is not None:
                return apart
        return None

    def _sentence(self, scene: AuditPanel, first: Answer, kind: Kind, apart: Difference) -> str:
        advice = ADVICE[kind]
        columns = scene.panel.columns.get(kind, ())
        which = f" (columns {', '.join(columns)})" if columns else ""
        return (
            f"it reads {advice.what}{which}: {apart.text()} when they were changed, {on(scene)}."
            f"{_interpolates(scene, kind, apart)}{self._of_others(scene, first, kind)} {advice.to_do}"
        )

    def _of_others(self, scene: AuditPanel, first: Answer, kind: Kind) -> str:
        """Return whether rows of one series move the forecast of another, as a sentence."""
        if kind in ("rows", "unborn"):
            return ""
        for series, name in enumerate(scene.panel.ids):
            apart = self._replaced(scene, first, (kind,), series)
            others = [other for other in apart.series if other != name] if apart is not None else []
            if others:
                return (
                    f" Rows of series {name!r} moved the forecast of {others[0]!r}: it reads the ends of other series."
                )
        return ""


def _interpolates(scene: AuditPanel, kind: Kind, apart: Difference) -> str:
    """Return a hint where only series moved whose last values before the cutoff are missing."""
    if kind not in ("gap", "steps", "later") or not apart.series:
        return ""
    at = scene.panel.starts + scene.last_rows(scene.early)
    missing = {name for name, row in zip(scene.panel.ids, at, strict=True) if np.isnan(scene.panel.values[row])}
    if not set(apart.series) <= missing:
        return ""
    return (
        " Only series whose last values are missing moved: it fills a hole from the values after it (interpolation "
        "across the cutoff); fill holes from earlier values only."
    )


def _kept(watch: Watched, *, lasting: bool) -> str:
    """Return where a class keeps things between fits, and what to do."""
    places = list(watch.kept)
    places += [f"the file {path}" for path in watch.files] if lasting or not places else []
    where = f"It keeps something in {', '.join(places[:4])}." if places else "It keeps something outside of the fit."
    beyond = " It lasts beyond the process." if lasting else ""
    return f"{where}{beyond} Keep what a fit learns in the object that fit returns, and nowhere else."
