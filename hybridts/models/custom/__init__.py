"""Adapters that make classes of users models of the engine."""
