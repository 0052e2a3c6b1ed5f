"""Incidents played on the live stage, from the same files that are rehearsed."""
