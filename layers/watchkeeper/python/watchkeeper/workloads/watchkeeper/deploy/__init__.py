"""Alarms and dashboard of the suite itself (in no layer)."""
