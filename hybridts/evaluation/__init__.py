"""Rolling-origin backtests: plan a study, run it, write its results and compare the models.

In reading order: `metrics.py` and `rolling_origin.py` (losses and windows), `board_names.py` and `study.py` (names and
options become a plan), `run_format.py` and `run.py` (the files of a run), `tables.py`, `manifest.py` and `results.py`
(finished stages become these files), `backtester.py` (all of it in one call), `significance.py`, `leaderboard.py` and
`breakdown.py` (comparisons of the models), `plan_summary.py` (size and cost before a run).
"""
