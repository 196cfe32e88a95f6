"""Entry points for users: Python, command line and study files.

In reading order: `api.py` (`backtest` and `Board`), `fitted_model.py` (`model`, fit and predict) with
`fitted_networks.py`, `study_file.py` (a study in YAML), `progress.py` and `events.py` (reports during a run),
`listing.py` (names and boards as text), `cli/` (the commands).
"""
