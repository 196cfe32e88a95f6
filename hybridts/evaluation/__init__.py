"""Rolling-origin backtests: plan a study, run it, write its results and compare the models.

In reading order: `metrics.py` and `rolling_origin.py` (losses and windows), `board_names.py` and `study.py` (names and
options become a plan), `run_format.py` and `run.py` (the files of a run), `tables.py`, `manifest.py` and `results.py`
(finished stages become these files), `backtester.py` (all of it in one call), `significance.py`, `evidence.py`,
`leaderboard.py` and `breakdown.py` (comparisons of the models), `plan_summary.py` (size and cost before a run).

What a page needs to say how sure a board is. `Evaluation` (leaderboard.py) keeps the attributes it had, and has these;
all of them are made on first use, are seeded, and say in their `words` (or ``attrs["words"]``) how they were made, or
why there is nothing to show. Names in them are those of the board unless said otherwise.

    Evaluation.test                 PairedTest: kind "t" or "none"; units (int); freedom (int);
                                    words (one sentence, also where there is no test)
    Evaluation.verdicts             DataFrame, index model; columns `baseline`, `part`, each one of the texts in
                                    `evidence.VERDICTS` ("clearly better", "clearly worse", "not told apart", "mean and
                                    ranks disagree", "within the spread of seeds", "equal", "not tested");
                                    also columns `verdict` and `verdict_part` of the board
    Evaluation.head_to_head(a, b)   HeadToHead: gain (%), low, high (95 %), p (this pair alone), wins (share of cells),
                                    verdict, words
    Evaluation.confidence_set       ConfidenceSet: level (0.9), names (in it, best first; () without a test), p (dict
                                    name -> MCS p), words; column `in_best_set` of the board
    Evaluation.critical_difference  CriticalDifference: names (best first), mean_rank (array), difference (the critical
                                    one; NaN without a test), groups (tuples of names that cannot be told apart), p (of
                                    "all names are equal"), units, words
    Evaluation.intervals            DataFrame, index model; columns loss, loss_low, loss_high (the measure that ranks),
                                    skill, skill_low, skill_high (% better than the best baseline), rank, rank_low,
                                    rank_high; attrs: level (0.95), measure, words
    Evaluation.win_rates            DataFrame names x names: share of cells in which the row is better (ties half)
    Evaluation.seed_spread          DataFrame, index model; columns seeds, mean, sd, low, high (of the mean loss over
                                    seeds); empty where the study has one seed; column `<measure>_sd` of the board
    Evaluation.clark_west           DataFrame, index model; columns part, statistic, p, p_holm: does a hybrid know
                                    anything that the base it nests does not (one-sided)
    Evaluation.equal_groups         list of tuples of names, hidden parts included, that make the same forecasts
    Evaluation.credited             dict name -> simplest name that makes the same forecasts (maybe a hidden part)
    Evaluation.cheap_winner         str or None: a baseline nobody asked for that leads all names that were asked
    Evaluation.metric(name)         values of a metric, [models, cells], user metrics included
"""
