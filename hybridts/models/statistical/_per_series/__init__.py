"""Models that fit each series alone: fitting, forecasting, failures, known-future columns."""
