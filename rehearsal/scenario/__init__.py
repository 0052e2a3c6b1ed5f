"""Scenario files: an incident as data, readable aloud, checked before anything runs."""
