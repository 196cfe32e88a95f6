"""Vector autoregression per group of series: levels or differences, lag by BIC, covariates as exogenous columns.

Source: Lütkepohl (2005), New introduction to multiple time series analysis, chapters 2 to 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray, IntArray, Origins, Panel
from hybridts.errors import DataError, StageFailure
from hybridts.models.findings import VarFound
from hybridts.models.protocols import Explaining
from hybridts.models.statistical._failure import SeriesFailure
from hybridts.models.statistical._per_series.fit import by_series
from hybridts.models.statistical._per_series.known_future import no_columns_message
from hybridts.models.statistical._per_series.plausible import Experience, reason
from hybridts.models.statistical._seasonal_adjustment import season_ignored
from hybridts.models.statistical._settings import flag, whole
from hybridts.models.statistical._var.equations import VarSystem, fit_system, unusable
from hybridts.models.statistical._var.exogenous import ExogenousColumns, exogenous_of
from hybridts.models.statistical._var.groups import ColumnGroup, find_groups, table


@dataclass(frozen=True, kw_only=True)
class VAR:
    """VAR of each group of columns.

    Groups: a label of `panel.groups`; without labels, all series of a panel that share their timestamps (at most 100);
    otherwise each target with its covariates; otherwise not applicable. Past covariates that are numbers are modelled
    too; one series with known-future columns alone is an autoregression with these.

    Differences: all columns of a group are differenced where the KPSS level test rejects for most of them (5 %).

    Lag: by BIC among those whose equations have at most half as many coefficients as rows; 1 where none has.

    Weights: shrunk by ridge, its penalty by generalised cross-validation, or least squares where shrinking hardly
    helps. An explosive fit is shrunk to spectral radius 0.99.

    Gaps: filled by the newest earlier value, in fitting and in forecasting; rows with a filled value do not count for
    the effect of exogenous columns. A column without values is left out. So are
    the columns that start latest, while a group has fewer than 5 common rows (6 with differences), or less than a
    quarter of those it would have without them. Such a series fails alone.

    Attributes:
        max_lag: largest lag tried.
        exogenous: known-future columns of the members enter every equation at their own row (differenced with the
            targets), and one row earlier too where BIC asks for it; equal columns once, categories as dummies. They
            count as coefficients. Directions that the rows do
            not tell from the lags have no weight. Where one row of a column could move a series far more than it
            ever moved, their effect is taken out first, by least squares, and lags see the rest; where the path still
            goes beyond everything the past supports (see `plausible`), the group is fitted again without them. The
            notes record both.
    """

    max_lag: int = 8
    exogenous: bool = True

    def __post_init__(self) -> None:
        whole(self, "max_lag", 1)
        flag(self, "exogenous")

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedVAR:  # noqa: ARG002 (deterministic)
        """Fit one system per group.

        Raises:
            NotApplicable: no group has two columns.
            StageFailure: no group could be fitted.
        """
        systems: list[GroupModel] = []
        failures: dict[str, str] = {}
        notes: dict[str, Any] = {}
        refitted: dict[str, str] = {}
        for group in find_groups(panel, exogenous=self.exogenous):
            lost = _unusable(panel, group)
            failed = {name: lost[k] for k, name in enumerate(group.members) if k in lost}
            try:
                joint, why_again = self._fit_supported(panel, group, group.without(lost), horizon + gap)
            except (SeriesFailure, np.linalg.LinAlgError) as cause:
                failed = {name: failed.get(name, str(cause)) for name in group.members}
            else:
                systems.append(joint)
                notes[joint.group.members[0]] = joint.facts() | _left_out(panel, group, lost)
                refitted |= dict.fromkeys(joint.group.members, why_again) if why_again else {}
            failures.update({name: f"Series {name!r}: {why}" for name, why in failed.items()})
        if not systems:
            raise StageFailure(f"No group could be fitted; the first: {next(iter(failures.values()))}")
        members = [name for joint in systems for name in joint.group.members]
        shown = {name: Experience.of(panel.series(panel.index[name])) for name in members}
        ignored = {name: text for joint in systems for name, text in _seasons_ignored(panel, joint).items()}
        by_series = {"refitted": refitted, "season_ignored": ignored}
        told = {"groups": notes, **{key: found for key, found in by_series.items() if found}}
        return FittedVAR(tuple(systems), horizon, gap, told, failures, shown)

    def _fit_supported(
        self, panel: Panel, whole: ColumnGroup, group: ColumnGroup, ahead: int
    ) -> tuple[GroupModel, str]:
        """Fit a group, without its exogenous columns where the past does not support the path with them.

        Returns:
            The model, and why it was fitted again; empty where it was not.

        Raises:
            SeriesFailure: it cannot be fitted, or the past supports no path.
        """
        joint, why = self._fit_group(panel, whole, group, ahead)
        if why and joint.outside is not None and not joint.system.apart:
            calmer, still = self._fit_group(panel, whole, group, ahead, apart=True)
            joint, why = (joint, why) if still else (calmer, "")
        if not why:
            return joint, "known-future columns act on their own rows alone" if joint.system.apart else ""
        if joint.outside is not None and len(group.members) + len(group.covariates) > 1:
            joint, still = replace(self, exogenous=False)._fit_group(panel, whole, group, ahead)
            if not still:
                return joint, f"no known-future columns: with them, {why}"
        raise SeriesFailure(f"{why} Check its known-future columns, or name smaller groups")

    def _fit_group(
        self, panel: Panel, whole: ColumnGroup, group: ColumnGroup, ahead: int, *, apart: bool = False
    ) -> tuple[GroupModel, str]:
        """Fit the system of a group, which is what is left of the `whole` one; `apart` as in `VarSystem`.

        Returns:
            The model, and why the past does not support its path; empty where it does.

        Raises:
            SeriesFailure: fewer than two columns are left, or these cannot be fitted.
        """
        beside = bool(self.exogenous and panel.future.size)
        if len(whole.members) == 1 and not whole.covariates and not beside:
            raise SeriesFailure("its group holds no other series and it has no covariates; use ARIMA")
        if len(group.members) + len(group.covariates) < 2 and not beside:
            raise SeriesFailure("no other column of its group can be modelled together with it; use ARIMA")
        times, values = table(panel, group)
        found = exogenous_of(panel, group, times) if self.exogenous else None
        outside, columns = found if found is not None else (None, None)
        system = fit_system(values, self.max_lag, columns, apart=apart and columns is not None)
        if columns is not None and not apart and system.overreacts(values, columns, ahead):
            system = fit_system(values, self.max_lag, columns, apart=True)
        joint = GroupModel(group, system, outside)
        answer = joint.forecast(panel, np.array([-1, len(values) - 1]), ahead, known_only=True)
        if not np.isfinite(answer).all():
            raise SeriesFailure("the group's VAR forecasts values that are not finite; name smaller groups")
        return joint, _why_beyond(panel, group, answer[1], ahead)


def _seasons_ignored(panel: Panel, joint: GroupModel) -> dict[str, str]:
    """Return the note on each member that shows a season which the lags do not reach and no column can explain."""
    if joint.system.lag >= panel.season or joint.outside is not None:
        return {}
    found = {name: season_ignored(panel.series(panel.index[name]), panel.season) for name in joint.group.members}
    return {name: note["season_ignored"] for name, note in found.items() if note}


def _why_beyond(panel: Panel, group: ColumnGroup, path: FloatArray, ahead: int) -> str:
    """Return why the past does not support the path [ahead, K] of the first such member; empty where it does."""
    for k, name in enumerate(group.members):
        y = panel.series(panel.index[name])
        shown = Experience.of(y)
        if shown.excess(y, np.array([len(y) - 1]), np.arange(1, ahead + 1), path[None, :, k])[0]:
            return f"for series {name!r}, {reason(name, shown, path[:, k]).partition(': ')[2]}"
    return ""


def _unusable(panel: Panel, group: ColumnGroup) -> dict[int, str]:
    """Return the columns of the group's table to leave out, index -> reason; all where its only target is unusable."""
    lost = unusable(table(panel, group)[1])
    if group.covariates and 0 in lost:
        others = range(1, 1 + len(group.covariates))
        lost = {0: lost[0], **dict.fromkeys(others, "the series it stands beside is left out")}
    return lost


