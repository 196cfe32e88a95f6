"""`Auto`: which members suit which data, decided from rows up to the cutoff only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridts.data.panel import Panel
from hybridts.names.auto import SUITS, DataShape, settled
from hybridts.names.catalog import default_registry
from hybridts.names.catalog.ensembles import AUTO
from hybridts.names.grammar import parse
from hybridts.names.recipe import Chain, Ensemble, Recipe


def panel(rows: int, season: int, series: int = 1) -> Panel:
    rng = np.random.default_rng(0)
    starts = np.arange(series) * rows
    ids = tuple(f"s{i}" for i in range(series))
    values = 50 + rng.standard_normal(rows * series)
    stops = starts + rows
    return Panel(values, np.tile(np.arange(rows), series), starts, stops, stops, ids, season=season)


def members(recipe: Recipe) -> list[str]:
    assert isinstance(recipe.root, Ensemble)
    return [str(member) for member in recipe.root.members]


class TestMembers:
    def test_every_rule_is_about_a_candidate(self) -> None:
        root = parse(AUTO.expression, default_registry()).root
        assert isinstance(root, Ensemble)
        assert set(SUITS) <= {str(member) for member in root.members}

    @pytest.mark.parametrize(
        ("rows", "season", "has", "lacks"),
        [
            (30, 1, {"ARIMA", "Theta", "ETS", "MLP"}, {"SARIMA", "MSTL"}),
            (60, 4, {"SARIMA", "Theta", "ETS", "MLP"}, {"ARIMA", "MSTL"}),
            (120, 12, {"SARIMA", "Theta", "ETS", "RNN"}, {"ARIMA", "MSTL"}),
            (700, 24, {"SARIMA", "MLP", "CNN"}, {"ARIMA", "RNN", "MSTL"}),
        ],
    )
    def test_season_and_length_choose(self, rows: int, season: int, has: set[str], lacks: set[str]) -> None:
        found = members(settled(parse("Auto", default_registry()), panel(rows, season)))
        assert has <= set(found)
        assert not lacks & set(found)

    def test_dear_models_of_each_series_are_left_out_of_a_large_panel(self) -> None:
        found = members(settled(parse("auto", default_registry()), panel(1500, 24, series=420)))
        assert "SARIMA" not in found
        assert {"CNN", "MSTL"} <= set(found)

    def test_some_members_suit_any_data(self) -> None:
        recipe = parse("Auto", default_registry())
        for season in (1, 4, 7, 12, 24, 52, 168):
            for rows in (3, 40, 20_000):
                assert len(members(settled(recipe, panel(rows, season)))) >= 3

    def test_rows_after_the_cutoff_do_not_count(self) -> None:
        whole = panel(4000, 12, series=300)
        cutoff = np.full(300, 49)
        early = DataShape.of(whole.cut(cutoff))
        assert (early.rows, early.series) == (50, 300)
        assert settled(parse("Auto", default_registry()), whole.cut(cutoff)) != settled(
            parse("Auto", default_registry()), whole
        )


class TestWhereItStands:
    def test_other_names_stay_as_they_are(self) -> None:
        for name in ("greedy(ARIMA, SARIMA)", "SARIMA", "CNN-LSTM-XGBoost", "(ARIMA + MLP)-RF"):
            recipe = parse(name, default_registry())
            assert settled(recipe, panel(60, 12)) is recipe

    def test_it_settles_once(self) -> None:
        once = settled(parse("Auto", default_registry()), panel(60, 12))
        assert settled(once, panel(60, 1)) is once

    def test_it_is_a_base_in_parentheses(self) -> None:
        found = settled(parse("(Auto)-XGBoost", default_registry()), panel(60, 12))
        assert isinstance(found.root, Chain)
        assert "MSTL" not in str(found.root)
        assert str(found.root).startswith("greedy(SARIMA")

    def test_settings_reach_its_members(self) -> None:
        recipe = parse("Auto", default_registry(), {"CNN": {"filters": 8}, "greedy": {"rounds": 5}})
        assert isinstance(recipe.root, Ensemble)
        assert recipe.root.candidates
        assert recipe.root.loose
        assert recipe.root.settings.get("rounds") == 5


class TestColumnsKnownAhead:
    def test_models_that_cannot_use_them_are_left_out(self) -> None:
        plain = panel(120, 12)
        known = replace(plain, future=np.ones((120, 1)), reach=plain.stops)
        found = members(settled(parse("Auto", default_registry()), known))
        assert not {"Theta", "ETS", "MSTL"} & set(found)
        assert {"SARIMA", "CNN", "SARIMA-XGBoost"} <= set(found)
