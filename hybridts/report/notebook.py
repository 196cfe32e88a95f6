"""What a board shows of itself in a notebook: the verdict with the table, single figures, losses of cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from markupsafe import escape

from hybridts import text as words
from hybridts.errors import BadSetting, did_you_mean
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.metrics import METRICS
from hybridts.evaluation.run import Run
from hybridts.files import must_write, path_of, whole_file
from hybridts.report import figures_of, report_of
from hybridts.report.drawing import DRAWINGS
from hybridts.report.medium import Medium
from hybridts.report.section_parts import Figure, Table, Verdict

#: Columns that a notebook shows, by their heading, beside the metric that ranks.
_SHOWN = ("#", "model", "family", "vs baseline %", "verdict", "p", "gain over part %", "best part", "s alone")
ROWS = 40


@dataclass(frozen=True)
class Drawing:
    """A figure of a board: a notebook shows it, `save` writes it.

    Attributes:
        figure: the figure of the report.
    """

    figure: Figure

    def _repr_svg_(self) -> str:
        return self.figure.draw(Medium("svg")).decode()

    def save(self, path: str | Path) -> Path:
        """Write the drawing; the ending of the path is its format: .svg, .pdf or .png.

        Raises:
            BadSetting: another ending.
            StoreError: the file cannot be written.
        """
        file, kind = Path(path), Path(path).suffix[1:].casefold()
        if kind not in DRAWINGS:
            allowed = ", ".join(f".{ending}" for ending in DRAWINGS)
            raise BadSetting(f"{file.name!r} has no format of drawings; use one of {allowed}.", "path", path, allowed)
        with must_write(path_of(file)), whole_file(path_of(file)) as content:
            content.write(self.figure.draw(Medium(kind)))
        return file


def drawing(run: Run, name: str) -> Drawing:
    """Return a figure of the report by its name.

    Raises:
        BadSetting: the report of this run has no such figure; the message lists those it has.
    """
    figures = {figure.name: figure for figure in figures_of(report_of(run))}
    if name not in figures:
        hint = did_you_mean(name, figures)
        known = ", ".join(figures)
        raise BadSetting(f"{name!r} is no figure of this board; it has {known}.{hint}", "name", name, known)
    return Drawing(figures[name])


def board_html(run: Run) -> str:
    """Return the verdict and the main columns of the leaderboard as HTML, every text escaped."""
    report = report_of(run)
    blocks = list(report.blocks())
    verdict = next(block for block in blocks if isinstance(block, Verdict))
    table = next(block for block in blocks if isinstance(block, Table) and block.name == "leaderboard")
    wanted = (*_SHOWN, str(table.data.attrs["measure"]))
    places = [k for k, column in enumerate(table.columns) if column.heading in wanted]
    lines = ["<div>", *(f"<p>{_shown(text)}</p>" for text in verdict.texts), "<table><thead><tr>"]
    lines += [f"<th>{_shown(table.columns[k].heading)}</th>" for k in places]
    lines.append("</tr></thead><tbody>")
    for row in table.rows[:ROWS]:
        lines.append("<tr>" + "".join(f"<td>{_shown(row.cells[k].text)}</td>" for k in places) + "</tr>")
    lines.append("</tbody></table>")
    if len(table.rows) > ROWS:
        lines.append(f"<p>{len(table.rows) - ROWS} more names: board.table</p>")
    return "\n".join([*lines, "</div>"])


def _shown(text: str) -> str:
    return str(escape(words.visible(text)))


def cell_errors(run: Run) -> pd.DataFrame:
    """Return the losses of every cell: model, window, unique_id, cutoff and every metric; a row per name and cell.

    Names that are no rows of the board (parts of hybrids) are left out; NaN where a metric is undefined.
    """
    evaluation = Evaluation(run)
    cases = evaluation.cases
    model, cell = np.nonzero(cases.answered)
    cells = cases.cells.iloc[cell]
    table = pd.DataFrame(
        {
            "model": np.array(cases.models, dtype=object)[model],
            "window": cells["window"].to_numpy(),
            "unique_id": cells["unique_id"].astype(object).to_numpy(),
            "cutoff": cells["cutoff"].array,
            **{name: metric(cases)[model, cell] for name, metric in METRICS.items()},
        }
    )
    table = table[table["model"].isin(evaluation.shown)]
    return table.sort_values(["model", "window", "unique_id"], kind="stable", ignore_index=True)
