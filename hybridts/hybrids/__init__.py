"""Hybrids: corrections with gates on out-of-fold errors, and ensembles; independent of tasks, keys and stores.

Read in this order: `settings` (of chains and ensembles), `folds` (which fits give out-of-fold forecasts), `gate`,
`multiplicative` and `ensemble_weights` (what is learned from errors), `hindcast_rows` (out-of-fold forecasts with their
targets), `upstream` (where a stage reads them), `correction` and `ensemble` (the stages), `fitted` (a chain or an
ensemble as one fitted model).
"""
