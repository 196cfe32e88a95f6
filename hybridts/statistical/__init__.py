"""Statistical models: one file per family, local to each series unless it says otherwise."""
