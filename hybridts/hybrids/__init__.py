"""Models combined: corrections with gates on out-of-fold errors, and ensembles; no file here knows of tasks or files.

Read in this order: `settings` (of chains and ensembles), `folds` (which fits make out-of-fold forecasts),
`hindcast_rows` (their forecasts as rows), `gate`, `multiplicative` and `correction` (learn from rows),
`ensemble_weights` and `ensemble`, `upstream` (where a stage reads its rows), `fitted` (the result as one model).
"""
