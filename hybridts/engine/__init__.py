"""Distinct stages: planned, run once, kept."""
