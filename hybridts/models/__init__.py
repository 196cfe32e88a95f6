"""One model each, without knowledge of backtests: statistical, neural, learners, and classes of users."""
