"""Tuning: settings of a name chosen on cutoffs that are older than every backtest window. Needs the extra `tune`.

    space     settings and their ranges, by default for every token
    judge     the loss of a name with some settings at the inner cutoffs, cutoff by cutoff; stages are shared
    trials    tried settings and their losses, in a file that a stopped search goes on from
    search    the search: proposals of Optuna, pruning, and when the default stays
    tuned     `ht.tune`
    in_study  the names that a study tunes

Only this folder imports Optuna.
"""
