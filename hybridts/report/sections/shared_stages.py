"""Stages that several names share, and the time that this saved."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.language import tr
from hybridts.report.section_parts import ON_SCREEN, Cell, Column, Paragraph, Row, Section, Table
from hybridts.report.stages import names_of

NAMES = 12  # listed of those that use a stage


def section(evaluation: Evaluation, _board: pd.DataFrame) -> Section:
    """Return what sharing saved, and a row per distinct stage."""
    sharing = _sharing(evaluation)
    return Section(
        tr("Shared stages"),
        "shared-stages",
        [Paragraph(_saved(sharing)), _table(sharing)],
        folded=True,
        formats=ON_SCREEN,
    )


def _sharing(evaluation: Evaluation) -> pd.DataFrame:
    """Return one row per distinct stage: stage, kind, names (a list), fits, reused, seconds, saved fits."""
    stages = evaluation.run.stages.drop_duplicates("key")
    rows = []
    for (stage, kind), group in stages.groupby(["stage", "kind"], sort=False):
        users = [names_of(text) for text in group["names"]]
        names = list(dict.fromkeys(name for listed in users for name in listed))
        saved = sum(max(len(listed) - 1, 0) for listed in users)
        rows.append((stage, kind, names, len(group), int(group["reused"].sum()), float(group["seconds"].sum()), saved))
    table = pd.DataFrame(rows, columns=["stage", "kind", "names", "fits", "reused", "seconds", "saved"])
    return table.sort_values(["saved", "stage"], ascending=[False, True], kind="stable").reset_index(drop=True)


def _saved(sharing: pd.DataFrame) -> str:
    """Return what sharing saved, in a sentence."""
    done, saved, reused = int(sharing["fits"].sum()), int(sharing["saved"].sum()), int(sharing["reused"].sum())
    each = np.where(sharing["fits"] > 0, sharing["seconds"] / sharing["fits"].clip(lower=1), 0.0)
    time = float((each * sharing["saved"]).sum())
    text = f"{words.plural(done, 'stage fit')} did the work of {done + saved:,}"
    text += f": {words.duration(time)} saved by sharing." if saved else ": nothing could be shared."
    return text + (f" {words.plural(reused, 'fit')} came from an earlier run." if reused else "")


def _table(sharing: pd.DataFrame) -> Table:
    columns = [
        *(Column("stage", words=True), Column("kind", words=True), Column("fits"), Column("reused")),
        *(Column("seconds"), Column("fits saved"), Column("used by", words=True)),
    ]
    rows = []
    for stage, kind, names, fits, reused, seconds, saved in sharing.itertuples(index=False, name=None):
        more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
        texts = [stage, kind, str(fits), str(reused), words.seconds(seconds), str(saved)]
        texts.append(", ".join(names[:NAMES]) + more)
        keys = [*texts[:4], str(seconds), *texts[5:]]
        rows.append(Row([Cell(text, key) for text, key in zip(texts, keys, strict=True)]))
    return Table("sharing", columns, rows, sharing)
