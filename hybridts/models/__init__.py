"""Single models: statistical, neural, tabular learners, and classes of users. They know nothing of backtests."""
