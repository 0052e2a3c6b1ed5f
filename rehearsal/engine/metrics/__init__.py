"""Metrics: their identity, their samples and the statistics of any window of them."""
