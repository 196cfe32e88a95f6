"""Weights on disk: a pair of files, a whole network in them, and training that starts from them."""