def _left_out(panel: Panel, group: ColumnGroup, lost: Mapping[int, str]) -> dict[str, Any]:
    """Return the note on the columns that were left out; empty where there are none."""
    names = group.named(panel)
    return {"left_out": {names[k]: why for k, why in lost.items()}} if lost else {}


@dataclass(frozen=True, eq=False)
class GroupModel:
    """A group, its fitted system, and its exogenous columns; None where it has none."""

    group: ColumnGroup
    system: VarSystem
    outside: ExogenousColumns | None

    def facts(self) -> dict[str, Any]:
        """JSON-ready notes."""
        system = self.system
        found = VarFound(
            members=self.group.members,
            columns=len(system.level),
            rows=system.rows,
            lag=system.lag,
            differenced=system.scaling.differenced,
            ridge=system.ridge,
            damped=system.damped,
            exogenous=None if self.outside is None else len(self.outside.picks),
        )
        return found.to_notes()

    def forecast(self, panel: Panel, rows: IntArray, ahead: int, *, known_only: bool = False) -> FloatArray:
        """Return forecasts [M, ahead, K] after each of these rows [M] of the group's table; -1 is before the first.

        Raises:
            DataError: exogenous columns are not there, or a value is missing at a step. With `known_only` rows beyond
                those given need no values.
            SeriesFailure: the same missing value, with `known_only`.
        """
        times, values = table(panel, self.group)
        if self.outside is None:
            return self.system.forecast(values, rows, ahead)
        if not panel.future.size:
            raise DataError(no_columns_message(self.group.members[0]))
        columns, when = self.outside.read(panel, self.group, times, ahead)
        needed = np.unique(rows[:, None] + 1 + np.arange(1, ahead + 1))  # row 0 is the one before the first
        spared = known_only or self.outside.spares(panel, self.group)
        gap = self.outside.gap(columns, when, needed[when[needed] >= 0] if spared else needed)
        if gap is not None:
            text = self.outside.gap_message(panel, gap, when)
            raise SeriesFailure(text.partition(": ")[2]) if known_only else DataError(text)
        return self.system.forecast(values, rows, ahead, self.outside.filled(columns))


