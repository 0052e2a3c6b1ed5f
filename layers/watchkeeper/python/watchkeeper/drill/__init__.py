"""Prove, while nothing burns, that a page would reach somebody."""
