"""Models combined: honest folds, corrections with gates, ensembles."""
