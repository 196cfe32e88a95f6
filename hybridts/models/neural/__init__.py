"""Global networks: blocks, their assembly, one training loop, one forecaster. The only folder that imports torch.

An origin is the last visible row of a series; its first target lies gap + 1 rows later. The path to a forecast:

    Encoder    window minus its last value, divided by its own scale; context features
    Network    the blocks read the window, the head maps their last state to H numbers
    forecast   anchor + scale x these numbers, the mean over seeds

Descriptions (settings and wiring, no torch), in reading order:

    training_settings   settings of training and input, and their default rules
    blocks/             one frozen dataclass per block: settings, shape rule, build; start with `dense`
    expression          how blocks are connected
    forecaster          a network as a base or as a correction: `NeuralForecaster.fit_from` is the outline of a fit

The input, in numpy:

    series_features     features of the whole past, which a window does not show
    past_summary        seasonal pattern, levels and slopes of many seasons, for networks that come first
    encoder             from origins to the input of a network
    log_transform       networks on the logarithm of the data

What a description becomes when it is fitted, with torch:

    layers/             the torch modules of the blocks
    head                the last state becomes one number, or some quantiles, per step
    network             an expression becomes one module
    trainer             the loop: batches, learning rate, loss, one step
    staged_training     the parts of a network in the order they are trained
    early_stopping      the number of steps, chosen on an inner split
    prior/              what a network learns from simulated series before it sees data, and how a fit starts from it
    fit                 one fit: number of steps, initial weights, one network per seed
    fitted_network      the trained networks: forecasts, quantiles, corrections

Beside them:

    device              where a network is trained
    randomness          random numbers that depend on a seed alone
    parameter_counts    for `hybridts explain`
    checkpoint/         weights on disk: the pair of files, their description, checks of the setting `init`
    initial_weights     training that starts from such a file
    saved_network       a whole fitted network to a pair of files and back
    spatial/            a panel as frames of a grid of series

A new block is four small pieces: a frozen dataclass in `blocks/` (and its name in `blocks/__init__`), its torch module
in `layers/`, one entry of the catalogue (`names/catalog/neural.py`), and its line in `tests/models/neural/test_blocks`.
A block that is built differently in last position also says so in `checkpoint/init_check`.
"""
