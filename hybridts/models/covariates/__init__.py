"""What covariates explain of a series, for learners and networks: linear effects, and zeros that a column explains.

Read in this order: `terms` (columns at lags), `gls` (regression with autoregressive errors, many series at once),
`selection` (which terms count), `effect` (weights of each series), `zeros`, `adjustment` (series without all that).
"""
