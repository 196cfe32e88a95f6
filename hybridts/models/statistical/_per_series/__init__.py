"""Fitting every series alone."""
