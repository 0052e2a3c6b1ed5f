"""Metric math: what an alarm's expression says, checked once and evaluated over many slots."""
