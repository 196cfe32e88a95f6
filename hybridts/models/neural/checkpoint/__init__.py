"""Weights on disk: the pair of files, the description of the network in them, and the checks of `init`."""
