"""Every example of another library runs and leaves a complete board, or is skipped where the library is missing."""

from __future__ import annotations

import runpy
import warnings
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "other_libraries"
NEEDS = {
    "statsforecast_models": ("statsforecast",),
    "neuralforecast_models": ("neuralforecast",),
    "darts_models": ("darts",),
    "sktime_models": ("sktime",),
    "boosting": ("lightgbm", "catboost"),
    "zero_shot": (),
}


def test_every_example_is_run_and_described():
    assert {path.stem for path in FOLDER.glob("*.py")} == set(NEEDS)
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"({name}.py)" in page for name in NEEDS)


@pytest.mark.filterwarnings("ignore")  # of other libraries
@pytest.mark.parametrize("name", NEEDS)
def test_an_example_leaves_a_complete_board(name, own_registry, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in NEEDS[name]:
            pytest.importorskip(module, reason=f"{module} is not installed: pip install {module}")
        board = runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")["board"]
    assert set(board.table["status"]) == {"complete"} and board.table["MASE"].notna().all()
    assert "MASE" in capsys.readouterr().out