@dataclass(frozen=True, eq=False)
class FittedVAR(Explaining):
    """One system per group; it forecasts every series that belongs to one.

    Attributes:
        systems: the groups.
        horizon, gap: of every forecast, in rows.
        notes: JSON-ready facts.
        failures: series id -> why it could not be fitted.
        experience: what the fitted rows of each series have shown; see `plausible`.
    """

    systems: tuple[GroupModel, ...]
    horizon: int
    gap: int
    notes: Mapping[str, Any]
    failures: Mapping[str, str]
    experience: Mapping[str, Experience]

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return forecasts [M, H]; at an origin all members of the group are read up to the origin's time.

        NaN where the path goes beyond everything that the past supports (see `plausible`).

        Raises:
            DataError: a series that was not fitted, or missing known-future values.
        """
        answer = self._paths(panel, origins)
        answer[self._beyond(panel, origins, answer)] = np.nan
        return answer

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """Return series id -> why the past does not support its path; see `Explaining`."""
        answer = self._paths(panel, origins)
        rows = np.flatnonzero(self._beyond(panel, origins, answer))
        names = [panel.ids[i] for i in origins.series[rows].tolist()]
        cause = "Check the known-future columns of its group." if panel.future.size else ""
        told = zip(reversed(names), rows[::-1].tolist(), strict=True)  # the first origin of a series is told
        return {name: reason(name, self.experience[name], answer[row], cause) for name, row in told}

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:  # noqa: ARG002 (`forecast` raises for a gap)
        """Return nothing."""
        return {}

    def _beyond(self, panel: Panel, origins: Origins, answer: FloatArray) -> BoolArray:
        """Return [M] whether the past does not support a path of `answer` [M, H]."""
        found = np.zeros(len(origins), dtype=bool)
        for i, rows in by_series(origins):
            if panel.ids[i] in self.experience:
                steps = self.gap + np.arange(1, self.horizon + 1)
                position = origins.position[rows]
                y = panel.series(i)[: max(int(position.max()) + 1, 0)]
                found[rows] = self.experience[panel.ids[i]].excess(y, position, steps, answer[rows])
        return found

    def _paths(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return forecasts [M, H], whatever they are.

        Raises:
            DataError: see `forecast`.
        """
        result = np.full((len(origins), self.horizon), np.nan)
        names = np.array(panel.ids, dtype=object)[origins.series]
        known = set(self.failures).union(*(joint.group.members for joint in self.systems))
        for name in dict.fromkeys(names.tolist()):
            if name not in known:
                raise DataError(
                    f"Series {name!r} was not in the fitted data; a VAR answers only series it was fitted on."
                )
        for joint in self.systems:
            rows = np.flatnonzero(np.isin(names, np.array(joint.group.members, dtype=object)))
            if len(rows):
                result[rows] = self._answer(panel, origins[rows], joint)
        return result

    def _answer(self, panel: Panel, origins: Origins, joint: GroupModel) -> FloatArray:
        """Return forecasts [M, H] at origins of one group's members."""
        times, _ = table(panel, joint.group)
        visible = origins.position >= 0
        first = panel.times[panel.rows(origins, 0) * visible]
        row = np.where(visible, np.searchsorted(times, first, side="right") - 1, -1)
        moments, place = np.unique(row, return_inverse=True)  # members of a group share their answer
        answer = joint.forecast(panel, moments, self.gap + self.horizon)[:, self.gap :]
        at = {name: k for k, name in enumerate(joint.group.members)}
        column = np.array([at[panel.ids[i]] for i in origins.series])
        return answer[place, :, column]
