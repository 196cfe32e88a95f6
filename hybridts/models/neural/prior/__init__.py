"""Priors: what a network has learned from simulated series before it sees a user's data.

In reading order:

    mixture        how often each component of a simulated series is there, and how large
    draws          random draws for many series at a time
    components     level, seasons, cycle, calendar, noise, outliers
    observation    counts, bounds, digits, missing values
    simulator      season, length and count become a panel
    request        what identifies a prior: network, seasons, window, horizon
    effort         how long a network is trained
    pretraining    a request becomes weights (torch)
    packing        weights as they are stored
    shipped, cache where they are stored: with the package, or on this machine
    lookup         the weights of a network, trained now if they are nowhere
    transfer       weights fill a network with other inputs (torch)
    own_share      how far a fit moves away from the prior
    start          the start of a fit, and the way from there (torch)
"""
