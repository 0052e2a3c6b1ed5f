"""Alarm evaluation: which slots are looked at when, and what they decide."""
