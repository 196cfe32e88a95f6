"""Global networks: blocks, their assembly, one training loop, one forecaster. The only room that imports torch.

An origin is the last visible row of a series; its first target lies gap + 1 rows later. How a forecast comes about:

    Encoder    window minus its last value, divided by its own scale; facts beside it
    Network    blocks read the window, the head turns their last state into H numbers
    answer     anchor + scale x these numbers, the mean over seeds

Skim `NeuralForecaster.fit_from` and `FittedNetwork._answer` first, then read in this order:

    settings     what can be chosen, and the rules for what is not
    history      facts of the whole past that a window does not show
    windows      from origins to what a network reads
    blocks/      each maps a sequence to a sequence; `dense` and `recurrent` show how
    head         the last state becomes one number, or some quantiles, per step
    assembly     a name's blocks become one module
    training     the loop: batches, rate, loss, one step
    parts        the parts of a network in the order they are trained
    fitting      one fit: how many steps, from which weights, one network per seed
    forecaster   fit and forecast; as a base or as a correction

Beside that way:

    stopping     early stopping on an inner split
    device       where a network is trained
    logarithm    networks on the logarithm of the data
    counts       parameter counts for `hybridts explain`
    saving/      weights on disk: the pair of files, a whole network, the setting `init`
    grids/       a panel as frames of a grid of series
"""
