"""Seeing that more people unsubscribe than usual: pure arithmetic on counts, no clock, no calls."""
